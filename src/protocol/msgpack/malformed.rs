// SPDX-License-Identifier: Apache-2.0

//! The error of a value that doesn't fit its type. Both codecs, MessagePack and JSON, return it.

use std::fmt;

use crate::value::{Path, Step};

/// What is wrong with a value, and where. It never quotes the value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The misfit, from the root of the value that was read or written.
    pub path: Path,
    /// What is wrong with it, as the end of a sentence.
    pub reason: String,
}

// === impl Malformed ===

impl Malformed {
    /// An error about the whole value.
    pub(in crate::protocol) fn new(reason: impl Into<String>) -> Self {
        Self { path: Path::root(), reason: reason.into() }
    }

    /// The same error, seen from the value above: its path begins with `step`.
    pub(in crate::protocol) fn under(mut self, step: Step) -> Self {
        self.path = self.path.under(step);
        self
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path != Path::root() {
            write!(f, "at `{}`: ", self.path)?;
        }
        f.write_str(&self.reason)
    }
}
