// SPDX-License-Identifier: Apache-2.0

//! Reading: brings a state up to date.

use super::shared::{Reader, Shared};
use super::{Lifecycle, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::State;
use crate::engine::memory::Memory;
use crate::engine::phase::attribute;
use crate::engine::shared_reads::Looks;
use crate::engine::steps::derive::{Scope, derive};
use crate::engine::steps::difference::show;
use crate::engine::steps::generate::ungoverned;
use crate::engine::timeouts::Operation;
use crate::raw::RawView;
use crate::schema::docs::alternatives;
use crate::schema::{Attribute, Configurability, Source, Table};

impl Lifecycle {
    /// Brings a state up to date. An object that is certainly gone leaves the state, with a
    /// warning. A failure keeps the state as it is.
    pub async fn read(&self, state: &State, memory: &Memory) -> Outcome {
        let is_imported = is_imported(self.resource.table, state);
        match self.try_read(state, memory, is_imported).await {
            Err(failed) => Outcome::with(Some(state.clone()), failed),
            Ok(mut read) => {
                let imported = read.state.as_ref().filter(|_| is_imported);
                let told = imported.map(|imported| ungoverned(self.resource, imported, self.connection()));
                read.diagnostics.extend(told.unwrap_or_default());
                read
            }
        }
    }

    async fn try_read(&self, state: &State, memory: &Memory, is_imported: bool) -> Result<Outcome, Diagnostics> {
        let at = self.place(state.object());
        self.session.history.seen.note(self.resource.type_name, &at);
        let faults = self.connection().faults();
        if faults.has_errors() {
            return Err(faults);
        }
        match self.connection().undecided(&at) {
            // Nothing is stored that a plan could go by.
            Some(setting) if is_imported => return Err(not_imported(setting).into()),
            Some(setting) => return Ok(Outcome::with(Some(state.clone()), not_refreshed(setting))),
            None => {}
        }
        let context = self.context(Operation::Read, state.object());
        if let Some(doubt) = memory.doubt.as_ref().filter(|_| !at.is_whole(self.resource.table)) {
            return self.read_doubtful(state, &at, memory, doubt, &context).await;
        }
        self.claim(&at, memory)?;
        let judge = |entry: &RawView<'_>| {
            let outcome = self.refreshed(state, entry, memory);
            let looks = match outcome.diagnostics == Diagnostics::none() {
                true if is_imported => Looks::New,
                true if outcome.state.as_ref() == Some(state) => Looks::Same,
                // One that can't be understood among them.
                true | false => Looks::Changed,
            };
            (looks, outcome)
        };
        let loaded = match self.read_together(&at, Reader::Refresh, &context, judge).await? {
            Shared::Listed(outcome) => return Ok(outcome),
            Shared::Loaded(loaded) => self.found_of(state, loaded, &at, memory, &context).await?,
        };
        match loaded {
            Some(loaded) => Ok(self.refreshed(state, &loaded.view(), memory)),
            None if is_imported => {
                let detail = format!(
                    "{} does not exist, so it can't be imported. {}",
                    self.remote.describe(&at),
                    self.remote.import_advice()
                );
                Err(Diagnostic::error("Nothing to import", detail).into())
            }
            None => {
                let next = match &memory.adopted {
                    Some(_) => {
                        "The configuration names it by its id, so nothing can take its place: to have a new one, \
                         remove the id from the configuration."
                    }
                    None => "If the configuration still declares it, the plan creates it anew.",
                };
                let detail = format!(
                    "{} no longer exists: it was deleted outside this resource. It is removed from the state. {next}",
                    self.remote.describe(&at)
                );
                let told = Outcome::with(None, Diagnostic::warning("The object is gone", detail));
                // The CLI hands what is remembered to the plan of the next object of this block.
                Ok(Outcome { memory: Some(Memory::default()), ..told })
            }
        }
    }

    /// Refuses to conclude anything if an object was looked for at another address than the one
    /// where it was when it was stored.
    pub(super) fn must_not_have_moved(&self, state: &State) -> Result<(), Diagnostics> {
        let mut now = state.object().clone();
        derive(self.resource.table, &mut now, self.connection(), Scope::Anew);
        let differs =
            |row: &&Attribute| attribute(&now, row.name) != state.get(row.name) && !state.get(row.name).is_null();
        let Some(row) = self.resource.table.attributes.iter().find(differs) else { return Ok(()) };
        let settings = match row.source {
            Source::Template(template) => settings_in(template),
            _ => Vec::new(),
        };
        let looked = format!(
            "{} was not found, but the provider looked for it at another address than before",
            self.remote.describe(&self.place(state.object()))
        );
        let detail = format!(
            "{looked}: its `{}` would be {}, and was {}. That proves nothing, so the state is unchanged. Set the \
             provider's {} (or its environment variable) to what it was. If the object really moved, remove it from the \
             state with `state rm` and import it.",
            row.name,
            show(attribute(&now, row.name)),
            show(state.get(row.name)),
            alternatives(&settings)
        );
        let again = format!("{looked}, as another message of this run says in full. So the state is unchanged.");
        // Each object that is not at this address meets it.
        Err(Diagnostic::error("Looked for at another address", detail).once_about(settings.join(" "), again).into())
    }
}

/// The provider's settings that a template is filled with.
fn settings_in(template: &str) -> Vec<&str> {
    template.split("{provider.").skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn not_refreshed(setting: &str) -> Diagnostic {
    let detail = format!(
        "The provider's `{setting}` depends on something that is not applied yet, so the object could not be read. \
         The plan uses the state as it was stored."
    );
    Diagnostic::warning("Not refreshed", detail)
}

fn not_imported(setting: &str) -> Diagnostic {
    let detail = format!(
        "The provider's `{setting}` depends on something that is not applied yet, so the object to import could not be \
         read. Apply what decides it first, for example with `-target`, and import then."
    );
    Diagnostic::error("Not imported", detail)
}

/// Whether a state comes from an import and was never read: then nothing is known but the identity.
fn is_imported(table: &Table, state: &State) -> bool {
    let mut required = table.attributes.iter().filter(|row| row.configurability == Configurability::Required);
    required.any(|row| row.identity.is_none() && state.get(row.name).is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, Bench, object, summaries};
    use crate::value::Value;

    fn state() -> State {
        let known = [
            ("id", "B1".into()),
            ("city", "Ulm".into()),
            ("name", "Main".into()),
            ("loan_period", "1 week".into()),
            ("page_url", "https://library.example/Ulm/B1".into()),
        ];
        State::stub(BRANCH.table, object(known))
    }

    #[tokio::test]
    async fn drift_is_shown_and_other_spellings_are_not() {
        let bench = Bench::new();
        bench.store().plant("B1", r#"{"id":"B1","name":"North","loanPeriod":7,"loanPeriodUnit":"days"}"#);
        let read = bench.of(&BRANCH).read(&state(), &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), Vec::<&str>::new());
        let read = read.state.unwrap();
        assert_eq!((read.get("name"), read.get("loan_period")), (&"North".into(), &"1 week".into()));
    }

    #[tokio::test]
    async fn an_object_that_is_certainly_gone_leaves_the_state() {
        let bench = Bench::new();
        let read = bench.of(&BRANCH).read(&state(), &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), ["The object is gone"]);
        assert!(read.state.is_none() && !read.diagnostics.has_errors());
        assert_eq!(read.memory, Some(Memory::default()), "nothing of it is left for the next object of the block");
    }

    #[tokio::test]
    async fn an_object_that_does_not_exist_is_not_imported() {
        let bench = Bench::new();
        let imported = bench.of(&BRANCH).import("B1").await.state.unwrap();
        let read = bench.of(&BRANCH).read(&imported, &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), ["Nothing to import"]);
        assert!(read.diagnostics.has_errors());
    }

    #[tokio::test]
    async fn a_failure_keeps_the_state() {
        let bench = Bench::new();
        bench.store().failing = vec!["load"];
        let read = bench.of(&BRANCH).read(&state(), &Memory::default()).await;
        assert!(read.diagnostics.has_errors());
        assert_eq!(read.state, Some(state()));
    }

    #[tokio::test]
    async fn an_answer_that_can_not_be_understood_keeps_the_state() {
        let bench = Bench::new();
        bench.store().plant("B1", r#"{"id":"B1","name":["North"]}"#);
        let read = bench.of(&BRANCH).read(&state(), &Memory::default()).await;
        assert_eq!(read.diagnostics.iter().next().unwrap().path.as_ref().unwrap().to_string(), "name");
        assert_eq!(read.state, Some(state()));
    }

    #[tokio::test]
    async fn an_object_that_was_at_another_address_is_not_gone() {
        let bench = Bench::new();
        let mut moved = state().object().clone();
        moved.insert("page_url", "https://elsewhere.example/Ulm/B1".into());
        let moved = State::new(moved);
        let read = bench.of(&BRANCH).read(&moved, &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), ["Looked for at another address"]);
        assert_eq!(read.state, Some(moved));
    }

    #[tokio::test]
    async fn a_new_object_that_was_at_another_address_is_not_waited_for() {
        let bench = Bench::new();
        let mut moved = state().object().clone();
        moved.insert("page_url", "https://elsewhere.example/Ulm/B1".into());
        let moved = State::new(moved);
        let memory = Memory { created: Some(bench.session.context().unix_time()), ..Memory::default() };
        let began = bench.session.context().elapsed();
        let read = bench.of(&BRANCH).read(&moved, &memory).await;
        assert_eq!(summaries(&read.diagnostics), ["Looked for at another address"]);
        assert_eq!((read.state.as_ref(), bench.session.context().elapsed()), (Some(&moved), began));
        let deleted = bench.of(&BRANCH).delete(&moved, &memory).await;
        assert_eq!(summaries(&deleted.diagnostics), ["Looked for at another address"]);
        assert_eq!((deleted.state.as_ref(), bench.session.context().elapsed()), (Some(&moved), began));
        let config = crate::library::config([("name", "North".into())]);
        let plan = bench.of(&BRANCH).plan(Some(&moved), &config, &memory).plan.unwrap();
        let old = Memory::default();
        for memory in [&memory, &old] {
            let updated = bench.of(&BRANCH).update(&moved, &plan, &config, memory).await;
            assert_eq!(summaries(&updated.diagnostics), ["Looked for at another address"]);
            assert_eq!((updated.state.as_ref(), bench.session.context().elapsed()), (Some(&moved), began));
        }
    }

    #[tokio::test]
    async fn a_provider_setting_that_is_not_known_yet_leaves_the_state_alone() {
        let bench = Bench::with(Value::unknown());
        let mut cityless = state().object().clone();
        cityless.insert("city", Value::Null);
        let cityless = State::new(cityless);
        let read = bench.of(&BRANCH).read(&cityless, &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), ["Not refreshed"]);
        assert_eq!(read.state, Some(cityless));
        assert!(bench.store().taken_calls().is_empty());
    }

    #[tokio::test]
    async fn what_no_configuration_can_have_is_told_when_it_is_imported() {
        let bench = Bench::new();
        bench.store().plant("B1", r#"{"id":"B1","name":"Main","founder":"<b>"}"#);
        let imported = State::stub(BRANCH.table, object([("id", "B1".into()), ("city", "Ulm".into())]));
        let read = bench.of(&BRANCH).read(&imported, &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), ["Can't be written in a configuration"]);
        let again = bench.of(&BRANCH).read(&read.state.unwrap(), &Memory::default()).await;
        assert_eq!(summaries(&again.diagnostics), Vec::<&str>::new());
    }

    #[tokio::test]
    async fn what_is_imported_is_not_taken_unread() {
        let bench = Bench::with(Value::unknown());
        let imported = State::stub(BRANCH.table, object([("id", "B1".into())]));
        let read = bench.of(&BRANCH).read(&imported, &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), ["Not imported"]);
        assert!(read.diagnostics.has_errors() && bench.store().taken_calls().is_empty());
    }

    #[tokio::test]
    async fn settings_that_can_not_be_used_are_no_reason_to_believe_the_state() {
        let bench = Bench::with("Atlantis".into());
        let read = bench.of(&BRANCH).read(&state(), &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), ["No such city"]);
        assert!(read.diagnostics.has_errors() && bench.store().taken_calls().is_empty());
    }

    #[tokio::test]
    async fn a_state_without_an_id_asks_nothing() {
        let bench = Bench::new();
        let read = bench.of(&BRANCH).read(&State::stub(BRANCH.table, object([])), &Memory::default()).await;
        assert_eq!(summaries(&read.diagnostics), ["Incomplete identity"]);
        assert!(read.state.is_some() && bench.store().taken_calls().is_empty());
    }
}
