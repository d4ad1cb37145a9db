//! What each documented operation does to the store. Called by `routes` with an authenticated project.

use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;

use super::accept::{Accepted, accept};
use super::answer::answer;
use super::clients;
use super::fields::{BY_ID, BY_IDS, CREATE_SERVER, EMPTY, Field, SERVER, UPDATE_SERVER};
use super::raw::{Members, literal, members, text, to_raw};
use super::routes::Reply;
use super::store::{Store, Stored, set_text};
use super::switches::Switches;

/// An error as Descope's SDKs describe it. The status and code for an unknown id are not documented; 404 is the likely one.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub description: String,
    pub message: String,
}

/// One request of a project.
pub struct Request<'a> {
    pub store: &'a mut Store,
    pub switches: &'a Switches,
    pub project: &'a str,
    pub body: &'a RawValue,
    /// Undocumented fields that were dropped.
    pub dropped: Vec<String>,
}

/// Does what a path says.
pub fn operate(
    store: &mut Store,
    switches: &Switches,
    project: &str,
    path: &str,
    body: &RawValue,
) -> Result<Reply, Refusal> {
    let mut request = Request { store, switches, project, body, dropped: Vec::new() };
    let body = match path {
        "/v1/mgmt/mcp/server/create" => request.create(),
        "/v1/mgmt/mcp/server/update" => request.update(),
        "/v1/mgmt/mcp/server/load" => request.load(),
        "/v1/mgmt/mcp/server/delete" => request.delete(),
        "/v1/mgmt/mcp/servers/delete" => request.delete_several(),
        "/v1/mgmt/mcp/servers/all" => request.all(),
        _ => match clients::operate(&mut request, path) {
            Some(done) => done,
            None => Err(Refusal::no_such_path(path)),
        },
    }?;
    Ok(Reply { status: 200, body, dropped: request.dropped })
}

// === impl Refusal ===

impl Refusal {
    /// A request that is wrong in itself.
    pub fn bad_request(code: &str, description: &str, message: &str) -> Self {
        Self { status: 400, code: code.to_owned(), description: description.to_owned(), message: message.to_owned() }
    }

    /// An id that names nothing.
    pub fn not_found(what: &str) -> Self {
        let message = format!("{what} not found");
        Self { status: 404, code: "E112102".to_owned(), description: "Not found".to_owned(), message }
    }

    /// A path that is no operation; the gateway's own error has another shape than Descope's.
    pub fn no_such_path(path: &str) -> Self {
        Self { status: 404, code: String::new(), description: String::new(), message: format!("no operation {path}") }
    }

    /// Its body.
    pub fn body(&self) -> serde_json::Value {
        match self.code.is_empty() {
            true => json!({ "code": 5, "message": self.message, "details": [] }),
            false => {
                json!({ "errorCode": self.code, "errorDescription": self.description, "errorMessage": self.message })
            }
        }
    }

    /// The reply that carries it.
    pub fn reply(&self) -> Reply {
        Reply { status: self.status, body: to_raw(&self.body()), dropped: Vec::new() }
    }
}

// === impl Request ===

impl Request<'_> {
    /// Takes in the body as a message.
    pub fn accepted(&mut self, fields: &[Field]) -> Result<Members, Refusal> {
        let body = self.body;
        self.accepted_from(fields, body, None)
    }

    fn accepted_from(
        &mut self,
        fields: &[Field],
        raw: &RawValue,
        stored: Option<&Members>,
    ) -> Result<Members, Refusal> {
        let Accepted { members, dropped } = accept(fields, raw, stored)
            .map_err(|wrong| Refusal::bad_request("E011004", "Invalid arguments", &wrong.0))?;
        self.dropped.extend(dropped);
        Ok(members)
    }

    fn create(&mut self) -> Result<Box<RawValue>, Refusal> {
        let mut fields = self.accepted(CREATE_SERVER)?;
        named(&fields)?;
        let flow = fields.shift_remove("consentFlowId").and_then(|raw| text(&raw)).unwrap_or_default();
        let hosting = fields.shift_remove("consentFlowHostingURL").and_then(|raw| text(&raw)).unwrap_or_default();
        if !fields.contains_key("loginPageURL") && !hosting.is_empty() {
            set_text(&mut fields, "loginPageURL", &format!("{hosting}?flow={flow}"));
        }
        if !fields.contains_key("dynamicRegistration") && !self.switches.registration_off_by_default {
            fields.insert("dynamicRegistration".to_owned(), literal(r#"{"enabled":true}"#));
        }
        self.rewritten(&mut fields);
        let id = self.store.next_id("MS");
        fields.insert("id".to_owned(), to_raw(&id));
        let body = self.enveloped(&fields);
        self.store.project(self.project).servers.insert(id, Stored::made(fields));
        Ok(body)
    }

    /// Replaces the whole object: what the request leaves out is reset.
    fn update(&mut self) -> Result<Box<RawValue>, Refusal> {
        let sent = members(self.body).and_then(|envelope| envelope.get("server").cloned());
        let Some(sent) = sent.filter(|sent| sent.get() != "null") else {
            // The envelope is checked too, so that a body without it is refused for what is in it.
            self.accepted(UPDATE_SERVER)?;
            return Err(Refusal::bad_request("E011002", "Missing arguments", "server: value is required"));
        };
        let id = members(&sent).and_then(|sent| text(sent.get("id")?)).unwrap_or_default();
        let before = self.server(&id)?.members;
        let mut fields = self.accepted_from(SERVER, &sent, Some(&before))?;
        named(&fields)?;
        for field in &self.switches.ignore_on_update {
            match before.get(field) {
                Some(value) => drop(fields.insert(field.clone(), value.clone())),
                None => drop(fields.shift_remove(field)),
            }
        }
        self.rewritten(&mut fields);
        let body = self.enveloped(&fields);
        if let Some(stored) = self.store.project(self.project).servers.get_mut(&id) {
            stored.members = fields;
        }
        Ok(body)
    }

    fn load(&mut self) -> Result<Box<RawValue>, Refusal> {
        let id = self.id()?;
        let hidden = Duration::from_millis(self.switches.hide_new_ms);
        match self.server(&id) {
            Ok(stored) if stored.is_visible(hidden) => Ok(self.enveloped(&stored.members)),
            Ok(_) | Err(_) if self.switches.unknown_is_null => Ok(literal(r#"{"server":null}"#)),
            Ok(_) => Err(Refusal::not_found("MCP server")),
            Err(refusal) => Err(refusal),
        }
    }

    fn delete(&mut self) -> Result<Box<RawValue>, Refusal> {
        let id = self.id()?;
        self.server(&id)?;
        self.remove(&id);
        Ok(literal("{}"))
    }

    fn delete_several(&mut self) -> Result<Box<RawValue>, Refusal> {
        let fields = self.accepted(BY_IDS)?;
        let ids: Vec<String> =
            fields.get("ids").and_then(|ids| serde_json::from_str(ids.get()).ok()).unwrap_or_default();
        ids.iter().for_each(|id| self.remove(id));
        Ok(literal("{}"))
    }

    fn all(&mut self) -> Result<Box<RawValue>, Refusal> {
        self.accepted(EMPTY)?;
        let hidden = Duration::from_millis(self.switches.hide_new_ms);
        let servers = &self.store.project(self.project).servers;
        let mut list: Vec<Box<RawValue>> = servers
            .values()
            .filter(|stored| stored.is_visible(hidden))
            .map(|stored| answer(SERVER, &stored.members, self.switches))
            .collect();
        if self.switches.shuffle {
            list.reverse();
        }
        let total = to_raw(&list.len());
        Ok(to_raw(&Members::from_iter([("servers".to_owned(), to_raw(&list)), ("total".to_owned(), total)])))
    }

    fn id(&mut self) -> Result<String, Refusal> {
        let fields = self.accepted(BY_ID)?;
        match fields.get("id").and_then(|id| text(id)).filter(|id| !id.is_empty()) {
            Some(id) => Ok(id),
            None => Err(Refusal::bad_request("E011002", "Missing arguments", "id: value is required")),
        }
    }

    /// A stored server.
    pub fn server(&mut self, id: &str) -> Result<Stored, Refusal> {
        self.store.project(self.project).servers.get(id).cloned().ok_or_else(|| Refusal::not_found("MCP server"))
    }

    fn remove(&mut self, id: &str) {
        let project = self.store.project(self.project);
        project.servers.shift_remove(id);
        // What happens to a server's clients is not documented; without their server they can't be named any more.
        project.clients.retain(|_, client| client.text("mcpServerId") != id);
    }

    fn rewritten(&self, fields: &mut Members) {
        for (field, value) in &self.switches.rewrite {
            if fields.contains_key(field) {
                fields.insert(field.clone(), value.clone());
            }
        }
    }

    fn enveloped(&self, fields: &Members) -> Box<RawValue> {
        to_raw(&Members::from_iter([("server".to_owned(), answer(SERVER, fields, self.switches))]))
    }
}

/// A name is needed.
pub fn named(fields: &Members) -> Result<(), Refusal> {
    let name = fields.get("name").and_then(|name| text(name)).unwrap_or_default();
    match name.trim().is_empty() {
        true => Err(Refusal::bad_request("E011003", "Request is invalid", "name: value length must be at least 1")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(store: &mut Store, switches: &Switches, operation: &str, body: &str) -> Result<String, Refusal> {
        let body = RawValue::from_string(body.to_owned()).unwrap();
        operate(store, switches, "P1", &format!("/v1/mgmt/mcp/{operation}"), &body)
            .map(|reply| reply.body.get().to_owned())
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
            ("server/nothing", r#"{}"#, 404),
        ] {
            let refusal = call(&mut store, &Switches::default(), operation, body).unwrap_err();
            assert_eq!(refusal.status, status, "{operation} {body}");
        }
    }

    #[test]
    fn where_the_consent_flow_is_becomes_the_login_page() {
        let mut store = Store::default();
        let id = created(&mut store, r#"{"name":"a","consentFlowId":"f","consentFlowHostingURL":"https://x/login"}"#);
        assert_eq!(store.project("P1").servers[&id].text("loginPageURL"), "https://x/login?flow=f");
        assert!(!store.project("P1").servers[&id].members.contains_key("consentFlowId"));
    }
}
