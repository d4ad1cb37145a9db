// SPDX-License-Identifier: Apache-2.0

//! What differs from one kind of objects of the API to another: where they are, what answers and
//! people call them, and what requests about them say. One file for each kind declares it, such as
//! `servers`; `objects`, `update`, `envelopes` and `absence` do the rest for all.

use serde_json::value::RawValue;

/// A kind of objects.
#[derive(Debug)]
pub struct Kind {
    /// The path that loads one.
    pub load: &'static str,
    /// The path that replaces one.
    pub update: &'static str,
    /// The path that deletes one.
    pub delete: &'static str,
    /// The path that lists all of one owner.
    pub list: &'static str,
    /// The member of an answer that has one object; messages call it so, too.
    pub one: &'static str,
    /// The member of an answer that has a list of them, likewise.
    pub many: &'static str,
    /// What they are listed by, for messages.
    pub owner: &'static str,
}

/// The requests about the objects of one owner.
pub trait Endpoints: Copy + Send + Sync {
    /// Their kind.
    const KIND: &'static Kind;

    /// The body that names the object to load or to delete.
    fn naming(&self, id: &str) -> String;

    /// The body that stores this object in place of the one of its id.
    fn storing(&self, object: &RawValue) -> String;

    /// The body that asks for a page of the list, counted from 0, or `None` after the last that
    /// there can be. None is asked for after the one that completes the list.
    fn page(&self, number: usize) -> Option<String>;
}

// === impl Kind ===

impl Kind {
    /// The list as messages call it.
    pub(super) fn list_words(&self) -> String {
        format!("the list of the {}'s {}", self.owner, self.many)
    }
}
