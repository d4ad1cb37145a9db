//! RPCs about the provider as a whole: what it offers, its configuration, stopping. Called by `service`.

use super::resource_rpc::IDENTITY_VERSION;
use super::shared::Shared;
use super::{action_rpc, decode, encode, list_rpc, lookup_rpc, schema, wire};
use crate::diag::Diagnostics;
use crate::engine::validate::validate;
use crate::engine::{Action, Function, Resource};

/// What the server can do beyond the base protocol.
const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

pub(super) async fn get_metadata(shared: &Shared, _: wire::get_metadata::Request) -> wire::get_metadata::Response {
    let resource =
        |resource: &Resource| wire::get_metadata::ResourceMetadata { type_name: resource.type_name.to_owned() };
    let function = |function: &Function| wire::get_metadata::FunctionMetadata { name: function.name.to_owned() };
    let list_resource =
        |resource: &Resource| wire::get_metadata::ListResourceMetadata { type_name: resource.type_name.to_owned() };
    let data_source =
        |resource: &Resource| wire::get_metadata::DataSourceMetadata { type_name: resource.type_name.to_owned() };
    let ephemeral =
        |resource: &Resource| wire::get_metadata::EphemeralMetadata { type_name: resource.type_name.to_owned() };
    let action = |action: &Action| wire::get_metadata::ActionMetadata { type_name: action.type_name.to_owned() };
    wire::get_metadata::Response {
        server_capabilities: Some(CAPABILITIES),
        resources: shared.provider.resources().iter().map(resource).collect(),
        functions: shared.provider.functions().iter().map(function).collect(),
        list_resources: shared.provider.resources().iter().map(list_resource).collect(),
        data_sources: lookup_rpc::resources(shared).map(data_source).collect(),
        ephemeral_resources: lookup_rpc::resources(shared).map(ephemeral).collect(),
        actions: shared.provider.actions().iter().map(action).collect(),
        ..Default::default()
    }
}

pub(super) async fn get_provider_schema(
    shared: &Shared,
    _: wire::get_provider_schema::Request,
) -> wire::get_provider_schema::Response {
    let provider = &shared.provider;
    let resource = |resource: &Resource| {
        (resource.type_name.to_owned(), schema::schema(resource.table, resource.version(), resource.docs))
    };
    wire::get_provider_schema::Response {
        provider: Some(schema::schema(provider.table(), 0, provider.docs())),
        resource_schemas: provider.resources().iter().map(resource).collect(),
        functions: functions(shared),
        data_source_schemas: lookup_rpc::data_source_schemas(shared),
        ephemeral_resource_schemas: lookup_rpc::ephemeral_schemas(shared),
        action_schemas: action_rpc::schemas(shared),
        list_resource_schemas: provider.resources().iter().map(list_rpc::schema).collect(),
        server_capabilities: Some(CAPABILITIES),
        ..Default::default()
    }
}

pub(super) async fn get_resource_identity_schemas(
    shared: &Shared,
    _: wire::get_resource_identity_schemas::Request,
) -> wire::get_resource_identity_schemas::Response {
    let schema = |resource: &Resource| (resource.type_name.to_owned(), schema::identity(resource, IDENTITY_VERSION));
    wire::get_resource_identity_schemas::Response {
        identity_schemas: shared.provider.resources().iter().map(schema).collect(),
        diagnostics: Vec::new(),
    }
}

pub(super) async fn get_functions(shared: &Shared, _: wire::get_functions::Request) -> wire::get_functions::Response {
    wire::get_functions::Response { functions: functions(shared), diagnostics: Vec::new() }
}

fn functions(shared: &Shared) -> std::collections::HashMap<String, wire::Function> {
    let named = |function: &Function| (function.name.to_owned(), schema::function(function));
    shared.provider.functions().iter().map(named).collect()
}

pub(super) async fn validate_provider_config(
    shared: &Shared,
    request: wire::validate_provider_config::Request,
) -> wire::validate_provider_config::Response {
    let table = shared.provider.table();
    let diagnostics = match decode::config(request.config.as_ref(), table) {
        Ok(config) => validate(table, &[], &config),
        Err(message) => message.into(),
    };
    wire::validate_provider_config::Response { diagnostics: encode::diagnostics(&diagnostics) }
}

pub(super) async fn configure_provider(
    shared: &Shared,
    request: wire::configure_provider::Request,
) -> wire::configure_provider::Response {
    let config = decode::config(request.config.as_ref(), shared.provider.table()).map_err(Diagnostics::from);
    let connected = config.and_then(|config| shared.connect(|stop| shared.provider.configure(&config, stop)));
    let diagnostics = connected.err().unwrap_or_default();
    wire::configure_provider::Response { diagnostics: encode::diagnostics(&diagnostics) }
}

pub(super) async fn stop_provider(shared: &Shared, _: wire::stop_provider::Request) -> wire::stop_provider::Response {
    shared.stop_work();
    wire::stop_provider::Response::default()
}
