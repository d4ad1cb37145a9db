// SPDX-License-Identifier: Apache-2.0

//! Decides when the process ends: on a signal, or when its host is gone. The usual end, the
//! Shutdown call, is in `services`; how it ends is in `ending`. Called by `mod`.

use std::time::Duration;

use super::ending::Ending;
use super::host::{self, Parent};
use super::host_stream::Peers;
use super::signals::{Signal, Signals};

/// How long a host may stay away before it counts as gone, if nothing else tells. A host connects
/// once and stays connected.
const ALONE: Duration = Duration::from_secs(5);

/// How long a host may take to connect. Hosts give up on a plugin after a minute.
const UNMET: Duration = Duration::from_secs(60);

/// Begins to end the process when it should end. Runs in the background.
pub(super) fn watch(debug: bool, parent: Parent, peers: Peers, ending: Ending) {
    match Signals::handled(debug) {
        Ok(signals) => drop(tokio::spawn(heed(signals, debug, peers.clone(), ending.clone()))),
        // The process serves anyway, but a Ctrl-C would kill it.
        Err(error) => tracing::warn!(error = %error, "signals can't be handled"),
    }
    if !debug {
        tokio::spawn(async move {
            orphaned(peers, host::gone(parent)).await;
            tracing::warn!("the host is gone");
            ending.begin();
        });
    }
}

/// What to do about a signal.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    LeaveToHost,
    End,
    EndAtOnce,
}

/// Decides about a signal.
///
/// A signal often goes to the whole process group: Ctrl-C and a closed terminal send one, and
/// runners send SIGTERM. Then the host decides. After SIGINT and SIGTERM, Terraform asks to stop,
/// waits for what is running and shuts its plugins down. From SIGHUP it dies, which is noticed. A
/// plugin that ended first would take with it the id of the object that is being created. That
/// holds for an idle plugin too: the host may be about to send the next call, and a signal to one
/// process looks like a signal to all. So while a host is connected, no signal ends its plugin.
///
/// SIGTERM ends a plugin that no host is connected to. SIGHUP doesn't, since a host that was started
/// with `nohup` goes on. In debug mode a person started the process. The first signal ends it, and
/// the second doesn't wait for writes. A terminal that is closed may send SIGHUP twice, and nobody means to hurry by
/// it.
fn answer(signal: Signal, debug: bool, connected: bool, ending: bool) -> Answer {
    match signal {
        Signal::Interrupt | Signal::Terminate if debug && ending => Answer::EndAtOnce,
        _ if debug => Answer::End,
        Signal::Terminate if !connected => Answer::End,
        _ => Answer::LeaveToHost,
    }
}

/// Receives signals and acts on them.
async fn heed(mut signals: Signals, debug: bool, peers: Peers, ending: Ending) {
    loop {
        let signal = signals.next().await;
        match answer(signal, debug, peers.are_here(), ending.has_begun()) {
            Answer::LeaveToHost => tracing::debug!(signal = signal.told(), "a signal is left to the host"),
            Answer::End => ending.begin(),
            Answer::EndAtOnce => ending.hurry(),
        }
    }
}

/// Waits until the host is gone. `dead` ends when the host is known to be dead. It only counts while
/// nobody is connected: whoever holds a connection is alive. That is why connections are looked at
/// first.
async fn orphaned(peers: Peers, dead: impl Future<Output = ()>) {
    tokio::pin!(dead);
    tokio::select! {
        biased;
        () = peers.came() => {}
        () = &mut dead => return,
        () = tokio::time::sleep(UNMET) => return,
    }
    loop {
        peers.left().await;
        tokio::select! {
            biased;
            () = peers.came_back() => {}
            () = &mut dead => return,
            () = tokio::time::sleep(ALONE) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::Instant;

    use super::super::host_stream::HostStream;
    use super::*;

    fn connect(peers: &Peers) -> HostStream {
        HostStream::new(Box::new(tokio::io::empty()), peers.clone())
    }

    #[test]
    fn no_signal_ends_a_plugin_while_its_host_is_connected() {
        for signal in [Signal::Interrupt, Signal::Terminate, Signal::HangUp] {
            assert_eq!(answer(signal, false, true, false), Answer::LeaveToHost, "{signal:?}");
        }
    }

    #[test]
    fn without_a_host_a_termination_ends_it() {
        assert_eq!(answer(Signal::Terminate, false, false, false), Answer::End);
        assert_eq!(answer(Signal::Interrupt, false, false, false), Answer::LeaveToHost);
        assert_eq!(answer(Signal::HangUp, false, false, false), Answer::LeaveToHost);
    }

    #[test]
    fn in_debug_mode_the_first_signal_ends_it_and_the_second_hurries() {
        for connected in [false, true] {
            for signal in [Signal::Interrupt, Signal::Terminate] {
                assert_eq!(answer(signal, true, connected, false), Answer::End);
                assert_eq!(answer(signal, true, connected, true), Answer::EndAtOnce);
            }
            assert_eq!(answer(Signal::HangUp, true, connected, false), Answer::End);
            assert_eq!(answer(Signal::HangUp, true, connected, true), Answer::End, "a terminal may send two");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_never_connects_is_given_up() {
        let start = Instant::now();
        orphaned(Peers::default(), pending()).await;
        assert_eq!(start.elapsed(), UNMET);
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_dies_before_it_connects_is_gone_at_once() {
        let start = Instant::now();
        orphaned(Peers::default(), ready(())).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_connected_is_alive() {
        let (peers, start) = (Peers::default(), Instant::now());
        let stream = connect(&peers);
        let watched = tokio::spawn(orphaned(peers.clone(), ready(())));
        tokio::time::sleep(10 * UNMET).await;
        assert!(!watched.is_finished());
        drop(stream);
        watched.await.unwrap();
        assert_eq!(start.elapsed(), 10 * UNMET, "dead and not connected: gone at once");
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_may_come_back() {
        let (peers, start) = (Peers::default(), Instant::now());
        drop(connect(&peers));
        let watched = tokio::spawn(orphaned(peers.clone(), pending()));
        tokio::time::sleep(ALONE / 2).await;
        let stream = connect(&peers);
        tokio::time::sleep(2 * ALONE).await;
        assert!(!watched.is_finished());
        drop(stream);
        watched.await.unwrap();
        assert_eq!(start.elapsed(), ALONE / 2 + 2 * ALONE + ALONE);
    }
}
