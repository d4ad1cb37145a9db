// SPDX-License-Identifier: Apache-2.0

//! What can go wrong with a call, and whether the call took effect all the same ([`Fate`]). Only
//! `provider/diagnose` turns these into messages for a person.

use super::cause::Cause;
use super::json::NotText;
use super::pace::{Caps, Wish};
use super::tls_files::Unusable;

/// A failed call.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{path}: {trouble:?}")]
pub struct Error {
    /// The path that was called.
    pub path: Box<str>,
    /// What went wrong.
    pub trouble: Trouble,
    /// What earlier attempts at this call, and earlier calls of the same operation, may have done.
    before: Fate,
    /// Whether the call was one that changes nothing.
    reads: bool,
    /// Whether the time limit kept the call from being repeated.
    out_of_time: bool,
    /// Whether the call waited for its turn under limits that the user set.
    capped: Caps,
    /// Why nobody sends anything, at the time when the call ended.
    held: Option<Wish>,
}

/// Whether a failed call took effect, as far as anybody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It certainly did not.
    NotDone,
    /// It hardly did: the service was unavailable, or the connection broke before any answer.
    LikelyNotDone,
    /// Nobody knows.
    Unknown,
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
    StillThere {
        /// What kind of object it is, in one word.
        what: &'static str,
    },
    /// No answer came.
    Unreachable {
        /// Why.
        reason: Box<Cause>,
        /// Whether the call took effect.
        fate: Fate,
    },
    /// No HTTP client can be made on this machine, for example because it has no root certificates.
    NoClient(Unusable),
    /// A value has characters that no HTTP header can carry, so nothing was sent.
    UnfitHeader {
        /// Which value it is, such as "the project id".
        value: &'static str,
    },
    /// The API is down, as another call of this process found out and tells in full. This call ended
    /// for that reason: its last attempt sent nothing, or met the same trouble.
    Outage {
        /// What the other call met.
        reason: Box<Cause>,
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
        let path = path.into();
        Self {
            path,
            trouble,
            before: Fate::NotDone,
            reads: false,
            out_of_time: false,
            capped: Caps::default(),
            held: None,
        }
    }

    /// The same failure, of an operation that may have taken effect before this call.
    #[must_use]
    pub fn after(self, may_have_happened: bool) -> Self {
        self.after_fate(if may_have_happened { Fate::Unknown } else { Fate::NotDone })
    }

    /// The same failure, of an operation that had this fate before this call.
    #[must_use]
    pub(super) fn after_fate(mut self, before: Fate) -> Self {
        self.before = self.before.max(before);
        self
    }

    /// The same failure, of an answer that says this in words. They matter where it is not what the
    /// API's description says.
    #[must_use]
    pub(super) fn saying(mut self, words: &str) -> Self {
        if let (Trouble::NotDescribed { reason }, false) = (&mut self.trouble, words.is_empty()) {
            reason.push_str(&format!(" (it says \"{words}\")"));
        }
        self
    }

    /// The same failure, of a call whose answer tells an error in these words. They explain why nothing was done.
    #[must_use]
    pub(super) fn not_done_since(mut self, words: &str) -> Self {
        if let (Trouble::StillThere { what }, false) = (&self.trouble, words.is_empty()) {
            self.trouble = Trouble::NotDescribed { reason: format!("the {what} still exists") };
        }
        self.saying(words)
    }

    /// The same failure, of a call that changes nothing.
    #[must_use]
    pub(super) fn of_a_read(self) -> Self {
        Self { reads: true, ..self }
    }

    /// The same failure, of a call that the time limit kept from being repeated.
    #[must_use]
    pub(super) fn out_of_time(self) -> Self {
        Self { out_of_time: true, ..self }
    }

    /// The same failure, of a call that was not repeated for this reason.
    #[must_use]
    pub(super) fn ended_by(self, reason: &Self) -> Self {
        Self { out_of_time: reason.is_out_of_time(), held: reason.held, ..self }
    }

    /// The same failure, of a call that waited for its turn under these limits of the user.
    #[must_use]
    pub fn under(self, caps: Caps) -> Self {
        Self { capped: caps, ..self }
    }

    /// The limits that the user set, if the call waited for its turn under them and sent nothing.
    pub fn capped(&self) -> Caps {
        self.capped
    }

    /// The same failure, of a call that was not sent, or not repeated, while nobody sent anything for this reason.
    #[must_use]
    pub(super) fn held_by(self, wish: Option<Wish>) -> Self {
        Self { held: wish, ..self }
    }

    /// Why nobody sent anything, if the call waited for its turn until the time was over, or would have had to.
    pub fn held(&self) -> Option<Wish> {
        self.held.filter(|_| self.is_out_of_time())
    }

    /// Whether there would have been another attempt, or an answer, with more time.
    pub fn is_out_of_time(&self) -> bool {
        self.out_of_time || matches!(self.trouble, Trouble::TimedOut)
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
        self.fate() > Fate::NotDone
    }

    /// Whether the operation hardly took effect, or certainly did not. A service that is unavailable
    /// and a connection that breaks before any answer mean that; a gateway that gave up waiting, or
    /// an answer that broke off, don't.
    pub fn likely_not_done(&self) -> bool {
        self.fate() <= Fate::LikelyNotDone
    }

    /// Whether the operation took effect: this call, its earlier attempts and what was done
    /// before it.
    pub(super) fn fate(&self) -> Fate {
        let own = match &self.trouble {
            _ if self.reads => Fate::NotDone,
            Trouble::Unreachable { fate, .. } => *fate,
            Trouble::NotJson { status: 429 | 500..=599, .. } | Trouble::TooLarge { status: 300.., .. } => {
                fate_of_refusal(self.status().unwrap_or_default())
            }
            // Something on the way may have answered, after the API had done its work.
            Trouble::NotJson { .. } | Trouble::TooLarge { .. } => Fate::Unknown,
            Trouble::Refused(error) => fate_of_refusal(error.status),
            Trouble::NotDescribed { .. } | Trouble::NotText { .. } | Trouble::StillThere { .. } => Fate::Unknown,
            Trouble::Unproven { .. }
            | Trouble::NoClient(_)
            | Trouble::UnfitHeader { .. }
            | Trouble::Outage { .. }
            | Trouble::Stopped
            | Trouble::TimedOut => Fate::NotDone,
        };
        own.max(self.before)
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

/// What an error status says about the call's effect.
fn fate_of_refusal(status: u16) -> Fate {
    match status {
        // The last two: the edge in front of the API got no connection to it.
        503 | 521 | 523 => Fate::LikelyNotDone,
        // 408: the server gave up waiting for the request, or something in front of it did.
        408 | 500..=599 => Fate::Unknown,
        _ => Fate::NotDone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Error {
        Error::new("/v1/x", Trouble::Refused(Box::new(ApiError { status, ..ApiError::default() })))
    }

    #[test]
    fn not_done_is_likely_only_if_the_service_was_not_reached() {
        for (error, may, likely_not) in [
            (refused(400), false, true),
            (refused(429), false, true),
            (refused(503), true, true),
            (refused(521), true, true),
            (refused(500), true, false),
            (refused(502), true, false),
            (refused(504), true, false),
            (refused(524), true, false),
            (Error::new("/v1/x", Trouble::NotJson { status: 503, excerpt: String::new() }), true, true),
            (Error::new("/v1/x", Trouble::NotJson { status: 200, excerpt: String::new() }), true, false),
            (Error::new("/v1/x", Trouble::NotJson { status: 404, excerpt: String::new() }), true, false),
            (Error::new("/v1/x", Trouble::NotJson { status: 429, excerpt: String::new() }), false, true),
            (refused(408), true, false),
            (refused(500).of_a_read(), false, true),
            (Error::new("/v1/x", Trouble::Stopped), false, true),
        ] {
            assert_eq!((error.may_have_happened(), error.likely_not_done()), (may, likely_not), "{error}");
        }
    }

    #[test]
    fn what_came_before_counts_as_much_as_the_last_attempt() {
        let after = |before| refused(503).after_fate(before).fate();
        assert_eq!([after(Fate::NotDone), after(Fate::Unknown)], [Fate::LikelyNotDone, Fate::Unknown]);
        assert_eq!(refused(429).after_fate(Fate::Unknown).after_fate(Fate::NotDone).fate(), Fate::Unknown);
        assert_eq!(refused(429).after(true).fate(), Fate::Unknown);
    }
}
