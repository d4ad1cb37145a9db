// SPDX-License-Identifier: Apache-2.0

//! Why no answer came: in words for a person, and in those of the network stack for the log. Made by
//! `http`, handed on by `transport` and `outage`.

use std::fmt;

/// Why no answer came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// What to look at.
    pub about: About,
    /// Why, as a part of a sentence. It contains no credentials.
    pub words: String,
    /// The environment variable that exempts the host from proxies, if one does.
    pub exempted_by: Option<&'static str>,
    /// Whether the time for connecting was over.
    pub(super) late: bool,
    /// Whether an answer came that can't be read, and the next one would be like it.
    pub(super) unreadable: bool,
    /// What each layer of the network stack said, for the log, the outermost first. Empty if none did.
    pub(super) layers: Vec<String>,
}

/// What a failure to get an answer is about, which decides what to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// The name of the host: it has no address.
    Name,
    /// The host and the port, or the way there: no connection was made.
    Connection,
    /// A server of plain http, where TLS was spoken.
    NoTls,
    /// A server of TLS, where plain http was spoken.
    Tls,
    /// The certificate that the server shows: its authority is not trusted.
    Certificate,
    /// The certificate that the server shows: it is for another host.
    CertificateName,
    /// The certificate that the server shows: its time is over, or has not come.
    CertificateTime,
    /// The certificate that the server shows: the authority that it names has not signed it.
    CertificateSignature,
    /// The certificate that the server shows, in any other way.
    UnfitCertificate,
    /// The certificate that the server demands, or the one that was shown to it.
    ClientCertificate,
    /// A proxy on the way.
    Proxy,
    /// A proxy on the way that says nothing, so that nothing gets as far as a request.
    SilentProxy,
    /// Something that does not answer in HTTP.
    NotHttp,
    /// Something that accepts connections and does not answer in time.
    Silent,
    /// Anything else.
    #[default]
    Other,
}

// === impl Cause ===

impl Cause {
    /// A cause of which no layer says more than these words.
    pub(super) fn new(about: About, words: impl Into<String>) -> Self {
        Self { about, words: words.into(), ..Self::default() }
    }

    /// Its first sentence, for where all of it was told before.
    pub fn in_short(&self) -> &str {
        self.words.split(". ").next().unwrap_or_default()
    }

    /// What the log says of it.
    pub(super) fn logged(&self) -> String {
        match self.layers.is_empty() {
            true => self.words.clone(),
            false => self.layers.join(": "),
        }
    }
}

impl From<&str> for Cause {
    fn from(words: &str) -> Self {
        Self::new(About::Other, words)
    }
}

impl From<String> for Cause {
    fn from(words: String) -> Self {
        Self::new(About::Other, words)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
