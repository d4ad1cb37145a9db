// SPDX-License-Identifier: Apache-2.0

//! The gate in front of limiters of several kinds, on a clock that only waits for the next event.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Caps, Gate, Outcome};

/// How a limiter counts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Window {
    Sliding,
    /// Windows one after the other; the first began so long before the first request.
    Fixed(Duration),
    Bucket,
}

/// What a limiter says about waiting.
#[derive(Clone, Copy, Debug)]
enum Tells {
    Nothing,
    OneSecond,
    Truth,
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    most: u32,
    per: Duration,
    window: Window,
    counts_refusals: bool,
    tells: Tells,
}

/// A limiter at work.
struct Limiter {
    kind: Kind,
    /// When it began, for windows one after the other.
    began: Instant,
    /// The times of what it counted, for windows.
    counted: Vec<Instant>,
    /// How many tokens a bucket had, and when.
    tokens: (f64, Instant),
    requests: u32,
    refusals: u32,
}

impl Limiter {
    fn new(kind: Kind, now: Instant) -> Self {
        let tokens = (f64::from(kind.most), now);
        Self { kind, began: now, counted: Vec::new(), tokens, requests: 0, refusals: 0 }
    }

    /// Takes a request, or says how long to wait.
    fn take(&mut self, now: Instant) -> Result<(), Option<Duration>> {
        self.requests += 1;
        let wait = self.wait(now);
        if wait.is_zero() || self.kind.counts_refusals {
            self.counted.push(now);
        }
        if wait.is_zero() {
            self.tokens.0 -= 1.0;
            return Ok(());
        }
        self.refusals += 1;
        Err(match self.kind.tells {
            Tells::Nothing => None,
            Tells::OneSecond => Some(Duration::from_secs(1)),
            Tells::Truth => Some(Duration::from_secs(wait.as_secs_f64().ceil() as u64)),
        })
    }

    fn wait(&mut self, now: Instant) -> Duration {
        let Kind { most, per, window, .. } = self.kind;
        let most = usize::try_from(most).unwrap();
        match window {
            Window::Sliding => match self.counted.len().checked_sub(most) {
                Some(index) => (self.counted[index] + per).saturating_duration_since(now),
                None => Duration::ZERO,
            },
            Window::Fixed(phase) => {
                let gone = (now - self.began + phase).as_nanos() % per.as_nanos();
                let gone = Duration::from_nanos(u64::try_from(gone).unwrap());
                let counted = self.counted.iter().rev().take_while(|at| now - **at <= gone).count();
                if counted < most { Duration::ZERO } else { per - gone }
            }
            Window::Bucket => {
                let rate = f64::from(self.kind.most) / per.as_secs_f64();
                let (tokens, at) = self.tokens;
                let tokens = (now - at).as_secs_f64().mul_add(rate, tokens).min(f64::from(self.kind.most));
                self.tokens = (tokens, now);
                Duration::from_secs_f64(((1.0 - tokens) / rate).max(0.0))
            }
        }
    }

    /// How long so many requests take at the limiter's rate. A burst at the beginning may be faster.
    fn floor(kind: Kind, requests: u32) -> Duration {
        kind.per.mul_f64(f64::from(requests) / f64::from(kind.most))
    }
}

/// What it took to make so many calls, so many at once.
async fn calls(kind: Kind, calls: u32, parallel: u32, latency: Duration) -> (u32, u32, Duration) {
    let (gate, begun) = (Arc::new(Gate::new(10, "test")), Instant::now());
    let (limiter, left) = (Arc::new(Mutex::new(Limiter::new(kind, begun))), Arc::new(Mutex::new(calls)));
    // The same random parts in each run of the test.
    fastrand::seed(7);
    let workers: Vec<_> = (0..parallel)
        .map(|_| {
            let (gate, limiter, left) = (gate.clone(), limiter.clone(), left.clone());
            tokio::spawn(async move {
                while let Some(()) = {
                    let mut left = left.lock().unwrap();
                    left.checked_sub(1).map(|less| *left = less)
                } {
                    loop {
                        let pass = gate.pass(false, Caps::default()).await;
                        sleep(latency.mul_f64(0.3 + 0.4 * fastrand::f64())).await;
                        let taken = limiter.lock().unwrap().take(Instant::now());
                        sleep(latency.mul_f64(0.3 + 0.4 * fastrand::f64())).await;
                        match taken {
                            Ok(()) => break pass.end(Outcome::Accepted),
                            Err(asked) => pass.end(Outcome::Refused(asked)),
                        }
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let limiter = limiter.lock().unwrap();
    (limiter.requests, limiter.refusals, begun.elapsed())
}

/// Limiters of so many requests within so many seconds.
fn kinds(most: u32, seconds: u64) -> Vec<Kind> {
    let per = Duration::from_secs(seconds);
    let mut kinds = Vec::new();
    for tells in [Tells::OneSecond, Tells::Truth, Tells::Nothing] {
        for window in [Window::Sliding, Window::Fixed(Duration::ZERO), Window::Fixed(per.mul_f64(0.65))] {
            for counts_refusals in [false, true] {
                kinds.push(Kind { most, per, window, counts_refusals, tells });
            }
        }
        // A refusal takes no token.
        kinds.push(Kind { most, per, window: Window::Bucket, counts_refusals: false, tells });
    }
    kinds
}

/// Makes the calls at limiters of all kinds. At most this share is refused.
async fn at_all_limiters(count: u32, parallel: u32, latency: Duration, most_refused: f64) {
    for (most, seconds) in [(20, 1), (5, 1), (100, 60)] {
        for kind in kinds(most, seconds) {
            let (requests, refusals, took) = calls(kind, count, parallel, latency).await;
            let ratio = took.as_secs_f64() / Limiter::floor(kind, count).as_secs_f64();
            let shown = format!("{kind:?}: {requests} requests, {refusals} refusals, {ratio:.2} of the floor");
            assert!(ratio <= 1.3 && f64::from(refusals) / f64::from(requests) < most_refused, "{shown}");
            assert_eq!(requests, count + refusals, "{shown}");
        }
    }
}

const QUICK: Duration = Duration::from_millis(5);
const SLOW: Duration = Duration::from_millis(100);

#[tokio::test(start_paused = true)]
async fn a_hundred_calls_take_hardly_longer_than_the_limit_demands() {
    at_all_limiters(100, 40, QUICK, 0.05).await;
}

#[tokio::test(start_paused = true)]
async fn three_hundred_calls_take_hardly_longer_than_the_limit_demands() {
    at_all_limiters(300, 10, QUICK, 0.05).await;
}

/// When a limit is met for the first time, as many are refused as are under way, and the slower
/// answers come, the more that are.
#[tokio::test(start_paused = true)]
async fn slow_answers_cost_a_few_more_refusals() {
    at_all_limiters(300, 10, SLOW, 0.08).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_ten_are_under_way_after_a_moment() {
    let kind = Kind {
        most: 1000,
        per: Duration::from_secs(1),
        window: Window::Bucket,
        counts_refusals: false,
        tells: Tells::Nothing,
    };
    let (requests, refusals, took) = calls(kind, 300, 40, SLOW).await;
    assert_eq!((requests, refusals), (300, 0));
    // Ten at once all the time would take three seconds.
    assert!(took < Duration::from_secs(4), "{took:?}");
}
