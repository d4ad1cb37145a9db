//! Descope's Management API: endpoints, envelopes, errors, repetitions. This layer knows nothing of
//! Terraform and no field of an object but its `id` and `name`: bodies pass through as raw JSON.
//! Only `provider` uses it, and it uses none of our other layers.

mod body;
mod call;
mod discovery;
mod envelopes;
mod error;
#[cfg(test)]
mod fake_server;
mod host;
mod http;
mod limits;
mod outage;
mod pace;
mod region;
mod retry;
mod servers;
mod transport;

pub use discovery::{Metadata, discover, document_path};
pub use envelopes::{Created, Label, label};
pub use error::{ApiError, Error, Trouble};
pub use limits::{DEFAULT_DEADLINE, Limits};
pub use region::base_url_of;
pub use servers::McpServers;
pub use transport::{Api, Settings};
