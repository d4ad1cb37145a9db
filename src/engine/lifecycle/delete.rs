// SPDX-License-Identifier: Apache-2.0

//! Deleting, and judging a deletion before it happens.

use super::doubt::Resolved;
use super::{Lifecycle, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::steps::identity;
use crate::engine::timeouts::Operation;
use crate::engine::{Context, Place, Plan, State};

impl Lifecycle {
    /// Deletes the object, unless it was adopted in the same run. A failure keeps the state.
    pub async fn delete(&self, state: &State, memory: &Memory) -> Outcome {
        let deleted = self.try_delete(state, memory).await;
        deleted.unwrap_or_else(|failed| {
            // What only the plan's private data tells of a guess would be forgotten with the plan.
            let guess = self.guessed(&self.place(state.object()), memory).cloned();
            let memory = guess.map(|guess| Memory { guessed: Some(guess), ..memory.clone().without_plan() });
            Outcome { memory, ..Outcome::with(Some(state.clone()), failed) }
        })
    }

    async fn try_delete(&self, state: &State, memory: &Memory) -> Result<Outcome, Diagnostics> {
        let (mut at, context) = (self.place(state.object()), self.context(Operation::Delete, state.object()));
        let mut found = None;
        if let Some(doubt) = memory.doubt.as_ref().filter(|_| !at.is_whole(self.resource.table)) {
            match self.resolve(state, &at, doubt, &context).await? {
                Resolved::At(place, _, guess) => {
                    found = Some(guess);
                    at = place;
                }
                Resolved::Absent => return Ok(Outcome::done(None)),
            }
        }
        if !at.is_whole(self.resource.table) && memory.replaces_unknown {
            return Ok(self.forgotten(state, &context));
        }
        self.session.history.apply(self.resource.type_name, &at);
        let what = self.remote.describe(&at);
        let _turn = self.session.turns.wait(self.resource.type_name, &at, &what, &context).await?;
        if self.is_adopted(state, &at, memory) {
            let detail = format!(
                "{} was not deleted, because a block of the configuration names it by its id, and this run adopts it \
                 there. The CLI counts that as one object destroyed and one added.",
                self.remote.describe(&at)
            );
            return Ok(Outcome::with(None, Diagnostic::warning("Kept, since it was adopted", detail)));
        }
        identity::must_be_whole(self.resource.table, &at)?;
        let mut warnings = self.judge_destruction(&at, state, &context).await?;
        // Without a memory of its own, the object may be as new as any.
        let now = memory.replaces_unknown.then(|| context.unix_time());
        let memory = &Memory { created: memory.created.or(now), ..memory.clone() };
        // A new object that is not found yet, or one that is looked for at another address, would count
        // as deleted, and stay.
        if self.is_new(&at, memory, &context) || self.must_not_have_moved(state).is_err() {
            self.load_known(state, &at, memory, &context).await?;
        }
        self.must_be_replaceable(&at, state, memory, &context).await?;
        if let Some(guess) = found.as_ref().or_else(|| self.guessed(&at, memory)) {
            warnings.extend(self.must_be_as_guessed(&at, guess, memory, &context).await?);
        }
        warnings.extend(self.remote.delete(&at, &context).await?);
        self.session.history.deleted.note(self.resource.type_name, &at, context.elapsed());
        Ok(Outcome::with(None, warnings))
    }

    /// Refuses to delete an object if the one that replaces it is to be made elsewhere and can't be. A
    /// replacement on request or of a tainted object looks like any new one when it is planned, so its
    /// place was not asked then: the provider may have another project by now, or none.
    async fn must_be_replaceable(
        &self,
        at: &Place,
        state: &State,
        memory: &Memory,
        context: &Context,
    ) -> Result<(), Diagnostics> {
        let Some(parts) = &memory.creates_in else { return Ok(()) };
        let places = || self.resource.table.places().map(|row| row.name);
        if places().all(|name| parts.get(name).map(String::as_str) == at.get(name)) {
            return Ok(());
        }
        let there = Place::new(places().filter_map(|name| Some((name, parts.get(name)?.clone()))));
        let mut object = state.object().clone();
        object.retain(|name, _| places().all(|place| place != name));
        object.extend(there.object());
        match self.remote.before_replacement(&there, &Plan::new(object), context).await {
            Ok(_) => Ok(()),
            Err(mut refused) => {
                let detail = format!(
                    "{} was not deleted. It is to be replaced by an object in another place, where none can be made \
                     now. To replace it where it is, write down its place, such as its project.",
                    self.remote.describe(at)
                );
                refused.push(Diagnostic::error("Not replaced", detail));
                Err(refused)
            }
        }
    }

    /// What the rules and the remote system say of destroying an object. An error refuses it.
    pub(super) async fn judge_destruction(
        &self,
        at: &Place,
        state: &State,
        context: &Context,
    ) -> Result<Diagnostics, Diagnostics> {
        let mut said = Diagnostics::none();
        self.resource.destroy_rules.iter().for_each(|rule| said.extend(rule(state)));
        if said.has_errors() {
            return Err(said);
        }
        said.extend(self.remote.before_destroy(at, state, context).await?);
        Ok(said)
    }

    fn is_adopted(&self, state: &State, at: &Place, memory: &Memory) -> bool {
        let intended =
            memory.adopting.is_some() && memory.adopting == identity::texts(self.resource.table, state.object());
        intended || self.session.history.adopted.since(self.resource.type_name, at).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, object, summaries};
    use crate::value::Value;

    fn state(protected: bool) -> State {
        let known = [
            ("id", "7".into()),
            ("branch_id", "B1".into()),
            ("city", "Ulm".into()),
            ("deletion_protection", Value::Bool(protected)),
        ];
        State::stub(BOOK.table, object(known))
    }

    #[tokio::test]
    async fn an_object_is_judged_and_then_deleted() {
        let bench = Bench::new();
        bench.store().plant("7", r#"{"id":"7"}"#);
        bench.store().lent = 3;
        let outcome = bench.of(&BOOK).delete(&state(false), &Memory::default()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The book is lent"]);
        assert!(outcome.state.is_none() && !outcome.diagnostics.has_errors());
        assert_eq!(bench.store().taken_calls(), ["readers 7", "delete 7"]);
    }

    #[tokio::test]
    async fn what_is_told_of_a_deletion_is_a_warning_beside_the_others() {
        let bench = Bench::new();
        bench.store().plant("7", r#"{"id":"7"}"#);
        bench.store().lent = 3;
        bench.store().told_of_deletions = Diagnostic::warning("Still on the shelf", "").into();
        let outcome = bench.of(&BOOK).delete(&state(false), &Memory::default()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The book is lent", "Still on the shelf"]);
        assert!(outcome.state.is_none());
    }

    #[tokio::test]
    async fn what_is_replaced_elsewhere_is_deleted_only_if_the_new_one_can_be_made() {
        let config = crate::library::config([("name", "Main".into())]);
        let known = [("id", "B1".into()), ("city", "Ulm".into()), ("name", "Main".into())];
        let state = State::stub(BRANCH.table, object(known));
        for (city, failing, calls) in [
            ("Ulm", false, vec!["delete B1"]),
            ("Bonn", false, vec!["visit Bonn", "delete B1"]),
            ("Bonn", true, vec!["visit Bonn"]),
        ] {
            let bench = Bench::with(city.into());
            bench.store().plant("B1", r#"{"id":"B1","name":"Main"}"#);
            // The CLI plans a new object, and the deletion gets the private data of that plan.
            let memory = bench.of(&BRANCH).plan(None, &config, &Memory::default()).memory.unwrap();
            bench.clock.advance(Duration::from_secs(60));
            bench.store().taken_calls();
            bench.store().failing = if failing { vec!["visit"] } else { vec![] };
            let deleted = bench.of(&BRANCH).delete(&state, &memory).await;
            let made: Vec<String> = bench.store().taken_calls();
            assert_eq!(made.into_iter().filter(|call| !call.starts_with("load")).collect::<Vec<_>>(), calls, "{city}");
            assert_eq!(summaries(&deleted.diagnostics).contains(&"Not replaced"), failing);
            assert_eq!(deleted.state.is_some(), failing);
        }
    }

    #[tokio::test]
    async fn a_rule_refuses_without_a_call_and_the_remote_system_after_one() {
        let bench = Bench::new();
        let outcome = bench.of(&BOOK).delete(&state(true), &Memory::default()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The book is protected"]);
        assert_eq!(outcome.state, Some(state(true)));
        assert!(bench.store().taken_calls().is_empty());
        bench.store().lent = 10;
        let outcome = bench.of(&BOOK).delete(&state(false), &Memory::default()).await;
        assert!(outcome.diagnostics.has_errors());
        assert_eq!(bench.store().taken_calls(), ["readers 7"]);
    }

    #[tokio::test]
    async fn a_new_object_that_is_not_found_yet_does_not_count_as_deleted() {
        let bench = Bench::new();
        let memory = Memory { created: Some(bench.session.context().unix_time()), ..Memory::default() };
        let outcome = bench.of(&BOOK).delete(&state(false), &memory).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The new object is not found yet"]);
        assert_eq!(outcome.state, Some(state(false)));
        bench.clock.advance(Duration::from_secs(60));
        let outcome = bench.of(&BOOK).delete(&state(false), &memory).await;
        assert!(outcome.state.is_none(), "what is not new and gone already is deleted");
    }

    #[tokio::test]
    async fn an_object_that_was_at_another_address_is_deleted_only_if_it_is_found() {
        let bench = Bench::new();
        let url = "https://elsewhere.example/Ulm/B1";
        let moved = object([("id", "B1".into()), ("city", "Ulm".into()), ("page_url", url.into())]);
        let moved = State::stub(BRANCH.table, moved);
        let outcome = bench.of(&BRANCH).delete(&moved, &Memory::default()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Looked for at another address"]);
        assert_eq!(outcome.state, Some(moved.clone()));
        bench.store().plant("B1", r#"{"id":"B1"}"#);
        assert!(bench.of(&BRANCH).delete(&moved, &Memory::default()).await.state.is_none());
    }

    #[tokio::test]
    async fn a_failure_keeps_the_state() {
        let bench = Bench::new();
        bench.store().failing = vec!["delete"];
        let outcome = bench.of(&BOOK).delete(&state(false), &Memory::default()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The library is closed"]);
        assert_eq!(outcome.state, Some(state(false)));
    }
}
