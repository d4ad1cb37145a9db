//! Texts that the remote system stores otherwise than they were given, for good: an image becomes the address where it is kept. Told as
//! drift, that would be a change that no apply ever settles. So it is remembered what became of what, and as long as both stay, they are
//! the same. Used by `settle`, `reconcile` and `body`; kept in private data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fingerprint::fingerprint;
use crate::schema::{Attribute, Shape};
use crate::value::Value;

/// What became of what was given, by attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Rewrites(BTreeMap<String, Rewrite>);

/// One text and what became of it, as digests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Rewrite {
    given: String,
    stored: String,
}

// === impl Rewrites ===

impl Rewrites {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `stored` means what `given` does: by its kind, or since the one became the other.
    pub fn same(&self, row: &Attribute, given: &Value, stored: &Value) -> bool {
        let Shape::Leaf(kind) = row.shape else { return false };
        kind.same(given, stored) || rewrite(given, stored).is_some_and(|rewrite| self.0.get(row.name) == Some(&rewrite))
    }

    /// Remembers what became of a text of this attribute, if such a thing happens to it at all.
    pub fn note(&mut self, row: &Attribute, given: &Value, stored: &Value) -> bool {
        let differ = matches!(row.shape, Shape::Leaf(kind) if !kind.same(given, stored));
        match rewrite(given, stored).filter(|_| row.rewritten && differ) {
            Some(rewrite) => {
                self.0.insert(row.name.to_owned(), rewrite);
                true
            }
            None => false,
        }
    }
}

/// What became of a text; nothing where there is none any more, which is not rewritten but lost.
fn rewrite(given: &Value, stored: &Value) -> Option<Rewrite> {
    let there = stored.as_str().is_some_and(|text| !text.is_empty());
    there.then(|| Some(Rewrite { given: fingerprint(given)?, stored: fingerprint(stored)? })).flatten()
}
