//! Where the host connects: a Unix socket in a folder of its own, or TCP on the loopback address where that can't be. Each
//! connection is handed on only after its TLS handshake, each handshake in a task of its own.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use super::handshake::Environment;

/// The longest path that every system's socket address takes, with room for its end (103 bytes on macOS, 107 on Linux).
#[cfg(unix)]
const LONGEST_SOCKET_PATH: usize = 100;

/// How long a TLS handshake may take, so that a stranger who connects and says nothing costs nothing.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Where the host connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket in the file system.
    #[cfg_attr(not(unix), allow(dead_code))]
    Unix(PathBuf),
    /// A port on 127.0.0.1.
    Tcp(u16),
}

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

/// How many connections there are and were.
#[derive(Clone, Debug, Default)]
pub(super) struct Peers {
    now: Arc<AtomicUsize>,
    ever: Arc<AtomicU64>,
}

/// A connection that counts itself.
pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    peers: Peers,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

// === impl Address ===

impl Address {
    pub(super) fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Unix(path) => path.display().to_string(),
            Self::Tcp(port) => format!("127.0.0.1:{port}"),
        }
    }
}

// === impl Listener ===

impl Listener {
    /// Binds a Unix socket, or a TCP port where the system has none or the path would be too long.
    pub(super) async fn bind(environment: &Environment) -> Result<Self, String> {
        #[cfg(unix)]
        if let Some(listener) = Self::bind_unix(environment)? {
            return Ok(listener);
        }
        Self::bind_tcp(environment.ports).await
    }

    #[cfg(unix)]
    fn bind_unix(environment: &Environment) -> Result<Option<Self>, String> {
        let told = |error: io::Error| format!("no socket can be made: {error}");
        let mut builder = tempfile::Builder::new();
        // A private folder is a second barrier beside the certificates.
        builder.prefix("descope").permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = match &environment.socket_folder {
            Some(parent) => builder.tempdir_in(parent),
            None => builder.tempdir(),
        };
        let folder = folder.map_err(told)?;
        let path = folder.path().join("p");
        if path.as_os_str().len() > LONGEST_SOCKET_PATH {
            return Ok(None);
        }
        let socket = tokio::net::UnixListener::bind(&path).map_err(told)?;
        if let Some(group) = &environment.socket_group {
            share(folder.path(), &path, group)?;
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
        Err(format!("no free port on 127.0.0.1 from {first} to {last}"))
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The socket's folder; it is removed when the last holder lets it go.
    pub(super) fn folder(&self) -> Option<Arc<TempDir>> {
        self.folder.clone()
    }

    /// Accepts until `end`. A failed TLS handshake is logged and forgotten; it never ends the stream.
    pub(super) fn accept(
        self,
        tls: Option<TlsAcceptor>,
        peers: Peers,
        end: CancellationToken,
    ) -> mpsc::Receiver<io::Result<Connection>> {
        let (sender, receiver) = mpsc::channel(8);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = self.socket.accept() => accepted,
                    () = end.cancelled() => return,
                };
                match accepted {
                    Ok(stream) => drop(tokio::spawn(admit(stream, tls.clone(), peers.clone(), sender.clone()))),
                    // Out of file descriptors, for example: others may close theirs.
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
    to: mpsc::Sender<io::Result<Connection>>,
) {
    let stream: Box<dyn Duplex> = match tls {
        None => stream,
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => return tracing::warn!(error = %error, "a TLS handshake failed"),
            Err(_) => return tracing::warn!("a TLS handshake took too long"),
        },
    };
    peers.now.fetch_add(1, Ordering::Relaxed);
    peers.ever.fetch_add(1, Ordering::Relaxed);
    // Nobody takes it when the server is ending.
    let _ = to.send(Ok(Connection { stream, peers })).await;
}

/// Lets a group use the socket, as a host that runs plugins as another user asks.
#[cfg(unix)]
fn share(folder: &std::path::Path, socket: &std::path::Path, group: &str) -> Result<(), String> {
    use std::os::unix::fs::{PermissionsExt, chown};
    let told = |error: io::Error| format!("the socket can't be given to the group {group:?}: {error}");
    let id =
        group_id(group).ok_or_else(|| format!("PLUGIN_UNIX_SOCKET_GROUP names {group:?}, which is no group here"))?;
    for (path, mode) in [(folder, 0o710), (socket, 0o660)] {
        chown(path, None, Some(id)).map_err(told)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(told)?;
    }
    Ok(())
}

/// A group by its number or by its name.
#[cfg(unix)]
fn group_id(group: &str) -> Option<u32> {
    if let Ok(id) = group.parse() {
        return Some(id);
    }
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    let line = groups.lines().find(|line| line.split(':').next() == Some(group))?;
    line.split(':').nth(2)?.parse().ok()
}

// === impl Socket ===

impl Socket {
    async fn accept(&self) -> io::Result<Box<dyn Duplex>> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Box::new(socket.accept().await?.0)),
            Self::Tcp(socket) => {
                let stream = socket.accept().await?.0;
                // Without it each call is answered 40 ms late.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

// === impl Peers ===

impl Peers {
    /// Whether somebody was connected once.
    pub(super) fn have_come(&self) -> bool {
        self.ever.load(Ordering::Relaxed) > 0
    }

    /// Whether somebody was connected once and nobody is now.
    pub(super) fn have_left(&self) -> bool {
        self.have_come() && self.now.load(Ordering::Relaxed) == 0
    }
}

// === impl Connection ===

impl Drop for Connection {
    fn drop(&mut self) {
        self.peers.now.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
