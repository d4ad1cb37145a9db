//! The phases of a resource's values as types of their own, so that the wrong one can't be handed on: what the user wrote, what
//! was agreed, what is stored. Each is a whole object of its table: every attribute is present, if only as null.

use crate::schema::{Mode, Table};
use crate::value::{Object, Value};

/// What the user wrote; unset attributes are null, values from elsewhere may be unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Config(Object);

/// What was shown to the user and agreed on; undecided values are unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan(Object);

/// What is stored; nothing is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct State(Object);

macro_rules! phase {
    ($name:ident) => {
        impl $name {
            /// Wraps an object of its table.
            pub fn new(object: Object) -> Self {
                Self(object)
            }

            /// All attributes.
            pub fn object(&self) -> &Object {
                &self.0
            }

            /// All attributes, as one value.
            pub fn into_value(self) -> Value {
                Value::Object(self.0)
            }

            /// One attribute; null if there is none of that name.
            pub fn get(&self, name: &str) -> &Value {
                attribute(&self.0, name)
            }
        }
    };
}

phase!(Config);
phase!(Plan);
phase!(State);

impl State {
    /// A state from a file that something else may have written: what is never stored is not taken from it.
    pub fn stored(table: &Table, mut object: Object) -> Self {
        for row in table.attributes.iter().filter(|row| matches!(row.mode, Mode::WriteOnly)) {
            object.insert(row.name.to_owned(), Value::Null);
        }
        Self(object)
    }
}

/// One attribute of an object; null if there is none of that name.
pub fn attribute<'a>(object: &'a Object, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// An object of a table with nothing in it.
pub fn empty(table: &Table) -> Object {
    table.attributes.iter().map(|row| (row.name.to_owned(), Value::Null)).collect()
}
