// SPDX-License-Identifier: Apache-2.0

//! Plain text. Blank is `""`.

use super::Kind;
use crate::raw::{RawObject, RawView, Unexpected, to_raw};
use crate::schema::Literal;
use crate::value::{Type, Value};

/// Plain text.
pub const TEXT: &dyn Kind = &Text;

struct Text;

impl Kind for Text {
    fn ty(&self) -> Type {
        Type::String
    }

    fn example(&self) -> Literal {
        Literal::Text("text")
    }

    fn put(&self, value: &Value, key: &str, object: &mut RawObject) {
        if let Some(text) = value.as_str() {
            object.set(key, to_raw(text));
        }
    }

    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected> {
        Ok(Value::string(object.text(key, "text")?.unwrap_or_default()))
    }
}
