//! RPCs about the provider as a whole: what it offers, its configuration, stopping. Called by `service`.

use super::service::Shared;
use super::{decode, encode, schema, wire};
use crate::diag::Diagnostics;
use crate::engine::validate::validate;

/// What the server can do beyond the base protocol.
const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: false,
    generate_resource_config: false,
};

pub(super) async fn get_metadata(shared: &Shared, _: wire::get_metadata::Request) -> wire::get_metadata::Response {
    let resource = |resource: &crate::engine::Resource| wire::get_metadata::ResourceMetadata {
        type_name: resource.type_name.to_owned(),
    };
    wire::get_metadata::Response {
        server_capabilities: Some(CAPABILITIES),
        resources: shared.provider.resources().iter().map(resource).collect(),
        ..Default::default()
    }
}

pub(super) async fn get_provider_schema(
    shared: &Shared,
    _: wire::get_provider_schema::Request,
) -> wire::get_provider_schema::Response {
    let provider = &shared.provider;
    let resource = |resource: &crate::engine::Resource| {
        (resource.type_name.to_owned(), schema::schema(resource.table, resource.version, resource.docs))
    };
    wire::get_provider_schema::Response {
        provider: Some(schema::schema(provider.table(), 0, provider.docs())),
        resource_schemas: provider.resources().iter().map(resource).collect(),
        server_capabilities: Some(CAPABILITIES),
        ..Default::default()
    }
}

pub(super) async fn get_resource_identity_schemas(
    _: &Shared,
    _: wire::get_resource_identity_schemas::Request,
) -> wire::get_resource_identity_schemas::Response {
    wire::get_resource_identity_schemas::Response::default()
}

pub(super) async fn get_functions(_: &Shared, _: wire::get_functions::Request) -> wire::get_functions::Response {
    wire::get_functions::Response::default()
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
