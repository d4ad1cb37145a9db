//! Requests and answers as data, without any I/O: what is sent where, and what an answer's bytes mean.

use serde_json::value::RawValue;

use super::error::{ApiError, Error, Trouble};

/// What a call does, which decides whether it may be repeated when its fate is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: repeat freely, give up at once when asked to stop.
    Read,
    /// The same again if repeated: a whole object replaced, an object deleted.
    Settle,
    /// Something new each time: never repeat unless it certainly did not happen.
    Create,
}

/// One call, ready to send.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// The path below the base URL.
    pub(super) path: &'a str,
    /// What it does.
    pub(super) effect: Effect,
    /// How it is asked.
    pub(super) ask: Ask<'a>,
}

/// The two ways to ask.
#[derive(Clone, Debug)]
pub(super) enum Ask<'a> {
    /// An operation: `POST` with the credentials of a project.
    Operation {
        /// The project.
        project: &'a str,
        /// The JSON body.
        body: String,
    },
    /// A public document: `GET`, without any credentials.
    Document,
}

/// What came back, before anybody looked into it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The `Retry-After` header.
    pub(super) retry_after: Option<String>,
    /// A header that names the request in Descope's logs.
    pub(super) request_id: Option<String>,
    pub(super) body: Vec<u8>,
}

// === impl Answer ===

impl Answer {
    /// The JSON body of a success, or what the failure was. `secret` is shown nowhere, though an answer may echo it.
    pub(super) fn understood(self, path: &str, secret: &str) -> Result<Box<RawValue>, Error> {
        let text = String::from_utf8_lossy(&self.body);
        let json = serde_json::from_str::<Box<RawValue>>(&text).ok();
        match (self.status, json) {
            (200..=299, Some(json)) => Ok(json),
            (status, Some(json)) => Err(Error::new(path, self.refusal(status, &json, secret))),
            (status, None) => Err(Error::new(path, Trouble::NotJson { status, excerpt: excerpt(&text, secret) })),
        }
    }

    fn refusal(&self, status: u16, json: &RawValue, secret: &str) -> Trouble {
        #[derive(Default, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Body {
            error_code: Option<String>,
            error_description: Option<String>,
            error_message: Option<String>,
            /// The gateway's own errors have this instead.
            message: Option<String>,
        }
        let body: Body = serde_json::from_str(json.get()).unwrap_or_default();
        let shown = |text: Option<String>| excerpt(&text.unwrap_or_default(), secret);
        Trouble::Refused(ApiError {
            status,
            code: shown(body.error_code),
            description: shown(body.error_description),
            message: shown(body.error_message.or(body.message)),
            request_id: self.request_id.as_ref().map(|id| excerpt(id, secret)),
        })
    }
}

/// A short piece of a text from outside, on one line and without the secret: enough to recognise a proxy's page, not enough to flood a
/// terminal.
fn excerpt(text: &str, secret: &str) -> String {
    const LONGEST: usize = 300;
    let text = match secret.is_empty() {
        true => text.to_owned(),
        false => text.replace(secret, "(the management key)"),
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean: String = line.chars().filter(|c| !c.is_control()).collect();
    match clean.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", clean.get(..cut).unwrap_or_default()),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Box<RawValue>, Error> {
        Answer { status, retry_after: None, request_id: None, body: body.into() }.understood("/v1/x", "Ksecret")
    }

    #[test]
    fn success_is_json_and_kept_as_text() {
        assert_eq!(answer(200, r#"{"a": 1.10}"#).unwrap().get(), r#"{"a": 1.10}"#);
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
    fn excerpts_are_one_short_line() {
        assert_eq!(excerpt("<html>\n  <b>no\u{7}</b>", "K"), "<html> <b>no</b>");
        assert!(excerpt(&"é".repeat(1000), "").chars().count() == 301);
    }

    #[test]
    fn a_secret_is_not_shown_though_an_answer_echoes_it() {
        let long = format!("{}Ksecret", "x".repeat(294));
        for (status, body) in [
            (500, r#"{"errorCode":"Ksecret","errorDescription":"Ksecret","errorMessage":"Bearer P:Ksecret"}"#),
            (502, "<html>Authorization: Bearer P:Ksecret"),
            (200, "Ksecret"),
            (400, r#"{"message":"\u004bsecret"}"#),
            (503, &long),
        ] {
            let shown = format!("{:?}", answer(status, body).unwrap_err());
            assert!(!shown.contains("Ksec") && shown.contains("(the "), "{shown}");
        }
    }
}
