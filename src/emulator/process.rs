// SPDX-License-Identifier: Apache-2.0

//! The process: it listens, prints its address, and serves until it is asked to end. Called by the
//! binary.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::ending::asked_to_end;
use super::flags::Flags;
use super::messages::Messages;
use super::opening::opened;
use super::routes::{self, router};
use super::values::is_loopback;
use super::world::SharedWorld;

/// How long answers under way may still take after the process was asked to end.
const GRACE: Duration = Duration::from_millis(500);

/// Serves until a signal arrives or, if the flags ask for that, until standard input ends.
pub fn run(flags: Flags) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
        let served = runtime.block_on(serve(flags));
        // Dropping the runtime would wait for the thread that reads standard input.
        runtime.shutdown_background();
        served
    });
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
    let wanted = flags.address();
    let listener = TcpListener::bind(wanted).await.map_err(|error| format!("can't listen on {wanted}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    // After the port is taken: a second emulator on it must not touch the files of the first.
    let world = opened(&flags, &messages)?;
    let exit_with_stdin = flags.exit_with_stdin;
    // Before the address is printed: whoever reads it may end this process at once.
    let mut ending = tokio::spawn(asked_to_end(exit_with_stdin));
    tokio::task::yield_now().await;
    announce(address, &flags).map_err(|error| error.to_string())?;
    let (end, ended) = oneshot::channel::<()>();
    let mut serving = axum::serve(listener, router(SharedWorld::new(world, flags, messages)))
        .with_graceful_shutdown(async { drop(ended.await) })
        .into_future();
    tokio::select! {
        served = &mut serving => return served.map_err(|error| format!("serving failed: {error}")),
        _ = &mut ending => {}
    }
    let _ = end.send(());
    // This cuts off connections that a client keeps open, and answers that a fault delays.
    let _ = tokio::time::timeout(GRACE, serving).await;
    Ok(())
}

/// Prints the address on standard output, for programs, and how to use it on standard error.
fn announce(address: SocketAddr, flags: &Flags) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "descope-emulator listening on http://{address}")?;
    out.flush()?;
    let [project, key] =
        [&flags.projects, &flags.keys].map(|all| all.first().map_or_else(String::new, |one| quoted(one)));
    let url = format!("http://{}", reached(address));
    let mut err = std::io::stderr().lock();
    if !is_loopback(address.ip()) {
        writeln!(err, "Other machines may reach it, and change everything in it without a key.")?;
    }
    writeln!(
        err,
        "To look into it, open {url}\nTo use it:\n  export DESCOPE_BASE_URL={url}\n  \
         export DESCOPE_PROJECT_ID={project}\n  export DESCOPE_MANAGEMENT_KEY={key}"
    )
}

/// Where this machine reaches an emulator that listens there. The provider takes plain HTTP on loopback only.
fn reached(address: SocketAddr) -> SocketAddr {
    // An address of IPv4 may have the form of IPv6.
    let ip = match address.ip().to_canonical() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// A text as a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    match text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_take_what_is_printed() {
        assert_eq!([quoted("K2"), quoted("a b"), quoted("it's")], ["K2", "'a b'", r"'it'\''s'"]);
    }

    #[test]
    fn what_listens_everywhere_is_reached_by_loopback() {
        for (listens, reaches) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "[::1]:1"),
            ("127.0.0.2:1", "127.0.0.2:1"),
            ("[::1]:1", "[::1]:1"),
            ("[::ffff:127.0.0.1]:1", "127.0.0.1:1"),
            ("[::ffff:0.0.0.0]:1", "127.0.0.1:1"),
        ] {
            assert_eq!(reached(listens.parse().unwrap()).to_string(), reaches);
        }
    }
}
