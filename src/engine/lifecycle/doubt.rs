// SPDX-License-Identifier: Apache-2.0

//! An object of which an earlier run could not tell whether it was created. It is in the state
//! without an identity, tainted, and its memory says what was there before. Reading or deleting it
//! looks for it. Called by `create`, `read` and `delete`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::candidates::{IMPORT, Wanted, import_blocks};
use super::guess::key;
use super::wait::NEW_FOR;
use super::{Lifecycle, Outcome};
use crate::diag::{Diagnostic, Diagnostics, length};
use crate::engine::fingerprint::fingerprint;
use crate::engine::memory::{Doubt, Guess, Memory};
use crate::engine::siblings::Places;
use crate::engine::steps::derive::{Scope, derive};
use crate::engine::steps::settle::known;
use crate::engine::{Config, Context, Place, Plan, State};
use crate::raw::RawObject;
use crate::value::Object;

/// What a look comes to.
pub(super) enum Resolved {
    /// It was created, and most likely is this.
    At(Place, RawObject, Guess),
    /// It was not created.
    Absent,
}

impl Lifecycle {
    /// The state of an object of which it is not known whether it was created. What this run created by
    /// now is not that object.
    pub(super) fn doubtful(&self, planned: Object, memory: Memory, before: &Places, context: &Context) -> Outcome {
        let own = |at: &Place| {
            let parts = at.parts().filter(|(name, _)| !self.is_of_parent(name));
            parts.map(|(_, text)| text).collect::<Vec<_>>().join("/")
        };
        let state = known(planned);
        let parent = self.place(&state);
        let history = &self.session.history;
        let beside =
            |at: &Place| parent.parts().all(|(name, text)| !self.is_of_parent(name) || at.get(name) == Some(text));
        let created = history.created.of(self.resource.type_name);
        let others: BTreeSet<String> = before.iter().chain(created.iter().filter(|at| beside(at))).map(own).collect();
        let (since, nth, address) = (context.unix_time(), history.claims.doubt(), self.address(&parent));
        let doubt = Doubt { since, others: others.into_iter().collect(), nth, forgotten: false, address };
        let memory = Memory { doubt: Some(doubt), guessed: None, ..memory.without_plan() };
        Outcome { memory: Some(memory), ..Outcome::done(Some(State::new(state))) }
    }

    /// Refuses to delete an object without an id of which this plan remembers nothing, and remembers
    /// the doubt for the next plan. The CLI forgets it when it plans the replacement of a tainted
    /// object without a refresh.
    pub(super) fn forgotten(&self, state: &State, context: &Context) -> Outcome {
        let doubt = Doubt { since: context.unix_time(), forgotten: true, ..Doubt::default() };
        let detail = format!(
            "No answer said whether {} was created, and a plan without a refresh does not look for it. Nothing was \
             changed. Plan again, with a refresh, in {}.",
            self.nameless(state.object()),
            length(NEW_FOR)
        );
        let failed = Diagnostic::error("It is not known yet whether the object was created", detail);
        let memory = Memory { doubt: Some(doubt), ..Memory::default() };
        Outcome { memory: Some(memory), ..Outcome::with(Some(state.clone()), failed) }
    }

    /// A digest of the derived attributes of an object there, whatever its id is.
    fn address(&self, at: &Place) -> Option<String> {
        let table = self.resource.table;
        let mut object = at.object();
        table.identity().for_each(|row| {
            if !object.contains_key(row.name) {
                object.insert(row.name, "-".into());
            }
        });
        derive(table, &mut object, self.connection(), Scope::Missing);
        fingerprint(&format!("{object:?}").as_str().into())
    }

    /// Looks for the object of a doubtful state, of which `at` is known.
    pub(super) async fn resolve(
        &self,
        state: &State,
        at: &Place,
        doubt: &Doubt,
        context: &Context,
    ) -> Result<Resolved, Diagnostics> {
        if doubt.address.is_some() && doubt.address != self.address(at) {
            let detail = format!(
                "No answer said whether {} was created, and it would be looked for at another address than it was sent \
                 to. That proves nothing, so nothing was changed. Configure that address again.",
                self.nameless(state.object())
            );
            return Err(Diagnostic::error("Looked for at another address", detail).into());
        }
        // What was left open is null in the state, so the rest is what the creation asked for.
        let (plan, config) = (Plan::new(state.object().clone()), Config::new(state.object().clone()));
        let place = |id: &String| {
            let missing = self.resource.table.identity().filter(|row| !self.is_of_parent(row.name));
            let own = missing.map(|row| row.name).zip(id.split('/').map(str::to_owned));
            let mut object = at.object();
            object.extend(Place::new(own).object());
            Place::of(self.resource.table, &object)
        };
        let known: Places = doubt.others.iter().map(place).collect();
        let key = key(doubt);
        // From the look until the object is claimed, no creation of its name may be under way, and no
        // other doubt may look: each would see the object of the other as its own.
        let named = self.remote.name(&plan).map(|name| self.session.siblings.named(self.resource.type_name, name));
        let _alone = match &named {
            Some(named) => Some(context.limited(named.write(), "waiting for creations of the same name").await?),
            None => None,
        };
        let wanted = Wanted { parent: at, plan: &plan, config: &config, doubt: Some(&key) };
        let mut found = self.candidates(&wanted, &known, context).await?;
        let same = found.iter().filter(|candidate| candidate.is_same).count();
        if same == 1 {
            found.retain(|candidate| candidate.is_same);
        }
        if let [only] = found.as_slice()
            && only.is_same
            && !doubt.forgotten
        {
            // An entry of a list may be shorter than the object.
            let memory = Memory { created: Some(doubt.since), ..Memory::default() };
            let loaded = self.load(&only.at, &memory, context).await?;
            let Some(loaded) = loaded else { return Ok(Resolved::Absent) };
            let guess = self.guess(doubt, &loaded);
            let claims = &self.session.history.claims;
            if self.is_same(&wanted, &loaded) && claims.guess(self.resource.type_name, &only.at, &guess) {
                return Ok(Resolved::At(only.at.clone(), loaded, guess));
            }
        }
        // Meanwhile another block may have been read that has one of them.
        let claims = &self.session.history.claims;
        found.retain(|candidate| !claims.is_anothers(self.resource.type_name, &candidate.at, Some(&key)));
        match found.as_slice() {
            [] if context.unix_time().saturating_sub(doubt.since) >= NEW_FOR.as_secs() => Ok(Resolved::Absent),
            [] => {
                let detail = format!(
                    "No answer said whether {} was created, and lists may lag some seconds behind. Nothing was \
                     changed. Try again in {}.",
                    self.nameless(state.object()),
                    length(NEW_FOR)
                );
                Err(Diagnostic::error("It is not known yet whether the object was created", detail).into())
            }
            several => {
                let detail = format!(
                    "An earlier apply got no answer that said whether {} was created. It may be one of these, or they \
                     are others', and it was not created. {IMPORT}\n\n{}",
                    self.nameless(state.object()),
                    import_blocks(self.resource.type_name, several)
                );
                Err(Diagnostic::error("It is not known which object was created", detail).into())
            }
        }
    }

    /// Brings a doubtful state up to date.
    pub(super) async fn read_doubtful(
        &self,
        state: &State,
        at: &Place,
        memory: &Memory,
        doubt: &Doubt,
        context: &Context,
    ) -> Result<Outcome, Diagnostics> {
        match self.resolve(state, at, doubt, context).await? {
            Resolved::Absent => {
                let detail = format!(
                    "No answer said whether {} was created. {} later the list does not have it, so it counts as not \
                     created. It is removed from the state, and the plan creates it. If another one of its name \
                     appears later, delete that.",
                    self.nameless(state.object()),
                    length(Duration::from_secs(context.unix_time().saturating_sub(doubt.since)))
                );
                let told = Outcome::with(None, Diagnostic::warning("The object was not created", detail));
                // The CLI hands what is remembered to the plan of the new object.
                Ok(Outcome { memory: Some(Memory::default()), ..told })
            }
            Resolved::At(found, loaded, guess) => {
                let memory = Memory { doubt: None, created: Some(doubt.since), guessed: Some(guess), ..memory.clone() };
                let mut outcome = self.placed(&found, &loaded.view());
                let detail = format!(
                    "No answer said whether {} was created, and now the list has {}. It is new since then and has \
                     exactly the name and content that were asked for, so it is taken for this resource's. Another run \
                     or person may have made it: then remove the resource from the state with `state rm`. If the \
                     resource is tainted in the state, the plan replaces it. To keep the object, `untaint` the \
                     resource first.",
                    self.nameless(state.object()),
                    self.remote.describe(&found)
                );
                outcome.diagnostics.push(Diagnostic::warning("The object was created after all", detail));
                Ok(Outcome { memory: Some(memory), ..outcome })
            }
        }
    }

    /// Whether a part of the identity tells where the object is to be, and not which one it is.
    fn is_of_parent(&self, name: &str) -> bool {
        self.resource.table.places().any(|row| row.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, Bench, Doubtful, config, summaries};
    use crate::value::Value;

    fn book() -> Config {
        config([("branch_id", "B1".into()), ("title", "Emma".into()), ("author", "Austen".into())])
    }

    /// A creation of unknown fate that leaves a doubt. `done`: it took effect, and the list lags.
    async fn doubtful(bench: &Bench, done: bool) -> (State, Memory) {
        bench.store().doubtful = vec![Doubtful { done, likely_not_done: false }];
        bench.store().hide_new = Duration::from_secs(60);
        let lifecycle = bench.of(&BOOK);
        let planned = lifecycle.plan(None, &book(), &Memory::default());
        let outcome = lifecycle.create(&planned.plan.unwrap(), &book(), &planned.memory.unwrap()).await;
        assert!(outcome.diagnostics.has_errors());
        (outcome.state.unwrap(), outcome.memory.unwrap())
    }

    #[tokio::test]
    async fn the_next_run_finds_what_was_created_after_all() {
        let bench = Bench::new();
        bench.store().plant("9", r#"{"id":"9","branch":"B1","title":"Emma","author":"Austen"}"#);
        let (state, memory) = doubtful(&bench, true).await;
        assert_eq!(state.get("id"), &Value::Null);
        assert!(memory.doubt.is_some());
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let read = next.of(&BOOK).read(&state, &memory).await;
        assert_eq!(summaries(&read.diagnostics), ["The object was created after all"]);
        assert_eq!(read.state.unwrap().get("id"), &"1".into(), "and not the one that was there before");
        let memory = read.memory.unwrap();
        assert!(memory.doubt.is_none() && memory.guessed.is_some());
    }

    #[tokio::test]
    async fn the_next_run_forgets_what_was_not_created() {
        let bench = Bench::new();
        let (state, memory) = doubtful(&bench, false).await;
        let soon = bench.again().of(&BOOK).read(&state, &memory).await;
        assert!(soon.diagnostics.has_errors(), "lists may lag");
        assert_eq!(soon.state.as_ref(), Some(&state));
        let told = |outcome: &Outcome| outcome.diagnostics.iter().next().unwrap().detail.clone();
        let words = "No answer said whether book \"Emma\" (city = \"Ulm\", branch_id = \"B1\") was created";
        assert!(told(&soon).starts_with(words) && told(&soon).ends_with("Try again in 30 seconds."), "{}", told(&soon));
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let read = next.of(&BOOK).read(&state, &memory).await;
        let words = format!("{words}. 2 minutes later the list does not have it");
        assert!(told(&read).starts_with(&words), "{}", told(&read));
        assert_eq!((read.state, summaries(&read.diagnostics)), (None, vec!["The object was not created"]));
    }

    #[tokio::test]
    async fn several_that_may_be_it_are_named_and_none_is_taken() {
        let bench = Bench::new();
        let (state, memory) = doubtful(&bench, true).await;
        bench.store().plant("8", r#"{"id":"8","branch":"B1","title":"Emma","author":"Austen"}"#);
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let read = next.of(&BOOK).read(&state, &memory).await;
        let detail = &read.diagnostics.iter().next().unwrap().detail;
        assert!(detail.contains("/1\"") && detail.contains("/8\""), "{detail}");
        assert_eq!(read.state, Some(state));
    }

    #[tokio::test]
    async fn a_doubtful_object_is_deleted_if_it_is_there() {
        let bench = Bench::new();
        let (state, memory) = doubtful(&bench, true).await;
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let deleted = next.of(&BOOK).delete(&state, &memory).await;
        assert!(deleted.state.is_none() && !deleted.diagnostics.has_errors(), "{:?}", deleted.diagnostics);
        let told = deleted.diagnostics.iter().next().unwrap();
        assert!(told.summary.starts_with("Deleted an object that was found") && told.detail.contains("book 1"));
        assert!(bench.store().objects.is_empty());
        let (state, memory) = doubtful(&bench, false).await;
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        assert!(next.of(&BOOK).delete(&state, &memory).await.state.is_none());
    }

    #[tokio::test]
    async fn a_deletion_that_remembers_nothing_waits_for_a_look_that_takes_no_object() {
        for done in [true, false] {
            let bench = Bench::new();
            let (state, _) = doubtful(&bench, done).await;
            // The CLI plans a new object with no private data, and hands that plan's to the deletion.
            let planned = bench.of(&BOOK).plan(None, &book(), &Memory::default());
            let deleted = bench.of(&BOOK).delete(&state, &planned.memory.unwrap()).await;
            assert_eq!(summaries(&deleted.diagnostics), ["It is not known yet whether the object was created"]);
            assert_eq!(deleted.state.as_ref(), Some(&state));
            let next = bench.again();
            next.clock.advance(Duration::from_secs(120));
            let read = next.of(&BOOK).read(&state, &deleted.memory.unwrap()).await;
            // It may be one that was there before.
            let told = if done { "It is not known which object was created" } else { "The object was not created" };
            assert_eq!((summaries(&read.diagnostics), read.state.is_some()), (vec![told], done));
        }
    }

    #[tokio::test]
    async fn what_the_run_created_beside_a_doubt_is_not_taken_by_a_later_one() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BOOK);
        let planned = || lifecycle.plan(None, &book(), &Memory::default());
        let sibling = lifecycle.create(&planned().plan.unwrap(), &book(), &planned().memory.unwrap()).await;
        let (_, memory) = doubtful(&bench, false).await;
        assert_eq!(memory.doubt.unwrap().others, ["1"]);
        assert_eq!(sibling.state.unwrap().get("id"), &"1".into());
    }

    /// A book of the state with another id.
    fn sibling(state: &State, id: &str) -> State {
        let mut object = state.object().clone();
        object.insert("id", id.into());
        State::new(object)
    }

    #[tokio::test]
    async fn an_object_of_another_block_is_never_taken_and_two_blocks_never_share_one() {
        let bench = Bench::new();
        let (state, memory) = doubtful(&bench, false).await;
        bench.store().plant("8", r#"{"id":"8","branch":"B1","title":"Emma","author":"Austen"}"#);
        let other = sibling(&state, "8");
        bench.clock.advance(Duration::from_secs(120));
        // The other block is read first.
        let next = bench.again();
        next.of(&BOOK).read(&other, &Memory::default()).await;
        let read = next.of(&BOOK).read(&state, &memory).await;
        assert_eq!((read.state, summaries(&read.diagnostics)), (None, vec!["The object was not created"]));
        // Or planned.
        let next = bench.again();
        next.of(&BOOK).plan(Some(&other), &book(), &Memory::default());
        assert!(next.of(&BOOK).read(&state, &memory).await.state.is_none());
        // The other block is read or planned last.
        let next = bench.again();
        let read = next.of(&BOOK).read(&state, &memory).await;
        assert_eq!(read.state.as_ref().unwrap().get("id"), &"8".into());
        let memory = read.memory.unwrap();
        let kept = next.of(&BOOK).plan(read.state.as_ref(), &book(), &memory);
        assert!(!kept.diagnostics.has_errors(), "its own plan is none of another block");
        let refused = next.of(&BOOK).read(&other, &Memory::default()).await;
        assert_eq!(summaries(&refused.diagnostics), ["One object, found for two resources"]);
        assert!(refused.diagnostics.iter().next().unwrap().detail.contains("`state rm`"));
        assert_eq!(refused.state, Some(other.clone()));
        assert!(next.of(&BOOK).plan(Some(&other), &book(), &Memory::default()).diagnostics.has_errors());
        assert!(next.of(&BOOK).plan(read.state.as_ref(), &book(), &memory).diagnostics.has_errors());
    }

    #[tokio::test]
    async fn one_object_is_not_found_for_two_doubts() {
        let bench = Bench::new();
        let (first, first_memory) = doubtful(&bench, true).await;
        let (second, second_memory) = doubtful(&bench, false).await;
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        for _ in 0..2 {
            let read = next.of(&BOOK).read(&first, &first_memory).await;
            assert_eq!(read.state.unwrap().get("id"), &"1".into(), "also if it is read again");
        }
        assert!(next.of(&BOOK).read(&second, &second_memory).await.state.is_none());
        // Side by side, too.
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let lifecycle = next.of(&BOOK);
        let (first, second) =
            tokio::join!(lifecycle.read(&first, &first_memory), lifecycle.read(&second, &second_memory));
        assert_eq!(first.state.unwrap().get("id"), &"1".into());
        assert_eq!((second.state, summaries(&second.diagnostics)), (None, vec!["The object was not created"]));
    }

    #[tokio::test]
    async fn an_object_of_another_block_that_is_read_meanwhile_is_none_of_several() {
        // The other one claims its object at any moment while the first looks for its own.
        for moment in 0..5 {
            let bench = Bench::new();
            let (state, memory) = doubtful(&bench, false).await;
            bench.store().plant("8", r#"{"id":"8","branch":"B1","title":"Emma","author":"Austen"}"#);
            let other = sibling(&state, "8");
            let next = bench.again();
            next.clock.advance(Duration::from_secs(120));
            let (lifecycle, nothing) = (next.of(&BOOK), Memory::default());
            let (doubtful, read) = tokio::join!(biased; lifecycle.read(&state, &memory), async {
                for _ in 0..moment {
                    tokio::task::yield_now().await;
                }
                lifecycle.read(&other, &nothing).await
            });
            let told = (summaries(&doubtful.diagnostics), summaries(&read.diagnostics));
            let (gone, contested) = (vec!["The object was not created"], vec!["One object, found for two resources"]);
            assert!(told == (gone, vec![]) || told.1 == contested, "{moment}: {told:?}");
        }
    }

    #[tokio::test]
    async fn what_a_creation_is_making_is_not_deleted_for_a_doubt() {
        let bench = Bench::new();
        let (state, memory) = doubtful(&bench, false).await;
        bench.store().hide_new = Duration::ZERO;
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let lifecycle = next.of(&BOOK);
        let planned = lifecycle.plan(None, &book(), &Memory::default());
        let (plan, new) = (planned.plan.unwrap(), planned.memory.unwrap());
        let config = book();
        let creation = lifecycle.create(&plan, &config, &new);
        let (deleted, created) = tokio::join!(lifecycle.delete(&state, &memory), creation);
        assert_eq!(summaries(&created.diagnostics), Vec::<&str>::new());
        assert!(deleted.state.is_none() && !deleted.diagnostics.has_errors(), "{:?}", deleted.diagnostics);
        let id = created.state.unwrap().get("id").as_str().unwrap().to_owned();
        assert!(bench.store().objects.contains_key(&id), "it is not the doubtful one");
    }

    #[tokio::test]
    async fn an_object_that_was_found_is_deleted_only_as_it_was_made() {
        for replaced in [false, true] {
            let bench = Bench::new();
            let (state, memory) = doubtful(&bench, true).await;
            let next = bench.again();
            next.clock.advance(Duration::from_secs(120));
            let read = next.of(&BOOK).read(&state, &memory).await;
            let (state, mut memory) = (read.state.unwrap(), read.memory.unwrap());
            if replaced {
                // The CLI plans a new object with no private data, and hands that plan's to the deletion.
                memory = next.of(&BOOK).plan(None, &book(), &Memory::default()).memory.unwrap();
            }
            let made = bench.store().text("1");
            bench.store().plant("1", &made.replace("Austen", "Nobody"));
            let apply = bench.again();
            let deleted = apply.of(&BOOK).delete(&state, &memory).await;
            assert_eq!(summaries(&deleted.diagnostics), ["An object that may be somebody else's"]);
            assert!(deleted.state.is_some() && bench.store().objects.len() == 1);
            bench.store().plant("1", &made);
            // What is stored after that still knows that it was found.
            let memory = deleted.memory.unwrap();
            let deleted = apply.of(&BOOK).delete(&state, &memory).await;
            assert_eq!(
                summaries(&deleted.diagnostics),
                ["Deleted an object that was found after a creation without an answer"]
            );
            assert!(deleted.state.is_none() && bench.store().objects.is_empty());
        }
    }

    #[tokio::test]
    async fn a_change_of_ours_confirms_what_was_found() {
        let bench = Bench::new();
        let (state, memory) = doubtful(&bench, true).await;
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let lifecycle = next.of(&BOOK);
        let read = lifecycle.read(&state, &memory).await;
        let (state, memory) = (read.state.unwrap(), read.memory.unwrap());
        let changed = config([("branch_id", "B1".into()), ("title", "Emma".into()), ("author", "Jane".into())]);
        let plan = lifecycle.plan(Some(&state), &changed, &memory).plan.unwrap();
        let updated = lifecycle.update(&state, &plan, &changed, &memory).await;
        let (state, memory) = (updated.state.unwrap(), updated.memory.unwrap());
        assert_eq!(memory.guessed, None);
        assert!(!lifecycle.plan(Some(&state), &changed, &memory).diagnostics.has_errors());
        assert_eq!(summaries(&lifecycle.delete(&state, &memory).await.diagnostics), Vec::<&str>::new());
    }

    #[tokio::test]
    async fn an_object_with_more_than_was_asked_for_is_named_and_not_taken() {
        let bench = Bench::new();
        let only_title = config([("branch_id", "B1".into()), ("title", "Emma".into())]);
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: false }];
        let planned = bench.of(&BOOK).plan(None, &only_title, &Memory::default());
        let doubt = bench.of(&BOOK).create(&planned.plan.unwrap(), &only_title, &planned.memory.unwrap()).await;
        bench.store().plant("8", r#"{"id":"8","branch":"B1","title":"Emma","author":"Austen"}"#);
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let (state, memory) = (doubt.state.unwrap(), doubt.memory.unwrap());
        let read = next.of(&BOOK).read(&state, &memory).await;
        assert_eq!(summaries(&read.diagnostics), ["It is not known which object was created"]);
        let deleted = next.of(&BOOK).delete(&state, &memory).await;
        assert!(deleted.diagnostics.has_errors() && bench.store().objects.len() == 1);
    }

    #[tokio::test]
    async fn a_look_at_another_address_proves_nothing() {
        let bench = Bench::new();
        let (state, mut memory) = doubtful(&bench, false).await;
        memory.doubt.as_mut().unwrap().address = Some("another".to_owned());
        let next = bench.again();
        next.clock.advance(Duration::from_secs(120));
        let read = next.of(&BOOK).read(&state, &memory).await;
        assert_eq!(summaries(&read.diagnostics), ["Looked for at another address"]);
        assert_eq!(read.state, Some(state));
    }
}
