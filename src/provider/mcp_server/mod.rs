// SPDX-License-Identifier: Apache-2.0

//! `descope_mcp_server`: the entries of the catalogue that are about MCP servers. `table` declares
//! the attributes, `rules` what holds across them, `remote` what can be done to
//! servers, `census` how many reads share one list.

mod census;
mod import_id;
mod project_servers;
mod remote;
mod rules;
mod table;

use crate::engine::lookup_table::LookUp;
use crate::engine::port::Port;
use crate::engine::ports::Remote;
use crate::engine::timeouts::Timeouts;
use crate::engine::{DataSource, EphemeralResource, ListResource, ManagedResource};
use crate::provider::configured::Configured;
use remote::McpServers;
use rules::{
    ENABLED_SESSION_SETTINGS_ARE_WHOLE, ONE_CONSENT_PAGE, ONE_SCOPE_OF_A_NAME, REGISTERED_CLIENTS_GET_SCOPES,
    SESSION_WITHIN_REFRESH,
};

/// The managed resource.
pub(super) static RESOURCE: ManagedResource = ManagedResource {
    type_name: "descope_mcp_server",
    docs: "An MCP server in Descope: the OAuth side of a server that speaks the Model Context Protocol.\n\nEvery \
           attribute but `name` may be left out, and is then not managed here: a creation leaves it to Descope, and an \
           update keeps what Descope has. This also holds inside objects: settings in an object do not switch it on, so \
           set its `enabled`. An explicit empty value (`\"\"`, `false`, `[]`) \
           clears. If you remove an attribute that was applied, Descope keeps its value, and each plan says so in a \
           warning until a change of the resource is applied (with `-refresh=false`, most CLIs' plans don't). A server \
           that replaces another one starts without what is not managed here; if `project_id` replaces it, the plan names \
           that.\n\nA change \
           updates the server in place, unless the attribute's description says otherwise.",
    table: &table::TABLE,
    upgrades: &[],
    rules: &[SESSION_WITHIN_REFRESH, ONE_CONSENT_PAGE, REGISTERED_CLIENTS_GET_SCOPES, ONE_SCOPE_OF_A_NAME],
    creation_rules: &[ENABLED_SESSION_SETTINGS_ARE_WHOLE],
    destroy_rules: &[],
    timeouts: Timeouts::DEFAULT,
    remote: Port::<dyn Remote>::over::<Configured, McpServers>(),
};

/// The data source.
pub(super) static DATA_SOURCE: DataSource = DataSource::of(&RESOURCE, FOUND_BY);

/// The ephemeral resource.
pub(super) static EPHEMERAL_RESOURCE: EphemeralResource = EphemeralResource::of(&RESOURCE, FOUND_BY);

/// The list resource.
pub(super) static LIST_RESOURCE: ListResource = ListResource::of(&RESOURCE);

/// A server's settings, for entries that need to know them.
pub(super) static LOOK_UP: LookUp = LookUp::new(&RESOURCE, FOUND_BY);

const FOUND_BY: &[&str] = &["id", "name"];
