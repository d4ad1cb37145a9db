// SPDX-License-Identifier: Apache-2.0

//! Calls as data, without any I/O: what is sent where, how an attempt ended, and what an answer's
//! bytes mean. Made by `objects` and `discovery`, sent by `transport`, judged by `retry`.

use super::body::Body;
use super::cause::Cause;
use super::error::{ApiError, Error, Fate, Trouble};
use super::error_body::{ErrorBody, LOOKED_AT, excerpt};
use super::json::Json;

/// What a call does to the API's data. It decides whether the call may be repeated when nobody
/// knows if it took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It changes nothing: it may always be repeated, and it ends at once when the work is to stop.
    Read,
    /// Repeating it changes nothing more: it replaces a whole object, or deletes one.
    Idempotent,
    /// It makes something new each time: it is repeated only if it certainly did not take effect.
    Create,
}

/// One call, ready to send.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// The path below the base URL.
    pub(super) path: &'a str,
    /// What it does.
    pub(super) effect: Effect,
    /// What is sent.
    pub(super) request: Request<'a>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) enum Request<'a> {
    /// `POST` with the credentials of a project.
    Operation {
        /// The project.
        project: &'a str,
        /// The JSON body.
        body: Body<'a>,
    },
    /// `GET` of a public document, without any credentials.
    Document,
}

/// What a call that did not fail comes to.
#[derive(Debug)]
pub(super) enum Called {
    /// The JSON body of a success.
    Answered(Json),
    /// The maker of the body found that nothing was left to send, so the last attempt sent nothing.
    /// This is what the earlier ones may have done.
    Unneeded(Fate),
}

/// How one attempt at a call ended.
#[derive(Debug)]
pub(super) enum Attempt {
    /// An answer came: a success or an error.
    Answered(HttpResponse),
    /// An answer of this status came and has more bytes than the limit. It was not read to its end.
    TooLarge {
        /// The HTTP status.
        status: u16,
        /// The limit, in bytes.
        limit: usize,
    },
    /// No connection could be made, for this reason. The request was not sent.
    NoConnection(Cause),
    /// The server certainly did not look at the request, for this reason: it said so, or the
    /// connection had ended before.
    Unprocessed(Cause),
    /// The connection broke before any byte of an answer came, for this reason.
    Broken(Cause),
    /// The answer did not come in time, or stopped for long, for this reason.
    Silent(Cause),
    /// The connection broke or timed out within the answer, for this reason.
    Cut(Cause),
}

/// An HTTP response that nobody has interpreted yet.
#[derive(Debug)]
pub(super) struct HttpResponse {
    /// The HTTP status.
    pub(super) status: u16,
    /// The `Retry-After` header.
    pub(super) retry_after: Option<String>,
    /// A header that identifies the request in Descope's logs.
    pub(super) request_id: Option<String>,
    /// The body, complete and decompressed.
    pub(super) body: Vec<u8>,
    /// What it says if it is an error body. It may be long, so it is looked through once.
    error: ErrorBody,
}

// === impl Called ===

impl Called {
    /// The JSON body of the success, and `null` if nothing was left to send. That can't be so for a
    /// call with a fixed body.
    pub(super) fn into_json(self) -> Json {
        match self {
            Self::Answered(json) => json,
            Self::Unneeded(_) => Json::null(),
        }
    }
}

// === impl Attempt ===

impl Attempt {
    /// Why there was no answer from the API.
    pub(super) fn reason(&self) -> Cause {
        match self {
            Self::Answered(HttpResponse { status, .. }) | Self::TooLarge { status, .. } => {
                format!("status {status}").into()
            }
            Self::NoConnection(reason)
            | Self::Unprocessed(reason)
            | Self::Broken(reason)
            | Self::Silent(reason)
            | Self::Cut(reason) => reason.clone(),
        }
    }

    /// The JSON body of a success, or the error that the attempt ended with.
    pub(super) fn into_json(self, path: &str) -> Result<Json, Error> {
        let unreachable = |reason, fate| Err(Error::new(path, Trouble::Unreachable { reason: Box::new(reason), fate }));
        match self {
            Self::Answered(response) => response.into_json(path),
            Self::TooLarge { status, limit } => Err(Error::new(path, Trouble::TooLarge { status, limit })),
            Self::NoConnection(reason) | Self::Unprocessed(reason) => unreachable(reason, Fate::NotDone),
            Self::Broken(reason) => unreachable(reason, Fate::LikelyNotDone),
            Self::Silent(reason) | Self::Cut(reason) => unreachable(reason, Fate::Unknown),
        }
    }
}

// === impl HttpResponse ===

impl HttpResponse {
    /// A response as it came.
    pub(super) fn new(status: u16, retry_after: Option<String>, request_id: Option<String>, body: Vec<u8>) -> Self {
        let error = ErrorBody::read(&body);
        Self { status, retry_after, request_id, body, error }
    }

    /// Whether Descope refused the call because there were too many. Its code says so under any
    /// status.
    pub(super) fn is_rate_limit(&self) -> bool {
        self.status == 429 || self.error_code() == "E130429"
    }

    /// Whether Descope refused the call because the key's rights are not in force yet.
    pub(super) fn lacks_rights(&self) -> bool {
        self.error_code() == "E111009"
    }

    /// Descope's error code, empty if the body has none.
    fn error_code(&self) -> &str {
        self.error.code.as_deref().unwrap_or_default()
    }

    /// An error body is an error under any status.
    fn into_json(self, path: &str) -> Result<Json, Error> {
        let status = self.status;
        let refusal = (!(200..=299).contains(&status) || !self.error_code().is_empty()).then(|| self.refusal(status));
        let beginning = self.body.get(..LOOKED_AT).unwrap_or(&self.body).to_owned();
        match (Json::read(self.body), refusal) {
            (Some(json), None) => Ok(json),
            (Some(_), Some(refusal)) => Err(Error::new(path, refusal)),
            (None, _) => {
                let excerpt = excerpt(&String::from_utf8_lossy(&beginning));
                Err(Error::new(path, Trouble::NotJson { status, excerpt }))
            }
        }
    }

    fn refusal(&self, status: u16) -> Trouble {
        let ErrorBody { code, description, message } = &self.error;
        let shown = |text: &Option<String>| excerpt(text.as_deref().unwrap_or_default());
        Trouble::Refused(Box::new(ApiError {
            status,
            code: shown(code),
            description: shown(description),
            message: shown(message),
            request_id: self.request_id.as_ref().map(|id| excerpt(id)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::keep_secret;

    fn answer(status: u16, body: &str) -> Result<Json, Error> {
        let response = HttpResponse::new(status, None, None, body.into());
        Attempt::Answered(response).into_json("/v1/x")
    }

    #[test]
    fn success_is_json_and_kept_as_text() {
        assert_eq!(answer(200, r#"{"a": 1.10}"#).unwrap().text().get(), r#"{"a": 1.10}"#);
    }

    #[test]
    fn failures_say_what_they_are() {
        let body =
            r#"{"errorCode":"E011003","errorDescription":"Request is invalid","errorMessage":"name: too short"}"#;
        let Trouble::Refused(error) = answer(400, body).unwrap_err().trouble else { panic!("not refused") };
        assert_eq!((error.status, error.code.as_str(), error.message.as_str()), (400, "E011003", "name: too short"));
        for (status, body) in [(200, "<html>x"), (502, "<html>x"), (404, ""), (200, "")] {
            assert!(matches!(answer(status, body).unwrap_err().trouble, Trouble::NotJson { .. }), "{status} {body}");
        }
        assert!(matches!(answer(404, "[]").unwrap_err().trouble, Trouble::Refused(_)));
    }

    #[test]
    fn an_error_body_is_that_error_under_any_status() {
        for body in [
            r#"{"errorCode":"E112102","errorMessage":"no"}"#,
            r#"{"server":{"id":"MS1"},"errorCode":"E112102"}"#,
            r#"{"errorCode":"E112102","errorDescription":7}"#,
            r#"{"errorCode":"","\ud800":1,"errorCode":"E112102"}"#,
        ] {
            let error = answer(200, body).unwrap_err();
            assert_eq!(error.status(), Some(200), "{body}");
            let Trouble::Refused(refusal) = &error.trouble else { panic!("{error}") };
            assert_eq!(refusal.code, "E112102");
            assert!(!error.may_have_happened(), "{body}");
        }
        for body in [r#"{"errorCode":""}"#, r#"{"errorCode":null}"#, r#"{"server":{"errorCode":"E1"}}"#] {
            assert!(answer(200, body).is_ok(), "{body}");
        }
    }

    #[test]
    fn an_attempt_without_a_usable_answer_says_whether_the_call_may_have_taken_effect() {
        let too_large = |status| Attempt::TooLarge { status, limit: 1 };
        for (attempt, fate) in [
            (Attempt::NoConnection("x".into()), Fate::NotDone),
            (Attempt::Unprocessed("x".into()), Fate::NotDone),
            (Attempt::Broken("x".into()), Fate::LikelyNotDone),
            (Attempt::Silent("x".into()), Fate::Unknown),
            (Attempt::Cut("x".into()), Fate::Unknown),
            (too_large(200), Fate::Unknown),
            (too_large(500), Fate::Unknown),
            (too_large(404), Fate::NotDone),
        ] {
            let shown = format!("{attempt:?}");
            assert_eq!(attempt.into_json("/v1/x").unwrap_err().fate(), fate, "{shown}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_although_an_answer_echoes_it() {
        keep_secret("the management key", "Ksecret", &[]);
        let long = format!("{}Ksecret", "x".repeat(294));
        for (status, body) in [
            (500, r#"{"errorCode":"Ksecret","errorDescription":"Ksecret","errorMessage":"Bearer P:Ksecret"}"#),
            (502, "<html>Authorization: Bearer P:Ksecret"),
            (200, "Ksecret"),
            (400, r#"{"message":"\u004bsecret"}"#),
            (503, &long),
        ] {
            let response = HttpResponse::new(status, None, Some("Ksecret".to_owned()), body.into());
            let shown = format!("{:?}", Attempt::Answered(response).into_json("/v1/x").unwrap_err());
            assert!(!shown.contains("Ksec") && shown.contains("(the "), "{shown}");
        }
    }
}
