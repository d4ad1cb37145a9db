// SPDX-License-Identifier: Apache-2.0

//! Texts that the remote system stores in a form of its own: an image becomes the address where it
//! is kept. Reported as drift, that would be a change that no apply ever settles. So the pair of
//! texts is remembered, and as long as both stay, they count as the same. Used by `settle`,
//! `reconcile` and `body`; kept in `memory`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fingerprint::fingerprint;
use crate::schema::{Attribute, Shape};
use crate::value::Value;

/// The remembered pairs by attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Rewrites(BTreeMap<String, Rewrite>);

/// A text and its stored form, as digests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Rewrite {
    given: String,
    stored: String,
}

// === impl Rewrites ===

impl Rewrites {
    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `stored` means what `given` does: by its kind, or since the pair is remembered.
    pub fn same(&self, row: &Attribute, given: &Value, stored: &Value) -> bool {
        let Shape::Leaf(kind) = row.shape else { return false };
        kind.same(given, stored) || rewrite(given, stored).is_some_and(|rewrite| self.0.get(row.name) == Some(&rewrite))
    }

    /// Remembers a pair, if this attribute is rewritten at all. Answers whether it did.
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

/// The pair. An empty stored text is not a form of anything: then the text was lost.
fn rewrite(given: &Value, stored: &Value) -> Option<Rewrite> {
    stored.as_str().filter(|text| !text.is_empty())?;
    Some(Rewrite { given: fingerprint(given)?, stored: fingerprint(stored)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::BRANCH;

    fn row(name: &str) -> &'static Attribute {
        BRANCH.table.attribute(name).unwrap()
    }

    #[test]
    fn a_remembered_pair_is_the_same_until_either_text_changes() {
        let mut rewrites = Rewrites::default();
        assert!(rewrites.is_empty() && rewrites.note(row("motto"), &"Read".into(), &"READ".into()));
        assert!(rewrites.same(row("motto"), &"Read".into(), &"READ".into()));
        assert!(!rewrites.same(row("motto"), &"Read!".into(), &"READ".into()));
        assert!(!rewrites.same(row("motto"), &"Read".into(), &"Write".into()));
        assert!(!rewrites.same(row("name"), &"Read".into(), &"READ".into()));
    }

    #[test]
    fn only_rewritten_rows_remember_and_a_lost_text_is_not_a_form() {
        let mut rewrites = Rewrites::default();
        assert!(!rewrites.note(row("name"), &"Read".into(), &"READ".into()));
        assert!(!rewrites.note(row("motto"), &"Read".into(), &"".into()));
        assert!(!rewrites.note(row("motto"), &"Read".into(), &"Read".into()));
        assert!(rewrites.is_empty());
    }
}
