//! Descope's Management API: endpoints, envelopes, errors, retries. Knows no Terraform word and no field inside an object: bodies
//! go through as raw JSON. Used by `provider` alone; uses none of our other layers.

mod discovery;
mod endpoint;
mod error;
mod mcp_server;
mod region;
mod retry;
mod transport;

pub use discovery::{Metadata, discover, document_path};
pub use error::{ApiError, Error, Trouble};
pub use mcp_server::{Label, McpServers, label};
pub use region::base_url_of;
pub use transport::{Api, Settings};
