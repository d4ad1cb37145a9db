//! Actions: what is done once, when it is asked for, and leaves nothing in the state. Called by `service` and, for schemas, by
//! `provider_rpc`.

use std::collections::HashMap;
use std::sync::Arc;

use tonic::codegen::BoxStream;

use super::shared::{Answer, Shared};
use super::stream::{Events, stream};
use super::{decode, encode, refuse, schema, wire};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::validate::validate;
use crate::engine::{Action, Config};
use wire::invoke_action::Event;
use wire::invoke_action::event::{Completed, Progress, Type};

/// The schemas of the actions.
pub(super) fn schemas(shared: &Shared) -> HashMap<String, wire::ActionSchema> {
    let named = |action: &Action| {
        let schema = schema::schema(action.table, 0, action.docs);
        (action.type_name.to_owned(), wire::ActionSchema { schema: Some(schema) })
    };
    shared.provider.actions().iter().map(named).collect()
}

pub(super) async fn validate_action_config(
    shared: &Shared,
    request: wire::validate_action_config::Request,
) -> wire::validate_action_config::Response {
    Answer::told(judged(shared, &request.type_name, request.config.as_ref()))
}

/// Planning an action has no effect and no result, so all there is to it is to judge what of the configuration is known by now.
pub(super) async fn plan_action(shared: &Shared, request: wire::plan_action::Request) -> wire::plan_action::Response {
    Answer::told(judged(shared, &request.action_type, request.config.as_ref()))
}

/// Carries an action out; streams how far it is, and at last what came of it.
pub(super) fn invoke_action(shared: Arc<Shared>, request: wire::invoke_action::Request) -> BoxStream<Event> {
    let work = |events| async move { invoke(&shared, &request, &events).await };
    stream("InvokeAction", work, |came| Some(event(Type::Completed(completed(came.err().unwrap_or_default())))))
}

async fn invoke(
    shared: &Shared,
    request: &wire::invoke_action::Request,
    events: &Events<Event>,
) -> Result<(), Diagnostics> {
    let (action, config) = asked(shared, &request.action_type, request.config.as_ref())?;
    let connection = shared.connection()?;
    let progress = |message: String| events.offer(event(Type::Progress(Progress { message })));
    connection.invoke(action, &config, &progress).await
}

fn judged(shared: &Shared, type_name: &str, config: Option<&wire::DynamicValue>) -> Diagnostics {
    match asked(shared, type_name, config) {
        Ok((action, config)) => validate(action.table, action.rules, &config),
        Err(message) => message.into(),
    }
}

/// The action and the configuration of a request.
fn asked(
    shared: &Shared,
    type_name: &str,
    config: Option<&wire::DynamicValue>,
) -> Result<(&'static Action, Config), Diagnostic> {
    let found = shared.provider.actions().iter().find(|action| action.type_name == type_name);
    let action = found.ok_or_else(|| refuse::unknown("action", type_name))?;
    Ok((action, decode::config(config, action.table)?))
}

fn event(r#type: Type) -> Event {
    Event { r#type: Some(r#type) }
}

fn completed(diagnostics: Diagnostics) -> Completed {
    Completed { diagnostics: encode::diagnostics(&diagnostics) }
}
