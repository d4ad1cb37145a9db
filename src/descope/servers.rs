//! The endpoints of MCP servers and their envelopes, all of them `POST`:
//! `/v1/mgmt/mcp/server/{create,load,delete}` and `…/servers/all`. Used by `provider`, and by
//! `update`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::sleep;

use super::absence::{self, Denial, Listing, Verdict, judge};
use super::body::Body;
use super::call::{Call, Called, Effect, Request};
use super::envelopes::{Created, ServerList, created, deleted, id_body, listing, server};
use super::error::{Error, Trouble};
use super::json::Json;
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

    /// The server of this id, or `None` if the project certainly has no such server. What proves
    /// that is told in [`super::absence`].
    ///
    /// A server that only the list has is looked for again, and then an error: an entry of a list
    /// may be shorter than the server, and an update that is built from it would reset the rest.
    pub async fn load(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        let (mut pauses, mut confirmation) = (absence::CONTRADICTION.iter(), Some(&absence::CONFIRMATION));
        loop {
            let denial = match self.look(id).await? {
                Ok(found) => return Ok(Some(found)),
                Err(denial) => denial,
            };
            let reason = match judge(self.all().await?.says_of(id), &denial) {
                Verdict::Gone if denial.is_descopes() || confirmation.is_none() => return Ok(None),
                Verdict::Gone if self.paused(confirmation.take()).await? => continue,
                Verdict::Gone => "there was no time to ask for the list a second time".to_owned(),
                Verdict::Contradiction if self.paused(pauses.next()).await? => continue,
                Verdict::Contradiction => format!(
                    "reading the server was answered with {}, and the list of the project's servers has it",
                    denial.told()
                ),
                Verdict::Unproven(reason) => reason,
            };
            return Err(Error::new(LOAD, Trouble::Unproven { reason }));
        }
    }

    /// Deletes the server of this id. It is a success only if the project certainly has no such
    /// server any more.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        match self.call(DELETE, Effect::Idempotent, id_body(id)).await {
            Ok(answer) => {
                deleted(DELETE, &answer)?;
                // Also when a limit has been reached: it was deleted, so the state must not keep it.
                let limits = self.limits.for_a_proof();
                let proof = McpServers { limits: &limits, ..*self };
                proof.must_be_gone(id).await.map_err(|error| error.after(true))
            }
            Err(error) if Denial::of(&error).is_some() => match self.load(id).await {
                Ok(Some(_)) => Err(error),
                Ok(None) => Ok(()),
                Err(unproven) => Err(unproven.after(error.may_have_happened())),
            },
            Err(error) => Err(error),
        }
    }

    /// All servers of the project, as of after this call began. The API lists them without pages.
    pub async fn all(&self) -> Result<Arc<ServerList>, Error> {
        let ask = async { listing(ALL, &self.call(ALL, Effect::Read, "{}".to_owned()).await?) };
        self.api.lists.asked_from_now((self.base_url, self.project), ALL, self.limits, ask).await
    }

    /// Waits until a server that was deleted is gone. Lists and loads may have it for some seconds.
    async fn must_be_gone(&self, id: &str) -> Result<(), Error> {
        let mut pauses = absence::DELETED.iter();
        loop {
            let listing = self.all().await?.says_of(id);
            if listing == Listing::Lacks {
                return Ok(());
            }
            if listing == Listing::Has && self.paused(pauses.next()).await? {
                continue;
            }
            match self.look(id).await? {
                Err(denial) if denial.is_descopes() => return Ok(()),
                Err(denial) => {
                    let reason = format!(
                        "the deletion was accepted, but then reading the server was answered with {}, and the list of the project's \
                         servers does not say that it is gone",
                        denial.told()
                    );
                    return Err(Error::new(LOAD, Trouble::Unproven { reason }));
                }
                Ok(_) if self.paused(pauses.next()).await? => {}
                Ok(_) => return Err(Error::new(DELETE, Trouble::StillThere)),
            }
        }
    }

    /// The server of this id as `load` answers it, or what was answered in its place.
    async fn look(&self, id: &str) -> Result<Result<Box<RawValue>, Denial>, Error> {
        match self.call(LOAD, Effect::Read, id_body(id)).await {
            Ok(answer) => Ok(server(LOAD, &answer, id)?.ok_or(Denial::Empty)),
            Err(error) => Denial::of(&error).map(Err).ok_or(error),
        }
    }

    /// Waits before another look. False if there was none to wait for, or no time for it.
    async fn paused(&self, pause: Option<&Duration>) -> Result<bool, Error> {
        let Some(pause) = pause.filter(|pause| **pause < self.limits.left()) else { return Ok(false) };
        self.limits.guard(sleep(*pause)).await.map_err(|trouble| Error::new(ALL, trouble))?;
        Ok(true)
    }

    async fn call(&self, path: &'static str, effect: Effect, body: String) -> Result<Json, Error> {
        Ok(self.send(path, effect, body.into()).await?.into_json())
    }

    /// Makes a call of these servers.
    pub(super) async fn send(&self, path: &'static str, effect: Effect, body: Body<'_>) -> Result<Called, Error> {
        let request = Request::Operation { project: self.project, body };
        self.api.call(self.base_url, &Call { path, effect, request }, self.limits).await
    }
}

#[cfg(test)]
mod tests;
