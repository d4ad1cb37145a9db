// SPDX-License-Identifier: Apache-2.0

//! Mutual TLS with the host. Each process makes its own certificate and accepts exactly the host's.
//! There is no chain and no authority: the host passes its certificate in the environment, so
//! comparing it byte by byte is the strongest possible check.
//!
//! rustls's own verifier would refuse the host's certificate, because a Go host presents a CA
//! certificate as its own. *ring* doesn't support P-521, so a host would present no certificate at
//! all. That is why this module has its own verifier and uses aws-lc.

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
    /// Our certificate as DER. It is the only one that the host will trust.
    pub(super) certificate: Vec<u8>,
    /// Accepts the host and nobody else.
    pub(super) acceptor: TlsAcceptor,
}

/// Makes a certificate, and an acceptor that only accepts whoever holds the key of `client_pem`.
/// The error is the end of a sentence for the person who reads the host's output.
pub(super) fn acceptor(client_pem: &str) -> Result<Tls, String> {
    // An unreadable certificate is an error: without it, anybody could connect.
    let client = CertificateDer::from_pem_slice(client_pem.as_bytes()).map_err(|_| {
        "PLUGIN_CLIENT_CERT is not a PEM certificate, so the host could not be authenticated".to_owned()
    })?;
    let (certificate, key) = own_certificate().map_err(|error| format!("the certificate can't be created: {error}"))?;
    let crypto = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(Pinned { client: client.into_owned(), crypto: crypto.clone() });
    let mut config = ServerConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_client_cert_verifier(verifier))
        .and_then(|builder| builder.with_single_cert(vec![certificate.clone()], key))
        .map_err(|error| format!("TLS can't be set up: {error}"))?;
    // Newer hosts refuse a server that doesn't negotiate HTTP/2.
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Tls { certificate: certificate.to_vec(), acceptor: TlsAcceptor::from(Arc::new(config)) })
}

/// A P-256 key and a self-signed certificate for `localhost`, the name that hosts verify.
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

/// Accepts one certificate and no other.
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

    // The certificate is public. These two checks prove that the peer holds its key.
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
    fn an_unreadable_host_certificate_is_an_error() {
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
