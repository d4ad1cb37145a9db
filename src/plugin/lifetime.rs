//! When the process ends: a signal, or nobody left to serve. (The usual way, Shutdown, is in `services`.)

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::listener::Peers;

/// How often to look whether the host is still there.
const LOOK: Duration = Duration::from_secs(1);

/// For how many looks in a row nobody may be connected before the process ends. A host connects once and stays.
const LOOKS_ALONE: u32 = 5;

/// How long nobody at all may connect. Hosts give up on a plugin after a minute.
const LOOKS_UNMET: u32 = 90;

/// Who started this process, to be noted as early as possible: a host that is killed right after starting it must be missed too.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Parent(Option<u32>);

/// Trips `end` when the process shall end.
///
/// As a plugin it ignores Ctrl-C: the terminal sends it to the whole process group, and the host decides what becomes of work under
/// way. A killed host tells nobody, so the process looks for itself. In debug mode a person started it and Ctrl-C ends it.
pub(super) fn watch(debug: bool, parent: Parent, peers: Peers, end: CancellationToken) {
    match Signals::handled() {
        Ok(signals) => {
            let end = end.clone();
            tokio::spawn(async move {
                signals.end(debug).await;
                end.cancel();
            });
        }
        // The process serves all the same; an interrupt would end it, as it would any program.
        Err(error) => tracing::warn!(error = %error, "signals can't be handled"),
    }
    if !debug {
        tokio::spawn(orphaned(parent, peers, end));
    }
}

/// Signals that are handled from now on, not from when somebody first waits for them.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn handled() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits until the process shall end.
    async fn end(mut self, debug: bool) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => if debug { return },
                _ = self.terminate.recv() => return,
            }
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    break_off: tokio::signal::windows::CtrlBreak,
}

#[cfg(windows)]
impl Signals {
    fn handled() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        Ok(Self { interrupt: ctrl_c()?, break_off: ctrl_break()? })
    }

    /// Waits until the process shall end.
    async fn end(mut self, debug: bool) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.break_off.recv() => {}
            }
            if debug {
                return;
            }
        }
    }
}

async fn orphaned(parent: Parent, peers: Peers, end: CancellationToken) {
    let (mut alone, mut unmet) = (0, 0);
    while Parent::now() == parent && alone < LOOKS_ALONE && unmet < LOOKS_UNMET {
        tokio::time::sleep(LOOK).await;
        alone = if peers.have_left() { alone + 1 } else { 0 };
        unmet = if peers.have_come() { 0 } else { unmet + 1 };
    }
    tracing::warn!("the host is gone");
    end.cancel();
}

// === impl Parent ===

impl Parent {
    /// The parent process now; another one than before when that died. Only Unix tells.
    pub(super) fn now() -> Self {
        #[cfg(unix)]
        return Self(Some(std::os::unix::process::parent_id()));
        #[cfg(not(unix))]
        return Self(None);
    }
}
