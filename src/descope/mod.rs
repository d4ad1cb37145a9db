// SPDX-License-Identifier: Apache-2.0

//! Descope's Management API: endpoints, envelopes, errors, repetitions. This layer knows nothing of
//! Terraform and no field of an object but its `id` and `name`: bodies pass through as raw JSON.
//! Only `provider` uses it. The only other layer of ours that it uses is `raw`.

mod absence;
mod body;
mod call;
mod cause;
mod deletion;
mod discovery;
mod envelopes;
mod error;
mod error_body;
#[cfg(test)]
mod fake_server;
mod host;
mod http;
mod json;
mod kind;
mod limits;
mod object_list;
mod objects;
mod outage;
mod pace;
mod region;
mod retry;
mod servers;
mod shared_list;
mod shown;
mod tally;
mod tls_files;
mod transport;
mod update;
mod witnesses;

pub use cause::{About, Cause};
pub use deletion::Deleted;
pub use discovery::{Metadata, discover, document_path};
pub use envelopes::{Created, Label};
pub use error::{ApiError, Error, Fate, Trouble};
pub use json::NotText;
pub use limits::{DEFAULT_DEADLINE, Limits};
pub use object_list::{Listed, ObjectList};
pub use pace::{Caps, Wish};
pub use region::base_url_of;
pub use servers::{McpServers, ServerEndpoints};
pub use tally::{answered_from_a_list, log_summary, untold_hold};
pub use tls_files::{TlsFile, TlsFiles, Unusable};
pub use transport::{Api, Settings, writes};
pub use update::{NotUpdated, Revise, Updated};
