// SPDX-License-Identifier: Apache-2.0

//! Terraform's values. Null, unknown and known are cases of one type, so no code can mistake one
//! for another.
//!
//! This is pure data. Every other layer may use it, and it uses none of them.

mod number;
mod object;
mod path;
mod trail;
mod ty;

use std::collections::BTreeMap;

use smol_str::SmolStr;
use unicode_normalization::{UnicodeNormalization, is_nfc};

pub use number::{Number, NumberError};
pub use object::Object;
pub use path::{Path, Step};
pub use trail::Trail;
pub use ty::{AttributeTypes, Type};

/// One Terraform value.
///
/// The order only serves to keep sets sorted. It says nothing about which number is greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// No value: not set in a configuration, or absent from an object.
    Null,
    /// A value that is only known after apply. The refinement holds what is certain about it
    /// already.
    Unknown(Refinement),
    /// `true` or `false`.
    Bool(bool),
    /// A decimal number of any precision.
    Number(Number),
    /// A text. [`Value::string`] makes one in Unicode normal form C.
    String(SmolStr),
    /// Elements in order.
    List(Vec<Value>),
    /// Distinct elements without order. [`Value::set`] sorts them, so that equal sets compare
    /// equal.
    Set(Vec<Value>),
    /// Elements of one type by key.
    Map(BTreeMap<String, Value>),
    /// Attributes by name, each of its own type.
    Object(Object),
}

/// What is certain about an unknown value. The default is that nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refinement {
    /// The value will not be null.
    pub not_null: bool,
    /// The value will be a text with this prefix.
    pub prefix: Option<String>,
}

/// A text in normal form C, as the CLIs hold all texts.
pub fn normalized(text: impl Into<SmolStr>) -> SmolStr {
    let text = text.into();
    // Nearly every text is in normal form already, and checking that is much cheaper than normalising
    // it.
    if text.is_ascii() || is_nfc(&text) { text } else { text.nfc().collect() }
}

// === impl Value ===

impl Value {
    /// An unknown value about which nothing is certain.
    pub fn unknown() -> Self {
        Self::Unknown(Refinement::default())
    }

    /// A text in normal form C, in which the CLIs store and compare texts. An API may return the
    /// same text in another form, and that must not look like drift.
    pub fn string(text: impl Into<SmolStr>) -> Self {
        Self::String(normalized(text))
    }

    /// A set of these elements, sorted. Equal known elements are kept once. Unknown elements are
    /// all kept, because they may turn out to be different.
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

    /// Whether this value itself is unknown. Use [`Self::is_wholly_known`] to look inside it.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether nothing is unknown, neither this value nor anything inside it.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) | Self::Set(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(entries) => entries.values().all(Self::is_wholly_known),
            Self::Object(attributes) => attributes.values().all(Self::is_wholly_known),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// The words for this kind of value in a message, such as "a list". Never the value itself.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown(_) => "an unknown value",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::String(_) => "text",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
        }
    }

    /// The text, if this is a known text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The Boolean, if this is a known one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The attributes, if this is a known object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(attributes) => Some(attributes),
            _ => None,
        }
    }

    /// The elements, if this is a known list or set.
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
    fn sets_are_sorted_and_keep_every_unknown() {
        assert_eq!(Value::set(["b".into(), "a".into(), "b".into()]), Value::set(["a".into(), "b".into()]));
        let Value::Set(elements) = Value::set([Value::unknown(), Value::unknown()]) else { panic!("not a set") };
        assert_eq!(elements.len(), 2);
    }

    #[test]
    fn text_is_compared_in_normal_form() {
        for (text, normal) in [("e\u{301}", "\u{e9}"), ("\u{212b}", "\u{c5}"), ("\u{e9}", "\u{e9}"), ("e", "e")] {
            assert_eq!(Value::string(text).as_str(), Some(normal), "{text:?}");
        }
    }

    #[test]
    fn unknown_is_found_at_any_depth() {
        let nested = Value::List(vec![Value::Object(Object::from([("a", Value::unknown())]))]);
        assert!(!nested.is_wholly_known());
        assert!(!nested.is_unknown());
    }
}
