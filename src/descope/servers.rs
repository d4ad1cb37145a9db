// SPDX-License-Identifier: Apache-2.0

//! The endpoints of MCP servers: `/v1/mgmt/mcp/server/{create,load,update,delete}` and
//! `…/servers/all`. Used by `provider`.

use serde_json::value::RawValue;

use super::call::Effect;
use super::envelopes::{Created, created};
use super::error::Error;
use super::error_body::words;
use super::kind::{Endpoints, Kind};
use super::objects::Objects;

const CREATE: &str = "/v1/mgmt/mcp/server/create";

/// The MCP servers of one project.
pub type McpServers<'a> = Objects<'a, ServerEndpoints>;

/// The requests about them.
#[derive(Clone, Copy, Debug)]
pub struct ServerEndpoints;

impl Endpoints for ServerEndpoints {
    const KIND: &'static Kind = &Kind {
        load: "/v1/mgmt/mcp/server/load",
        update: "/v1/mgmt/mcp/server/update",
        delete: "/v1/mgmt/mcp/server/delete",
        list: "/v1/mgmt/mcp/servers/all",
        one: "server",
        many: "servers",
        owner: "project",
    };

    fn naming(&self, id: &str) -> String {
        serde_json::json!({ "id": id }).to_string()
    }

    fn storing(&self, object: &RawValue) -> String {
        format!(r#"{{"server":{}}}"#, object.get())
    }

    /// The API lists them without pages.
    fn page(&self, number: usize) -> Option<String> {
        (number == 0).then(|| "{}".to_owned())
    }
}

impl McpServers<'_> {
    /// Creates a server with these fields.
    pub async fn create(&self, fields: &RawValue) -> Result<Created, Error> {
        let answer = self.call(CREATE, Effect::Create, fields.get().to_owned()).await?;
        created(ServerEndpoints::KIND, CREATE, &answer).map_err(|error| error.saying(&words(&answer)))
    }
}
