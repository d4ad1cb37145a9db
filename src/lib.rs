//! A Terraform and OpenTofu provider for MCP servers in Descope, in layers. Which may use which is written in
//! `docs/architecture.md` and enforced by a test; in short, top down: `protocol` and `provider` stand on `engine`, that on
//! `schema`, `raw`, `diag` and `value`; `descope` and `plugin` stand alone; `main` puts them together.

pub mod descope;
pub mod diag;
pub mod engine;
#[cfg(test)]
mod library;
pub mod plugin;
pub mod protocol;
pub mod provider;
pub mod raw;
pub mod schema;
pub mod value;
