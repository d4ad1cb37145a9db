// SPDX-License-Identifier: Apache-2.0

//! One integration binary. Least powerful tool first:
//!
//! - `layering`: which layer may use which, and that the provider does not carry the emulator
//! - `tables`: what must hold for every attribute row
//! - `descriptions`: what the schema says of every attribute
//! - `transport`: the process as a host sees it: handshake, mutual TLS
//! - `listening`: where it listens, also where folders are missing or full
//! - `strangers`: thousands of connections of others to where it listens
//! - `network`: proxies, private authorities, client certificates, on loopback
//! - `endings`: signals, hosts that die, and writes that are finished first
//! - `contract`: RPCs over real gRPC
//! - `bytes`: what goes back as it came, and what is refused since it can not
//! - `canaries`: a recognisable key, searched for in everything that leaves the process
//! - `coverage`: every RPC has a case
//! - `acceptance`: the real CLIs against the emulator: the life of a server
//! - `attributes`: the life of every attribute by the real CLIs
//! - `gone`: what proves that a server is gone, by the real CLIs
//! - `importing`: import by the real CLIs
//! - `released`: what a configuration no longer manages, by the real CLIs
//! - `adopting`: adoption of existing servers by the real CLIs
//! - `logs`: what is logged at each level
//! - `lookups`: data sources and ephemeral resources by the real CLIs
//! - `features`: generated configuration, functions, `test`, identity, queries: each with the CLIs that have it
//! - `governed`: any server is written down as a pure import, and from then on every change of it is drift
//! - `examples`: what stands in `examples/`, by the real CLIs
//! - `matrix`: absent, null, empty and filled attributes against every way to answer zero values
//! - `properties`: generated configurations and prior states against core's own rules
//! - `extremes`: very large configurations and answers
//! - `timeouts`: how long operations may take
//! - `young`: servers that were created a moment ago and are not found yet
//! - `pace`: limits of requests, by the real CLIs
//! - `packages`: what `cargo pack` makes: formats, and the CLIs install from each kind of mirror
//! - `pages`: what the registries show: generated pages, guides, links
//! - `messages`: what messages say about a wrong address, and where they are shown
//! - `outage`: many operations while the API is down, by the real CLIs
//! - `leftovers`: a test leaves nothing in the temporary folder
//! - `fuzzed`: inputs that `cargo fuzz` made up
//! - `states`: states of every version so far are read, and plan nothing
//! - `emulator`: the emulator itself
//! - `validation`: what is said of some two hundred values, against a record
//! - `refusals`: bad input, and an API that refuses, is unreachable, or is not the API

// A test says what it expects; its helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod acceptance;
mod adopting;
mod attributes;
mod bytes;
mod canaries;
mod chaos;
mod conflicts;
mod contract;
mod coverage;
mod descriptions;
mod emulator;
mod endings;
mod exactly_once;
mod examples;
mod extremes;
mod features;
mod fuzzed;
mod gone;
mod governed;
mod importing;
mod layering;
mod leftovers;
mod listening;
mod logs;
mod lookups;
mod matrix;
mod messages;
mod network;
mod outage;
mod pace;
mod packages;
mod pages;
mod properties;
mod refresh;
mod refusals;
mod released;
mod states;
mod strangers;
mod support;
mod tables;
mod timeouts;
mod transport;
mod validation;
mod young;
