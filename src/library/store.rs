//! The remote system in memory: objects as JSON text, a journal of calls, and faults that tests ask
//! for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;

use super::clock::TestClock;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Clock;
use crate::raw::RawObject;

pub(crate) struct Store {
    clock: Arc<TestClock>,
    /// The objects by id.
    pub(crate) objects: BTreeMap<String, RawObject>,
    created: BTreeMap<String, Duration>,
    /// For how long new objects are not found.
    pub(crate) hide_new: Duration,
    /// The calls so far: what was called with which object.
    pub(crate) calls: Vec<String>,
    /// Calls that fail, each once.
    pub(crate) failing: Vec<&'static str>,
    /// Members that are stored as something else.
    pub(crate) rewrite: BTreeMap<&'static str, &'static str>,
    /// Titles of books that a list can't read.
    pub(crate) torn: Vec<&'static str>,
    /// How many readers have each book.
    pub(crate) lent: u32,
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
            calls: Vec::new(),
            failing: Vec::new(),
            rewrite: BTreeMap::new(),
            torn: Vec::new(),
            lent: 0,
            codes: 0,
            ids: 0,
        }
    }

    /// Notes a call; fails if a test asked for that.
    pub(super) fn call(&mut self, name: &'static str, about: &str) -> Result<(), Diagnostics> {
        self.calls.push(format!("{name} {about}"));
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

    pub(super) fn create(&mut self, prefix: &str, mut object: RawObject) -> (String, RawObject) {
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
        self.objects.get(id).filter(|_| visible).cloned()
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

/// JSON text as an object.
pub(crate) fn raw(json: &str) -> RawObject {
    RawObject::parse(&RawValue::from_string(json.to_owned()).unwrap()).unwrap()
}
