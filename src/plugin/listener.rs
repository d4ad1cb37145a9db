// SPDX-License-Identifier: Apache-2.0

//! Accepts the host's connections. A connection is handed on after its TLS handshake, and each
//! handshake runs as a task of its own. Made by `bind`.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::address::Address;
use super::ending::Ending;
use super::host_stream::{Begun, Duplex, HostStream, Peers};
#[cfg(unix)]
use super::unix_socket::UnixSocket;

/// How long a TLS handshake may take, so that a stranger who connects and stays silent costs
/// nothing.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How many TLS handshakes may be under way. When there are more, the oldest is given up: a host's takes
/// milliseconds, while strangers who stay silent would use up the file descriptors.
const HANDSHAKES: usize = 128;

/// How many connections are accepted before the handshakes get their turns: few enough that none is given up
/// before it had one.
const AT_ONCE: u32 = 32;

/// How many connections may wait to be accepted, unless the system allows fewer. If there are more, the host's
/// attempt is lost, and it only makes another one a second later.
pub(super) const WAITING: u32 = 16 << 10;

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

    /// Accepts connections until the process is ending. With TLS, only until the host has connected, which it
    /// does once. A failed TLS handshake is logged and never ends the stream.
    pub(super) fn accept(
        self,
        tls: Option<TlsAcceptor>,
        peers: Peers,
        ending: Ending,
    ) -> mpsc::Receiver<io::Result<HostStream>> {
        let (sender, receiver) = mpsc::channel(8);
        tokio::spawn(async move {
            let (mut handshakes, mut accepted_so_far) = (Handshakes::default(), 0_u32);
            let (mut came, mut begun) = (pin!(peers.came()), pin!(ending.begun()));
            loop {
                let accepted = tokio::select! {
                    accepted = self.socket.accept() => accepted,
                    () = &mut came, if tls.is_some() => break,
                    () = &mut begun => return,
                };
                match accepted {
                    Ok(stream) => {
                        let admitted = tokio::spawn(admit(stream, tls.clone(), peers.clone(), sender.clone()));
                        if tls.is_some() {
                            handshakes.add(admitted);
                        }
                        // The handshakes get their turns, however many connections are waiting.
                        accepted_so_far = accepted_so_far.wrapping_add(1);
                        if accepted_so_far % AT_ONCE == 0 {
                            tokio::task::yield_now().await;
                        }
                    }
                    // The process may be out of file descriptors until another connection closes.
                    Err(error) => {
                        tracing::warn!(error = %error, "a connection was not accepted");
                        handshakes.give_up_oldest();
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
            // Strangers are refused from now on. The end of the stream would end the server.
            drop((self, handshakes));
            ending.begun().await;
            drop(sender);
        });
        receiver
    }
}

/// The TLS handshakes that are under way, the oldest first. They are given up when this is dropped.
#[derive(Default)]
struct Handshakes(VecDeque<JoinHandle<()>>);

// === impl Handshakes ===

impl Handshakes {
    fn add(&mut self, handshake: JoinHandle<()>) {
        if self.0.len() >= HANDSHAKES {
            self.0.retain(|handshake| !handshake.is_finished());
        }
        if self.0.len() >= HANDSHAKES {
            self.give_up_oldest();
        }
        self.0.push_back(handshake);
    }

    fn give_up_oldest(&mut self) {
        if let Some(oldest) = self.0.pop_front() {
            oldest.abort();
        }
    }
}

impl Drop for Handshakes {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
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
        Some(tls) => match tokio::time::timeout(HANDSHAKE, handshake(stream, &tls)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => return tracing::warn!(error = %error, "a TLS handshake failed"),
            Err(_) => return tracing::warn!("a TLS handshake took too long"),
        },
    };
    // Sending fails only when the server is ending, and then the connection may be dropped.
    let _ = to.send(Ok(HostStream::new(stream, peers))).await;
}

/// A handshake, which begins when something comes: most strangers come and go, and must not take the time that others
/// need.
async fn handshake(mut stream: Box<dyn Duplex>, tls: &TlsAcceptor) -> io::Result<TlsStream<Begun>> {
    let mut first = [0];
    stream.read_exact(&mut first).await?;
    tls.accept(Begun { first: Some(first), stream }).await
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
