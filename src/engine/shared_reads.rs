// SPDX-License-Identifier: Apache-2.0

//! The reads of a session that may share an answer: how many came, what was asked for them, and which
//! answers are current. Kept by the session; `lifecycle/shared` asks by it.

mod facts;
mod loads;
mod rule;
mod trust;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

pub use self::facts::Moment;
use self::facts::{Facts, Loaded};
pub use self::loads::Fresh;
pub use self::rule::LIST_LIMIT;
use self::rule::{Counted, Next, WORTH, next, unlistable, worth};
pub use self::trust::{Compared, Looks};
use super::census::Census;
use super::digest::digest;
use super::place::Place;
use crate::raw::RawObject;
use crate::value::Path;

type Rooms = BTreeMap<(&'static str, Place), Arc<Room>>;

/// The reads of a session, by type and by where the objects are.
#[derive(Default)]
pub struct SharedReads(Mutex<Rooms>);

/// Where reads meet that may share an answer.
#[derive(Default)]
pub struct Room {
    facts: Mutex<Facts>,
    /// Held by whoever asks for a list.
    pub asking: tokio::sync::Mutex<()>,
    /// Somebody came, or an answer did.
    pub news: Notify,
}

/// What a read does next.
pub enum Step {
    /// It has this object, which was loaded for another read.
    Loaded(RawObject),
    /// It has what this list says.
    Listed(Arc<dyn Census>),
    /// It loads its object.
    Load,
    /// It asks for a list, or waits for the one who does.
    List,
    /// It waits for news, so long at most.
    Wait(Option<Duration>),
}

/// A read that waits for its answer.
pub struct Waiting<'a>(&'a Room);

/// A list under way in which something is looked for.
pub struct Searching<'a>(&'a Room);

// === impl SharedReads ===

impl SharedReads {
    /// Where the reads of a type's objects meet that are all at this place.
    pub fn room(&self, type_name: &'static str, parent: Place) -> Arc<Room> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.entry((type_name, parent)).or_default().clone()
    }
}

// === impl Room ===

impl Room {
    /// A read comes.
    pub fn join(&self, moment: Moment) -> Waiting<'_> {
        let mut facts = self.facts(moment);
        (facts.waiting, facts.arrived) = (facts.waiting + 1, moment.now);
        self.news.notify_waiters();
        Waiting(self)
    }

    /// Whether a refresh has read the object at this place before.
    pub fn is_refreshed_again(&self, at: &Place, moment: Moment) -> bool {
        !self.facts(moment).refreshed.insert(digest(at))
    }

    /// What a read of the object at this place does next.
    pub fn step(&self, at: &Place, moment: Moment) -> Step {
        let facts = self.facts(moment);
        match (&facts.list, facts.loaded.get(at)) {
            (Some((list, _)), _) => return Step::Listed(list.clone()),
            (_, Some(Loaded::Done(object, ..))) => return Step::Loaded(object.clone()),
            (_, Some(Loaded::UnderWay(_))) => return Step::Wait(None),
            (_, None) => {}
        }
        if !facts.may_list(moment) {
            return Step::Load;
        }
        // It costs nothing more.
        if facts.searched > 0 {
            return Step::Wait(None);
        }
        let counted = Counted {
            loads: facts.loads,
            waiting: facts.waiting,
            worth: if facts.list_took.is_none() { WORTH } else { worth(facts.list_took, facts.load_took) },
        };
        let next = next(counted, moment.now.saturating_sub(facts.arrived));
        let Counted { loads, waiting, worth } = counted;
        tracing::trace!(
            next = next.told(),
            loads_so_far = loads,
            reads_waiting = waiting,
            list_pays_from = worth,
            "decided how to read"
        );
        match next {
            Next::Load => Step::Load,
            Next::List => Step::List,
            Next::Wait(pause) => Step::Wait(Some(pause)),
        }
    }

    /// A list is asked for, to find something in it.
    pub fn search(&self, moment: Moment) -> Searching<'_> {
        self.facts(moment).searched += 1;
        Searching(self)
    }

    /// The list that is current, if there is one.
    pub fn current(&self, moment: Moment) -> Option<Arc<dyn Census>> {
        self.facts(moment).list.as_ref().map(|(list, _)| list.clone())
    }

    /// Whether a list may be asked for.
    pub fn may_list(&self, moment: Moment) -> bool {
        self.facts(moment).may_list(moment)
    }

    /// A list came that was asked for then. `compare` compares what it says of a place with an object that
    /// was loaded.
    pub fn listed(
        &self,
        list: &Arc<dyn Census>,
        asked: Moment,
        moment: Moment,
        compare: impl Fn(&dyn Census, &Place, &RawObject) -> Option<Compared>,
    ) {
        let mut facts = self.facts(moment);
        (facts.list_took, facts.failed_lists) = (Some(moment.now.saturating_sub(asked.now)), 0);
        if asked.writes == moment.writes {
            facts.list = Some((list.clone(), asked));
            let loaded = facts.loaded.iter().filter_map(|(at, loaded)| match loaded {
                Loaded::Done(object, ..) => compare(&**list, at, object),
                Loaded::UnderWay(_) => None,
            });
            let compared: Vec<Compared> = loaded.collect();
            compared.into_iter().for_each(|compared| facts.trust.compared(compared));
            if facts.trust.is_lost() {
                facts.list = None;
            }
        }
        self.news.notify_waiters();
    }

    /// A list could not be had.
    pub fn not_listed(&self, moment: Moment) {
        let mut facts = self.facts(moment);
        facts.failed_lists = facts.failed_lists.saturating_add(1);
        facts.unlistable_until = moment.now + unlistable(facts.failed_lists);
        drop(facts);
        self.news.notify_waiters();
    }

    /// Whether an entry of the list counts that shows this and lacks these members. `None`: a load is under way that
    /// will tell more.
    pub fn counts(&self, looks: Looks, lacking: &[Path], moment: Moment) -> Option<bool> {
        let facts = self.facts(moment);
        let counts = facts.trust.counts(looks, lacking);
        let is_awaited = looks == Looks::Same && !facts.trust.is_lost() && facts.is_loading();
        (counts || !is_awaited).then_some(counts)
    }

    /// An entry of the list was compared with its object.
    pub fn compared(&self, compared: Compared, moment: Moment) {
        let mut facts = self.facts(moment);
        facts.trust.compared(compared);
        if facts.trust.is_lost() {
            facts.list = None;
        }
    }

    fn facts(&self, moment: Moment) -> MutexGuard<'_, Facts> {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.pass(moment);
        facts
    }
}

// === impl Waiting ===

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut facts = self.0.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.waiting = facts.waiting.saturating_sub(1);
    }
}

// === impl Searching ===

impl Drop for Searching<'_> {
    fn drop(&mut self) {
        let mut facts = self.0.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.searched = facts.searched.saturating_sub(1);
        drop(facts);
        self.0.news.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::census::{Entry, PortFuture};
    use crate::engine::context::Context;
    use crate::library::raw;
    use crate::value::Object;

    struct Nobody;

    impl Census for Nobody {
        fn entry(&self, _: &Place) -> Entry<'_> {
            Entry::Lacking
        }

        fn confirm<'a>(&'a self, _: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
            Box::pin(async { Ok(None) })
        }

        fn find(&self, _: &Object) -> Result<Place, crate::diag::Diagnostics> {
            Ok(Place::default())
        }
    }

    fn at(id: &str) -> Place {
        Place::new([("id", id.to_owned())])
    }

    fn moment(milliseconds: u64, writes: u64) -> Moment {
        Moment { now: Duration::from_millis(milliseconds), writes }
    }

    fn step(room: &Room, id: &str, moment: Moment) -> &'static str {
        match room.step(&at(id), moment) {
            Step::Loaded(_) => "loaded",
            Step::Listed(_) => "listed",
            Step::Load => "load",
            Step::List => "list",
            Step::Wait(None) => "wait for the load",
            Step::Wait(Some(_)) => "wait",
        }
    }

    fn listed(room: &Room, asked: Moment, now: Moment, agree: Option<bool>) {
        let compared = |agree| Compared { agree, ..Compared::default() };
        let list: Arc<dyn Census> = Arc::new(Nobody);
        room.listed(&list, asked, now, |_, _, _| agree.map(compared));
    }

    #[test]
    fn the_first_read_loads_and_the_fifth_has_a_list_asked_for() {
        let (room, first) = (Room::default(), at("1"));
        let reads: Vec<Waiting<'_>> = (0..4).map(|_| room.join(moment(0, 0))).collect();
        assert_eq!(step(&room, "1", moment(0, 0)), "load");
        let loading = room.load(&first, moment(0, 0));
        assert_eq!((step(&room, "1", moment(1, 0)), step(&room, "2", moment(1, 0))), ("wait for the load", "list"));
        drop(reads);
        let _waiting = room.join(moment(2, 0));
        assert_eq!(step(&room, "2", moment(2, 0)), "wait", "those who left don't count");
        assert_eq!(step(&room, "2", moment(45, 0)), "load", "nobody else came");
        loading.ended(Some(&raw("{}")), moment(46, 0));
        assert_eq!(step(&room, "1", moment(47, 0)), "loaded");
    }

    #[test]
    fn a_load_that_is_given_up_leaves_nothing() {
        let (room, first) = (Room::default(), at("1"));
        drop(room.load(&first, moment(0, 0)));
        let _waiting = room.join(moment(0, 0));
        assert_eq!(step(&room, "1", moment(0, 0)), "wait");
    }

    #[test]
    fn an_answer_is_current_until_a_write_or_a_pause() {
        let (room, first) = (Room::default(), at("1"));
        room.load(&first, moment(0, 0)).ended(Some(&raw("{}")), moment(10, 0));
        listed(&room, moment(10, 0), moment(20, 0), Some(true));
        for now in [20, 1_500, 3_000, 4_500] {
            assert_eq!(step(&room, "2", moment(now, 0)), "listed");
        }
        assert_eq!(step(&room, "1", moment(5_000, 1)), "load", "something was written");
        room.load(&first, moment(5_000, 1)).ended(Some(&raw("{}")), moment(5_001, 1));
        assert_eq!(step(&room, "1", moment(5_100, 1)), "loaded");
        assert_eq!(step(&room, "1", moment(7_200, 1)), "load", "no read came for more than two seconds");
    }

    #[test]
    fn a_refresh_reads_each_object_once() {
        let room = Room::default();
        let again = |id: &str, now| room.is_refreshed_again(&at(id), now);
        assert_eq!(
            [again("1", moment(0, 0)), again("2", moment(0, 0)), again("1", moment(1, 0))],
            [false, false, true]
        );
        assert!(!again("1", moment(2, 1)) && !again("1", moment(9_000, 1)), "a write or a pause begins another");
    }

    #[test]
    fn an_answer_that_began_before_a_write_is_not_shared() {
        let (room, first) = (Room::default(), at("1"));
        room.load(&first, moment(0, 0)).ended(Some(&raw("{}")), moment(10, 1));
        listed(&room, moment(0, 0), moment(10, 1), None);
        assert!(room.current(moment(10, 1)).is_none());
        assert_eq!(step(&room, "1", moment(10, 1)), "load");
    }

    #[test]
    fn a_list_that_fails_or_lies_is_not_asked_for_again() {
        let room = Room::default();
        let _reads: Vec<Waiting<'_>> = (0..9).map(|_| room.join(moment(0, 0))).collect();
        assert_eq!(step(&room, "1", moment(0, 0)), "list");
        room.not_listed(moment(1, 0));
        assert_eq!(step(&room, "1", moment(2, 0)), "load");
        // The reads go on, so another one is tried, and then there is a longer pause.
        (1..=31).for_each(|two_seconds| drop(room.facts(moment(two_seconds * 2_000, 0))));
        assert!(room.may_list(moment(62_001, 0)));
        room.not_listed(moment(62_001, 0));
        assert!(!room.may_list(moment(180_000, 0)) && room.may_list(moment(182_001, 0)));
        let room = Room::default();
        let first = at("1");
        room.load(&first, moment(0, 0)).ended(Some(&raw("{}")), moment(1, 0));
        listed(&room, moment(1, 0), moment(2, 0), Some(false));
        let _reads: Vec<Waiting<'_>> = (0..9).map(|_| room.join(moment(3, 0))).collect();
        assert_eq!(step(&room, "2", moment(3, 0)), "load");
        assert!(!room.may_list(moment(3, 0)) && room.current(moment(3, 0)).is_none());
    }

    #[test]
    fn an_entry_that_is_the_same_waits_for_a_comparison_that_is_under_way() {
        let (room, first, lacking) = (Room::default(), at("1"), [Path::of("tags")]);
        let loading = room.load(&first, moment(0, 0));
        assert_eq!(room.counts(Looks::Same, &lacking, moment(1, 0)), None);
        assert_eq!(room.counts(Looks::Same, &[], moment(1, 0)), Some(true));
        assert_eq!(room.counts(Looks::Changed, &[], moment(1, 0)), Some(false));
        drop(loading);
        assert_eq!(room.counts(Looks::Same, &lacking, moment(1, 0)), Some(false));
        room.compared(Compared { agree: true, ..Compared::default() }, moment(2, 0));
        assert_eq!(room.counts(Looks::Same, &lacking, moment(2, 0)), Some(true));
    }
}
