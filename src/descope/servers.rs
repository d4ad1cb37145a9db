//! The endpoints of MCP servers and their envelopes, all of them `POST`:
//! `/v1/mgmt/mcp/server/{create,update,load,delete}` and `…/servers/all`. Used by `provider`.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::call::{Call, Effect, Request};
use super::error::{Error, Trouble};
use super::limits::Limits;
use super::transport::Api;

const CREATE: &str = "/v1/mgmt/mcp/server/create";
const UPDATE: &str = "/v1/mgmt/mcp/server/update";
const LOAD: &str = "/v1/mgmt/mcp/server/load";
const DELETE: &str = "/v1/mgmt/mcp/server/delete";
const ALL: &str = "/v1/mgmt/mcp/servers/all";

/// The MCP servers of one project. Objects are raw JSON, each with an `id`.
pub struct McpServers<'a> {
    /// The API client.
    pub api: &'a Api,
    /// Where the API is, without a trailing slash.
    pub base_url: &'a str,
    /// The project.
    pub project: &'a str,
    /// When the operation must end.
    pub limits: &'a Limits,
}

/// What identifies a server to the API and to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Label {
    /// `MS`, followed by letters and digits.
    pub id: Option<String>,
    /// Its display name.
    pub name: Option<String>,
}

// === impl McpServers ===

impl McpServers<'_> {
    /// Creates a server with these fields and returns it.
    pub async fn create(&self, fields: &RawValue) -> Result<Box<RawValue>, Error> {
        let answer = self.call(CREATE, Effect::Create, fields.get().to_owned()).await?;
        server(CREATE, &answer, None)?.ok_or_else(|| not_described(CREATE, "the answer has no `server`"))
    }

    /// Replaces the whole server of this id by this object and returns the result. `None` if the
    /// project certainly has no such server.
    pub async fn update(&self, id: &str, server_object: &RawValue) -> Result<Option<Box<RawValue>>, Error> {
        match self.call(UPDATE, Effect::Idempotent, format!(r#"{{"server":{}}}"#, server_object.get())).await {
            Ok(answer) => match server(UPDATE, &answer, Some(id))? {
                Some(updated) => Ok(Some(updated)),
                // The update was accepted without showing its result, so that is loaded.
                None => self.load(id).await.map_err(|error| error.after(true)),
            },
            Err(error) if error.may_mean_absent() => match self.listed(id).await {
                Ok(None) => Ok(None),
                Ok(Some(_)) | Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// The server of this id, or `None` if the project certainly has no such server.
    ///
    /// The API does not document its answer for an unknown id, and a wrong base URL or a proxy may
    /// answer the same. So a server counts as gone only if the project then lists its servers and
    /// this one is not among them.
    pub async fn load(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        let loaded = match self.call(LOAD, Effect::Read, id_body(id)).await {
            Ok(answer) => server(LOAD, &answer, Some(id))?,
            Err(error) if error.may_mean_absent() => None,
            Err(error) => return Err(error),
        };
        match loaded {
            Some(found) => Ok(Some(found)),
            None => self.listed(id).await,
        }
    }

    /// Deletes the server of this id. It is a success if the project has no such server.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        match self.call(DELETE, Effect::Idempotent, id_body(id)).await {
            Ok(_) => Ok(()),
            Err(error) if error.may_mean_absent() => match self.listed(id).await {
                Ok(Some(_)) => Err(error),
                Ok(None) => Ok(()),
                Err(unlisted) => Err(unlisted.after(error.may_have_happened())),
            },
            Err(error) => Err(error),
        }
    }

    /// All servers of the project. The API lists them without pages.
    pub async fn all(&self) -> Result<Vec<Box<RawValue>>, Error> {
        listing(&self.call(ALL, Effect::Read, "{}".to_owned()).await?)
    }

    async fn listed(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        let servers = self.all().await?;
        Ok(servers.into_iter().find(|server| label(server).id.as_deref() == Some(id)))
    }

    async fn call(&self, path: &'static str, effect: Effect, body: String) -> Result<Box<RawValue>, Error> {
        let request = Request::Operation { project: self.project, body };
        self.api.call(self.base_url, &Call { path, effect, request }, self.limits).await
    }
}

/// The id and name of a server object. Either is `None` if it is missing, and both are if one of
/// them is not a string.
pub fn label(server: &RawValue) -> Label {
    serde_json::from_str(server.get()).unwrap_or_default()
}

/// The object in a `{server: …}` envelope, or `None` if it is missing or null. An object without an
/// id is not a server, and one with another id than was asked for is an error, because the next
/// call would change the wrong server.
fn server(path: &'static str, answer: &RawValue, asked: Option<&str>) -> Result<Option<Box<RawValue>>, Error> {
    let Some(server) = present(members(path, answer)?.swap_remove("server")) else { return Ok(None) };
    match (label(&server).id.filter(|id| !id.is_empty()), asked) {
        (None, _) => Err(not_described(path, "`server` in the answer has no `id`")),
        (Some(id), Some(asked)) if id != asked => {
            Err(not_described(path, &format!("`server` in the answer is {id:?}, not the one that was asked for")))
        }
        (Some(_), _) => Ok(Some(server)),
    }
}

/// The servers in an answer. An answer of another shape, or one that contradicts itself, is an
/// error, because a server that is missing from the list counts as gone.
fn listing(answer: &RawValue) -> Result<Vec<Box<RawValue>>, Error> {
    let mut members = members(ALL, answer)?;
    let (servers, total) = (members.swap_remove("servers"), members.swap_remove("total"));
    if servers.is_none() && total.is_none() && !members.is_empty() {
        return Err(not_described(ALL, "the answer has no `servers`"));
    }
    let servers: Vec<Box<RawValue>> = match present(servers) {
        Some(servers) => serde_json::from_str(servers.get())
            .map_err(|_| not_described(ALL, "`servers` in the answer is not a list"))?,
        None => Vec::new(),
    };
    if servers.iter().any(|server| label(server).id.is_none_or(|id| id.is_empty())) {
        return Err(not_described(ALL, "one of the listed servers has no `id`"));
    }
    let Some(total) = present(total) else { return Ok(servers) };
    match total.get().trim_matches('"').parse::<usize>() {
        Ok(total) if total == servers.len() => Ok(servers),
        _ => Err(not_described(ALL, &format!("the answer lists {} servers and has another `total`", servers.len()))),
    }
}

/// The members of an answer.
fn members(path: &'static str, answer: &RawValue) -> Result<IndexMap<String, Box<RawValue>>, Error> {
    // A map, not a struct: serde would take an array for a struct.
    serde_json::from_str(answer.get()).map_err(|_| not_described(path, "the answer is not a JSON object"))
}

/// A member that is neither missing nor null.
fn present(member: Option<Box<RawValue>>) -> Option<Box<RawValue>> {
    member.filter(|member| member.get() != "null")
}

fn not_described(path: &'static str, reason: &str) -> Error {
    Error::new(path, Trouble::NotDescribed { reason: reason.to_owned() })
}

fn id_body(id: &str) -> String {
    serde_json::json!({ "id": id }).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::SecretString;
    use tokio_util::sync::CancellationToken;

    use super::super::fake_server::{Canned, FakeServer};
    use super::super::transport::Settings;
    use super::*;

    fn envelope(text: &str) -> Result<Option<Box<RawValue>>, Error> {
        server(LOAD, &raw(text), Some("MS1"))
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
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
        for wrong in [
            "[]",
            r#"{"server":{"id":"MS2"}}"#,
            r#"{"server":{}}"#,
            r#"{"server":{"id":""}}"#,
            r#"{"server":{"name":"x"}}"#,
            r#"{"server":[]}"#,
        ] {
            assert!(envelope(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_list_of_servers_shows_that_one_is_not_there() {
        for (text, listed) in [
            ("{}", 0),
            (r#"{"servers":null,"total":0}"#, 0),
            (r#"{"servers":[{"id":"MS1"}]}"#, 1),
            (r#"{"servers":[{"id":"MS1"}],"total":"1"}"#, 1),
            (r#"{"total":0,"next":""}"#, 0),
        ] {
            assert_eq!(listing(&raw(text)).unwrap().len(), listed, "{text}");
        }
        for text in [
            "[]",
            r#"{"status":"ok"}"#,
            r#"{"servers":{}}"#,
            r#"{"servers":[],"total":5}"#,
            r#"{"total":1}"#,
            r#"{"servers":[],"total":-1}"#,
            r#"{"servers":[],"total":true}"#,
            r#"{"servers":["x"],"total":1}"#,
            r#"{"servers":[null],"total":1}"#,
            r#"{"servers":[{"name":"q"}]}"#,
            r#"{"servers":[{"id":5}]}"#,
            r#"{"servers":[{"id":"MS1"}],"total":0}"#,
        ] {
            assert!(listing(&raw(text)).is_err(), "{text}");
        }
    }

    /// The result of an operation whose calls get these answers, all of which must be used.
    async fn answered<T>(answers: &[Canned], operation: impl AsyncFnOnce(McpServers<'_>) -> T) -> T {
        let server = FakeServer::with(answers.to_vec()).await;
        let key = SecretString::from("K".to_owned());
        let api = Api::new(Settings { key, user_agent: "tester/1".to_owned(), local: true });
        let limits = Limits::within(Duration::from_secs(60), CancellationToken::new());
        let done = operation(McpServers { api: &api, base_url: &server.url, project: "P", limits: &limits }).await;
        assert_eq!(server.received().len(), answers.len());
        done
    }

    fn refusal(status: u16) -> Canned {
        Canned::answer(status, "", r#"{"errorCode":"E1"}"#)
    }

    #[tokio::test]
    async fn an_update_that_is_not_shown_is_loaded_and_known_to_have_been_made() {
        let update = async |servers: McpServers<'_>| servers.update("MS1", &raw(r#"{"id":"MS1"}"#)).await;
        let loaded = answered(&[Canned::ok("{}"), Canned::ok(r#"{"server":{"id":"MS1","x":1}}"#)], update).await;
        assert_eq!(loaded.unwrap().unwrap().get(), r#"{"id":"MS1","x":1}"#);
        let failed = answered(&[Canned::ok("{}"), refusal(401)], update).await.unwrap_err();
        assert!(failed.may_have_happened(), "{failed}");
        let refused = answered(&[refusal(401)], update).await.unwrap_err();
        assert!(!refused.may_have_happened(), "{refused}");
    }

    #[tokio::test]
    async fn a_deletion_that_may_have_been_made_before_is_not_said_to_have_done_nothing() {
        let delete = async |servers: McpServers<'_>| servers.delete("MS1").await;
        let failed = answered(&[Canned::Close, refusal(404), refusal(401)], delete).await.unwrap_err();
        assert!(failed.may_have_happened() && failed.status() == Some(401), "{failed}");
        let failed = answered(&[refusal(404), refusal(401)], delete).await.unwrap_err();
        assert!(!failed.may_have_happened(), "{failed}");
    }

    #[tokio::test]
    async fn a_server_is_gone_only_if_the_list_says_so() {
        let load = async |servers: McpServers<'_>| servers.load("MS1").await;
        let empty = Canned::ok(r#"{"servers":[],"total":0}"#);
        assert!(answered(&[refusal(404), empty.clone()], load).await.unwrap().is_none());
        assert!(answered(&[Canned::ok(r#"{"server":null}"#), empty.clone()], load).await.unwrap().is_none());
        assert!(answered(&[refusal(404), refusal(404)], load).await.is_err());
        let listed = Canned::ok(r#"{"servers":[{"id":"MS1"}],"total":1}"#);
        assert!(answered(&[refusal(404), listed.clone()], load).await.unwrap().is_some());
        let delete = async |servers: McpServers<'_>| servers.delete("MS1").await;
        assert!(answered(&[refusal(404), empty.clone()], delete).await.is_ok());
        assert_eq!(answered(&[refusal(404), listed.clone()], delete).await.unwrap_err().status(), Some(404));
        let update = async |servers: McpServers<'_>| servers.update("MS1", &raw(r#"{"id":"MS1"}"#)).await;
        assert!(answered(&[refusal(404), empty], update).await.unwrap().is_none());
        assert_eq!(answered(&[refusal(404), listed], update).await.unwrap_err().status(), Some(404));
    }
}
