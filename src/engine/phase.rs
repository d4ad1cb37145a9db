// SPDX-License-Identifier: Apache-2.0

//! The phases of a resource's values as types of their own, so that the wrong one can't be handed
//! on: what the user wrote, what was agreed on, what is stored. Each is a whole object of its
//! table: every attribute is present, if only as null. Made by `protocol` and `lifecycle`, used
//! throughout the engine.

use std::fmt;

use crate::schema::{Attribute, Configurability, Shape, Source, Table};
use crate::value::{Object, Value};

/// What the user wrote. Unset attributes are null, values from elsewhere may be unknown. Its `Debug` form
/// tells names only, since a value may be secret.
#[derive(Clone, PartialEq)]
pub struct Config(Object);

/// What was shown to the user and agreed on. Undecided values are unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan(Object);

/// What is stored. Nothing in it is unknown.
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

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.0.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name);
        f.write_str("Config ").and_then(|()| f.debug_list().entries(set).finish())
    }
}

impl State {
    /// A state from a file that something else may have written. What is never stored is not taken
    /// from it.
    pub fn stored(table: &Table, mut object: Object) -> Self {
        let write_only = |row: &&Attribute| row.configurability == Configurability::WriteOnly;
        for row in table.attributes.iter().filter(write_only) {
            object.insert(row.name, Value::Null);
        }
        Self(object)
    }

    /// The state of an object of which only these attributes are known. Local attributes have their
    /// defaults; what the remote system knows is null until it is read.
    pub fn stub(table: &Table, known: Object) -> Self {
        let mut object = unread(table);
        object.extend(known);
        Self(object)
    }
}

/// One attribute of an object; null if there is none of that name.
pub fn attribute<'a>(object: &'a Object, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// The same of an attribute that is probably at this position.
pub fn attribute_near<'a>(object: &'a Object, position: usize, name: &str) -> &'a Value {
    object.get_near(position, name).unwrap_or(&Value::Null)
}

fn unread(table: &Table) -> Object {
    table.object(|_, row| match (row.source, row.default, row.shape) {
        (Source::Local, Some(default), Shape::Leaf(_)) => default.value(),
        _ => Value::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::BOOK;

    #[test]
    fn a_stub_has_local_defaults_and_what_is_known() {
        let state = State::stub(BOOK.table, Object::from([("id", "7".into())]));
        assert_eq!(state.get("id"), &"7".into());
        assert_eq!(state.get("deletion_protection"), &Value::Bool(false));
        assert_eq!((state.get("title"), state.get("timeouts")), (&Value::Null, &Value::Null));
        assert_eq!(state.object().len(), BOOK.table.attributes.len());
    }

    #[test]
    fn a_configuration_does_not_show_its_values() {
        let config = Config::new(Object::from([("title", "secret".into()), ("id", Value::Null)]));
        assert_eq!(format!("{config:?}"), r#"Config ["title"]"#);
    }

    #[test]
    fn what_is_never_stored_is_not_read_from_a_state() {
        let object = Object::from([("donor", "Ann".into()), ("title", "x".into())]);
        let state = State::stored(BOOK.table, object);
        assert_eq!((state.get("donor"), state.get("title")), (&Value::Null, &"x".into()));
    }
}
