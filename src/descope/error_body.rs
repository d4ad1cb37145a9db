// SPDX-License-Identifier: Apache-2.0

//! What an answer says in words: Descope's error body, and those of gateways and other services, each of which
//! spells its members in its own way. Used by `call` and by those who find that an answer lacks what was asked for.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::json::Json;
use crate::raw::RawMembers;
use crate::shown::without_secrets;

/// Descope's error body.
#[derive(Debug, Default)]
pub(super) struct ErrorBody {
    /// `E` and digits.
    pub(super) code: Option<String>,
    /// What the code means.
    pub(super) description: Option<String>,
    /// What is wrong with this request.
    pub(super) message: Option<String>,
}

/// Members that say what an error means in general, Descope's own spelling first.
const DESCRIPTIONS: &[&str] = &["errorDescription", "error_description"];

/// Members that say what is wrong in particular.
const MESSAGES: &[&str] = &["errorMessage", "error_message"];

/// Members in which other services tell errors.
const ERRORS: &[&str] = &["error", "errors"];

/// Members whose words may be about an error or not. Errors of the gateway in front of Descope have the first.
const REMARKS: &[&str] = &["message", "detail", "msg", "title"];

/// How many errors within errors are looked into.
const DEPTH: usize = 3;

// === impl ErrorBody ===

impl ErrorBody {
    /// Reads each member for itself: a code is one whatever stands beside it.
    pub(super) fn read(body: &[u8]) -> Self {
        let body: Cow<'_, str> = String::from_utf8_lossy(body);
        let members: Option<RawMembers<'_>> = serde_json::from_str(&body).ok();
        members.map(|members| Self::of(&members)).unwrap_or_default()
    }

    fn of(members: &RawMembers<'_>) -> Self {
        let found = |keys| said(members, keys, DEPTH);
        let message = found(MESSAGES).or_else(|| found(REMARKS));
        let error = || found(ERRORS).filter(|error| Some(error) != message.as_ref());
        Self { code: members.all("errorCode").find_map(text), description: found(DESCRIPTIONS).or_else(error), message }
    }
}

/// What an answer says in words, although it is a success and no error body.
pub(super) fn words(json: &Json) -> String {
    let ErrorBody { description, message, .. } = ErrorBody::read(json.text().get().as_bytes());
    let words = [description, message].into_iter().flatten().map(|text| excerpt(&text));
    words.collect::<Vec<_>>().join(": ")
}

/// The same, if its words are about an error for certain.
pub(super) fn error_words(json: &Json) -> Option<String> {
    let members = RawMembers::of(json.text())?;
    let is_error = [DESCRIPTIONS, MESSAGES, ERRORS].into_iter().any(|keys| said(&members, keys, DEPTH).is_some());
    is_error.then(|| words(json))
}

/// What the first of these members says that says something.
fn said(members: &RawMembers<'_>, keys: &[&str], depth: usize) -> Option<String> {
    keys.iter().find_map(|key| members.all(key).find_map(|value| words_in(value, depth)))
}

/// A text, or the texts in an object or a list.
fn words_in(value: &RawValue, depth: usize) -> Option<String> {
    if let Some(text) = text(value) {
        return Some(text);
    }
    let depth = depth.checked_sub(1)?;
    if let Some(members) = RawMembers::of(value) {
        return [DESCRIPTIONS, MESSAGES, REMARKS, ERRORS].into_iter().find_map(|keys| said(&members, keys, depth));
    }
    let elements: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    let words: Vec<String> = elements.into_iter().filter_map(|element| words_in(element, depth)).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str::<String>(value.get()).ok().filter(|text| !text.is_empty())
}

/// How much of an answer is looked at for an excerpt, in bytes. It is far more than is shown, so that a secret in
/// what is shown is whole, however it is written.
pub(super) const LOOKED_AT: usize = 16 << 10;

/// The beginning of a text from outside, on one line and without secrets. It is long enough to
/// recognise a proxy's page and too short to flood a terminal. Characters that nobody sees stay, for
/// `shown` to spell them out.
pub(super) fn excerpt(text: &str) -> String {
    const MOST_CHARS: usize = 300;
    let mut line = String::new();
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    for word in lines.flat_map(|line| line.split([' ', '\t'])).filter(|word| !word.is_empty()) {
        line.extend((!line.is_empty()).then_some(' '));
        line.extend(word.chars().take(LOOKED_AT));
        if line.len() >= LOOKED_AT {
            break;
        }
    }
    let clean = without_secrets(&line);
    match clean.char_indices().nth(MOST_CHARS) {
        Some((cut, _)) => format!("{}…", clean.get(..cut).unwrap_or_default()),
        None => clean.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_each_usual_spelling() {
        for (body, told) in [
            (r#"{"errorDescription":"a","errorMessage":"b"}"#, "a: b"),
            (r#"{"error_description":"a","error":"invalid_client"}"#, "a"),
            (r#"{"error":"no quota"}"#, "no quota"),
            (r#"{"error":"Not Found","message":"no route"}"#, "Not Found: no route"),
            (r#"{"error":"same","message":"same"}"#, "same"),
            (r#"{"error":{"code":7,"message":"no quota"}}"#, "no quota"),
            (r#"{"error":{"error":{"detail":"deep"}}}"#, "deep"),
            (r#"{"errors":["a",{"detail":"b"},7]}"#, "a; b"),
            (r#"{"error_message":"b"}"#, "b"),
        ] {
            let json = Json::read(body.into()).unwrap();
            assert_eq!((words(&json).as_str(), error_words(&json).as_deref()), (told, Some(told)), "{body}");
        }
        for (body, told) in [(r#"{"message":"saved"}"#, "saved"), (r#"{"error":null}"#, ""), ("[]", ""), ("{}", "")] {
            let json = Json::read(body.into()).unwrap();
            assert_eq!((words(&json).as_str(), error_words(&json)), (told, None), "{body}");
        }
        let deep = format!("{}7{}", r#"{"error":"#.repeat(10_000), "}".repeat(10_000));
        assert_eq!(ErrorBody::read(deep.as_bytes()).description, None);
    }

    #[test]
    fn excerpts_are_one_short_line() {
        assert_eq!(excerpt("<html>\r\n  <b>no\u{7}</b>\t\n\n"), "<html> <b>no\u{7}</b>");
        // What steers a terminal is no usual end of a word.
        assert_eq!(excerpt("a\rb\u{b}c\u{85}d\u{2028}e"), "a\rb\u{b}c\u{85}d\u{2028}e");
        assert!(excerpt(&"é".repeat(1000)).chars().count() == 301);
    }
}
