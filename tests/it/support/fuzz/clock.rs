// SPDX-License-Identifier: Apache-2.0

//! The time of fuzzing: tokio's paused clock, so that nobody really waits. Each input begins at the
//! same moment, so that what happens follows from the input alone.

use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use terraform_provider_descope::engine::Clock;
use tokio::time::Instant;

/// The time at which each input begins, in seconds since 1970.
const BEGINNING: Duration = Duration::from_secs(1_700_000_000);

/// Time since the current input began.
pub struct InputClock(Mutex<Instant>);

impl InputClock {
    /// A clock whose first input begins now.
    pub fn start() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// Begins the next input.
    pub fn begin(&self) {
        *self.0.lock().expect("no panic goes on") = Instant::now();
    }
}

impl Clock for InputClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + BEGINNING + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().expect("no panic goes on").elapsed()
    }

    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(length))
    }
}

/// Lets time pass while requests are under way. The paused clock would jump to the next timer, a
/// timeout, as soon as everything waits for a socket. So it is moved by small steps between which
/// everything that can go on does so: an exchange takes a few dozen steps, and a timeout thousands.
pub async fn pass_time() {
    const STEP: Duration = Duration::from_millis(50);
    loop {
        tokio::task::yield_now().await;
        tokio::time::advance(STEP).await;
    }
}
