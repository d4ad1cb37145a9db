// SPDX-License-Identifier: Apache-2.0

//! A host's connection, and how many of them there are.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tonic::transport::server::Connected;

/// A stream of bytes in both directions: a socket, or TLS over one.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A stream of which the first byte has been read.
pub(super) struct Begun {
    /// That byte, until it is read once more.
    pub(super) first: Option<[u8; 1]>,
    pub(super) stream: Box<dyn Duplex>,
}

/// The open connections. Clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Peers(Arc<watch::Sender<Count>>);

#[derive(Debug, Default)]
struct Count {
    now: usize,
    ever: bool,
}

/// A connection after its TLS handshake. It counts as open until it is dropped.
pub(super) struct HostStream {
    stream: Box<dyn Duplex>,
    peers: Peers,
}

// === impl Peers ===

impl Peers {
    /// Whether somebody is connected.
    pub(super) fn are_here(&self) -> bool {
        self.0.borrow().now > 0
    }

    /// Waits until somebody has connected, even if only for a moment.
    pub(super) async fn came(&self) {
        self.until(|count| count.ever).await;
    }

    /// Waits until somebody has connected and nobody is connected any more.
    pub(super) async fn left(&self) {
        self.until(|count| count.ever && count.now == 0).await;
    }

    /// Waits until somebody is connected.
    pub(super) async fn came_back(&self) {
        self.until(|count| count.now > 0).await;
    }

    async fn until(&self, holds: impl Fn(&Count) -> bool) {
        // This fails only if the sender is gone, and we are holding it.
        let _ = self.0.subscribe().wait_for(holds).await;
    }
}

// === impl HostStream ===

impl HostStream {
    /// Counts a stream as an open connection.
    pub(super) fn new(stream: Box<dyn Duplex>, peers: Peers) -> Self {
        peers.0.send_modify(|count| *count = Count { now: count.now + 1, ever: true });
        Self { stream, peers }
    }
}

impl Drop for HostStream {
    fn drop(&mut self) {
        self.peers.0.send_modify(|count| count.now = count.now.saturating_sub(1));
    }
}

impl Connected for HostStream {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Begun {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() > 0
            && let Some(first) = self.first.take()
        {
            buf.put_slice(&first);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Begun {
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

    #[tokio::test]
    async fn a_connection_counts_until_it_is_dropped() {
        let peers = Peers::default();
        assert!(!peers.are_here());
        let streams = [(); 2].map(|()| HostStream::new(Box::new(tokio::io::empty()), peers.clone()));
        let [first, second] = streams;
        peers.came().await;
        let left = tokio::spawn({
            let peers = peers.clone();
            async move { peers.left().await }
        });
        drop(first);
        tokio::task::yield_now().await;
        assert!(peers.are_here() && !left.is_finished());
        drop(second);
        left.await.unwrap();
        peers.came().await;
        assert!(!peers.are_here());
    }
}
