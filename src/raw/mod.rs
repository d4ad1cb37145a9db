// SPDX-License-Identifier: Apache-2.0

//! JSON objects whose members keep the text that was received. A member that we don't know goes
//! back to the API unchanged: `1.10`, a 23-digit integer and `"\u00e9\/"` survive, as keys do that
//! no Unicode text can be, such as `"\ud800"`.
//!
//! Never turn a member into a `serde_json::Value`. That parses numbers and loses digits. Called by
//! value kinds, the engine's bodies, the provider and the API client.

mod key;
mod members;
mod object;
mod text;
mod view;

pub use members::RawMembers;
pub use object::RawObject;
pub use text::{Unexpected, noun, to_raw};
pub use view::RawView;
