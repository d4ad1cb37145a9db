// SPDX-License-Identifier: Apache-2.0

//! A Terraform and OpenTofu provider for MCP servers in Descope, in layers. `development/architecture.md`
//! says which layer may use which, and a test enforces it. In short, from the top: `main` puts the
//! layers together; `protocol` and `provider` use `engine`; `engine` uses `schema`, `raw`, `diag`
//! and `value`; `descope` and `plugin` use none of the others.

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
pub mod shown;
pub mod value;
