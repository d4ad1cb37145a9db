// SPDX-License-Identifier: Apache-2.0

//! What is remembered of an object beside its state, in the private data that the CLI keeps for the
//! provider. `protocol` reads it once when an operation begins and writes it once when it ends;
//! `steps` and `lifecycle` use it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::managed_paths::ManagedPaths;
use super::rewrites::Rewrites;

/// An object's identity as plain texts by attribute.
pub type Identity = BTreeMap<String, String>;

/// What is remembered of an object. Private data that is not ours reads as nothing remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Memory {
    /// SHA-256 of each argument of the creation as it was sent, by attribute: enough to see a
    /// change, without the value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub creation: BTreeMap<String, String>,
    /// The identity of the object that the configuration names by its id, as of its last plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Identity>,
    /// The identity of the existing object that a plan for a new one is going to adopt. Only in
    /// plans: a deletion that belongs to such a plan gets its private data, and must not delete
    /// that object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopting: Option<Identity>,
    /// Set in the plan of a creation about which nothing else is remembered. The deletion of a
    /// tainted object gets the private data of that plan instead of its own, so it can't tell
    /// whether its object is new.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaces_unknown: bool,
    /// The parts of the identity that were not known when a change was planned, and were assumed to
    /// stay. Only in plans.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub assumed: BTreeSet<String>,
    /// When it was created, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<u64>,
    /// Set while it is not known whether the object was created at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// Set if it is not certain that the object is ours: a look for the one of a doubt found it, and no
    /// change of ours has confirmed it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guessed: Option<Guess>,
    /// The guesses that the process which made a plan knew of, by place. Only in plans of new objects:
    /// the deletion of a tainted object gets such a plan's private data instead of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guesses: BTreeMap<String, Guess>,
    /// Where the object of this plan is to be made, as far as that is known. Only in plans of new objects:
    /// the deletion of what such an object replaces gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creates_in: Option<BTreeMap<String, String>>,
    /// Texts that the remote system stores in a form of its own.
    #[serde(default, skip_serializing_if = "Rewrites::is_empty")]
    pub rewrites: Rewrites,
    /// Attributes whose value a further call still has to tell, since that call failed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pending: BTreeSet<String>,
    /// The attributes that the configuration managed when it was last applied, each as its path.
    #[serde(default, skip_serializing_if = "ManagedPaths::is_empty")]
    pub managed: ManagedPaths,
}

/// A creation of unknown fate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Doubt {
    /// When it was made, in seconds since 1970.
    pub since: u64,
    /// The ids of the objects that were there before, each without the part that tells its parent.
    pub others: Vec<String>,
    /// How many doubts the run had by then. It tells this one from others of the same second.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nth: usize,
    /// Set if `others` is lost, so that no object can be told from those that were there before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forgotten: bool,
    /// What the derived attributes of such an object were, as a digest: it tells whether the address
    /// is still the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// An object that was found in place of one whose creation got no answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Guess {
    /// The doubt, as a digest.
    pub doubt: String,
    /// What the object held when it was exactly what the creation would have made, as a digest.
    pub content: String,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

// === impl Memory ===

impl Memory {
    /// Reads private data.
    pub fn read(private: &[u8]) -> Self {
        serde_json::from_slice(private).unwrap_or_default()
    }

    /// What stays remembered of an object when its plan has been applied, or has failed.
    #[must_use]
    pub fn without_plan(self) -> Self {
        Self {
            adopting: None,
            replaces_unknown: false,
            assumed: BTreeSet::new(),
            guesses: BTreeMap::new(),
            creates_in: None,
            ..self
        }
    }

    /// The private data; empty where there is nothing to remember.
    pub fn write(&self) -> Vec<u8> {
        match *self == Self::default() {
            true => Vec::new(),
            false => serde_json::to_vec(self).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let memory = Memory {
            creation: BTreeMap::from([("shelf".to_owned(), "digest".to_owned())]),
            created: Some(1_700_000_000),
            ..Memory::default()
        };
        assert_eq!(Memory::read(&memory.write()), memory);
        assert_eq!(Memory::default().write(), b"");
    }

    #[test]
    fn what_only_a_plan_remembers_ends_with_it() {
        let plan = Memory {
            adopting: Some(BTreeMap::new()),
            replaces_unknown: true,
            assumed: ["city".to_owned()].into(),
            guesses: BTreeMap::from([("Ulm/B1".to_owned(), Guess::default())]),
            creates_in: Some(BTreeMap::new()),
            created: Some(7),
            ..Memory::default()
        };
        assert_eq!(plan.without_plan(), Memory { created: Some(7), ..Memory::default() });
    }

    #[test]
    fn foreign_private_data_is_nothing_remembered() {
        for private in [&b""[..], b"kept", b"[]", br#"{"created":"soon"}"#, br#"{"newer":1}"#] {
            assert_eq!(Memory::read(private), Memory::default());
        }
    }
}
