// SPDX-License-Identifier: Apache-2.0

//! The remote system in memory: objects as JSON text, a journal of calls, and faults that tests ask
//! for.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::clock::TestClock;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Clock;
use crate::engine::ports::{NotCreated, Revise, Updated};
use crate::raw::RawObject;

/// A creation without an answer.
#[derive(Clone, Copy)]
pub(crate) struct Doubtful {
    /// Whether it was done.
    pub(crate) done: bool,
    /// Whether the failure hints that it was not.
    pub(crate) likely_not_done: bool,
}

pub(crate) struct Store {
    clock: Arc<TestClock>,
    /// The objects by id.
    pub(crate) objects: BTreeMap<String, RawObject>,
    created: BTreeMap<String, Duration>,
    /// For how long new objects are not found.
    pub(crate) hide_new: Duration,
    /// How many calls changed something.
    pub(super) writes: u64,
    /// The calls so far: what was called with which object.
    pub(crate) calls: Vec<String>,
    /// Calls that fail, each once.
    pub(crate) failing: Vec<&'static str>,
    /// Members that are stored as something else.
    pub(crate) rewrite: BTreeMap<&'static str, &'static str>,
    /// Whether a list never comes.
    pub(crate) no_list: bool,
    /// How long a list has to wait before it is asked for.
    pub(crate) held: std::time::Duration,
    /// Members that a list shows as something else.
    pub(crate) listed_as: BTreeMap<&'static str, &'static str>,
    /// Objects that a list lacks.
    pub(crate) unlisted: Vec<&'static str>,
    /// Titles of books that a list can't read.
    pub(crate) torn: Vec<&'static str>,
    /// How many readers have each book.
    pub(crate) lent: u32,
    /// The warnings that come with deletions that succeed.
    pub(crate) told_of_deletions: Diagnostics,
    /// The next creations whose answers are lost.
    pub(crate) doubtful: Vec<Doubtful>,
    /// An object that somebody else makes at the next creation.
    pub(crate) appear: Option<(&'static str, &'static str)>,
    /// The id that the next creations answer in place of the new object's, each once.
    pub(crate) answered: Vec<&'static str>,
    /// Work is to stop at the next creation.
    pub(crate) stop_at_create: Option<CancellationToken>,
    /// Whether a plan may write over what changed since.
    pub(crate) overwrites: Arc<AtomicBool>,
    /// What another writer makes of an object right after it was updated.
    pub(crate) after_update: Option<&'static str>,
    /// Whether there is something to tell that concerns all operations.
    pub(crate) aside: bool,
    /// For how long an update is not shown by later calls.
    pub(crate) late_updates: Duration,
    late: BTreeMap<String, (Duration, RawObject)>,
    codes: u32,
    ids: u32,
}

impl Store {
    pub(crate) fn new(clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            objects: BTreeMap::new(),
            created: BTreeMap::new(),
            hide_new: Duration::ZERO,
            writes: 0,
            calls: Vec::new(),
            aside: false,
            failing: Vec::new(),
            rewrite: BTreeMap::new(),
            no_list: false,
            held: std::time::Duration::ZERO,
            listed_as: BTreeMap::new(),
            torn: Vec::new(),
            lent: 0,
            unlisted: Vec::new(),
            told_of_deletions: Diagnostics::none(),
            doubtful: Vec::new(),
            appear: None,
            answered: Vec::new(),
            stop_at_create: None,
            overwrites: Arc::default(),
            after_update: None,
            late_updates: Duration::ZERO,
            late: BTreeMap::new(),
            codes: 0,
            ids: 0,
        }
    }

    /// Notes a call; fails if a test asked for that.
    pub(crate) fn call(&mut self, name: &'static str, about: &str) -> Result<(), Diagnostics> {
        self.calls.push(format!("{name} {about}"));
        self.writes += u64::from(matches!(name, "create" | "update" | "delete" | "rotate"));
        match self.failing.iter().position(|failing| *failing == name) {
            Some(position) => {
                self.failing.remove(position);
                Err(Diagnostic::error("The library is closed", format!("The call {name} failed.")).into())
            }
            None => Ok(()),
        }
    }

    /// The calls so far, which are then forgotten.
    pub(crate) fn taken_calls(&mut self) -> Vec<String> {
        std::mem::take(&mut self.calls)
    }

    /// Puts an object, as the remote system stores it.
    pub(super) fn put(&mut self, id: &str, mut object: RawObject) -> RawObject {
        for (key, text) in &self.rewrite {
            if object.contains(key) {
                object.set(key, RawValue::from_string((*text).to_owned()).unwrap());
            }
        }
        self.objects.insert(id.to_owned(), object.clone());
        object
    }

    /// Whether the answer of a creation is lost, which is then done or not.
    pub(super) fn lose_answer(&mut self, prefix: &str, body: &RawObject) -> Result<(), NotCreated> {
        if let Some(stop) = self.stop_at_create.take() {
            stop.cancel();
        }
        if let Some((id, json)) = self.appear.take() {
            self.plant(id, json);
        }
        if self.doubtful.is_empty() {
            return Ok(());
        }
        let Doubtful { done, likely_not_done } = self.doubtful.remove(0);
        if done {
            self.create(prefix, body.clone());
        }
        let reason = Diagnostic::error("The library is closed", "No answer came.").into();
        Err(NotCreated::Doubtful { reason, likely_not_done })
    }

    /// The objects that can be found.
    pub(super) fn visible(&self) -> Vec<RawObject> {
        self.objects.keys().filter_map(|id| self.find(id)).collect()
    }

    /// The objects as a list has them.
    pub(super) fn listed(&self) -> BTreeMap<String, RawObject> {
        let entry = |id: &String| {
            let mut object = self.find(id)?;
            for (key, text) in &self.listed_as {
                object.set(key, RawValue::from_string((*text).to_owned()).unwrap());
            }
            Some((id.clone(), object))
        };
        self.objects.keys().filter(|id| !self.unlisted.contains(&id.as_str())).filter_map(entry).collect()
    }

    pub(crate) fn create(&mut self, prefix: &str, mut object: RawObject) -> (String, RawObject) {
        self.ids += 1;
        let id = format!("{prefix}{}", self.ids);
        object.set("id", crate::raw::to_raw(&id));
        self.created.insert(id.clone(), self.clock.elapsed());
        let stored = self.put(&id, object);
        (id, stored)
    }

    /// The object of an id, unless it is too new to be found.
    pub(super) fn find(&self, id: &str) -> Option<RawObject> {
        let since = self.created.get(id).map(|created| self.clock.elapsed().saturating_sub(*created));
        let visible = since.is_none_or(|since| since >= self.hide_new);
        let late = self.late.get(id).filter(|(until, _)| self.clock.elapsed() < *until).map(|(_, object)| object);
        late.or_else(|| self.objects.get(id)).filter(|_| visible).cloned()
    }

    /// Stores an object that was revised.
    fn revised(&mut self, id: &str, before: RawObject, revised: RawObject) -> Updated {
        self.late.insert(id.to_owned(), (self.clock.elapsed() + self.late_updates, before.clone()));
        let stored = self.put(id, revised);
        if let Some(other) = self.after_update.take() {
            self.plant(id, other);
        }
        Updated { before, stored }
    }

    pub(super) fn new_code(&mut self) -> String {
        self.codes += 1;
        format!("code-{}", self.codes)
    }

    pub(super) fn code(&self) -> String {
        format!("code-{}", self.codes)
    }

    /// Stores an object that a test made up.
    pub(crate) fn plant(&mut self, id: &str, json: &str) {
        self.objects.insert(id.to_owned(), raw(json));
    }

    /// An object as text.
    pub(crate) fn text(&self, id: &str) -> String {
        self.objects[id].to_raw().get().to_owned()
    }
}

/// Has an object revised and stores the result. Others get their turn in between, as they do while
/// a request is on its way.
pub(super) async fn update(store: &Mutex<Store>, id: &str, revise: Revise<'_>) -> Result<Option<Updated>, Diagnostics> {
    let found = {
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        store.call("update", id)?;
        store.find(id)
    };
    let Some(before) = found else { return Ok(None) };
    let revised = revise(&before)?;
    tokio::task::yield_now().await;
    Ok(Some(store.lock().unwrap_or_else(PoisonError::into_inner).revised(id, before, revised)))
}

/// JSON text as an object.
pub(crate) fn raw(json: &str) -> RawObject {
    RawObject::parse(&RawValue::from_string(json.to_owned()).unwrap()).unwrap()
}
