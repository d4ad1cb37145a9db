//! What can go wrong with a call, as facts. Only `provider/diagnose` turns these into messages for
//! a person.

use super::json::NotText;

/// A failed call.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{path}: {trouble:?}")]
pub struct Error {
    /// The path that was called.
    pub path: Box<str>,
    /// What went wrong.
    pub trouble: Trouble,
    /// Whether an earlier attempt at this call, or an earlier call of the same operation, may have
    /// taken effect.
    changed_before: bool,
}

/// What went wrong.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Descope answered with an error.
    Refused(Box<ApiError>),
    /// The answer is not JSON, so it hardly comes from the API: a page, an empty body, or a
    /// truncated one.
    NotJson {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body, on one line.
        excerpt: String,
    },
    /// The answer is larger than this layer reads.
    TooLarge {
        /// The HTTP status.
        status: u16,
        /// The largest answer that it reads, in bytes.
        limit: usize,
    },
    /// The answer is a success, but its body is not what the API's description says.
    NotDescribed {
        /// What is missing or different, as a clause that can follow "but".
        reason: String,
    },
    /// The answer is a success, but the object in it holds bytes that are not UTF-8.
    NotText {
        /// The object's name, if that is known.
        name: Option<String>,
        /// Where the bytes are.
        place: NotText,
    },
    /// The answers prove neither that an object exists nor that it is gone.
    Unproven {
        /// What was answered, as a sentence without its full stop.
        reason: String,
    },
    /// A deletion was accepted, and the object exists all the same.
    StillThere,
    /// No answer came.
    Unreachable {
        /// The network stack's reason. It contains no credentials.
        reason: String,
        /// Whether the request may have been sent, so that it may have taken effect.
        may_have_happened: bool,
    },
    /// No HTTP client can be made on this machine, for example because it has no root certificates.
    NoClient {
        /// The TLS library's reason.
        reason: String,
    },
    /// A value has characters that no HTTP header can carry, so nothing was sent.
    UnfitHeader {
        /// Which value it is, such as "the project id".
        value: &'static str,
    },
    /// The work was asked to stop before the request was sent, or during a read.
    Stopped,
    /// The deadline passed before the request was sent, or during a read.
    TimedOut,
}

/// Descope's error body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// `E` and digits, or empty if the body has no code.
    pub code: String,
    /// What the code means.
    pub description: String,
    /// What is wrong with this request.
    pub message: String,
    /// The request's id in Descope's logs.
    pub request_id: Option<String>,
}

// === impl Error ===

impl Error {
    /// A failure of a call. Nothing of the same operation took effect before.
    pub fn new(path: &str, trouble: Trouble) -> Self {
        Self { path: path.into(), trouble, changed_before: false }
    }

    /// The same failure, of an operation that may have taken effect before this call.
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

    /// Whether Descope refused the call because there were too many.
    pub fn is_rate_limit(&self) -> bool {
        let by_code = matches!(&self.trouble, Trouble::Refused(error) if error.code == "E130429");
        by_code || self.status() == Some(429)
    }

    /// Whether the operation may have taken effect despite this failure. That is so if the request
    /// may have been sent and no answer came, if the answer came from a broken service or from
    /// something on the way to it, or if something before this call may have taken effect.
    pub fn may_have_happened(&self) -> bool {
        self.changed_before
            || match &self.trouble {
                Trouble::Unreachable { may_have_happened, .. } => *may_have_happened,
                Trouble::NotJson { status, .. } | Trouble::TooLarge { status, .. } => {
                    matches!(status, 200..=299 | 500..=599)
                }
                Trouble::Refused(error) => matches!(error.status, 500..=599),
                Trouble::NotDescribed { .. } | Trouble::NotText { .. } | Trouble::StillThere => true,
                Trouble::Unproven { .. } => false,
                Trouble::NoClient { .. } | Trouble::UnfitHeader { .. } | Trouble::Stopped | Trouble::TimedOut => false,
            }
    }

    /// Whether the answer may mean that such an object exists already. The API documents neither a
    /// status nor a code for that.
    pub fn may_mean_conflict(&self) -> bool {
        let Trouble::Refused(error) = &self.trouble else { return false };
        let words = format!("{} {}", error.description, error.message).to_lowercase();
        let says_so = ["exist", "unique", "duplicate", "conflict", "in use"].iter().any(|word| words.contains(word));
        error.status == 409 || error.status == 400 && says_so
    }
}
