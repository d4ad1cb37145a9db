// SPDX-License-Identifier: Apache-2.0

//! Declarations as data. One [`Attribute`] row says everything about one attribute; schema, docs,
//! checks, planning, JSON mapping and redaction are derived from it by walking its [`Table`].
//! Nothing here knows Descope or the plugin protocol. Tables are declared in `provider` and walked
//! by `engine` and `protocol`.

pub mod check;
pub mod docs;
mod facets;
pub mod kind;
mod source;
mod table;

pub use check::{Check, Verdict};
pub use kind::Kind;
pub use source::{Literal, Source};
pub use table::{Attribute, Configurability, IdentityPart, Initially, Shape, Table};
