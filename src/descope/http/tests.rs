// SPDX-License-Identifier: Apache-2.0

//! How a request ends, by what a server of raw HTTP/2 frames does with it, and which
//! connections are used again.

use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, HandshakeKind, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;

use super::super::cause::About;
use super::super::fake_server::{Canned, FakeServer};
use super::super::tls_files::TlsFiles;
use super::clients::plain;
use super::*;

/// What the server does with the request of a connection.
#[derive(Clone, Copy, Debug)]
enum Plays {
    /// It answers.
    Answer,
    /// It refuses the stream.
    Refuse,
    /// It resets the stream for another reason.
    Reset,
    /// It says goodbye and names the last stream that it looked at: the request's, or none.
    Goodbye { looked_at: u32 },
    /// It closes the connection.
    Close,
    /// It sends the head of an answer and closes the connection.
    Cut,
}

const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
/// `:status: 200`, with more to follow.
const HEAD: [u8; 10] = [0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88];
const EMPTY_OBJECT: [u8; 11] = [0, 0, 2, 0, 1, 0, 0, 0, 1, b'{', b'}'];

impl Plays {
    fn frames(self) -> Vec<u8> {
        let reset = |code| vec![0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, code];
        match self {
            Self::Answer => [&HEAD[..], &EMPTY_OBJECT].concat(),
            Self::Refuse => reset(7),
            Self::Reset => reset(2),
            Self::Goodbye { looked_at } => {
                [&[0, 0, 8, 7, 0, 0, 0, 0, 0][..], &looked_at.to_be_bytes(), &[0, 0, 0, 0]].concat()
            }
            Self::Close => Vec::new(),
            Self::Cut => HEAD.to_vec(),
        }
    }
}

/// A server that plays this on each connection, and its base URL.
async fn http2(plays: Plays) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(stream, plays));
        }
    });
    url
}

async fn play(mut stream: TcpStream, plays: Plays) -> std::io::Result<()> {
    stream.write_all(&SETTINGS).await?;
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).await?;
        // The request ends with its body.
        if head[3] == 0 && head[4] & 1 == 1 {
            break;
        }
    }
    stream.write_all(&plays.frames()).await?;
    if !matches!(plays, Plays::Close | Plays::Cut) {
        // The client reads before the connection ends.
        let _ = tokio::time::timeout(Duration::from_millis(200), stream.read_to_end(&mut Vec::new())).await;
    }
    Ok(())
}

async fn sent(plays: Plays) -> Attempt {
    let url = http2(plays).await;
    let client = plain(Effect::Idempotent).unwrap().http2_prior_knowledge().build().unwrap();
    let request = client.post(url).body("{}").build().unwrap();
    send(&client, request, Effect::Create, 100).await
}

#[tokio::test]
async fn a_server_that_says_it_did_not_look_at_a_request_is_believed() {
    assert!(matches!(sent(Plays::Answer).await, Attempt::Answered(HttpResponse { status: 200, .. })));
    for plays in [Plays::Refuse, Plays::Goodbye { looked_at: 0 }] {
        let attempt = sent(plays).await;
        assert!(matches!(attempt, Attempt::Unprocessed(_)), "{plays:?}: {attempt:?}");
    }
}

#[tokio::test]
async fn a_request_that_the_server_may_have_looked_at_is_in_doubt() {
    for plays in [Plays::Close, Plays::Reset, Plays::Goodbye { looked_at: 1 }] {
        let attempt = sent(plays).await;
        assert!(matches!(attempt, Attempt::Broken(_)), "{plays:?}: {attempt:?}");
    }
    let attempt = sent(Plays::Cut).await;
    assert!(matches!(attempt, Attempt::Cut(_)), "{attempt:?}");
}

#[tokio::test]
async fn an_answer_that_stops_is_not_waited_for_as_long_as_one_that_goes_on() {
    let begins = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_owned();
    let server = FakeServer::with([Canned::Stall(begins)]).await;
    let clients = Clients::new(true, TlsFiles::default());
    let client = clients.client(&server.url, Effect::Read).unwrap();
    let request = client.post(&server.url).build().unwrap();
    let stops = async {
        server.has_received(1).await;
        // The beginning arrives before the clock jumps.
        sleep(Duration::from_millis(50)).await;
        tokio::time::pause();
        Instant::now()
    };
    let (attempt, begun) = tokio::join!(send(client, request, Effect::Read, 100), stops);
    assert!(
        matches!(&attempt, Attempt::Silent(reason) if reason.words.contains("began and then stopped")),
        "{attempt:?}"
    );
    assert!(begun.elapsed() <= SILENCE, "{:?}", begun.elapsed());
}

/// A server of HTTP/1.1 that keeps connections open, and closes each without an answer when a
/// second request arrives on it. It counts connections.
async fn forgetful() -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, count) = (format!("http://{}/", listener.local_addr().unwrap()), Arc::new(Mutex::new(0)));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let received = stream.read(&mut buffer).await.unwrap();
                assert!(buffer[..received].ends_with(b"\r\n\r\n{}"), "the request is small enough for one read");
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
                stream.read(&mut buffer).await
            });
        }
    });
    (url, count)
}

#[tokio::test]
async fn each_creation_has_a_connection_of_its_own() {
    let (url, count) = forgetful().await;
    let clients = Clients::new(true, TlsFiles::default());
    let sent = async |effect| {
        let client = clients.client(&url, effect).unwrap();
        send(client, client.post(&url).body("{}").build().unwrap(), effect, 100).await
    };
    for _ in 0..150 {
        let attempt = sent(Effect::Create).await;
        assert!(matches!(attempt, Attempt::Answered(_)), "{attempt:?}");
    }
    assert_eq!(*count.lock().unwrap(), 150);
    // This is what would happen to them on a connection that was kept.
    let attempts = [sent(Effect::Idempotent).await, sent(Effect::Idempotent).await];
    assert!(matches!(attempts, [Attempt::Answered(_), Attempt::Broken(_)]), "{attempts:?}");
    assert_eq!(*count.lock().unwrap(), 151);
}

#[tokio::test]
async fn http2_creations_do_not_share_a_connection_either() {
    let (url, count) = (http2(Plays::Answer).await, 4);
    let client = plain(Effect::Create).unwrap().http2_prior_knowledge().build().unwrap();
    // The server answers one request on each connection.
    let attempts = (0..count).map(|_| {
        let (client, url) = (client.clone(), url.clone());
        tokio::spawn(
            async move { send(&client, client.post(url).body("{}").build().unwrap(), Effect::Create, 100).await },
        )
    });
    for attempt in attempts.collect::<Vec<_>>() {
        let attempt = attempt.await.unwrap();
        assert!(matches!(attempt, Attempt::Answered(_)), "{attempt:?}");
    }
}

#[tokio::test]
async fn a_request_without_a_connection_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let clients = Clients::new(true, TlsFiles::default());
    let client = clients.client(&url, Effect::Create).unwrap();
    let attempt = send(client, client.post(&url).body("{}").build().unwrap(), Effect::Create, 100).await;
    let Attempt::NoConnection(cause) = attempt else { panic!("{attempt:?}") };
    let target = url.trim_start_matches("http://").trim_end_matches('/');
    assert_eq!((cause.about, cause.words.as_str()), (About::Connection, &*format!("{target} refused the connection")));
    assert!(cause.layers.len() > 1 && cause.logged().contains("onnection refused (os error"), "{cause:?}");
}

#[tokio::test]
async fn a_failure_is_told_once_in_plain_words_and_layer_by_layer_to_the_log() {
    let clients = Clients::new(true, TlsFiles::default());
    let client = clients.client("http://localhost", Effect::Read).unwrap();
    let request = client.post("http://no-such-host.invalid:8080/x").build().unwrap();
    let Attempt::NoConnection(cause) = send(client, request, Effect::Read, 100).await else { panic!("connected") };
    assert_eq!(cause.about, About::Name);
    assert!(cause.words.starts_with("the host name no-such-host.invalid has no address ("), "{cause}");
    let cause = match (sent(Plays::Close).await, sent(Plays::Cut).await) {
        (Attempt::Broken(broken), Attempt::Cut(cut)) => {
            assert!(broken.words.starts_with("the connection ended first ("), "{broken}");
            assert!(cut.words.starts_with("the answer broke off ("), "{cut}");
            [cause, broken, cut]
        }
        other => panic!("{other:?}"),
    };
    for cause in cause {
        for repeated in [": ", "error sending request", "client error", "os error", "tcp connect"] {
            assert!(!cause.words.contains(repeated), "{repeated:?} in {cause}");
        }
        assert!(cause.logged().contains(": "), "{cause:?}");
    }
}

#[tokio::test]
async fn both_clients_trust_the_same_and_resume_each_others_sessions() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = || Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let versions = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let server = versions.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    let (handshakes, acceptor) = (Arc::new(Mutex::new(Vec::new())), TlsAcceptor::from(Arc::new(server)));
    let counted = handshakes.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = acceptor.accept(stream).await.unwrap();
            counted.lock().unwrap().extend(stream.get_ref().1.handshake_kind());
            let read = stream.read(&mut [0; 4096]).await.unwrap();
            assert!(read > 0, "a request");
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let versions = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let trusting = versions.with_root_certificates(roots).with_no_client_auth();
    let clients = Clients::trusting(trusting);
    for effect in [Effect::Read, Effect::Create, Effect::Create] {
        let client = clients.client(&url, effect).unwrap();
        let attempt = send(client, client.post(&url).body("{}").build().unwrap(), Effect::Create, 100).await;
        assert!(matches!(attempt, Attempt::Answered(_)), "{attempt:?}");
    }
    let (full, resumed) = (HandshakeKind::Full, HandshakeKind::Resumed);
    assert_eq!(*handshakes.lock().unwrap(), [full, resumed, resumed]);
}
