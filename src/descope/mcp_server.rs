//! The MCP-server endpoints and their envelopes: `POST /v1/mgmt/mcp/server/{create,update,load,delete}`, `…/servers/all`.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::endpoint::{Ask, Call, Effect};
use super::error::{Error, Trouble};
use super::transport::Api;

const CREATE: &str = "/v1/mgmt/mcp/server/create";
const UPDATE: &str = "/v1/mgmt/mcp/server/update";
const LOAD: &str = "/v1/mgmt/mcp/server/load";
const DELETE: &str = "/v1/mgmt/mcp/server/delete";
const ALL: &str = "/v1/mgmt/mcp/servers/all";

/// The MCP servers of one project. Objects are raw JSON, each with an `id`.
pub struct McpServers<'a> {
    /// The way to the API.
    pub api: &'a Api,
    /// Where the API is, without a trailing slash.
    pub base_url: &'a str,
    /// The project.
    pub project: &'a str,
}

/// What tells a server from others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Label {
    /// `MS` and letters and digits.
    pub id: Option<String>,
    /// Its display name.
    pub name: Option<String>,
}

// === impl McpServers ===

impl McpServers<'_> {
    /// Creates a server of these fields.
    pub async fn create(&self, fields: &RawValue) -> Result<Box<RawValue>, Error> {
        let answer = self.call(CREATE, Effect::Create, fields.get().to_owned()).await?;
        server(CREATE, &answer)?.ok_or_else(|| not_described(CREATE, "it holds no `server`"))
    }

    /// Replaces a server by this one, whole.
    pub async fn update(&self, server_object: &RawValue) -> Result<Box<RawValue>, Error> {
        let answer = self.call(UPDATE, Effect::Settle, format!(r#"{{"server":{}}}"#, server_object.get())).await?;
        server(UPDATE, &answer)?.ok_or_else(|| not_described(UPDATE, "it holds no `server`"))
    }

    /// The server of this id, or `None` when it is certain that the project has none.
    ///
    /// How the API answers for an unknown id is not documented, and a wrong base URL or a proxy may answer likewise. So absence
    /// counts only when the same project then lists its servers and this one is not among them.
    pub async fn load(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        let loaded = match self.call(LOAD, Effect::Read, id_body(id)).await {
            Ok(answer) => server(LOAD, &answer)?,
            Err(error) if error.may_mean_absent() => None,
            Err(error) => return Err(error),
        };
        match loaded {
            Some(found) => Ok(Some(found)),
            None => self.listed(id).await,
        }
    }

    /// Deletes the server of this id; that the project has none is success.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        match self.call(DELETE, Effect::Settle, id_body(id)).await {
            Ok(_) => Ok(()),
            Err(error) if error.may_mean_absent() => match self.listed(id).await? {
                Some(_) => Err(error),
                None => Ok(()),
            },
            Err(error) => Err(error),
        }
    }

    /// All servers of the project; the API has no pages here.
    pub async fn all(&self) -> Result<Vec<Box<RawValue>>, Error> {
        let answer = self.call(ALL, Effect::Read, "{}".to_owned()).await?;
        let servers = member(ALL, &answer, "servers")?;
        let servers: Option<Vec<Box<RawValue>>> = servers
            .map(|servers| {
                serde_json::from_str(servers.get()).map_err(|_| not_described(ALL, "its `servers` is no list"))
            })
            .transpose()?;
        Ok(servers.unwrap_or_default())
    }

    async fn listed(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        let servers = self.all().await?;
        Ok(servers.into_iter().find(|server| label(server).id.as_deref() == Some(id)))
    }

    async fn call(&self, path: &'static str, effect: Effect, body: String) -> Result<Box<RawValue>, Error> {
        let ask = Ask::Operation { project: self.project, body };
        self.api.call(self.base_url, Call { path, effect, ask }).await
    }
}

/// The id and name of a server object; either may be missing or no text.
pub fn label(server: &RawValue) -> Label {
    serde_json::from_str(server.get()).unwrap_or_default()
}

/// The object in a `{server: …}` envelope, `None` when it is missing or null. One without an id is no server.
fn server(path: &'static str, answer: &RawValue) -> Result<Option<Box<RawValue>>, Error> {
    match member(path, answer, "server")? {
        Some(server) if label(&server).id.is_none_or(|id| id.is_empty()) => {
            Err(not_described(path, "its `server` has no `id`"))
        }
        other => Ok(other),
    }
}

/// A member of an answer, `None` when it is missing or null.
fn member(path: &'static str, answer: &RawValue, key: &str) -> Result<Option<Box<RawValue>>, Error> {
    // A map, not a struct: serde would take an array for a struct.
    let mut members: IndexMap<String, Box<RawValue>> =
        serde_json::from_str(answer.get()).map_err(|_| not_described(path, "it is no JSON object"))?;
    Ok(members.swap_remove(key).filter(|member| member.get() != "null"))
}

fn not_described(path: &'static str, reason: &str) -> Error {
    Error::new(path, Trouble::NotDescribed { reason: reason.to_owned() })
}

fn id_body(id: &str) -> String {
    serde_json::json!({ "id": id }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(text: &str) -> Result<Option<Box<RawValue>>, Error> {
        server(LOAD, &RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn a_missing_or_null_server_is_absent() {
        assert!(matches!(envelope("{}"), Ok(None)));
        assert!(matches!(envelope(r#"{"server":null}"#), Ok(None)));
    }

    #[test]
    fn a_server_is_an_object_with_an_id_and_stays_text() {
        assert_eq!(
            envelope(r#"{"server":{"id":"MS1","x":1e400}}"#).unwrap().unwrap().get(),
            r#"{"id":"MS1","x":1e400}"#
        );
        for wrong in
            ["[]", r#"{"server":{}}"#, r#"{"server":{"id":""}}"#, r#"{"server":{"name":"x"}}"#, r#"{"server":[]}"#]
        {
            assert!(envelope(wrong).is_err(), "{wrong}");
        }
    }
}
