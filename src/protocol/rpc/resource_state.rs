// SPDX-License-Identifier: Apache-2.0

//! UpgradeResourceState, MoveResourceState, ReadResource and ImportResourceState: what concerns a
//! resource's state without changing the object.

use super::super::shared::{Shared, respond};
use super::super::span::about;
use super::super::{decode, encode, wire};
use super::{id_of, lifecycle, resource};
use crate::diag::Diagnostics;
use crate::engine::lifecycle::{Origin, Outcome, take_over};
use crate::engine::memory::Memory;
use crate::engine::{ManagedResource, State};

pub(in crate::protocol) async fn upgrade_resource_state(
    shared: &Shared,
    request: wire::upgrade_resource_state::Request,
) -> wire::upgrade_resource_state::Response {
    let upgraded = || {
        let resource = resource(shared, &request.type_name)?;
        let state = decode::raw_state(request.raw_state.as_ref(), request.version, resource)?;
        let upgraded_state = Some(encode::state(Some(state), resource.table)?);
        Ok(wire::upgrade_resource_state::Response { upgraded_state, diagnostics: Vec::new() })
    };
    respond(upgraded())
}

pub(in crate::protocol) async fn move_resource_state(
    shared: &Shared,
    request: wire::move_resource_state::Request,
) -> wire::move_resource_state::Response {
    let moved = || {
        let resource = resource(shared, &request.target_type_name)?;
        let origin = Origin {
            type_name: &request.source_type_name,
            provider: &request.source_provider_address,
            version: request.source_schema_version,
        };
        let state = take_over(resource, &origin, |version| {
            decode::raw_state(request.source_state.as_ref(), version, resource)
        })?;
        Ok(wire::move_resource_state::Response {
            target_identity: encode::identity(resource, Some(state.object()))?,
            target_state: Some(encode::state(Some(state), resource.table)?),
            target_private: request.source_private.clone(),
            diagnostics: Vec::new(),
        })
    };
    respond(moved())
}

pub(in crate::protocol) async fn read_resource(
    shared: &Shared,
    request: wire::read_resource::Request,
) -> wire::read_resource::Response {
    shared.respond(read(shared, request).await)
}

async fn read(
    shared: &Shared,
    request: wire::read_resource::Request,
) -> Result<wire::read_resource::Response, Diagnostics> {
    let resource = resource(shared, &request.type_name)?;
    let state = decode::state(request.current_state.as_ref(), resource.table)?;
    let lifecycle = lifecycle(shared, resource)?;
    let outcome = match &state {
        Some(state) => lifecycle.read(state, &Memory::read(&request.private)).await,
        None => Outcome::done(None),
    };
    let said = outcome.diagnostics.of(|| id_of(resource.table, state.as_ref()));
    let identity = encode::identity(resource, outcome.state.as_ref().map(State::object))?;
    let private = outcome.memory.as_ref().map_or(request.private, |memory| memory.write().into());
    Ok(wire::read_resource::Response {
        new_state: Some(encode::state(outcome.state, resource.table)?),
        diagnostics: encode::diagnostics(&shared.told(said)),
        private,
        // The CLI loses what is not sent back, so an object that is gone keeps the identity it had.
        new_identity: identity.or(request.current_identity),
        ..Default::default()
    })
}

pub(in crate::protocol) async fn import_resource_state(
    shared: &Shared,
    request: wire::import_resource_state::Request,
) -> wire::import_resource_state::Response {
    shared.respond(import(shared, request).await)
}

async fn import(
    shared: &Shared,
    request: wire::import_resource_state::Request,
) -> Result<wire::import_resource_state::Response, Diagnostics> {
    let resource = resource(shared, &request.type_name)?;
    let identity = decode::identity(request.identity.as_ref(), resource)?;
    let lifecycle = lifecycle(shared, resource)?;
    let outcome = match identity {
        Some(identity) if request.id.is_empty() => lifecycle.import_identified(&identity).await,
        Some(_) | None => lifecycle.import(&request.id).await,
    };
    let said = outcome.diagnostics.of(|| id_of(resource.table, outcome.state.as_ref()));
    let imported = outcome.state.map(|state| imported(resource, state)).transpose()?;
    Ok(wire::import_resource_state::Response {
        imported_resources: imported.into_iter().collect(),
        diagnostics: encode::diagnostics(&shared.told(said)),
        ..Default::default()
    })
}

fn imported(
    resource: &ManagedResource,
    state: State,
) -> Result<wire::import_resource_state::ImportedResource, Diagnostics> {
    about(resource.table, state.object());
    Ok(wire::import_resource_state::ImportedResource {
        type_name: resource.type_name.to_owned(),
        identity: encode::identity(resource, Some(state.object()))?,
        state: Some(encode::state(Some(state), resource.table)?),
        ..Default::default()
    })
}
