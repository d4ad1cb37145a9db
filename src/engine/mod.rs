// SPDX-License-Identifier: Apache-2.0

//! What happens between the plugin protocol and a remote system, for any provider. Knows neither
//! the wire nor Descope. `protocol` calls it; `provider` declares a [`catalogue`] for it and
//! implements the [`ports`].
//!
//! - `catalogue`: what a provider offers, each entry with its data and its behaviour; `resource`
//!   and
//!   `lookup_table` are parts of it
//! - `ports`: what a remote system must be able to do
//! - `steps`: pure functions over tables and values
//! - `lifecycle`: one file for each operation, made of steps and ports
//! - the rest: the values that both work on

pub mod catalogue;
pub mod census;
pub mod claims;
pub mod context;
pub mod contradictions;
mod digest;
mod fingerprint;
pub mod history;
pub mod lifecycle;
pub mod lookup_table;
pub mod managed_paths;
pub mod memory;
pub mod phase;
pub mod place;
pub mod port;
pub mod ports;
pub mod resource;
pub mod rewrites;
pub mod session;
pub mod shared_reads;
pub mod siblings;
pub mod steps;
pub mod timeouts;
pub mod told;
pub mod turns;
pub mod whereabouts;

pub use catalogue::{Action, Blame, Catalogue, DataSource, EphemeralResource, Function, ListResource, Provider};
pub use context::{Clock, Context, SystemClock};
pub use phase::{Config, Plan, State};
pub use place::Place;
pub use resource::{ManagedResource, Rule, StateRule, sayings};
pub use session::{Connection, OnConflict, Session};
