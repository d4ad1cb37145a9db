// SPDX-License-Identifier: Apache-2.0

//! The operations on one resource instance, one file for each, made of pure steps and a remote
//! system's ports. Called by `protocol`.
//!
//! An operation answers what to store together with what to report, since a failure must not lose
//! what is known. Inside, it ends early through `?` as long as nothing has been changed remotely;
//! after that, a failure is a message beside the new state.

mod adopt;
mod applied;
mod candidates;
mod contested;
mod create;
mod create_once;
mod data_source;
mod delete;
mod doubt;
pub mod ephemeral;
mod guess;
mod import;
mod list;
mod look_up;
mod plan;
mod read;
mod replan;
mod revise;
mod shared;
mod sought;
mod take_over;
mod twins;
mod update;
mod wait;

use std::sync::Arc;

use super::memory::Memory;
use super::ports::Remote;
use super::steps::derive::{Scope, derive};
use super::steps::reconcile::refresh;
use super::steps::{explain, members};
use super::timeouts::Operation;
use super::{Connection, Context, ManagedResource, Place, Plan, Session, State};
use crate::diag::Diagnostics;
use crate::raw::RawView;
use crate::schema::Source;
use crate::value::{Object, Trail};

pub use data_source::read_data_source;
pub use list::ListedObject;
pub use look_up::look_up;
pub use plan::Planned;
pub use replan::Round;
pub use take_over::{Origin, take_over};

/// What to store, and what to report.
#[derive(Debug)]
pub struct Outcome {
    /// The object to store; `None` where there is none.
    pub state: Option<State>,
    /// Messages, errors among them if the operation failed.
    pub diagnostics: Diagnostics,
    /// What is to be remembered of the object from now on. `None`: what it was.
    pub memory: Option<Memory>,
}

/// A resource type with a remote system to act on.
pub struct Lifecycle {
    resource: &'static ManagedResource,
    remote: Box<dyn Remote>,
    session: Arc<Session>,
}

// === impl Outcome ===

impl Outcome {
    /// A success after which this is what is known.
    pub fn done(state: Option<State>) -> Self {
        Self::with(state, Diagnostics::none())
    }

    /// Messages, and what is known beside them.
    pub fn with(state: Option<State>, diagnostics: impl Into<Diagnostics>) -> Self {
        Self { state, diagnostics: diagnostics.into(), memory: None }
    }
}

// === impl Lifecycle ===

impl Lifecycle {
    /// The operations on a type in a session.
    pub fn new(resource: &'static ManagedResource, session: &Arc<Session>) -> Result<Self, Diagnostics> {
        let remote = resource.remote.open(session.connection())?;
        Ok(Self { resource, remote, session: session.clone() })
    }

    fn connection(&self) -> &dyn Connection {
        &**self.session.connection()
    }

    /// The context of an operation on an object of these attributes.
    fn context(&self, operation: Operation, object: &Object) -> Context {
        let context = self.session.context().within(self.resource.timeouts.limit(operation, object));
        match operation.setting(self.resource.table) {
            Some(setting) => context.set_by(setting),
            None => context,
        }
    }

    /// The context of looking for what is not managed, for which no configuration sets a limit.
    fn searching(&self) -> Context {
        self.session.context().within(self.resource.timeouts.read)
    }

    /// Where the object of these attributes is. The provider's settings fill in what they leave
    /// out.
    fn place(&self, object: &Object) -> Place {
        let table = self.resource.table;
        let known = Place::of(table, object);
        let part = |row: &crate::schema::Attribute| {
            let own = known.get(row.name).map(str::to_owned);
            let given = || match row.source {
                Source::Provider(setting) => self.connection().lookup(setting, &known),
                _ => None,
            };
            Some((row.name, own.or_else(given)?))
        };
        Place::new(table.identity().filter_map(part))
    }

    /// An object that has no id, in words: what it is, its name, and where it is to be.
    fn nameless(&self, object: &Object) -> String {
        let (plan, at) = (Plan::new(object.clone()), self.place(object));
        let name = self.remote.name(&plan).map(|name| format!(" {name:?}")).unwrap_or_default();
        let parts =
            self.resource.table.places().filter_map(|row| Some(format!("{} = {:?}", row.name, at.get(row.name)?)));
        let parts: Vec<String> = parts.collect();
        let place = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        format!("{}{name}{place}", self.remote.noun())
    }

    /// The state brought up to date by what was loaded.
    fn refreshed(&self, state: &State, loaded: &RawView<'_>, memory: &Memory) -> Outcome {
        let table = self.resource.table;
        let mut misfits = Vec::new();
        let current = members::read(table, loaded, &Trail::Root, &mut misfits);
        if !misfits.is_empty() {
            return Outcome::with(
                Some(state.clone()),
                members::report(&misfits, &self.remote.describe(&self.place(state.object()))),
            );
        }
        let mut object = refresh(table, state.object(), current, &memory.rewrites);
        derive(table, &mut object, self.connection(), Scope::Anew);
        tracing::trace!(differs = explain::refreshed(table, state.object(), &object), "compared with what was loaded");
        Outcome::done(Some(State::new(object)))
    }

    /// The state of an object that was found at this place.
    fn placed(&self, at: &Place, found: &RawView<'_>) -> Outcome {
        let mut object = State::stub(self.resource.table, at.object()).object().clone();
        derive(self.resource.table, &mut object, self.connection(), Scope::Missing);
        self.refreshed(&State::new(object), found, &Memory::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, object, raw, summaries};

    #[test]
    fn the_provider_fills_in_its_part_of_a_place_and_no_other() {
        let bench = Bench::new();
        let place = |attributes| bench.of(&BOOK).place(&attributes);
        assert_eq!(place(object([("id", "7".into())])).get("city"), Some("Ulm"));
        assert_eq!(place(object([("city", "Bonn".into())])).get("city"), Some("Bonn"));
        assert_eq!(place(object([("id", "7".into())])).get("branch_id"), None);
    }

    #[test]
    fn an_object_without_an_id_is_told_by_its_noun_its_name_and_its_place() {
        let bench = Bench::new();
        let told = bench.of(&BOOK).nameless(&object([("title", "Emma".into()), ("branch_id", "B1".into())]));
        assert_eq!(told, "book \"Emma\" (city = \"Ulm\", branch_id = \"B1\")");
    }

    #[test]
    fn a_found_object_has_its_place_its_members_and_what_follows_from_them() {
        let bench = Bench::new();
        let at = Place::new([("id", "B4".to_owned())]);
        let found = bench.of(&BRANCH).placed(&at, &raw(r#"{"id":"B4","name":"Main"}"#).view());
        let state = found.state.unwrap();
        assert_eq!((state.get("city"), state.get("name")), (&"Ulm".into(), &"Main".into()));
        assert_eq!(state.get("page_url"), &"https://library.example/Ulm/B4".into());
    }

    #[test]
    fn what_can_not_be_read_leaves_the_state_as_it_is() {
        let bench = Bench::new();
        let state = State::stub(BRANCH.table, object([("id", "B4".into()), ("name", "Old".into())]));
        let outcome = bench.of(&BRANCH).refreshed(&state, &raw(r#"{"name":[]}"#).view(), &Memory::default());
        assert_eq!(summaries(&outcome.diagnostics), ["The API's answer can't be understood"]);
        assert_eq!(outcome.state, Some(state));
    }
}
