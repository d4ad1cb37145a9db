// SPDX-License-Identifier: Apache-2.0

//! What the endpoints of the Management API have in common: each needs credentials, takes one
//! documented message, and answers JSON. `servers` and `clients` list their endpoints, `routes`
//! serves them.

use serde_json::value::RawValue;

use super::accept::{Accepted, accept};
use super::answer::answer;
use super::arrived::Arrived;
use super::messages::Messages;
use super::raw::{Members, text, to_raw};
use super::served::{Refusal, Served};
use super::store::{Project, Store};
use super::switches::Switches;
use super::world::World;

/// One endpoint.
pub struct Endpoint {
    /// Its path; the method is always `POST`.
    pub path: &'static str,
    /// The message that it takes.
    pub takes: &'static str,
    /// What it does. Returns the body of the answer.
    pub run: fn(&mut ApiCall<'_>) -> Result<Box<RawValue>, Refusal>,
}

/// One call of an endpoint.
pub struct ApiCall<'a> {
    pub messages: &'a Messages,
    pub store: &'a mut Store,
    pub switches: &'a Switches,
    /// The project of the credentials.
    pub project: &'a str,
    /// The body as it came.
    pub body: &'a RawValue,
    takes: &'static str,
    dropped: Vec<String>,
}

// === impl Endpoint ===

impl Endpoint {
    /// Serves a request that arrived at this endpoint.
    pub fn serve(&self, world: &mut World, messages: &Messages, arrived: &Arrived) -> Result<Served, Refusal> {
        let project = arrived.project.as_deref().ok_or_else(Refusal::unauthorized)?;
        let no_json = || Refusal::bad_request("E011001", "Bad request", "the body is not JSON");
        let body = arrived.body.as_deref().ok_or_else(no_json)?;
        self.call(messages, &mut world.store, &world.switches, project, body)
    }

    /// Calls it for a project, with a body.
    pub fn call(
        &self,
        messages: &Messages,
        store: &mut Store,
        switches: &Switches,
        project: &str,
        body: &RawValue,
    ) -> Result<Served, Refusal> {
        let mut call = ApiCall { messages, store, switches, project, body, takes: self.takes, dropped: Vec::new() };
        match (self.run)(&mut call) {
            Ok(body) => Ok(Served::ok(body, call.dropped)),
            // A field that was dropped may be why another one is missing.
            Err(refusal) => Err(Refusal { dropped: call.dropped, ..refusal }),
        }
    }
}

// === impl ApiCall ===

impl ApiCall<'_> {
    /// The body as the endpoint's message. `stored` has the same shape and holds what is stored
    /// already; undocumented fields of it are kept.
    pub fn accepted(&mut self, stored: Option<&Members>) -> Result<Members, Refusal> {
        let Accepted { members, dropped } = accept(self.messages, self.takes, self.body, stored)
            .map_err(|wrong| Refusal::bad_request("E011004", "Invalid arguments", &wrong.0))?;
        self.dropped.extend(dropped);
        Ok(members)
    }

    /// The objects of the project.
    pub fn objects(&mut self) -> &mut Project {
        self.store.project(self.project)
    }

    /// An object under a name, as the API answers it.
    pub fn envelope(&self, name: &str, message: &str, object: &Members) -> Box<RawValue> {
        to_raw(&Members::from_iter([(name.to_owned(), answer(self.messages, message, object, self.switches))]))
    }
}

/// Refuses an object without a name.
pub fn named(object: &Members) -> Result<(), Refusal> {
    let name = object.get("name").and_then(|name| text(name)).unwrap_or_default();
    match name.trim().is_empty() {
        true => Err(Refusal::bad_request("E011003", "Request is invalid", "name: value length must be at least 1")),
        false => Ok(()),
    }
}
