// SPDX-License-Identifier: Apache-2.0

//! Whether the API is down, so that all calls to it end together instead of each after its own
//! repetitions. One for each host, used by `transport`.
//!
//! The API counts as down when a call was repeated as often as that makes sense, when two requests
//! were waited for in vain, or when it asked for a wait and has no time after it either, and
//! meanwhile the host gave no sign of life to anybody. One request at a
//! time finds out whether that has passed: after a while, but at once if a single call found out, since
//! the trouble may be with that one alone.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::cause::Cause;

/// How long nobody sends after a request that went ahead failed.
const QUIET: Duration = Duration::from_secs(10);

/// How long the others wait for the one that went ahead.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many requests must be waited for in vain.
const SILENT: usize = 2;

/// Whether the API is down.
#[derive(Default)]
pub(super) struct Outage {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// When the host gave the last sign of life.
    alive: Option<Instant>,
    /// How many requests were waited for in vain since then.
    silent: usize,
    down: Option<Down>,
}

struct Down {
    /// What the call met that found it out.
    reason: Cause,
    /// Whether a request goes ahead.
    probing: bool,
    /// When more than one request had failed, or one that went ahead.
    failed: Option<Instant>,
}

/// What an attempt says about the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// It answers.
    Alive,
    /// It does not, or only a gateway in front of it does.
    None,
    /// It was waited for in vain.
    Silent,
}

/// Leave to make an attempt. If it is dropped before its end is told, that says nothing.
pub(super) struct Admitted<'a> {
    outage: &'a Outage,
    probe: bool,
}

// === impl Outage ===

impl Outage {
    /// Leave to make an attempt, or the reason why the API is down. Only the first attempt of a call
    /// may go ahead to see whether it still is.
    pub(super) async fn admit(&self, first: bool) -> Result<Admitted<'_>, Cause> {
        let waited = timeout(PATIENCE, async {
            loop {
                let changed = self.changed.notified();
                let admission = self.state().admit(first, Instant::now());
                match admission {
                    Ok(probe) => return Ok(Admitted { outage: self, probe }),
                    Err(Some(reason)) => return Err(reason),
                    Err(None) => changed.await,
                }
            }
        });
        match waited.await {
            Ok(admitted) => admitted,
            Err(_) => Err(self.reason().unwrap_or_default()),
        }
    }

    /// Why the API is down, if it is.
    pub(super) fn reason(&self) -> Option<Cause> {
        self.state().down.as_ref().map(|down| down.reason.clone())
    }

    /// Waits until the API is down, and says why.
    pub(super) async fn begins(&self) -> Cause {
        loop {
            let changed = self.changed.notified();
            match self.reason() {
                Some(reason) => return reason,
                None => changed.await,
            }
        }
    }

    /// A call that began then was repeated as often as that makes sense, in vain. The answer is
    /// whether somebody else found out before that the API is down.
    pub(super) fn gave_up(&self, began: Instant, reason: &Cause) -> bool {
        let mut state = self.state();
        if state.down.is_some() {
            return true;
        }
        if state.alive.is_none_or(|alive| alive < began) {
            state.go_down(reason, None);
            self.changed.notify_waiters();
        }
        false
    }

    /// A request that was made then, after a wait that the API asked for, was told again that it has no
    /// time. The answer is whether somebody else found out before that the API is down.
    pub(super) fn lasts(&self, began: Instant, reason: &Cause) -> bool {
        let mut state = self.state();
        if state.down.is_some() {
            return true;
        }
        if state.alive.is_none_or(|alive| alive < began) {
            state.go_down(reason, Some(Instant::now()));
            self.changed.notify_waiters();
        }
        false
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Admitted ===

impl Admitted<'_> {
    /// Whether it goes ahead of others.
    pub(super) fn is_probe(&self) -> bool {
        self.probe
    }

    /// Says how the attempt ended that began then. The answer is whether that showed, before anybody
    /// else, that the API is down.
    pub(super) fn end(mut self, began: Instant, sign: Sign, reason: &Cause) -> bool {
        let probe = std::mem::take(&mut self.probe);
        let found = self.outage.state().seen(probe, sign, began, reason, Instant::now());
        self.outage.changed.notify_waiters();
        found
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if self.probe {
            if let Some(down) = &mut self.outage.state().down {
                down.probing = false;
            }
            self.outage.changed.notify_waiters();
        }
    }
}

// === impl State ===

impl State {
    /// Whether an attempt goes ahead of others, or the reason why it is not made. Without a reason,
    /// that is not known yet.
    fn admit(&mut self, first: bool, now: Instant) -> Result<bool, Option<Cause>> {
        let Some(down) = &mut self.down else { return Ok(false) };
        let quiet = down.failed.is_some_and(|failed| now - failed < QUIET);
        match (first, down.probing) {
            (true, true) => Err(None),
            (true, false) if !quiet => {
                down.probing = true;
                Ok(true)
            }
            _ => Err(Some(down.reason.clone())),
        }
    }

    fn seen(&mut self, probe: bool, sign: Sign, began: Instant, reason: &Cause, now: Instant) -> bool {
        if sign == Sign::Alive {
            *self = Self { alive: Some(now), silent: 0, down: None };
            return false;
        }
        if let Some(down) = &mut self.down {
            if probe {
                (down.probing, down.failed) = (false, Some(now));
            }
            return false;
        }
        if sign == Sign::Silent && self.alive.is_none_or(|alive| alive < began) {
            self.silent += 1;
            if self.silent >= SILENT {
                self.go_down(reason, Some(now));
                return true;
            }
        }
        false
    }

    fn go_down(&mut self, reason: &Cause, failed: Option<Instant>) {
        tracing::warn!(reason = reason.words, "the API can't be reached: all calls to it end");
        self.down = Some(Down { reason: reason.clone(), probing: false, failed });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn admitted(outage: &Outage) -> Admitted<'_> {
        outage.admit(true).await.ok().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_api_is_down_when_a_call_gave_up_and_nobody_got_an_answer() {
        let (outage, began) = (Outage::default(), Instant::now());
        sleep(SECOND).await;
        admitted(&outage).await.end(Instant::now(), Sign::Alive, &"".into());
        assert!(!outage.gave_up(began, &"refused".into()));
        assert_eq!(outage.reason(), None, "somebody got an answer since that call began");
        sleep(SECOND).await;
        assert!(!outage.gave_up(Instant::now(), &"refused".into()), "the first who finds out");
        assert_eq!(outage.reason(), Some("refused".into()));
        assert!(outage.gave_up(Instant::now(), &"other".into()), "others don't");
        assert_eq!(outage.begins().await, "refused".into());
    }

    #[tokio::test(start_paused = true)]
    async fn two_requests_that_were_waited_for_in_vain_are_enough() {
        let outage = Outage::default();
        let (one, other, began) = (admitted(&outage).await, admitted(&outage).await, Instant::now());
        sleep(SECOND).await;
        assert!(!one.end(began, Sign::Silent, &"15 s".into()) && outage.reason().is_none());
        assert!(other.end(began, Sign::Silent, &"15 s".into()) && outage.reason().is_some());
        let found = Instant::now();
        assert!(outage.admit(true).await.is_err() && found.elapsed().is_zero(), "nobody waits for another one");
        sleep(QUIET).await;
        assert!(admitted(&outage).await.is_probe());
        let outage = Outage::default();
        let (one, other, began) = (admitted(&outage).await, admitted(&outage).await, Instant::now());
        sleep(SECOND).await;
        one.end(began, Sign::Silent, &"15 s".into());
        admitted(&outage).await.end(Instant::now(), Sign::Alive, &"".into());
        assert!(!other.end(began, Sign::Silent, &"15 s".into()) && outage.reason().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_goes_ahead_and_the_rest_follows_or_ends() {
        for (sign, ends) in [(Sign::Alive, false), (Sign::None, true)] {
            let outage = Arc::new(Outage::default());
            outage.gave_up(Instant::now(), &"refused".into());
            assert!(outage.admit(false).await.is_err(), "a repetition does not go ahead");
            let ahead = admitted(&outage).await;
            let waiting = tokio::spawn({
                let outage = outage.clone();
                async move { outage.admit(true).await.is_err() }
            });
            sleep(SECOND).await;
            assert!(!waiting.is_finished());
            ahead.end(Instant::now(), sign, &"refused".into());
            assert_eq!(waiting.await.unwrap(), ends);
            assert_eq!(outage.admit(true).await.is_err(), ends);
            sleep(QUIET).await;
            assert!(outage.admit(true).await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_goes_ahead_and_hangs_is_not_waited_for_long() {
        let (outage, begun) = (Outage::default(), Instant::now());
        outage.gave_up(begun, &"refused".into());
        let ahead = admitted(&outage).await;
        assert!(outage.admit(true).await.is_err() && begun.elapsed() >= PATIENCE);
        // Nothing is known of it if it is given up.
        drop(ahead);
        assert!(outage.admit(true).await.is_ok());
    }
}
