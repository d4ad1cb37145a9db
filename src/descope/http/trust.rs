//! What `https` trusts and what it shows of itself: the machine's root certificates, those of a file,
//! and a client certificate. Used by `clients`, when the first connection is made.
//!
//! Files are read within bounds: a pipe that nobody writes into and a file without an end must not
//! make a run hang.

use std::ffi::OsString;
use std::fs::{File, metadata, read_dir};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls_platform_verifier::Verifier;
use secrecy::zeroize::Zeroizing;

use super::super::tls_files::{TlsFile, TlsFiles, Unusable};

/// The largest file of certificates, in bytes. All root certificates of a machine have less than one
/// megabyte.
const LARGEST: u64 = 16 << 20;

// === impl TlsFiles ===

impl TlsFiles {
    /// What is wrong with the files that are there. One that is not there may be made before it is
    /// needed.
    pub fn faults(&self) -> Vec<Unusable> {
        let there = |path: &&PathBuf| path.exists();
        let (certificate, key) = self.client.as_ref().map(|(certificate, key)| (certificate, key)).unzip();
        let authorities = self.authorities.as_ref().filter(there).map(|path| authorities_in(path).map(drop));
        let certificate = certificate.filter(there).map(|path| certificate_in(path).map(drop));
        let key = key.filter(there).map(|path| private_key(path).map(drop));
        [authorities, certificate, key].into_iter().flatten().filter_map(Result::err).collect()
    }
}

/// TLS by these files and what the machine trusts.
pub(super) fn trust(files: &TlsFiles, variable: impl Fn(&str) -> Option<OsString>) -> Result<ClientConfig, Unusable> {
    let said = |error: rustls::Error| error.to_string();
    readable_roots(&variable)?;
    let authorities = files.authorities.as_deref().map(authorities_in).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(authorities, provider.clone()).map_err(|error| {
        let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find_map(|name| Some((name, variable(name)?)));
        let named = named.map(|(name, path)| {
            format!("The environment variable `{name}` names {}, where no usable one was found. ", path.display())
        });
        format!(
            "{error}. {}If this machine has no root certificates, install them or name a file that contains them with \
             `SSL_CERT_FILE`",
            named.unwrap_or_default()
        )
    })?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(said)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut tls = match &files.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            builder.with_client_auth_cert(certificate_in(certificate)?, private_key(key)?).map_err(|error| {
                let (certificate, key) = (certificate.display(), key.display());
                let reason = format!("the certificate in {certificate} can't be used with the key in {key}: {error}");
                Unusable { file: Some(TlsFile::Certificate), reason }
            })?
        }
    };
    tls.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
    Ok(tls)
}

/// Fails if what the machine's root certificates are read from would never end.
fn readable_roots(variable: impl Fn(&str) -> Option<OsString>) -> Result<(), String> {
    let told = |name: &'static str| move |reason: String| format!("the environment variable `{name}` names {reason}");
    if let Some(file) = variable("SSL_CERT_FILE").map(PathBuf::from)
        && file.exists()
    {
        fits(&file).map_err(told("SSL_CERT_FILE"))?;
    }
    let folders = variable("SSL_CERT_DIR").unwrap_or_default();
    for folder in std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()) {
        for entry in read_dir(folder).into_iter().flatten().flatten() {
            // Whatever is no file, such as a pipe, is passed over when the folder is read.
            if entry.path().is_file() {
                fits(&entry.path()).map_err(told("SSL_CERT_DIR"))?;
            }
        }
    }
    Ok(())
}

/// Fails unless this is a file of a usual size.
fn fits(path: &Path) -> Result<(), String> {
    let found = metadata(path).map_err(|error| format!("{}, which can't be read: {error}", path.display()))?;
    match () {
        () if !found.is_file() => Err(format!("{}, which is not a file", path.display())),
        () if found.len() > LARGEST => Err(format!("{}, which has more than {} MiB", path.display(), LARGEST >> 20)),
        () => Ok(()),
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    // Opening a pipe waits for somebody who writes into it.
    fits(path)?;
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(|error| format!("{}, which can't be opened: {error}", path.display()))?;
    let read = file.take(LARGEST).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| format!("{}, which can't be read: {error}", path.display()))
}

fn authorities_in(path: &Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    certificates(path).map_err(|reason| Unusable { file: Some(TlsFile::Authorities), reason })
}

fn certificate_in(path: &Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    certificates(path).map_err(|reason| Unusable { file: Some(TlsFile::Certificate), reason })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = read(path).map_err(|reason| format!("certificates are to be read from {reason}"))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(format!("{} holds no certificate in PEM form", path.display())),
        Err(error) => Err(format!("{} holds a certificate that can't be read: {error}", path.display())),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Unusable> {
    let of_key = |reason| Unusable { file: Some(TlsFile::Key), reason };
    let bytes = read(path).map_err(|reason| of_key(format!("a private key is to be read from {reason}")))?;
    // An error of the parser might quote the file.
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| of_key(format!("{} holds no private key in PEM form, or only an encrypted one", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_variable(_: &str) -> Option<OsString> {
        None
    }

    /// A folder with a certificate, its key, another key, and what is none of these.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["x".to_owned()]).unwrap().self_signed(&key).unwrap();
        let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
        for (name, text) in [
            ("cert", certificate.pem()),
            ("key", key.serialize_pem()),
            ("other", other),
            ("empty", String::new()),
            ("broken", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".to_owned()),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
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
        let [of_authorities, of_certificate, of_key] = [TlsFile::Authorities, TlsFile::Certificate, TlsFile::Key];
        for (authorities, client, file, words) in [
            (Some("missing"), None, of_authorities, "which can't be read"),
            (Some("."), None, of_authorities, "which is not a file"),
            (Some("empty"), None, of_authorities, "holds no certificate in PEM form"),
            (Some("key"), None, of_authorities, "holds no certificate in PEM form"),
            (Some("broken"), None, of_authorities, "holds a certificate that can't be read"),
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
        assert_eq!(about, [Some(of_authorities), Some(of_key)], "what is missing may come yet");
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
        File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(readable_roots(in_folder).unwrap_err().contains("more than 16 MiB"));
    }
}
