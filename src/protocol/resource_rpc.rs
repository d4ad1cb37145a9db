//! RPCs about managed resources. Each reads in three steps: decode, let the engine act, encode. Called by `service`.

use std::sync::Arc;

use super::service::{Answer, Shared};
use super::{decode, encode, wire};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::lifecycle::{Lifecycle, Outcome};
use crate::engine::{Connection, Plan, Resource, State, plan, validate};

pub(super) async fn validate_resource_config(
    shared: &Shared,
    request: wire::validate_resource_config::Request,
) -> wire::validate_resource_config::Response {
    let validated = resource(shared, &request.type_name).and_then(|resource| {
        let config = decode::config(request.config.as_ref(), resource.table)?;
        Ok(validate::validate(resource.table, resource.rules, &config))
    });
    Answer::told(validated.unwrap_or_else(Diagnostics::from))
}

pub(super) async fn upgrade_resource_state(
    shared: &Shared,
    request: wire::upgrade_resource_state::Request,
) -> wire::upgrade_resource_state::Response {
    let upgraded = resource(shared, &request.type_name).and_then(|resource| {
        if request.version != resource.version {
            return Err(unknown_version(request.version, resource));
        }
        let state = decode::raw_state(request.raw_state.as_ref(), resource.table)?;
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
        Some(state) => read(resource, &connection, state).await,
        None => Outcome { state: None, diagnostics: Diagnostics::none() },
    };
    wire::read_resource::Response {
        new_state: Some(encode::state(outcome.state, resource.table)),
        diagnostics: encode::diagnostics(&outcome.diagnostics),
        // What is not sent back is lost.
        private: request.private,
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
            return Ok((encode::plan(None, resource.table), Vec::new()));
        }
        let config = decode::config(request.config.as_ref(), resource.table)?;
        let connection = shared.connection()?;
        let planned = plan::plan(resource, prior.as_ref(), &config, &*connection);
        let replace = planned.replace.iter().map(encode::path).collect();
        Ok((encode::plan(Some(planned.plan), resource.table), replace))
    });
    match planned {
        Ok((planned_state, requires_replace)) => wire::plan_resource_change::Response {
            planned_state: Some(planned_state),
            requires_replace,
            planned_private: request.prior_private,
            ..Default::default()
        },
        Err(message) => Answer::told(message.into()),
    }
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
    let outcome = apply(resource, &connection, prior, plan, request.config.as_ref()).await;
    wire::apply_resource_change::Response {
        new_state: Some(encode::state(outcome.state, resource.table)),
        private: request.planned_private,
        diagnostics: encode::diagnostics(&outcome.diagnostics),
        ..Default::default()
    }
}

pub(super) async fn import_resource_state(
    shared: &Shared,
    request: wire::import_resource_state::Request,
) -> wire::import_resource_state::Response {
    let decoded = resource(shared, &request.type_name).and_then(|resource| Ok((resource, shared.connection()?)));
    let (resource, connection) = match decoded {
        Ok(decoded) => decoded,
        Err(message) => return Answer::told(message.into()),
    };
    let operations = connection.clone().operations(resource);
    let lifecycle = Lifecycle { resource, operations: &*operations, around: &*connection };
    let outcome = lifecycle.import(&request.id).await;
    let imported = |state| wire::import_resource_state::ImportedResource {
        type_name: resource.type_name.to_owned(),
        state: Some(encode::state(Some(state), resource.table)),
        ..Default::default()
    };
    wire::import_resource_state::Response {
        imported_resources: outcome.state.map(imported).into_iter().collect(),
        diagnostics: encode::diagnostics(&outcome.diagnostics),
        ..Default::default()
    }
}

async fn read(resource: &'static Resource, connection: &Arc<dyn Connection>, state: State) -> Outcome {
    if let Some(setting) = connection.undecided() {
        let detail = format!(
            "The provider's `{setting}` depends on something that is not applied yet, so the object could not be read. The plan is \
             made from the state as it was stored."
        );
        let message = Diagnostic::warning("Not refreshed", detail);
        return Outcome { state: Some(state), diagnostics: message.into() };
    }
    let operations = connection.clone().operations(resource);
    Lifecycle { resource, operations: &*operations, around: &**connection }.read(&state).await
}

async fn apply(
    resource: &'static Resource,
    connection: &Arc<dyn Connection>,
    prior: Option<State>,
    plan: Option<Plan>,
    config: Option<&wire::DynamicValue>,
) -> Outcome {
    let operations = connection.clone().operations(resource);
    let lifecycle = Lifecycle { resource, operations: &*operations, around: &**connection };
    let Some(plan) = plan else {
        return match prior {
            Some(prior) => lifecycle.delete(&prior).await,
            None => Outcome { state: None, diagnostics: Diagnostics::none() },
        };
    };
    match (decode::config(config, resource.table), prior) {
        (Ok(config), Some(prior)) => lifecycle.update(&prior, &plan, &config).await,
        (Ok(config), None) => lifecycle.create(&plan, &config).await,
        (Err(message), prior) => Outcome { state: prior, diagnostics: message.into() },
    }
}

fn resource(shared: &Shared, type_name: &str) -> Result<&'static Resource, Diagnostic> {
    shared.provider.resources().iter().find(|resource| resource.type_name == type_name).ok_or_else(|| {
        let detail =
            format!("This version of the provider has no resource type {type_name:?}. A newer version may have it.");
        Diagnostic::error("Unknown resource type", detail)
    })
}

fn unknown_version(version: i64, resource: &Resource) -> Diagnostic {
    let detail = format!(
        "The stored state of this {} has schema version {version}, and this version of the provider only knows version {}. Use a \
         version of the provider that knows it.",
        resource.type_name, resource.version
    );
    Diagnostic::error("State can't be read", detail)
}
