// SPDX-License-Identifier: Apache-2.0

//! The public document in which an MCP server describes itself to clients (RFC 8414). It is read
//! without credentials. Used by `provider`.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::call::{Call, Effect, Request};
use super::error::{Error, Trouble};
use super::limits::Limits;
use super::transport::Api;

/// The members of a discovery document that follow from a server's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// `issuer`
    pub issuer: Option<String>,
    /// `registration_endpoint`, present if clients may register themselves.
    pub registration_endpoint: Option<String>,
    /// `client_id_metadata_document_supported`, true if clients may identify themselves by the URL
    /// of a document.
    pub client_id_metadata_document_supported: Option<bool>,
    /// `scopes_supported`
    pub scopes_supported: Option<Vec<String>>,
}

/// The path of a server's document, below the base URL.
pub fn document_path(project: &str, id: &str) -> String {
    let segment = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("/v1/apps/agentic/{}/{}/.well-known/oauth-authorization-server", segment(project), segment(id))
}

/// Reads the document at a path below the base URL. Fails with [`Trouble::NotDescribed`] if the
/// answer is JSON of another shape.
pub async fn discover(api: &Api, base_url: &str, path: &str, limits: &Limits) -> Result<Metadata, Error> {
    let call = Call { path, effect: Effect::Read, request: Request::Document };
    let document = api.call(base_url, &call, limits).await?.into_json();
    let wrong = |reason| Error::new(path, Trouble::NotDescribed { reason });
    let document = document.whole().ok_or_else(|| wrong("the answer is not UTF-8".to_owned()))?;
    serde_json::from_str(document.get())
        .map_err(|error| wrong(format!("the answer is not a discovery document: {error}")))
}
