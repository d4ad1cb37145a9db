// SPDX-License-Identifier: Apache-2.0

//! Objects to be read, without copies of their texts.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use serde::de::Deserialize;
use serde_json::value::RawValue;

use super::key::{Key, repeated};
use super::members::{Member, RawMembers};
use super::object::RawObject;
use super::text::{Unexpected, noun, read, said, unfit};

/// A JSON object, one level deep, as a part of a text that is elsewhere.
#[derive(Clone, Debug, Default)]
pub struct RawView<'a> {
    /// In the order received.
    members: Vec<Member<'a>>,
}

// === impl RawView ===

impl<'a> RawView<'a> {
    /// Up to how many members each is compared with all others, which needs no memory.
    const FEW: usize = 24;

    /// Reads one object. One that has a key twice is refused: nobody knows which of the values counts.
    pub fn parse(text: &'a RawValue) -> Result<Self, Unexpected> {
        let unexpected = || Unexpected { expected: "an object", found: noun(text).into() };
        let RawMembers(members) = RawMembers::of(text).ok_or_else(unexpected)?;
        let view = Self { members };
        view.repetition().map_or(Ok(()), |key| Err(repeated(key)))?;
        Ok(view)
    }

    /// A key that occurred before.
    fn repetition(&self) -> Option<&'a RawValue> {
        let is_few = self.members.len() <= Self::FEW;
        let mut seen = HashSet::new();
        for (position, Member { key, meaning, .. }) in self.members.iter().enumerate() {
            let is_repeated = match is_few {
                true => self.members.iter().take(position).any(|other| other.meaning == *meaning),
                false => !seen.insert(meaning),
            };
            if is_repeated {
                return Some(key);
            }
        }
        None
    }

    /// A member's text. A member that is `null` counts as absent, as in protobuf's JSON.
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.member(key).filter(|raw| raw.get() != "null")
    }

    /// Whether there is a member with this name, even if it is `null`.
    pub fn contains(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    fn member(&self, key: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|member| *member.meaning == *key.as_bytes()).map(|member| member.value)
    }

    /// A member as an object. An absent one is empty.
    pub fn object(&self, key: &str) -> Result<RawView<'a>, Unexpected> {
        self.get(key).map_or_else(|| Ok(RawView::default()), RawView::parse)
    }

    /// A member as a list of objects. An absent one is empty.
    pub fn objects(&self, key: &str) -> Result<Vec<RawView<'a>>, Unexpected> {
        let Some(list) = self.get(key) else { return Ok(Vec::new()) };
        let elements: Vec<&RawValue> = read(list, "a list of objects")?;
        elements.into_iter().map(RawView::parse).collect()
    }

    /// A member as a text. `None` if it is absent.
    pub fn text(&self, key: &str, expected: &'static str) -> Result<Option<Cow<'a, str>>, Unexpected> {
        self.get(key).map(|raw| said(raw, expected)).transpose()
    }

    /// A member as a list of texts. An absent one is empty.
    pub fn texts(&self, key: &str) -> Result<Vec<Cow<'a, str>>, Unexpected> {
        let Some(list) = self.get(key) else { return Ok(Vec::new()) };
        let expected = "a list of texts";
        let elements: Vec<&RawValue> = read(list, expected)?;
        let text = |element| said(element, expected).map_err(|_| unfit(list, expected));
        elements.into_iter().map(text).collect()
    }

    /// A member as a plain type. `None` if it is absent.
    pub fn scalar<T: Deserialize<'a>>(&self, key: &str, expected: &'static str) -> Result<Option<T>, Unexpected> {
        self.get(key).map(|raw| read(raw, expected)).transpose()
    }

    /// A copy, to be written over.
    pub fn to_object(&self) -> RawObject {
        let member = |member: &Member<'_>| (Key::received(member.key), member.value.to_owned());
        RawObject { members: Arc::new(self.members.iter().map(member).collect()) }
    }
}

impl RawObject {
    /// The object to be read.
    pub fn view(&self) -> RawView<'_> {
        let members = self.members.iter().map(|(key, value)| Member {
            key: &key.text,
            meaning: Cow::Borrowed(key.meaning()),
            value,
        });
        RawView { members: members.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn a_view_and_its_copy_hold_what_was_received() {
        let odd = text(r#"{"na\u006de":"x","\ud800":1.10,"list":[{"a":1},{}],"inner":{"b":null},"gone":null}"#);
        let view = RawView::parse(&odd).unwrap();
        assert_eq!(view.to_object().to_raw().get(), odd.get());
        assert_eq!(view.get("name").map(RawValue::get), Some(r#""x""#));
        assert!(matches!(view.text("name", "text"), Ok(Some(Cow::Borrowed("x")))));
        assert!(view.get("gone").is_none() && view.contains("gone") && !view.contains("absent"));
        assert_eq!(view.objects("list").unwrap().len(), 2);
        assert!(view.object("inner").unwrap().contains("b") && !view.object("gone").unwrap().contains("b"));
        assert_eq!(view.object("list").unwrap_err().to_string(), "expected an object, found a list");
        let object = RawObject::parse(&odd).unwrap();
        assert_eq!(object.view().to_object().to_raw().get(), odd.get());
    }

    #[test]
    fn texts_are_what_they_say_and_nothing_else_is_a_text() {
        let object =
            text(r#"{"a":"\u0061\"\\","b":"\ud800","c":1,"d":["x","\n"],"e":["x",null],"f":"","g":null,"h":[1]}"#);
        let view = RawView::parse(&object).unwrap();
        let said = |key| view.text(key, "text").map(Option::unwrap_or_default).map_err(|error| error.to_string());
        assert_eq!((said("a").as_deref(), said("f").as_deref(), said("g").as_deref()), (Ok("a\"\\"), Ok(""), Ok("")));
        assert_eq!(said("b").unwrap_err(), "expected text, found text that is not Unicode");
        assert_eq!(said("c").unwrap_err(), "expected text, found a number");
        let texts = |key| view.texts(key).map_err(|error| error.to_string());
        assert_eq!((texts("d").unwrap(), texts("g").unwrap().len()), (vec!["x".into(), "\n".into()], 0));
        for key in ["e", "h"] {
            assert_eq!(texts(key).unwrap_err(), "expected a list of texts, found a list with something else in it");
        }
        assert_eq!(texts("c").unwrap_err(), "expected a list of texts, found a number");
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused_in_small_and_large_objects() {
        for filling in [0, RawView::FEW * 4] {
            let others: String = (0..filling).map(|number| format!(r#","k{number}":0"#)).collect();
            let twice = text(&format!(r#"{{"a":1{others},"\u0061":2}}"#));
            let refused = RawView::parse(&twice).unwrap_err().to_string();
            assert!(refused.contains(r#"the key "\u0061" more than once"#), "{refused}");
            assert!(RawView::parse(&text(&format!(r#"{{"a":1{others},"b":2}}"#))).is_ok());
        }
    }
}
