// SPDX-License-Identifier: Apache-2.0

//! An HTTP server on loopback that answers with what the input says: the real client and the real
//! provider have to understand it.
//!
//! An answer that begins with `HTTP/` is sent as it is, whatever it holds. In another one, the
//! first byte chooses the status, and the rest is the body. An empty one closes the connection, and
//! `~` leaves the client without an answer. Further requests are refused.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The statuses by the digit that chooses them.
const STATUSES: [u16; 10] = [200, 400, 401, 403, 404, 409, 429, 500, 503, 302];

const SILENCE: &[u8] = b"~";

/// The answers that are still to be given.
pub type Answers = Arc<Mutex<VecDeque<Vec<u8>>>>;

/// Starts the server, which ends with the runtime. The answer is its base URL.
pub async fn serve(answers: Answers) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, answers.clone()));
        }
    });
    url
}

async fn answer(mut stream: TcpStream, answers: Answers) {
    if read_request(&mut stream).await.is_none() {
        return;
    }
    let next = answers.lock().expect("no panic goes on").pop_front();
    let next = next.unwrap_or_else(|| b"1{}".to_vec());
    if next == SILENCE {
        // The client gives up, and closes the connection.
        let _ = stream.read(&mut [0]).await;
        return;
    }
    // The client may have gone away.
    let _ = stream.write_all(&response(next)).await;
    let _ = stream.shutdown().await;
}

fn response(answer: Vec<u8>) -> Vec<u8> {
    if answer.starts_with(b"HTTP/") {
        return answer;
    }
    let Some((status, body)) = answer.split_first() else { return Vec::new() };
    let status = STATUSES[usize::from(status.wrapping_sub(b'0')) % STATUSES.len()];
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Reads a request to its end; `None` if the client sent none.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => request.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if request.len() - end - 4 >= length.unwrap_or(0) {
            return Some(());
        }
    }
}
