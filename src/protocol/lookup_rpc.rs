//! Data sources and ephemeral resources: both read an object that is not managed here, found by what their configuration says. A data
//! source's result is stored in the state, an ephemeral one's nowhere. Called by `service` and, for schemas, by `provider_rpc`.

use std::collections::HashMap;

use super::shared::{Answer, Shared};
use super::{decode, encode, refuse, schema, wire};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::lifecycle::{Lifecycle, Outcome};
use crate::engine::{Config, Resource, State, lookup};
use crate::value::Value;

const DATA_SOURCE: &str = "data source";
const EPHEMERAL: &str = "ephemeral resource";

/// The schemas of the data sources.
pub(super) fn data_source_schemas(shared: &Shared) -> HashMap<String, wire::Schema> {
    schemas(shared, "It is read with each plan, and what was read is stored in the state.")
}

/// The schemas of the ephemeral resources.
pub(super) fn ephemeral_schemas(shared: &Shared) -> HashMap<String, wire::Schema> {
    schemas(shared, "It is read anew by each plan and each apply, and neither plan nor state hold what was read.")
}

/// The resource types that can be looked up.
pub(super) fn resources(shared: &Shared) -> impl Iterator<Item = &'static Resource> {
    shared.provider.resources().iter().filter(|resource| !resource.found_by.is_empty())
}

pub(super) async fn validate_data_resource_config(
    shared: &Shared,
    request: wire::validate_data_resource_config::Request,
) -> wire::validate_data_resource_config::Response {
    Answer::told(validate(shared, DATA_SOURCE, &request.type_name, request.config.as_ref()))
}

pub(super) async fn read_data_source(
    shared: &Shared,
    request: wire::read_data_source::Request,
) -> wire::read_data_source::Response {
    let (state, diagnostics) = read(shared, DATA_SOURCE, &request.type_name, request.config.as_ref()).await;
    wire::read_data_source::Response { state, diagnostics, ..Default::default() }
}

pub(super) async fn validate_ephemeral_resource_config(
    shared: &Shared,
    request: wire::validate_ephemeral_resource_config::Request,
) -> wire::validate_ephemeral_resource_config::Response {
    Answer::told(validate(shared, EPHEMERAL, &request.type_name, request.config.as_ref()))
}

pub(super) async fn open_ephemeral_resource(
    shared: &Shared,
    request: wire::open_ephemeral_resource::Request,
) -> wire::open_ephemeral_resource::Response {
    let (result, diagnostics) = read(shared, EPHEMERAL, &request.type_name, request.config.as_ref()).await;
    wire::open_ephemeral_resource::Response { result, diagnostics, ..Default::default() }
}

/// What was opened does not expire, so no CLI was asked to come back; one that does is told that nothing has changed.
pub(super) async fn renew_ephemeral_resource(
    shared: &Shared,
    request: wire::renew_ephemeral_resource::Request,
) -> wire::renew_ephemeral_resource::Response {
    match resource(shared, EPHEMERAL, &request.type_name) {
        Ok(_) => wire::renew_ephemeral_resource::Response { private: request.private, ..Default::default() },
        Err(message) => Answer::told(message.into()),
    }
}

/// Reading opened nothing in the remote system, so there is nothing to close.
pub(super) async fn close_ephemeral_resource(
    shared: &Shared,
    request: wire::close_ephemeral_resource::Request,
) -> wire::close_ephemeral_resource::Response {
    let known = resource(shared, EPHEMERAL, &request.type_name);
    Answer::told(known.err().map(Diagnostics::from).unwrap_or_default())
}

fn schemas(shared: &Shared, use_of_it: &str) -> HashMap<String, wire::Schema> {
    let named = |resource: &'static Resource| {
        let by: Vec<String> = resource.found_by.iter().map(|name| format!("`{name}`")).collect();
        let docs = format!(
            "Reads what can be managed as the resource `{}`, found by its {}. {use_of_it}",
            resource.type_name,
            by.join(" or ")
        );
        (resource.type_name.to_owned(), schema::lookup(resource, docs))
    };
    resources(shared).map(named).collect()
}

fn resource(shared: &Shared, what: &str, type_name: &str) -> Result<&'static Resource, Diagnostic> {
    resources(shared).find(|resource| resource.type_name == type_name).ok_or_else(|| refuse::unknown(what, type_name))
}

/// The resource type and the configuration of a request.
fn asked(
    shared: &Shared,
    what: &str,
    type_name: &str,
    config: Option<&wire::DynamicValue>,
) -> Result<(&'static Resource, Config), Diagnostic> {
    let resource = resource(shared, what, type_name)?;
    let config = decode::object(config, &lookup::ty(resource), "configuration")?;
    Ok((resource, Config::new(config.unwrap_or_default())))
}

fn validate(shared: &Shared, what: &str, type_name: &str, config: Option<&wire::DynamicValue>) -> Diagnostics {
    match asked(shared, what, type_name, config) {
        Ok((resource, config)) => lookup::validate(resource, &config),
        Err(message) => message.into(),
    }
}

async fn read(
    shared: &Shared,
    what: &str,
    type_name: &str,
    config: Option<&wire::DynamicValue>,
) -> (Option<wire::DynamicValue>, Vec<wire::Diagnostic>) {
    let asked = asked(shared, what, type_name, config).and_then(|asked| Ok((asked, shared.connection()?)));
    let ((resource, config), connection) = match asked {
        Ok(asked) => asked,
        Err(message) => return (None, encode::diagnostics(&message.into())),
    };
    let Outcome { state, diagnostics, .. } = Lifecycle::new(resource, &connection).look_up(&config).await;
    let value = state.map_or(Value::Null, State::into_value);
    (Some(encode::dynamic(&value, &lookup::ty(resource))), encode::diagnostics(&diagnostics))
}
