// SPDX-License-Identifier: Apache-2.0

//! Planning: a creation, a change in place, a replacement or a destruction.

use super::Lifecycle;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::steps::assumed::{self, Assumed};
use crate::engine::steps::elsewhere::{destroyed_elsewhere, stays_elsewhere};
use crate::engine::steps::plan::{foreseen, incomplete, plan, replacements};
use crate::engine::steps::said::Said;
use crate::engine::steps::validate::refused;
use crate::engine::steps::{adoption, creation_arguments};
use crate::engine::timeouts::Operation;
use crate::engine::{Config, ManagedResource, Place, Plan, State};
use crate::schema::Attribute;
use crate::value::Path;

/// A plan, and what goes with it.
#[derive(Debug)]
pub struct Planned {
    /// What the object will be; `None` if it will be destroyed, or if it can't be planned.
    pub plan: Option<Plan>,
    /// The attributes whose change needs a new object. Empty means a change in place.
    pub replace: Vec<Path>,
    /// What is wrong with the plan, or is to be said about it.
    pub diagnostics: Diagnostics,
    /// What the plan remembers. `None`: what is remembered of the object.
    pub memory: Option<Memory>,
}

impl Lifecycle {
    /// Plans a creation (`prior` is `None`) or a change of an object. What must be known before an
    /// object is destroyed for the new one is asked of the remote system: whether the new object can
    /// be where it is planned, and whether the one to adopt exists. (What a tainted object is
    /// replaced by looks like any new object.)
    pub async fn plan_and_judge(&self, prior: Option<&State>, config: &Config, memory: &Memory) -> Planned {
        let mut planned = self.plan(prior, config, memory);
        if let (Some(plan), false, false) =
            (&planned.plan, planned.replace.is_empty(), planned.diagnostics.has_errors())
        {
            let (at, context) = (self.place(plan.object()), self.context(Operation::Create, plan.object()));
            if self.connection().undecided(&at).is_none() {
                let judged = self.remote.before_replacement(&at, plan, &context).await;
                planned.diagnostics.extend(judged.unwrap_or_else(|refused| refused));
            }
        }
        if let (None, Some(plan), Some(row), false) =
            (prior, &planned.plan, adoption::adopts(self.resource, config), planned.diagnostics.has_errors())
        {
            let (at, context) = (self.place(plan.object()), self.context(Operation::Read, plan.object()));
            let known = at.is_whole(self.resource.table) && self.connection().undecided(&at).is_none();
            if known {
                // A plan may be made without credentials or network, so only a certain answer counts.
                planned.diagnostics.extend(match self.look_at(&at, &context).await {
                    Ok(None) => self.nothing_to_adopt(&at, row),
                    Ok(Some(found)) => self.adopted_with(&at, &found, config, memory, row),
                    Err(_) => Diagnostics::none(),
                });
            }
        }
        planned
    }

    /// The plan itself, for which nothing is asked: the CLI plans again while it applies, and the
    /// two plans must agree.
    pub fn plan(&self, prior: Option<&State>, config: &Config, memory: &Memory) -> Planned {
        let faults = self.connection().faults();
        if faults.has_errors() {
            return Planned { plan: None, replace: Vec::new(), diagnostics: faults, memory: None };
        }
        match prior {
            None => self.plan_creation(config, memory),
            Some(prior) => self.plan_change(prior, config, memory),
        }
    }

    /// Plans a destruction. The rules may refuse it.
    pub async fn plan_destruction(&self, prior: &State, memory: &Memory) -> Planned {
        let (at, context) = (self.place(prior.object()), self.context(Operation::Delete, prior.object()));
        let contested = self.destroyed(&at);
        if contested.has_errors() {
            return Planned { plan: None, replace: Vec::new(), diagnostics: contested, memory: None };
        }
        let mut said = match self.connection().undecided(&at) {
            // Nothing remote can be asked yet; the apply judges again.
            Some(_) => self.resource.destroy_rules.iter().fold(Diagnostics::none(), |mut said, rule| {
                said.extend(rule(prior));
                said
            }),
            None => self.judge_destruction(&at, prior, &context).await.unwrap_or_else(|refused| refused),
        };
        said.extend(contested);
        if !said.has_errors() {
            said.extend(destroyed_elsewhere(self.resource.table, prior, &memory.managed.read(), self.connection()));
        }
        Planned { plan: None, replace: Vec::new(), diagnostics: said, memory: None }
    }

    fn plan_creation(&self, config: &Config, memory: &Memory) -> Planned {
        let resource = self.resource;
        let object = plan(resource, None, config, memory, self.connection());
        let mut diagnostics = creatable(resource, config);
        // What an adopted object has is judged when it has been looked at.
        if adoption::adopts(resource, config).is_none() {
            diagnostics.extend(refused(resource, None, config, &object, &Said::of(resource, config)));
        }
        let by_itself = adoption::replaces_itself(resource, &object, config, memory);
        let itself = by_itself.has_errors();
        diagnostics.extend(by_itself);
        let at = Place::of(resource.table, &object);
        if adoption::adopts(resource, config).is_some() && at.is_whole(resource.table) {
            diagnostics.extend(self.claim(&at, memory).err().unwrap_or_default());
            // The CLI plans again right before it applies, maybe while it deletes the same object
            // under another address.
            self.session.history.adopted.note(resource.type_name, &at, self.session.context().elapsed());
            // The second plan of a replacement is about the block of the first.
            if memory.adopted.is_none() {
                diagnostics.extend(self.shared(&at, config, &object, true));
            }
            diagnostics.extend(self.must_not_be_destroyed(&at));
        } else if adoption::adopts(resource, config).is_some() {
            diagnostics.extend(self.adopts_unknown(&at));
        }
        // One that is replaced by itself is refused already, and in more useful words.
        let assumed = memory.assumed.first().and_then(|name| resource.table.attribute(name));
        if let Some(Attribute { name, .. }) = assumed.filter(|_| !itself) {
            // The first plan of a replacement assumed that it stays. If it does not, the object would
            // be destroyed before that is known.
            let detail = format!(
                "`{name}` is not known yet, so the provider can't know where to create the new object. Apply what decides it \
                 first, for example with `-target`, or plan without `-replace` and `replace_triggered_by`."
            );
            diagnostics.push(Diagnostic::error("The place of the new object is not known", detail).at(Path::of(name)));
        }
        let (replaces_unknown, guesses) = (*memory == Memory::default(), self.guesses());
        let memory = adoption::intend(resource, &object, config, memory).unwrap_or_else(|| memory.clone());
        let is_place = |name: &str| resource.table.places().any(|row| row.name == name);
        let parts = at.parts().filter(|(name, _)| is_place(name));
        let creates_in = Some(parts.map(|(name, text)| (name.to_owned(), text.to_owned())).collect());
        let memory = Some(Memory { replaces_unknown, guesses, creates_in, ..memory });
        Planned { plan: Some(Plan::new(object)), replace: Vec::new(), diagnostics, memory }
    }

    fn plan_change(&self, prior: &State, config: &Config, memory: &Memory) -> Planned {
        let resource = self.resource;
        let mut other = assumed::refuted(resource, prior, config, memory);
        if !other.has_errors() {
            other = adoption::names_another(resource, prior, config);
        }
        if other.has_errors() {
            return Planned { plan: None, replace: Vec::new(), diagnostics: other, memory: None };
        }
        let Assumed { config, names: assumed, mut diagnostics } = assumed::assume(resource, prior, config);
        let object = plan(resource, Some(prior), &config, memory, self.connection());
        let replace = replacements(resource.table, prior.object(), &object);
        let said = Said::of(resource, &config);
        // A plan that changes nothing sets nothing.
        if object != *prior.object() {
            diagnostics.extend(refused(resource, replace.is_empty().then_some(prior), &config, &object, &said));
        }
        if replace.is_empty() {
            diagnostics.extend(incomplete(resource, prior, &config, &object));
            diagnostics.extend(creation_arguments::changed(resource, &config, memory));
        } else {
            // A replacement is planned twice, and the CLIs drop the warnings of the second time. So
            // the first time speaks of the creation, too, and of the destruction.
            diagnostics.extend(creatable(resource, &config));
            resource.destroy_rules.iter().for_each(|rule| diagnostics.extend(rule(prior)));
        }
        diagnostics.extend(foreseen(resource, &config, &object, &said));
        diagnostics.extend(stays_elsewhere(resource.table, prior, &config, self.connection()));
        let at = self.place(prior.object());
        diagnostics.extend(self.claim(&at, memory).err().unwrap_or_default());
        diagnostics.extend(match replace.is_empty() {
            true => self.shared(&at, &config, &object, false),
            false => self.destroyed(&at),
        });
        let mut remembered = adoption::remember(resource, prior, &config, memory);
        if !assumed.is_empty() {
            remembered = Some(Memory { assumed, ..remembered.unwrap_or_else(|| memory.clone()) });
        }
        Planned { plan: Some(Plan::new(object)), replace, diagnostics, memory: remembered }
    }
}

/// What is wrong with creating an object of this configuration. One that is adopted has what the
/// configuration leaves out.
fn creatable(resource: &ManagedResource, config: &Config) -> Diagnostics {
    if adoption::adopts(resource, config).is_some() {
        return creation_arguments::unsent(resource, config);
    }
    let mut diagnostics = Diagnostics::none();
    resource.creation_rules.iter().for_each(|rule| diagnostics.extend((rule.judge)(config.object())));
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, config, number, object, summaries};
    use crate::value::Value;

    fn branch(more: &[(&'static str, Value)]) -> State {
        let mut known = object([("id", "B1".into()), ("city", "Ulm".into()), ("name", "Main".into())]);
        known.extend(more.iter().map(|(name, value)| (*name, value.clone())));
        State::stub(BRANCH.table, known)
    }

    fn paths(planned: &Planned) -> Vec<String> {
        planned.replace.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_creation_is_judged_by_the_rules_for_creations() {
        let bench = Bench::new();
        let labels = Value::Map(std::collections::BTreeMap::from([("a".to_owned(), "b".into())]));
        let planned =
            bench.of(&BRANCH).plan(None, &config([("name", "Main".into()), ("labels", labels)]), &Memory::default());
        assert_eq!(summaries(&planned.diagnostics), ["Missing value"]);
        assert!(planned.plan.unwrap().get("id").is_unknown() && planned.replace.is_empty());
    }

    #[tokio::test]
    async fn the_deletion_of_a_tainted_object_does_not_know_that_it_is_old() {
        let bench = Bench::new();
        let book = object([("id", "7".into()), ("branch_id", "B1".into()), ("city", "Ulm".into())]);
        let config = config([("branch_id", "B1".into()), ("title", "Emma".into())]);
        // The CLI plans a new object with no private data, and hands that plan's to the deletion.
        let planned = bench.of(&BOOK).plan(None, &config, &Memory::default());
        let memory = planned.memory.unwrap();
        let tainted = State::stub(BOOK.table, book);
        let outcome = bench.of(&BOOK).delete(&tainted, &memory).await;
        assert_eq!(summaries(&outcome.diagnostics), ["The new object is not found yet"]);
        assert_eq!(outcome.state, Some(tainted));
    }

    #[test]
    fn settings_that_every_operation_would_fail_of_are_told_by_the_plan() {
        let bench = Bench::with("Atlantis".into());
        let planned = bench.of(&BRANCH).plan(None, &config([("name", "Main".into())]), &Memory::default());
        assert_eq!(summaries(&planned.diagnostics), ["No such city"]);
        assert!(planned.plan.is_none());
    }

    #[test]
    fn another_place_needs_a_new_object_and_an_unset_one_does_not() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BRANCH);
        let elsewhere = config([("name", "Main".into()), ("city", "Bonn".into())]);
        assert_eq!(paths(&lifecycle.plan(Some(&branch(&[])), &elsewhere, &Memory::default())), ["city"]);
        let unset = config([("name", "North".into())]);
        assert_eq!(paths(&lifecycle.plan(Some(&branch(&[])), &unset, &Memory::default())), Vec::<String>::new());
    }

    #[test]
    fn an_adopted_object_is_not_replaced_by_itself() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BRANCH);
        let adopting = config([("id", "B1".into()), ("name", "Main".into())]);
        let kept = lifecycle.plan(Some(&branch(&[])), &adopting, &Memory::default());
        let memory = kept.memory.unwrap();
        assert!(memory.adopted.is_some() && kept.replace.is_empty());
        let again = lifecycle.plan(None, &adopting, &memory);
        assert_eq!(summaries(&again.diagnostics), ["An adopted object can't be replaced by itself"]);
        // One cause, one message, also while the id is not known.
        let unknown = config([("id", Value::unknown()), ("name", "Main".into())]);
        let memory = lifecycle.plan(Some(&branch(&[])), &unknown, &memory).memory.unwrap();
        assert!(memory.assumed.contains("id"));
        let again = lifecycle.plan(None, &unknown, &memory);
        assert_eq!(summaries(&again.diagnostics), ["An adopted object can't be replaced by itself"]);
    }

    #[test]
    fn an_edited_id_is_refused_and_plans_nothing() {
        let bench = Bench::new();
        let planned = bench.of(&BRANCH).plan(
            Some(&branch(&[])),
            &config([("id", "B2".into()), ("name", "Main".into())]),
            &Memory::default(),
        );
        assert_eq!(summaries(&planned.diagnostics), ["The configuration names another object"]);
        assert!(planned.plan.is_none() && planned.replace.is_empty());
    }

    #[test]
    fn an_unknown_place_is_no_reason_to_replace_until_it_is_known_to_differ() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BRANCH);
        let config = |city: Value| config([("city", city), ("name", "North".into())]);
        let planned = lifecycle.plan(Some(&branch(&[])), &config(Value::unknown()), &Memory::default());
        assert_eq!(paths(&planned), Vec::<String>::new());
        assert_eq!(planned.plan.unwrap().get("city"), &"Ulm".into());
        // The CLI plans again while it applies. A newer one hands the plan's memory on.
        let again = lifecycle.plan(Some(&branch(&[])), &config("Bonn".into()), &planned.memory.unwrap());
        assert_eq!(summaries(&again.diagnostics), ["Another identity than planned"]);
        // An older one finds out that the plans differ. A plan of a later run replaces.
        let later = lifecycle.plan(Some(&branch(&[])), &config("Bonn".into()), &Memory::default());
        assert_eq!(paths(&later), ["city"]);
    }

    #[tokio::test]
    async fn a_replacement_is_planned_only_if_the_new_place_can_be_reached() {
        let bench = Bench::new();
        let moved = config([("name", "Main".into()), ("city", "Bonn".into())]);
        let (lifecycle, prior) = (bench.of(&BRANCH), branch(&[]));
        let planned = lifecycle.plan_and_judge(Some(&prior), &moved, &Memory::default()).await;
        assert_eq!((paths(&planned), planned.diagnostics.has_errors()), (vec!["city".to_owned()], false));
        bench.store().failing = vec!["visit"];
        let planned = lifecycle.plan_and_judge(Some(&prior), &moved, &Memory::default()).await;
        assert!(planned.diagnostics.has_errors());
        assert_eq!(bench.store().taken_calls(), ["visit Bonn", "visit Bonn"]);
        let stays = config([("name", "North".into())]);
        lifecycle.plan_and_judge(Some(&prior), &stays, &Memory::default()).await;
        assert!(bench.store().taken_calls().is_empty(), "a change in place asks nothing");
    }

    #[test]
    fn an_unknown_id_of_an_adopted_object_is_assumed_to_stay() {
        let bench = Bench::new();
        let config = config([("id", Value::unknown()), ("name", "Main".into())]);
        let planned = bench.of(&BRANCH).plan(Some(&branch(&[])), &config, &Memory::default());
        assert_eq!(summaries(&planned.diagnostics), ["Identity assumed to be unchanged"]);
        assert_eq!(planned.plan.unwrap().get("id"), &"B1".into());
    }

    #[tokio::test]
    async fn a_destruction_is_judged_when_it_is_planned() {
        let bench = Bench::new();
        let known = [("id", "7".into()), ("branch_id", "B1".into()), ("city", "Ulm".into())];
        let mut book = object(known);
        bench.store().lent = 2;
        let planned =
            bench.of(&BOOK).plan_destruction(&State::stub(BOOK.table, book.clone()), &Memory::default()).await;
        assert_eq!(summaries(&planned.diagnostics), ["The book is lent"]);
        assert!(!planned.diagnostics.has_errors());
        book.insert("deletion_protection", Value::Bool(true));
        let protected = State::stub(BOOK.table, book);
        let planned = bench.of(&BOOK).plan_destruction(&protected, &Memory::default()).await;
        assert_eq!(summaries(&planned.diagnostics), ["The book is protected"]);
        assert!(planned.diagnostics.has_errors());
        // A replacement destroys, too.
        let moved =
            config([("branch_id", "B2".into()), ("title", "Emma".into()), ("deletion_protection", Value::Bool(true))]);
        let planned = bench.of(&BOOK).plan(Some(&protected), &moved, &Memory::default());
        assert_eq!((paths(&planned), planned.diagnostics.has_errors()), (vec!["branch_id".to_owned()], true));
    }

    #[tokio::test]
    async fn nothing_is_asked_while_a_provider_setting_is_unknown() {
        let bench = Bench::with(Value::unknown());
        let book = object([("id", "7".into()), ("branch_id", "B1".into()), ("code_version", number(1))]);
        let planned = bench.of(&BOOK).plan_destruction(&State::stub(BOOK.table, book), &Memory::default()).await;
        assert_eq!(summaries(&planned.diagnostics), Vec::<&str>::new());
        assert!(bench.store().taken_calls().is_empty());
    }
}
