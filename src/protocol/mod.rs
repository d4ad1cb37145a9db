// SPDX-License-Identifier: Apache-2.0

//! The Terraform plugin protocol, version 6. The only layer that sees the generated types; nothing
//! of them leaves it. Called by `main`, which serves the routes.
//!
//! - `service`: hands each RPC to its function in `rpc`
//! - `rpc`: decode, call the engine, encode
//! - `decode`, `encode`, `schema`, and below them `msgpack` and `json`: the codecs

mod decode;
mod encode;
mod json;
pub mod msgpack;
mod rpc;
mod schema;
mod service;
mod shared;
mod span;
mod stream;
#[cfg(test)]
mod tests;
mod wire;

pub use service::routes;
