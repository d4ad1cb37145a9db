// SPDX-License-Identifier: Apache-2.0

//! The signals that may end the process. What they do is decided in `lifetime`.

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Ctrl-C, which a terminal sends to the whole process group, or Ctrl-Break.
    Interrupt,
    /// SIGTERM.
    #[cfg_attr(not(unix), allow(dead_code))]
    Terminate,
    /// SIGHUP, which a terminal sends to its processes when it is closed.
    #[cfg_attr(not(unix), allow(dead_code))]
    HangUp,
}

// === impl Signal ===

impl Signal {
    /// As the log tells it.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Interrupt => "interrupt",
            Self::Terminate => "terminate",
            Self::HangUp => "hang up",
        }
    }
}

/// The signals to wait for. They are handled from the moment this exists, even before anybody
/// waits.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Starts to handle the signals. In debug mode SIGHUP stays ignored if it was: a person may have started the
    /// process with `nohup`.
    pub(super) fn handled(debug: bool) -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: (!debug || !ignores_hang_ups()).then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    /// The next signal.
    pub(super) async fn next(&mut self) -> Signal {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hang_up => Signal::HangUp,
        }
    }
}

/// Whether this process was started as one that ignores SIGHUP. Only Linux tells that without unsafe code. Elsewhere
/// the answer is yes, so that the signal keeps the effect that it has.
#[cfg(unix)]
fn ignores_hang_ups() -> bool {
    /// The bit of SIGHUP, which is signal 1.
    const HANG_UP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & HANG_UP != 0)
}

#[cfg(windows)]
pub(super) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    break_off: tokio::signal::windows::CtrlBreak,
}

#[cfg(windows)]
impl Signals {
    /// Starts to handle the signals.
    pub(super) fn handled(_debug: bool) -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        Ok(Self { interrupt: ctrl_c()?, break_off: ctrl_break()? })
    }

    /// The next signal.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.break_off.recv() => Signal::Interrupt,
        }
    }
}
