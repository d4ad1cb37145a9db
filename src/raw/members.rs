// SPDX-License-Identifier: Apache-2.0

//! Objects as they stand, for reading envelopes and labels. Who reads an object's attributes takes a
//! `RawView`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::key::meaning;

/// An object as it stands: a key may occur twice.
pub struct RawMembers<'a>(pub(super) Vec<Member<'a>>);

/// A member of an object, as a part of its text.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    pub(super) key: &'a RawValue,
    /// What the key means.
    pub(super) meaning: Cow<'a, [u8]>,
    pub(super) value: &'a RawValue,
}

// === impl RawMembers ===

impl<'a> RawMembers<'a> {
    /// The members of an object. `None` if the text is something else.
    pub fn of(text: &'a RawValue) -> Option<Self> {
        serde_json::from_str(text.get()).ok()
    }

    /// Whether there is a member with this key, even if it is `null`.
    pub fn contains(&self, key: &str) -> bool {
        self.0.iter().any(|member| *member.meaning == *key.as_bytes())
    }

    /// All values with this key that are not null.
    pub fn all(&self, key: &str) -> impl Iterator<Item = &'a RawValue> {
        let named = move |member: &&Member<'a>| member.value.get() != "null" && *member.meaning == *key.as_bytes();
        self.0.iter().filter(named).map(|member| member.value)
    }

    /// The text that is the value of this key. `None` if there is none, if it is not Unicode, or if
    /// the key occurs with different values.
    pub fn text(&self, key: &str) -> Option<String> {
        let mut texts = self.all(key).map(|value| serde_json::from_str::<String>(value.get()).ok());
        let first = texts.next().flatten()?;
        texts.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'a RawValue, &'a RawValue)> {
        self.0.iter().map(|member| (member.key, member.value))
    }
}

impl<'de> Deserialize<'de> for RawMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = RawMembers<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry()? {
                    members.push(Member { key, meaning: meaning(key), value });
                }
                Ok(RawMembers(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_as_they_stand() {
        let text = RawValue::from_string(r#"{"\ud800":0,"a":"x","b":"x","b":"y","a":"x","a":null,"c":5}"#.to_owned());
        let text = text.unwrap();
        let members = RawMembers::of(&text).unwrap();
        assert_eq!((members.text("a").as_deref(), members.text("b"), members.text("c")), (Some("x"), None, None));
        assert!(members.contains("a") && !members.contains("d"));
        assert_eq!((members.all("b").count(), members.all("a").count(), members.iter().count()), (2, 2, 7));
        assert!(RawMembers::of(&RawValue::from_string("[]".to_owned()).unwrap()).is_none());
    }
}
