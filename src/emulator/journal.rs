// SPDX-License-Identifier: Apache-2.0

//! The journal of all API requests, so that a test can see which requests were made and which were
//! not. `gateway` writes it, `control` reads it.

use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;
use serde_json::value::RawValue;

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its number, counted from 1 in the order in which the requests took effect.
    pub sequence: u64,
    /// When it took effect, in milliseconds since the emulator started.
    pub at_ms: u64,
    /// The same by the clock, in UTC.
    pub time: String,
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The project of its credentials; empty if they were wrong.
    pub project: String,
    /// Its `User-Agent`.
    pub user_agent: String,
    /// Its body as it came; `null` if it was not JSON.
    pub body: Box<RawValue>,
    /// The status it was answered with; 0 if the connection was dropped.
    pub status: u16,
    /// How many milliseconds passed from its arrival until its answer began or its client was gone; `null`
    /// while it is under way.
    pub took_ms: Option<u64>,
    /// How many API requests were under way when it arrived, itself included. A request is under
    /// way until its answer begins.
    pub at_once: usize,
    /// The paths of the undocumented fields that were dropped.
    pub dropped: Vec<String>,
}

/// All requests since the start, or since they were cleared.
pub struct Journal {
    began: Instant,
    entries: Vec<Entry>,
    sequence: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self { began: Instant::now(), entries: Vec::new(), sequence: 0 }
    }
}

impl Journal {
    /// Adds a request, with its number and its time. Returns the number.
    pub fn record(&mut self, mut entry: Entry) -> u64 {
        self.sequence += 1;
        entry.sequence = self.sequence;
        entry.at_ms = milliseconds(self.began.elapsed());
        entry.time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        self.entries.push(entry);
        self.sequence
    }

    /// Notes how long the request of this number took, unless it was forgotten meanwhile.
    pub fn answered(&mut self, sequence: u64, took: Duration) {
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.sequence == sequence) {
            entry.took_ms = Some(milliseconds(took));
        }
    }

    /// The requests whose path ends with this text.
    pub fn entries(&self, path: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.path.ends_with(path)).collect()
    }

    /// Forgets all requests.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
