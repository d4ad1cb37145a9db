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
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, BufReader};
use tokio::process::{Child, Command};
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

/// A started provider.
pub struct Plugin {
    /// The process. Its standard error is piped and nobody reads it.
    pub child: Child,
    /// The fields of the handshake line.
    pub fields: Vec<String>,
    certificate: Option<HostCertificate>,
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
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut child = command(binary, variables).env("TMPDIR", folder.path()).spawn().expect("the provider starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let read = tokio::time::timeout(HANG, out.read_line(&mut line)).await;
        read.expect("a handshake in time").expect("a handshake line");
        // A host keeps the pipe open, and so does this.
        tokio::spawn(async move { out.read_to_end(&mut Vec::new()).await });
        assert!(line.ends_with('\n') && !line.trim().is_empty(), "{line:?}");
        let fields = line.trim_end().split('|').map(str::to_owned).collect();
        Self { child, fields, certificate: None, _folder: folder }
    }

    /// A channel like the host's.
    pub async fn channel(&self) -> Channel {
        self.connect(self.certificate.as_ref()).await.expect("the host's own certificate is accepted")
    }

    /// A channel with some certificate, or with none. Success proves nothing until a call is
    /// answered: a server may refuse a client after the client's side of the TLS handshake is done.
    pub async fn connect(&self, certificate: Option<&HostCertificate>) -> Result<Channel, tonic::transport::Error> {
        let address = self.address();
        let tls = (!self.fields[5].is_empty()).then(|| client_config(&self.fields[5], certificate));
        let connector = tower::service_fn(move |_| {
            let (address, tls) = (address.clone(), tls.clone());
            async move {
                let stream = tokio::net::UnixStream::connect(address).await?;
                let stream: Box<dyn Duplex> = match tls {
                    Some(tls) => {
                        let name = ServerName::try_from("localhost").expect("a name");
                        Box::new(TlsConnector::from(tls).connect(name, stream).await?)
                    }
                    None => Box::new(stream),
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
        let channel = self.channel_or_plain().await;
        let mut controller = go_plugin::grpc_controller_client::GrpcControllerClient::new(channel);
        controller.shutdown(go_plugin::Empty {}).await.expect("Shutdown is answered");
        drop(controller);
        self.ended().await
    }

    /// Waits for the end of the process.
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(HANG, self.child.wait()).await.expect("the process ends").expect("a status")
    }

    async fn channel_or_plain(&self) -> Channel {
        self.connect(self.certificate.as_ref()).await.expect("a connection")
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
