//! JSON that stays text: objects one level deep. Used throughout the emulator; nothing here goes through `serde_json::Value`.

use indexmap::IndexMap;
use serde_json::value::RawValue;

/// An object's members in order, their values as text.
pub type Members = IndexMap<String, Box<RawValue>>;

/// The members of an object, `None` if the text is no object.
pub fn members(raw: &RawValue) -> Option<Members> {
    serde_json::from_str(raw.get()).ok()
}

/// The elements of an array, `None` if the text is no array.
pub fn elements(raw: &RawValue) -> Option<Vec<Box<RawValue>>> {
    serde_json::from_str(raw.get()).ok()
}

/// A text's content, `None` if it is no text.
pub fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// Plain data as JSON text. Such data always serialises.
pub fn to_raw<T: serde::Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A JSON literal.
pub fn literal(json: &'static str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
