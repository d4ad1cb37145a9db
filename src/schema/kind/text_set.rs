// SPDX-License-Identifier: Apache-2.0

//! A set of texts. It has no order, so an answer in another order is not a difference. Blank is
//! `[]`.

use super::Kind;
use crate::raw::{RawObject, RawView, Unexpected, to_raw};
use crate::schema::Literal;
use crate::value::{Type, Value};

/// A set of texts.
pub const TEXT_SET: &dyn Kind = &TextSet;

struct TextSet;

impl Kind for TextSet {
    fn ty(&self) -> Type {
        Type::Set(Box::new(Type::String))
    }

    fn example(&self) -> Literal {
        Literal::Texts(&["a", "b"])
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        match value.elements().unwrap_or_default().iter().any(Value::is_null) {
            true => Err("An element is null. Leave it out, or filter nulls with `compact`.".to_owned()),
            false => Ok(()),
        }
    }

    fn put(&self, value: &Value, key: &str, object: &mut RawObject) {
        if let Some(elements) = value.elements() {
            let texts: Vec<&str> = elements.iter().filter_map(Value::as_str).collect();
            object.set(key, to_raw(&texts));
        }
    }

    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected> {
        Ok(Value::set(object.texts(key)?.into_iter().map(Value::string)))
    }
}
