//! Waits until a request may be sent. Requests go in the order in which they came, but for those
//! that must not wait in line: an update whose object was just loaded. Called by `transport`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Line, Notify};
use tokio::time::{Instant, sleep, sleep_until};

use super::flow::{Flow, Outcome, Ticket, Turn};

/// The gate of a host.
pub(in crate::descope) struct Gate {
    flow: Mutex<Flow>,
    /// All who wait, but for those that need not stand in line.
    line: Line<()>,
    /// The one who is next.
    front: Line<()>,
    /// Told when a request has ended.
    ended: Notify,
}

/// Leave to send one request. It must be told what became of it; if it is dropped before, no answer
/// came.
pub(in crate::descope) struct Pass<'a> {
    gate: &'a Gate,
    ticket: Ticket,
    open: bool,
}

// === impl Gate ===

impl Gate {
    /// A gate for at most so many requests at once.
    pub(in crate::descope) fn new(most_at_once: usize) -> Self {
        let (flow, ended) = (Mutex::new(Flow::new(most_at_once)), Notify::new());
        Self { flow, line: Line::new(()), front: Line::new(()), ended }
    }

    /// Lets at most so many through at once, if that is less than before.
    #[cfg_attr(not(test), expect(dead_code))]
    pub(in crate::descope) fn at_most(&self, most_at_once: usize) {
        self.flow().at_most(most_at_once);
    }

    /// Waits for the leave to send a request: in line, or ahead of it.
    pub(in crate::descope) async fn pass(&self, ahead: bool) -> Pass<'_> {
        let _line = match ahead {
            true => None,
            false => Some(self.line.lock().await),
        };
        let _front = self.front.lock().await;
        loop {
            // Before looking: what ends in between must not be missed.
            let ended = self.ended.notified();
            let turn = self.flow().turn(Instant::now());
            match turn {
                Turn::Now => return Pass { gate: self, ticket: self.flow().sent(Instant::now()), open: true },
                Turn::At(time) => {
                    tokio::select! {
                        () = sleep_until(time) => {}
                        () = ended => {}
                    }
                }
                Turn::Later => ended.await,
            }
        }
    }

    /// Waits until the API no longer asks to wait.
    pub(in crate::descope) async fn opened(&self) {
        loop {
            match self.held_for() {
                Duration::ZERO => return,
                held => sleep(held).await,
            }
        }
    }

    /// How long nobody sends, as far as that is known.
    pub(in crate::descope) fn held_for(&self) -> Duration {
        let until = self.flow().held_until();
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Pass ===

impl Pass<'_> {
    /// Says what became of the request.
    pub(in crate::descope) fn end(mut self, outcome: Outcome) {
        self.close(outcome);
    }

    fn close(&mut self, outcome: Outcome) {
        if !std::mem::replace(&mut self.open, false) {
            return;
        }
        if let Some(wait) = self.gate.flow().ended(&self.ticket, outcome, Instant::now()) {
            let seconds = wait.as_secs_f64().ceil();
            tracing::info!(seconds, "Descope asks to wait: all requests to it wait");
        }
        self.gate.ended.notify_waiters();
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.close(Outcome::Unanswered);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use super::*;

    /// Joins the line as `name` and says so when it is let through.
    fn come(gate: &Arc<Gate>, name: &'static str, ahead: bool, passed: &mpsc::UnboundedSender<&'static str>) {
        let (gate, passed) = (gate.clone(), passed.clone());
        tokio::spawn(async move {
            let pass = gate.pass(ahead).await;
            passed.send(name).unwrap();
            tokio::task::yield_now().await;
            pass.end(Outcome::Accepted);
        });
    }

    #[tokio::test(start_paused = true)]
    async fn those_with_something_fresh_need_not_stand_in_line() {
        let (gate, (passed, mut order)) = (Arc::new(Gate::new(1)), mpsc::unbounded_channel());
        let first = gate.pass(false).await;
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
        let gate = Gate::new(1);
        drop(gate.pass(false).await);
        drop(gate.pass(false).await);
        let refused = gate.pass(false).await;
        refused.end(Outcome::Refused(Some(Duration::from_secs(9))));
        assert!(gate.held_for() > Duration::from_secs(9));
        // So does one that goes ahead after a wait.
        let begun = Instant::now();
        drop(gate.pass(false).await);
        drop(gate.pass(false).await);
        assert!(begun.elapsed() < Duration::from_secs(11));
    }
}
