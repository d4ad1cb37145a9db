// SPDX-License-Identifier: Apache-2.0

//! The small core's values: as untyped as MessagePack, with unknown as a case.

use std::collections::BTreeMap;

use serde_json::json;

/// A value. Sets are lists in canonical order.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum V {
    Null,
    Unknown,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<V>),
    Object(BTreeMap<String, V>),
}

impl V {
    /// An attribute of an object; null if it has none of that name.
    pub fn get(&self, name: &str) -> &V {
        match self {
            V::Object(attributes) => attributes.get(name).unwrap_or(&V::Null),
            _ => &V::Null,
        }
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            V::Unknown => false,
            V::List(elements) => elements.iter().all(V::is_wholly_known),
            V::Object(attributes) => attributes.values().all(V::is_wholly_known),
            _ => true,
        }
    }

    /// As a state file holds it.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            V::Null => json!(null),
            V::Unknown => json!({ "__unknown__": true }),
            V::Bool(flag) => json!(flag),
            V::Number(number) => json!(number),
            V::Text(text) => json!(text),
            V::List(elements) => elements.iter().map(V::to_json).collect(),
            V::Object(attributes) => attributes
                .iter()
                .map(|(name, value)| (name.clone(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    pub fn text(text: &str) -> V {
        V::Text(text.to_owned())
    }

    pub fn object(attributes: impl IntoIterator<Item = (&'static str, V)>) -> V {
        V::Object(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}
