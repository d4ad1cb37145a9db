// SPDX-License-Identifier: Apache-2.0

//! RPCs about the provider as a whole: what it offers, its configuration, stopping.

use super::super::shared::{Respond, Shared};
use super::super::{decode, schema, wire};
use crate::diag::Diagnostics;
use crate::engine::steps::validate::validate;
use crate::engine::{Action, DataSource, EphemeralResource, Function, ListResource, ManagedResource, sayings};
use crate::schema::docs::Entry;

/// What the server can do beyond the base protocol.
const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

pub(in crate::protocol) async fn get_metadata(
    shared: &Shared,
    _: wire::get_metadata::Request,
) -> wire::get_metadata::Response {
    use wire::get_metadata as metadata;
    let catalogue = shared.catalogue();
    macro_rules! named {
        ($entries:expr, $message:ident, $field:ident, $name:expr) => {
            $entries.iter().map(|entry| metadata::$message { $field: $name(entry).to_owned() }).collect()
        };
    }
    metadata::Response {
        server_capabilities: Some(CAPABILITIES),
        resources: named!(catalogue.resources, ResourceMetadata, type_name, |entry: &ManagedResource| entry.type_name),
        functions: named!(catalogue.functions, FunctionMetadata, name, |entry: &Function| entry.name),
        list_resources: named!(catalogue.list_resources, ListResourceMetadata, type_name, |entry: &ListResource| {
            entry.resource.type_name
        }),
        data_sources: named!(catalogue.data_sources, DataSourceMetadata, type_name, |entry: &DataSource| {
            entry.type_name
        }),
        ephemeral_resources: named!(
            catalogue.ephemeral_resources,
            EphemeralMetadata,
            type_name,
            |entry: &EphemeralResource| entry.type_name
        ),
        actions: named!(catalogue.actions, ActionMetadata, type_name, |entry: &Action| entry.type_name),
        ..Default::default()
    }
}

pub(in crate::protocol) async fn get_provider_schema(
    shared: &Shared,
    _: wire::get_provider_schema::Request,
) -> wire::get_provider_schema::Response {
    let catalogue = shared.catalogue();
    let unmanaged = Entry::new(false, &[]);
    let resource = |entry: &&ManagedResource| {
        let sayings = entry.sayings();
        let described = Entry::new(true, &sayings);
        (entry.type_name.to_owned(), schema::schema(entry.table, &described, entry.version(), entry.docs))
    };
    let data_source = |entry: &&DataSource| {
        let sayings = entry.reads.sayings();
        let described = Entry::new(false, &sayings);
        (entry.type_name.to_owned(), schema::schema(entry.reads.table(), &described, 0, entry.docs()))
    };
    let ephemeral = |entry: &&EphemeralResource| {
        let sayings = entry.reads.sayings();
        let described = Entry::new(false, &sayings);
        (entry.type_name.to_owned(), schema::schema(entry.reads.table(), &described, 0, entry.docs()))
    };
    let list = |entry: &&ListResource| {
        (entry.resource.type_name.to_owned(), schema::schema(entry.table(), &unmanaged, 0, entry.docs()))
    };
    let action = |entry: &&Action| {
        let sayings = sayings(entry.rules);
        let schema = Some(schema::schema(entry.table, &Entry::new(false, &sayings), 0, entry.docs));
        (entry.type_name.to_owned(), wire::ActionSchema { schema })
    };
    wire::get_provider_schema::Response {
        provider: Some(schema::schema(catalogue.table, &unmanaged, 0, catalogue.docs)),
        resource_schemas: catalogue.resources.iter().map(resource).collect(),
        functions: functions(shared),
        data_source_schemas: catalogue.data_sources.iter().map(data_source).collect(),
        ephemeral_resource_schemas: catalogue.ephemeral_resources.iter().map(ephemeral).collect(),
        list_resource_schemas: catalogue.list_resources.iter().map(list).collect(),
        action_schemas: catalogue.actions.iter().map(action).collect(),
        server_capabilities: Some(CAPABILITIES),
        ..Default::default()
    }
}

pub(in crate::protocol) async fn get_functions(
    shared: &Shared,
    _: wire::get_functions::Request,
) -> wire::get_functions::Response {
    wire::get_functions::Response { functions: functions(shared), diagnostics: Vec::new() }
}

fn functions(shared: &Shared) -> std::collections::HashMap<String, wire::Function> {
    let named = |function: &&Function| (function.name.to_owned(), schema::function(function));
    shared.catalogue().functions.iter().map(named).collect()
}

pub(in crate::protocol) async fn validate_provider_config(
    shared: &Shared,
    request: wire::validate_provider_config::Request,
) -> wire::validate_provider_config::Response {
    let table = shared.catalogue().table;
    let config = decode::config(request.config.as_ref(), table);
    Respond::with(config.map_or_else(Diagnostics::from, |config| {
        // The provider first: it hides what is secret.
        let of_provider = shared.validate(&config);
        let mut said = validate(table, &[], &config);
        said.extend(of_provider);
        said
    }))
}

pub(in crate::protocol) async fn configure_provider(
    shared: &Shared,
    request: wire::configure_provider::Request,
) -> wire::configure_provider::Response {
    let config = decode::config(request.config.as_ref(), shared.catalogue().table).map_err(Diagnostics::from);
    Respond::with(config.and_then(|config| shared.configure(&config)).err().unwrap_or_default())
}

pub(in crate::protocol) async fn stop_provider(
    shared: &Shared,
    _: wire::stop_provider::Request,
) -> wire::stop_provider::Response {
    shared.stop_work();
    wire::stop_provider::Response::default()
}
