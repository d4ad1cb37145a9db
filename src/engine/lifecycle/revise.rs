// SPDX-License-Identifier: Apache-2.0

//! Changing an object as it is now: loads it, checks that nobody changed meanwhile what the plan
//! was made from, writes what is managed over it, stores the whole, and looks whether it stayed.
//! Called by `update` and `adopt`.

use std::time::Duration;

use super::Lifecycle;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::ports::Updated;
use crate::engine::steps::conflict::{self, Basis, Conflict, conflicts, written_over};
use crate::engine::steps::identity::must_be_whole;
use crate::engine::steps::{body, explain, members};
use crate::engine::{Config, Context, OnConflict, Place, Plan, State};
use crate::raw::RawObject;
use crate::value::Trail;

/// The pauses before the stored object is looked at again, if the first look still shows the one
/// before: an API that is spread over several machines may be late.
const LATE: [Duration; 6] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
    Duration::from_secs(4),
];

/// A change of an object.
pub(super) struct Change<'a> {
    /// Where it is.
    pub(super) at: &'a Place,
    /// What the plan was made from; `None` if it is adopted, about which nothing was known.
    pub(super) prior: Option<&'a State>,
    /// What was agreed on.
    pub(super) plan: &'a Plan,
    /// What the user wrote.
    pub(super) config: &'a Config,
    /// What is remembered of it.
    pub(super) memory: &'a Memory,
}

/// A changed object.
pub(super) struct Changed {
    /// The object that was written over.
    pub(super) before: RawObject,
    /// The object as the answer shows it.
    pub(super) stored: RawObject,
    /// The object as it is a moment later, if that could be read.
    pub(super) afterwards: Option<RawObject>,
    /// Why it could not be read.
    pub(super) unverified: Diagnostics,
    /// A warning about what was written over although no plan had named it.
    pub(super) overwrote: Diagnostics,
}

impl Lifecycle {
    /// Changes the object, one change at a time. `None` if it is certain that there is none.
    pub(super) async fn revise(&self, change: &Change<'_>, context: &Context) -> Result<Option<Changed>, Diagnostics> {
        let Change { at, memory, .. } = change;
        must_be_whole(self.resource.table, at)?;
        let what = self.remote.describe(at);
        let _turn = self.session.turns.wait(self.resource.type_name, at, &what, context).await?;
        let revised = |present: &RawObject| self.revised(change, present);
        let mut updated = self.remote.update(at, &revised, context).await?;
        if updated.is_none() && self.is_new(at, memory, context) {
            // Waits until it is found; a new object that stays away is an error.
            let found = match change.prior {
                Some(prior) => self.load_known(prior, at, memory, context).await?,
                None => self.load(at, memory, context).await?,
            };
            if found.is_some() {
                updated = self.remote.update(at, &revised, context).await?;
            }
        }
        let Some(Updated { before, stored }) = updated else { return Ok(None) };
        let (afterwards, unverified) = match self.look_afterwards(at, &before, &stored, context).await {
            Ok(afterwards) => (afterwards, Diagnostics::none()),
            Err(failed) if failed.has_errors() => (None, unseen(&what, &failed).into()),
            Err(told) => (None, told),
        };
        let overwrote = self.overwrote(change, &before);
        Ok(Some(Changed { before, stored, afterwards, unverified, overwrote }))
    }

    fn conflicts(&self, change: &Change<'_>, present: &RawObject) -> Vec<Conflict> {
        let Change { prior, plan, config, memory, .. } = change;
        let basis = Basis { prior: *prior, plan, config, rewrites: &memory.rewrites };
        let now = members::read(self.resource.table, &present.view(), &Trail::Root, &mut Vec::new());
        conflicts(self.resource.table, &basis, &now)
    }

    /// What was written over although no plan could tell: it changed since, or it is an object that is adopted.
    fn overwrote(&self, change: &Change<'_>, before: &RawObject) -> Diagnostics {
        if self.connection().on_conflict() == OnConflict::Refuse {
            return Diagnostics::none();
        }
        let lines = written_over(&self.conflicts(change, before));
        if lines.is_empty() {
            return Diagnostics::none();
        }
        let (what, lines) = (self.remote.describe(change.at), lines.join("\n"));
        let why = match change.prior {
            Some(_) => "was no longer what the plan was made from, and `on_conflict` is `overwrite`",
            None => "was adopted",
        };
        let detail = format!("{what} {why}. So this was written over:\n{lines}");
        Diagnostic::warning("Overwritten", detail).into()
    }

    /// The object to store in place of the present one.
    fn revised(&self, change: &Change<'_>, present: &RawObject) -> Result<RawObject, Diagnostics> {
        let Change { at, prior, plan, config, memory } = change;
        let resource = self.resource;
        if prior.is_some() && self.connection().on_conflict() == OnConflict::Refuse {
            let found = self.conflicts(change, present);
            if !found.is_empty() {
                return Err(conflict::report(&self.remote.describe(at), &found, "Nothing was written."));
            }
            tracing::trace!("no managed value changed since the plan was made");
        }
        tracing::trace!(
            managed = explain::managed(resource.table, config),
            adopts = prior.is_none(),
            on_conflict = self.connection().on_conflict().told(),
            "what is managed is written over the object as it is now"
        );
        Ok(body::update(resource, plan, config, present, &memory.rewrites).map_err(Diagnostic::from)?)
    }

    /// The object a moment after it was stored. While it still is the one from before, that may be
    /// a late answer.
    async fn look_afterwards(
        &self,
        at: &Place,
        before: &RawObject,
        stored: &RawObject,
        context: &Context,
    ) -> Result<Option<RawObject>, Diagnostics> {
        let text = |object: &RawObject| object.to_raw().get().to_owned();
        let (before, changed, mut pauses) = (text(before), text(before) != text(stored), LATE.into_iter());
        loop {
            let seen = self.remote.load(at, context).await?;
            let late = changed && seen.as_ref().is_none_or(|seen| text(seen) == before);
            match pauses.next().filter(|_| late) {
                Some(pause) => {
                    let doing = format!("checking that the change of {} stayed", self.remote.describe(at));
                    context.pause(pause, &doing).await?;
                }
                // Another writer would hardly have restored exactly what was there before.
                None if late => return Err(self.not_shown(at)),
                None => return Ok(seen),
            }
        }
    }

    fn not_shown(&self, at: &Place) -> Diagnostics {
        let detail = format!(
            "The change of {} was accepted, but ten seconds later the object was still shown as it was before. The \
             next plan will show whether it was stored.",
            self.remote.describe(at)
        );
        Diagnostic::warning("The change is not shown yet", detail).into()
    }
}

fn unseen(what: &str, failed: &Diagnostics) -> Diagnostic {
    let why: Vec<&str> = failed.iter().map(|message| message.summary.as_str()).collect();
    let detail = format!(
        "The change of {what} was stored. Whether it stayed could not be checked ({}). The next plan will show it.",
        why.join(", ")
    );
    Diagnostic::warning("The change could not be checked", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lifecycle::Outcome;
    use crate::library::{BRANCH, Bench, config, summaries};

    async fn existing(bench: &Bench, config: &Config) -> (State, Memory) {
        let lifecycle = bench.of(&BRANCH);
        let plan = lifecycle.plan(None, config, &Memory::default()).plan.unwrap();
        let outcome = lifecycle.create(&plan, config, &Memory::default()).await;
        bench.store().taken_calls();
        (outcome.state.unwrap(), outcome.memory.unwrap())
    }

    fn named(name: &str, motto: &str) -> Config {
        config([("name", name.into()), ("motto", motto.into())])
    }

    /// Applies a change that was planned before `between` happened.
    async fn applied(bench: &Bench, state: &State, config: &Config, between: impl FnOnce(&Bench)) -> Outcome {
        let lifecycle = bench.of(&BRANCH);
        let plan = lifecycle.plan(Some(state), config, &Memory::default()).plan.unwrap();
        between(bench);
        lifecycle.update(state, &plan, config, &Memory::default()).await
    }

    #[tokio::test]
    async fn a_managed_value_that_changed_since_the_plan_is_not_overwritten() {
        let bench = Bench::new();
        let (state, _) = existing(&bench, &named("Main", "Read")).await;
        let console = |bench: &Bench| bench.store().plant("B1", r#"{"id":"B1","name":"Main","motto":"Console"}"#);
        let outcome = applied(&bench, &state, &named("North", "Read"), console).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Changed since planned"]);
        assert_eq!(outcome.state.as_ref(), Some(&state), "the next refresh shows the change");
        assert_eq!(bench.store().text("B1"), r#"{"id":"B1","name":"Main","motto":"Console"}"#);
        bench.store().overwrites.store(true, std::sync::atomic::Ordering::Relaxed);
        let outcome = applied(&bench, &state, &named("North", "Read"), console).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Overwritten"]);
        assert!(!outcome.diagnostics.has_errors());
        let detail = &outcome.diagnostics.iter().next().unwrap().detail;
        assert!(detail.ends_with("this was written over:\n- `motto`: \"Console\" becomes \"Read\""), "{detail}");
        assert_eq!(bench.store().text("B1"), r#"{"id":"B1","name":"North","motto":"Read"}"#);
    }

    #[tokio::test]
    async fn an_adoption_that_overwrites_tells_what_was_there() {
        for (overwrites, told) in [(true, vec!["Overwritten"]), (false, vec![])] {
            let bench = Bench::new();
            bench.store().plant("B9", r#"{"id":"B9","name":"Old","motto":"Kept","readingRoom":{"desks":3}}"#);
            bench.store().overwrites.store(overwrites, std::sync::atomic::Ordering::Relaxed);
            let room = crate::value::Value::Object(crate::library::object([("desks", crate::library::number(4))]));
            let config = config([("id", "B9".into()), ("name", "New".into()), ("reading_room", room)]);
            let planned = bench.of(&BRANCH).plan(None, &config, &Memory::default());
            let outcome = bench.of(&BRANCH).create(&planned.plan.unwrap(), &config, &planned.memory.unwrap()).await;
            assert_eq!(summaries(&outcome.diagnostics), told);
            for message in outcome.diagnostics.iter() {
                let lines = "over:\n- `name`: \"Old\" becomes \"New\"\n- `reading_room.desks`: 3 becomes 4";
                assert!(message.detail.ends_with(lines), "{}", message.detail);
            }
        }
    }

    #[tokio::test]
    async fn what_is_not_managed_keeps_its_present_value() {
        let bench = Bench::new();
        let only_name = |name: &str| config([("name", name.into())]);
        let (state, _) = existing(&bench, &only_name("Main")).await;
        let console =
            |bench: &Bench| bench.store().plant("B1", r#"{"id":"B1","name":"Main","motto":"Console","odd":1}"#);
        let outcome = applied(&bench, &state, &only_name("North"), console).await;
        assert_eq!(summaries(&outcome.diagnostics), Vec::<&str>::new());
        assert_eq!(bench.store().text("B1"), r#"{"id":"B1","name":"North","motto":"Console","odd":1}"#);
    }

    #[tokio::test]
    async fn changes_of_one_object_side_by_side_are_all_stored() {
        let bench = Bench::new();
        bench.store().plant("B9", r#"{"id":"B9","name":"Main"}"#);
        let lifecycle = bench.of(&BRANCH);
        let adopt = async |name: &'static str, value: &str| {
            let config = config([("id", "B9".into()), ("name", "Main".into()), (name, value.into())]);
            let planned = lifecycle.plan(None, &config, &Memory::default());
            lifecycle.create(&planned.plan.unwrap(), &config, &planned.memory.unwrap()).await
        };
        let (first, second) = tokio::join!(adopt("motto", "Read"), adopt("founder", "Ann"));
        assert!(!first.diagnostics.has_errors() && !second.diagnostics.has_errors());
        assert_eq!(bench.store().text("B9"), r#"{"id":"B9","name":"Main","motto":"Read","founder":"Ann"}"#);
    }

    #[tokio::test]
    async fn a_change_that_somebody_overwrites_at_once_is_told() {
        let bench = Bench::new();
        let (state, _) = existing(&bench, &named("Main", "Read")).await;
        bench.store().after_update = Some(r#"{"id":"B1","name":"Main","motto":"Read","founder":"Eve"}"#);
        let outcome = applied(&bench, &state, &named("North", "Read"), |_| {}).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Overwritten at once"]);
        assert_eq!(outcome.state.unwrap().get("name"), &"Main".into(), "the state has what is really there");
    }

    #[tokio::test]
    async fn a_late_answer_is_not_taken_for_another_writer() {
        let bench = Bench::new();
        let (state, _) = existing(&bench, &named("Main", "Read")).await;
        for (late, told) in [(8, vec![]), (600, vec!["The change is not shown yet"])] {
            bench.store().plant("B1", r#"{"id":"B1","name":"Main","motto":"Read"}"#);
            bench.store().late_updates = Duration::from_secs(late);
            let outcome = applied(&bench, &state, &named("North", "Read"), |_| {}).await;
            assert_eq!(summaries(&outcome.diagnostics), told);
            assert!(!outcome.diagnostics.has_errors());
            assert_eq!(outcome.state.unwrap().get("name"), &"North".into());
        }
    }

    #[tokio::test]
    async fn a_look_that_fails_is_a_warning() {
        let bench = Bench::new();
        let (state, _) = existing(&bench, &named("Main", "Read")).await;
        bench.store().failing = vec!["load"];
        let outcome = applied(&bench, &state, &named("North", "Read"), |_| {}).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The change could not be checked"]);
        assert!(!outcome.diagnostics.has_errors());
        assert_eq!(outcome.state.unwrap().get("name"), &"North".into());
    }
}
