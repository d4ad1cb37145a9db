// SPDX-License-Identifier: Apache-2.0

//! A clock that stands still until somebody moves it or waits by it.

use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::engine::Clock;

/// 2026-11-25 12:00:00 UTC, where every clock starts.
const START: Duration = Duration::from_secs(1_795_608_000);

#[derive(Default)]
pub(crate) struct TestClock(Mutex<Duration>);

impl TestClock {
    /// Moves the clock.
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + START + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    /// Who waits moves the clock, after everything else that can go on has had many turns.
    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            self.advance(length);
        })
    }
}
