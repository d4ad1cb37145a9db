// SPDX-License-Identifier: Apache-2.0

//! One object, more than one block: what a plan says if a block destroys what another keeps or
//! adopts. Called by `plan`, which the CLI asks for one block after the other, in any order.

use super::Lifecycle;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Config, Place};
use crate::value::Object;

impl Lifecycle {
    /// A block destroys this object. An error if another one keeps or adopts it, which is the same
    /// in whichever order the two are planned.
    pub(super) fn destroyed(&self, at: &Place) -> Diagnostics {
        let (type_name, history) = (self.resource.type_name, &self.session.history);
        history.to_destroy.note(type_name, at, self.session.context().elapsed());
        if history.to_adopt.since(type_name, at).is_some() {
            return self.adopted_and_destroyed(at);
        }
        if history.blocks.is_planned(type_name, at) {
            return self.kept_and_destroyed(at);
        }
        history.doomed.note(type_name, self.resource.table, at);
        match history.unknown_adoptions.may_have(type_name, self.resource.table, at) {
            true => may_be_the_same(&self.remote.describe(at)).into(),
            false => Diagnostics::none(),
        }
    }

    /// A block adopts this object. An error if another one destroys it.
    pub(super) fn must_not_be_destroyed(&self, at: &Place) -> Diagnostics {
        let (type_name, history) = (self.resource.type_name, &self.session.history);
        history.to_adopt.note(type_name, at, self.session.context().elapsed());
        match history.to_destroy.since(type_name, at) {
            Some(_) => self.adopted_and_destroyed(at),
            None => Diagnostics::none(),
        }
    }

    /// A block adopts an object whose id or place is not known yet. An error if it may be one that another block
    /// destroys.
    pub(super) fn adopts_unknown(&self, at: &Place) -> Diagnostics {
        let (type_name, history) = (self.resource.type_name, &self.session.history);
        history.unknown_adoptions.note(type_name, self.resource.table, at);
        match history.doomed.may_have(type_name, self.resource.table, at) {
            true => may_be_the_same("an object in the same place").into(),
            false => Diagnostics::none(),
        }
    }

    /// What to say if another block was planned for the same object, whether it stays or goes.
    /// `is_new` is whether this block has no state yet.
    pub(super) fn shared(&self, at: &Place, config: &Config, planned: &Object, is_new: bool) -> Diagnostics {
        let (type_name, history) = (self.resource.type_name, &self.session.history);
        if !at.is_whole(self.resource.table) {
            return Diagnostics::none();
        }
        // Blocks whose configurations are equal are told by the looks at their object.
        let is_shared = history.blocks.is_shared(type_name, at, config, is_new)
            || !is_new && history.seen.is_repeated(type_name, at);
        let contradicted = history.values.note(type_name, at, self.resource.table, config, planned);
        if !is_new && history.to_destroy.since(type_name, at).is_some() {
            return self.kept_and_destroyed(at);
        }
        if !is_shared {
            return Diagnostics::none();
        }
        let names: Vec<String> = contradicted.iter().map(|path| format!("`{path}`")).collect();
        let contradiction = match names.is_empty() {
            true => String::new(),
            false => {
                format!("They contradict each other in {}: each apply of one undoes the other. ", names.join(", "))
            }
        };
        let detail = format!(
            "More than one block manages {}. {contradiction}Changes of different attributes are all stored, but \
             destroying either block deletes it. Let one block manage it, and remove the others with `state rm` or a \
             `removed` block.",
            self.remote.describe(at)
        );
        Diagnostic::warning("One object in two blocks", detail).into()
    }

    fn adopted_and_destroyed(&self, at: &Place) -> Diagnostics {
        let detail = format!(
            "One block of this plan would destroy {}, and another one adopts it: it would be deleted, and then there \
             would be nothing to adopt. So nothing is planned. {WAYS_OUT}",
            self.remote.describe(at)
        );
        Diagnostic::error("One object, destroyed and adopted", detail).into()
    }

    fn kept_and_destroyed(&self, at: &Place) -> Diagnostics {
        let detail = format!(
            "One block of this plan would destroy {}, and another one keeps it: it would be gone for both. So nothing \
             is planned. {WAYS_OUT}\n\nIf this is `destroy`, run it with `-refresh=false`: it destroys all blocks, and \
             only its refresh plans to keep one.",
            self.remote.describe(at)
        );
        Diagnostic::error("One object, destroyed and kept", detail).into()
    }
}

/// What to do if one block is to go and the object is to stay.
const WAYS_OUT: &str = "If you renamed its block, use a `moved` block and no `import` block. To delete the object, \
                        remove all of its blocks. To remove only one of its blocks, take it out of the state with \
                        `state rm`, or add this, with its address as ADDRESS:\n\nremoved {\n  from = ADDRESS\n  \
                        lifecycle {\n    destroy = false\n  }\n}";

/// What a plan says that adopts an object of which not all is known yet, and destroys this.
fn may_be_the_same(destroyed: &str) -> Diagnostic {
    let detail = format!(
        "One block of this plan would destroy {destroyed}, and another one adopts an object whose id or place is not \
         known yet. If the two are the same, it would be deleted, and then there would be nothing to adopt. So nothing \
         is planned. If the two differ, apply what decides the id or the place first, for example with `-target`. \
         {WAYS_OUT}"
    );
    Diagnostic::error("An object may be destroyed and adopted", detail)
}

#[cfg(test)]
mod tests {
    use crate::engine::State;
    use crate::engine::memory::Memory;
    use crate::library::{BRANCH, Bench, config, object, summaries};
    use crate::value::Value;

    fn branch(more: &[(&'static str, Value)]) -> State {
        let mut known = object([("id", "B1".into()), ("city", "Ulm".into()), ("name", "Main".into())]);
        known.extend(more.iter().map(|(name, value)| (*name, value.clone())));
        State::stub(BRANCH.table, known)
    }

    #[tokio::test]
    async fn an_object_is_not_planned_to_be_adopted_and_destroyed() {
        let main = config([("id", "B1".into()), ("name", "Main".into())]);
        for destroyed_first in [false, true] {
            let bench = Bench::new();
            bench.store().plant("B1", r#"{"id":"B1","name":"Main"}"#);
            let lifecycle = bench.of(&BRANCH);
            let destruction = async || lifecycle.plan_destruction(&branch(&[]), &Memory::default()).await.diagnostics;
            let adoption = || lifecycle.plan(None, &main, &Memory::default());
            let said = match destroyed_first {
                true => {
                    destruction().await;
                    adoption().diagnostics
                }
                false => {
                    adoption();
                    destruction().await
                }
            };
            assert_eq!(summaries(&said), ["One object, destroyed and adopted"]);
        }
        // Once it is adopted, it may be destroyed.
        let bench = Bench::new();
        bench.store().plant("B1", r#"{"id":"B1","name":"Main"}"#);
        let lifecycle = bench.of(&BRANCH);
        let planned = lifecycle.plan(None, &main, &Memory::default());
        lifecycle.create(&planned.plan.unwrap(), &main, &planned.memory.unwrap()).await;
        let said = lifecycle.plan_destruction(&branch(&[]), &Memory::default()).await.diagnostics;
        assert_eq!(summaries(&said), Vec::<&str>::new());
    }

    #[tokio::test]
    async fn a_plan_refuses_to_destroy_an_object_that_another_block_keeps() {
        let main = config([("id", "B1".into()), ("name", "Main".into())]);
        for destroyed_first in [false, true] {
            let bench = Bench::new();
            let lifecycle = bench.of(&BRANCH);
            let destruction = async || lifecycle.plan_destruction(&branch(&[]), &Memory::default()).await.diagnostics;
            let kept = || lifecycle.plan(Some(&branch(&[])), &main, &Memory::default()).diagnostics;
            let (first, second) = match destroyed_first {
                true => (destruction().await, kept()),
                false => (kept(), destruction().await),
            };
            assert_eq!(summaries(&first), Vec::<&str>::new());
            assert_eq!(summaries(&second), ["One object, destroyed and kept"]);
            assert!(second.has_errors());
            let detail = &second.iter().next().unwrap().detail;
            assert!(["moved", "destroy = false", "state rm"].iter().all(|way| detail.contains(way)), "{detail}");
        }
    }

    #[test]
    fn two_blocks_that_contradict_each_other_are_told_where() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BRANCH);
        let said = |name: &'static str, value: &str| {
            let config = config([("id", "B1".into()), ("name", "Main".into()), (name, value.into())]);
            let planned = lifecycle.plan(Some(&branch(&[])), &config, &Memory::default());
            planned.diagnostics.iter().map(|message| message.detail.clone()).collect::<String>()
        };
        assert_eq!(said("motto", "Read"), "");
        let different = said("founder", "Ann");
        assert!(different.contains("More than one block") && !different.contains("contradict"), "{different}");
        assert!(said("motto", "Rest").contains("They contradict each other in `motto`"));
        // Both mean what the object has.
        let prior = branch(&[("loan_period", "7 days".into())]);
        let bench = Bench::new();
        for (period, shared) in [("1 week", false), ("7 days", true)] {
            let config = config([("name", "Main".into()), ("loan_period", period.into())]);
            let planned = bench.of(&BRANCH).plan(Some(&prior), &config, &Memory::default());
            let said: String = planned.diagnostics.iter().map(|message| message.detail.as_str()).collect();
            assert_eq!(said.contains("More than one block"), shared, "{said}");
            assert!(!said.contains("contradict"), "{said}");
        }
    }

    #[tokio::test]
    async fn two_equal_blocks_are_told_by_being_looked_at_twice() {
        let bench = Bench::new();
        bench.store().plant("B1", r#"{"id":"B1","name":"Main"}"#);
        let (lifecycle, main) = (bench.of(&BRANCH), config([("name", "Main".into())]));
        let look = async || drop(lifecycle.read(&branch(&[]), &Memory::default()).await);
        let planned = || lifecycle.plan(Some(&branch(&[])), &main, &Memory::default()).diagnostics;
        look().await;
        for _ in 0..2 {
            assert_eq!(summaries(&planned()), Vec::<&str>::new(), "one block may be planned twice");
        }
        look().await;
        assert_eq!(summaries(&planned()), ["One object in two blocks"]);
    }

    #[tokio::test]
    async fn two_blocks_of_one_object_may_both_go() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BRANCH);
        for _ in 0..2 {
            let planned = lifecycle.plan_destruction(&branch(&[]), &Memory::default()).await;
            assert_eq!(summaries(&planned.diagnostics), Vec::<&str>::new());
        }
        // What is replaced goes, too, so no block may keep or adopt it.
        let elsewhere = config([("name", "Main".into()), ("city", "Bonn".into())]);
        let replaced = lifecycle.plan(Some(&branch(&[])), &elsewhere, &Memory::default());
        assert_eq!((summaries(&replaced.diagnostics), replaced.replace.len()), (Vec::<&str>::new(), 1));
        let planned = lifecycle.plan_destruction(&branch(&[]), &Memory::default()).await;
        assert_eq!(summaries(&planned.diagnostics), Vec::<&str>::new());
        let kept = lifecycle.plan(Some(&branch(&[])), &config([("name", "Main".into())]), &Memory::default());
        assert_eq!(summaries(&kept.diagnostics), ["One object, destroyed and kept"]);
        // The other way round.
        let bench = Bench::new();
        let lifecycle = bench.of(&BRANCH);
        let adopting = config([("id", "B1".into()), ("name", "Main".into())]);
        assert!(!lifecycle.plan(None, &adopting, &Memory::default()).diagnostics.has_errors());
        let replaced = lifecycle.plan(Some(&branch(&[])), &elsewhere, &Memory::default());
        assert_eq!(summaries(&replaced.diagnostics), ["One object, destroyed and adopted"]);
    }

    #[tokio::test]
    async fn an_object_is_not_destroyed_if_one_in_its_place_is_adopted_by_an_unknown_id() {
        for destroyed_first in [false, true] {
            for (city, refused) in [(Value::Null, true), (Value::unknown(), true), ("Bonn".into(), false)] {
                let bench = Bench::new();
                let lifecycle = bench.of(&BRANCH);
                let unknown = config([("id", Value::unknown()), ("name", "North".into()), ("city", city.clone())]);
                let destruction =
                    async || lifecycle.plan_destruction(&branch(&[]), &Memory::default()).await.diagnostics;
                let adoption = || lifecycle.plan(None, &unknown, &Memory::default()).diagnostics;
                let second = match destroyed_first {
                    true => {
                        destruction().await;
                        adoption()
                    }
                    false => {
                        adoption();
                        destruction().await
                    }
                };
                assert_eq!(second.has_errors(), refused, "{city:?}: {second:?}");
            }
        }
    }
}
