//! The operations on a server's pre-registered clients. Called by `operations`.

use serde_json::json;
use serde_json::value::RawValue;

use super::answer::answer;
use super::fields::{CLIENT, CLIENT_BY_ID, CLIENTS_BY_IDS, CREATE_CLIENT, SEARCH_CLIENTS, UPDATE_CLIENT};
use super::operations::{Refusal, Request, named};
use super::raw::{Members, literal, text, to_raw};
use super::store::{Stored, set_text};

/// Does what a path says; `None` if it is no operation on clients.
pub fn operate(request: &mut Request<'_>, path: &str) -> Option<Result<Box<RawValue>, Refusal>> {
    Some(match path.strip_prefix("/v1/mgmt/mcp/server/")? {
        "client/create" => create(request),
        "client/update" => update(request),
        "client/load" => load(request),
        "client/delete" => delete(request),
        "clients/delete" => delete_several(request),
        "clients/search" => search(request),
        "client/secret" => secret(request, false),
        "client/secret/rotate" => secret(request, true),
        _ => return None,
    })
}

fn create(request: &mut Request<'_>) -> Result<Box<RawValue>, Refusal> {
    let mut fields = request.accepted(CREATE_CLIENT)?;
    named(&fields)?;
    request.server(&field(&fields, "mcpServerId"))?;
    let (id, client_id, secret) =
        (request.store.next_id("TPA"), request.store.next_id("UDI"), request.store.next_id("secret-"));
    set_text(&mut fields, "id", &id);
    set_text(&mut fields, "clientId", &client_id);
    set_text(&mut fields, "registrationType", "manual");
    set_text(&mut fields, "status", "verified");
    let stored = Stored { secret: secret.clone(), ..Stored::made(fields) };
    request.store.project(request.project).clients.insert(id.clone(), stored);
    Ok(to_raw(&json!({ "id": id, "cleartext": secret, "clientId": client_id })))
}

fn update(request: &mut Request<'_>) -> Result<Box<RawValue>, Refusal> {
    let mut fields = request.accepted(UPDATE_CLIENT)?;
    named(&fields)?;
    let client = found(request, &fields)?;
    // Read-only fields are in no request and stay.
    for name in ["clientId", "registrationType", "status"] {
        set_text(&mut fields, name, &client.text(name));
    }
    let body = enveloped(request, &fields);
    if let Some(stored) = request.store.project(request.project).clients.get_mut(&client.text("id")) {
        stored.members = fields;
    }
    Ok(body)
}

fn load(request: &mut Request<'_>) -> Result<Box<RawValue>, Refusal> {
    let fields = request.accepted(CLIENT_BY_ID)?;
    let client = found(request, &fields)?;
    Ok(enveloped(request, &client.members))
}

fn delete(request: &mut Request<'_>) -> Result<Box<RawValue>, Refusal> {
    let fields = request.accepted(CLIENT_BY_ID)?;
    let client = found(request, &fields)?;
    request.store.project(request.project).clients.shift_remove(&client.text("id"));
    Ok(literal("{}"))
}

/// An id that is gone already is no error here.
fn delete_several(request: &mut Request<'_>) -> Result<Box<RawValue>, Refusal> {
    let fields = request.accepted(CLIENTS_BY_IDS)?;
    let server = field(&fields, "mcpServerId");
    let ids: Vec<String> = fields.get("ids").and_then(|ids| serde_json::from_str(ids.get()).ok()).unwrap_or_default();
    request
        .store
        .project(request.project)
        .clients
        .retain(|id, client| client.text("mcpServerId") != server || !ids.contains(id));
    Ok(literal("{}"))
}

fn search(request: &mut Request<'_>) -> Result<Box<RawValue>, Refusal> {
    /// How many a page holds when the request does not say; the real default is not documented.
    const LIMIT: usize = 100;
    let fields = request.accepted(SEARCH_CLIENTS)?;
    let number = |name: &str| fields.get(name).and_then(|raw| raw.get().parse::<usize>().ok()).unwrap_or(0);
    let (page, limit) = (number("page"), Some(number("limit")).filter(|limit| *limit > 0).unwrap_or(LIMIT));
    let wanted = |client: &Stored| {
        let is =
            |filter: &str, own: &str| field(&fields, filter).is_empty() || field(&fields, filter) == client.text(own);
        let (words, tag) = (field(&fields, "text"), field(&fields, "tag"));
        let tags: Vec<String> =
            client.members.get("tags").and_then(|tags| serde_json::from_str(tags.get()).ok()).unwrap_or_default();
        client.text("mcpServerId") == field(&fields, "mcpServerId")
            && is("name", "name")
            && is("clientId", "clientId")
            && is("status", "status")
            && is("registrationMethod", "registrationType")
            && (tag.is_empty() || tags.contains(&tag))
            && (words.is_empty() || client.text("name").contains(&words))
    };
    let clients: Vec<Stored> =
        request.store.project(request.project).clients.values().filter(|client| wanted(client)).cloned().collect();
    let listed: Vec<Box<RawValue>> = clients
        .iter()
        .skip(page.saturating_mul(limit))
        .take(limit)
        .map(|client| answer(CLIENT, &client.members, request.switches))
        .collect();
    let total = to_raw(&clients.len());
    Ok(to_raw(&Members::from_iter([("clients".to_owned(), to_raw(&listed)), ("total".to_owned(), total)])))
}

fn secret(request: &mut Request<'_>, rotate: bool) -> Result<Box<RawValue>, Refusal> {
    let fields = request.accepted(CLIENT_BY_ID)?;
    let mut client = found(request, &fields)?;
    if rotate {
        client.secret = request.store.next_id("secret-");
        if let Some(stored) = request.store.project(request.project).clients.get_mut(&client.text("id")) {
            stored.secret.clone_from(&client.secret);
        }
    }
    Ok(to_raw(&json!({ "cleartext": client.secret })))
}

/// The client that a request names by its id or its client id, within its server.
fn found(request: &mut Request<'_>, fields: &Members) -> Result<Stored, Refusal> {
    let (server, id, client_id) = (field(fields, "mcpServerId"), field(fields, "id"), field(fields, "clientId"));
    let clients = &request.store.project(request.project).clients;
    let named = |client: &&Stored| match id.is_empty() {
        true => client.text("clientId") == client_id,
        false => client.text("id") == id,
    };
    let client = clients.values().filter(|client| client.text("mcpServerId") == server).find(named);
    client.cloned().ok_or_else(|| Refusal::not_found("MCP server client"))
}

fn enveloped(request: &Request<'_>, fields: &Members) -> Box<RawValue> {
    to_raw(&Members::from_iter([("client".to_owned(), answer(CLIENT, fields, request.switches))]))
}

fn field(fields: &Members, name: &str) -> String {
    fields.get(name).and_then(|raw| text(raw)).unwrap_or_default()
}
