// SPDX-License-Identifier: Apache-2.0

//! When the process is to end. Called by `process`.

/// Waits for SIGINT, for SIGTERM or, if wanted, for the end of standard input.
pub async fn asked_to_end(with_stdin: bool) {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
        () = stdin_ended(), if with_stdin => {}
    }
}

/// The test that started this process holds the other end of the pipe, so the pipe closes when the
/// test is gone. The read blocks a thread, which may outlive this future.
async fn stdin_ended() {
    let read = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    drop(read.await);
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
