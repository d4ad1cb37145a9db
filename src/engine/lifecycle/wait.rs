// SPDX-License-Identifier: Apache-2.0

//! Loading an object that may be too new to be found: an API that is spread over several machines
//! may show an object only some seconds after it was created. Called by the other operations.

use std::time::Duration;

use super::Lifecycle;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::steps::identity::must_be_whole;
use crate::engine::{Context, Place, State};
use crate::raw::RawObject;

/// For how long after its creation an object counts as new. That a new object is not found proves
/// nothing.
pub(super) const NEW_FOR: Duration = Duration::from_secs(30);

/// How long to wait for a new object to be found.
const FOUND_WITHIN: Duration = Duration::from_secs(10);

/// How far the clock of another machine may be ahead. A creation later than that is an error of
/// some clock, and must not make an object new forever.
const CLOCK_AHEAD: Duration = Duration::from_secs(600);

/// The pauses between two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Lifecycle {
    /// The object as it is, or `None` when it is certain that there is none. A new one that is not
    /// found is waited for; if it stays away, that is an error and not a proof.
    pub(super) async fn load(
        &self,
        at: &Place,
        memory: &Memory,
        context: &Context,
    ) -> Result<Option<RawObject>, Diagnostics> {
        must_be_whole(self.resource.table, at)?;
        let loaded = self.remote.load(at, context).await?;
        self.waited_for(loaded, at, memory, context).await
    }

    /// What was loaded, or if that was nothing although the object is new, what is found later.
    pub(super) async fn waited_for(
        &self,
        loaded: Option<RawObject>,
        at: &Place,
        memory: &Memory,
        context: &Context,
    ) -> Result<Option<RawObject>, Diagnostics> {
        if loaded.is_some() {
            return Ok(loaded);
        }
        let (began, mut waited, mut pause) = (context.elapsed(), false, FIRST_PAUSE);
        while self.is_new(at, memory, context) {
            let left = context.remaining().unwrap_or(FOUND_WITHIN);
            if context.elapsed().saturating_sub(began) >= FOUND_WITHIN || left.is_zero() {
                return Err(self.not_found_yet(at));
            }
            context.pause(pause.min(left), &format!("waiting for {} to be found", self.remote.describe(at))).await?;
            (waited, pause) = (true, LONGEST_PAUSE.min(pause * 2));
            if let Some(loaded) = self.remote.look(at, context).await? {
                return Ok(Some(loaded));
            }
        }
        // It was new when the wait began, so what was seen until now was too early to count.
        if waited {
            return Err(self.not_found_yet(at));
        }
        Ok(None)
    }

    /// The same for the object of a state.
    pub(super) async fn load_known(
        &self,
        state: &State,
        at: &Place,
        memory: &Memory,
        context: &Context,
    ) -> Result<Option<RawObject>, Diagnostics> {
        must_be_whole(self.resource.table, at)?;
        let loaded = self.remote.load(at, context).await?;
        self.found_of(state, loaded, at, memory, context).await
    }

    /// What was loaded of the object of a state, or what is found later. If it was at another address, it is
    /// not waited for: however new it is, it won't be found here.
    pub(super) async fn found_of(
        &self,
        state: &State,
        loaded: Option<RawObject>,
        at: &Place,
        memory: &Memory,
        context: &Context,
    ) -> Result<Option<RawObject>, Diagnostics> {
        if loaded.is_none() {
            self.must_not_have_moved(state)?;
        }
        self.waited_for(loaded, at, memory, context).await
    }

    /// Whether the object was created so short a time ago that it may not be found yet.
    pub(super) fn is_new(&self, at: &Place, memory: &Memory, context: &Context) -> bool {
        let (type_name, history) = (self.resource.type_name, &self.session.history);
        if history.deleted.since(type_name, at).is_some() {
            return false;
        }
        let here = history.created.since(type_name, at);
        let recently = here.is_some_and(|created| context.elapsed().saturating_sub(created) < NEW_FOR);
        recently || memory.created.is_some_and(|created| is_recent(created, context.unix_time()))
    }

    fn not_found_yet(&self, at: &Place) -> Diagnostics {
        let detail = format!(
            "{} was created a moment ago and is not found yet. That does not mean that it is gone, so the state is \
             unchanged and nothing else was done. Try again in a minute. If it was deleted since, the next plan will \
             say so.",
            self.remote.describe(at)
        );
        Diagnostic::error("The new object is not found yet", detail).into()
    }
}

/// Whether a creation at this time counts as recent, in seconds since 1970.
fn is_recent(created: u64, now: u64) -> bool {
    match now.checked_sub(created) {
        Some(age) => age < NEW_FOR.as_secs(),
        None => created - now < CLOCK_AHEAD.as_secs(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, Bench, summaries};
    use crate::value::Value;

    fn place(id: &str) -> Place {
        Place::new([("city", "Ulm".to_owned()), ("branch_id", "B1".to_owned()), ("id", id.to_owned())])
    }

    async fn load(bench: &Bench, memory: &Memory) -> Result<Option<RawObject>, Diagnostics> {
        let context = bench.session.context().within(Duration::from_secs(300));
        bench.of(&BOOK).load(&place("7"), memory, &context).await
    }

    fn created_now(bench: &Bench) -> Memory {
        Memory { created: Some(bench.session.context().unix_time()), ..Memory::default() }
    }

    #[tokio::test]
    async fn an_old_object_that_is_not_found_is_gone_at_once() {
        let bench = Bench::new();
        assert!(matches!(load(&bench, &Memory::default()).await, Ok(None)));
        let memory = created_now(&bench);
        bench.clock.advance(NEW_FOR);
        assert!(matches!(load(&bench, &memory).await, Ok(None)));
        assert_eq!(bench.store().taken_calls(), ["load 7", "load 7"]);
    }

    #[tokio::test]
    async fn a_new_object_that_is_not_found_is_waited_for_and_then_an_error() {
        let bench = Bench::new();
        let began = bench.session.context().elapsed();
        let failed = load(&bench, &created_now(&bench)).await.unwrap_err();
        assert_eq!(summaries(&failed), ["The new object is not found yet"]);
        assert!(bench.session.context().elapsed() - began >= FOUND_WITHIN);
    }

    #[tokio::test]
    async fn a_wait_needs_no_proofs() {
        let bench = Bench::new();
        load(&bench, &created_now(&bench)).await.unwrap_err();
        let calls = bench.store().taken_calls();
        assert_eq!(calls.iter().filter(|call| *call == "load 7").count(), 1);
        assert!(calls.len() > 10 && calls[1..].iter().all(|call| call == "look 7"), "{calls:?}");
    }

    #[tokio::test]
    async fn a_new_object_is_found_as_soon_as_it_appears() {
        let bench = Bench::new();
        bench.of(&BOOK).create(&plan(), &crate::engine::Config::new(plan().object().clone()), &Memory::default()).await;
        bench.store().hide_new = Duration::from_secs(8);
        bench.store().taken_calls();
        let context = bench.session.context().clone();
        let found = bench.of(&BOOK).load(&place("1"), &Memory::default(), &context).await;
        assert!(matches!(found, Ok(Some(_))), "this run created it, so it is waited for without any memory");
        let waited = bench.session.context().elapsed();
        assert!((8..10).contains(&waited.as_secs()), "{waited:?}");
    }

    #[tokio::test]
    async fn the_wait_ends_with_the_time_of_the_operation() {
        let bench = Bench::new();
        let context = bench.session.context().within(Duration::from_secs(2));
        let failed = bench.of(&BOOK).load(&place("7"), &created_now(&bench), &context).await;
        assert_eq!(summaries(&failed.unwrap_err()), ["The new object is not found yet"]);
        assert_eq!(context.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test]
    async fn an_object_that_stays_away_until_it_is_no_longer_new_is_not_gone() {
        let bench = Bench::new();
        let memory = created_now(&bench);
        bench.clock.advance(NEW_FOR - Duration::from_secs(3));
        let failed = load(&bench, &memory).await.unwrap_err();
        assert_eq!(summaries(&failed), ["The new object is not found yet"]);
    }

    #[tokio::test]
    async fn the_clock_of_another_machine_may_be_ahead_but_not_by_hours() {
        let bench = Bench::new();
        let ahead =
            |seconds| Memory { created: Some(bench.session.context().unix_time() + seconds), ..Memory::default() };
        for seconds in [5, 60, 300] {
            let failed = load(&bench, &ahead(seconds)).await.unwrap_err();
            assert_eq!(summaries(&failed), ["The new object is not found yet"], "{seconds}");
        }
        assert!(matches!(load(&bench, &ahead(3600)).await, Ok(None)));
    }

    #[tokio::test]
    async fn what_this_run_deleted_is_gone() {
        let bench = Bench::new();
        bench.session.history.deleted.note(BOOK.type_name, &place("7"), bench.session.context().elapsed());
        assert!(matches!(load(&bench, &created_now(&bench)).await, Ok(None)));
    }

    #[tokio::test]
    async fn the_wait_ends_when_work_is_to_stop() {
        let bench = Bench::new();
        let memory = created_now(&bench);
        bench.stop.cancel();
        assert_eq!(summaries(&load(&bench, &memory).await.unwrap_err()), ["Stopped"]);
    }

    fn plan() -> crate::engine::Plan {
        let id: (&str, Value) = ("id", Value::unknown());
        crate::engine::Plan::new(crate::library::object([
            ("city", "Ulm".into()),
            ("branch_id", "B1".into()),
            ("title", "Emma".into()),
            id,
        ]))
    }
}
