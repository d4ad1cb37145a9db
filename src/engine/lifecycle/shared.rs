// SPDX-License-Identifier: Apache-2.0

//! Reading objects together: reads that come at the same time share one list, and reads of one object share
//! one load. Called by reads and look-ups, never by what changes an object, which needs it as it is now.
//! What decides is in `shared_reads`.

use std::sync::Arc;

use super::Lifecycle;
use crate::diag::Diagnostics;
use crate::engine::ports::{Census, Entry};
use crate::engine::shared_reads::{Compared, Fresh, LIST_LIMIT, Looks, Moment, Room, Step};
use crate::engine::steps::identity::must_be_whole;
use crate::engine::steps::{members, presence};
use crate::engine::{Context, Place};
use crate::raw::{RawObject, RawView};
use crate::value::Trail;

pub(super) const WAITING_FOR_A_LIST: &str = "waiting for a list of all objects";

/// Who reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// The refresh of a managed object.
    Refresh,
    /// A look-up, which may be one of many of the same object.
    LookUp,
}

/// The answer to a read.
pub(super) enum Shared<T> {
    /// An entry of a list that counts, and what it was judged to be.
    Listed(T),
    /// The object as it was loaded, or `None` when it is certain that there is none.
    Loaded(Option<RawObject>),
}

impl Lifecycle {
    /// The object as of during this run and after the last write, or `None` when it is certain that there is none.
    /// `judge` says what an entry of a list shows. A refresh asks anew for an object that it has read before.
    pub(super) async fn read_together<T>(
        &self,
        at: &Place,
        reader: Reader,
        context: &Context,
        judge: impl Fn(&RawView<'_>) -> (Looks, T),
    ) -> Result<Shared<T>, Diagnostics> {
        must_be_whole(self.resource.table, at)?;
        let parent = at.parent(self.resource.table);
        if self.remote.census(&parent, context).is_none() {
            return self.remote.load(at, context).await.map(Shared::Loaded);
        }
        let room = self.session.reads.room(self.resource.type_name, parent.clone());
        if reader == Reader::Refresh && room.is_refreshed_again(at, self.moment(context)) {
            return self.load_for_others(&room, at, context).await.map(Shared::Loaded);
        }
        let waiting = room.join(self.moment(context));
        let list = loop {
            let news = room.news.notified();
            tokio::pin!(news);
            // What happens after the step is news.
            news.as_mut().enable();
            match room.step(at, self.moment(context)) {
                Step::Loaded(object) => return Ok(Shared::Loaded(Some(object))),
                Step::Load => {
                    drop(waiting);
                    return self.load_for_others(&room, at, context).await.map(Shared::Loaded);
                }
                Step::Listed(list) => break list,
                Step::List => match self.list_for_others(&room, &parent, context).await? {
                    Some(list) => break list,
                    None => {
                        drop(waiting);
                        return self.load_for_others(&room, at, context).await.map(Shared::Loaded);
                    }
                },
                Step::Wait(pause) => self.until(news, pause, context).await?,
            }
        };
        drop(waiting);
        self.answered(&room, &*list, at, context, judge).await
    }

    /// The object as a look-up needs it, or `None` when it is certain that there is none. While the CLI refreshes
    /// objects for a plan, the answer is shared. At other times, such as when a data source is read while changes
    /// are applied, something else may have changed the object a moment ago. Then only an answer is shared that was
    /// asked for since this call began.
    pub(super) async fn look_at(&self, at: &Place, context: &Context) -> Result<Option<RawObject>, Diagnostics> {
        if !self.session.history.seen.is_any() {
            return self.look_anew(at, context).await;
        }
        match self.read_together(at, Reader::LookUp, context, |entry| (Looks::New, entry.to_object())).await? {
            Shared::Listed(entry) => Ok(Some(entry)),
            Shared::Loaded(loaded) => Ok(loaded),
        }
    }

    /// The object as of after this call began. What was loaded is there for a refresh of it, too.
    async fn look_anew(&self, at: &Place, context: &Context) -> Result<Option<RawObject>, Diagnostics> {
        must_be_whole(self.resource.table, at)?;
        let room = self.session.reads.room(self.resource.type_name, at.parent(self.resource.table));
        let before = room.begun(self.moment(context));
        let mut awaited = None;
        loop {
            let news = room.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            match room.fresh(at, before, self.moment(context)) {
                Fresh::Loaded(object) => return Ok(Some(object)),
                Fresh::Before => {}
                // If one was of no use, the next ones may be of none either.
                Fresh::Awaited(number) if *awaited.get_or_insert(number) == number => {}
                Fresh::Awaited(_) | Fresh::Nothing => return self.load_for_others(&room, at, context).await,
            }
            self.until(news, None, context).await?;
        }
    }

    /// What a list says of an object, if that counts, or else the object.
    async fn answered<T>(
        &self,
        room: &Room,
        list: &dyn Census,
        at: &Place,
        context: &Context,
        judge: impl Fn(&RawView<'_>) -> (Looks, T),
    ) -> Result<Shared<T>, Diagnostics> {
        let entry = match list.entry(at) {
            Entry::Object(entry) => entry,
            Entry::Unreadable => return self.load_for_others(room, at, context).await.map(Shared::Loaded),
            Entry::Lacking => {
                tracing::trace!("the list lacks the object: a load confirms that");
                let found = list.confirm(at, context).await?;
                if found.is_some() {
                    room.compared(Compared::default(), self.moment(context));
                }
                return Ok(Shared::Loaded(found));
            }
        };
        let (looks, judged) = judge(&entry);
        let lacking = presence::lacking(self.resource.table, &entry);
        loop {
            let news = room.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            match room.counts(looks, &lacking, self.moment(context)) {
                Some(true) => {
                    list.answered();
                    tracing::trace!(shows = looks.told(), "the entry of the list counts");
                    return Ok(Shared::Listed(judged));
                }
                Some(false) => break,
                None => self.until(news, None, context).await?,
            }
        }
        tracing::trace!(shows = looks.told(), "the entry of the list is compared with the object");
        let loaded = self.load_for_others(room, at, context).await?;
        if let Some(loaded) = &loaded {
            room.compared(self.compared(&entry, &loaded.view()), self.moment(context));
        }
        Ok(Shared::Loaded(loaded))
    }

    /// Loads an object. Reads of the same object that come meanwhile get the answer, too.
    async fn load_for_others(
        &self,
        room: &Room,
        at: &Place,
        context: &Context,
    ) -> Result<Option<RawObject>, Diagnostics> {
        let began = self.moment(context);
        let loading = room.load(at, began);
        let loaded = self.remote.load_or_prove(at, context).await?;
        loading.ended(loaded.as_ref().ok(), self.moment(context));
        if let Err(Some(list)) = &loaded
            && room.may_list(self.moment(context))
        {
            self.answer_from(room, list, began, context);
        }
        Ok(loaded.ok())
    }

    /// A list for all who wait, asked for by one of them. `None`: there is none that counts.
    async fn list_for_others(
        &self,
        room: &Room,
        parent: &Place,
        context: &Context,
    ) -> Result<Option<Arc<dyn Census>>, Diagnostics> {
        let _asking = context.limited(room.asking.lock(), WAITING_FOR_A_LIST).await?;
        if let Some(list) = room.current(self.moment(context)) {
            return Ok(Some(list));
        }
        // Whoever asked while this one waited may have found that lists are of no use.
        let hurried = context.unless_it_takes(LIST_LIMIT);
        let list = self.remote.census(parent, &hurried).filter(|_| room.may_list(self.moment(context)));
        let Some(list) = list else { return Ok(None) };
        tracing::trace!("asks for a list of all objects, for all reads that wait");
        let asked = self.moment(context);
        match hurried.limited(list, "asking for a list of all objects").await.and_then(|list| list) {
            Ok(list) => {
                // It may have had to wait for much longer than its answer took.
                let sent = self.moment(context).now.saturating_sub(LIST_LIMIT);
                self.answer_from(room, &list, Moment { now: asked.now.max(sent), ..asked }, context);
                Ok(room.current(self.moment(context)))
            }
            Err(reason) => {
                let reason_told = reason.iter().next().map(|said| said.summary.as_str());
                tracing::debug!(reason = reason_told, "no list can be had, so each read asks alone");
                room.not_listed(self.moment(context));
                Ok(None)
            }
        }
    }

    /// Has a list answer the reads to come. What it says is compared with what was loaded before.
    pub(super) fn answer_from(&self, room: &Room, list: &Arc<dyn Census>, asked: Moment, context: &Context) {
        let compare = |list: &dyn Census, at: &Place, loaded: &RawObject| match list.entry(at) {
            Entry::Object(entry) => Some(self.compared(&entry, &loaded.view())),
            Entry::Unreadable => None,
            // It was found a moment ago.
            Entry::Lacking => Some(Compared::default()),
        };
        room.listed(list, asked, self.moment(context), compare);
    }

    /// Waits for news.
    async fn until(
        &self,
        news: impl Future<Output = ()>,
        pause: Option<std::time::Duration>,
        context: &Context,
    ) -> Result<(), Diagnostics> {
        let doing = "waiting for other reads";
        let waited = async {
            match pause {
                Some(pause) => tokio::select! {
                    biased;
                    () = news => Ok(()),
                    over = context.pause(pause, doing) => over,
                },
                None => {
                    news.await;
                    Ok(())
                }
            }
        };
        context.limited(waited, doing).await?
    }

    /// Compares an entry of a list with the object that was loaded.
    fn compared(&self, entry: &RawView<'_>, loaded: &RawView<'_>) -> Compared {
        let table = self.resource.table;
        let read = |object| {
            let mut misfits = Vec::new();
            let read = members::read(table, object, &Trail::Root, &mut misfits);
            misfits.is_empty().then_some(read)
        };
        let lacking = presence::lacking(table, loaded);
        let means_the_same = matches!((read(entry), read(loaded)), (Some(entry), Some(loaded)) if entry == loaded);
        Compared {
            agree: means_the_same && presence::lacking(table, entry) == lacking,
            blank: presence::blanks(table, loaded),
        }
    }

    pub(super) fn moment(&self, context: &Context) -> Moment {
        Moment { now: context.elapsed(), writes: self.connection().writes() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::State;
    use crate::engine::lifecycle::{Outcome, look_up};
    use crate::engine::lookup_table::LookUp;
    use crate::engine::memory::Memory;
    use crate::library::{BRANCH, Bench, config, object, raw, summaries};

    static BRANCHES: LookUp = LookUp::new(&BRANCH, &["id", "name"]);

    /// A bench with so many branches, and what is stored of them.
    fn town(count: usize) -> (Bench, Vec<State>) {
        let bench = Bench::new();
        let branch = |number: usize| {
            let id = format!("B{number:03}");
            let json = format!(r#"{{"id":"{id}","name":"Branch {number}","motto":"Read"}}"#);
            bench.store().plant(&id, &json);
            let at = Place::new([("city", "Ulm".to_owned()), ("id", id)]);
            bench.of(&BRANCH).placed(&at, &raw(&json).view()).state.unwrap()
        };
        let states = (0..count).map(branch).collect();
        (bench, states)
    }

    /// Reads these, ten at a time, as the CLI does.
    async fn refresh(bench: &Bench, states: &[State]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for ten in states.chunks(10) {
            let read = |state: &State| {
                let (lifecycle, state) = (bench.of(&BRANCH), state.clone());
                tokio::spawn(async move { lifecycle.read(&state, &Memory::default()).await })
            };
            for reading in ten.iter().map(read).collect::<Vec<_>>() {
                outcomes.push(reading.await.unwrap());
            }
        }
        outcomes
    }

    fn counted(bench: &Bench) -> Vec<(String, usize)> {
        let mut counts = std::collections::BTreeMap::new();
        for call in bench.store().taken_calls() {
            *counts.entry(call.split(' ').next().unwrap().to_owned()).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    fn calls<const N: usize>(counts: [(&str, usize); N]) -> Vec<(String, usize)> {
        counts.map(|(call, count)| (call.to_owned(), count)).into()
    }

    #[tokio::test]
    async fn one_object_is_a_load_and_many_are_a_list() {
        for (count, expected) in
            [(1, calls([("load", 1)])), (4, calls([("load", 4)])), (200, calls([("census", 1), ("load", 1)]))]
        {
            let (bench, states) = town(count);
            let outcomes = refresh(&bench, &states).await;
            for (outcome, state) in outcomes.iter().zip(&states) {
                assert_eq!((outcome.state.as_ref(), &outcome.diagnostics), (Some(state), &Diagnostics::none()));
            }
            assert_eq!(counted(&bench), expected, "{count}");
        }
    }

    #[tokio::test]
    async fn what_a_list_lacks_is_asked_for_once_and_the_list_counts_for_the_proof() {
        let (bench, states) = town(100);
        for gone in 50..60 {
            bench.store().objects.remove(&format!("B{gone:03}"));
        }
        let outcomes = refresh(&bench, &states).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.state.is_none()).count(), 10);
        assert_eq!(counted(&bench), calls([("census", 1), ("confirm", 10), ("load", 1)]));
    }

    #[tokio::test]
    async fn a_change_is_compared_with_the_object_until_lists_have_proven_true() {
        let (bench, states) = town(100);
        for number in 0..100 {
            let id = format!("B{number:03}");
            bench.store().plant(&id, &format!(r#"{{"id":"{id}","name":"Branch {number}","motto":"Write"}}"#));
        }
        let outcomes = refresh(&bench, &states).await;
        assert!(outcomes.iter().all(|outcome| outcome.state.as_ref().unwrap().get("motto") == &"Write".into()));
        let counts = counted(&bench);
        let loads = counts.iter().find(|(call, _)| call == "load").unwrap().1;
        assert!((3..=10).contains(&loads), "{counts:?}");
    }

    #[tokio::test]
    async fn a_list_that_shortens_its_entries_is_not_believed() {
        let (bench, states) = town(60);
        bench.store().listed_as.insert("motto", "\"\"");
        let outcomes = refresh(&bench, &states).await;
        for (outcome, state) in outcomes.iter().zip(&states) {
            assert_eq!(outcome.state.as_ref(), Some(state));
        }
        assert_eq!(counted(&bench), calls([("census", 1), ("load", 60)]));
    }

    #[tokio::test]
    async fn a_list_that_lacks_what_was_loaded_is_not_believed() {
        let (bench, states) = town(60);
        bench.store().unlisted.push("B000");
        bench.store().objects.remove("B033");
        let outcomes = refresh(&bench, &states).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.state.is_some()).count(), 59);
        assert_eq!(counted(&bench), calls([("census", 1), ("load", 60)]), "each object proves for itself");
    }

    #[tokio::test]
    async fn without_a_list_each_read_asks_alone() {
        let (bench, states) = town(60);
        bench.store().failing = vec!["census"];
        let outcomes = refresh(&bench, &states).await;
        assert!(outcomes.iter().all(|outcome| outcome.diagnostics == Diagnostics::none()));
        assert_eq!(counted(&bench), calls([("census", 1), ("load", 60)]));
    }

    #[tokio::test]
    async fn a_list_that_does_not_come_is_given_up_soon() {
        let (bench, states) = town(60);
        bench.store().no_list = true;
        let began = bench.session.context().elapsed();
        let outcomes = refresh(&bench, &states).await;
        assert!(outcomes.iter().all(|outcome| outcome.diagnostics == Diagnostics::none()));
        assert_eq!(counted(&bench), calls([("census", 1), ("load", 60)]));
        assert!(bench.session.context().elapsed() - began < Duration::from_secs(15));
    }

    #[tokio::test]
    async fn a_list_that_had_to_wait_for_minutes_is_not_old() {
        let (bench, states) = town(60);
        bench.store().held = Duration::from_secs(200);
        let outcomes = refresh(&bench, &states).await;
        assert!(outcomes.iter().all(|outcome| outcome.diagnostics == Diagnostics::none()));
        // The first object was loaded too long ago to compare its entry with.
        assert_eq!(counted(&bench), calls([("census", 1), ("load", 2)]));
    }

    #[tokio::test]
    async fn a_write_of_this_process_makes_an_answer_old() {
        let (bench, states) = town(20);
        refresh(&bench, &states).await;
        bench.store().call("update", "B001").unwrap();
        bench.store().taken_calls();
        bench.store().plant("B001", r#"{"id":"B001","name":"Branch 1","motto":"Write"}"#);
        let outcomes = refresh(&bench, &states[1..2]).await;
        assert_eq!(outcomes[0].state.as_ref().unwrap().get("motto"), &"Write".into());
        assert_eq!(counted(&bench), calls([("load", 1)]));
    }

    #[tokio::test]
    async fn an_answer_is_not_used_when_no_read_has_come_for_a_while() {
        let (bench, states) = town(20);
        refresh(&bench, &states).await;
        bench.store().taken_calls();
        let late = State::stub(BRANCH.table, object([("id", "B900".into())]));
        bench.store().plant("B900", FULL);
        refresh(&bench, std::slice::from_ref(&late)).await;
        assert_eq!(counted(&bench), calls([("confirm", 1)]), "the list is current, and lacks it");
        bench.clock.advance(Duration::from_secs(3));
        refresh(&bench, &[late]).await;
        assert_eq!(counted(&bench), calls([("load", 1)]));
    }

    #[tokio::test]
    async fn who_refreshes_an_object_again_sees_what_changed_since() {
        for count in [1, 20] {
            let (bench, states) = town(count);
            refresh(&bench, &states).await;
            bench.store().taken_calls();
            bench.store().plant("B000", r#"{"id":"B000","name":"Branch 0","motto":"Write"}"#);
            let again = refresh(&bench, &states[..1]).await;
            assert_eq!(again[0].state.as_ref().unwrap().get("motto"), &"Write".into());
            assert_eq!(counted(&bench), calls([("load", 1)]));
        }
    }

    #[tokio::test]
    async fn a_look_up_shares_with_a_refresh_and_with_nothing_else() {
        let (bench, states) = town(1);
        let by = config([("id", "B000".into())]);
        for expected in [1, 2] {
            look_up(&BRANCHES, &bench.session, &by).await.unwrap();
            assert_eq!(bench.store().calls.len(), expected, "nothing tells what changed in between");
        }
        refresh(&bench, &states).await;
        bench.store().taken_calls();
        look_up(&BRANCHES, &bench.session, &by).await.unwrap();
        assert_eq!(counted(&bench), calls([]));
    }

    #[tokio::test]
    async fn a_refresh_has_what_a_look_up_asked_for_a_moment_before() {
        let (bench, states) = town(1);
        let by = config([("id", "B000".into())]);
        look_up(&BRANCHES, &bench.session, &by).await.unwrap();
        refresh(&bench, &states).await;
        assert_eq!(counted(&bench), calls([("load", 1)]));
        let (bench, states) = town(8);
        let by = config([("name", "Branch 0".into())]);
        let (found, _) = tokio::join!(look_up(&BRANCHES, &bench.session, &by), refresh(&bench, &states));
        found.unwrap();
        assert_eq!(counted(&bench), calls([("census", 1), ("load", 1)]), "the entry lacks a member");
    }

    #[tokio::test]
    async fn a_list_that_lags_behind_a_write_is_only_searched() {
        let (bench, _) = town(5);
        bench.store().plant("B900", FULL);
        let by = config([("name", "Full".into())]);
        bench.store().call("update", "B900").unwrap();
        bench.store().taken_calls();
        look_up(&BRANCHES, &bench.session, &by).await.unwrap();
        assert_eq!(counted(&bench), calls([("census", 1), ("load", 1)]));
    }

    #[tokio::test]
    async fn a_name_is_found_in_one_list_which_the_read_after_an_import_uses() {
        let (bench, _) = town(5);
        bench.store().plant("B900", FULL);
        let by = config([("name", "Full".into())]);
        let (found, _) = look_up(&BRANCHES, &bench.session, &by).await.unwrap();
        assert_eq!(found.unwrap()["id"], "B900".into());
        assert_eq!(counted(&bench), calls([("census", 1)]), "the entry has every member");
        let identity = object([("id", "B900".into())]);
        let stub = bench.of(&BRANCH).import_identified(&identity).await.state.unwrap();
        assert_eq!(counted(&bench), calls([]), "an identity is known without a request");
        let read = bench.of(&BRANCH).read(&stub, &Memory::default()).await;
        assert_eq!(read.state.unwrap().get("name"), &"Full".into());
        assert!(counted(&bench).is_empty(), "the list is current");
    }

    #[tokio::test]
    async fn an_entry_that_lacks_a_member_is_not_taken_for_an_object_of_which_nothing_is_known() {
        let (bench, _) = town(1);
        let by = config([("name", "Branch 0".into())]);
        look_up(&BRANCHES, &bench.session, &by).await.unwrap();
        assert_eq!(counted(&bench), calls([("census", 1), ("load", 1)]));
        let none = look_up(&BRANCHES, &bench.session, &config([("name", "x".into())])).await;
        assert_eq!(summaries(&none.unwrap_err()), ["No branch of that name"]);
    }

    const FULL: &str = r#"{"id":"B900","name":"Full","motto":"","founder":null,"loanPeriod":null,"building":null,
        "labels":{},"genres":[],"readingRoom":{"open":false,"desks":0},"shelves":[]}"#;
}
