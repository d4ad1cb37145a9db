// SPDX-License-Identifier: Apache-2.0

//! An input's JSON as a value of a schema. Whatever does not fit is left out, so that a changed
//! input still says something. Used by `operations`.

use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

use super::schema::{Block, Nesting, Ty};
use super::value::V;

/// The object that a text describes, with every attribute present. A text that is not JSON
/// describes one that has nothing set.
pub fn object(block: &Block, text: &[u8]) -> V {
    let json = serde_json::from_slice(text).unwrap_or(Json::Null);
    block.complete(&nested(block, &json))
}

/// The object that a text describes, or null if the text is not a JSON object.
pub fn object_or_null(block: &Block, text: &[u8]) -> V {
    match serde_json::from_slice(text) {
        Ok(Json::Object(_)) => object(block, text),
        _ => V::Null,
    }
}

fn nested(block: &Block, json: &Json) -> V {
    let attribute = |(name, attribute): (&String, &super::schema::Attribute)| {
        (name.clone(), json.get(name).map_or(V::Null, |json| value(&attribute.ty, json)))
    };
    V::Object(block.attributes.iter().map(attribute).collect())
}

fn value(ty: &Ty, json: &Json) -> V {
    match (ty, json) {
        (Ty::Bool, Json::Bool(flag)) => V::Bool(*flag),
        // The CLI holds all texts in normal form C.
        (Ty::Text, Json::String(text)) => V::Text(text.nfc().collect()),
        (Ty::List(element) | Ty::Set(element), Json::Array(elements)) => {
            V::List(elements.iter().map(|json| value(element, json)).collect())
        }
        (Ty::Nested(Nesting::Single, block), Json::Object(_)) => nested(block, json),
        (Ty::Nested(Nesting::List, block), Json::Array(elements)) => {
            V::List(elements.iter().filter(|json| json.is_object()).map(|json| nested(block, json)).collect())
        }
        _ => V::Null,
    }
}
