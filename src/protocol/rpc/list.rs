// SPDX-License-Identifier: Apache-2.0

//! ValidateListResourceConfig and ListResource.

use std::sync::Arc;

use tonic::codegen::BoxStream;

use super::super::shared::{Respond, Shared, not_offered};
use super::super::stream::{Events, stream};
use super::super::{decode, encode, wire};
use super::id_of;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::lifecycle::{Lifecycle, ListedObject};
use crate::engine::steps::validate::validate;
use crate::engine::{ListResource, ManagedResource, State};
use crate::shown::shown_in_line;
use wire::list_resource::Event;

pub(in crate::protocol) async fn validate_list_resource_config(
    shared: &Shared,
    request: wire::validate_list_resource_config::Request,
) -> wire::validate_list_resource_config::Response {
    let said = list_resource_type(shared, &request.type_name).and_then(|list| {
        let config = decode::config(request.config.as_ref(), list.table())?;
        Ok(validate(list.table(), &[], &config))
    });
    Respond::with(said.unwrap_or_else(Diagnostics::from))
}

/// Streams what exists, up to the limit. Ends early when the CLI has enough.
pub(in crate::protocol) fn list_resource(
    shared: Arc<Shared>,
    request: wire::list_resource::Request,
) -> BoxStream<Event> {
    let type_name = request.type_name.clone();
    let telling = shared.clone();
    let work = |events| async move { list(&shared, &request, &events).await };
    let last = move |done: Result<(), Diagnostics>| {
        let diagnostic = encode::diagnostics(&telling.told(done.err().unwrap_or_default()));
        // An event without anything in it would be a protocol error.
        (!diagnostic.is_empty()).then(|| Event { diagnostic, ..Default::default() })
    };
    stream("ListResource", &type_name, work, last)
}

async fn list(
    shared: &Shared,
    request: &wire::list_resource::Request,
    events: &Events<Event>,
) -> Result<(), Diagnostics> {
    let list = list_resource_type(shared, &request.type_name)?;
    let config = decode::config(request.config.as_ref(), list.table())?;
    let lifecycle = Lifecycle::new(list.resource, &shared.session()?)?;
    let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let whole = request.include_resource_object;
    let put = |found: ListedObject| {
        let event = event(list.resource, found, whole)
            .unwrap_or_else(|failed| Event { diagnostic: encode::diagnostics(&failed), ..Default::default() });
        Box::pin(events.put(event)) as std::pin::Pin<Box<dyn Future<Output = bool> + Send>>
    };
    lifecycle.list(&config, limit, &put).await
}

fn event(resource: &ManagedResource, found: ListedObject, whole: bool) -> Result<Event, Diagnostics> {
    let said =
        found.diagnostics.of(|| id_of(resource.table, found.state.as_ref()).or_else(|| Some(found.name.clone())));
    let object = found.state.as_ref().map(State::object);
    let identity = encode::identity(resource, object)?;
    let object = found.state.filter(|_| whole).map(|state| encode::state(Some(state), resource.table));
    Ok(Event {
        identity,
        display_name: shown_in_line(&found.name),
        resource_object: object.transpose()?,
        diagnostic: encode::diagnostics(&said),
    })
}

fn list_resource_type(shared: &Shared, type_name: &str) -> Result<&'static ListResource, Diagnostic> {
    let found = shared.catalogue().list_resources.iter().find(|list| list.resource.type_name == type_name);
    found.copied().ok_or_else(|| not_offered("list resource", type_name))
}
