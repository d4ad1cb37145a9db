// SPDX-License-Identifier: Apache-2.0

//! Adopting: the first apply of a configuration that names an existing object is an update of that
//! object.

use super::applied::Applied;
use super::revise::Change;
use super::{Lifecycle, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::steps::conflict::{Basis, conflicts, written_over};
use crate::engine::steps::deviations::ErrorEffect;
use crate::engine::steps::plan::{incomplete, plan};
use crate::engine::steps::said::Said;
use crate::engine::steps::validate::refused;
use crate::engine::{Config, Context, Place, Plan};
use crate::raw::RawObject;
use crate::schema::Attribute;
use crate::value::{Object, Path};

impl Lifecycle {
    /// Adopts the object at a place, which the configuration names by the attribute `row`.
    pub(super) async fn adopt(
        &self,
        at: &Place,
        plan: &Plan,
        config: &Config,
        memory: &Memory,
        row: &Attribute,
        context: &Context,
    ) -> Result<Outcome, Diagnostics> {
        // Before anything is asked, so that a deletion of the same object that runs beside this one
        // is held off.
        self.session.history.adopted.note(self.resource.type_name, at, context.elapsed());
        self.session.history.apply(self.resource.type_name, at);
        let nothing = || self.nothing_to_adopt(at, row);
        let change = Change { at, prior: None, plan, config, memory };
        let changed = self.revise(&change, context).await?.ok_or_else(nothing)?;
        let assigned = Object::new();
        let applied = Applied {
            prior: None,
            plan,
            config,
            changed: Some(&changed),
            answer: Some(&changed.stored),
            assigned: &assigned,
            told: Object::new(),
            memory: memory.clone(),
            effect: ErrorEffect::TaintsObject,
        };
        Ok(self.settled(applied, context).await)
    }

    /// What a plan says of the object that it adopts: the CLI only shows that something is created.
    pub(super) fn adopted_with(
        &self,
        at: &Place,
        found: &RawObject,
        config: &Config,
        memory: &Memory,
        row: &Attribute,
    ) -> Diagnostics {
        let Some(present) = self.placed(at, &found.view()).state else { return Diagnostics::none() };
        let planned = plan(self.resource, Some(&present), config, memory, self.connection());
        let basis = Basis { prior: None, plan: &Plan::new(planned), config, rewrites: &memory.rewrites };
        let lines = written_over(&conflicts(self.resource.table, &basis, present.object()));
        let changes = match lines.is_empty() {
            true => "None of its values changes.".to_owned(),
            false => format!("The apply changes:\n{}", lines.join("\n")),
        };
        let detail = format!(
            "{} exists, and `{}` in the configuration names it. So nothing new is made, although the plan speaks of a \
             creation: the resource manages this object from now on, and destroying the resource deletes it. {changes}",
            self.remote.describe(at),
            row.name
        );
        let mut told =
            refused(self.resource, Some(&present), config, basis.plan.object(), &Said::of(self.resource, config));
        told.extend(incomplete(self.resource, &present, config, basis.plan.object()));
        told.push(Diagnostic::warning("An existing object is adopted", detail));
        told
    }

    /// What to report of an object that does not exist and is to be adopted.
    pub(super) fn nothing_to_adopt(&self, at: &Place, row: &Attribute) -> Diagnostics {
        let what = self.remote.describe(at);
        let detail = match self.session.history.deleted.since(self.resource.type_name, at) {
            Some(_) => format!(
                "{what} is gone, so it can't be adopted: this run deleted it itself a moment ago, since another block \
                 that managed it was removed. Nothing else was changed. To have a new one created, remove `{0}` from \
                 the configuration. To rename a block, use a `moved` block.",
                row.name
            ),
            None => format!(
                "{what} does not exist, so it can't be adopted: `{0}` in the configuration always means an object that \
                 is there already. Nothing was created or changed. If another object is meant, correct `{0}` and \
                 where it is to be looked for. To have a new one created, remove `{0}`.",
                row.name
            ),
        };
        Diagnostic::error("Nothing to adopt", detail).at(Path::of(row.name)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, Bench, config, summaries};
    use crate::value::Value;

    async fn adopted(bench: &Bench, config: &Config) -> Outcome {
        let lifecycle = bench.of(&BRANCH);
        let planned = lifecycle.plan(None, config, &Memory::default());
        lifecycle.create(&planned.plan.unwrap(), config, &planned.memory.unwrap()).await
    }

    #[tokio::test]
    async fn an_adoption_changes_only_what_is_managed() {
        let bench = Bench::new();
        bench.store().plant("B9", r#"{"id":"B9","name":"Old","slogan":"Read!","odd":1.10}"#);
        let outcome = adopted(&bench, &config([("id", "B9".into()), ("name", "New".into())])).await;
        assert_eq!(summaries(&outcome.diagnostics), Vec::<&str>::new());
        assert_eq!(bench.store().text("B9"), r#"{"id":"B9","name":"New","motto":"Read!","odd":1.10}"#);
        assert_eq!(bench.store().taken_calls(), ["update B9", "load B9"]);
        assert_eq!(outcome.state.unwrap().get("motto"), &"Read!".into());
    }

    #[tokio::test]
    async fn a_plan_tells_what_an_adoption_changes() {
        let told = async |name: &str| {
            let bench = Bench::new();
            bench.store().plant("B9", r#"{"id":"B9","name":"Old","loanPeriod":7,"loanPeriodUnit":"days"}"#);
            let config = config([("id", "B9".into()), ("name", name.into()), ("loan_period", "1 week".into())]);
            let planned = bench.of(&BRANCH).plan_and_judge(None, &config, &Memory::default()).await;
            let messages: Vec<_> = planned.diagnostics.iter().cloned().collect();
            assert!(messages.len() == 1 && !planned.diagnostics.has_errors(), "{messages:?}");
            messages[0].detail.clone()
        };
        assert!(told("New").await.ends_with("The apply changes:\n- `name`: \"Old\" becomes \"New\""));
        assert!(told("Old").await.ends_with("None of its values changes."));
    }

    #[tokio::test]
    async fn what_an_adopted_object_has_may_stay_and_nothing_like_it_is_set() {
        let refused = async |period: &str| {
            let bench = Bench::new();
            bench.store().plant("B9", r#"{"id":"B9","name":"Old","loanPeriod":3,"loanPeriodUnit":"months"}"#);
            let config = config([("id", "B9".into()), ("name", "Old".into()), ("loan_period", period.into())]);
            bench.of(&BRANCH).plan_and_judge(None, &config, &Memory::default()).await.diagnostics.has_errors()
        };
        assert!(!refused("3 months").await && refused("4 months").await && !refused("4 weeks").await);
    }

    #[tokio::test]
    async fn an_id_that_names_nothing_is_refused_at_its_attribute() {
        let bench = Bench::new();
        let outcome = adopted(&bench, &config([("id", "B9".into()), ("name", "New".into())])).await;
        let messages: Vec<_> = outcome.diagnostics.iter().collect();
        assert_eq!(
            (messages[0].summary.as_str(), messages[0].path.as_ref()),
            ("Nothing to adopt", Some(&Path::of("id")))
        );
        assert!(outcome.state.is_none());
    }

    #[tokio::test]
    async fn an_adoption_that_somebody_overwrites_at_once_is_an_error_that_keeps_the_state() {
        let bench = Bench::new();
        bench.store().plant("B9", r#"{"id":"B9","name":"Old"}"#);
        bench.store().after_update = Some(r#"{"id":"B9","name":"Other"}"#);
        let outcome = adopted(&bench, &config([("id", "B9".into()), ("name", "New".into())])).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Overwritten at once"]);
        assert!(outcome.diagnostics.has_errors());
        let state = outcome.state.unwrap();
        assert_eq!((state.get("id"), state.get("name")), (&"B9".into(), &"Other".into()));
    }

    #[tokio::test]
    async fn an_object_that_this_run_deleted_is_not_said_to_be_missing_for_no_reason() {
        let bench = Bench::new();
        bench.store().plant("B9", r#"{"id":"B9","name":"Main"}"#);
        let known = [("id", "B9".into()), ("city", "Ulm".into()), ("name", "Main".into())];
        let state = crate::engine::State::stub(BRANCH.table, crate::library::object(known));
        bench.of(&BRANCH).delete(&state, &Memory::default()).await;
        let config = config([("id", "B9".into()), ("name", "Main".into())]);
        for (bench, deleted_here) in [(&bench, true), (&bench.again(), false)] {
            let said = adopted(bench, &config).await.diagnostics;
            let told = said.iter().next().unwrap();
            assert_eq!(told.summary, "Nothing to adopt");
            assert_eq!(told.detail.contains("this run deleted it itself"), deleted_here, "{}", told.detail);
            assert!(told.detail.contains("remove `id`"), "{}", told.detail);
        }
    }

    #[tokio::test]
    async fn an_adopted_object_is_not_deleted_in_the_same_run() {
        let bench = Bench::new();
        bench.store().plant("B9", r#"{"id":"B9","name":"Old"}"#);
        let config = config([("id", "B9".into()), ("name", "Old".into()), ("opened_by", "Ann".into())]);
        let planned = bench.of(&BRANCH).plan(None, &config, &Memory::default());
        assert_eq!(summaries(&planned.diagnostics), ["Argument without effect"]);
        let state = crate::engine::State::stub(
            BRANCH.table,
            crate::library::object([("id", "B9".into()), ("city", "Ulm".into()), ("name", Value::Null)]),
        );
        let outcome = bench.of(&BRANCH).delete(&state, &Memory::default()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Kept, since it was adopted"]);
        assert!(outcome.state.is_none() && bench.store().objects.contains_key("B9"));
        // In another run, the plan's private data tells the same.
        let outcome = bench.again().of(&BRANCH).delete(&state, &planned.memory.unwrap()).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Kept, since it was adopted"]);
    }
}
