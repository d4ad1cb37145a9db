// SPDX-License-Identifier: Apache-2.0

//! What Descope is sent for a configuration, as the API's description says. Nothing here uses the
//! code that writes requests: a mistake there must not be repeated here.

use serde_json::{Map, Value as Json, json};
use terraform_provider_descope::schema::{Attribute, Shape, Source, Table};

use super::api::{Api, ApiType, FILE};
use super::core::V;
use super::samples::{ROWS, TYPE, from, table};

/// The request that creates a server.
const CREATION: &str = "CreateMcpServerRequest";

/// The body of the request that creates a server of this configuration. Panics with a sentence
/// where a row and the description disagree.
pub fn created(config: &V) -> Json {
    Writer { api: Api::described() }.object(CREATION, table(), TYPE, config).into()
}

/// The members of a server that this configuration sets, beside its name.
pub fn members(config: &V) -> Json {
    let mut body = created(config);
    body.as_object_mut().expect("a body is an object").remove("name");
    body
}

struct Writer {
    api: Api,
}

impl Writer {
    fn object(&self, message: &str, table: &Table, path: &str, object: &V) -> Map<String, Json> {
        let mut members = Map::new();
        for row in table.attributes {
            let (Source::Member { key, .. } | Source::CreationArgument { key }) = row.source else { continue };
            let value = match (object.get(row.name), row.default) {
                (V::Null, None) => continue,
                // An element is written whole.
                (V::Null, Some(default)) => from(&default.value()),
                (value, _) => value.clone(),
            };
            let path = format!("{path}.{}", row.name);
            self.member(message, key, row, &path, &value, &mut members);
        }
        members
    }

    /// Writes a value at a key, in which `/` steps into an object.
    fn member(&self, message: &str, key: &str, row: &Attribute, path: &str, value: &V, into: &mut Map<String, Json>) {
        let (here, below) = key.split_once('/').map_or((key, None), |(here, below)| (here, Some(below)));
        let ty = self.api.resolve(message, here).unwrap_or_else(|| {
            panic!(
                "The attribute {path} has the key {key}, but {FILE} has no field {here} in {message}. Correct the key \
                 in {ROWS}, or add the field to {FILE} if Descope's API reference has it."
            )
        });
        if let Some(below) = below {
            let ApiType::Message(inner) = &ty else { panic!("{}", disagreement(path, message, here, &ty, value)) };
            let nested = into.entry(here).or_insert_with(|| json!({}));
            return self.member(inner, below, row, path, value, nested.as_object_mut().expect("an object"));
        }
        let unit = format!("{here}Unit");
        let written = match (&ty, value, row.shape) {
            (ApiType::Text, V::Text(text), _) => json!(text),
            (ApiType::Flag, V::Bool(flag), _) => json!(flag),
            (ApiType::Int32, V::Number(number), _) => json!(*number as i64),
            // A length of time is a number and, in a field of its own, the word for its unit.
            (ApiType::Int32, V::Text(text), _) if self.api.resolve(message, &unit) == Some(ApiType::Text) => {
                let (count, word) = length(text);
                into.insert(unit, json!(word));
                json!(count)
            }
            (ApiType::List(element), V::List(elements), Shape::Leaf(_)) if **element == ApiType::Text => {
                let mut texts: Vec<&V> = elements.iter().collect();
                texts.sort_by(|a, b| a.partial_cmp(b).expect("texts are ordered"));
                texts.iter().map(|text| text.to_json()).collect()
            }
            (ApiType::Message(inner), V::Object(_), Shape::Object(nested)) => {
                let members = self.object(inner, nested, path, value);
                // An object that sets nothing asks for nothing.
                match members.is_empty() {
                    true => return,
                    false => members.into(),
                }
            }
            (ApiType::List(element), V::List(elements), Shape::List(nested)) => {
                let ApiType::Message(inner) = &**element else {
                    panic!("{}", disagreement(path, message, here, &ty, value))
                };
                elements.iter().map(|value| Json::from(self.object(inner, nested, path, value))).collect()
            }
            _ => panic!("{}", disagreement(path, message, here, &ty, value)),
        };
        into.insert(here.to_owned(), written);
    }
}

fn disagreement(path: &str, message: &str, key: &str, ty: &ApiType, value: &V) -> String {
    format!(
        "The attribute {path} can be {value:?}, but in {FILE} the field {key} of {message} is {ty:?}. Correct the \
         row's kind in {ROWS}, or {FILE} if Descope's API reference disagrees with it. If the kind is new, describe in \
         tests/it/support/sent.rs how it is sent."
    )
}

/// A length of time as the API has it: `"1 hour"` is 1 and `hours`, and an empty one is 0 without a
/// unit.
fn length(text: &str) -> (i32, String) {
    let Some((count, unit)) = text.split_once(' ') else { return (0, String::new()) };
    (count.parse().expect("a number of units"), format!("{}s", unit.trim_end_matches('s')))
}
