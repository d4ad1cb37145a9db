// SPDX-License-Identifier: Apache-2.0

//! ValidateActionConfig, PlanAction and InvokeAction.

use std::sync::Arc;

use tonic::codegen::BoxStream;

use super::super::shared::{Respond, Shared, not_offered};
use super::super::stream::{Events, stream};
use super::super::{decode, encode, wire};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::ports::Invocation;
use crate::engine::steps::validate::validate;
use crate::engine::{Action, Config};
use crate::shown::shown;
use wire::invoke_action::Event;
use wire::invoke_action::event::{Completed, Progress, Type};

pub(in crate::protocol) async fn validate_action_config(
    shared: &Shared,
    request: wire::validate_action_config::Request,
) -> wire::validate_action_config::Response {
    Respond::with(judged(shared, &request.type_name, request.config.as_ref()))
}

/// Planning an action has no effect and no result: it judges what is known of the configuration.
pub(in crate::protocol) async fn plan_action(
    shared: &Shared,
    request: wire::plan_action::Request,
) -> wire::plan_action::Response {
    Respond::with(judged(shared, &request.action_type, request.config.as_ref()))
}

/// Carries an action out. Streams how far it is, and at last its result.
pub(in crate::protocol) fn invoke_action(
    shared: Arc<Shared>,
    request: wire::invoke_action::Request,
) -> BoxStream<Event> {
    let type_name = request.action_type.clone();
    let telling = shared.clone();
    let work = |events| async move {
        // What an action does is unknown here, so it counts as a write.
        let _writing = shared.writing();
        invoke(&shared, &request, &events).await
    };
    stream("InvokeAction", &type_name, work, move |done| {
        Some(event(Type::Completed(completed(telling.told(done.err().unwrap_or_default())))))
    })
}

async fn invoke(
    shared: &Shared,
    request: &wire::invoke_action::Request,
    events: &Events<Event>,
) -> Result<(), Diagnostics> {
    let (action, config) = decoded(shared, &request.action_type, request.config.as_ref())?;
    let session = shared.session()?;
    let progress = |message: String| events.offer(event(Type::Progress(Progress { message: shown(&message) })));
    let port = action.port.open(session.connection())?;
    port.invoke(Invocation { config: &config, progress: &progress, session: &session }).await
}

fn judged(shared: &Shared, type_name: &str, config: Option<&wire::DynamicValue>) -> Diagnostics {
    match decoded(shared, type_name, config) {
        Ok((action, config)) => validate(action.table, action.rules, &config),
        Err(message) => message.into(),
    }
}

/// The action and the configuration of a request.
fn decoded(
    shared: &Shared,
    type_name: &str,
    config: Option<&wire::DynamicValue>,
) -> Result<(&'static Action, Config), Diagnostic> {
    let found = shared.catalogue().actions.iter().find(|action| action.type_name == type_name);
    let action = found.copied().ok_or_else(|| not_offered("action", type_name))?;
    Ok((action, decode::config(config, action.table)?))
}

fn event(r#type: Type) -> Event {
    Event { r#type: Some(r#type) }
}

fn completed(diagnostics: Diagnostics) -> Completed {
    Completed { diagnostics: encode::diagnostics(&diagnostics) }
}
