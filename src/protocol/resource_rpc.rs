//! RPCs about managed resources. Each reads in three steps: decode, let the engine act, encode. Called by `service`.

use std::sync::Arc;

use super::shared::{Answer, Shared};
use super::{decode, encode, refuse, wire};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::adoption;
use crate::engine::lifecycle::{Lifecycle, Outcome};
use crate::engine::upgrade::NotUpgraded;
use crate::engine::{Connection, Plan, Resource, State, generate, plan, validate};
use crate::value::Value;

/// The version of the shape of identities. To be raised with an upgrade when the parts of one change.
pub(super) const IDENTITY_VERSION: i64 = 0;

pub(super) async fn validate_resource_config(
    shared: &Shared,
    request: wire::validate_resource_config::Request,
) -> wire::validate_resource_config::Response {
    let validated = resource(shared, &request.type_name).and_then(|resource| {
        let config = decode::config(request.config.as_ref(), resource.table)?;
        let mut diagnostics = validate::validate(resource.table, resource.rules, &config);
        if !request.client_capabilities.is_some_and(|client| client.write_only_attributes_allowed) {
            diagnostics.extend(validate::without_write_only(resource.table, &config));
        }
        Ok(diagnostics)
    });
    Answer::told(validated.unwrap_or_else(Diagnostics::from))
}

pub(super) async fn upgrade_resource_state(
    shared: &Shared,
    request: wire::upgrade_resource_state::Request,
) -> wire::upgrade_resource_state::Response {
    let upgraded = resource(shared, &request.type_name).and_then(|resource| {
        let state = decode::raw_state(request.raw_state.as_ref(), request.version, resource)?;
        Ok(encode::state(Some(state), resource.table))
    });
    match upgraded {
        Ok(state) => wire::upgrade_resource_state::Response { upgraded_state: Some(state), diagnostics: Vec::new() },
        Err(message) => Answer::told(message.into()),
    }
}

pub(super) async fn read_resource(
    shared: &Shared,
    request: wire::read_resource::Request,
) -> wire::read_resource::Response {
    let decoded = resource(shared, &request.type_name)
        .and_then(|resource| Ok((resource, decode::state(request.current_state.as_ref(), resource.table)?)))
        .and_then(|(resource, state)| Ok((resource, state, shared.connection()?)));
    let (resource, state, connection) = match decoded {
        Ok(decoded) => decoded,
        Err(message) => return Answer::told(message.into()),
    };
    let outcome = match state {
        Some(state) => read(resource, &connection, state, &request.private).await,
        None => Outcome::done(None),
    };
    let identity = encode::identity(resource, outcome.state.as_ref().map(State::object));
    wire::read_resource::Response {
        new_state: Some(encode::state(outcome.state, resource.table)),
        diagnostics: encode::diagnostics(&outcome.diagnostics),
        // What is not sent back is lost; so an object that is gone keeps the identity it had.
        private: request.private,
        new_identity: identity.or(request.current_identity),
        ..Default::default()
    }
}

pub(super) async fn plan_resource_change(
    shared: &Shared,
    request: wire::plan_resource_change::Request,
) -> wire::plan_resource_change::Response {
    let planned = resource(shared, &request.type_name).and_then(|resource| {
        let prior = decode::state(request.prior_state.as_ref(), resource.table)?;
        let proposed = decode::plan(request.proposed_new_state.as_ref(), resource.table)?;
        if proposed.is_none() {
            return Ok(wire::plan_resource_change::Response {
                planned_state: Some(encode::plan(None, resource.table)),
                planned_identity: request.prior_identity.clone(),
                planned_private: request.prior_private.clone(),
                ..Default::default()
            });
        }
        let config = decode::config(request.config.as_ref(), resource.table)?;
        let connection = shared.connection()?;
        let faults = connection.faults();
        if faults.has_errors() {
            return Ok(Answer::told(faults));
        }
        let adopts = prior.is_none() && adoption::adopts(resource, &config).is_some();
        let planned = plan::plan(resource, prior.as_ref(), &config, &request.prior_private, &*connection);
        if adopts {
            // The CLI plans again right before it applies, maybe while it deletes the same object under another address.
            connection.run().adopted.note(resource, planned.plan.object());
        }
        Ok(wire::plan_resource_change::Response {
            planned_identity: encode::identity(resource, Some(planned.plan.object())),
            planned_state: Some(encode::plan(Some(planned.plan), resource.table)),
            requires_replace: planned.replace.iter().map(encode::path).collect(),
            planned_private: planned.private.into(),
            diagnostics: encode::diagnostics(&planned.diagnostics),
            ..Default::default()
        })
    });
    planned.unwrap_or_else(|message| wire::plan_resource_change::Response {
        planned_private: request.prior_private,
        ..Answer::told(message.into())
    })
}

pub(super) async fn apply_resource_change(
    shared: &Shared,
    request: wire::apply_resource_change::Request,
) -> wire::apply_resource_change::Response {
    let decoded = resource(shared, &request.type_name).and_then(|resource| {
        let prior = decode::state(request.prior_state.as_ref(), resource.table)?;
        let plan = decode::plan(request.planned_state.as_ref(), resource.table)?;
        Ok((resource, prior, plan, shared.connection()?))
    });
    let (resource, prior, plan, connection) = match decoded {
        Ok(decoded) => decoded,
        // Without a state in the answer the CLI keeps what it had.
        Err(message) => return Answer::told(message.into()),
    };
    let outcome = apply(resource, &connection, prior, plan, request.config.as_ref(), &request.planned_private).await;
    let new_identity = encode::identity(resource, outcome.state.as_ref().map(State::object));
    wire::apply_resource_change::Response {
        new_identity: new_identity.or(request.planned_identity),
        new_state: Some(encode::state(outcome.state, resource.table)),
        private: outcome.private.map_or(request.planned_private, Into::into),
        diagnostics: encode::diagnostics(&outcome.diagnostics),
        ..Default::default()
    }
}

pub(super) async fn import_resource_state(
    shared: &Shared,
    request: wire::import_resource_state::Request,
) -> wire::import_resource_state::Response {
    let decoded = resource(shared, &request.type_name).and_then(|resource| {
        let identity = decode::identity(request.identity.as_ref(), resource)?;
        Ok((resource, identity, shared.connection()?))
    });
    let (resource, identity, connection) = match decoded {
        Ok(decoded) => decoded,
        Err(message) => return Answer::told(message.into()),
    };
    let lifecycle = Lifecycle::new(resource, &connection);
    let outcome = match identity {
        Some(identity) if request.id.is_empty() => lifecycle.import_identified(&identity).await,
        Some(_) | None => lifecycle.import(&request.id).await,
    };
    let imported = |state: State| wire::import_resource_state::ImportedResource {
        type_name: resource.type_name.to_owned(),
        identity: encode::identity(resource, Some(state.object())),
        state: Some(encode::state(Some(state), resource.table)),
        ..Default::default()
    };
    wire::import_resource_state::Response {
        imported_resources: outcome.state.map(imported).into_iter().collect(),
        diagnostics: encode::diagnostics(&outcome.diagnostics),
        ..Default::default()
    }
}

pub(super) async fn upgrade_resource_identity(
    shared: &Shared,
    request: wire::upgrade_resource_identity::Request,
) -> wire::upgrade_resource_identity::Response {
    let upgraded = resource(shared, &request.type_name).and_then(|resource| {
        if request.version != IDENTITY_VERSION {
            let reason = NotUpgraded::Version(request.version, IDENTITY_VERSION).to_string();
            return Err(decode::unknown_version("identity", resource, &reason));
        }
        let identity = decode::raw_identity(request.raw_identity.as_ref(), resource)?;
        Ok(encode::identity(resource, Some(&identity)))
    });
    match upgraded {
        Ok(upgraded_identity) => {
            wire::upgrade_resource_identity::Response { upgraded_identity, diagnostics: Vec::new() }
        }
        Err(message) => Answer::told(message.into()),
    }
}

pub(super) async fn generate_resource_config(
    shared: &Shared,
    request: wire::generate_resource_config::Request,
) -> wire::generate_resource_config::Response {
    let generated = resource(shared, &request.type_name).and_then(|resource| {
        let state = decode::state(request.state.as_ref(), resource.table)?;
        let connection = shared.connection()?;
        let config = state.map(|state| Value::Object(generate::generate(resource, &state, &*connection)));
        Ok(encode::dynamic(&config.unwrap_or(Value::Null), &resource.table.ty()))
    });
    match generated {
        Ok(config) => wire::generate_resource_config::Response { config: Some(config), diagnostics: Vec::new() },
        Err(message) => Answer::told(message.into()),
    }
}

/// Takes over an object from a resource type of the same name and shape in another provider: a fork of this one, or this one under
/// another address. Only the shape counts, so nothing remote is asked.
pub(super) async fn move_resource_state(
    shared: &Shared,
    request: wire::move_resource_state::Request,
) -> wire::move_resource_state::Response {
    let moved = resource(shared, &request.target_type_name).and_then(|resource| {
        if request.source_type_name != resource.type_name {
            return Err(foreign(&request));
        }
        // Another provider counts its versions by itself, so one that is not among ours says nothing against the shape.
        let version = request.source_schema_version.clamp(0, resource.version());
        let state =
            decode::raw_state(request.source_state.as_ref(), version, resource).map_err(|_| foreign(&request))?;
        // Without what tells where the object is, the state is of something else that bears the same name.
        let identity = encode::identity(resource, Some(state.object())).ok_or_else(|| foreign(&request))?;
        Ok((encode::state(Some(state), resource.table), identity))
    });
    match moved {
        Ok((state, identity)) => wire::move_resource_state::Response {
            target_state: Some(state),
            target_private: request.source_private,
            target_identity: Some(identity),
            diagnostics: Vec::new(),
        },
        Err(message) => Answer::told(message.into()),
    }
}

fn foreign(request: &wire::move_resource_state::Request) -> Diagnostic {
    let detail = format!(
        "A {:?} of {} can't become a {:?}: only a resource type of the same name and shape can be moved. Use a `removed` block for the old \
         address and an `import` block for the new one: the object stays as it is.",
        request.source_type_name, request.source_provider_address, request.target_type_name
    );
    Diagnostic::error("Move not supported", detail)
}

async fn read(resource: &'static Resource, connection: &Arc<dyn Connection>, state: State, private: &[u8]) -> Outcome {
    if let Some(setting) = connection.undecided(state.object()) {
        let detail = format!(
            "The provider's `{setting}` depends on something that is not applied yet, so the object could not be read. The plan is \
             made from the state as it was stored."
        );
        let message = Diagnostic::warning("Not refreshed", detail);
        return Outcome::told(Some(state), message);
    }
    Lifecycle::new(resource, connection).read(&state, private).await
}

async fn apply(
    resource: &'static Resource,
    connection: &Arc<dyn Connection>,
    prior: Option<State>,
    plan: Option<Plan>,
    config: Option<&wire::DynamicValue>,
    private: &[u8],
) -> Outcome {
    let lifecycle = Lifecycle::new(resource, connection);
    let Some(plan) = plan else {
        return match prior {
            Some(prior) => lifecycle.delete(&prior, private).await,
            None => Outcome::done(None),
        };
    };
    match (decode::config(config, resource.table), prior) {
        (Ok(config), Some(prior)) => lifecycle.update(&prior, &plan, &config, private).await,
        (Ok(config), None) => lifecycle.create(&plan, &config, private).await,
        (Err(message), prior) => Outcome::told(prior, message),
    }
}

/// The resource type of a name.
pub(super) fn resource(shared: &Shared, type_name: &str) -> Result<&'static Resource, Diagnostic> {
    let found = shared.provider.resources().iter().find(|resource| resource.type_name == type_name);
    found.ok_or_else(|| refuse::unknown("resource type", type_name))
}
