// SPDX-License-Identifier: Apache-2.0

//! Creating: sends the managed attributes, and stores whatever is known of the new object.

use super::applied::Applied;
use super::candidates::Wanted;
use super::create_once::Once;
use super::{Lifecycle, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::ports::Created;
use crate::engine::steps::derive::{Scope, derive};
use crate::engine::steps::deviations::ErrorEffect;
use crate::engine::steps::{adoption, body, creation_arguments, identity};
use crate::engine::timeouts::Operation;
use crate::engine::{Config, Context, Place, Plan};
use crate::raw::RawObject;

/// What the message of a creation says that certainly had no effect.
const NOTHING: &str = "Nothing was created.";

impl Lifecycle {
    /// Creates the object, or adopts the existing one that the configuration names.
    pub async fn create(&self, plan: &Plan, config: &Config, memory: &Memory) -> Outcome {
        let created = self.try_create(plan, config, memory).await;
        created.unwrap_or_else(|failed| Outcome::with(None, failed))
    }

    async fn try_create(&self, plan: &Plan, config: &Config, memory: &Memory) -> Result<Outcome, Diagnostics> {
        let context = self.context(Operation::Create, plan.object());
        let mut object = plan.object().clone();
        derive(self.resource.table, &mut object, self.connection(), Scope::Missing);
        let at = self.place(&object);
        if let Some(row) = adoption::adopts(self.resource, config) {
            return self.adopt(&at, plan, config, memory, row, &context).await;
        }
        let nothing = |failed: Diagnostics| failed.ending(NOTHING);
        let body = body::create(self.resource, plan, config)
            .map_err(|undecided| nothing(Diagnostic::from(undecided).into()))?;
        match self.create_once(&Wanted { parent: &at, plan, config, doubt: None }, body, &context).await {
            // From here on the object exists, so a failure is a message beside its state.
            Once::Created(created, told) => {
                let mut outcome = self.created(plan, config, created, &context).await;
                outcome.diagnostics.extend(told);
                Ok(outcome)
            }
            Once::Failed(failed) => Err(nothing(failed)),
            Once::Lost(failed) => Err(failed),
            Once::Unknown { diagnostics, before } => {
                let outcome = self.doubtful(object, memory.clone(), &before, &context);
                Ok(Outcome { diagnostics, ..outcome })
            }
        }
    }

    async fn created(&self, plan: &Plan, config: &Config, created: Created, context: &Context) -> Outcome {
        let mut object = plan.object().clone();
        derive(self.resource.table, &mut object, self.connection(), Scope::Missing);
        object.extend(created.assigned.clone());
        let memory = creation_arguments::remember(self.resource, config, context.unix_time());
        let (answer, mut told) = match created.object {
            Some(answer) => (Some(answer), Diagnostics::none()),
            None => self.read_back(&self.place(&object), &memory, context).await,
        };
        let applied = Applied {
            prior: None,
            plan,
            config,
            changed: None,
            answer: answer.as_ref(),
            assigned: &created.assigned,
            told: created.told,
            memory,
            effect: ErrorEffect::TaintsObject,
        };
        let mut outcome = self.settled(applied, context).await;
        told.extend(std::mem::take(&mut outcome.diagnostics));
        outcome.diagnostics = told;
        self.note_created(outcome, context)
    }

    /// Loads an object whose creation was answered without it. A failure is a warning: an error
    /// would have the CLI replace the object.
    async fn read_back(&self, at: &Place, memory: &Memory, context: &Context) -> (Option<RawObject>, Diagnostics) {
        let failed = match self.load(at, memory, context).await {
            Ok(Some(loaded)) => return (Some(loaded), Diagnostics::none()),
            Ok(None) => Diagnostics::none(),
            Err(failed) => failed,
        };
        let detail = format!(
            "{} was created, but could not be read afterwards. Everything that is known about it is stored, and the next \
             plan reads the rest.",
            self.remote.describe(at)
        );
        let mut told = Diagnostics::from(Diagnostic::warning("Created, but not read yet", detail));
        told.extend(failed.softened());
        (None, told)
    }

    /// Remembers the new object in this run. One without an identity can't be stored: no later
    /// operation could find it.
    fn note_created(&self, mut outcome: Outcome, context: &Context) -> Outcome {
        let Some(state) = &outcome.state else { return outcome };
        if identity::of(self.resource.table, state.object()).is_some() {
            let at = self.place(state.object());
            self.session.history.created.note(self.resource.type_name, &at, context.elapsed());
            return outcome;
        }
        let detail = format!(
            "{} was created, but the answer does not contain its identity, so it can't be stored. Look for it in the \
             remote system, and import it before you apply again.",
            self.nameless(state.object())
        );
        outcome.diagnostics.push(Diagnostic::error("Created, but not identified", detail));
        Outcome { state: None, memory: None, ..outcome }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::State;
    use crate::library::{BOOK, BRANCH, Bench, config, number, summaries};
    use crate::value::Value;

    /// Plans and creates an object of this configuration.
    async fn created(bench: &Bench, resource: &'static crate::engine::ManagedResource, config: &Config) -> Outcome {
        let lifecycle = bench.of(resource);
        let plan = lifecycle.plan(None, config, &Memory::default()).plan.unwrap();
        lifecycle.create(&plan, config, &Memory::default()).await
    }

    fn state(outcome: &Outcome) -> &State {
        outcome.state.as_ref().unwrap()
    }

    fn book() -> Config {
        config([("branch_id", "B1".into()), ("title", "Emma".into()), ("donor", "Ann".into())])
    }

    #[tokio::test]
    async fn an_answer_with_the_whole_object_needs_no_second_call() {
        let bench = Bench::new();
        let outcome = created(&bench, &BRANCH, &config([("name", "Main".into()), ("floors", number(2))])).await;
        assert!(outcome.diagnostics == Diagnostics::none(), "{:?}", outcome.diagnostics);
        assert_eq!(bench.store().taken_calls(), ["create Ulm"]);
        assert_eq!(bench.store().text("B1"), r#"{"name":"Main","building":{"floors":2},"id":"B1"}"#);
        assert_eq!((state(&outcome).get("id"), state(&outcome).get("city")), (&"B1".into(), &"Ulm".into()));
        assert_eq!(state(&outcome).get("page_url"), &"https://library.example/Ulm/B1".into());
        assert_eq!((state(&outcome).get("motto"), state(&outcome).get("founder")), (&"".into(), &Value::Null));
    }

    #[tokio::test]
    async fn an_answer_with_ids_alone_is_followed_by_a_load() {
        let bench = Bench::new();
        let outcome = created(&bench, &BOOK, &book()).await;
        assert!(outcome.diagnostics == Diagnostics::none(), "{:?}", outcome.diagnostics);
        assert_eq!(bench.store().taken_calls(), ["list B1", "create B1", "load 1"]);
        assert_eq!(bench.store().text("1"), r#"{"branch":"B1","title":"Emma","donor":"Ann","edition":1,"id":"1"}"#);
        let state = state(&outcome);
        assert_eq!((state.get("id"), state.get("edition")), (&"1".into(), &number(1)));
        assert_eq!(state.get("access_code"), &"code-1".into(), "told once, and kept");
        assert_eq!((state.get("donor"), state.get("deletion_protection")), (&Value::Null, &Value::Bool(false)));
        let memory = outcome.memory.unwrap();
        assert!(memory.creation.contains_key("donor") && memory.created.is_some(), "{memory:?}");
    }

    #[tokio::test]
    async fn what_is_known_is_stored_even_if_the_read_that_follows_fails() {
        let bench = Bench::new();
        bench.store().failing = vec!["load"];
        let outcome = created(&bench, &BOOK, &book()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Created, but not read yet", "The library is closed"]);
        assert!(!outcome.diagnostics.has_errors(), "an error would have the CLI replace the book");
        let state = state(&outcome);
        assert_eq!((state.get("id"), state.get("access_code")), (&"1".into(), &"code-1".into()));
        assert_eq!((state.get("title"), state.get("author")), (&"Emma".into(), &"".into()));
    }

    #[tokio::test]
    async fn a_new_object_that_is_not_shown_yet_is_stored_all_the_same() {
        let bench = Bench::new();
        bench.store().hide_new = Duration::from_secs(20);
        let outcome = created(&bench, &BOOK, &book()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Created, but not read yet", "The new object is not found yet"]);
        assert_eq!(state(&outcome).get("id"), &"1".into());
        // The next run must not take it for gone.
        let next = bench.again();
        let read = next.of(&BOOK).read(state(&outcome), outcome.memory.as_ref().unwrap()).await;
        assert_eq!(summaries(&read.diagnostics), Vec::<&str>::new(), "it appeared while the read waited");
        assert_eq!(read.state.unwrap().get("edition"), &number(1));
    }

    #[tokio::test]
    async fn a_creation_takes_no_longer_than_its_configuration_says() {
        let bench = Bench::new();
        bench.store().hide_new = Duration::from_secs(20);
        let mut limited = book().object().clone();
        let timeouts = crate::library::object([("create", "2 seconds".into())]);
        limited.insert("timeouts", Value::Object(timeouts));
        let began = bench.session.context().elapsed();
        let outcome = created(&bench, &BOOK, &Config::new(limited)).await;
        assert_eq!(bench.session.context().elapsed() - began, Duration::from_secs(2));
        assert_eq!(state(&outcome).get("id"), &"1".into(), "what exists is in the state");
    }

    #[tokio::test]
    async fn a_value_that_could_not_be_told_is_asked_for_by_the_next_apply() {
        let bench = Bench::new();
        bench.store().failing = vec!["secret"];
        let outcome = created(&bench, &BOOK, &book()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The library is closed"]);
        assert!(!outcome.diagnostics.has_errors());
        let (state, memory) = (state(&outcome).clone(), outcome.memory.unwrap());
        assert_eq!(state.get("access_code"), &Value::Null);
        assert!(memory.pending.contains("access_code"));

        let lifecycle = bench.of(&BOOK);
        let planned = lifecycle.plan(Some(&state), &book(), &memory).plan.unwrap();
        assert!(planned.get("access_code").is_unknown());
        bench.store().taken_calls();
        let outcome = lifecycle.update(&state, &planned, &book(), &memory).await;
        assert_eq!(bench.store().taken_calls(), ["secret 1 access_code"], "nothing else has changed");
        assert_eq!(outcome.state.unwrap().get("access_code"), &"code-0".into());
        assert!(outcome.memory.unwrap().pending.is_empty());
    }

    #[tokio::test]
    async fn a_creation_that_fails_leaves_nothing() {
        let bench = Bench::new();
        bench.store().failing = vec!["create"];
        let outcome = created(&bench, &BOOK, &book()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The library is closed"]);
        assert!(outcome.state.is_none() && outcome.diagnostics.has_errors());
        assert!(outcome.diagnostics.iter().all(|told| told.detail.ends_with(" Nothing was created.")));
    }

    #[tokio::test]
    async fn a_value_that_is_still_unknown_is_never_sent() {
        let bench = Bench::new();
        let config = config([("branch_id", "B1".into()), ("title", Value::unknown())]);
        let outcome = created(&bench, &BOOK, &config).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Undecided value"]);
        assert!(outcome.diagnostics.iter().all(|told| told.detail.ends_with(" Nothing was created.")));
        assert!(bench.store().taken_calls().is_empty());
    }
}
