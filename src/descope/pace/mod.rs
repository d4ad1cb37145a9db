// SPDX-License-Identifier: Apache-2.0

//! When a request may be sent: how many at once, how many in a while, and nobody at all while the
//! API asks to wait. One `Gate` a host, shared by all calls of the process (see `host`), used by
//! `transport`.
//!
//! `gate` waits; it asks `flow`, which decides. `flow` knows no I/O and no clock: it keeps the
//! requests of the recent past (`sends`), a wait that the API asked for (`hold`), and the limit that
//! the API seems to have (`limit`).
//!
//! What the user limits (`caps`) is shared by all processes of this machine. `machine` asks `shared`,
//! which keeps a file in a private `folder` with the requests of the last minute (`window`).

mod caps;
mod flow;
mod folder;
mod gate;
mod hold;
mod limit;
mod machine;
mod sends;
mod shared;
#[cfg(test)]
mod simulation;
mod window;

pub use caps::Caps;
pub(super) use flow::Outcome;
pub(super) use gate::{Gate, Pass};
pub use hold::Wish;
