//! The two public documents of each server. They take no credentials. Called by `routes`.

use axum::http::{HeaderMap, header};
use serde_json::json;
use serde_json::value::RawValue;

use super::World;
use super::raw::{elements, members, text, to_raw};

/// The document at a path, if it is one of a server that exists.
pub fn document(world: &mut World, path: &str, headers: &HeaderMap) -> Option<Box<RawValue>> {
    let mut parts = path.strip_prefix("/v1/apps/agentic/")?.splitn(3, '/');
    let (project, id, rest) = (parts.next()?, parts.next()?, parts.next()?);
    if !matches!(rest, ".well-known/openid-configuration" | ".well-known/oauth-authorization-server") {
        return None;
    }
    let server = world.store.project(project).servers.get(id)?;
    let nested = |field: &str| server.members.get(field).and_then(|raw| members(raw)).unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let base = format!("http://{host}");
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
    Some(to_raw(&document))
}
