// SPDX-License-Identifier: Apache-2.0

//! How the process ends: reads stop, writes that are under way are finished. Used by `mod`,
//! `lifetime` and `services`.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long writes may take once the process is ending. No request takes longer. If the host is
/// still there, it kills a plugin two seconds after it asked it to shut down.
const LONGEST_WRITE: Duration = Duration::from_secs(60);

/// Whether the process is ending. Clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    begun: CancellationToken,
    hurried: CancellationToken,
}

/// The calls that are under way.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// Cancelled when calls should end, unless they are in the middle of a write.
    pub stop: CancellationToken,
    /// Has a receiver for each call that may be writing. The process waits until there is none.
    pub writes: watch::Sender<()>,
}

// === impl Ending ===

impl Ending {
    /// Begins to end the process.
    pub(super) fn begin(&self) {
        self.begun.cancel();
    }

    /// Ends the process without waiting for writes.
    pub(super) fn hurry(&self) {
        self.hurried.cancel();
    }

    /// Whether the process is ending.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits until the process is ending.
    pub(super) async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// Waits until the process is ending and no write is under way. Stops all other calls.
    pub(super) async fn finish(&self, calls: &Calls) {
        self.begun().await;
        calls.stop.cancel();
        if !calls.writes.is_closed() {
            tracing::info!(calls = calls.writes.receiver_count(), "finishing the writes that are under way");
        }
        tokio::select! {
            () = calls.writes.closed() => {}
            () = self.hurried.cancelled() => tracing::warn!("a second signal ends the process during a write"),
            () = tokio::time::sleep(LONGEST_WRITE) => tracing::warn!("a write takes too long to be waited for"),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Ends with a write under way that takes so long. Returns how long that took.
    async fn ended(ending: &Ending, write: Duration) -> Duration {
        let (calls, start) = (Calls::default(), Instant::now());
        let writing = calls.writes.subscribe();
        tokio::spawn(async move {
            sleep(write).await;
            drop(writing);
        });
        ending.begin();
        ending.finish(&calls).await;
        assert!(calls.stop.is_cancelled(), "other calls stop");
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_finished() {
        assert_eq!(ended(&Ending::default(), 59 * SECOND).await, 59 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_hangs_is_given_up() {
        assert_eq!(ended(&Ending::default(), 3600 * SECOND).await, LONGEST_WRITE);
    }

    #[tokio::test(start_paused = true)]
    async fn hurry_waits_for_no_write() {
        let ending = Ending::default();
        ending.hurry();
        assert_eq!(ended(&ending, 59 * SECOND).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_stops_before_the_end() {
        let (ending, calls) = (Ending::default(), Calls::default());
        assert!(tokio::time::timeout(3600 * SECOND, ending.finish(&calls)).await.is_err());
        assert!(!calls.stop.is_cancelled() && !ending.has_begun());
    }
}
