// SPDX-License-Identifier: Apache-2.0

//! JSON texts by themselves: what they are, plain values that are read from them and written as them.

use std::borrow::Cow;

use serde::de::Deserialize;
use serde_json::value::RawValue;

/// The error of a JSON text of an unexpected type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct Unexpected {
    /// What the API's description says.
    pub expected: &'static str,
    /// What was received, in a few words. Never a value, which may be a secret.
    pub found: Cow<'static, str>,
}

/// A plain value as JSON text. Only for texts, Booleans, integers and collections of raw text,
/// which can always be serialised.
pub fn to_raw<T: serde::Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    // Such data can't fail to serialise. The fallback is only there so that nothing can panic.
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A plain value of a text.
pub(super) fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue, expected: &'static str) -> Result<T, Unexpected> {
    serde_json::from_str(raw.get()).map_err(|_| unfit(raw, expected))
}

/// The error of a text that is not what is expected.
pub(super) fn unfit(raw: &RawValue, expected: &'static str) -> Unexpected {
    let found = match noun(raw) {
        // The type is right, so the content is not.
        "text" if expected == "text" => "text that is not Unicode".into(),
        noun if expected.starts_with(noun) => format!("{noun} with something else in it").into(),
        noun => noun.into(),
    };
    Unexpected { expected, found }
}

/// What a JSON text says. It is copied only if some of it is escaped.
pub(super) fn said<'a>(raw: &'a RawValue, expected: &'static str) -> Result<Cow<'a, str>, Unexpected> {
    let between = raw.get().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match between.filter(|text| !text.as_bytes().contains(&b'\\')) {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => read(raw, expected).map(Cow::Owned),
    }
}

/// The words for a JSON text's type, such as "a list". The first character is enough to tell.
pub fn noun(raw: &RawValue) -> &'static str {
    match raw.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => "nothing",
    }
}
