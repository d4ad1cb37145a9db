// SPDX-License-Identifier: Apache-2.0

//! The endpoints of a server's pre-registered clients, and what they do. `routes` serves them.

use serde_json::json;
use serde_json::value::RawValue;

use super::answer::answer;
use super::endpoint::{ApiCall, Endpoint, named};
use super::raw::{Members, literal, members, text, to_raw};
use super::served::Refusal;
use super::store::{Stored, set_text};

/// The message of a client.
pub const CLIENT: &str = "McpServerClient";

/// All endpoints of clients.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint { path: "/v1/mgmt/mcp/server/client/create", takes: "CreateMcpServerClientRequest", run: create },
    Endpoint { path: "/v1/mgmt/mcp/server/client/update", takes: "UpdateMcpServerClientRequest", run: update },
    Endpoint { path: "/v1/mgmt/mcp/server/client/load", takes: "LoadMcpServerClientRequest", run: load },
    Endpoint { path: "/v1/mgmt/mcp/server/client/delete", takes: "DeleteMcpServerClientRequest", run: delete },
    Endpoint {
        path: "/v1/mgmt/mcp/server/clients/delete",
        takes: "DeleteMcpServerClientsRequest",
        run: delete_several,
    },
    Endpoint { path: "/v1/mgmt/mcp/server/clients/search", takes: "SearchMcpServerClientsRequest", run: search },
    Endpoint { path: "/v1/mgmt/mcp/server/client/secret", takes: "McpServerClientSecretRequest", run: secret },
    Endpoint {
        path: "/v1/mgmt/mcp/server/client/secret/rotate",
        takes: "RotateMcpServerClientSecretRequest",
        run: rotate_secret,
    },
];

fn create(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let mut fields = call.accepted(None)?;
    named(&fields)?;
    if !call.objects().servers.contains_key(&field(&fields, "mcpServerId")) {
        return Err(Refusal::not_found("MCP server"));
    }
    let (id, client_id, secret) = (call.store.next_id("TPA"), call.store.next_id("UDI"), call.store.next_id("secret-"));
    set_text(&mut fields, "id", &id);
    set_text(&mut fields, "clientId", &client_id);
    set_text(&mut fields, "registrationType", "manual");
    set_text(&mut fields, "status", "verified");
    let stored = Stored { secret: secret.clone(), ..Stored::made(fields) };
    call.objects().clients.insert(id.clone(), stored);
    Ok(to_raw(&json!({ "id": id, "cleartext": secret, "clientId": client_id })))
}

/// Replaces the whole object: a field that the request leaves out is reset. But no update has the
/// fields that Descope gives a client, so it keeps them, and a request that has them loses them.
fn update(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    const GIVEN: [&str; 3] = ["clientId", "registrationType", "status"];
    let id = members(call.body).map(|request| field(&request, "id")).unwrap_or_default();
    let mut known = call.objects().clients.get(&id).map(|stored| stored.members.clone());
    if let Some(known) = &mut known {
        known.retain(|name, _| !GIVEN.contains(&name.as_str()));
    }
    let mut fields = call.accepted(known.as_ref())?;
    named(&fields)?;
    let client = found(call, &fields)?;
    for name in GIVEN {
        set_text(&mut fields, name, &client.text(name));
    }
    let body = call.envelope("client", CLIENT, &fields);
    if let Some(stored) = call.objects().clients.get_mut(&client.text("id")) {
        stored.members = fields;
    }
    Ok(body)
}

fn load(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let fields = call.accepted(None)?;
    let client = found(call, &fields)?;
    Ok(call.envelope("client", CLIENT, &client.members))
}

fn delete(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let fields = call.accepted(None)?;
    let client = found(call, &fields)?;
    call.objects().clients.shift_remove(&client.text("id"));
    Ok(literal("{}"))
}

/// Unknown ids are ignored.
fn delete_several(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let fields = call.accepted(None)?;
    let server = field(&fields, "mcpServerId");
    let ids: Vec<String> = fields.get("ids").and_then(|ids| serde_json::from_str(ids.get()).ok()).unwrap_or_default();
    call.objects().clients.retain(|id, client| client.text("mcpServerId") != server || !ids.contains(id));
    Ok(literal("{}"))
}

fn search(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    /// The size of a page if the request does not choose one. Descope does not document its
    /// default.
    const LIMIT: usize = 100;
    let fields = call.accepted(None)?;
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
    let clients: Vec<Stored> = call.objects().clients.values().filter(|client| wanted(client)).cloned().collect();
    let listed: Vec<Box<RawValue>> = clients
        .iter()
        .skip(page.saturating_mul(limit))
        .take(limit)
        .map(|client| answer(call.messages, CLIENT, &client.members, call.switches))
        .collect();
    let total = to_raw(&clients.len());
    Ok(to_raw(&Members::from_iter([("clients".to_owned(), to_raw(&listed)), ("total".to_owned(), total)])))
}

fn secret(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let fields = call.accepted(None)?;
    let client = found(call, &fields)?;
    Ok(to_raw(&json!({ "cleartext": client.secret })))
}

fn rotate_secret(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let fields = call.accepted(None)?;
    let client = found(call, &fields)?;
    let secret = call.store.next_id("secret-");
    if let Some(stored) = call.objects().clients.get_mut(&client.text("id")) {
        stored.secret.clone_from(&secret);
    }
    Ok(to_raw(&json!({ "cleartext": secret })))
}

/// The client that a request names by its id or its client id, within its server.
fn found(call: &mut ApiCall<'_>, fields: &Members) -> Result<Stored, Refusal> {
    let (server, id, client_id) = (field(fields, "mcpServerId"), field(fields, "id"), field(fields, "clientId"));
    let clients = &call.objects().clients;
    let named = |client: &&Stored| match id.is_empty() {
        true => client.text("clientId") == client_id,
        false => client.text("id") == id,
    };
    let client = clients.values().filter(|client| client.text("mcpServerId") == server).find(named);
    client.cloned().ok_or_else(|| Refusal::not_found("MCP server client"))
}

fn field(fields: &Members, name: &str) -> String {
    fields.get(name).and_then(|raw| text(raw)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::messages::Messages;
    use super::super::served::Served;
    use super::super::servers;
    use super::super::store::Store;
    use super::super::switches::Switches;
    use super::*;

    fn serve(store: &mut Store, operation: &str, body: &Value) -> Result<Served, Refusal> {
        let path = format!("/v1/mgmt/mcp/server/{operation}");
        let endpoint = servers::ENDPOINTS.iter().chain(ENDPOINTS).find(|endpoint| endpoint.path == path).unwrap();
        endpoint.call(&Messages::built_in([]).unwrap(), store, &Switches::default(), "P1", &to_raw(body))
    }

    fn call(store: &mut Store, operation: &str, body: Value) -> Result<Value, u16> {
        let served = serve(store, operation, &body);
        served.map(|served| serde_json::from_str(served.body.get()).unwrap()).map_err(|refusal| refusal.status)
    }

    #[test]
    fn the_life_of_a_client() {
        let mut store = Store::default();
        let server = call(&mut store, "create", json!({ "name": "a" })).unwrap()["server"]["id"].clone();
        let created = call(&mut store, "client/create", json!({ "name": "c", "mcpServerId": server })).unwrap();
        let by_id = json!({ "mcpServerId": server, "id": created["id"] });
        let by_client_id = json!({ "mcpServerId": server, "clientId": created["clientId"] });
        let loaded = call(&mut store, "client/load", by_id.clone()).unwrap();
        assert_eq!((&loaded["client"]["name"], &loaded["client"]["status"]), (&json!("c"), &json!("verified")));
        assert_eq!(call(&mut store, "client/load", by_client_id.clone()).unwrap(), loaded);

        let secret = call(&mut store, "client/secret", by_id.clone()).unwrap();
        assert_eq!(secret["cleartext"], created["cleartext"]);
        let rotated = call(&mut store, "client/secret/rotate", by_client_id).unwrap();
        assert_ne!(rotated, secret);
        assert_eq!(call(&mut store, "client/secret", by_id.clone()).unwrap(), rotated);

        let update = json!({ "id": created["id"], "mcpServerId": server, "name": "d", "tags": ["t"] });
        let updated = call(&mut store, "client/update", update).unwrap();
        assert_eq!((&updated["client"]["name"], &updated["client"]["clientId"]), (&json!("d"), &created["clientId"]));
        for (filter, total) in [(json!({ "tag": "t" }), 1), (json!({ "name": "c" }), 0), (json!({ "page": 1 }), 1)] {
            let mut filter = filter;
            filter["mcpServerId"] = server.clone();
            assert_eq!(call(&mut store, "clients/search", filter).unwrap()["total"], total);
        }
        assert_eq!(call(&mut store, "client/delete", by_id.clone()), Ok(json!({})));
        assert_eq!(call(&mut store, "client/load", by_id), Err(404));
    }

    #[test]
    fn a_planted_field_survives_only_if_it_is_sent() {
        let mut store = Store::default();
        let server = call(&mut store, "create", json!({ "name": "a" })).unwrap()["server"]["id"].clone();
        let created = call(&mut store, "client/create", json!({ "name": "c", "mcpServerId": server })).unwrap();
        let id = created["id"].as_str().unwrap();
        store.project("P1").clients[id].members.insert("odd".to_owned(), literal("1.10"));
        let whole =
            call(&mut store, "client/load", json!({ "mcpServerId": server, "id": id })).unwrap()["client"].take();
        let answered = call(&mut store, "client/update", whole.clone()).unwrap();
        assert_eq!((&answered["client"], &answered["client"]["odd"]), (&whole, &json!(1.10)));
        let without = json!({ "id": id, "mcpServerId": server, "name": "c" });
        assert_eq!(call(&mut store, "client/update", without).unwrap()["client"].get("odd"), None);
    }

    #[test]
    fn what_descope_gives_a_client_is_dropped_from_an_update_and_kept() {
        let mut store = Store::default();
        let server = call(&mut store, "create", json!({ "name": "a" })).unwrap()["server"]["id"].clone();
        let created = call(&mut store, "client/create", json!({ "name": "c", "mcpServerId": server })).unwrap();
        let update = json!({ "id": created["id"], "mcpServerId": server, "name": "c", "clientId": "x", "status": "y" });
        let served = serve(&mut store, "client/update", &update).unwrap();
        assert_eq!(served.dropped, ["clientId", "status"]);
        let id = created["id"].as_str().unwrap();
        assert_eq!(created["clientId"], store.project("P1").clients[id].text("clientId"));
    }

    #[test]
    fn clients_belong_to_a_server_and_go_with_it() {
        let mut store = Store::default();
        assert_eq!(call(&mut store, "client/create", json!({ "name": "c", "mcpServerId": "MSx" })), Err(404));
        let server = call(&mut store, "create", json!({ "name": "a" })).unwrap()["server"]["id"].clone();
        call(&mut store, "client/create", json!({ "name": "c", "mcpServerId": server })).unwrap();
        call(&mut store, "delete", json!({ "id": server })).unwrap();
        assert!(store.project("P1").clients.is_empty());
    }
}
