// SPDX-License-Identifier: Apache-2.0

//! The two public documents of each server. Called by `routes`.

use serde_json::json;

use super::arrived::Arrived;
use super::raw::{elements, members, text, to_raw};
use super::served::{Refusal, Served};
use super::store::Store;

/// The names of the documents. Both have the same content.
pub const DOCUMENTS: [&str; 2] = ["openid-configuration", "oauth-authorization-server"];

/// The document of a server, if the server exists.
pub fn document(store: &mut Store, project: &str, id: &str, arrived: &Arrived) -> Result<Served, Refusal> {
    let server = store.project(project).servers.get(id).ok_or_else(|| Refusal::no_such_path(&arrived.path))?;
    let nested = |field: &str| server.members.get(field).and_then(|raw| members(raw)).unwrap_or_default();
    let base = format!("http://{}", arrived.host);
    let scopes: Vec<String> = nested("approvedScopes")
        .values()
        .filter_map(|list| elements(list))
        .flatten()
        .filter_map(|scope| members(&scope).and_then(|scope| text(scope.get("name")?)))
        .collect();
    let enabled = |field: &str| nested(field).get("enabled").is_some_and(|enabled| enabled.get() == "true");
    let mut document = serde_json::Map::from_iter([
        ("issuer".to_owned(), json!(format!("{base}/v1/apps/agentic/{project}/{id}"))),
        ("authorization_endpoint".to_owned(), json!(format!("{base}/oauth2/v1/apps/agentic/{project}/{id}/authorize"))),
        ("token_endpoint".to_owned(), json!(format!("{base}/oauth2/v1/apps/agentic/{project}/{id}/token"))),
        ("jwks_uri".to_owned(), json!(format!("{base}/{project}/.well-known/jwks.json"))),
        ("scopes_supported".to_owned(), json!(scopes)),
        ("response_types_supported".to_owned(), json!(["code"])),
    ]);
    if enabled("dynamicRegistration") {
        let endpoint = format!("{base}/v1/mgmt/mcp/client/{project}/{id}/register");
        document.insert("registration_endpoint".to_owned(), json!(endpoint));
    }
    if enabled("cimdSettings") {
        document.insert("client_id_metadata_document_supported".to_owned(), json!(true));
    }
    Ok(Served::ok(to_raw(&document), Vec::new()))
}
