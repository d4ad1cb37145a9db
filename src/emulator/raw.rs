// SPDX-License-Identifier: Apache-2.0

//! JSON objects, one level deep, whose values stay the text that came in. Used in all files that
//! handle bodies. Nothing here goes through `serde_json::Value`, which would change numbers.

use indexmap::IndexMap;
use serde_json::value::RawValue;

/// An object's members in order, their values as text.
pub type Members = IndexMap<String, Box<RawValue>>;

/// The members of an object, `None` if the JSON is not an object.
pub fn members(raw: &RawValue) -> Option<Members> {
    serde_json::from_str(raw.get()).ok()
}

/// The elements of an array, `None` if the JSON is not an array.
pub fn elements(raw: &RawValue) -> Option<Vec<Box<RawValue>>> {
    serde_json::from_str(raw.get()).ok()
}

/// The content of a string, `None` if the JSON is not a string.
pub fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// Plain data as JSON. Serialising such data can't fail.
pub fn to_raw<T: serde::Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A JSON literal.
pub fn literal(json: &'static str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
