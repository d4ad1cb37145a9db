// SPDX-License-Identifier: Apache-2.0

//! A limit of requests, as `switches` sets it. `world` keeps it, `gateway` asks it about each request.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::faults::Misbehaviour;

/// So many requests within such a time. Further ones are answered with 429 and have no effect.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests.
    pub requests: usize,
    /// Within how many milliseconds.
    pub per_ms: u64,
    /// How they are counted.
    #[serde(default)]
    pub window: Window,
    /// Requests that are refused count, too.
    #[serde(default)]
    pub counts_refusals: bool,
    /// The `Retry-After` of a refusal. `exact` stands for the seconds until a request would be
    /// accepted, rounded up.
    #[serde(default)]
    pub retry_after: Option<String>,
}

/// How requests are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Window {
    /// Those of the time before each request.
    #[default]
    Sliding,
    /// Those of one period after the other. The first begins with the first request.
    Fixed,
}

/// The requests that were counted, oldest first.
#[derive(Default)]
pub struct Counted {
    began: Option<Instant>,
    times: VecDeque<Instant>,
}

// === impl Counted ===

impl Counted {
    /// Counts a request. The answer is what happens to it instead of its effect, if it is one too
    /// many.
    pub fn refuses(&mut self, limit: &RateLimit, now: Instant) -> Option<Misbehaviour> {
        let per = Duration::from_millis(limit.per_ms.max(1));
        let began = *self.began.get_or_insert(now);
        let gone = Duration::from_millis(u64::try_from((now - began).as_millis()).unwrap_or(0) % limit.per_ms.max(1));
        let back = match limit.window {
            Window::Sliding => per,
            Window::Fixed => gone,
        };
        let is_old = |time: &Instant| match limit.window {
            Window::Sliding => now - *time >= back,
            Window::Fixed => now - *time > back,
        };
        while self.times.front().is_some_and(is_old) {
            self.times.pop_front();
        }
        let refused = self.times.len() >= limit.requests;
        let freeing = self.times.len().checked_sub(limit.requests).and_then(|index| self.times.get(index)).copied();
        if !refused || limit.counts_refusals {
            self.times.push_back(now);
        }
        let left = match (limit.window, freeing) {
            _ if !refused => return None,
            (Window::Sliding, Some(time)) => (time + per).saturating_duration_since(now),
            (Window::Sliding, None) | (Window::Fixed, _) => per - gone,
        };
        let exact = || left.as_secs_f64().ceil().to_string();
        Some(Misbehaviour::Error {
            status: 429,
            code: "E130429".to_owned(),
            message: "too many requests".to_owned(),
            retry_after: limit.retry_after.as_ref().map(|text| if text == "exact" { exact() } else { text.clone() }),
            request_id: None,
            after: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the requests at these milliseconds are refused, and with which `Retry-After`.
    fn refused(limit: &str, times: &[u64]) -> Vec<(u64, Option<String>)> {
        let (limit, begun, mut counted) = (serde_json::from_str(limit).unwrap(), Instant::now(), Counted::default());
        let refusals =
            times.iter().filter_map(|time| match counted.refuses(&limit, begun + Duration::from_millis(*time))? {
                Misbehaviour::Error { status: 429, retry_after, .. } => Some((*time, retry_after)),
                other => panic!("{other:?}"),
            });
        refusals.collect()
    }

    #[test]
    fn windows_slide_or_follow_each_other() {
        let times = [0, 900, 950, 1100, 1150, 1950, 2050];
        let sliding = refused(r#"{"requests":2,"per_ms":1000,"retry_after":"1"}"#, &times);
        assert_eq!(sliding, [950, 1150, 2050].map(|time| (time, Some("1".to_owned()))));
        let fixed = refused(r#"{"requests":2,"per_ms":1000,"window":"fixed"}"#, &times);
        assert_eq!(fixed, [(950, None), (1950, None)]);
    }

    #[test]
    fn refusals_may_count() {
        let times = [0, 500, 1200, 1600];
        let limit =
            |counts| format!(r#"{{"requests":1,"per_ms":1000,"counts_refusals":{counts},"retry_after":"exact"}}"#);
        assert_eq!(refused(&limit(false), &times), [(500, Some("1".to_owned())), (1600, Some("1".to_owned()))]);
        assert_eq!(refused(&limit(true), &times), [500, 1200, 1600].map(|time| (time, Some("1".to_owned()))));
    }
}
