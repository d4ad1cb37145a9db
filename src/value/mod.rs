//! Values as Terraform knows them: null, unknown and known are cases of one type, so no phase can mistake one for another.
//! Pure data; every other layer may use it, it uses none of them.

mod number;
mod path;
mod ty;

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use ty::Type;

/// The attributes of one object by name, in name order.
pub type Object = BTreeMap<String, Value>;

/// One Terraform value.
///
/// The order is structural: it only serves to keep sets in one spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Absent: not set in a configuration, or nothing known to be there.
    Null,
    /// Not decided yet; what is known of it all the same is its refinement.
    Unknown(Refinement),
    /// `true` or `false`.
    Bool(bool),
    /// A decimal of any precision.
    Number(Number),
    /// Text in Unicode normal form C when it came through [`Value::string`].
    String(String),
    /// Elements whose order has meaning.
    List(Vec<Value>),
    /// Elements without order; built by [`Value::set`] in one canonical order and without repetition.
    Set(Vec<Value>),
    /// Elements by key, all of one type.
    Map(BTreeMap<String, Value>),
    /// Attributes by name, each of its own type.
    Object(Object),
}

/// What is certain about an unknown value (MessagePack extension 12). The default says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinement {
    /// The value will not be null.
    pub not_null: bool,
    /// The text will begin so.
    pub prefix: Option<String>,
}

// === impl Value ===

impl Value {
    /// An unknown value of which nothing is certain.
    pub fn unknown() -> Self {
        Self::Unknown(Refinement::default())
    }

    /// Text in normal form C, the form in which the CLI stores and compares strings: a remote system's other form of the
    /// same text must not look like drift.
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::String(text.as_ref().nfc().collect())
    }

    /// A set: ordered canonically, equal known elements kept once. Two unknown elements may turn out different, so they stay.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        let mut elements: Vec<Value> = elements.into_iter().collect();
        elements.sort();
        elements.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self::Set(elements)
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this itself, not something inside it, is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether nothing in it is unknown, at any depth.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) | Self::Set(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(entries) | Self::Object(entries) => entries.values().all(Self::is_wholly_known),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// The text, when this is known text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, when this is a known one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The attributes, when this is a known object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(attributes) => Some(attributes),
            _ => None,
        }
    }

    /// The elements, when this is a known list or set.
    pub fn elements(&self) -> Option<&[Value]> {
        match self {
            Self::List(elements) | Self::Set(elements) => Some(elements),
            _ => None,
        }
    }
}

impl From<Object> for Value {
    fn from(attributes: Object) -> Self {
        Self::Object(attributes)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_one_spelling_and_keep_unknowns_apart() {
        assert_eq!(Value::set(["b".into(), "a".into(), "b".into()]), Value::set(["a".into(), "b".into()]));
        let Value::Set(elements) = Value::set([Value::unknown(), Value::unknown()]) else { panic!("not a set") };
        assert_eq!(elements.len(), 2);
    }

    #[test]
    fn text_is_compared_in_normal_form() {
        assert_eq!(Value::string("e\u{301}"), Value::string("\u{e9}"));
    }

    #[test]
    fn unknown_is_found_at_any_depth() {
        let nested = Value::List(vec![Value::Object(Object::from([("a".to_owned(), Value::unknown())]))]);
        assert!(!nested.is_wholly_known());
        assert!(!nested.is_unknown());
    }
}
