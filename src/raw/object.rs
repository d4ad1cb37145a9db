// SPDX-License-Identifier: Apache-2.0

//! Objects to be written over.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::key::{Key, repeated};
use super::members::RawMembers;
use super::text::{Unexpected, noun, read};

/// A JSON object, one level deep: its members in the order received, with keys and values as text.
#[derive(Clone, Debug, Default)]
pub struct RawObject {
    /// Shared by copies until one of them is written over.
    pub(super) members: Arc<IndexMap<Key, Box<RawValue>>>,
}

// === impl RawObject ===

impl RawObject {
    /// Reads one object. One that has a key twice is refused: writing over it would lose one of the
    /// values.
    pub fn parse(text: &RawValue) -> Result<Self, Unexpected> {
        let unexpected = || Unexpected { expected: "an object", found: noun(text).into() };
        let RawMembers(received) = RawMembers::of(text).ok_or_else(unexpected)?;
        let mut members = IndexMap::with_capacity(received.len());
        for member in received {
            if members.insert(Key::received(member.key), member.value.to_owned()).is_some() {
                return Err(repeated(member.key));
            }
        }
        Ok(Self { members: Arc::new(members) })
    }

    /// A member's text. A member that is `null` counts as absent, as in protobuf's JSON.
    pub fn get(&self, key: &str) -> Option<&RawValue> {
        self.members.get(key.as_bytes()).map(|value| &**value).filter(|raw| raw.get() != "null")
    }

    /// Whether there is a member with this name, even if it is `null`.
    pub fn contains(&self, key: &str) -> bool {
        self.members.contains_key(key.as_bytes())
    }

    /// A member as an object. An absent one is empty.
    pub fn object(&self, key: &str) -> Result<RawObject, Unexpected> {
        self.get(key).map_or_else(|| Ok(RawObject::default()), RawObject::parse)
    }

    /// A member as a list of objects. An absent one is empty.
    pub fn objects(&self, key: &str) -> Result<Vec<RawObject>, Unexpected> {
        let Some(list) = self.get(key) else { return Ok(Vec::new()) };
        let elements: Vec<&RawValue> = read(list, "a list of objects")?;
        elements.into_iter().map(RawObject::parse).collect()
    }

    /// A member as a plain type. `None` if it is absent.
    pub fn scalar<T: DeserializeOwned>(&self, key: &str, expected: &'static str) -> Result<Option<T>, Unexpected> {
        self.get(key).map(|raw| read(raw, expected)).transpose()
    }

    /// Sets a member. It keeps its place, or goes to the end if it is new.
    pub fn set(&mut self, key: &str, text: Box<RawValue>) {
        let members = Arc::make_mut(&mut self.members);
        match members.get_mut(key.as_bytes()) {
            Some(value) => *value = text,
            None => drop(members.insert(Key::of(key), text)),
        }
    }

    /// Renames a member, which keeps its place. Nothing happens if there is no such member, or if
    /// another one has the new name and is not null.
    pub fn rename(&mut self, from: &str, to: &str) {
        if self.get(to).is_some() || self.get(from).is_none() {
            return;
        }
        let members = Arc::make_mut(&mut self.members);
        members.shift_remove(to.as_bytes());
        if let Some((position, _, value)) = members.shift_remove_full(from.as_bytes()) {
            members.shift_insert(position, Key::of(to), value);
        }
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The object as JSON text.
    pub fn to_raw(&self) -> Box<RawValue> {
        let mut text = String::from("{");
        for (position, (key, value)) in self.members.iter().enumerate() {
            let parts = [if position == 0 { "" } else { "," }, key.text.get(), ":", value.get()];
            parts.into_iter().for_each(|part| text.push_str(part));
        }
        text.push('}');
        // JSON texts in braces are an object. The fallback is only there so that nothing can panic.
        RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::to_raw;

    const ODD: &str = concat!(
        r#"{"a":1.10,"b":1E+2,"c":12345678901234567890123,"d":1e400,"e":"\u00e9\/\ud800","#,
        r#""f":{"g":[ 1 , 2 ]},"h":null}"#,
    );

    fn parse(text: &str) -> RawObject {
        RawObject::parse(&RawValue::from_string(text.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn an_untouched_object_comes_back_byte_for_byte() {
        assert_eq!(parse(ODD).to_raw().get(), ODD);
    }

    #[test]
    fn keys_keep_their_spelling_and_need_not_be_unicode() {
        let odd = r#"{"na\u006de":"x","\ud800":1,"\ud801":2,"\"":3,"":4,"a\u0000":"\udfff"}"#;
        let mut object = parse(odd);
        assert_eq!(object.to_raw().get(), odd);
        assert_eq!(object.get("name").map(RawValue::get), Some(r#""x""#));
        object.set("name", to_raw("y"));
        assert_eq!(object.to_raw().get(), odd.replacen(r#""x""#, r#""y""#, 1));
        object.set("\"\n", to_raw(&1));
        assert!(object.to_raw().get().ends_with(r#","\"\n":1}"#), "{}", object.to_raw());
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused_by_its_name() {
        for (text, key) in [
            (r#"{"a":1,"b":2,"a":1}"#, r#""a""#),
            (r#"{"a":1,"\u0061":2}"#, r#""\u0061""#),
            (r#"{"\ud800":1,"\uD800":null}"#, r#""\uD800""#),
        ] {
            let refused = RawObject::parse(&RawValue::from_string(text.to_owned()).unwrap()).unwrap_err();
            let words = format!("expected an object whose keys are all different, found the key {key} more than once");
            assert_eq!(refused.to_string(), words);
        }
        let nested = parse(r#"{"x":{"a":1,"a":2}}"#);
        assert_eq!(nested.to_raw().get(), r#"{"x":{"a":1,"a":2}}"#, "nobody writes over it");
        assert!(nested.object("x").is_err());
    }

    #[test]
    fn half_a_surrogate_pair_is_said_to_be_no_unicode() {
        let object = parse(r#"{"a":"\ud800"}"#);
        let refused = object.scalar::<String>("a", "text").unwrap_err();
        assert_eq!(refused.to_string(), "expected text, found text that is not Unicode");
    }

    #[test]
    fn setting_and_renaming_leave_the_rest_in_place() {
        let mut object = parse(ODD);
        object.set("b", to_raw("x"));
        object.rename("a", "z");
        assert_eq!(object.to_raw().get(), ODD.replace(r#""a":1.10,"b":1E+2"#, r#""z":1.10,"b":"x""#));
    }

    #[test]
    fn a_null_gives_way_to_another_spelling() {
        let mut object = parse(r#"{"a":1,"b":null,"c":null}"#);
        object.rename("a", "b");
        object.rename("c", "b");
        assert_eq!(object.to_raw().get(), r#"{"b":1,"c":null}"#);
    }

    #[test]
    fn null_counts_as_absent_and_wrong_types_are_named() {
        let object = parse(ODD);
        assert!(object.get("h").is_none() && object.contains("h"));
        assert!(object.object("h").unwrap().is_empty());
        assert_eq!(object.object("a").unwrap_err().to_string(), "expected an object, found a number");
        assert_eq!(object.objects("f").unwrap_err().to_string(), "expected a list of objects, found an object");
    }
}
