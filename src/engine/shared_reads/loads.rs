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
