// SPDX-License-Identifier: Apache-2.0

//! Looks whether what listens at a place speaks TLS, after a request to it has failed. Nothing but a TLS hello is sent.
//! Used by `clients` and `proxies`.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long such a look may take.
pub(super) const LOOK: Duration = Duration::from_secs(3);

/// How a TLS hello was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// There is no connection.
    NotConnected,
    /// Nothing came.
    Silence,
    /// TLS came, whether or not the certificate is trusted, or an alert.
    Tls,
    /// Something else came, or the connection ended.
    Other,
}

/// Whether what listens there speaks TLS.
pub(super) async fn speaks_tls(host: &str, port: u16, tls: ClientConfig) -> bool {
    hello(host, port, tls).await == Hello::Tls
}

/// Says hello.
pub(super) async fn hello(host: &str, port: u16, tls: ClientConfig) -> Hello {
    let host = host.trim_matches(['[', ']']);
    let Ok(name) = ServerName::try_from(host.to_owned()) else { return Hello::NotConnected };
    let Ok(Ok(stream)) = timeout(LOOK, TcpStream::connect((host, port))).await else { return Hello::NotConnected };
    match timeout(LOOK, TlsConnector::from(Arc::new(tls)).connect(name, stream)).await {
        Err(_) => Hello::Silence,
        Ok(Ok(_)) => Hello::Tls,
        Ok(Err(error)) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            // These are about what the other side said in TLS.
            Some(
                rustls::Error::AlertReceived(_)
                | rustls::Error::InvalidCertificate(_)
                | rustls::Error::PeerIncompatible(_)
                | rustls::Error::NoCertificatesPresented
                | rustls::Error::UnsupportedNameType,
            ) => Hello::Tls,
            _ => Hello::Other,
        },
    }
}
