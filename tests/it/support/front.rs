// SPDX-License-Identifier: Apache-2.0

//! A gateway in front of the emulator that misbehaves below HTTP: it cuts answers at any byte,
//! closes connections that are kept alive, refuses HTTP/2 streams and says goodbye. It speaks
//! HTTP/1.1 without TLS, or HTTP/2 over TLS.

use std::io::Write;
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What the gateway does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    /// It passes the request on, sends so many per mille of the answer, and closes.
    CutAfter(usize),
    /// It closes without passing the request on.
    CutBefore,
    /// It answers, and then closes a connection that the client believes to be open.
    CloseIdle,
    /// HTTP/2: it refuses the stream without looking at it.
    Refuse,
    /// HTTP/2: it answers and says goodbye.
    Goodbye,
    /// HTTP/2: it passes the request on, and says goodbye instead of answering.
    AbruptGoodbye,
}

/// A running gateway. It ends with the test's runtime.
pub struct Front {
    /// Its base URL.
    pub url: String,
    /// The certificate to trust, if it speaks TLS.
    pub certificate: Option<tempfile::NamedTempFile>,
    armed: Armed,
}

/// The paths and what happens to the next requests to them, for so many times.
type Armed = Arc<Mutex<Vec<(String, Twist, u32)>>>;

impl Front {
    /// A gateway of HTTP/1.1 in front of this address.
    pub async fn http1(upstream: &str) -> Self {
        let (listener, armed) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Armed::default());
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (upstream, twists) = (upstream.to_owned(), armed.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve_http1(stream, upstream.clone(), twists.clone()));
            }
        });
        Self { url, certificate: None, armed }
    }

    /// A gateway of HTTP/2 over TLS in front of this address.
    pub async fn http2(upstream: &str) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        parameters.is_ca = rcgen::IsCa::ExplicitNoCa;
        let certificate = parameters.self_signed(&key).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(certificate.pem().as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let (listener, armed) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Armed::default());
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let (tls, upstream, twists) = (TlsAcceptor::from(Arc::new(config)), upstream.to_owned(), armed.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve_http2(stream, tls.clone(), upstream.clone(), twists.clone()));
            }
        });
        Self { url, certificate: Some(file), armed }
    }

    /// Has the next requests to paths that end like this misbehave.
    pub fn arm(&self, path: &str, twist: Twist, times: u32) {
        self.armed.lock().unwrap().push((path.to_owned(), twist, times));
    }

    /// Behaves from now on.
    pub fn disarm(&self) {
        self.armed.lock().unwrap().clear();
    }
}

fn twist(armed: &Armed, path: &str) -> Option<Twist> {
    let mut armed = armed.lock().unwrap();
    let (_, twist, times) = armed.iter_mut().find(|(end, _, times)| path.ends_with(end.as_str()) && *times > 0)?;
    *times -= 1;
    Some(*twist)
}

/// A request as far as the emulator needs it.
struct Passed {
    path: String,
    authorization: String,
    body: Vec<u8>,
}

/// Passes a request on and returns the whole answer.
async fn pass_on(upstream: &str, request: &Passed) -> std::io::Result<Vec<u8>> {
    let Passed { path, authorization, body } = request;
    let mut stream = TcpStream::connect(upstream).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    match answer.is_empty() {
        true => Err(std::io::ErrorKind::ConnectionReset.into()),
        false => Ok(answer),
    }
}

/// Head and body of an HTTP/1.1 message.
fn split(message: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = message.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&message[..end]).into_owned(), message[end + 4..].to_vec()))
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

async fn serve_http1(mut stream: TcpStream, upstream: String, armed: Armed) -> std::io::Result<()> {
    loop {
        let (mut message, mut buffer) = (Vec::new(), [0; 16384]);
        let request = loop {
            if let Some((head, body)) = split(&message) {
                let length = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
                if body.len() >= length {
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    let authorization = header(&head, "authorization").unwrap_or_default();
                    break Passed { path, authorization, body };
                }
            }
            match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                count => message.extend_from_slice(&buffer[..count]),
            }
        };
        let twist = twist(&armed, &request.path);
        if twist == Some(Twist::CutBefore) {
            return Ok(());
        }
        let answer = pass_on(&upstream, &request).await?;
        let (head, body) = split(&answer).ok_or(std::io::ErrorKind::InvalidData)?;
        // The emulator closes its own connection; this one is kept.
        let head: Vec<&str> = head.lines().filter(|line| !line.to_lowercase().starts_with("connection:")).collect();
        let answer = [head.join("\r\n").as_bytes(), b"\r\n\r\n", &body].concat();
        match twist {
            Some(Twist::CutAfter(per_mille)) => {
                stream.write_all(&answer[..answer.len() * per_mille / 1000]).await?;
                return Ok(());
            }
            Some(Twist::CloseIdle) => {
                stream.write_all(&answer).await?;
                return Ok(());
            }
            _ => stream.write_all(&answer).await?,
        }
    }
}

async fn serve_http2(stream: TcpStream, tls: TlsAcceptor, upstream: String, armed: Armed) {
    let Ok(stream) = tls.accept(stream).await else { return };
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let path = request.uri().path().to_owned();
        let twist = twist(&armed, &path);
        match twist {
            Some(Twist::Refuse) => {
                respond.send_reset(h2::Reason::REFUSED_STREAM);
                continue;
            }
            Some(Twist::CutBefore) => return,
            Some(Twist::Goodbye) => connection.graceful_shutdown(),
            _ => {}
        }
        let (sent, upstream) = (tokio::sync::oneshot::channel::<()>(), upstream.clone());
        tokio::spawn(async move {
            let _done = sent.0;
            let text = |value: Option<&axum::http::HeaderValue>| {
                value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
            };
            let authorization = text(request.headers().get("authorization"));
            let (mut stream, mut body) = (request.into_body(), Vec::new());
            while let Some(Ok(chunk)) = stream.data().await {
                let _ = stream.flow_control().release_capacity(chunk.len());
                body.extend_from_slice(&chunk);
            }
            let answer = pass_on(&upstream, &Passed { path, authorization, body }).await;
            let Some((head, body)) = answer.ok().as_deref().and_then(split) else {
                return respond.send_reset(h2::Reason::INTERNAL_ERROR);
            };
            let status: u16 = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(599);
            let mut response = axum::http::Response::builder().status(status);
            for name in ["content-type", "retry-after"] {
                if let Some(value) = header(&head, name) {
                    response = response.header(name, value);
                }
            }
            let cut = match twist {
                Some(Twist::CutAfter(per_mille)) => Some(body.len() * per_mille / 1000),
                Some(Twist::AbruptGoodbye) => return,
                _ => None,
            };
            let Ok(mut out) = respond.send_response(response.body(()).unwrap(), false) else { return };
            let end = cut.is_none();
            let _ = out.send_data(body[..cut.unwrap_or(body.len())].to_vec().into(), end);
            if !end {
                out.send_reset(h2::Reason::INTERNAL_ERROR);
            }
        });
        if twist == Some(Twist::AbruptGoodbye) {
            // The request takes effect, and the connection ends without its answer.
            let mut sent = sent.1;
            loop {
                // The connection has to be driven for the request's body to arrive.
                tokio::select! {
                    _ = &mut sent => break,
                    _ = connection.accept() => {}
                }
            }
            connection.abrupt_shutdown(h2::Reason::NO_ERROR);
        }
    }
}
