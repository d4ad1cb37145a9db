// SPDX-License-Identifier: Apache-2.0

//! The end of every apply that stored an object: further calls (secrets that are told once,
//! rotations), the state, and what to report.
//! The object is stored by now, so a failure here is a message beside the state.

use super::revise::Changed;
use super::{Lifecycle, Outcome};
use crate::diag::Diagnostics;
use crate::engine::memory::Memory;
use crate::engine::ports::FollowUp;
use crate::engine::steps::derive::{Scope, derive};
use crate::engine::steps::deviations::{ErrorEffect, deviated, overwritten, possibly_ignored, store};
use crate::engine::steps::managed::managed;
use crate::engine::steps::members;
use crate::engine::steps::settle::{Before, Deviation, Settled, known, settle};
use crate::engine::{Config, Context, Plan, State};
use crate::raw::RawObject;
use crate::schema::{Attribute, Source};
use crate::value::{Object, Path, Trail, Value};

/// An apply that stored an object.
pub(super) struct Applied<'a> {
    /// The state before; `None` for a new object.
    pub(super) prior: Option<&'a State>,
    /// What was agreed on.
    pub(super) plan: &'a Plan,
    /// What the user wrote.
    pub(super) config: &'a Config,
    /// The change, if an existing object was changed.
    pub(super) changed: Option<&'a Changed>,
    /// What the remote system has now; `None` if it was not asked, or could not tell.
    pub(super) answer: Option<&'a RawObject>,
    /// Attributes that the remote system assigned and told.
    pub(super) assigned: &'a Object,
    /// Values that were told only now.
    pub(super) told: Object,
    /// What is remembered of the object.
    pub(super) memory: Memory,
    /// What an error would do to the object.
    pub(super) effect: ErrorEffect,
}

impl Lifecycle {
    /// What to store and to report.
    pub(super) async fn settled(&self, applied: Applied<'_>, context: &Context) -> Outcome {
        let Applied { prior, plan, config, effect, .. } = applied;
        let table = self.resource.table;
        let mut misfits = Vec::new();
        let stored = match (applied.answer, prior) {
            (Some(answer), _) => members::read(table, &answer.view(), &Trail::Root, &mut misfits),
            // Nothing remote was changed, so the remote values are those of the state.
            (None, Some(prior)) => remote_part(table.attributes, prior.object()),
            (None, None) => Object::new(),
        };
        let attributes = |raw: &RawObject| members::read(table, &raw.view(), &Trail::Root, &mut Vec::new());
        let before = applied.changed.map(|changed| attributes(&changed.before));
        let before = Before { remote: before.as_ref(), rewrites: &applied.memory.rewrites };
        let Settled { mut object, deviations, rewrites, possibly_ignored: ignored } =
            settle(self.resource, plan, config, &stored, &before);
        object.extend(applied.assigned.clone());
        derive(table, &mut object, self.connection(), Scope::Missing);

        let mut diagnostics = Diagnostics::none();
        for deviation in deviations {
            if effect == ErrorEffect::KeepsObject {
                store(&mut object, deviation.path.steps(), &deviation.stored);
            }
            diagnostics.push(deviated(&deviation, effect));
        }
        if let Some(changed) = applied.changed {
            if let Some(afterwards) = &changed.afterwards {
                let seen = settle(self.resource, plan, config, &attributes(afterwards), &before).deviations;
                let known = |path: &Path| diagnostics.iter().any(|message| message.path.as_ref() == Some(path));
                let lost: Vec<Deviation> = seen.into_iter().filter(|deviation| !known(&deviation.path)).collect();
                for deviation in lost {
                    store(&mut object, deviation.path.steps(), &deviation.stored);
                    diagnostics.push(overwritten(&deviation, effect));
                }
            }
            diagnostics.extend(changed.unverified.clone());
            diagnostics.extend(changed.overwrote.clone());
        }
        ignored.iter().for_each(|path| diagnostics.push(possibly_ignored(path)));
        if !misfits.is_empty() {
            let told = members::report(&misfits, &self.remote.describe(&self.place(&object)));
            told.iter().for_each(|message| diagnostics.push(effect.soften(message.clone())));
        }

        let rewrites = if applied.answer.is_some() { rewrites } else { applied.memory.rewrites.clone() };
        // A change of ours has confirmed whose it is.
        let guessed = applied.memory.guessed.clone().filter(|_| applied.changed.is_none());
        if guessed.is_none() {
            self.session.history.claims.confirm(self.resource.type_name, &self.place(&object));
        }
        let managed = managed(table, config).into();
        let mut memory = Memory { rewrites, guessed, managed, ..applied.memory.without_plan() };
        object.extend(applied.told.clone());
        let wanted: Vec<&'static Attribute> = wanted(table.attributes, plan, &applied.told).collect();
        memory.pending = Default::default();
        if !wanted.is_empty() {
            match self.follow_up(prior, plan, &object, &wanted, context).await {
                Ok(told) => object.extend(told),
                Err(failed) => {
                    memory.pending = wanted.iter().map(|row| row.name.to_owned()).collect();
                    failed.iter().for_each(|message| diagnostics.push(effect.soften(message.clone())));
                }
            }
        }
        Outcome { state: Some(State::new(known(object))), diagnostics, memory: Some(memory) }
    }

    async fn follow_up(
        &self,
        prior: Option<&State>,
        plan: &Plan,
        object: &Object,
        wanted: &[&'static Attribute],
        context: &Context,
    ) -> Result<Object, Diagnostics> {
        let at = self.place(object);
        let told = self.remote.follow_up(FollowUp { at: &at, prior, plan, wanted }, context).await?;
        // Only what was asked for: another value could contradict the plan.
        let asked = |(name, _): &(&'static str, Value)| wanted.iter().any(|row| row.name == *name);
        Ok(told.into_iter().filter(asked).collect())
    }
}

/// The attributes that the plan left open and that only a further call can tell.
fn wanted<'a>(
    rows: &'static [Attribute],
    plan: &'a Plan,
    told: &'a Object,
) -> impl Iterator<Item = &'static Attribute> + use<'a> {
    let open = |row: &&Attribute| {
        row.source == Source::ToldOnce && plan.get(row.name).is_unknown() && !told.contains_key(row.name)
    };
    rows.iter().filter(open)
}

/// The attributes of a state that the remote system has.
fn remote_part(rows: &[Attribute], state: &Object) -> Object {
    let remote =
        |row: &&Attribute| matches!(row.source, Source::Member { .. } | Source::Assigned { .. } | Source::ToldOnce);
    let value = |row: &Attribute| Some((row.name, state.get(row.name)?.clone()));
    rows.iter().filter(remote).filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, config, summaries};

    async fn created(bench: &Bench, config: &Config) -> Outcome {
        let lifecycle = bench.of(&BRANCH);
        let plan = lifecycle.plan(None, config, &Memory::default()).plan.unwrap();
        lifecycle.create(&plan, config, &Memory::default()).await
    }

    #[tokio::test]
    async fn a_value_that_came_back_different_is_reported_and_the_rest_is_stored() {
        let bench = Bench::new();
        bench.store().rewrite.insert("founder", r#""Bob""#);
        let config = config([("name", "Main".into()), ("founder", "Ann".into())]);
        let outcome = created(&bench, &config).await;
        let message = outcome.diagnostics.iter().next().unwrap();
        assert_eq!(
            (message.summary.as_str(), message.path.as_ref()),
            ("The API stored another value", Some(&Path::of("founder")))
        );
        assert!(message.detail.contains(r#""Bob" instead of "Ann""#), "{}", message.detail);
        assert!(!outcome.diagnostics.has_errors(), "an error would taint the new branch");
        // In an update, the error does no harm, and the state has what is really stored.
        let (state, memory) = (outcome.state.unwrap(), outcome.memory.unwrap());
        let plan = bench.of(&BRANCH).plan(Some(&state), &config, &memory).plan.unwrap();
        bench.store().plant("B1", r#"{"id":"B1","name":"Main","founder":"Ann"}"#);
        let mut changed = plan.object().clone();
        changed.insert("founder", "Ann".into());
        changed.insert("name", "North".into());
        let outcome = bench.of(&BRANCH).update(&state, &Plan::new(changed), &config, &memory).await;
        assert!(outcome.diagnostics.has_errors());
        assert_eq!(outcome.state.unwrap().get("founder"), &"Bob".into());
    }

    #[tokio::test]
    async fn a_text_that_is_stored_in_another_form_is_remembered() {
        let bench = Bench::new();
        bench.store().rewrite.insert("motto", r#""READ""#);
        let config = config([("name", "Main".into()), ("motto", "Read".into())]);
        let outcome = created(&bench, &config).await;
        assert_eq!(summaries(&outcome.diagnostics), Vec::<&str>::new());
        let (state, memory) = (outcome.state.unwrap(), outcome.memory.unwrap());
        assert_eq!(state.get("motto"), &"Read".into());
        let read = bench.of(&BRANCH).read(&state, &memory).await;
        assert_eq!(read.state.unwrap().get("motto"), &"Read".into(), "the other form is not drift");
        let read = bench.of(&BRANCH).read(&state, &Memory::default()).await;
        assert_eq!(read.state.unwrap().get("motto"), &"READ".into(), "without the memory it is");
    }

    #[tokio::test]
    async fn a_member_that_can_not_be_read_is_a_warning_of_a_new_object() {
        let bench = Bench::new();
        bench.store().rewrite.insert("founder", "[]");
        let outcome = created(&bench, &config([("name", "Main".into()), ("founder", "Ann".into())])).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The API's answer can't be understood"]);
        assert!(!outcome.diagnostics.has_errors());
        assert_eq!(outcome.state.unwrap().get("founder"), &"Ann".into());
    }

    #[tokio::test]
    async fn a_further_call_can_not_change_what_it_was_not_asked_for() {
        let bench = Bench::new();
        bench.store().failing = vec!["secret"];
        let config = config([("branch_id", "B1".into()), ("title", "Emma".into())]);
        let lifecycle = bench.of(&BOOK);
        let plan = lifecycle.plan(None, &config, &Memory::default()).plan.unwrap();
        let outcome = lifecycle.create(&plan, &config, &Memory::default()).await;
        let (state, memory) = (outcome.state.unwrap(), outcome.memory.unwrap());
        let plan = lifecycle.plan(Some(&state), &config, &memory).plan.unwrap();
        let outcome = lifecycle.update(&state, &plan, &config, &memory).await;
        let state = outcome.state.unwrap();
        assert_eq!((state.get("access_code"), state.get("title")), (&"code-0".into(), &"Emma".into()));
    }
}
