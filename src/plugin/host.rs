// SPDX-License-Identifier: Apache-2.0

//! Notices that the host process is gone. A host that is killed can't tell its plugins. Used by
//! `lifetime`.

use std::time::Duration;

/// How often to ask for the parent process. Nothing else tells that it died.
const CHECK: Duration = Duration::from_millis(100);

/// The process that started this one. It is read as early as possible, so that a host that is
/// killed right after the start is noticed too.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Parent(Option<u32>);

// === impl Parent ===

impl Parent {
    /// The parent process at this moment. It changes when the parent dies. Only Unix provides it.
    pub(super) fn now() -> Self {
        #[cfg(unix)]
        return Self(Some(std::os::unix::process::parent_id()));
        #[cfg(not(unix))]
        return Self(None);
    }

    /// Waits until this process is no longer the parent.
    async fn gone(self) {
        while Self::now() == self {
            tokio::time::sleep(CHECK).await;
        }
    }
}

/// Waits until the host is dead: it is no longer the parent, or nobody reads our standard output.
///
/// A host that died before the parent was read is only noticed by the second. (Its number proves
/// nothing: in a container, a living host is often process 1.)
pub(super) async fn gone(parent: Parent) {
    tokio::select! {
        () = parent.gone() => {}
        () = unread(std::io::stdout()) => {}
    }
}

/// Waits until nobody has the reading end of a pipe open. Never ends if this is not a pipe, or if the
/// system doesn't report it. (Linux does.)
#[cfg(unix)]
async fn unread(pipe: impl std::os::fd::AsFd) {
    use tokio::{io::Interest, net::unix::pipe};
    let watched = pipe.as_fd().try_clone_to_owned().and_then(pipe::Sender::from_owned_fd_unchecked);
    let closed = async { watched?.ready(Interest::ERROR).await };
    if closed.await.is_err() {
        std::future::pending().await
    }
}

#[cfg(not(unix))]
async fn unread<T>(_pipe: T) {
    std::future::pending().await
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::io::Write;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_pipe_is_unread_when_its_reading_end_is_closed() {
        let (mut reader, mut writer) = std::io::pipe().unwrap();
        let watched = tokio::spawn(unread(writer.try_clone().unwrap()));
        writer.write_all(b"x").unwrap();
        reader.read_exact(&mut [0]).unwrap();
        tokio::task::yield_now().await;
        assert!(!watched.is_finished());
        drop(reader);
        tokio::time::timeout(LONG, watched).await.expect("the end is noticed").unwrap();
    }

    #[tokio::test]
    async fn a_pipe_that_was_closed_before_anybody_looked_is_unread() {
        let (_, writer) = std::io::pipe().unwrap();
        tokio::time::timeout(LONG, unread(writer)).await.expect("the end is noticed");
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_and_a_living_parent_prove_nothing() {
        assert!(tokio::time::timeout(LONG, unread(tempfile::tempfile().unwrap())).await.is_err());
        assert!(tokio::time::timeout(LONG, Parent::now().gone()).await.is_err());
        tokio::time::timeout(LONG, Parent(Some(0)).gone()).await.expect("another process is the parent");
    }
}
