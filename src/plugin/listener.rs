//! Accepts the host's connections. A connection is handed on after its TLS handshake, and each
//! handshake runs as a task of its own. Made by `bind`.

use std::io;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::address::Address;
use super::ending::Ending;
use super::host_stream::{Duplex, HostStream, Peers};
#[cfg(unix)]
use super::unix_socket::UnixSocket;

/// How long a TLS handshake may take, so that a stranger who connects and stays silent costs
/// nothing.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A bound listener.
pub(super) struct Listener {
    socket: Socket,
    address: Address,
    folder: Option<TempDir>,
}

enum Socket {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(TcpListener),
}

// === impl Listener ===

impl Listener {
    /// Listens on a socket in the file system.
    #[cfg(unix)]
    pub(super) fn on_socket(UnixSocket { listener, path, folder }: UnixSocket) -> Self {
        Self { socket: Socket::Unix(listener), address: Address::Unix(path), folder: Some(folder) }
    }

    /// Listens on a TCP port.
    pub(super) fn on_port(listener: TcpListener, port: u16) -> Self {
        Self { socket: Socket::Tcp(listener), address: Address::Tcp(port), folder: None }
    }

    /// The address to announce to the host.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Takes the socket's folder out. Dropping it removes the folder, and then nobody else can
    /// connect.
    pub(super) fn take_folder(&mut self) -> Option<TempDir> {
        self.folder.take()
    }

    /// Accepts connections until the process is ending. A failed TLS handshake is logged and never ends the stream.
    pub(super) fn accept(
        self,
        tls: Option<TlsAcceptor>,
        peers: Peers,
        ending: Ending,
    ) -> mpsc::Receiver<io::Result<HostStream>> {
        let (sender, receiver) = mpsc::channel(8);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = self.socket.accept() => accepted,
                    () = ending.begun() => return,
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
