//! The process: it listens, says where, and serves until it is to end. Called by the binary.

use std::io::Write;
use std::process::ExitCode;

use tokio::net::TcpListener;

use super::flags::Flags;
use super::messages::Messages;
use super::routes::{self, router};
use super::world::SharedWorld;

/// Serves until a signal, or until standard input ends if the flags ask for that.
pub fn run(flags: Flags) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let served = runtime.map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(serve(flags)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "descope-emulator: {reason}");
            ExitCode::from(1)
        }
    }
}

async fn serve(flags: Flags) -> Result<(), String> {
    let messages = Messages::built_in(routes::messages())?;
    let listener =
        TcpListener::bind(flags.listen).await.map_err(|error| format!("can't listen on {}: {error}", flags.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let exit_with_stdin = flags.exit_with_stdin;
    announce(&format!("http://{address}"), &flags).map_err(|error| error.to_string())?;
    axum::serve(listener, router(SharedWorld::new(flags, messages)))
        .with_graceful_shutdown(ended(exit_with_stdin))
        .await
        .map_err(|error| format!("serving failed: {error}"))
}

/// One line on standard output for programs, and what a person needs on standard error.
fn announce(url: &str, flags: &Flags) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "descope-emulator listening on {url}")?;
    out.flush()?;
    let project = flags.projects.first().map(String::as_str).unwrap_or_default();
    let key = flags.keys.first().map(String::as_str).unwrap_or_default();
    writeln!(
        std::io::stderr(),
        "To use it:\n  export DESCOPE_BASE_URL={url}\n  export DESCOPE_PROJECT_ID={project}\n  export DESCOPE_MANAGEMENT_KEY={key}"
    )
}

async fn ended(exit_with_stdin: bool) {
    let stdin = async {
        match exit_with_stdin {
            // A blocking read in a thread of its own: the test's end of the pipe closes when the test is gone.
            true => {
                drop(tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await)
            }
            false => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
        () = stdin => {}
    }
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
