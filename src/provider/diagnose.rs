// SPDX-License-Identifier: Apache-2.0

//! Turns a failed call into a message for the person at the CLI: what failed, why, what to do, and
//! at which attribute. Every part of `provider` that calls the API uses it, and no other place
//! makes messages of [`Error`]s.

mod answers;

use std::time::Duration;

use self::answers::{
    answer_text, held, limited, no_answer, not_json, nothing_there, redirected, too_large, unreachable,
};
use super::blame::blamed;
use super::doubtful::{not_text, still_there, unproven};
use super::settings::sources::Sources;
use super::settings::tls::named;
use crate::descope::{ApiError, Caps, Error, Trouble, Unusable};
use crate::diag::{Diagnostic, Diagnostics, length};
use crate::schema::Table;
use crate::value::{Path, Trail};

/// What was being done when a call failed.
pub(super) struct Doing<'a> {
    /// What follows "while", such as `creating MCP server "x"`.
    pub(super) what: String,
    /// What the call was for.
    pub(super) intent: Intent,
    /// The API's base URL.
    pub(super) base_url: &'a str,
    /// The project.
    pub(super) project: &'a str,
    /// Where the settings come from.
    pub(super) sources: Sources,
    /// The attributes whose keys an error text of Descope may contain.
    pub(super) table: &'static Table,
    /// Which time limit holds and how to raise it, as a sentence.
    pub(super) limit: &'a str,
    /// The codes that mean something particular for this type of object.
    pub(super) codes: &'static [KnownCode],
}

/// What a Descope error code means for one type of object.
pub(super) struct KnownCode {
    /// `E` and digits.
    pub(super) code: &'static str,
    /// The summary of the message.
    pub(super) summary: &'static str,
    /// What is wrong and what to do, as sentences.
    pub(super) advice: &'static str,
    /// The attribute that is wrong.
    pub(super) attribute: &'static str,
}

/// What a call was for.
pub(super) enum Intent {
    /// To read. Whether that is part of a larger operation is for whoever asked to tell.
    Read,
    /// To read a public document, for which no credentials are sent.
    Document,
    /// To change or delete something. The next plan shows whether that happened.
    Change,
    /// To create something. No plan shows whether that happened.
    Create {
        /// What a look at the existing objects showed, as sentences. Empty if there was no doubt.
        aftermath: String,
    },
}

/// The message for a failed call.
pub(super) fn diagnose(error: &Error, doing: &Doing<'_>) -> Diagnostics {
    let mut message = match (&doing.intent, document_trouble(error, doing)) {
        (Intent::Document, Some(reason)) => {
            let detail = format!("While {}: {reason}", doing.what);
            Diagnostic::error("The discovery document can't be read", detail)
        }
        _ => told(error, doing),
    };
    if error.is_out_of_time() {
        if let (Some(asked), false) = (error.held().and_then(|wish| wish.asked), is_unsent(error)) {
            let wait = format!("Descope asked to wait {} (`Retry-After`).", length(asked));
            message = message.reworded(|detail| format!("{detail} {wait}"));
        }
        let more = format!("The operation's time limit left no time for more. {}", doing.limit);
        message = message.reworded(|detail| format!("{detail} {}", more.trim_end()));
    }
    if let Some(effect) = effect(error, &doing.intent) {
        message = message.reworded(|detail| format!("{detail} {effect}"));
    }
    message.into()
}

/// What to tell of waits that nobody saw while they lasted: the CLIs show nothing of a provider until
/// an operation ends.
pub(super) fn waited(held: Duration) -> Diagnostic {
    let detail = format!(
        "Descope answered that there are too many requests (status 429), so requests of this run have waited for \
         {} so far. Requests that could not be sent in time are reported as errors. To leave room beforehand, set \
         `max_requests_per_minute` in the provider block. `TF_LOG_PROVIDER=INFO` shows when Descope asks to wait.",
        length(held)
    );
    Diagnostic::warning("Descope's rate limit made this run wait", detail)
}

/// Whether nothing was sent, of which the message itself says why.
fn is_unsent(error: &Error) -> bool {
    matches!(error.trouble, Trouble::TimedOut)
}

/// How to advise a person to do it again.
fn again(intent: &Intent) -> &'static str {
    match intent {
        Intent::Change | Intent::Create { .. } => "Apply again",
        // Nothing may have been applied.
        Intent::Read | Intent::Document => "Try again",
    }
}

/// A sentence on whether the operation took effect, where the rest of the message leaves that open.
fn effect(error: &Error, intent: &Intent) -> Option<String> {
    let was_not_carried_out = matches!(
        error.trouble,
        Trouble::Stopped
            | Trouble::TimedOut
            | Trouble::UnfitHeader { .. }
            | Trouble::Outage { .. }
            | Trouble::Unreachable { .. }
    );
    let failed = error.status().is_some_and(|status| status >= 500);
    let said = match intent {
        // Each creation that ended without a doubt says so, since no plan would show the object.
        Intent::Create { aftermath } => {
            let nothing = if error.may_have_happened() { "" } else { "Nothing was created." };
            return Some(format!("{nothing} {aftermath}").trim().to_owned()).filter(|said| !said.is_empty());
        }
        Intent::Change if error.may_have_happened() && !matches!(error.trouble, Trouble::StillThere { .. }) => {
            "It may have taken effect all the same: plan again to see."
        }
        // Nobody asked for a change.
        Intent::Read | Intent::Document => return None,
        Intent::Change if error.may_have_happened() => return None,
        Intent::Change if !(was_not_carried_out || failed || error.is_rate_limit()) => return None,
        Intent::Change => "Nothing changed.",
    };
    Some(said.to_owned())
}

fn told(error: &Error, doing: &Doing<'_>) -> Diagnostic {
    let Doing { what, base_url, project, sources, .. } = doing;
    let (path, address) = (&*error.path, sources.address());
    match &error.trouble {
        Trouble::Refused(refusal) => refused(refusal, path, doing),
        Trouble::NotJson { status, excerpt } => {
            let answer = not_json(*status, excerpt, base_url, path);
            match status {
                300..=399 => redirected(what, base_url, *sources, &answer),
                404 | 405 | 501 => nothing_there(what, base_url, *sources, path, &answer),
                429 => limited(what, &answer, again(&doing.intent)),
                500..=599 => Diagnostic::error(
                    "Descope can't be reached",
                    format!(
                        "While {what}: a gateway or a proxy on the way to Descope got no answer \
                         from it. Try again later. {answer}"
                    ),
                ),
                _ => Diagnostic::error(
                    "The answer did not come from Descope",
                    format!(
                        "While {what}: {answer} The cause may be a proxy, a login page or a wrong address. Check \
                         {address}."
                    ),
                ),
            }
        }
        Trouble::TooLarge { status, limit } => Diagnostic::error(
            "The API's answer is too large",
            format!(
                "While {what}: {} Check {address}. If it is right, the project has more data than \
                 the provider reads, for example large images as logos.",
                too_large(*status, *limit, base_url, path)
            ),
        ),
        Trouble::NotDescribed { reason } => Diagnostic::error(
            "The API's answer can't be understood",
            format!(
                "While {what}: {base_url}{path} reported success, but {reason}. Check {address}. \
                 If it is right, the API has changed, and you need a newer version of the \
                 provider."
            ),
        ),
        Trouble::NotText { name, place } => not_text(what, name.as_deref(), place),
        Trouble::Unproven { reason } => unproven(what, reason, base_url, project),
        Trouble::StillThere { what: noun } => still_there(what, noun, base_url),
        Trouble::Unreachable { reason, .. } => Diagnostic::error(
            "The API can't be reached",
            format!("While {what}: {} {}", no_answer(base_url, reason), unreachable(base_url, *sources, reason)),
        ),
        // Who is at fault is told once: the address, the way there, or Descope.
        Trouble::Outage { reason } => Diagnostic::error(
            "Given up: the API can't be reached",
            format!(
                "While {what}: another request of this run got no usable answer from {base_url} ({}), so this one was \
                 given up. The message about that one says what to do.",
                reason.in_short()
            ),
        ),
        Trouble::NoClient(Unusable { file, reason }) => {
            let setting = file.map(|file| format!("{}: ", named(file))).unwrap_or_default();
            Diagnostic::error("No HTTPS connection can be made from here", format!("While {what}: {setting}{reason}."))
        }
        Trouble::UnfitHeader { value } => Diagnostic::error(
            "The request can't be sent",
            format!(
                "While {what}: {value} has characters that no HTTP header can carry, such as a \
                 line break. Remove these characters."
            ),
        ),
        Trouble::TimedOut => {
            let why = match (error.held(), caps(error.capped())) {
                (Some(wish), _) => held(base_url, wish, again(&doing.intent)),
                (None, Some(caps)) => {
                    format!("the request was not sent in time, because {caps} allowed no more requests.")
                }
                (None, None) => "no answer came in time.".to_owned(),
            };
            Diagnostic::error("Timed out", format!("While {what}: {why}"))
        }
        Trouble::Stopped => Diagnostic::error("Stopped", format!("Interrupted while {what}.")),
    }
}

/// The settings that limit requests, of those that are set.
fn caps(Caps { per_minute, at_once }: Caps) -> Option<&'static str> {
    match (per_minute, at_once) {
        (Some(_), Some(_)) => Some("`max_requests_per_minute` or `max_concurrent_requests`"),
        (Some(_), None) => Some("`max_requests_per_minute`"),
        (None, Some(_)) => Some("`max_concurrent_requests`"),
        (None, None) => None,
    }
}

/// What is wrong with a public document, in words that don't mention credentials, since none are
/// sent for it. `None` if the trouble is not about the document.
fn document_trouble(error: &Error, doing: &Doing<'_>) -> Option<String> {
    let (base_url, path) = (doing.base_url, &*error.path);
    match &error.trouble {
        Trouble::Refused(refusal) => Some(answer_text(refusal, base_url, path)),
        Trouble::NotJson { status, excerpt } => Some(not_json(*status, excerpt, base_url, path)),
        Trouble::TooLarge { status, limit } => Some(too_large(*status, *limit, base_url, path)),
        Trouble::NotDescribed { reason } => Some(format!("{base_url}{path} reported success, but {reason}.")),
        Trouble::Unreachable { reason, .. } => Some(no_answer(base_url, reason)),
        Trouble::Outage { .. }
        | Trouble::NoClient(_)
        | Trouble::UnfitHeader { .. }
        | Trouble::NotText { .. }
        | Trouble::Unproven { .. }
        | Trouble::StillThere { .. }
        | Trouble::Stopped
        | Trouble::TimedOut => None,
    }
}

fn refused(refusal: &ApiError, path: &str, doing: &Doing<'_>) -> Diagnostic {
    let Doing { what, base_url, project, sources, table, codes, .. } = doing;
    let answer = answer_text(refusal, base_url, path);
    if let Some(KnownCode { summary, advice, attribute, .. }) = codes.iter().find(|known| known.code == refusal.code) {
        return Diagnostic::error(*summary, format!("While {what}: {advice} {answer}")).at(Path::of(attribute));
    }
    match (refusal.status, refusal.code.as_str()) {
        (_, "E111009") => Diagnostic::error(
            "The management key has no rights yet",
            format!(
                "While {what}: the key's rights on project {project} are not in force. That takes \
                 a moment after a project or a key is created, so apply again. If the error stays, \
                 give the key rights on this project. {answer}"
            ),
        ),
        (401, _) => {
            let refused = format!("While {what}: Descope does not accept this management key for project {project}.");
            let no_id = match project.starts_with('P') {
                true => "",
                false => " A project's id begins with `P`, so that may not be a project.",
            };
            Diagnostic::error(
                "Descope refused the credentials",
                format!(
                    "{refused}{no_id} Check {}. In the Descope console (Company > Management Keys), check whether the \
                     key has expired or was revoked. {answer}",
                    sources.key_and_project()
                ),
            )
            // All requests with a key that is wrong meet this.
            .once_about(
                format!("{base_url} {project}"),
                format!("{refused} Another message of this run says what to do."),
            )
        }
        (403, "") => Diagnostic::error(
            "The request was refused",
            format!(
                "While {what}: {base_url} refused the request without an error code of Descope's, so something in \
                 front of Descope may have refused it, such as a gateway that does not allow this machine's address. \
                 If it was Descope, the key is not allowed to do this in project {project}: look at it in the Descope console \
                 (Company > Management Keys). {answer}"
            ),
        ),
        (403, _) => Diagnostic::error(
            "The management key lacks a permission",
            format!(
                "While {what}: Descope knows the management key, but the key is not allowed to do this in project {project}: \
                 the key is not for this project, its role does not cover this, or it does not \
                 allow requests from this machine's address. Look at the key in the Descope console (Company > \
                 Management Keys). Extend its permissions, or give another key by {}. Trying again does not help. \
                 {answer}",
                sources.key()
            ),
        ),
        (404 | 405 | 501, "") => nothing_there(what, base_url, *sources, path, &answer),
        (429, _) | (_, "E130429") => limited(what, &answer, again(&doing.intent)),
        (500..=599, _) => Diagnostic::error(
            "Descope failed",
            format!("While {what}: the cause is at Descope, or on the way to it. Try again later. {answer}"),
        ),
        (300..=399, _) => redirected(what, base_url, *sources, &answer),
        _ => {
            let message = Diagnostic::error("Descope refused the request", format!("While {what}: {answer}"));
            match blamed(table, &format!("{} {}", refusal.message, refusal.description), &Trail::Root) {
                Some(attribute) => message.at(attribute),
                None => message,
            }
        }
    }
}

#[cfg(test)]
mod tests;
