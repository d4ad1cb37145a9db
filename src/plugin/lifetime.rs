//! When the process ends: a signal, or nobody left to serve. (The usual way, Shutdown, is in `services`.)

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::listener::Peers;

/// How often to look whether the host is still there.
const LOOK: Duration = Duration::from_secs(1);

/// For how many looks in a row nobody may be connected before the process ends. A host connects once and stays.
const LOOKS_ALONE: u32 = 5;

/// Trips `end` when the process shall end.
///
/// As a plugin it ignores Ctrl-C: the terminal sends it to the whole process group, and the host decides what becomes of work under
/// way. A killed host tells nobody, so the process looks for itself. In debug mode a person started it and Ctrl-C ends it.
pub(super) fn watch(debug: bool, peers: Peers, end: CancellationToken) {
    tokio::spawn(signals(debug, end.clone()));
    if !debug {
        tokio::spawn(orphaned(peers, end));
    }
}

async fn signals(debug: bool, end: CancellationToken) {
    let interrupted = async {
        // Each wait installs the handler anew and swallows one interrupt.
        while tokio::signal::ctrl_c().await.is_ok() {
            if debug {
                return;
            }
        }
        std::future::pending().await
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
    end.cancel();
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => drop(terminate.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

async fn orphaned(peers: Peers, end: CancellationToken) {
    let parent = parent();
    let mut alone = 0;
    loop {
        tokio::time::sleep(LOOK).await;
        alone = if peers.have_left() { alone + 1 } else { 0 };
        if self::parent() != parent || alone >= LOOKS_ALONE {
            tracing::warn!("the host is gone");
            return end.cancel();
        }
    }
}

/// Who started this process; changes when that process dies.
#[cfg(unix)]
fn parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent() -> Option<u32> {
    None
}
