// SPDX-License-Identifier: Apache-2.0

//! Files of certificates and keys. They are read within bounds: a pipe that nobody writes into and a file without an
//! end must not make a run hang. Used by `trust` and `roots`.

use std::fs::{File, metadata};
use std::io::{self, Read};
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::zeroize::Zeroizing;

use super::words::in_words;

/// The largest file of certificates, in bytes. All root certificates of a machine have less than one
/// megabyte.
pub(super) const LARGEST: u64 = 16 << 20;

/// The byte order mark of UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Fails unless this is a file of a usual size.
pub(super) fn fits(path: &Path) -> Result<(), String> {
    let found = metadata(path).map_err(|error| unread(path, &error))?;
    match () {
        () if !found.is_file() => Err(format!("{}, which is not a file", path.display())),
        () if found.len() > LARGEST => Err(format!("{}, which has more than {} MiB", path.display(), LARGEST >> 20)),
        () => Ok(()),
    }
}

pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    // Opening a pipe waits for somebody who writes into it.
    fits(path)?;
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(|error| unread(path, &error))?;
    let read = file.take(LARGEST).read_to_end(&mut bytes);
    read.map_err(|error| unread(path, &error))?;
    // Windows tools write a mark in front of a text, which the first line of PEM must not have.
    if bytes.starts_with(UTF8_MARK) {
        bytes.drain(..UTF8_MARK.len());
    }
    Ok(bytes)
}

/// What a file is that should be PEM, if that is known, and what to do. `tool` converts it.
pub(super) fn other_form(bytes: &[u8], tool: &str) -> Option<String> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'-', 0, ..] | [0, b'-', ..] => {
            Some("is a text in UTF-16: save it as UTF-8 or ASCII".to_owned())
        }
        // The tag of a sequence, and its length of one or more bytes. PEM may have any text in front.
        [0x30, 0x80..=0x84, ..] | [0x30, _, 0x02 | 0x30, ..] => Some(format!(
            "is in DER form or a PKCS #12 store, and PEM is needed: convert it, with `{tool}` or `openssl pkcs12`"
        )),
        _ => None,
    }
}

/// That a file can't be read, and why.
pub(super) fn unread(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("{path}, which does not exist"),
        io::ErrorKind::PermissionDenied => format!("{path}, which this process may not read"),
        _ => format!("{path}, which can't be read ({})", in_words(error)),
    }
}

pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = read(path).map_err(|reason| format!("certificates are to be read from {reason}"))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let unreadable = |error: String| format!("{} holds a certificate that can't be read: {error}", path.display());
    let found = found.map_err(|error| unreadable(error.to_string()))?;
    if found.is_empty() {
        let other = other_form(&bytes, "openssl x509 -inform der");
        return Err(match other {
            Some(other) => format!("{} {other}", path.display()),
            None => format!("{} holds no certificate in PEM form", path.display()),
        });
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

#[cfg(test)]
pub(super) mod tests {
    /// A folder with a certificate, its key, another key, and what is none of these.
    pub(in crate::descope::http) fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["x".to_owned()]).unwrap().self_signed(&key).unwrap();
        let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let windows = |text: String| format!("\u{feff}{}", text.replace("\r\n", "\n").replace('\n', "\r\n"));
        let utf16 = |text: String| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (name, bytes) in [
            ("cert16", utf16(certificate.pem())),
            ("key16", utf16(key.serialize_pem())),
            ("cert.der", certificate.der().to_vec()),
            ("key.der", key.serialize_der()),
        ] {
            let bytes: Vec<u8> = bytes;
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        for (name, text) in [
            ("cert8", windows(certificate.pem())),
            ("key8", windows(key.serialize_pem())),
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
}
