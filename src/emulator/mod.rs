// SPDX-License-Identifier: Apache-2.0

//! A stand-in for Descope's MCP server Management API: for tests, for trying out the
//! provider, and for module authors without an account. It is written from the API's description
//! and shares no code with the provider's client, because shared code would share its mistakes.
//! Only `bin/descope-emulator` declares this module, so the provider can't carry it.
//!
//! Bodies stay the text that came in. A planted `1.10` or `1e400` comes back unchanged, so that a
//! test can catch a client that loses digits.
//!
//! Files use each other in one direction only: `process` → `opening` and `routes` → `gateway`, `control`,
//! `page` and the endpoints → what they share, such as `world`, `store`, `accept` and `answer`.

mod accept;
mod answer;
mod arrived;
mod clients;
mod control;
mod discovery;
mod ending;
mod endpoint;
mod faults;
mod flags;
mod gateway;
mod hidden;
mod journal;
mod messages;
mod opening;
mod overview;
mod page;
mod process;
mod rate_limit;
mod raw;
mod routes;
mod seed;
mod served;
mod servers;
mod sites;
mod state_file;
mod store;
mod switches;
mod under_way;
mod values;
mod world;

pub use flags::Flags;
pub use process::run;
