// SPDX-License-Identifier: Apache-2.0

//! What the integration tests and the quickstart share: the emulator as a process, the CLIs, the
//! provider as a host starts it.

#![allow(dead_code)] // Each user needs a part of it.

#[cfg(test)]
pub mod api;
#[cfg(test)]
pub mod browser;
#[cfg(test)]
pub mod canary;
#[cfg(test)]
pub mod circles;
pub mod cli;
#[cfg(test)]
pub mod core;
#[cfg(test)]
pub mod dice;
pub mod emulator;
#[cfg(test)]
pub mod front;
pub mod fuzz;
#[cfg(test)]
pub mod generated;
#[cfg(test)]
pub mod hcl;
pub mod plugin;
#[cfg(test)]
pub mod samples;
#[cfg(test)]
pub mod sent;
#[cfg(test)]
pub mod tls;
pub mod wire;
