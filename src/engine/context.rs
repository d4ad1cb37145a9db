// SPDX-License-Identifier: Apache-2.0

//! What an operation gets from outside: the clock, the deadline and the signal to stop. Made from
//! the session by `lifecycle`, and by actions for themselves; handed on to every call.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio_util::sync::CancellationToken;

use crate::diag::{Diagnostic, Diagnostics};

/// The time, and waiting. Tests have a clock that they move.
pub trait Clock: Send + Sync {
    /// The wall clock, for what is remembered beyond this process.
    fn now(&self) -> SystemTime;

    /// The time since some fixed moment. It never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits.
    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The clock of this machine.
pub struct SystemClock {
    start: Instant,
}

/// The clock, the deadline and the stop signal of one operation.
#[derive(Clone)]
pub struct Context {
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    /// By [`Clock::elapsed`]; `None` for an operation without a limit.
    deadline: Option<Duration>,
    /// How long the operation may take.
    length: Option<Duration>,
    /// The setting that says so, where there is one.
    setting: Option<&'static str>,
    /// How long an answer may take that the caller can do without.
    dispensable: Option<Duration>,
}

// === impl SystemClock ===

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(length))
    }
}

// === impl Context ===

impl Context {
    /// A context without a deadline.
    pub fn new(clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self { clock, stop, deadline: None, length: None, setting: None, dispensable: None }
    }

    /// The same context for an operation that may take so long from now on.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let deadline = Some(self.clock.elapsed().saturating_add(limit));
        Self { deadline, length: Some(limit), setting: None, ..self.clone() }
    }

    /// The same context for a read that the caller can do without: it fails soon if its answer takes longer than this.
    /// How long the remote system makes all requests wait does not count.
    #[must_use]
    pub fn unless_it_takes(&self, limit: Duration) -> Self {
        Self { dispensable: Some(limit), ..self.clone() }
    }

    /// How long the answer to a read may take that the caller can do without.
    pub fn dispensable(&self) -> Option<Duration> {
        self.dispensable
    }

    /// The same context, whose time limit this setting sets.
    #[must_use]
    pub fn set_by(&self, setting: &'static str) -> Self {
        Self { setting: Some(setting), ..self.clone() }
    }

    /// Which time limit holds and how to raise it, as a sentence. Empty without one.
    pub fn limit(&self) -> String {
        match (self.length.map(humantime::format_duration), self.setting) {
            (Some(length), Some(setting)) => {
                format!("The limit is `{setting}` of the resource, now {length}. Raise it to allow more time.")
            }
            (Some(length), None) => format!("The limit is {length} here, and no setting changes that."),
            (None, _) => String::new(),
        }
    }

    /// The same clock for work that goes on although other work is to stop, without a deadline.
    #[must_use]
    pub fn unstopped(&self) -> Self {
        Self::new(self.clock.clone(), CancellationToken::new())
    }

    /// The time that is left; `None` where there is no limit.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_sub(self.clock.elapsed()))
    }

    /// The signal that running work shall end.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// The time since some fixed moment.
    pub fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// The time in seconds since 1970.
    pub fn unix_time(&self) -> u64 {
        self.clock.now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
    }

    /// Does work that changes nothing until it is done, work is to stop, or the time is over.
    /// `doing` completes "while".
    pub async fn limited<T>(&self, work: impl Future<Output = T>, doing: &str) -> Result<T, Diagnostics> {
        let time_is_over = async {
            match self.remaining() {
                Some(left) => self.clock.sleep(left).await,
                None => std::future::pending().await,
            }
        };
        let ended = |summary, reason, more: &str| {
            Err(Diagnostic::error(summary, format!("{reason} while {doing}. {more}").trim_end()).into())
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => ended("Stopped", "Terraform asked the provider to stop", ""),
            done = work => Ok(done),
            () = time_is_over => ended("Timed out", "The time limit of this operation was over", &self.limit()),
        }
    }

    /// Waits. Ends early with an error when work is to stop. `doing` completes "Interrupted while".
    pub async fn pause(&self, length: Duration, doing: &str) -> Result<(), Diagnostics> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                let detail = format!("Terraform asked the provider to stop while {doing}. Nothing more was done.");
                Err(Diagnostic::error("Stopped", detail).into())
            }
            () = self.clock.sleep(length) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::TestClock;

    fn context() -> (Arc<TestClock>, Context) {
        let clock = Arc::new(TestClock::default());
        (clock.clone(), Context::new(clock, CancellationToken::new()))
    }

    #[tokio::test]
    async fn a_deadline_comes_nearer_as_the_clock_moves() {
        let (clock, context) = context();
        assert_eq!(context.remaining(), None);
        let limited = context.within(Duration::from_secs(10));
        clock.advance(Duration::from_secs(4));
        assert_eq!(limited.remaining(), Some(Duration::from_secs(6)));
        limited.pause(Duration::from_secs(60), "waiting").await.unwrap();
        assert_eq!(limited.remaining(), Some(Duration::ZERO));
    }

    #[test]
    fn a_time_limit_is_told_with_what_raises_it() {
        let (_, context) = context();
        assert_eq!(context.limit(), "");
        let limited = context.within(Duration::from_secs(90));
        assert_eq!(limited.limit(), "The limit is 1m 30s here, and no setting changes that.");
        let limited = limited.set_by("timeouts.read");
        assert_eq!(
            limited.limit(),
            "The limit is `timeouts.read` of the resource, now 1m 30s. Raise it to allow more time."
        );
    }

    #[tokio::test]
    async fn a_pause_ends_when_work_is_to_stop() {
        let (clock, context) = context();
        context.stop().cancel();
        let told = context.pause(Duration::from_secs(60), "waiting for a book").await.unwrap_err();
        assert!(told.iter().any(|message| message.detail.contains("while waiting for a book")), "{told:?}");
        assert_eq!(clock.elapsed(), Duration::ZERO);
    }
}
