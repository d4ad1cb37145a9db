//! The Terraform plugin protocol, version 6: turns wire messages into our types, lets the engine act, turns what comes of it into
//! wire messages. The only layer that sees the generated types; nothing of them leaves it.

mod action_rpc;
mod decode;
mod encode;
mod function_rpc;
mod json;
mod list_rpc;
mod lookup_rpc;
mod msgpack;
mod provider_rpc;
mod refuse;
mod resource_rpc;
mod schema;
mod service;
mod shared;
mod stream;
mod wire;

pub use service::routes;
