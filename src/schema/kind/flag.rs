// SPDX-License-Identifier: Apache-2.0

//! True or false. Blank is `false`.

use super::Kind;
use crate::raw::{RawObject, RawView, Unexpected, to_raw};
use crate::schema::Literal;
use crate::value::{Type, Value};

/// True or false.
pub const FLAG: &dyn Kind = &Flag;

struct Flag;

impl Kind for Flag {
    fn ty(&self) -> Type {
        Type::Bool
    }

    fn example(&self) -> Literal {
        Literal::Flag(true)
    }

    fn put(&self, value: &Value, key: &str, object: &mut RawObject) {
        if let Some(flag) = value.as_bool() {
            object.set(key, to_raw(&flag));
        }
    }

    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected> {
        Ok(Value::Bool(object.scalar(key, "true or false")?.unwrap_or_default()))
    }
}
