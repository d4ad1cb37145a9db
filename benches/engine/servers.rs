// SPDX-License-Identifier: Apache-2.0

//! Servers with every attribute set, and how one becomes many.

use terraform_provider_descope::value::Value;

use crate::remote::ID;
use crate::support::core::V;
use crate::support::samples::whole;

/// The lists that are long where the cost of long lists is measured: one of each kind.
const LONG: [&str; 3] = ["approved_callback_urls", "permissions_scopes", "domain_policies"];

/// A server with every attribute that can be set together with the others, and two elements in each
/// list. One list of each kind has `elements`.
pub fn full(elements: usize) -> V {
    grown("", &whole("Calendar"), elements)
}

fn grown(name: &str, value: &V, elements: usize) -> V {
    match value {
        V::Object(attributes) => {
            let attribute = |(name, value): (&String, &V)| (name.clone(), grown(name, value, elements));
            V::Object(attributes.iter().map(attribute).collect())
        }
        V::List(some) => {
            let elements = if LONG.contains(&name) { elements } else { 2 };
            V::List(some.iter().cycle().take(elements).zip(0..).map(|(one, n)| numbered(name, one, n)).collect())
        }
        other => other.clone(),
    }
}

/// The element with a number in what tells it from others, and the name of the list: one name in two lists of scopes
/// would draw a warning.
fn numbered(list: &str, element: &V, number: usize) -> V {
    match element {
        V::Text(text) => V::Text(format!("{text}{number}")),
        V::Object(attributes) => {
            let attribute = |(name, value): (&String, &V)| {
                let value = match (name.as_str(), value) {
                    ("name", V::Text(text)) => V::Text(format!("{text}.{list}{number}")),
                    ("domain_pattern", V::Text(_)) => V::Text(format!("*.n{number}.example.com")),
                    (_, value) => value.clone(),
                };
                (name.clone(), value)
            };
            V::Object(attributes.iter().map(attribute).collect())
        }
        other => other.clone(),
    }
}

/// The value with its lists in the opposite order.
pub fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(attributes) => {
            Value::Object(attributes.iter().map(|(name, value)| (name, reversed(value))).collect())
        }
        Value::List(elements) => Value::List(elements.iter().rev().map(reversed).collect()),
        other => other.clone(),
    }
}

/// How many values a server has: texts, numbers, flags, and nulls.
pub fn fields(value: &V) -> usize {
    match value {
        V::Object(attributes) => attributes.values().map(fields).sum(),
        V::List(elements) => elements.iter().map(fields).sum(),
        _ => 1,
    }
}

/// The id of a server. All are of one length, so that one can take another's place in any encoding.
pub fn id(number: usize) -> String {
    format!("MS{number:06}")
}

/// Something of the first server, in any encoding, that can be made into that of another.
pub struct Template {
    pub bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Template {
    pub fn new(bytes: &[u8]) -> Self {
        let places = bytes.windows(ID.len()).enumerate().filter(|(_, window)| *window == ID.as_bytes());
        Self { bytes: bytes.to_vec(), places: places.map(|(at, _)| at).collect() }
    }

    pub fn of_server(&self, number: usize) -> Vec<u8> {
        let (mut bytes, id) = (self.bytes.clone(), id(number));
        for at in &self.places {
            if let Some(place) = bytes.get_mut(*at..at + ID.len()) {
                place.copy_from_slice(id.as_bytes());
            }
        }
        bytes
    }
}
