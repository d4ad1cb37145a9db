// SPDX-License-Identifier: Apache-2.0

//! The endpoints of MCP servers, and what they do. `routes` serves them.

use std::time::{Duration, Instant};

use serde_json::json;
use serde_json::value::RawValue;

use super::answer::answer;
use super::endpoint::{ApiCall, Endpoint, named};
use super::raw::{Members, literal, members, text, to_raw};
use super::served::Refusal;
use super::store::{Project, Stored, set_text};
use super::switches::{Switches, Zeros};

/// The message of a server.
pub const SERVER: &str = "McpServer";

/// All endpoints of servers.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint { path: "/v1/mgmt/mcp/server/create", takes: "CreateMcpServerRequest", run: create },
    Endpoint { path: "/v1/mgmt/mcp/server/update", takes: "UpdateMcpServerRequest", run: update },
    Endpoint { path: "/v1/mgmt/mcp/server/load", takes: "LoadMcpServerRequest", run: load },
    Endpoint { path: "/v1/mgmt/mcp/server/delete", takes: "DeleteMcpServerRequest", run: delete },
    Endpoint { path: "/v1/mgmt/mcp/servers/delete", takes: "DeleteMcpServersRequest", run: delete_several },
    Endpoint { path: "/v1/mgmt/mcp/servers/all", takes: "LoadAllMcpServersRequest", run: all },
];

fn create(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let mut server = call.accepted(None)?;
    named(&server)?;
    let flow = server.shift_remove("consentFlowId").and_then(|raw| text(&raw)).unwrap_or_default();
    let hosting = server.shift_remove("consentFlowHostingURL").and_then(|raw| text(&raw)).unwrap_or_default();
    if !server.contains_key("loginPageURL") && !hosting.is_empty() {
        set_text(&mut server, "loginPageURL", &format!("{hosting}?flow={flow}"));
    }
    if !server.contains_key("dynamicRegistration") && !call.switches.registration_off_by_default {
        server.insert("dynamicRegistration".to_owned(), literal(r#"{"enabled":true}"#));
    }
    rewrite(&mut server, call.switches);
    let id = call.store.next_id("MS");
    set_text(&mut server, "id", &id);
    let body = match call.switches.create_answers_id_only {
        true => to_raw(&json!({ "id": id })),
        false => call.envelope("server", SERVER, &server),
    };
    call.objects().servers.insert(id, Stored::made(server));
    Ok(body)
}

/// Replaces the whole object: a field that the request leaves out is reset.
fn update(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let id = members(call.body)
        .and_then(|envelope| members(envelope.get("server")?))
        .and_then(|server| text(server.get("id")?))
        .unwrap_or_default();
    let before = call.objects().servers.get(&id).map(|stored| stored.members.clone());
    let known = before.as_ref().map(|before| Members::from_iter([("server".to_owned(), to_raw(before))]));
    let envelope = call.accepted(known.as_ref())?;
    let Some(mut server) = envelope.get("server").and_then(|server| members(server)) else {
        return Err(Refusal::bad_request("E011002", "Missing arguments", "server: value is required"));
    };
    let before = before.ok_or_else(|| Refusal::not_found("MCP server"))?;
    named(&server)?;
    for field in &call.switches.ignore_on_update {
        match before.get(field) {
            Some(value) => drop(server.insert(field.clone(), value.clone())),
            None => drop(server.shift_remove(field)),
        }
    }
    rewrite(&mut server, call.switches);
    let body = call.envelope("server", SERVER, &server);
    if let Some(stored) = call.objects().servers.get_mut(&id) {
        stored.members = server;
    }
    Ok(body)
}

fn load(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let id = id(call)?;
    let hidden = hidden(call.switches);
    match call.objects().servers.get(&id).filter(|stored| stored.is_visible(hidden)).cloned() {
        Some(stored) => Ok(call.envelope("server", SERVER, &stored.members)),
        None if call.switches.unknown_is_null => Ok(literal(r#"{"server":null}"#)),
        None => Err(Refusal::not_found("MCP server")),
    }
}

fn delete(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let id = id(call)?;
    match call.objects().servers.contains_key(&id) {
        true => remove(call.objects(), &id),
        false => return Err(Refusal::not_found("MCP server")),
    }
    Ok(literal("{}"))
}

/// Unknown ids are ignored.
fn delete_several(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    let request = call.accepted(None)?;
    let ids: Vec<String> = request.get("ids").and_then(|ids| serde_json::from_str(ids.get()).ok()).unwrap_or_default();
    ids.iter().for_each(|id| remove(call.objects(), id));
    Ok(literal("{}"))
}

fn all(call: &mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal> {
    call.accepted(None)?;
    let (messages, switches, hidden) = (call.messages, call.switches, hidden(call.switches));
    let listed = Duration::from_millis(switches.list_deleted_ms);
    let project = call.objects();
    let servers = project.servers.values().filter(|stored| stored.is_visible(hidden));
    let deleted = project.deleted.iter().filter(|(when, _)| when.elapsed() < listed).map(|(_, stored)| stored);
    let mut list: Vec<Box<RawValue>> =
        servers.chain(deleted).map(|stored| answer(messages, SERVER, &stored.members, switches)).collect();
    if switches.shuffle {
        list.reverse();
    }
    if list.is_empty() && switches.zeros == Zeros::Omitted {
        return Ok(literal("{}"));
    }
    if list.is_empty() && switches.zeros == Zeros::Null {
        return Ok(literal(r#"{"servers":null,"total":null}"#));
    }
    let total = to_raw(&list.len());
    Ok(to_raw(&Members::from_iter([("servers".to_owned(), to_raw(&list)), ("total".to_owned(), total)])))
}

/// The id that a request names.
fn id(call: &mut ApiCall<'_>) -> Result<String, Refusal> {
    let request = call.accepted(None)?;
    match request.get("id").and_then(|id| text(id)).filter(|id| !id.is_empty()) {
        Some(id) => Ok(id),
        None => Err(Refusal::bad_request("E011002", "Missing arguments", "id: value is required")),
    }
}

/// Removes a server with its clients. Descope does not document what happens to them, but without
/// the server no request can name them.
fn remove(project: &mut Project, id: &str) {
    if let Some(removed) = project.servers.shift_remove(id) {
        project.deleted.push((Instant::now(), removed));
    }
    project.clients.retain(|_, client| client.text("mcpServerId") != id);
}

fn rewrite(server: &mut Members, switches: &Switches) {
    for (field, value) in &switches.rewrite {
        if server.contains_key(field) {
            server.insert(field.clone(), value.clone());
        }
    }
}

fn hidden(switches: &Switches) -> Duration {
    Duration::from_millis(switches.hide_new_ms)
}

#[cfg(test)]
mod tests {
    use super::super::messages::Messages;
    use super::super::store::Store;
    use super::super::switches::Switches;
    use super::*;

    fn call(store: &mut Store, switches: &Switches, operation: &str, body: &str) -> Result<String, Refusal> {
        let path = format!("/v1/mgmt/mcp/{operation}");
        let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == path).unwrap();
        let body = RawValue::from_string(body.to_owned()).unwrap();
        endpoint
            .call(&Messages::built_in([]).unwrap(), store, switches, "P1", &body)
            .map(|served| served.body.get().to_owned())
    }

    fn created(store: &mut Store, body: &str) -> String {
        let answer = call(store, &Switches::default(), "server/create", body).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["server"]["id"].as_str().unwrap().to_owned()
    }

    #[test]
    fn an_update_replaces_everything() {
        let mut store = Store::default();
        let id = created(&mut store, r#"{"name":"a","description":"d","sessionSettings":{"enabled":true}}"#);
        let body = format!(r#"{{"server":{{"id":"{id}","name":"b"}}}}"#);
        call(&mut store, &Switches::default(), "server/update", &body).unwrap();
        let held = to_raw(&store.project("P1").servers[&id].members);
        assert_eq!(held.get(), format!(r#"{{"id":"{id}","name":"b"}}"#));
    }

    #[test]
    fn a_planted_field_survives_only_if_it_is_sent() {
        let mut store = Store::default();
        let id = created(&mut store, r#"{"name":"a"}"#);
        store.project("P1").servers[&id].members.insert("odd".to_owned(), literal("1.10"));
        let with = format!(r#"{{"server":{{"id":"{id}","name":"a","odd":1.10}}}}"#);
        let answer = call(&mut store, &Switches::default(), "server/update", &with).unwrap();
        assert!(answer.contains(r#""odd":1.10"#), "{answer}");
        let without = format!(r#"{{"server":{{"id":"{id}","name":"a"}}}}"#);
        let answer = call(&mut store, &Switches::default(), "server/update", &without).unwrap();
        assert!(!answer.contains("odd"), "{answer}");
    }

    #[test]
    fn refusals_have_their_status() {
        let mut store = Store::default();
        for (operation, body, status) in [
            ("server/create", r#"{"name":" "}"#, 400),
            ("server/create", r#"{"name":"a","approvedScopes":[]}"#, 400),
            ("server/update", r#"{"server":{"id":"MSx","name":"a"}}"#, 404),
            ("server/update", r#"{"id":"MSx","name":"a"}"#, 400),
            ("server/load", r#"{"id":"MSx"}"#, 404),
            ("server/load", r#"{}"#, 400),
            ("server/delete", r#"{"id":"MSx"}"#, 404),
        ] {
            let refusal = call(&mut store, &Switches::default(), operation, body).unwrap_err();
            assert_eq!(refusal.status, status, "{operation} {body}");
        }
    }

    #[test]
    fn an_empty_list_is_left_out_like_other_zero_values() {
        let mut store = Store::default();
        for (zeros, list) in [
            (Zeros::Sent, r#"{"servers":[],"total":0}"#),
            (Zeros::Omitted, "{}"),
            (Zeros::Null, r#"{"servers":null,"total":null}"#),
        ] {
            let switches = Switches { zeros, ..Switches::default() };
            assert_eq!(call(&mut store, &switches, "servers/all", "{}").unwrap(), list);
        }
    }

    #[test]
    fn a_list_may_still_have_what_is_deleted() {
        let mut store = Store::default();
        let id = created(&mut store, r#"{"name":"a"}"#);
        let named = format!(r#"{{"id":"{id}"}}"#);
        call(&mut store, &Switches::default(), "server/delete", &named).unwrap();
        let late = Switches { list_deleted_ms: 60_000, ..Switches::default() };
        assert!(call(&mut store, &late, "servers/all", "{}").unwrap().contains(&id));
        assert!(!call(&mut store, &Switches::default(), "servers/all", "{}").unwrap().contains(&id));
        assert_eq!(call(&mut store, &late, "server/load", &named).unwrap_err().status, 404);
    }

    #[test]
    fn a_creation_may_answer_the_id_alone() {
        let mut store = Store::default();
        let switches = Switches { create_answers_id_only: true, ..Switches::default() };
        let answer = call(&mut store, &switches, "server/create", r#"{"name":"a"}"#).unwrap();
        let id = store.project("P1").servers.keys().next().unwrap();
        assert_eq!(answer, format!(r#"{{"id":"{id}"}}"#));
    }

    #[test]
    fn where_the_consent_flow_is_becomes_the_login_page() {
        let mut store = Store::default();
        let id = created(&mut store, r#"{"name":"a","consentFlowId":"f","consentFlowHostingURL":"https://x/login"}"#);
        assert_eq!(store.project("P1").servers[&id].text("loginPageURL"), "https://x/login?flow=f");
        assert!(!store.project("P1").servers[&id].members.contains_key("consentFlowId"));
    }
}
