// SPDX-License-Identifier: Apache-2.0

//! A private certificate authority, an API behind TLS that its certificate is from, and a proxy.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The name of the API, which no resolver knows: only a proxy reaches it.
pub const NAME: &str = "api.descope.test";

/// A private authority, and the files of what it vouches for: `ca.pem`, `client.pem`, `client.key`.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
    folder: TempDir,
}

/// What can be wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    OtherHost,
    Expired,
    /// It is not valid yet.
    Early,
    /// It may sign others (CA:TRUE).
    OfAnAuthority,
}

/// Something that listens on loopback. It ends with the test's runtime.
pub struct Listening {
    pub port: u16,
    /// The first line and the credentials of each request for a tunnel.
    pub asked: Arc<Mutex<Vec<String>>>,
}

// === impl Authority ===

impl Authority {
    pub fn new() -> Self {
        Self::named("an authority")
    }

    /// One of this name. Two of one name have different keys.
    pub fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap();
        let authority =
            Self { issuer: Issuer::new(parameters, key), certificate, folder: tempfile::tempdir().unwrap() };
        authority.write("ca.pem", &authority.certificate.pem());
        let (client, key) = authority.vouches_for(&["client"]);
        authority.write("client.pem", &client.pem());
        authority.write("client.key", &key.serialize_pem());
        authority
    }

    /// A file in a folder of its own.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn vouches_for(&self, names: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.is_ca = IsCa::ExplicitNoCa;
        (parameters.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// TLS with a certificate of this authority. It may demand one of the client.
    fn acceptor(&self, demands: bool) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let builder = match demands {
            false => builder.unwrap().with_no_client_auth(),
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(self.certificate.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                builder.unwrap().with_client_cert_verifier(verifier)
            }
        };
        acceptor_of(builder, self.vouches_for(&[NAME, "localhost", "0.0.0.0"]))
    }

    /// What listens with a certificate that has this flaw, if any.
    pub async fn flawed(&self, flaw: Flaw) -> Listening {
        let key = KeyPair::generate().unwrap();
        let host = if flaw == Flaw::OtherHost { "other.example" } else { "localhost" };
        let mut parameters = CertificateParams::new(vec![host.to_owned()]).unwrap();
        parameters.is_ca = IsCa::ExplicitNoCa;
        match flaw {
            Flaw::None | Flaw::OtherHost => {}
            Flaw::Expired => parameters.not_after = date_time_ymd(2020, 1, 1),
            Flaw::Early => parameters.not_before = date_time_ymd(4000, 1, 1),
            Flaw::OfAnAuthority => parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
        }
        let signed = parameters.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = acceptor_of(builder.unwrap().with_no_client_auth(), (signed, key));
        listen(move |stream, _| {
            let tls = tls.clone();
            async move { drop(tls.accept(stream).await) }
        })
        .await
    }

    /// The API at this address, behind TLS.
    pub async fn api(&self, upstream: &str, demands: bool) -> Listening {
        let (tls, upstream) = (self.acceptor(demands), upstream.to_owned());
        listen(move |stream, _| {
            let (tls, upstream) = (tls.clone(), upstream.clone());
            async move {
                let Ok(mut stream) = tls.accept(stream).await else { return };
                let Ok(mut upstream) = TcpStream::connect(upstream).await else { return };
                let _ = copy_bidirectional(&mut stream, &mut upstream).await;
            }
        })
        .await
    }

    /// A proxy that refuses every tunnel with this status. It may speak TLS itself.
    pub async fn refusing_proxy(&self, status: u16, encrypted: bool) -> Listening {
        let tls = encrypted.then(|| self.acceptor(false));
        let answer = move || format!("HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nno");
        listen(move |stream, asked| {
            let tls = tls.clone();
            async move {
                match tls {
                    None => refuse(stream, &answer(), &asked).await,
                    Some(tls) => {
                        let Ok(stream) = tls.accept(stream).await else { return };
                        refuse(stream, &answer(), &asked).await
                    }
                };
            }
        })
        .await
    }

    /// A proxy whose tunnels all end at this port, whatever is asked for. It may speak TLS itself.
    pub async fn proxy(&self, upstream: u16, encrypted: bool) -> Listening {
        let tls = encrypted.then(|| self.acceptor(false));
        listen(move |stream, asked| {
            let tls = tls.clone();
            async move {
                match tls {
                    None => tunnel(stream, upstream, &asked).await,
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => tunnel(stream, upstream, &asked).await,
                        Err(_) => None,
                    },
                };
            }
        })
        .await
    }
}

/// TLS with this certificate.
fn acceptor_of(
    builder: ConfigBuilder<ServerConfig, WantsServerCert>,
    (certificate, key): (rcgen::Certificate, KeyPair),
) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// What hangs up on whoever has said something.
pub async fn hangs_up() -> Listening {
    listen(|mut stream, _| async move { drop(stream.read(&mut [0; 4096]).await) }).await
}

async fn listen<F>(serve: impl Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> F + Send + 'static) -> Listening
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, asked) = (listener.local_addr().unwrap().port(), Arc::default());
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&kept)));
        }
    });
    Listening { port, asked }
}

async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    answer: &str,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    asked_for(&mut stream, asked).await?;
    stream.write_all(answer.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

async fn tunnel<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    upstream: u16,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    asked_for(&mut stream, asked).await?;
    let mut upstream = TcpStream::connect(("127.0.0.1", upstream)).await.ok()?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    copy_bidirectional(&mut stream, &mut upstream).await.ok().map(drop)
}

/// Reads a request for a tunnel.
async fn asked_for<S: AsyncRead + Unpin>(stream: &mut S, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let credentials = head.lines().find(|line| line.to_lowercase().starts_with("proxy-authorization: "));
    let said = format!("{} {}", head.lines().next()?, credentials.unwrap_or_default().to_lowercase());
    asked.lock().unwrap().push(said.trim().to_owned());
    Some(())
}
