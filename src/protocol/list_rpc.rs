//! Listing what exists: each managed resource can be listed, with those parts of its identity that need not be given to choose
//! where. Called by `service` and, for schemas, by `provider_rpc`.

use std::sync::Arc;

use tonic::codegen::BoxStream;

use super::resource_rpc::resource;
use super::shared::{Answer, Shared};
use super::stream::{Events, stream};
use super::{decode, encode, schema, wire};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::lifecycle::{Lifecycle, Outcome};
use crate::engine::validate::validate_rows;
use crate::engine::{Config, Resource, State};
use crate::value::{Object, Type};
use wire::list_resource::Event;

/// What can be said in a `list` block's `config`, and its schema by the resource type's name.
pub(super) fn schema(resource: &Resource) -> (String, wire::Schema) {
    let places = resource.places().map(|row| wire::schema::Attribute {
        name: row.name.to_owned(),
        r#type: row.ty().constraint().into(),
        description: schema::what(row).to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        optional: true,
        ..Default::default()
    });
    let block = wire::schema::Block {
        attributes: places.collect(),
        description: format!("Lists what can be managed as `{}`.", resource.type_name),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    };
    (resource.type_name.to_owned(), wire::Schema { version: 0, block: Some(block) })
}

pub(super) async fn validate_list_resource_config(
    shared: &Shared,
    request: wire::validate_list_resource_config::Request,
) -> wire::validate_list_resource_config::Response {
    let judged = resource(shared, &request.type_name).and_then(|resource| {
        let place = place(resource, request.config.as_ref())?;
        Ok(validate_rows(resource.places(), &Config::new(place)))
    });
    Answer::told(judged.unwrap_or_else(Diagnostics::from))
}

/// Streams what exists, up to the limit; ends early when the CLI has enough.
pub(super) fn list_resource(shared: Arc<Shared>, request: wire::list_resource::Request) -> BoxStream<Event> {
    let work = |events| async move { list(&shared, &request, &events).await };
    let told = |came: Result<(), Diagnostics>| {
        came.err().map(|told| Event { diagnostic: encode::diagnostics(&told), ..Default::default() })
    };
    stream("ListResource", work, told)
}

async fn list(
    shared: &Shared,
    request: &wire::list_resource::Request,
    events: &Events<Event>,
) -> Result<(), Diagnostics> {
    let resource = resource(shared, &request.type_name)?;
    let place = place(resource, request.config.as_ref())?;
    let connection = shared.connection()?;
    let lifecycle = Lifecycle::new(resource, &connection);
    let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    for (name, found) in lifecycle.list(&place).await?.into_iter().take(limit) {
        if !events.put(event(resource, name, found, request.include_resource_object)).await {
            return Ok(());
        }
    }
    Ok(())
}

/// What is told of one object. One whose members can't be read is only warned of: an error would end the whole list.
fn event(resource: &Resource, display_name: String, found: Outcome, whole: bool) -> Event {
    let state = found.state.filter(|_| !found.diagnostics.has_errors());
    Event {
        identity: encode::identity(resource, state.as_ref().map(State::object)),
        display_name,
        resource_object: state.filter(|_| whole).map(|state| encode::state(Some(state), resource.table)),
        diagnostic: encode::diagnostics(&found.diagnostics.softened()),
    }
}

/// Where a `config` says to look. An empty text says nothing, as in the provider block.
fn place(resource: &Resource, config: Option<&wire::DynamicValue>) -> Result<Object, Diagnostic> {
    let ty = Type::Object(resource.places().map(|row| (row.name.to_owned(), row.ty())).collect());
    let place = decode::object(config, &ty, "configuration")?.unwrap_or_default();
    Ok(place.into_iter().filter(|(_, value)| value.as_str() != Some("")).collect())
}
