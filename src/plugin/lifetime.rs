//! Ends the process on a signal, or when its host is gone. The usual end, the Shutdown call, is in
//! `services`.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::host_stream::Peers;

/// How often to check whether the host is still there.
const CHECK: Duration = Duration::from_secs(1);

/// The process ends after this many checks in a row without a connection. A host connects once and
/// stays connected.
const CHECKS_ALONE: u32 = 5;

/// The process ends after this many checks if nobody ever connected. Hosts give up on a plugin
/// after a minute.
const CHECKS_UNMET: u32 = 90;

/// The process that started this one. It is read as early as possible, so that a host that is
/// killed right after the start is noticed too.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Parent(Option<u32>);

/// Cancels `end` when the process should end. Runs in the background.
///
/// A plugin ignores Ctrl-C. The terminal sends it to the whole process group, and the host decides
/// whether to finish the running operation. A host that is killed can't tell its plugins, so they
/// check for themselves. In debug mode a person started the process, and Ctrl-C ends it.
pub(super) fn watch(debug: bool, parent: Parent, peers: Peers, end: CancellationToken) {
    match Signals::handled() {
        Ok(signals) => {
            let end = end.clone();
            tokio::spawn(async move {
                signals.end(debug).await;
                end.cancel();
            });
        }
        // The process serves anyway, but a Ctrl-C would kill it.
        Err(error) => tracing::warn!(error = %error, "signals can't be handled"),
    }
    if !debug {
        tokio::spawn(orphaned(parent, peers, end));
    }
}

/// The signals to wait for. They are handled from the moment this exists, even before anybody
/// waits.
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

    /// Waits for a signal that should end the process.
    async fn end(mut self, debug: bool) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => return,
            }
            if debug {
                return;
            }
            tracing::debug!("an interrupt is left to the host");
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

    /// Waits for a signal that should end the process.
    async fn end(mut self, debug: bool) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.break_off.recv() => {}
            }
            if debug {
                return;
            }
            tracing::debug!("an interrupt is left to the host");
        }
    }
}

/// Waits until the host is gone, then cancels `end`.
async fn orphaned(parent: Parent, peers: Peers, end: CancellationToken) {
    let (mut alone, mut unmet) = (0, 0);
    while Parent::now() == parent && alone < CHECKS_ALONE && unmet < CHECKS_UNMET {
        tokio::time::sleep(CHECK).await;
        alone = if peers.have_left() { alone + 1 } else { 0 };
        unmet = if peers.have_come() { 0 } else { unmet + 1 };
    }
    tracing::warn!("the host is gone");
    end.cancel();
}

// === impl Parent ===

impl Parent {
    /// The parent process at this moment. It changes when the parent dies. Only Unix provides it.
    pub(super) fn now() -> Self {
        #[cfg(unix)]
        return Self(Some(std::os::unix::process::parent_id()));
        #[cfg(not(unix))]
        return Self(None);
    }
}
