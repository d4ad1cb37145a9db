// SPDX-License-Identifier: Apache-2.0

//! What to report of a creation that was made once more: which object is kept, and which other one may
//! be the first attempt's. Called by `create_once`.

use super::Lifecycle;
use super::candidates::Wanted;
use super::create_once::{LOOK_FOR, LOOKS};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Context;
use crate::engine::ports::Created;
use crate::engine::siblings::Places;

impl Lifecycle {
    /// What to report if a creation that was made once more turns out to have been done twice.
    pub(super) async fn twins(
        &self,
        wanted: &Wanted<'_>,
        before: &Places,
        created: &Created,
        context: &Context,
    ) -> Diagnostics {
        let context = context.unstopped().within(LOOK_FOR);
        let own = self.place_of(wanted, created);
        let mut found = Vec::new();
        for pause in LOOKS.into_iter().take(4) {
            if !found.is_empty() || context.pause(pause, "looking for the first attempt's object").await.is_err() {
                break;
            }
            found = self.candidates(wanted, before, &context).await.unwrap_or_default();
            found.retain(|candidate| candidate.at != own && candidate.is_same);
        }
        if found.is_empty() {
            let detail = format!(
                "The first attempt failed, and the list did not show an object of it, so a second attempt made {}. If \
                 another one of the same name appears later, it is the first attempt's: delete it.",
                self.remote.describe(&own)
            );
            return Diagnostic::warning("Created by a second attempt", detail).into();
        }
        let others: Vec<String> = found.iter().map(|other| self.remote.describe(&other.at)).collect();
        let detail = format!(
            "The first attempt failed and its object was not found, so a second one was made. Now both are there. {} \
             is in the state. {} has the same name and content and is most likely the first attempt's: delete it, or \
             import it into a block of its own.",
            self.remote.describe(&own),
            others.join(", ")
        );
        Diagnostic::warning("Created twice", detail).into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::library::{Bench, Doubtful, summaries};

    #[tokio::test]
    async fn a_creation_that_was_hardly_done_is_made_once_more() {
        let bench = Bench::new();
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: true }];
        let outcome = bench.create_emma().await;
        assert_eq!(summaries(&outcome.diagnostics), ["Created by a second attempt"]);
        assert_eq!((bench.creations(), bench.store().objects.len()), (2, 1));
        assert!(outcome.state.is_some());
    }

    #[tokio::test]
    async fn if_both_attempts_were_done_both_are_named() {
        let bench = Bench::new();
        // The first one appears only after the second was made.
        bench.store().hide_new = Duration::from_secs(16);
        bench.store().doubtful = vec![Doubtful { done: true, likely_not_done: true }];
        let outcome = bench.create_emma().await;
        let detail = &outcome.diagnostics.iter().find(|told| told.summary == "Created twice").unwrap().detail;
        assert!(detail.contains("book 1") && detail.contains("book 2"), "{detail}");
        assert_eq!(outcome.state.unwrap().get("id"), &"2".into());
    }
}
