//! A host's connection, and how many of them there are.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

/// A stream of bytes in both directions: a socket, or TLS over one.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// The number of open connections, and of all connections so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Peers {
    now: Arc<AtomicUsize>,
    ever: Arc<AtomicU64>,
}

/// A connection after its TLS handshake. It counts as open until it is dropped.
pub(super) struct HostStream {
    stream: Box<dyn Duplex>,
    peers: Peers,
}

// === impl Peers ===

impl Peers {
    /// Whether anybody ever connected.
    pub(super) fn have_come(&self) -> bool {
        self.ever.load(Ordering::Relaxed) > 0
    }

    /// Whether somebody connected before and nobody is connected now.
    pub(super) fn have_left(&self) -> bool {
        self.have_come() && self.now.load(Ordering::Relaxed) == 0
    }
}

// === impl HostStream ===

impl HostStream {
    /// Counts a stream as an open connection.
    pub(super) fn new(stream: Box<dyn Duplex>, peers: Peers) -> Self {
        peers.now.fetch_add(1, Ordering::Relaxed);
        peers.ever.fetch_add(1, Ordering::Relaxed);
        Self { stream, peers }
    }
}

impl Drop for HostStream {
    fn drop(&mut self) {
        self.peers.now.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connected for HostStream {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for HostStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for HostStream {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_counts_until_it_is_dropped() {
        let peers = Peers::default();
        assert!(!peers.have_come() && !peers.have_left());
        let streams = [(); 2].map(|()| HostStream::new(Box::new(tokio::io::empty()), peers.clone()));
        let [first, second] = streams;
        assert!(peers.have_come() && !peers.have_left());
        drop(first);
        assert!(!peers.have_left());
        drop(second);
        assert!(peers.have_come() && peers.have_left());
    }
}
