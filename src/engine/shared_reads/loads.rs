// SPDX-License-Identifier: Apache-2.0

//! Loads of one object that many reads share. Used by `lifecycle/shared`.

use std::sync::PoisonError;

use super::Room;
use super::facts::{Loaded, Moment};
use crate::engine::place::Place;
use crate::raw::RawObject;

/// How many loaded objects are kept for others that ask for the same.
const MOST_LOADED: usize = 64;

/// What there is for a read that wants its object as of after it came.
pub enum Fresh {
    /// This object, which was asked for since then.
    Loaded(RawObject),
    /// The load of this number is under way, which began since then.
    Awaited(u64),
    /// A load of before is under way: others may wait for its end, too, and share the next one.
    Before,
    /// Nothing.
    Nothing,
}

/// A load under way.
pub struct Loading<'a> {
    room: &'a Room,
    at: &'a Place,
    number: u64,
    began: Moment,
}

// === impl Room ===

impl Room {
    /// How many loads have begun.
    pub fn begun(&self, moment: Moment) -> u64 {
        self.facts(moment).begun
    }

    /// What there is for a read of the object at this place that came when so many loads had begun, and wants one that
    /// began after that.
    pub fn fresh(&self, at: &Place, before: u64, moment: Moment) -> Fresh {
        match self.facts(moment).loaded.get(at) {
            Some(Loaded::Done(object, number, _)) if *number > before => Fresh::Loaded(object.clone()),
            Some(Loaded::UnderWay(number)) if *number > before => Fresh::Awaited(*number),
            Some(Loaded::UnderWay(_)) => Fresh::Before,
            Some(Loaded::Done(..)) | None => Fresh::Nothing,
        }
    }

    /// A load begins.
    pub fn load<'a>(&'a self, at: &'a Place, moment: Moment) -> Loading<'a> {
        let mut facts = self.facts(moment);
        (facts.loads, facts.begun) = (facts.loads.saturating_add(1), facts.begun + 1);
        let number = facts.begun;
        if facts.loaded.len() >= MOST_LOADED {
            facts.loaded.retain(|_, loaded| matches!(loaded, Loaded::UnderWay(_)));
        }
        facts.loaded.insert(at.clone(), Loaded::UnderWay(number));
        Loading { room: self, at, number, began: moment }
    }
}

// === impl Loading ===

impl Loading<'_> {
    /// The load ended with this object, or without one.
    pub fn ended(self, object: Option<&RawObject>, moment: Moment) {
        let mut facts = self.room.facts(moment);
        facts.load_took = Some(moment.now.saturating_sub(self.began.now));
        if let (Some(object), true) = (object, self.began.writes == moment.writes) {
            facts.loaded.insert(self.at.clone(), Loaded::Done(object.clone(), self.number, self.began));
        }
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        let mut facts = self.room.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(facts.loaded.get(self.at), Some(Loaded::UnderWay(number)) if *number == self.number) {
            facts.loaded.remove(self.at);
        }
        drop(facts);
        self.room.news.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::library::raw;

    fn at(id: &str) -> Place {
        Place::new([("id", id.to_owned())])
    }

    fn moment(milliseconds: u64, writes: u64) -> Moment {
        Moment { now: Duration::from_millis(milliseconds), writes }
    }

    #[test]
    fn a_read_may_want_an_answer_that_was_asked_for_after_it_came() {
        let (room, id) = (Room::default(), at("a"));
        let fresh = |before| match room.fresh(&id, before, moment(0, 0)) {
            Fresh::Loaded(_) => "loaded",
            Fresh::Awaited(_) => "awaited",
            Fresh::Before => "before",
            Fresh::Nothing => "nothing",
        };
        assert_eq!(fresh(room.begun(moment(0, 0))), "nothing");
        let early = room.begun(moment(0, 0));
        let loading = room.load(&id, moment(0, 0));
        let late = room.begun(moment(0, 0));
        assert_eq!((fresh(early), fresh(late)), ("awaited", "before"));
        loading.ended(Some(&raw("{}")), moment(0, 0));
        assert_eq!((fresh(early), fresh(late)), ("loaded", "nothing"));
        // Another one that ends without an answer leaves what is under way.
        let (first, _second) = (room.load(&id, moment(0, 0)), room.load(&id, moment(0, 0)));
        drop(first);
        assert_eq!(fresh(late), "awaited");
    }

    #[test]
    fn only_so_many_loaded_objects_are_kept() {
        let (room, now) = (Room::default(), moment(0, 0));
        let waited = at("under way");
        let _loading = room.load(&waited, now);
        for number in 0..MOST_LOADED * 2 {
            let id = at(&number.to_string());
            room.load(&id, now).ended(Some(&raw("{}")), now);
            assert!(room.facts(now).loaded.len() <= MOST_LOADED);
            assert!(matches!(room.fresh(&id, 0, now), Fresh::Loaded(_)), "the last one is kept");
        }
        assert!(matches!(room.fresh(&waited, 0, now), Fresh::Awaited(1)));
    }
}
