//! What can go wrong with a call, as facts. What to tell a person about it is decided by `provider/diagnose` alone.

/// A failed call.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {trouble:?}")]
pub struct Error {
    /// The path that was called.
    pub path: Box<str>,
    /// What went wrong.
    pub trouble: Trouble,
    /// Whether something before it may have taken effect: another attempt at the call, or another call of the operation.
    changed_before: bool,
}

/// What went wrong.
#[derive(Debug)]
pub enum Trouble {
    /// Descope answered with an error.
    Refused(Box<ApiError>),
    /// Something answered that is not the API: a page, an empty body, a cut-off one.
    NotJson {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body, on one line.
        excerpt: String,
    },
    /// An answer that is larger than this layer reads.
    TooLarge {
        /// The HTTP status.
        status: u16,
        /// The most that it reads, in bytes.
        limit: usize,
    },
    /// A success without what the API's description says it holds.
    NotDescribed {
        /// What is missing or different.
        reason: String,
    },
    /// No answer.
    Unreachable {
        /// Why, as told by the network stack; holds no credential.
        reason: String,
        /// Whether the server may have acted on the request all the same.
        may_have_happened: bool,
    },
    /// The HTTP client can't be made on this machine, for example without any root certificates.
    NoClient {
        /// Why.
        reason: String,
    },
    /// A header of the request can't be made, so nothing was sent: its value has characters that no HTTP header can carry.
    UnfitHeader {
        /// What the value is, such as "the project id".
        value: &'static str,
    },
    /// The work was to stop before the request was sent, or while it was reading.
    Stopped,
    /// The deadline passed before the request was sent, or while it was reading.
    TimedOut,
}

/// Descope's error body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// `E` and digits; empty when the body had none.
    pub code: String,
    /// What the code means.
    pub description: String,
    /// The specifics.
    pub message: String,
    /// What names the request in Descope's logs.
    pub request_id: Option<String>,
}

// === impl Error ===

impl Error {
    /// The failure of a call before which nothing took effect.
    pub fn new(path: &str, trouble: Trouble) -> Self {
        Self { path: path.into(), trouble, changed_before: false }
    }

    /// The same failure, before which something may have taken effect.
    #[must_use]
    pub fn after(mut self, may_have_happened: bool) -> Self {
        self.changed_before |= may_have_happened;
        self
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match &self.trouble {
            Trouble::Refused(error) => Some(error.status),
            Trouble::NotJson { status, .. } | Trouble::TooLarge { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the operation may have taken effect all the same: no answer came, or one of something on the way, or of a service that
    /// broke; or this is about what came after a change.
    pub fn may_have_happened(&self) -> bool {
        self.changed_before
            || match &self.trouble {
                Trouble::Unreachable { may_have_happened, .. } => *may_have_happened,
                Trouble::NotJson { status, .. } | Trouble::TooLarge { status, .. } => {
                    matches!(status, 200..=299 | 500..=599)
                }
                Trouble::Refused(error) => matches!(error.status, 500..=599),
                Trouble::NotDescribed { .. } => true,
                Trouble::NoClient { .. } | Trouble::UnfitHeader { .. } | Trouble::Stopped | Trouble::TimedOut => false,
            }
    }

    /// Whether the answer may mean that there is such an object already. Neither status nor code of that is documented.
    pub fn may_mean_conflict(&self) -> bool {
        let Trouble::Refused(error) = &self.trouble else { return false };
        let words = format!("{} {}", error.description, error.message).to_lowercase();
        let says_so = ["exist", "unique", "duplicate", "conflict", "in use"].iter().any(|word| words.contains(word));
        error.status == 409 || error.status == 400 && says_so
    }

    /// Whether the answer may mean that there is no such object. It is no proof: a wrong base URL answers alike. The status for
    /// an unknown id is not documented, and a malformed id may be a bad request.
    pub fn may_mean_absent(&self) -> bool {
        matches!(&self.trouble, Trouble::Refused(error) if matches!(error.status, 400 | 404 | 410))
    }
}
