// SPDX-License-Identifier: Apache-2.0

//! Waits until a request may be sent. Requests go in the order in which they came, but for those
//! that must not wait in line: an update whose object was just loaded. Called by `transport`.

use std::sync::{self, Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Line, MutexGuard, Notify};
use tokio::time::{Instant, sleep, sleep_until};

use super::caps::Caps;
use super::flow::{Flow, Outcome, Ticket, Turn};
use super::hold::Wish;
use super::machine::{Leave, Machine, Next};
use crate::descope::tally;

/// A wait for the limit that the user set is told if it is at least as long.
const LONG: Duration = Duration::from_secs(1);

/// How long requests count as scarce after such a wait.
const SCARCE: Duration = Duration::from_secs(120);

/// The gate of a host.
pub(in crate::descope) struct Gate {
    flow: Mutex<Flow>,
    /// All who wait, but for those that need not stand in line.
    line: Line<()>,
    /// The one who is next.
    front: Line<()>,
    /// Told when a request has ended.
    ended: Notify,
    /// The limits that the user set, shared with other processes.
    machine: Arc<Machine>,
    /// Those who make what they send, one after the other.
    makers: Line<()>,
    /// When a request waited for the limit that the user set for a minute.
    scarce: Mutex<Option<Instant>>,
}

/// Leave to send one request. It must be told how that ended; if it is dropped before, no answer
/// came.
pub(in crate::descope) struct Pass<'a> {
    gate: &'a Gate,
    ticket: Ticket,
    open: bool,
    /// Other processes see the request as under way as long as this is there.
    _leave: Option<Leave>,
}

// === impl Gate ===

impl Gate {
    /// The gate of this host, for at most so many requests at once.
    pub(in crate::descope) fn new(most_at_once: usize, host: &str) -> Self {
        Self::with(most_at_once, Machine::new(host))
    }

    fn with(most_at_once: usize, machine: Machine) -> Self {
        let (flow, ended, machine) = (Mutex::new(Flow::new(most_at_once)), Notify::new(), Arc::new(machine));
        let [line, front, makers] = [(); 3].map(Line::new);
        Self { flow, line, front, ended, machine, makers, scarce: Mutex::default() }
    }

    /// Lets at most so many through at once, if that is less than before.
    #[cfg(test)]
    pub(in crate::descope) fn at_most(&self, most_at_once: usize) {
        self.flow().at_most(most_at_once);
    }

    /// Waits for the leave to send a request: in line, or ahead of it.
    pub(in crate::descope) async fn pass(&self, ahead: bool, caps: Caps) -> Pass<'_> {
        let _line = match ahead {
            true => None,
            false => Some(self.line.lock().await),
        };
        let _front = self.front.lock().await;
        let mut next = Next::default();
        loop {
            // Before looking: what ends in between must not be missed.
            let ended = self.ended.notified();
            let turn = self.flow().turn(Instant::now(), self.machine.most_at_once(caps));
            if turn != Turn::Now {
                // Other processes need not wait for what only this one waits for.
                next = Next::default();
            }
            match turn {
                Turn::Now if caps.limits_nothing() => return self.let_through(None),
                Turn::Now => match self.machine.ask(caps, &mut next).await {
                    Ok(leave) if self.is_open(caps) => return self.let_through(Some(leave)),
                    // The API has asked to wait meanwhile.
                    Ok(_) => {}
                    Err(wait) => {
                        if wait >= LONG {
                            *self.scarce() = Some(Instant::now());
                            let seconds = wait.as_secs_f64().ceil();
                            tracing::info!(seconds, "the limit of requests within a minute is reached: requests wait");
                        }
                        sleep(wait).await;
                    }
                },
                Turn::At(time) => {
                    tracing::trace!(
                        wait_ms = u64::try_from(time.saturating_duration_since(Instant::now()).as_millis()).ok(),
                        ahead,
                        "the pace makes this request wait, and those behind it wait with it"
                    );
                    tokio::select! {
                        () = sleep_until(time) => {}
                        () = ended => {}
                    }
                }
                Turn::Later => ended.await,
            }
        }
    }

    fn is_open(&self, caps: Caps) -> bool {
        self.flow().turn(Instant::now(), self.machine.most_at_once(caps)) == Turn::Now
    }

    fn let_through(&self, leave: Option<Leave>) -> Pass<'_> {
        Pass { gate: self, ticket: self.flow().sent(Instant::now()), open: true, _leave: leave }
    }

    /// Waits until something may be made that is then sent with leave of this gate: not while the API
    /// asks to wait.
    ///
    /// Where requests are scarce, one after the other makes and sends something, for as long as each
    /// keeps the answer. Otherwise all places of a minute would go to requests for what others need
    /// to make theirs, and that would be too old in the next minute.
    pub(in crate::descope) async fn to_make(&self, caps: Caps) -> Option<MutexGuard<'_, ()>> {
        let scarce = caps.per_minute.is_some() && self.scarce().is_some_and(|at| at.elapsed() < SCARCE);
        let turn = if scarce { Some(self.makers.lock().await) } else { None };
        loop {
            match self.held_for() {
                Duration::ZERO => return turn,
                held => sleep(held).await,
            }
        }
    }

    /// How long nobody sends, as far as that is known.
    pub(in crate::descope) fn held_for(&self) -> Duration {
        let until = self.flow().held_until();
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Why nobody sends, if that is so.
    pub(in crate::descope) fn wish(&self) -> Option<Wish> {
        self.flow().wish()
    }

    fn flow(&self) -> sync::MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn scarce(&self) -> sync::MutexGuard<'_, Option<Instant>> {
        self.scarce.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Pass ===

impl Pass<'_> {
    /// Says how the request ended.
    pub(in crate::descope) fn end(mut self, outcome: Outcome) {
        self.close(outcome);
    }

    /// Whether a request that ended like this shows that the API has no time, although all have
    /// waited for as long as it asked for. That is no pace any more: it ends as if no answer came.
    pub(in crate::descope) fn lasts(&self, outcome: Outcome) -> bool {
        self.gate.flow().lasts(&self.ticket, outcome)
    }

    fn close(&mut self, outcome: Outcome) {
        if !std::mem::replace(&mut self.open, false) {
            return;
        }
        let now = Instant::now();
        let (wait, longer) = {
            let mut flow = self.gate.flow();
            let before = flow.held_until().map_or(now, |until| until.max(now));
            let wait = flow.ended(&self.ticket, outcome, now);
            (wait, flow.held_until().map_or(Duration::ZERO, |until| until.saturating_duration_since(before)))
        };
        if matches!(outcome, Outcome::Refused(_)) {
            tally::hold(longer);
        }
        if let Some(wait) = wait {
            // The pause has a random part, and a bound.
            let (asked_seconds, pause_seconds) = (outcome.asked().map(whole_seconds), whole_seconds(wait));
            tracing::info!(asked_seconds, pause_seconds, "Descope asks to wait: all requests to it wait");
        }
        self.gate.ended.notify_waiters();
    }
}

/// Seconds, rounded up.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.close(Outcome::Unanswered);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::path::Path;

    use tokio::sync::mpsc;
    use tokio::time::timeout;

    use super::super::shared::Shared;
    use super::*;

    /// A gate whose limits are shared in this folder, by a clock that the test moves.
    fn gate_in(temporary: &Path) -> Arc<Gate> {
        let began = Instant::now();
        let clock = move || 1_700_000_000_000_000 + u64::try_from(began.elapsed().as_micros()).unwrap();
        let shared = Shared::new(temporary.to_owned(), "host");
        Arc::new(Gate::with(10, Machine::with(shared, Box::new(clock))))
    }

    /// Joins the line as `name` and says so when it is let through.
    fn come(gate: &Arc<Gate>, name: &'static str, ahead: bool, passed: &mpsc::UnboundedSender<&'static str>) {
        let (gate, passed) = (gate.clone(), passed.clone());
        tokio::spawn(async move {
            let pass = gate.pass(ahead, Caps::default()).await;
            passed.send(name).unwrap();
            tokio::task::yield_now().await;
            pass.end(Outcome::Accepted);
        });
    }

    #[tokio::test(start_paused = true)]
    async fn those_with_something_fresh_need_not_stand_in_line() {
        let (gate, (passed, mut order)) = (Arc::new(Gate::new(1, "test")), mpsc::unbounded_channel());
        let first = gate.pass(false, Caps::default()).await;
        for name in ["a", "b", "c"] {
            come(&gate, name, false, &passed);
            tokio::task::yield_now().await;
        }
        come(&gate, "ahead", true, &passed);
        tokio::task::yield_now().await;
        first.end(Outcome::Accepted);
        let mut came = Vec::new();
        for _ in 0..4 {
            came.push(order.recv().await.unwrap());
        }
        // The one at the front stays there.
        assert_eq!(came, ["a", "ahead", "b", "c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_that_is_dropped_frees_its_place() {
        let gate = Gate::new(1, "test");
        drop(gate.pass(false, Caps::default()).await);
        drop(gate.pass(false, Caps::default()).await);
        let refused = gate.pass(false, Caps::default()).await;
        refused.end(Outcome::Refused(Some(Duration::from_secs(9))));
        assert!(gate.held_for() > Duration::from_secs(9));
        // So does one that goes ahead after a wait.
        let begun = Instant::now();
        drop(gate.pass(false, Caps::default()).await);
        drop(gate.pass(false, Caps::default()).await);
        assert!(begun.elapsed() < Duration::from_secs(11));
    }

    /// Keeps the fields of each event.
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Kept {
        fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            let mut fields = String::new();
            event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                fields.push_str(&format!("{field}={value:?} "));
            });
            self.0.lock().unwrap().push(fields);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_log_tells_the_wait_that_was_asked_for_from_the_pause() {
        use tracing_subscriber::layer::SubscriberExt;
        let kept = Arc::new(Mutex::new(Vec::new()));
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(Kept(kept.clone())));
        for (asked, words) in [(Some(6), "asked_seconds=6 pause_seconds=7 "), (None, "pause_seconds=")] {
            let gate = Gate::new(1, "test");
            let asked = asked.map(Duration::from_secs);
            gate.pass(false, Caps::default()).await.end(Outcome::Refused(asked));
            let told = kept.lock().unwrap().pop().unwrap();
            assert!(told.contains("Descope asks to wait") && told.contains(words), "{told}");
            assert_eq!(told.contains("asked_seconds"), asked.is_some(), "{told}");
        }
    }

    /// How many requests there are under way at most of 20 that may all be sent.
    async fn most_under_way(gate: &Arc<Gate>, at_once: usize) -> usize {
        let (caps, most) =
            (Caps { at_once: NonZeroUsize::new(at_once), ..Caps::default() }, Arc::new(Mutex::new((0, 0))));
        let requests: Vec<_> = (0..20)
            .map(|_| {
                let (gate, counts) = (gate.clone(), most.clone());
                tokio::spawn(async move {
                    let pass = gate.pass(false, caps).await;
                    {
                        let mut counts = counts.lock().unwrap();
                        counts.0 += 1;
                        counts.1 = counts.0.max(counts.1);
                    }
                    sleep(Duration::from_secs(1)).await;
                    counts.lock().unwrap().0 -= 1;
                    pass.end(Outcome::Accepted);
                })
            })
            .collect();
        for request in requests {
            request.await.unwrap();
        }
        most.lock().unwrap().1
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_under_way_than_the_user_wants_whether_that_is_shared_or_not() {
        let temporary = tempfile::tempdir().unwrap();
        for folder in [temporary.path().to_owned(), temporary.path().join("missing")] {
            assert_eq!(most_under_way(&gate_in(&folder), 3).await, 3, "{}", folder.display());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_limits_no_file_is_touched() {
        let temporary = tempfile::tempdir().unwrap();
        gate_in(temporary.path()).pass(false, Caps::default()).await.end(Outcome::Accepted);
        assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
        let caps = Caps { per_minute: NonZeroUsize::new(1), ..Caps::default() };
        gate_in(temporary.path()).pass(false, caps).await.end(Outcome::Accepted);
        assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 1);
    }

    /// Twelve updates under a limit of six requests a minute. Each loads first, and what it loaded is
    /// too old after five seconds.
    #[tokio::test(start_paused = true)]
    async fn where_requests_are_scarce_they_are_not_used_up_for_what_gets_too_old() {
        let temporary = tempfile::tempdir().unwrap();
        let (gate, loads) = (gate_in(temporary.path()), Arc::new(Mutex::new(0)));
        let caps = Caps { per_minute: NonZeroUsize::new(6), ..Caps::default() };
        let updates: Vec<_> = (0..12)
            .map(|_| {
                let (gate, loads) = (gate.clone(), loads.clone());
                tokio::spawn(async move {
                    loop {
                        let _making = gate.to_make(caps).await;
                        let pass = gate.pass(false, caps).await;
                        sleep(Duration::from_millis(100)).await;
                        pass.end(Outcome::Accepted);
                        *loads.lock().unwrap() += 1;
                        if let Ok(pass) = timeout(Duration::from_secs(5), gate.pass(true, caps)).await {
                            return pass.end(Outcome::Accepted);
                        }
                    }
                })
            })
            .collect();
        for update in updates {
            timeout(Duration::from_secs(3600), update).await.expect("it is sent at some time").unwrap();
        }
        // Each one in vain at first, since all began before requests were scarce, and then hardly any.
        let loads = *loads.lock().unwrap();
        assert!(loads <= 2 * 12 + 4, "{loads} loads");
    }
}
