// SPDX-License-Identifier: Apache-2.0

//! What a run has told in full: what concerns many operations alike is told once, and the others refer to it,
//! since each of them needs an error. Kept by the session; asked by `protocol` when an operation ends.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::digest::digest;
use crate::diag::{Diagnostic, Diagnostics, Severity};

/// What was told in full, as digests.
#[derive(Debug, Default)]
pub struct Told(Mutex<HashSet<u64>>);

// === impl Told ===

impl Told {
    /// The messages of an operation that ends now. Those that were told before are shortened, and warnings among them
    /// are left out.
    pub fn shortened(&self, diagnostics: Diagnostics) -> Diagnostics {
        if diagnostics.iter().all(|message| message.again.is_none()) {
            return diagnostics;
        }
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut shortened = Diagnostics::none();
        for message in diagnostics.iter() {
            match &message.again {
                Some(again) if !told.insert(digest(&(&message.summary, &again.about))) => {
                    // A warning is worth a repetition only if it is about something else, too.
                    if message.severity == Severity::Error || again.about != message.detail {
                        let detail = again.detail.clone();
                        shortened.push(Diagnostic { detail, again: None, ..message.clone() });
                    }
                }
                _ => shortened.push(message.clone()),
            }
        }
        shortened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_many_is_told_in_full_once() {
        let told = Told::default();
        let both = || -> Diagnostics {
            let error = Diagnostic::error("No key", "Set it.").once("See above.");
            let warning = Diagnostic::warning("No project", "Set it, too.").once("See above.");
            [error, warning, Diagnostic::error("No city", "Each has its own.")].into_iter().collect()
        };
        let details = |told: Diagnostics| told.iter().map(|message| message.detail.clone()).collect::<Vec<_>>();
        assert_eq!(details(told.shortened(both())), ["Set it.", "Set it, too.", "Each has its own."]);
        for _ in 0..2 {
            let again = told.shortened(both());
            assert!(again.has_errors());
            assert_eq!(details(again), ["See above.", "Each has its own."]);
        }
        let other = Diagnostic::error("No key", "It is another one.").once("See above.");
        assert_eq!(details(told.shortened(other.into())), ["It is another one."]);
        let refused = |detail: &str, about: &str| Diagnostic::error("Refused", detail).once_about(about, "As before.");
        assert_eq!(details(told.shortened(refused("Reading a.", "P1").into())), ["Reading a."]);
        assert_eq!(details(told.shortened(refused("Reading b.", "P2").into())), ["Reading b."]);
        assert_eq!(details(told.shortened(refused("Reading c.", "P1").into())), ["As before."]);
    }
}
