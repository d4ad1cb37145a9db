//! Descope's Management API: endpoints, envelopes, errors, retries. Knows no Terraform word and no field inside an object: bodies
//! go through as raw JSON. Used by `provider` alone; uses none of our other layers.

mod call;
mod discovery;
mod error;
#[cfg(test)]
mod fake_server;
mod limits;
mod region;
mod retry;
mod servers;
mod transport;

pub use discovery::{Metadata, discover, document_path};
pub use error::{ApiError, Error, Trouble};
pub use limits::{DEFAULT_DEADLINE, Limits};
pub use region::base_url_of;
pub use servers::{Label, McpServers, label};
pub use transport::{Api, Settings};
