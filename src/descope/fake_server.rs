// SPDX-License-Identifier: Apache-2.0

//! A tiny HTTP server for this layer's tests. It answers each request with the next of its canned
//! answers, and keeps what it received.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Canned {
    /// It sends these bytes and closes the connection.
    Bytes(String),
    /// It closes the connection without an answer.
    Close,
    /// It sends these bytes and keeps the connection open.
    Stall(String),
    /// It sends these bytes when it gets a permit, and then closes the connection.
    Later(Arc<Semaphore>, String),
}

/// A running server. It ends with the test's runtime.
pub(super) struct FakeServer {
    /// Its base URL.
    pub(super) url: String,
    received: Arc<Mutex<Vec<String>>>,
}

// === impl Canned ===

impl Canned {
    /// An answer with this status, these header lines, each with a line end, and this body.
    pub(super) fn answer(status: u16, headers: &str, body: &str) -> Self {
        Self::Bytes(response(status, headers, body))
    }

    /// A success with this body.
    pub(super) fn ok(body: &str) -> Self {
        Self::answer(200, "", body)
    }

    /// A success with this body, one for each permit.
    pub(super) fn ok_later(permits: &Arc<Semaphore>, body: &str) -> Self {
        Self::Later(permits.clone(), response(200, "", body))
    }

    /// No answer, and the connection stays open.
    pub(super) fn silence() -> Self {
        Self::Later(Arc::new(Semaphore::new(0)), String::new())
    }
}

// === impl FakeServer ===

impl FakeServer {
    /// A server with these answers. Further requests are answered with status 599.
    pub(super) async fn with(answers: impl IntoIterator<Item = Canned>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let (mut answers, requests): (VecDeque<_>, _) = (answers.into_iter().collect(), received.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers.pop_front().unwrap_or_else(|| Canned::answer(599, "", "no more answers"));
                tokio::spawn(serve(stream, answer, requests.clone()));
            }
        });
        Self { url, received }
    }

    /// The requests so far, each as the text that was sent.
    pub(super) fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until the server has received this many requests.
    pub(super) async fn has_received(&self, count: usize) {
        for _ in 0..2000 {
            if self.received().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("only {} of {count} requests came", self.received().len());
    }
}

fn response(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

async fn serve(mut stream: TcpStream, answer: Canned, received: Arc<Mutex<Vec<String>>>) {
    let request = read_request(&mut stream).await;
    received.lock().unwrap().push(request);
    let bytes = match answer {
        Canned::Bytes(bytes) => bytes,
        Canned::Close => return,
        Canned::Stall(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            return std::future::pending().await;
        }
        Canned::Later(permits, bytes) => {
            permits.acquire().await.unwrap().forget();
            bytes
        }
    };
    // The client may have gone away, which is what some tests are about.
    let _ = stream.write_all(bytes.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Reads the head and as much of a body as it announces.
async fn read_request(stream: &mut TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        match stream.read(&mut buffer).await.unwrap() {
            0 => return text,
            count => text.push_str(std::str::from_utf8(&buffer[..count]).unwrap()),
        }
    }
}
