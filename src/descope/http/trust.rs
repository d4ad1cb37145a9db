// SPDX-License-Identifier: Apache-2.0

//! What `https` trusts and what it shows of itself: the machine's root certificates, those of a file,
//! and a client certificate. Used by `clients`, when the first connection is made.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls_platform_verifier::Verifier;

use super::super::tls_files::{TlsFile, TlsFiles, Unusable};
use super::pem_file::{certificates, other_form, read};
use super::roots::{no_roots, readable_roots};
use super::tls_error::why as why_not;

// === impl TlsFiles ===

impl TlsFiles {
    /// What is wrong with each of the files.
    pub fn faults(&self) -> Vec<Unusable> {
        let authorities = self.authorities.as_ref().and_then(|path| authorities_in(path).err());
        let client =
            self.client.as_ref().map(|(certificate, key)| match (certificate_in(certificate), private_key(key)) {
                (Ok(chain), Ok(found)) => {
                    let provider = rustls::crypto::aws_lc_rs::default_provider();
                    let pair = CertifiedKey::from_der(chain, found, &provider);
                    pair.err().map(|error| no_pair(certificate, key, &error)).into_iter().collect()
                }
                (chain, found) => [chain.err(), found.err()].into_iter().flatten().collect::<Vec<_>>(),
            });
        authorities.into_iter().chain(client.unwrap_or_default()).collect()
    }
}

/// TLS by these files and what the machine trusts.
pub(super) fn trust(files: &TlsFiles, variable: impl Fn(&str) -> Option<OsString>) -> Result<ClientConfig, Unusable> {
    let said = |error: rustls::Error| error.to_string();
    readable_roots(&variable)?;
    let authorities = files.authorities.as_deref().map(authorities_in).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(authorities, provider.clone()).map_err(|_| no_roots(&variable))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(said)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut tls = match &files.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let pair = (certificate_in(certificate)?, private_key(key)?);
            builder.with_client_auth_cert(pair.0, pair.1).map_err(|error| no_pair(certificate, key, &error))?
        }
    };
    tls.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
    Ok(tls)
}

/// That a certificate and a key don't belong together, or not to what TLS can use.
fn no_pair(certificate: &Path, key: &Path, error: &rustls::Error) -> Unusable {
    let (certificate, key) = (certificate.display(), key.display());
    let why = match error {
        rustls::Error::InconsistentKeys(_) => "it is the certificate of another key".to_owned(),
        other => why_not(other),
    };
    let reason = format!("the certificate in {certificate} can't be used with the key in {key}: {why}");
    Unusable { file: Some(TlsFile::Certificate), reason }
}

fn authorities_in(path: &Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    certificates(path).map_err(|reason| Unusable { file: Some(TlsFile::Authorities), reason })
}

fn certificate_in(path: &Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    certificates(path).map_err(|reason| Unusable { file: Some(TlsFile::Certificate), reason })
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Unusable> {
    let of_key = |reason| Unusable { file: Some(TlsFile::Key), reason };
    let bytes = read(path).map_err(|reason| of_key(format!("a private key is to be read from {reason}")))?;
    // An error of the parser might quote the file.
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        let why = other_form(&bytes, "openssl pkey -inform der");
        let why = why.unwrap_or_else(|| "holds no private key in PEM form, or only an encrypted one".to_owned());
        of_key(format!("{} {why}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::pem_file::LARGEST;
    use super::super::pem_file::tests::folder;
    use super::*;

    fn no_variable(_: &str) -> Option<OsString> {
        None
    }

    #[test]
    fn files_are_used_or_named_with_what_is_wrong() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        let told = |authorities: Option<&str>, client: Option<(&str, &str)>| {
            let files = TlsFiles {
                authorities: authorities.map(path),
                client: client.map(|(certificate, key)| (path(certificate), path(key))),
            };
            trust(&files, no_variable).map(drop).err().map(|fault| (fault.file, fault.reason))
        };
        assert_eq!(told(Some("cert"), Some(("cert", "key"))), None);
        assert_eq!(told(Some("cert8"), Some(("cert8", "key8"))), None, "as Windows tools write them");
        let [of_authorities, of_certificate, of_key] = [TlsFile::Authorities, TlsFile::Certificate, TlsFile::Key];
        for (authorities, client, file, words) in [
            (Some("missing"), None, of_authorities, "missing, which does not exist"),
            (Some("."), None, of_authorities, "which is not a file"),
            (Some("empty"), None, of_authorities, "holds no certificate in PEM form"),
            (Some("key"), None, of_authorities, "holds no certificate in PEM form"),
            (Some("cert16"), None, of_authorities, "cert16 is a text in UTF-16: save it as UTF-8"),
            (Some("cert.der"), None, of_authorities, "cert.der is in DER form or a PKCS #12 store"),
            (None, Some(("cert", "key16")), of_key, "key16 is a text in UTF-16"),
            (None, Some(("cert", "key.der")), of_key, "convert it, with `openssl pkey -inform der`"),
            (Some("broken"), None, of_authorities, "holds a certificate that can't be read"),
            (
                Some("rotten"),
                None,
                of_authorities,
                "rotten holds a certificate that can't be read: number 1 is damaged",
            ),
            (None, Some(("rotten", "key")), of_certificate, "rotten holds a certificate that can't be read: number 1"),
            (None, Some(("key", "key")), of_certificate, "holds no certificate in PEM form"),
            (None, Some(("cert", "cert")), of_key, "holds no private key"),
            (None, Some(("cert", "missing")), of_key, "a private key is to be read from"),
            (None, Some(("cert", "other")), of_certificate, "can't be used with the key in"),
        ] {
            let (about, reason) = told(authorities, client).unwrap();
            assert!(reason.contains(words) && about == Some(file), "{words:?} is not in {reason} about {about:?}");
        }
        let files = TlsFiles { authorities: Some(path("empty")), client: Some((path("missing"), path("broken"))) };
        let about: Vec<_> = files.faults().into_iter().map(|fault| fault.file).collect();
        assert_eq!(about, [Some(of_authorities), Some(of_certificate), Some(of_key)]);
        let files = TlsFiles { authorities: Some(path("cert")), client: Some((path("cert"), path("other"))) };
        let told: Vec<_> = files.faults().into_iter().map(|fault| fault.reason).collect();
        assert!(matches!(told.as_slice(), [only] if only.contains("can't be used with the key in")), "{told:?}");
    }

    #[cfg(unix)]
    #[test]
    fn what_never_ends_is_refused() {
        let folder = folder();
        let (fifo, large) = (folder.path().join("fifo"), folder.path().join("large"));
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let endless: [&Path; 2] = [&fifo, Path::new("/dev/zero")];
        for path in endless {
            let named = |name: &str| (name == "SSL_CERT_FILE").then(|| path.into());
            let reason = trust(&TlsFiles::default(), named).map(drop).unwrap_err().reason;
            assert!(reason.contains("`SSL_CERT_FILE`") && reason.contains("not a file"), "{reason}");
            let files = TlsFiles { authorities: Some(path.to_owned()), client: None };
            assert!(trust(&files, no_variable).map(drop).unwrap_err().reason.contains("not a file"));
        }
        // A pipe in a folder is passed over, and what is there beside it is used.
        let in_folder = |name: &str| (name == "SSL_CERT_DIR").then(|| folder.path().into());
        assert_eq!(readable_roots(in_folder), Ok(()));
        std::fs::File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(readable_roots(in_folder).unwrap_err().contains("more than 16 MiB"));
    }
}
