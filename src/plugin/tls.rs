//! Mutual TLS with the host: a fresh certificate for us, and exactly the host's certificate for it. No chain, no authority: the host
//! told us its certificate through the environment, so equality is the strongest check there is.
//!
//! rustls's own verifier refuses the host's certificate, since a Go host presents a CA certificate as its own; and *ring* knows no
//! P-521, so a host would present none. Hence this verifier, and aws-lc.

use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName as RootHint, Error, ServerConfig, SignatureScheme,
};
use tokio_rustls::TlsAcceptor;

/// TLS for one process.
pub(super) struct Tls {
    /// Our certificate, which the host will trust alone.
    pub(super) certificate: Vec<u8>,
    /// Admits the host and nobody else.
    pub(super) acceptor: TlsAcceptor,
}

/// Makes a certificate, and an acceptor that admits only the holder of the key of `client_pem`.
pub(super) fn acceptor(client_pem: &str) -> Result<Tls, String> {
    // A certificate that can't be read must not end in serving without authentication.
    let client = CertificateDer::from_pem_slice(client_pem.as_bytes()).map_err(|_| {
        "PLUGIN_CLIENT_CERT holds no PEM certificate, so the host could not be authenticated".to_owned()
    })?;
    let (certificate, key) = own_certificate().map_err(|error| format!("no certificate can be made: {error}"))?;
    let crypto = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(Pinned { client: client.into_owned(), crypto: crypto.clone() });
    let mut config = ServerConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_client_cert_verifier(verifier))
        .and_then(|builder| builder.with_single_cert(vec![certificate.clone()], key))
        .map_err(|error| format!("TLS can't be set up: {error}"))?;
    // Newer hosts refuse a server that does not choose it.
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Tls { certificate: certificate.to_vec(), acceptor: TlsAcceptor::from(Arc::new(config)) })
}

/// A P-256 key and a self-signed certificate for `localhost`, the name that hosts ask for.
fn own_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "localhost");
    params.distinguished_name = name;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.self_signed(&key)?;
    Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
}

/// Accepts one certificate.
#[derive(Debug)]
struct Pinned {
    client: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[RootHint] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match *end_entity == self.client {
            true => Ok(ClientCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    // A certificate is public; that the peer holds its key is what these two prove.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_certificate_that_is_none_is_an_error() {
        for pem in ["", "x", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            assert!(acceptor(pem).is_err(), "{pem:?}");
        }
    }

    #[test]
    fn the_algorithm_of_go_hosts_is_offered() {
        let schemes = aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes();
        assert!(schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
    }
}
