// SPDX-License-Identifier: Apache-2.0

//! ValidateResourceConfig and GenerateResourceConfig: what concerns a resource's configuration
//! alone.

use super::super::shared::{Respond, Shared, respond};
use super::super::span::called;
use super::super::{decode, encode, wire};
use super::resource;
use crate::diag::Diagnostics;
use crate::engine::steps::generate::generate;
use crate::engine::steps::validate;
use crate::value::Value;

pub(in crate::protocol) async fn validate_resource_config(
    shared: &Shared,
    request: wire::validate_resource_config::Request,
) -> wire::validate_resource_config::Response {
    let said = resource(shared, &request.type_name).and_then(|resource| {
        let config = decode::config(request.config.as_ref(), resource.table)?;
        // The CLIs validate twice when they plan: first without configuring the provider, and then,
        // in a process that is configured, right before they plan each object.
        let mut said = match shared.session() {
            Ok(_) => validate::validate_before_plan(resource, &config),
            Err(_) => validate::validate_unseen(resource, &config),
        };
        if !request.client_capabilities.is_some_and(|client| client.write_only_attributes_allowed) {
            said.extend(validate::without_write_only(resource.table, &config));
        }
        Ok(said.of(|| called(resource.table, config.object())))
    });
    Respond::with(said.unwrap_or_else(Diagnostics::from))
}

pub(in crate::protocol) async fn generate_resource_config(
    shared: &Shared,
    request: wire::generate_resource_config::Request,
) -> wire::generate_resource_config::Response {
    let generated = || {
        let resource = resource(shared, &request.type_name)?;
        let state = decode::state(request.state.as_ref(), resource.table)?;
        let session = shared.session()?;
        let config = state.map(|state| Value::Object(generate(resource, &state, &**session.connection())));
        let config = encode::dynamic(&config.unwrap_or(Value::Null), resource.table.ty())?;
        Ok(wire::generate_resource_config::Response { config: Some(config), diagnostics: Vec::new() })
    };
    respond(generated())
}
