//! What `https` trusts and what it shows of itself: the machine's root certificates, those of a file,
//! and a client certificate. Used by `clients`, when the first connection is made.
//!
//! Files are read within bounds: a pipe that nobody writes into and a file without an end must not
//! make a run hang.

use std::ffi::OsString;
use std::fs::{File, metadata, read_dir};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use secrecy::zeroize::Zeroizing;

use super::super::tls_files::{TlsFile, TlsFiles, Unusable};
use super::reason::in_words;

/// The largest file of certificates, in bytes. All root certificates of a machine have less than one
/// megabyte.
const LARGEST: u64 = 16 << 20;

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
        other => other.to_string(),
    };
    let reason = format!("the certificate in {certificate} can't be used with the key in {key}: {why}");
    Unusable { file: Some(TlsFile::Certificate), reason }
}

/// Why the machine has no root certificates: the library that reads them says only that there are none.
/// What the configuration names has been read before.
fn no_roots(variable: impl Fn(&str) -> Option<OsString>) -> String {
    let of_file = variable("SSL_CERT_FILE").map(|file| match file.is_empty() {
        true => "the environment variable `SSL_CERT_FILE` is set, but empty".to_owned(),
        false => {
            let why = certificates(Path::new(&file)).err().unwrap_or_default();
            format!("the environment variable `SSL_CERT_FILE` names no usable root certificate: {why}")
        }
    });
    let of_folders = variable("SSL_CERT_DIR").filter(|folders| !folders.is_empty()).map(|folders| {
        let files = std::env::split_paths(&folders)
            .flat_map(|folder| read_dir(folder).into_iter().flatten().flatten())
            .map(|entry| entry.path())
            .filter(|path| path.is_file());
        let damaged = files.filter_map(|path| certificates(&path).err()).find(|why| why.contains("holds a"));
        let why = damaged.unwrap_or_else(|| format!("there is no file of certificates in {}", folders.display()));
        format!("the environment variable `SSL_CERT_DIR` names no usable root certificate: {why}")
    });
    let told: Vec<String> = [of_file, of_folders].into_iter().flatten().collect();
    match told.is_empty() {
        true => "no root certificates were found on this machine. Install them (the package is often called \
                 `ca-certificates`), or name a file of certificates by `ca_cert_file`"
            .to_owned(),
        false => format!(
            "{}. Where such a variable is set, no other root certificates count. Correct or unset it, or name a file \
             of certificates by `ca_cert_file`",
            told.join(", and ")
        ),
    }
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
    let found = metadata(path).map_err(|error| unread(path, &error))?;
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
    let file = File::open(path).map_err(|error| unread(path, &error))?;
    let read = file.take(LARGEST).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| unread(path, &error))
}

/// That a file can't be read, and why.
fn unread(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("{path}, which does not exist"),
        io::ErrorKind::PermissionDenied => format!("{path}, which this process may not read"),
        _ => format!("{path}, which can't be read ({})", in_words(error)),
    }
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
    let unreadable = |error: String| format!("{} holds a certificate that can't be read: {error}", path.display());
    let found = found.map_err(|error| unreadable(error.to_string()))?;
    if found.is_empty() {
        return Err(format!("{} holds no certificate in PEM form", path.display()));
    }
    // The text around it may be right, and the certificate rotten.
    for (index, certificate) in found.iter().enumerate() {
        RootCertStore::empty().add(certificate.clone()).map_err(|error| {
            let number = index + 1;
            unreadable(format!("number {number} is damaged ({error})"))
        })?;
    }
    Ok(found)
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
            // The text is right, and what it stands for is no certificate.
            ("rotten", "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n".to_owned()),
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
            (Some("missing"), None, of_authorities, "missing, which does not exist"),
            (Some("."), None, of_authorities, "which is not a file"),
            (Some("empty"), None, of_authorities, "holds no certificate in PEM form"),
            (Some("key"), None, of_authorities, "holds no certificate in PEM form"),
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

    #[test]
    fn who_names_no_usable_root_certificate_is_named_with_the_reason() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name).into_os_string();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("README"), "no certificate").unwrap();
        let told = |file: Option<OsString>, folders: Option<OsString>| {
            no_roots(|name| if name == "SSL_CERT_FILE" { file.clone() } else { folders.clone() })
        };
        for (file, folders, words) in [
            (Some(path("rotten")), None, "`SSL_CERT_FILE` names no usable root certificate: "),
            (Some(path("rotten")), None, "rotten holds a certificate that can't be read: number 1 is damaged"),
            (Some(path("missing")), None, "missing, which does not exist"),
            (Some(path("missing")), Some(OsString::new()), "`SSL_CERT_FILE` names"),
            (Some(OsString::new()), None, "`SSL_CERT_FILE` is set, but empty"),
            (
                Some(OsString::new()),
                Some(path("inner")),
                "is set, but empty, and the environment variable `SSL_CERT_DIR` names no usable root certificate",
            ),
            (None, Some(folder.path().into()), "holds a certificate that can't be read"),
            (None, None, "no root certificates were found on this machine"),
        ] {
            let told = told(file.clone(), folders.clone());
            assert!(told.contains(words) && !told.contains("``"), "{file:?} {folders:?}: {words:?} is not in {told}");
        }
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
