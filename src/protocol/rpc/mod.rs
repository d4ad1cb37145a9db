// SPDX-License-Identifier: Apache-2.0

//! The RPCs, a file for each kind of entry and step. Every function decodes its request, calls the
//! engine, and encodes the response; no rule of planning or applying is here. Called by `service`.

pub(super) mod action;
pub(super) mod data_source;
pub(super) mod ephemeral;
pub(super) mod function;
pub(super) mod identity;
pub(super) mod list;
pub(super) mod provider;
pub(super) mod resource_change;
pub(super) mod resource_config;
pub(super) mod resource_state;
pub(super) mod state_store;

use super::shared::{Shared, not_offered};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::lifecycle::Lifecycle;
use crate::engine::{ManagedResource, Place, State};
use crate::schema::Table;
use crate::value::Object;

/// The managed resource type of a name.
fn resource(shared: &Shared, type_name: &str) -> Result<&'static ManagedResource, Diagnostic> {
    let found = shared.catalogue().resources.iter().find(|resource| resource.type_name == type_name);
    found.copied().ok_or_else(|| not_offered("resource type", type_name))
}

/// The operations on a resource type in the session.
fn lifecycle(shared: &Shared, resource: &'static ManagedResource) -> Result<Lifecycle, Diagnostics> {
    Lifecycle::new(resource, &shared.session()?)
}

/// The id of the object of these attributes, by which messages about it differ from those about others.
fn id(table: &Table, object: &Object) -> Option<String> {
    Place::of(table, object).own(table).map(str::to_owned)
}

/// The same of a state.
fn id_of(table: &Table, state: Option<&State>) -> Option<String> {
    state.and_then(|state| id(table, state.object()))
}
