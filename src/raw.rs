//! JSON objects whose members keep the text that was received. A member that we don't know goes
//! back to the API unchanged: `1.10`, a 23-digit integer and `"\u00e9\/"` survive, as keys do that
//! no Unicode text can be, such as `"\ud800"`.
//!
//! Never turn a member into a `serde_json::Value`. That parses numbers and loses digits. Called by
//! value kinds, the engine's bodies, the provider and the API client.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON object, one level deep: its members in the order received, with keys and values as text.
#[derive(Clone, Debug, Default)]
pub struct RawObject {
    /// By what the key means, since `"a"` and `"\u0061"` are the same key.
    members: IndexMap<Key, Member>,
}

/// An object as it stands: a key may occur twice.
pub struct RawMembers<'a>(Vec<(&'a RawValue, &'a RawValue)>);

/// What a key means, as bytes: half a surrogate pair is no Unicode text, but is a key.
type Key = Vec<u8>;

/// A member as it was received.
#[derive(Clone, Debug)]
struct Member {
    key: Box<RawValue>,
    value: Box<RawValue>,
}

/// The error of a JSON text of an unexpected type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct Unexpected {
    /// What the API's description says.
    pub expected: &'static str,
    /// What was received, in a few words. Never a value, which may be a secret.
    pub found: Cow<'static, str>,
}

// === impl RawMembers ===

impl<'a> RawMembers<'a> {
    /// The members of an object. `None` if the text is something else.
    pub fn of(text: &'a RawValue) -> Option<Self> {
        serde_json::from_str(text.get()).ok()
    }

    /// Whether there is a member with this key, even if it is `null`.
    pub fn contains(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| meaning(name) == key.as_bytes())
    }

    /// All values with this key that are not null.
    pub fn all(&self, key: &str) -> impl Iterator<Item = &'a RawValue> {
        let named = move |(name, value): &&(&'a RawValue, &'a RawValue)| {
            value.get() != "null" && meaning(name) == key.as_bytes()
        };
        self.0.iter().filter(named).map(|(_, value)| *value)
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
        self.0.iter().copied()
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
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawMembers(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

// === impl RawObject ===

impl RawObject {
    /// Reads one object. One that has a key twice is refused: writing over it would lose one of the
    /// values.
    pub fn parse(text: &RawValue) -> Result<Self, Unexpected> {
        let unexpected = || Unexpected { expected: "an object", found: noun(text).into() };
        let mut members = IndexMap::new();
        for (key, value) in RawMembers::of(text).ok_or_else(unexpected)?.iter() {
            let member = Member { key: key.to_owned(), value: value.to_owned() };
            if members.insert(meaning(key), member).is_some() {
                let found = format!("the key {} more than once", key.get()).into();
                return Err(Unexpected { expected: "an object whose keys are all different", found });
            }
        }
        Ok(Self { members })
    }

    /// A member's text. A member that is `null` counts as absent, as in protobuf's JSON.
    pub fn get(&self, key: &str) -> Option<&RawValue> {
        self.members.get(key.as_bytes()).map(|member| &*member.value).filter(|raw| raw.get() != "null")
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
        let elements: Vec<Box<RawValue>> = read(list, "a list of objects")?;
        elements.iter().map(|element| RawObject::parse(element)).collect()
    }

    /// A member as a plain type. `None` if it is absent.
    pub fn scalar<T: DeserializeOwned>(&self, key: &str, expected: &'static str) -> Result<Option<T>, Unexpected> {
        self.get(key).map(|raw| read(raw, expected)).transpose()
    }

    /// Sets a member. It keeps its place, or goes to the end if it is new.
    pub fn set(&mut self, key: &str, text: Box<RawValue>) {
        match self.members.get_mut(key.as_bytes()) {
            Some(member) => member.value = text,
            None => drop(self.members.insert(key.into(), Member { key: to_raw(key), value: text })),
        }
    }

    /// Renames a member, which keeps its place. Nothing happens if there is no such member, or if
    /// another one has the new name and is not null.
    pub fn rename(&mut self, from: &str, to: &str) {
        if self.get(to).is_some() || self.get(from).is_none() {
            return;
        }
        self.members.shift_remove(to.as_bytes());
        if let Some((position, _, Member { value, .. })) = self.members.shift_remove_full(from.as_bytes()) {
            self.members.shift_insert(position, to.into(), Member { key: to_raw(to), value });
        }
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The object as JSON text.
    pub fn to_raw(&self) -> Box<RawValue> {
        let members = self.members.values().map(|Member { key, value }| format!("{}:{}", key.get(), value.get()));
        let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        // JSON texts in braces are an object. The fallback is only there so that nothing can panic.
        RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}

/// What a key means.
fn meaning(key: &RawValue) -> Key {
    /// A JSON string as bytes, in which half a surrogate pair has a form, too.
    struct Bytes(Key);

    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Text;

            impl Visitor<'_> for Text {
                type Value = Bytes;

                fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.write_str("text")
                }

                fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    Ok(Bytes(bytes.to_owned()))
                }
            }

            deserializer.deserialize_bytes(Text)
        }
    }

    // A key is a JSON string, so this can't fail. The fallback is as good a name as any.
    serde_json::from_str(key.get()).map_or_else(|_| key.get().into(), |Bytes(bytes)| bytes)
}

/// A plain value as JSON text. Only for texts, Booleans, integers and collections of raw text,
/// which can always be serialised.
pub fn to_raw<T: serde::Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    // Such data can't fail to serialise. The fallback is only there so that nothing can panic.
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn read<T: DeserializeOwned>(raw: &RawValue, expected: &'static str) -> Result<T, Unexpected> {
    let found = || match noun(raw) {
        // The type is right, so the content is not.
        "text" if expected == "text" => "text that is not Unicode".into(),
        noun if expected.starts_with(noun) => format!("{noun} with something else in it").into(),
        noun => noun.into(),
    };
    serde_json::from_str(raw.get()).map_err(|_| Unexpected { expected, found: found() })
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn members_are_read_as_they_stand() {
        let text = RawValue::from_string(r#"{"\ud800":0,"a":"x","b":"x","b":"y","a":"x","a":null,"c":5}"#.to_owned());
        let text = text.unwrap();
        let members = RawMembers::of(&text).unwrap();
        assert_eq!((members.text("a").as_deref(), members.text("b"), members.text("c")), (Some("x"), None, None));
        assert!(members.contains("a") && !members.contains("d"));
        assert_eq!((members.all("b").count(), members.all("a").count(), members.iter().count()), (2, 2, 7));
        assert!(RawMembers::of(&RawValue::from_string("[]".to_owned()).unwrap()).is_none());
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
