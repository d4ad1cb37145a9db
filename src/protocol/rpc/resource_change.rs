// SPDX-License-Identifier: Apache-2.0

//! PlanResourceChange and ApplyResourceChange.

use super::super::shared::{Respond, Shared};
use super::super::span::{about, called};
use super::super::{decode, encode, wire};
use super::{id, id_of, lifecycle, resource};
use crate::diag::Diagnostics;
use crate::engine::lifecycle::{Lifecycle, Outcome, Round};
use crate::engine::memory::Memory;
use crate::engine::steps::explain;
use crate::engine::{ManagedResource, Plan, State};

pub(in crate::protocol) async fn plan_resource_change(
    shared: &Shared,
    request: wire::plan_resource_change::Request,
) -> wire::plan_resource_change::Response {
    // Without private data in the response, the CLI would forget the object's.
    let kept = request.prior_private.clone();
    let planned = plan(shared, request).await;
    planned.unwrap_or_else(|failed| wire::plan_resource_change::Response {
        planned_private: kept,
        ..Respond::with(shared.told(failed))
    })
}

async fn plan(
    shared: &Shared,
    request: wire::plan_resource_change::Request,
) -> Result<wire::plan_resource_change::Response, Diagnostics> {
    let resource = resource(shared, &request.type_name)?;
    let prior = decode::state(request.prior_state.as_ref(), resource.table)?;
    if decode::is_null(request.proposed_new_state.as_ref()) {
        return plan_destruction(shared, request, resource, prior).await;
    }
    let config = decode::config(request.config.as_ref(), resource.table)?;
    let memory = Memory::read(&request.prior_private);
    let hands_on = request.client_capabilities.is_some_and(|capabilities| capabilities.store_planned_private);
    let round = if hands_on { Round::Told(&request.planned_private) } else { Round::Untold };
    let planned = lifecycle(shared, resource)?.plan_in(round, prior.as_ref(), &config, &memory).await;
    let object = planned.plan.as_ref().map(Plan::object);
    let said = planned.diagnostics.of(|| {
        let planned = object.and_then(|object| id(resource.table, object));
        let id = planned.or_else(|| id_of(resource.table, prior.as_ref()));
        id.or_else(|| called(resource.table, config.object()))
    });
    tracing::trace!(
        decisions =
            object.map(|object| explain::planned(resource.table, prior.as_ref(), &config, object, &planned.replace)),
        "planned"
    );
    Ok(wire::plan_resource_change::Response {
        planned_identity: encode::identity(resource, object)?,
        planned_state: planned.plan.map(|plan| encode::plan(Some(plan), resource.table)).transpose()?,
        requires_replace: planned.replace.iter().map(encode::path).collect(),
        planned_private: planned.memory.map_or(request.prior_private, |memory| memory.write().into()),
        diagnostics: encode::diagnostics(&shared.told(said)),
        ..Default::default()
    })
}

async fn plan_destruction(
    shared: &Shared,
    request: wire::plan_resource_change::Request,
    resource: &'static ManagedResource,
    prior: Option<State>,
) -> Result<wire::plan_resource_change::Response, Diagnostics> {
    let said = match prior {
        Some(prior) => {
            let memory = Memory::read(&request.prior_private);
            let planned = lifecycle(shared, resource)?.plan_destruction(&prior, &memory).await;
            planned.diagnostics.of(|| id_of(resource.table, Some(&prior)))
        }
        None => Diagnostics::none(),
    };
    Ok(wire::plan_resource_change::Response {
        planned_state: Some(encode::plan(None, resource.table)?),
        planned_identity: request.prior_identity,
        planned_private: request.prior_private,
        diagnostics: encode::diagnostics(&shared.told(said)),
        ..Default::default()
    })
}

pub(in crate::protocol) async fn apply_resource_change(
    shared: &Shared,
    request: wire::apply_resource_change::Request,
) -> wire::apply_resource_change::Response {
    // Without a state in the response, the CLI keeps what it had.
    shared.respond(apply(shared, request).await)
}

async fn apply(
    shared: &Shared,
    request: wire::apply_resource_change::Request,
) -> Result<wire::apply_resource_change::Response, Diagnostics> {
    let resource = resource(shared, &request.type_name)?;
    let prior = decode::state(request.prior_state.as_ref(), resource.table)?;
    let plan = decode::plan(request.planned_state.as_ref(), resource.table)?;
    let lifecycle = lifecycle(shared, resource)?;
    let memory = Memory::read(&request.planned_private);
    let known = id_of(resource.table, prior.as_ref());
    let outcome = changed(&lifecycle, resource, prior, plan, request.config.as_ref(), &memory).await;
    outcome.state.iter().for_each(|state| about(resource.table, state.object()));
    let said = outcome.diagnostics.of(|| known.or_else(|| id_of(resource.table, outcome.state.as_ref())));
    let new_identity = encode::identity(resource, outcome.state.as_ref().map(State::object))?;
    Ok(wire::apply_resource_change::Response {
        new_identity: new_identity.or(request.planned_identity),
        new_state: Some(encode::state(outcome.state, resource.table)?),
        private: outcome.memory.unwrap_or_else(|| memory.without_plan()).write().into(),
        diagnostics: encode::diagnostics(&shared.told(said)),
        ..Default::default()
    })
}

async fn changed(
    lifecycle: &Lifecycle,
    resource: &ManagedResource,
    prior: Option<State>,
    plan: Option<Plan>,
    config: Option<&wire::DynamicValue>,
    memory: &Memory,
) -> Outcome {
    let Some(plan) = plan else {
        return match prior {
            Some(prior) => lifecycle.delete(&prior, memory).await,
            None => Outcome::done(None),
        };
    };
    match (decode::config(config, resource.table), prior) {
        (Ok(config), Some(prior)) => lifecycle.update(&prior, &plan, &config, memory).await,
        (Ok(config), None) => lifecycle.create(&plan, &config, memory).await,
        (Err(message), prior) => Outcome::with(prior, message),
    }
}
