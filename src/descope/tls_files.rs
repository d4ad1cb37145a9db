// SPDX-License-Identifier: Apache-2.0

//! The files that `https` needs, and why it may not be possible. `http/trust` reads them.

use std::path::PathBuf;

/// Files for `https`, in PEM form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates of authorities that are trusted besides those of the machine.
    pub authorities: Option<PathBuf>,
    /// The certificate to show to a server that asks for one, and its private key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// One of these files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFile {
    /// That of authorities.
    Authorities,
    /// That of the certificate to show.
    Certificate,
    /// That of its private key.
    Key,
}

/// Why no HTTPS client can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The file that it is about, if it is about one.
    pub file: Option<TlsFile>,
    /// The reason, as a part of a sentence.
    pub reason: String,
}

impl From<String> for Unusable {
    fn from(reason: String) -> Self {
        Self { file: None, reason }
    }
}
