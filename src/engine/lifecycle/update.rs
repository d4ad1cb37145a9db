// SPDX-License-Identifier: Apache-2.0

//! Updating: changes the object in place, unless only this side knows what changed.

use super::applied::Applied;
use super::revise::Change;
use super::{Lifecycle, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::phase::attribute;
use crate::engine::steps::deviations::ErrorEffect;
use crate::engine::timeouts::Operation;
use crate::engine::{Config, Place, Plan, State};
use crate::schema::{Attribute, Source};
use crate::value::Object;

impl Lifecycle {
    /// Changes the object in place. A failure keeps the prior state.
    pub async fn update(&self, prior: &State, plan: &Plan, config: &Config, memory: &Memory) -> Outcome {
        let updated = self.try_update(prior, plan, config, memory).await;
        updated.unwrap_or_else(|failed| Outcome::with(Some(prior.clone()), failed))
    }

    async fn try_update(
        &self,
        prior: &State,
        plan: &Plan,
        config: &Config,
        memory: &Memory,
    ) -> Result<Outcome, Diagnostics> {
        let (at, context) = (self.place(prior.object()), self.context(Operation::Update, plan.object()));
        self.session.history.apply(self.resource.type_name, &at);
        let mut changed = None;
        if self.changes_remote(prior, plan) {
            let change = Change { at: &at, prior: Some(prior), plan, config, memory };
            changed = self.revise(&change, &context).await?;
            if changed.is_none() {
                self.must_not_have_moved(prior)?;
                return Err(self.gone(&at));
            }
        }
        let assigned = Object::new();
        let applied = Applied {
            prior: Some(prior),
            plan,
            config,
            changed: changed.as_ref(),
            answer: changed.as_ref().map(|changed| &changed.stored),
            assigned: &assigned,
            told: Object::new(),
            memory: memory.clone(),
            effect: ErrorEffect::KeepsObject,
        };
        Ok(self.settled(applied, &context).await)
    }

    /// Whether a plan changes anything that the remote system stores.
    fn changes_remote(&self, prior: &State, plan: &Plan) -> bool {
        let stored = |row: &&Attribute| !matches!(row.source, Source::Local | Source::ToldOnce);
        let changed = |row: &Attribute| attribute(prior.object(), row.name) != attribute(plan.object(), row.name);
        self.resource.table.attributes.iter().filter(stored).any(changed)
    }

    fn gone(&self, at: &Place) -> Diagnostics {
        let who = match self.session.history.deleted.since(self.resource.type_name, at) {
            Some(_) => "this run deleted it itself, since another block of the same object was destroyed",
            None => "it was deleted outside Terraform in between",
        };
        let detail = format!(
            "{} existed when the plan was made and is gone now: {who}. Nothing was changed. Plan again: the new plan \
             will create it anew.",
            self.remote.describe(at)
        );
        Diagnostic::error("The object is gone", detail).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, config, number, summaries};
    use crate::value::Value;

    /// A managed object that a creation left behind, with its memory.
    async fn existing(
        bench: &Bench,
        resource: &'static crate::engine::ManagedResource,
        config: &Config,
    ) -> (State, Memory) {
        let lifecycle = bench.of(resource);
        let plan = lifecycle.plan(None, config, &Memory::default()).plan.unwrap();
        let outcome = lifecycle.create(&plan, config, &Memory::default()).await;
        bench.store().taken_calls();
        (outcome.state.unwrap(), outcome.memory.unwrap())
    }

    async fn updated(bench: &Bench, state: &State, memory: &Memory, config: &Config) -> Outcome {
        let resource = if state.object().contains_key("title") { &BOOK } else { &BRANCH };
        let lifecycle = bench.of(resource);
        let plan = lifecycle.plan(Some(state), config, memory).plan.unwrap();
        lifecycle.update(state, &plan, config, memory).await
    }

    fn book(title: &str, version: i64) -> Config {
        config([("branch_id", "B1".into()), ("title", title.into()), ("code_version", number(version))])
    }

    #[tokio::test]
    async fn an_update_is_written_over_the_object_as_it_is_now() {
        let bench = Bench::new();
        let (state, memory) = existing(&bench, &BRANCH, &config([("name", "Main".into())])).await;
        bench.store().plant("B1", r#"{"id":"B1","name":"Main","odd":[1.10],"founder":"Ann"}"#);
        let outcome = updated(&bench, &state, &memory, &config([("name", "North".into())])).await;
        assert_eq!(summaries(&outcome.diagnostics), Vec::<&str>::new());
        assert_eq!(bench.store().text("B1"), r#"{"id":"B1","name":"North","odd":[1.10],"founder":"Ann"}"#);
    }

    #[tokio::test]
    async fn a_change_renews_what_depends_on_it_and_nothing_else() {
        let bench = Bench::new();
        let (state, memory) = existing(&bench, &BOOK, &book("Emma", 1)).await;
        let outcome = updated(&bench, &state, &memory, &book("Persuasion", 1)).await;
        assert_eq!(bench.store().taken_calls(), ["update 1", "load 1"]);
        let state = outcome.state.unwrap();
        assert_eq!((state.get("edition"), state.get("access_code")), (&number(2), &"code-1".into()));
    }

    #[tokio::test]
    async fn a_trigger_that_only_this_side_knows_makes_the_further_call_alone() {
        let bench = Bench::new();
        let (state, memory) = existing(&bench, &BOOK, &book("Emma", 1)).await;
        let outcome = updated(&bench, &state, &memory, &book("Emma", 2)).await;
        assert_eq!(summaries(&outcome.diagnostics), Vec::<&str>::new());
        assert_eq!(bench.store().taken_calls(), ["rotate 1 access_code"]);
        let state = outcome.state.unwrap();
        assert_eq!((state.get("access_code"), state.get("title")), (&"code-2".into(), &"Emma".into()));
        assert_eq!(state.get("edition"), &number(1));
    }

    #[tokio::test]
    async fn a_further_call_that_fails_is_an_error_and_is_made_up_for() {
        let bench = Bench::new();
        let (state, memory) = existing(&bench, &BOOK, &book("Emma", 1)).await;
        bench.store().failing = vec!["rotate"];
        let outcome = updated(&bench, &state, &memory, &book("Emma", 2)).await;
        assert!(outcome.diagnostics.has_errors());
        let (state, memory) = (outcome.state.unwrap(), outcome.memory.unwrap());
        assert_eq!(state.get("code_version"), &number(2));
        let planned = bench.of(&BOOK).plan(Some(&state), &book("Emma", 2), &memory).plan.unwrap();
        assert!(planned.get("access_code").is_unknown(), "the rotation is not forgotten");
    }

    #[tokio::test]
    async fn an_object_that_is_gone_is_not_created_behind_the_plan() {
        let bench = Bench::new();
        let (state, memory) = existing(&bench, &BRANCH, &config([("name", "Main".into())])).await;
        bench.store().objects.clear();
        bench.clock.advance(std::time::Duration::from_secs(60));
        let outcome = updated(&bench, &state, &memory, &config([("name", "North".into())])).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The object is gone"]);
        assert_eq!(outcome.state, Some(state), "the state is kept");
        assert_eq!(bench.store().taken_calls(), ["update B1"]);
    }

    #[tokio::test]
    async fn who_deleted_an_object_is_told_as_it_was() {
        let bench = Bench::new();
        let (state, memory) = existing(&bench, &BRANCH, &config([("name", "Main".into())])).await;
        bench.of(&BRANCH).delete(&state, &memory).await;
        for (bench, deleted_here) in [(&bench, true), (&bench.again(), false)] {
            let outcome = updated(bench, &state, &Memory::default(), &config([("name", "North".into())])).await;
            let told = outcome.diagnostics.iter().next().unwrap();
            assert_eq!(told.summary, "The object is gone");
            assert_eq!(told.detail.contains("this run deleted it itself"), deleted_here, "{}", told.detail);
            assert_ne!(told.detail.contains("outside Terraform"), deleted_here, "{}", told.detail);
        }
    }

    #[tokio::test]
    async fn a_failure_keeps_the_prior_state_and_memory() {
        let bench = Bench::new();
        let (state, memory) = existing(&bench, &BRANCH, &config([("name", "Main".into())])).await;
        bench.store().failing = vec!["update"];
        let outcome = updated(&bench, &state, &memory, &config([("name", "North".into())])).await;
        assert!(outcome.diagnostics.has_errors() && outcome.memory.is_none());
        assert_eq!(outcome.state, Some(state));
        assert_eq!(outcome.diagnostics.iter().count(), 1);
    }

    #[tokio::test]
    async fn a_local_change_asks_nothing_of_anybody() {
        let bench = Bench::new();
        let (state, memory) = existing(&bench, &BOOK, &book("Emma", 1)).await;
        let mut protected = book("Emma", 1).object().clone();
        protected.insert("deletion_protection", Value::Bool(true));
        let outcome = updated(&bench, &state, &memory, &Config::new(protected)).await;
        assert_eq!(summaries(&outcome.diagnostics), Vec::<&str>::new());
        assert!(bench.store().taken_calls().is_empty());
        let state = outcome.state.unwrap();
        assert_eq!(state.get("deletion_protection"), &Value::Bool(true));
        let timeouts = Value::Object(crate::library::object([("read", "90s".into())]));
        let mut limited = book("Emma", 1).object().clone();
        limited.insert("timeouts", timeouts);
        let outcome = updated(&bench, &state, &memory, &Config::new(limited)).await;
        assert_eq!(summaries(&outcome.diagnostics), Vec::<&str>::new());
        assert!(bench.store().taken_calls().is_empty());
        let state = outcome.state.unwrap();
        assert_eq!(state.get("timeouts").as_object().unwrap()["read"], "90s".into());
    }
}
