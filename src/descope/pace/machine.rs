// SPDX-License-Identifier: Apache-2.0

//! Limits that the user set, shared by all processes of this user on this machine. `gate` asks for
//! one request at a time, so that not all who wait look at files. Without such limits no file is
//! touched.

use std::fs::File;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::sleep;

use super::caps::Caps;
use super::shared::{Answer, Shared};
use super::window::{MARGIN, Window};

/// How often a lock is asked for to note that a request took long.
const TIMES: usize = 500;

/// Tells the microseconds since 1970.
type Clock = Box<dyn Fn() -> u64 + Send + Sync>;

/// The limits of a host.
pub(super) struct Machine {
    shared: Shared,
    clock: Clock,
    /// The requests of this process.
    own: Mutex<Window>,
    /// Whether this process keeps to the limits by itself, since it can share nothing.
    alone: AtomicBool,
}

/// Leave to send one request. It is under way until this is dropped.
pub(super) struct Leave {
    machine: Arc<Machine>,
    sent: u64,
    caps: Caps,
    _slot: Option<File>,
}

/// Perhaps the right to be the next one of all processes. It ends when this is dropped.
#[derive(Default)]
pub(super) struct Next(Option<File>);

// === impl Machine ===

impl Machine {
    /// The limits of this host.
    pub(super) fn new(host: &str) -> Self {
        let clock = || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.map_or(0, |now| u64::try_from(now.as_micros()).unwrap_or(u64::MAX))
        };
        Self::with(Shared::new(std::env::temp_dir(), host), Box::new(clock))
    }

    pub(super) fn with(shared: Shared, clock: Clock) -> Self {
        Self { shared, clock, own: Mutex::default(), alone: AtomicBool::new(false) }
    }

    /// How many requests this process may have under way by these limits, as far as it has to see to
    /// that by itself.
    pub(super) fn most_at_once(&self, caps: Caps) -> usize {
        let alone = self.alone.load(Ordering::Relaxed);
        caps.at_once.filter(|_| alone).map_or(usize::MAX, NonZeroUsize::get)
    }

    /// Asks for the leave to send a request now. Without it, the answer is how long to wait before
    /// asking again. `next` may then hold the right to be the next one.
    pub(super) async fn ask(self: &Arc<Self>, caps: Caps, next: &mut Next) -> Result<Leave, Duration> {
        let asked = match self.alone.load(Ordering::Relaxed) {
            true => self.ask_self(caps),
            false => self.ask_all(caps, next.0.take()).await,
        };
        match asked {
            Answer::Sent(sent, slot) => {
                // In case that this process has to go on alone.
                if let Some(most) = caps.per_minute {
                    let mut own = self.own();
                    own.wait(most.get(), sent);
                    own.send(sent);
                }
                Ok(Leave { machine: self.clone(), sent, caps, _slot: slot })
            }
            // A part is random in all cases, so that no process is always the first.
            Answer::Wait(wait) => Err(wait + milliseconds(0, 20)),
            Answer::Full(file) => {
                next.0 = file;
                Err(milliseconds(2, 15))
            }
            Answer::Busy(file) => {
                next.0 = file;
                Err(milliseconds(1, 4))
            }
        }
    }

    async fn ask_all(self: &Arc<Self>, caps: Caps, next: Option<File>) -> Answer {
        let machine = self.clone();
        let asking = tokio::task::spawn_blocking(move || machine.shared.ask(caps, next, &machine.clock));
        let reason = match asking.await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        if !self.alone.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                reason,
                "the limits of requests can't be shared with other processes: this one keeps to them by itself"
            );
        }
        self.ask_self(caps)
    }

    fn ask_self(&self, caps: Caps) -> Answer {
        let (now, most) = ((self.clock)(), caps.per_minute.map_or(usize::MAX, NonZeroUsize::get));
        let wait = self.own().wait(most, now);
        if wait.is_zero() { Answer::Sent(now, None) } else { Answer::Wait(wait) }
    }

    async fn took_long(self: Arc<Self>, sent: u64, now: u64) {
        for _ in 0..TIMES {
            let machine = self.clone();
            match tokio::task::spawn_blocking(move || machine.shared.took_long(sent, now)).await {
                Ok(Ok(false)) => sleep(milliseconds(1, 4)).await,
                // If the files are of no use any more, the next request finds that out.
                _ => return,
            }
        }
    }

    fn own(&self) -> MutexGuard<'_, Window> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Leave ===

impl Drop for Leave {
    fn drop(&mut self) {
        let now = (self.machine.clock)();
        let took = Duration::from_micros(now.saturating_sub(self.sent));
        if self.caps.per_minute.is_none() || took < MARGIN {
            return;
        }
        self.machine.own().took_long(self.sent, now);
        if !self.machine.alone.load(Ordering::Relaxed)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(self.machine.clone().took_long(self.sent, now));
        }
    }
}

/// So many milliseconds, or more.
fn milliseconds(from: u64, to: u64) -> Duration {
    Duration::from_micros(fastrand::u64(from * 1000..=to * 1000))
}

#[cfg(test)]
mod tests;
