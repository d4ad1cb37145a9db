//! When a request may be sent: how many at once, how many in a while, and nobody at all while the
//! API asks to wait. One `Gate` a host, shared by all calls of the process (see `host`), used by
//! `transport`.
//!
//! `gate` waits; it asks `flow`, which decides. `flow` knows no I/O and no clock: it keeps the
//! requests of the recent past (`sends`), a wait that the API asked for (`hold`), and the limit that
//! the API seems to have (`limit`).

mod flow;
mod gate;
mod hold;
mod limit;
mod sends;
#[cfg(test)]
mod simulation;

pub(super) use flow::Outcome;
pub(super) use gate::{Gate, Pass};
