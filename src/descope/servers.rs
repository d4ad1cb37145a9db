//! The endpoints of MCP servers and their envelopes, all of them `POST`:
//! `/v1/mgmt/mcp/server/{create,load,delete}` and `…/servers/all`. Used by `provider`, and by
//! `update`.

use serde_json::value::RawValue;

use super::body::Body;
use super::call::{Call, Called, Effect, Request};
use super::envelopes::{Created, created, id_body, label, listing, server};
use super::error::Error;
use super::limits::Limits;
use super::transport::Api;

const CREATE: &str = "/v1/mgmt/mcp/server/create";
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

// === impl McpServers ===

impl McpServers<'_> {
    /// Creates a server with these fields.
    pub async fn create(&self, fields: &RawValue) -> Result<Created, Error> {
        created(CREATE, &self.call(CREATE, Effect::Create, fields.get().to_owned()).await?)
    }

    /// The server of this id, or `None` if the project certainly has no such server.
    ///
    /// The API does not document its answer for an unknown id, and a wrong base URL or a proxy may
    /// answer the same. So a server counts as gone only if the project then lists its servers and
    /// this one is not among them.
    pub async fn load(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        let loaded = match self.call(LOAD, Effect::Read, id_body(id)).await {
            Ok(answer) => server(LOAD, &answer, id)?,
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
        listing(ALL, &self.call(ALL, Effect::Read, "{}".to_owned()).await?)
    }

    async fn listed(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        let servers = self.all().await?;
        Ok(servers.into_iter().find(|server| label(server).id.as_deref() == Some(id)))
    }

    async fn call(&self, path: &'static str, effect: Effect, body: String) -> Result<Box<RawValue>, Error> {
        Ok(self.send(path, effect, body.into()).await?.into_json())
    }

    /// Makes a call of these servers.
    pub(super) async fn send(&self, path: &'static str, effect: Effect, body: Body<'_>) -> Result<Called, Error> {
        let request = Request::Operation { project: self.project, body };
        self.api.call(self.base_url, &Call { path, effect, request }, self.limits).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::SecretString;
    use tokio_util::sync::CancellationToken;

    use super::super::fake_server::{Canned, FakeServer};
    use super::super::transport::Settings;
    use super::*;

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
        assert!(answered(&[refusal(404), empty], delete).await.is_ok());
        assert_eq!(answered(&[refusal(404), listed], delete).await.unwrap_err().status(), Some(404));
    }
}
