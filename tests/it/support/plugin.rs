// SPDX-License-Identifier: Apache-2.0

//! Starts the provider as a host does: with the cookie, a certificate like a Go host's, the
//! handshake line, and gRPC over mutual TLS.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

use super::wire::go_plugin;

/// Ends a test that hangs. No test may depend on how long something takes, so this is generous.
pub const HANG: Duration = Duration::from_secs(60);

/// The variable that a host sets for each plugin.
pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// A host's certificate and key as Go hosts make them: P-521, self-signed, and its own CA.
pub struct HostCertificate {
    pub pem: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

/// Accepts the announced certificate and no other.
#[derive(Debug)]
struct Announced(CertificateDer<'static>);

/// A started provider.
pub struct Plugin {
    /// The process. Its standard error is piped and nobody reads it.
    pub child: Child,
    /// The fields of the handshake line.
    pub fields: Vec<String>,
    certificate: Option<HostCertificate>,
    /// The host's only connection.
    channel: OnceCell<Channel>,
    /// Reads its standard output, as a host does as long as it lives.
    reader: JoinHandle<()>,
    /// Its temporary files. A provider that is killed can't remove its own. (Dropped after the child.)
    _folder: TempDir,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

// === impl HostCertificate ===

impl HostCertificate {
    /// Makes a new certificate.
    pub fn generate() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).expect("a key");
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { pem: certificate.pem(), certificate: certificate.der().clone(), key: key.serialize_der() }
    }
}

// === impl Announced ===

impl ServerCertVerifier for Announced {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match *shown == self.0 {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(rustls::Error::General("not the announced certificate".to_owned())),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

// === impl Plugin ===

impl Plugin {
    /// Starts the provider with mutual TLS and reads its handshake.
    pub async fn start(binary: &Path, variables: &[(&str, &str)]) -> Self {
        let certificate = HostCertificate::generate();
        let mut plugin = Self::start_as(binary, &certificate, variables).await;
        plugin.certificate = Some(certificate);
        plugin
    }

    /// Starts the provider for a host with this certificate. `connect` needs it again.
    pub async fn start_as(binary: &Path, certificate: &HostCertificate, variables: &[(&str, &str)]) -> Self {
        let mut all = vec![("PLUGIN_CLIENT_CERT", certificate.pem.as_str())];
        all.extend_from_slice(variables);
        Self::start_plain(binary, &all).await
    }

    /// Starts the provider without TLS, as with `TF_DISABLE_PLUGIN_TLS`, unless the variables hold
    /// a certificate.
    pub async fn start_plain(binary: &Path, variables: &[(&str, &str)]) -> Self {
        Self::spawn(command(binary, variables), variables, |line| {
            let line = line.strip_suffix('\n').expect("a whole line");
            Some(line.split('|').map(str::to_owned).collect())
        })
        .await
    }

    /// Starts the provider as a person does who wants to debug it.
    pub async fn start_debug(binary: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = command(binary, variables);
        command.arg("-debug").env_remove(COOKIE.0);
        Self::spawn(command, variables, |line| {
            let (_, json) = line.trim().split_once("TF_REATTACH_PROVIDERS='")?;
            let providers: serde_json::Value = serde_json::from_str(json.trim_end_matches('\'')).expect("JSON");
            let address = &providers.as_object().expect("providers").values().next().expect("one")["Addr"];
            let text = |name: &str| address[name].as_str().expect("a text").to_owned();
            Some(vec!["1".into(), "6".into(), text("Network"), text("String"), "grpc".into(), String::new()])
        })
        .await
    }

    /// Starts a command that becomes the provider, and reads its output up to the line that `fields`
    /// can read. Temporary files are in a folder of its own, if the variables name no other.
    pub async fn spawn(
        mut command: Command,
        variables: &[(&str, &str)],
        fields: impl Fn(&str) -> Option<Vec<String>>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if !variables.iter().any(|(name, _)| *name == "TMPDIR") {
            command.env("TMPDIR", folder.path());
        }
        let mut child = command.spawn().expect("the provider starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let fields = loop {
            let mut line = String::new();
            let read = tokio::time::timeout(HANG, out.read_line(&mut line)).await;
            assert_ne!(read.expect("a handshake in time").expect("a handshake line"), 0, "no handshake");
            if let Some(fields) = fields(&line) {
                break fields;
            }
        };
        let reader = tokio::spawn(async move { drop(out.read_to_end(&mut Vec::new()).await) });
        Self { child, fields, certificate: None, channel: OnceCell::new(), reader, _folder: folder }
    }

    /// The host's channel. It connects once.
    pub async fn channel(&self) -> Channel {
        let connect = || self.connect(self.certificate.as_ref());
        self.channel.get_or_try_init(connect).await.expect("the host's own certificate is accepted").clone()
    }

    /// Leaves the provider as a host that is killed does. (The test drops what it has of the channel.)
    pub async fn vanish(&mut self) {
        self.channel.take();
        self.reader.abort();
        let _ = (&mut self.reader).await;
    }

    /// A channel with some certificate, or with none. Success proves nothing until a call is
    /// answered: a server may refuse a client after the client's side of the TLS handshake is done.
    pub async fn connect(&self, certificate: Option<&HostCertificate>) -> Result<Channel, tonic::transport::Error> {
        self.connect_by((!self.fields[5].is_empty()).then(|| client_config(&self.fields[5], certificate))).await
    }

    /// A channel to any provider, also to one that is written in Go. It announces a certificate that is its own
    /// CA, which a strict client refuses.
    pub async fn connect_to_any(&self, certificate: &HostCertificate) -> Result<Channel, tonic::transport::Error> {
        let mut tls = ClientConfig::clone(&client_config(&self.fields[5], Some(certificate)));
        let announced = CertificateDer::from(STANDARD_NO_PAD.decode(&self.fields[5]).expect("unpadded base64"));
        tls.dangerous().set_certificate_verifier(Arc::new(Announced(announced)));
        self.connect_by(Some(Arc::new(tls))).await
    }

    async fn connect_by(&self, tls: Option<Arc<ClientConfig>>) -> Result<Channel, tonic::transport::Error> {
        let (network, address) = (self.fields[2].clone(), self.fields[3].clone());
        let connector = tower::service_fn(move |_| {
            let (network, address, tls) = (network.clone(), address.clone(), tls.clone());
            async move {
                let stream: Box<dyn Duplex> = match network.as_str() {
                    "unix" => Box::new(tokio::net::UnixStream::connect(address).await?),
                    _ => Box::new(tokio::net::TcpStream::connect(address).await?),
                };
                let stream: Box<dyn Duplex> = match tls {
                    Some(tls) => {
                        let name = ServerName::try_from("localhost").expect("a name");
                        Box::new(TlsConnector::from(tls).connect(name, stream).await?)
                    }
                    None => stream,
                };
                Ok::<_, std::io::Error>(TokioIo::new(stream))
            }
        });
        Endpoint::from_static("http://localhost").connect_with_connector(connector).await
    }

    /// The socket's path.
    pub fn address(&self) -> PathBuf {
        assert_eq!(self.fields[2], "unix");
        PathBuf::from(&self.fields[3])
    }

    /// Shuts the provider down as a host does, and waits for its end.
    pub async fn shut_down(&mut self) -> ExitStatus {
        let mut controller = go_plugin::grpc_controller_client::GrpcControllerClient::new(self.channel().await);
        controller.shutdown(go_plugin::Empty {}).await.expect("Shutdown is answered");
        drop(controller);
        self.ended().await
    }

    /// What a process that has ended wrote to its standard error.
    pub async fn log(&mut self) -> String {
        let mut log = String::new();
        self.child.stderr.take().expect("nobody reads it").read_to_string(&mut log).await.expect("a text");
        log
    }

    /// Waits for the end of the process.
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(HANG, self.child.wait()).await.expect("the process ends").expect("a status")
    }
}

/// The provider's command with a host's environment and pipes, and without the test's own settings.
pub fn command(binary: &Path, variables: &[(&str, &str)]) -> Command {
    let mut environment: BTreeMap<String, String> = std::env::vars()
        .filter(|(name, _)| !["TF_", "PLUGIN_", "DESCOPE_"].iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    let host =
        [COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "5,6"), ("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")];
    environment.extend(host.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let mut command = Command::new(binary);
    command
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// TLS that trusts only the announced certificate, presents the host's if there is one, and insists
/// on HTTP/2.
fn client_config(announced: &str, certificate: Option<&HostCertificate>) -> Arc<ClientConfig> {
    let announced = STANDARD_NO_PAD.decode(announced).expect("unpadded base64");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(announced)).expect("a certificate");
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_root_certificates(roots);
    let mut config = match certificate {
        Some(HostCertificate { certificate, key, .. }) => {
            let key = PrivateKeyDer::Pkcs8(key.clone().into());
            builder.with_client_auth_cert(vec![certificate.clone()], key).expect("our certificate")
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}
