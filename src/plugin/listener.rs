//! Listens for the host: on a Unix socket in a folder of its own, or on a loopback TCP port where
//! that isn't possible. A connection is handed on after its TLS handshake, and each handshake runs
//! as a task of its own.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::address::Address;
use super::environment::HostEnvironment;
use super::host_stream::{Duplex, HostStream, Peers};
#[cfg(unix)]
use super::socket_group;

/// The longest path that fits a socket address on every system. macOS takes 103 bytes and Linux
/// 107.
#[cfg(unix)]
const LONGEST_SOCKET_PATH: usize = 100;

/// How long a TLS handshake may take, so that a stranger who connects and stays silent costs
/// nothing.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A bound listener.
pub(super) struct Listener {
    socket: Socket,
    address: Address,
    folder: Option<Arc<TempDir>>,
}

enum Socket {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(TcpListener),
}

// === impl Listener ===

impl Listener {
    /// Binds a Unix socket, or a TCP port if the system has no Unix sockets or the path is too
    /// long. The error is the end of a sentence for the person who reads the host's output.
    pub(super) async fn bind(environment: &HostEnvironment) -> Result<Self, String> {
        #[cfg(unix)]
        if let Some(listener) = Self::bind_unix(environment)? {
            return Ok(listener);
        }
        Self::bind_tcp(environment.ports).await
    }

    #[cfg(unix)]
    fn bind_unix(environment: &HostEnvironment) -> Result<Option<Self>, String> {
        let failed = |error: io::Error| format!("the socket can't be created: {error}");
        let mut builder = tempfile::Builder::new();
        // A private folder is a second barrier beside the certificates.
        builder.prefix("descope").permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = match &environment.socket_folder {
            Some(parent) => builder.tempdir_in(parent),
            None => builder.tempdir(),
        };
        let folder = folder.map_err(failed)?;
        let path = folder.path().join("p");
        if path.as_os_str().len() > LONGEST_SOCKET_PATH {
            return Ok(None);
        }
        let socket = tokio::net::UnixListener::bind(&path).map_err(failed)?;
        if let Some(group) = &environment.socket_group {
            socket_group::share(folder.path(), &path, group)?;
        }
        Ok(Some(Self { socket: Socket::Unix(socket), address: Address::Unix(path), folder: Some(Arc::new(folder)) }))
    }

    async fn bind_tcp((first, last): (u16, u16)) -> Result<Self, String> {
        if first > last {
            return Err(format!("PLUGIN_MIN_PORT ({first}) is greater than PLUGIN_MAX_PORT ({last})"));
        }
        for port in first..=last {
            if let Ok(socket) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                let port = socket.local_addr().map_err(|error| error.to_string())?.port();
                return Ok(Self { socket: Socket::Tcp(socket), address: Address::Tcp(port), folder: None });
            }
        }
        Err(format!("no port on 127.0.0.1 from {first} to {last} is free"))
    }

    /// The address to announce to the host.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The socket's folder. It is removed when its last owner drops it.
    pub(super) fn folder(&self) -> Option<Arc<TempDir>> {
        self.folder.clone()
    }

    /// Accepts connections until `end`. A failed TLS handshake is logged and never ends the stream.
    pub(super) fn accept(
        self,
        tls: Option<TlsAcceptor>,
        peers: Peers,
        end: CancellationToken,
    ) -> mpsc::Receiver<io::Result<HostStream>> {
        let (sender, receiver) = mpsc::channel(8);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = self.socket.accept() => accepted,
                    () = end.cancelled() => return,
                };
                match accepted {
                    Ok(stream) => drop(tokio::spawn(admit(stream, tls.clone(), peers.clone(), sender.clone()))),
                    // The process may be out of file descriptors until another connection closes.
                    Err(error) => {
                        tracing::warn!(error = %error, "a connection was not accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        });
        receiver
    }
}

async fn admit(
    stream: Box<dyn Duplex>,
    tls: Option<TlsAcceptor>,
    peers: Peers,
    to: mpsc::Sender<io::Result<HostStream>>,
) {
    let stream: Box<dyn Duplex> = match tls {
        None => stream,
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => return tracing::warn!(error = %error, "a TLS handshake failed"),
            Err(_) => return tracing::warn!("a TLS handshake took too long"),
        },
    };
    // Sending fails only when the server is ending, and then the connection may be dropped.
    let _ = to.send(Ok(HostStream::new(stream, peers))).await;
}

// === impl Socket ===

impl Socket {
    async fn accept(&self) -> io::Result<Box<dyn Duplex>> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Box::new(socket.accept().await?.0)),
            Self::Tcp(socket) => {
                let stream = socket.accept().await?.0;
                // Without this, each answer is 40 ms late.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}
