// SPDX-License-Identifier: Apache-2.0

//! How long an operation may take, and the signal to end it early. Callers of this layer give both
//! with each operation; `transport` keeps to them.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::error::Trouble;

/// How long an operation may take if nobody asked for another time: all its calls, repetitions and
/// pauses together.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(300);

/// How long finding out may take what a write came to, if a limit has been reached.
const PROOF: Duration = Duration::from_secs(15);

/// When an operation must end.
///
/// Both limits have the same effect: no request is sent any more, and a read under way ends at
/// once. A write under way is awaited, for a minute at most, because its effect must be known.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The latest time at which a request may be sent, on tokio's clock.
    pub deadline: Instant,
    /// Cancelled when the work is to stop.
    pub stop: CancellationToken,
    /// Set for reads that the caller can do without: how long each answer may take. Such a read is repeated once at
    /// most, and its failure does not mean that the API is down. Waits that the API asks for don't count, since they
    /// concern whatever would be asked instead, too.
    pub dispensable: Option<Duration>,
}

// === impl Limits ===

impl Limits {
    /// Limits with a deadline after `length` from now, and none if the clock does not reach that
    /// far.
    pub fn within(length: Duration, stop: CancellationToken) -> Self {
        const NEVER: Duration = Duration::from_secs(30 * 365 * 86_400);
        let now = Instant::now();
        Self { deadline: now.checked_add(length).unwrap_or(now + NEVER), stop, dispensable: None }
    }

    /// Finds out what a write came to: at least a little time is left for that, whatever limit is reached, also while the
    /// work goes on. `work` gets limits that it must keep to.
    pub(super) async fn prove<T>(&self, work: impl AsyncFnOnce(&Self) -> T) -> Result<T, Trouble> {
        let deadline = self.deadline.max(Instant::now() + PROOF);
        let limits = Self { deadline, stop: CancellationToken::new(), dispensable: None };
        let stopped = async {
            self.stop.cancelled().await;
            sleep(PROOF).await;
        };
        tokio::select! {
            biased;
            done = work(&limits) => Ok(done),
            () = stopped => Err(Trouble::Stopped),
        }
    }

    /// Limits for a read that the caller can do without: each answer may take so long.
    pub(super) fn unless_it_takes(&self, limit: Duration) -> Self {
        Self { dispensable: Some(limit), ..self.clone() }
    }

    /// Limits for the first of two ways to find something out: half of the time is left for the second.
    pub(super) fn half(&self) -> Self {
        Self { deadline: Instant::now() + self.left() / 2, ..self.clone() }
    }

    /// The time until the deadline.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Does the work until a limit is reached, and then drops it. The work does not begin if a
    /// limit has been reached before.
    pub(super) async fn guard<T>(&self, work: impl Future<Output = T>) -> Result<T, Trouble> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Trouble::Stopped),
            () = self.passed() => Err(Trouble::TimedOut),
            done = work => Ok(done),
        }
    }

    async fn passed(&self) {
        // A timer fires up to a millisecond late, so a timer alone would let late work begin.
        if !self.left().is_zero() {
            sleep_until(self.deadline).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_proof_gets_a_little_time_after_a_limit() {
        let proves = async |limits: &Limits, length: Duration| {
            matches!(limits.prove(async |limits| limits.guard(sleep(length)).await).await, Ok(Ok(())))
        };
        let stopped = || Limits::within(2 * MINUTE, CancellationToken::new());
        let late = stopped();
        late.stop.cancel();
        assert!(proves(&late, PROOF / 2).await && !proves(&late, PROOF * 2).await);
        assert!(proves(&Limits::within(Duration::ZERO, CancellationToken::new()), PROOF / 2).await);
        assert!(proves(&stopped(), MINUTE).await && !proves(&stopped(), 3 * MINUTE).await);
        // A stop in the meantime leaves as much.
        for (rest, proven) in [(PROOF / 2, true), (PROOF * 2, false)] {
            let limits = stopped();
            let stopping = async {
                sleep(MINUTE / 2).await;
                limits.stop.cancel();
            };
            assert_eq!(tokio::join!(proves(&limits, MINUTE / 2 + rest), stopping).0, proven);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_attempt_leaves_time_for_a_second() {
        let limits = Limits::within(MINUTE, CancellationToken::new());
        sleep(MINUTE / 3).await;
        assert_eq!((limits.half().left().as_secs(), limits.left().as_secs()), (20, 40));
        limits.stop.cancel();
        assert!(matches!(limits.half().guard(sleep(MINUTE)).await, Err(Trouble::Stopped)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_within_the_limits_is_done() {
        let (limits, started) = (Limits::within(2 * MINUTE, CancellationToken::new()), Instant::now());
        limits.guard(sleep(MINUTE)).await.unwrap();
        assert_eq!((started.elapsed().as_secs(), limits.left().as_secs()), (60, 60));
    }

    #[tokio::test(start_paused = true)]
    async fn work_ends_at_the_deadline() {
        let (limits, started) = (Limits::within(MINUTE, CancellationToken::new()), Instant::now());
        let ended = limits.guard(sleep(2 * MINUTE)).await.unwrap_err();
        assert!(matches!(ended, Trouble::TimedOut), "{ended:?}");
        assert_eq!((started.elapsed().as_secs(), limits.left().as_secs()), (60, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn work_ends_when_it_is_to_stop() {
        let (limits, started) = (Limits::within(2 * MINUTE, CancellationToken::new()), Instant::now());
        let stopping = async {
            sleep(Duration::from_secs(7)).await;
            limits.stop.cancel();
        };
        let (ended, ()) = tokio::join!(limits.guard(sleep(MINUTE)), stopping);
        assert!(matches!(ended, Err(Trouble::Stopped)));
        assert_eq!(started.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_begins_once_a_limit_is_reached() {
        let stopped = Limits::within(MINUTE, CancellationToken::new());
        stopped.stop.cancel();
        let late = Limits::within(Duration::ZERO, CancellationToken::new());
        for limits in [stopped, late] {
            let mut begun = false;
            let ended = limits.guard(async { begun = true }).await;
            assert!(matches!(ended, Err(Trouble::Stopped | Trouble::TimedOut)) && !begun, "{ended:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_length_that_no_clock_can_hold_is_no_limit() {
        assert!(Limits::within(Duration::MAX, CancellationToken::new()).left() > 1000 * MINUTE);
    }
}
