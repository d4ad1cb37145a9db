//! The public documents in which a server tells clients about itself (RFC 8414). No credentials are sent for them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::call::{Call, Effect, Request};
use super::error::{Error, Trouble};
use super::limits::Limits;
use super::transport::Api;

/// What a discovery document says, as far as it follows from a server's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// `issuer`
    pub issuer: Option<String>,
    /// `registration_endpoint`: there if clients may register themselves.
    pub registration_endpoint: Option<String>,
    /// `client_id_metadata_document_supported`: true if clients may identify themselves by the URL of a document.
    pub client_id_metadata_document_supported: Option<bool>,
    /// `scopes_supported`
    pub scopes_supported: Option<Vec<String>>,
}

/// Where a server's document is, below the base URL.
pub fn document_path(project: &str, id: &str) -> String {
    let segment = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("/v1/apps/agentic/{}/{}/.well-known/oauth-authorization-server", segment(project), segment(id))
}

/// The document at a path below the base URL.
pub async fn discover(api: &Api, base_url: &str, path: &str, limits: &Limits) -> Result<Metadata, Error> {
    let call = Call { path, effect: Effect::Read, request: Request::Document };
    let document = api.call(base_url, &call, limits).await?;
    serde_json::from_str(document.get()).map_err(|error| {
        let reason = format!("it is no discovery document: {error}");
        Error::new(path, Trouble::NotDescribed { reason })
    })
}
