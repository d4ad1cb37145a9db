//! What a failed call means to the person at the CLI: what failed, whose fault it is, what to do, at which attribute. The only
//! place that turns [`Error`]s into messages.

use super::blame::blamed;
use crate::descope::{ApiError, Error, Trouble};
use crate::diag::{Diagnostic, Diagnostics};
use crate::schema::Table;
use crate::value::Path;

/// What was being done when a call failed.
pub(super) struct Doing<'a> {
    /// As in "while … `what`": "creating MCP server \"x\"".
    pub(super) what: String,
    /// What the call was for.
    pub(super) intent: Intent,
    /// Where the API was looked for.
    pub(super) base_url: &'a str,
    /// In which project.
    pub(super) project: &'a str,
    /// The attributes that Descope may blame by their keys.
    pub(super) table: &'static Table,
}

/// What a call was for.
pub(super) enum Intent {
    /// To read, in an operation that has changed nothing so far.
    Read,
    /// To read a public document, for which no credentials are sent.
    Document,
    /// To change or delete something: the next plan shows whether that happened.
    Change,
    /// To create something: no plan shows whether that happened.
    Create {
        /// What was found out about that, as sentences; empty if there was no doubt.
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
    if let Some(effect) = effect(error, &doing.intent) {
        message.detail = format!("{} {effect}", message.detail);
    }
    message.into()
}

/// What the operation has changed, where there is something to say about that.
fn effect<'a>(error: &Error, intent: &'a Intent) -> Option<&'a str> {
    let was_not_carried_out =
        matches!(error.trouble, Trouble::Stopped | Trouble::TimedOut | Trouble::UnfitHeader { .. });
    match intent {
        Intent::Create { aftermath } if !aftermath.is_empty() => Some(aftermath),
        Intent::Change if error.may_have_happened() => {
            Some("It may have taken effect all the same: plan again to see.")
        }
        _ if error.may_have_happened() => None,
        _ if was_not_carried_out || error.status() == Some(429) => Some("Nothing changed."),
        _ => None,
    }
}

fn told(error: &Error, doing: &Doing<'_>) -> Diagnostic {
    let Doing { what, base_url, project, .. } = doing;
    let path = &*error.path;
    match &error.trouble {
        Trouble::Refused(refusal) => refused(refusal, path, doing),
        Trouble::NotJson { status, excerpt } => {
            let answer = not_json(*status, excerpt, base_url, path);
            match status {
                300..=399 => redirected(what, base_url, &answer),
                429 => limited(what, &answer),
                500..=599 => Diagnostic::error(
                    "Descope can't be reached",
                    format!(
                        "While {what}: something on the way to Descope, such as a gateway or a proxy, got no answer from it. Try again \
                         later. {answer}"
                    ),
                ),
                _ => Diagnostic::error(
                    "The answer did not come from Descope",
                    format!(
                        "While {what}: {answer} A proxy, a login page or a wrong `base_url` (environment variable `DESCOPE_BASE_URL`) does \
                         that."
                    ),
                ),
            }
        }
        Trouble::TooLarge { status, limit } => Diagnostic::error(
            "The API's answer is too large",
            format!(
                "While {what}: {} Check `base_url`; if it is right, the project holds more than the provider can read, for \
                 example large images as logos.",
                too_large(*status, *limit, base_url, path)
            ),
        ),
        Trouble::NotDescribed { reason } => Diagnostic::error(
            "The API's answer can't be understood",
            format!(
                "While {what}: {base_url}{path} answered with success, but {reason}. Check `base_url`; if it is right, the API has \
                 changed and a newer version of the provider is needed."
            ),
        ),
        Trouble::Unreachable { reason, .. } => Diagnostic::error(
            "Descope can't be reached",
            format!(
                "While {what}: no answer from {base_url}: {reason}. Check the network, a proxy (`HTTPS_PROXY`, `NO_PROXY`), and \
                 `base_url` (environment variable `DESCOPE_BASE_URL`). A certificate of a private authority is trusted through \
                 `SSL_CERT_FILE`."
            ),
        ),
        Trouble::NoClient { reason } => Diagnostic::error(
            "No HTTPS connection can be made from here",
            format!(
                "While {what} in project {project}: {reason}. If this machine has no root certificates, install them or name a file \
                 with `SSL_CERT_FILE`."
            ),
        ),
        Trouble::UnfitHeader { value } => Diagnostic::error(
            "The request can't be sent",
            format!(
                "While {what}: {value} has characters that no HTTP header can carry, such as a line break. Remove these characters."
            ),
        ),
        Trouble::TimedOut => {
            let detail =
                format!("While {what}: the time allowed for this was up before an answer came. Try again later.");
            Diagnostic::error("Timed out", detail)
        }
        Trouble::Stopped => Diagnostic::error("Stopped", format!("Interrupted while {what}.")),
    }
}

/// What is wrong with a public document, in words that do not speak of credentials; nothing where the trouble is not the document's.
fn document_trouble(error: &Error, doing: &Doing<'_>) -> Option<String> {
    let (base_url, path) = (doing.base_url, &*error.path);
    match &error.trouble {
        Trouble::Refused(refusal) => Some(answer_text(refusal, base_url, path)),
        Trouble::NotJson { status, excerpt } => Some(not_json(*status, excerpt, base_url, path)),
        Trouble::TooLarge { status, limit } => Some(too_large(*status, *limit, base_url, path)),
        Trouble::NotDescribed { reason } => Some(format!("{base_url}{path} answered, but {reason}.")),
        Trouble::Unreachable { reason, .. } => Some(format!("no answer from {base_url}: {reason}.")),
        Trouble::NoClient { .. } | Trouble::UnfitHeader { .. } | Trouble::Stopped | Trouble::TimedOut => None,
    }
}

fn refused(refusal: &ApiError, path: &str, doing: &Doing<'_>) -> Diagnostic {
    let Doing { what, base_url, project, table, .. } = doing;
    let answer = answer_text(refusal, base_url, path);
    match (refusal.status, refusal.code.as_str()) {
        (_, "E102005") => Diagnostic::error(
            "Descope refused the consent flow",
            format!(
                "While {what}: the flow that `login_page_url` (its `flow` parameter) or `consent_flow_id` names is not a consent \
                 flow. It must be of the inbound-apps kind, such as `inbound-apps-user-consent`. {answer}"
            ),
        )
        .at(Path::of("login_page_url")),
        (_, "E111009") => Diagnostic::error(
            "The management key has no rights yet",
            format!(
                "While {what}: the key's rights on project {project} are not in force. Right after a project or a key is made that \
                 takes a moment; apply again. If it stays, give the key rights on this project. {answer}"
            ),
        ),
        (401 | 403, _) => Diagnostic::error(
            "Descope refused the credentials",
            format!(
                "While {what}: the management key has no access to project {project}. Check `management_key` (environment variable \
                 `DESCOPE_MANAGEMENT_KEY`), `project_id` (`DESCOPE_PROJECT_ID`), and in the Descope console whether the key has \
                 expired, covers this project and allows this machine's address. {answer}"
            ),
        ),
        (429, _) => limited(what, &answer),
        (500..=599, _) => Diagnostic::error(
            "Descope failed",
            format!("While {what}: the fault is on Descope's side, or on the way to it. Try again later. {answer}"),
        ),
        (300..=399, _) => redirected(what, base_url, &answer),
        _ => {
            let message = Diagnostic::error("Descope refused the request", format!("While {what}. {answer}"));
            match blamed(table, &format!("{} {}", refusal.message, refusal.description), &Path::root()) {
                Some(attribute) => message.at(attribute),
                None => message,
            }
        }
    }
}

fn limited(what: &str, answer: &str) -> Diagnostic {
    let detail = format!(
        "While {what}: Descope kept answering that there are too many requests, for as long as the provider waits. Apply \
         again later, or with a smaller `-parallelism`. {answer}"
    );
    Diagnostic::error("Descope's rate limit", detail)
}

fn redirected(what: &str, base_url: &str, answer: &str) -> Diagnostic {
    let detail = format!(
        "While {what}: {base_url} redirects, and the provider does not follow with the key. Set `base_url` to the address that serves the \
         API. {answer}"
    );
    Diagnostic::error("The API is elsewhere", detail)
}

/// What Descope said, in its own words.
fn answer_text(refusal: &ApiError, base_url: &str, path: &str) -> String {
    let words: Vec<&str> = [refusal.code.as_str(), refusal.description.as_str(), refusal.message.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    let request = refusal.request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
    match words.is_empty() {
        true => format!("{base_url}{path} answered with status {}{request} and no further word.", refusal.status),
        false => format!(
            "{base_url}{path} answered with status {}{request}: {}.",
            refusal.status,
            words.join(": ").trim_end_matches('.')
        ),
    }
}

fn not_json(status: u16, excerpt: &str, base_url: &str, path: &str) -> String {
    let shown = match excerpt.is_empty() {
        true => " (an empty body)".to_owned(),
        false => format!(", beginning {excerpt:?}"),
    };
    format!("{base_url}{path} answered with status {status} and something that is not JSON{shown}.")
}

fn too_large(status: u16, limit: usize, base_url: &str, path: &str) -> String {
    format!(
        "{base_url}{path} answered with status {status} and more than {} MiB, so the answer was not read.",
        limit >> 20
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::mcp_server::RESOURCE;

    fn detail(error: &Error, intent: Intent) -> String {
        let (what, base_url) = ("updating MCP server MS1".to_owned(), "https://api.descope.com");
        let doing = Doing { what, intent, base_url, project: "P1", table: RESOURCE.table };
        diagnose(error, &doing).iter().next().unwrap().detail.clone()
    }

    #[test]
    fn an_answer_that_is_too_large_is_said_to_be_so() {
        let error = |status| Error::new("/v1/x", Trouble::TooLarge { status, limit: 64 << 20 });
        for (status, intent, undecided) in
            [(200, Intent::Change, true), (404, Intent::Change, false), (200, Intent::Read, false)]
        {
            let text = detail(&error(status), intent);
            let came = format!("https://api.descope.com/v1/x answered with status {status} and more than 64 MiB");
            assert!(text.contains(&came) && text.contains("was not read"), "{text}");
            assert_eq!(text.contains("plan again to see"), undecided, "{text}");
        }
        assert!(detail(&error(200), Intent::Document).contains("more than 64 MiB"));
    }

    #[test]
    fn nothing_is_said_to_be_unchanged_that_may_have_changed() {
        let refused = |status| Trouble::Refused(Box::new(ApiError { status, ..ApiError::default() }));
        let (nothing, perhaps) = ("Nothing changed.", "It may have taken effect all the same: plan again to see.");
        for (trouble, words) in [
            (Trouble::Stopped, Some(nothing)),
            (Trouble::TimedOut, Some(nothing)),
            (Trouble::UnfitHeader { value: "the project id" }, Some(nothing)),
            (refused(429), Some(nothing)),
            (refused(403), None),
            (refused(500), Some(perhaps)),
        ] {
            let error = Error::new("/v1/x", trouble);
            let text = detail(&error, Intent::Change);
            let said = [nothing, perhaps].into_iter().find(|words| text.ends_with(&format!(" {words}")));
            assert_eq!(said, words, "{text}");
            let after_a_change = detail(&error.after(true), Intent::Change);
            assert!(after_a_change.ends_with(perhaps) && !after_a_change.contains(nothing), "{after_a_change}");
        }
        let aftermath = "Two of that name.".to_owned();
        let text = detail(&Error::new("/v1/x", refused(500)), Intent::Create { aftermath });
        assert!(text.ends_with(" Two of that name."), "{text}");
    }

    #[test]
    fn a_header_that_can_not_be_made_is_no_matter_of_certificates() {
        let error = Error::new("/v1/x", Trouble::UnfitHeader { value: "the project id" });
        for intent in [Intent::Read, Intent::Document, Intent::Change] {
            let text = detail(&error, intent);
            assert!(text.contains("the project id has characters that no HTTP header can carry"), "{text}");
            assert!(!text.contains("certificate") && !text.contains("plan again"), "{text}");
        }
    }
}
