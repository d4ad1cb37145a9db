// SPDX-License-Identifier: Apache-2.0

//! Counts what this process asked of the API, for one line at its end. Counted by `transport`, told by
//! `main`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::call::{Attempt, Request};

static RUN: Mutex<Tally> = Mutex::new(Tally::new());

/// A wait counts if it is at least as long.
const LONG: Duration = Duration::from_millis(100);

/// A wait for a turn counts for the limit of the API if it is at least as long. Shorter ones come of calls
/// that are made side by side.
const LONG_QUEUE: Duration = Duration::from_secs(1);

/// Waits are told to a person if they are at least as long in all.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// What was counted.
struct Tally {
    /// Requests by their path.
    requests: BTreeMap<String, u64>,
    /// Answers that were no success, by status.
    refusals: BTreeMap<u16, u64>,
    /// Requests to which no answer came.
    unanswered: u64,
    /// Reads that were answered from a list which others share.
    from_lists: u64,
    /// The bytes of all answers.
    bytes: u64,
    /// How often a call waited for its turn or before it was repeated, and for how long in all. Calls
    /// wait side by side.
    waits: u64,
    waited: Duration,
    /// How long all requests were to wait because the API has a limit of requests, since when, and how
    /// much of that was told. A wait may end early.
    held: Duration,
    held_since: Option<Instant>,
    /// For how long calls waited for their turn after the API had refused one for its limit, and until when
    /// that is counted. They wait side by side.
    queued: Duration,
    queued_until: Option<Instant>,
    told: Duration,
}

// === impl Tally ===

impl Tally {
    const fn new() -> Self {
        Self {
            requests: BTreeMap::new(),
            refusals: BTreeMap::new(),
            unanswered: 0,
            from_lists: 0,
            bytes: 0,
            waits: 0,
            waited: Duration::ZERO,
            held: Duration::ZERO,
            held_since: None,
            queued: Duration::ZERO,
            queued_until: None,
            told: Duration::ZERO,
        }
    }

    fn request(&mut self, kind: &str, attempt: Option<&Attempt>) {
        *self.requests.entry(kind.to_owned()).or_default() += 1;
        if let Some(Attempt::Answered(response)) = attempt {
            self.bytes += u64::try_from(response.body.len()).unwrap_or_default();
        }
        match attempt {
            Some(Attempt::Answered(response)) if (200..300).contains(&response.status) => {}
            Some(Attempt::Answered(response)) => *self.refusals.entry(response.status).or_default() += 1,
            _ => self.unanswered += 1,
        }
    }

    fn wait(&mut self, length: Duration) {
        if length >= LONG {
            self.waits += 1;
            self.waited += length;
        }
    }

    fn hold(&mut self, length: Duration, now: Instant) {
        self.held += length;
        self.held_since.get_or_insert(now);
    }

    fn queue(&mut self, length: Duration, now: Instant) {
        self.wait(length);
        if length < LONG_QUEUE || !self.refusals.contains_key(&429) {
            return;
        }
        let uncounted = self.queued_until.map_or(length, |until| now.saturating_duration_since(until));
        self.queued += length.min(uncounted);
        self.queued_until = Some(now);
    }

    fn news(&mut self, now: Instant) -> Option<Duration> {
        let held = self.held_since.map(|since| self.held.min(now.saturating_duration_since(since)));
        let held = held.unwrap_or_default().max(self.queued);
        let is_news = held.saturating_sub(self.told) >= WORTH_TELLING;
        is_news.then(|| {
            self.told = held;
            held
        })
    }

    fn log(&self) {
        if self.requests.is_empty() {
            return;
        }
        tracing::info!(
            requests = counted(&self.requests),
            refusals = counted(&self.refusals),
            unanswered = self.unanswered,
            answered_from_lists = self.from_lists,
            // As texts: the CLIs show numbers from a million on as 1.2e+06.
            bytes = self.bytes.to_string(),
            waits = self.waits,
            waited_ms = self.waited.as_millis().to_string(),
            "what this run asked of Descope"
        );
    }
}

fn counted<K: std::fmt::Display>(counts: &BTreeMap<K, u64>) -> String {
    let counts = counts.iter().map(|(kind, count)| format!("{kind} {count}"));
    Some(counts.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty()).unwrap_or_else(|| "none".to_owned())
}

/// A request that is sent. It counts when it ends, also if nobody waits for its answer any more.
pub(super) struct Sent<'a> {
    kind: &'a str,
    ended: bool,
}

/// A request is sent.
pub(super) fn sent<'a>(path: &'a str, request: &Request<'_>) -> Sent<'a> {
    let kind = match request {
        Request::Document => "document",
        Request::Operation { .. } => path.trim_start_matches("/v1/mgmt/"),
    };
    Sent { kind, ended: false }
}

impl Sent<'_> {
    /// It ended like this.
    pub(super) fn ended(mut self, attempt: &Attempt) {
        self.ended = true;
        RUN.lock().unwrap_or_else(PoisonError::into_inner).request(self.kind, Some(attempt));
    }
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        if !self.ended {
            RUN.lock().unwrap_or_else(PoisonError::into_inner).request(self.kind, None);
        }
    }
}

/// Counts a read that was answered from a list which others share.
pub fn answered_from_a_list() {
    RUN.lock().unwrap_or_else(PoisonError::into_inner).from_lists += 1;
}

/// Counts a wait.
pub(super) fn wait(length: Duration) {
    RUN.lock().unwrap_or_else(PoisonError::into_inner).wait(length);
}

/// Counts a wait for a call's turn.
pub(super) fn queue(length: Duration) {
    RUN.lock().unwrap_or_else(PoisonError::into_inner).queue(length, Instant::now());
}

/// Counts a wait of all requests that the API's limit causes.
pub(super) fn hold(length: Duration) {
    RUN.lock().unwrap_or_else(PoisonError::into_inner).hold(length, Instant::now());
}

/// How long all requests of this run waited because of the API's limit, if that is long and was not told
/// yet.
pub fn untold_hold() -> Option<Duration> {
    RUN.lock().unwrap_or_else(PoisonError::into_inner).news(Instant::now())
}

/// Logs what was counted, if anything was asked.
pub fn log_summary() {
    RUN.lock().unwrap_or_else(PoisonError::into_inner).log();
}

#[cfg(test)]
mod tests {
    use super::super::call::HttpResponse;
    use super::*;

    fn answered(status: u16) -> Attempt {
        Attempt::Answered(HttpResponse::new(status, None, None, Vec::new()))
    }

    #[test]
    fn a_long_wait_is_told_once_and_one_that_ended_early_is_not() {
        let (mut tally, began, second) = (Tally::new(), Instant::now(), Duration::from_secs(1));
        tally.hold(9 * second, began);
        assert_eq!(tally.news(began + 9 * second), None);
        tally.hold(3 * second, began + 10 * second);
        assert_eq!(tally.news(began + 13 * second), Some(12 * second));
        assert_eq!(tally.news(began + 13 * second), None);
        let mut tally = Tally::new();
        tally.hold(60 * second, began);
        assert_eq!(tally.news(began + 2 * second), None, "whoever waited was stopped");
        assert_eq!(tally.news(began + 15 * second), Some(15 * second));
    }

    #[test]
    fn waits_for_a_turn_count_once_and_only_if_the_api_has_a_limit() {
        let (mut tally, began, second) = (Tally::new(), Instant::now(), Duration::from_secs(1));
        tally.queue(20 * second, began + 20 * second);
        assert_eq!(tally.news(began + 20 * second), None, "nothing was refused");
        tally.request("load", Some(&answered(429)));
        tally.queue(6 * second, began + 30 * second);
        assert_eq!(tally.news(began + 30 * second), None);
        tally.queue(12 * second, began + 36 * second);
        assert_eq!(tally.news(began + 36 * second), Some(12 * second), "the first six were at the same time");
        tally.queue(second / 2, began + 50 * second);
        assert_eq!(tally.news(began + 50 * second), None);
    }

    #[test]
    fn requests_refusals_and_waits_are_counted() {
        let mut tally = Tally::new();
        for (kind, attempt) in [
            ("load", answered(200)),
            ("load", answered(429)),
            ("create", answered(201)),
            ("load", Attempt::Silent("x".into())),
        ] {
            tally.request(kind, Some(&attempt));
        }
        tally.wait(Duration::from_millis(99));
        tally.wait(Duration::from_secs(2));
        assert_eq!((counted(&tally.requests), counted(&tally.refusals)), ("create 1, load 3".into(), "429 1".into()));
        tally.queue(Duration::from_secs(3), Instant::now());
        assert_eq!((tally.unanswered, tally.waits, tally.waited), (1, 2, Duration::from_secs(5)));
        assert_eq!(counted::<u16>(&BTreeMap::new()), "none");
    }
}
