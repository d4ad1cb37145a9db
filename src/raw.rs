//! JSON objects whose members keep the text that was received. A member that we don't know goes
//! back to the API unchanged: `1.10`, a 23-digit integer and `"\u00e9\/"` survive.
//!
//! Never turn a member into a `serde_json::Value`. That parses numbers and loses digits. Called by
//! value kinds, the engine's bodies and the provider.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A JSON object, one level deep: its members in the order received, with their values as text.
#[derive(Clone, Debug, Default)]
pub struct RawObject {
    members: IndexMap<String, Box<RawValue>>,
}

/// The error of a JSON text of an unexpected type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct Unexpected {
    /// What the API's description says.
    pub expected: &'static str,
    /// What was received, in a word or two. Never the text itself, which may be a secret.
    pub found: &'static str,
}

// === impl RawObject ===

impl RawObject {
    /// Reads one object.
    pub fn parse(text: &RawValue) -> Result<Self, Unexpected> {
        read(text, "an object").map(|members| Self { members })
    }

    /// A member's text. A member that is `null` counts as absent, as in protobuf's JSON.
    pub fn get(&self, key: &str) -> Option<&RawValue> {
        self.members.get(key).map(AsRef::as_ref).filter(|raw| raw.get() != "null")
    }

    /// Whether there is a member with this name, even if it is `null`.
    pub fn contains(&self, key: &str) -> bool {
        self.members.contains_key(key)
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
        self.members.insert(key.to_owned(), text);
    }

    /// Renames a member, which keeps its place. Nothing happens if there is no such member, or if
    /// another one has the new name and is not null.
    pub fn rename(&mut self, from: &str, to: &str) {
        if self.get(to).is_some() || self.get(from).is_none() {
            return;
        }
        self.members.shift_remove(to);
        if let Some((position, _, text)) = self.members.shift_remove_full(from) {
            self.members.shift_insert(position, to.to_owned(), text);
        }
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The object as JSON text.
    pub fn to_raw(&self) -> Box<RawValue> {
        to_raw(&self.members)
    }
}

/// A plain value as JSON text. Only for texts, Booleans, integers and collections of raw text,
/// which can always be serialised.
pub fn to_raw<T: serde::Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    // Such data can't fail to serialise. The fallback is only there so that nothing can panic.
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn read<T: DeserializeOwned>(raw: &RawValue, expected: &'static str) -> Result<T, Unexpected> {
    serde_json::from_str(raw.get()).map_err(|_| Unexpected { expected, found: noun(raw) })
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

    const ODD: &str = r#"{"a":1.10,"b":1E+2,"c":12345678901234567890123,"d":1e400,"e":"\u00e9\/\ud800","f":{"g":[ 1 , 2 ]},"h":null}"#;

    fn parse(text: &str) -> RawObject {
        RawObject::parse(&RawValue::from_string(text.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn an_untouched_object_comes_back_byte_for_byte() {
        assert_eq!(parse(ODD).to_raw().get(), ODD);
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
