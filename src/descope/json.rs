// SPDX-License-Identifier: Apache-2.0

//! The JSON of an answer, also if some of its bytes are not text. JSON is UTF-8, but an API that
//! stores bytes may send others. Then only the objects that hold them can't be used: replaced by
//! another character, they would go back changed. Read by `call`, taken apart by `envelopes`.

use serde_json::value::RawValue;

use crate::raw::RawMembers;

/// The JSON of an answer.
#[derive(Debug)]
pub(super) struct Json {
    text: Box<RawValue>,
    /// The character that stands where bytes are not UTF-8. Nothing else in the text has it. `None`
    /// if all bytes are.
    stand_in: Option<char>,
}

/// Where an object holds bytes that are not UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotText {
    /// The keys of the members that hold them.
    pub keys: Vec<String>,
}

// === impl Json ===

impl Json {
    /// Reads an answer's body, of which no copy is made if all of it is UTF-8. `None` if it is not JSON.
    pub(super) fn read(body: Vec<u8>) -> Option<Self> {
        let body = match String::from_utf8(body) {
            Ok(text) => return Some(Self { text: RawValue::from_string(text).ok()?, stand_in: None }),
            Err(not_text) => not_text.into_bytes(),
        };
        let stand_in = unused(&body)?;
        let mut text = String::with_capacity(body.len());
        for chunk in body.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend((!chunk.invalid().is_empty()).then_some(stand_in));
        }
        Some(Self { text: RawValue::from_string(text).ok()?, stand_in: Some(stand_in) })
    }

    /// What stands for no answer.
    pub(super) fn null() -> Self {
        Self { text: RawValue::NULL.to_owned(), stand_in: None }
    }

    /// All of it. Where bytes were not UTF-8, another character stands.
    pub(super) fn text(&self) -> &RawValue {
        &self.text
    }

    /// All of it, if all bytes were UTF-8.
    pub(super) fn whole(&self) -> Option<&RawValue> {
        self.stand_in.is_none().then_some(&self.text)
    }

    /// Whether a text that was read in it stands for what was received.
    pub(super) fn is_faithful(&self, text: &str) -> bool {
        !self.stand_in.is_some_and(|stand_in| text.contains(stand_in))
    }

    /// Where an object in it holds bytes that are not UTF-8, if it does.
    pub(super) fn not_text(&self, part: &RawValue) -> Option<NotText> {
        if self.is_faithful(part.get()) {
            return None;
        }
        let shown = |key: &RawValue| {
            let key = serde_json::from_str(key.get()).unwrap_or_else(|_| key.get().to_owned());
            self.stand_in.map_or(key.clone(), |stand_in| key.replace(stand_in, "\u{fffd}"))
        };
        let members = RawMembers::of(part);
        let damaged = members
            .iter()
            .flat_map(RawMembers::iter)
            .filter(|(key, value)| !self.is_faithful(key.get()) || !self.is_faithful(value.get()));
        Some(NotText { keys: damaged.map(|(key, _)| shown(key)).collect() })
    }
}

/// A character that a text does not have. Those for private use come first, since texts hardly have
/// them. `None` only if the text has all of them.
fn unused(body: &[u8]) -> Option<char> {
    let used: std::collections::BTreeSet<char> =
        body.utf8_chunks().flat_map(|chunk| chunk.valid().chars()).filter(|used| *used >= FIRST).collect();
    (FIRST..=char::MAX).find(|candidate| !used.contains(candidate))
}

/// The first character of the planes for private use.
const FIRST: char = '\u{f0000}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_kept_as_it_is() {
        let json = Json::read("{\"a\": 1.10, \"b\":\"\u{fffd}\u{f0000}\"}".into()).unwrap();
        assert_eq!(json.text().get(), "{\"a\": 1.10, \"b\":\"\u{fffd}\u{f0000}\"}");
        assert!(json.whole().is_some() && json.not_text(json.text()).is_none());
        assert!(Json::read(b"<html>".into()).is_none() && Json::read(b"\xff".into()).is_none());
    }

    #[test]
    fn only_the_part_that_holds_other_bytes_is_damaged() {
        let body = [
            &b"[{\"a\":\"\xff\xfe\",\"k\xc3\":1,\"c\":{\"d\":[\"\xed\xa0\x80\"]}},"[..],
            "{\"a\":\"\u{f0000}\u{fffd}\"}]".as_bytes(),
        ]
        .concat();
        let json = Json::read(body).unwrap();
        assert!(json.whole().is_none());
        let parts: Vec<Box<RawValue>> = serde_json::from_str(json.text().get()).unwrap();
        assert_eq!(json.not_text(&parts[0]).unwrap().keys, ["a", "k\u{fffd}", "c"]);
        assert_eq!(json.not_text(&parts[1]), None, "these are characters of its own");
        assert_eq!(parts[1].get(), "{\"a\":\"\u{f0000}\u{fffd}\"}");
    }
}
