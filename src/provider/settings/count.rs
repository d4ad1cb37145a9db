// SPDX-License-Identifier: Apache-2.0

//! A number of things, and at least one. The kind of the settings that limit requests. Used by the
//! provider's table and by `configured`.

use std::num::NonZeroUsize;

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Config;
use crate::raw::{RawObject, RawView, Unexpected};
use crate::schema::Literal;
use crate::schema::kind::{INTEGER, Kind, whole};
use crate::value::{Path, Type, Value};

/// A whole number of at least 1.
pub(super) const COUNT: &dyn Kind = &Count;

struct Count;

impl Kind for Count {
    fn ty(&self) -> Type {
        INTEGER.ty()
    }

    fn example(&self) -> Literal {
        INTEGER.example()
    }

    fn says(&self) -> &'static str {
        "A whole number of at least 1."
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::Number(number) => match whole(number)? {
                1.. => Ok(()),
                less => Err(format!("{less} is less than 1, so nothing could be sent. Leave it out to set no limit.")),
            },
            _ => INTEGER.check(value),
        }
    }

    fn put(&self, value: &Value, key: &str, object: &mut RawObject) {
        INTEGER.put(value, key, object);
    }

    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected> {
        INTEGER.take(key, object)
    }
}

/// The setting of this name. One that is not known yet limits nothing.
pub(in crate::provider) fn count(name: &'static str, config: &Config) -> Result<Option<NonZeroUsize>, Diagnostics> {
    let Value::Number(number) = config.get(name) else { return Ok(None) };
    COUNT
        .check(config.get(name))
        .map_err(|reason| Diagnostic::error("Invalid value", format!("`{name}`: {reason}")).at(Path::of(name)))?;
    Ok(number.as_i64().and_then(|number| usize::try_from(number).ok()).and_then(NonZeroUsize::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Value {
        Value::Number(text.parse().unwrap())
    }

    #[test]
    fn only_whole_numbers_from_one_on_are_counts() {
        for fine in ["1", "60", "9007199254740993"] {
            assert_eq!(COUNT.check(&number(fine)), Ok(()), "{fine}");
        }
        let fraction = "1.5 is not a whole number.";
        for (wrong, said) in [("0", "0 is less than 1"), ("-3", "-3 is less than 1"), ("1.5", fraction)] {
            assert!(COUNT.check(&number(wrong)).unwrap_err().contains(said), "{wrong}");
        }
    }
}
