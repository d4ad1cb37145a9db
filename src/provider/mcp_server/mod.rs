//! `descope_mcp_server`: the entries of the catalogue that are about MCP servers. `table` declares
//! the attributes, `rules` what holds across them, `remote` what can be done to servers.

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
    enabled_session_settings_are_whole, one_consent_page, one_scope_of_a_name, registered_clients_get_scopes,
    session_within_refresh,
};

/// The managed resource.
pub(super) static RESOURCE: ManagedResource = ManagedResource {
    type_name: "descope_mcp_server",
    docs: "An MCP server in Descope: the OAuth side of a server that speaks the Model Context Protocol.\n\nEvery \
           attribute but `name` may be left out, and is then not managed here: creating leaves it to Descope, updating \
           keeps what Descope has. An explicit empty value (`\"\"`, `false`, `[]`) clears.",
    table: &table::TABLE,
    upgrades: &[],
    rules: &[session_within_refresh, one_consent_page, registered_clients_get_scopes, one_scope_of_a_name],
    creation_rules: &[enabled_session_settings_are_whole],
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
