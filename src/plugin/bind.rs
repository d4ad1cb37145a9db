// SPDX-License-Identifier: Apache-2.0

//! Finds a place to listen: a Unix socket in the first folder that will do, else a TCP port. Called
//! by `mod`.

use super::environment::HostEnvironment;
use super::listener::Listener;
use super::tcp_port;
#[cfg(unix)]
use super::{socket_group::Group, unix_socket};

/// What keeps strangers out. Every user of this machine can connect to a TCP port, and have the
/// management key sent to an address of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Mutual TLS: only the host is let in.
    MutualTls,
    /// The permissions of the socket's folder: a person started the process to debug it. A CLI does
    /// not use TLS with a provider that is already running.
    Debugging,
    /// The permissions of the socket's folder: the host turned TLS off.
    None,
}

/// Listens where the host can connect. The error is the end of a sentence for the person who reads
/// the host's output.
pub(super) fn bind(environment: &HostEnvironment, guard: Guard) -> Result<Listener, String> {
    let failure = match on_socket(environment) {
        Ok(listener) => return Ok(listener),
        Err(failure) => failure,
    };
    let without_tls = match guard {
        Guard::MutualTls => {
            tracing::warn!("listening on a TCP port, because no folder will do for a socket");
            return on_port(environment).map_err(|port| format!("{failure}; {port}"));
        }
        Guard::Debugging => "which debugging is without",
        Guard::None if environment.disables_tls => "which TF_DISABLE_PLUGIN_TLS turns off",
        Guard::None => "for which the host gave no certificate (PLUGIN_CLIENT_CERT)",
    };
    Err(format!("{failure}; and a TCP port is only used with TLS, {without_tls}"))
}

#[cfg(not(unix))]
fn on_socket(_: &HostEnvironment) -> Result<Listener, String> {
    Err("this system has no private sockets".to_owned())
}

#[cfg(unix)]
fn on_socket(environment: &HostEnvironment) -> Result<Listener, String> {
    let group = environment.socket_group.as_deref().map(Group::named).transpose();
    let group = group.inspect_err(|reason| tracing::warn!(reason, "no socket can be made"))?;
    let mut reasons = Vec::new();
    for folder in environment.socket_folders() {
        match unix_socket::make(&folder, group.as_ref()) {
            Ok(socket) => return Ok(Listener::on_socket(socket)),
            Err(reason) => {
                tracing::warn!(folder = %folder.display(), reason, "no socket can be made in this folder");
                reasons.push(format!("not in {}: {reason}", folder.display()));
            }
        }
    }
    Err(format!("no socket can be made ({})", reasons.join("; ")))
}

fn on_port(environment: &HostEnvironment) -> Result<Listener, String> {
    let (min, max) = &environment.ports;
    let (listener, port) = tcp_port::listen(min.as_deref(), max.as_deref())?;
    Ok(Listener::on_port(listener, port))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::address::Address;
    use super::*;

    /// An environment in which no folder will do.
    fn nowhere() -> HostEnvironment {
        HostEnvironment::of(|name| (name == "PLUGIN_UNIX_SOCKET_GROUP").then(|| "no-such-group".into()))
    }

    #[tokio::test]
    async fn the_first_folder_that_will_do_is_used() {
        let (missing, good) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let environment = HostEnvironment::of(|name| match name {
            "PLUGIN_UNIX_SOCKET_DIR" => Some(missing.path().join("missing").into()),
            "TMPDIR" => Some(Path::new("/dev/null").into()),
            "XDG_RUNTIME_DIR" => Some(good.path().into()),
            _ => None,
        });
        let listener = bind(&environment, Guard::None).unwrap();
        let Address::Unix(path) = listener.address() else { panic!("a socket is possible") };
        assert!(path.starts_with(good.path()), "{path:?}");
    }

    #[tokio::test]
    async fn a_port_is_used_when_no_folder_will_do() {
        let listener = bind(&nowhere(), Guard::MutualTls).unwrap();
        let Address::Tcp(port) = listener.address() else { panic!("no socket is possible") };
        tokio::net::TcpStream::connect(("127.0.0.1", *port)).await.unwrap();
    }

    #[tokio::test]
    async fn an_open_port_is_not_used_without_tls() {
        let disabled = HostEnvironment::of(|name| match name {
            "PLUGIN_UNIX_SOCKET_GROUP" => Some("no-such-group".into()),
            name => (name == "TF_DISABLE_PLUGIN_TLS").then(|| "1".into()),
        });
        for (environment, guard, words) in [
            (&disabled, Guard::None, "TF_DISABLE_PLUGIN_TLS"),
            (&nowhere(), Guard::None, "no certificate (PLUGIN_CLIENT_CERT)"),
            (&disabled, Guard::Debugging, "debugging"),
        ] {
            let error = bind(environment, guard).map(|listener| listener.address().clone()).unwrap_err();
            assert!(error.contains("no-such-group") && error.contains(words), "{error}");
            let is_blamed = error.contains("TF_DISABLE_PLUGIN_TLS");
            assert_eq!(is_blamed, words == "TF_DISABLE_PLUGIN_TLS", "what is not set is not at fault: {error}");
        }
    }
}
