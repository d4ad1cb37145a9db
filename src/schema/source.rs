// SPDX-License-Identifier: Apache-2.0

//! Where an attribute's value is kept or comes from beside the configuration, and constant values
//! that rows declare. Used by rows in `provider`, read by `engine`.

use std::collections::BTreeMap;

use crate::value::{Number, Value};

/// Where an attribute's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Only this side knows it: the remote system never sees it.
    Local,
    /// A member of the remote object, read and written.
    Member {
        /// The documented key. `/` in it steps into a nested object.
        key: &'static str,
        /// Other spellings in which answers have been seen.
        also: &'static [&'static str],
    },
    /// A member of the remote object that the remote system assigns: it is only read.
    Assigned {
        /// The documented key.
        key: &'static str,
    },
    /// An argument of the request that creates an object. No answer tells it.
    CreationArgument {
        /// Its key in that request.
        key: &'static str,
    },
    /// Only the answer to a creation or to a further call tells it. It is kept from then on.
    ToldOnce,
    /// Other attributes and the connection: `{name}` and `{provider.name}` stand for them.
    Template(&'static str),
    /// The setting of the provider that has this name.
    Provider(&'static str),
}

/// A constant value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// A text.
    Text(&'static str),
    /// True or false.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A set of texts.
    Texts(&'static [&'static str]),
    /// A map of texts.
    Pairs(&'static [(&'static str, &'static str)]),
}

// === impl Literal ===

impl Literal {
    /// The constant as a value.
    pub fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::string(text),
            Self::Flag(flag) => Value::Bool(flag),
            Self::Integer(number) => Value::Number(Number::from(number)),
            Self::Texts(texts) => Value::set(texts.iter().copied().map(Value::string)),
            Self::Pairs(pairs) => {
                let entry = |(key, text): &(&str, &str)| ((*key).to_owned(), Value::string(*text));
                Value::Map(pairs.iter().map(entry).collect::<BTreeMap<_, _>>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_values() {
        assert_eq!(Literal::Texts(&["b", "a", "b"]).value(), Value::set(["a".into(), "b".into()]));
        assert_eq!(Literal::Integer(-3).value(), Value::Number("-3".parse().unwrap()));
        let Value::Map(entries) = Literal::Pairs(&[("k", "v")]).value() else { panic!("not a map") };
        assert_eq!(entries["k"], "v".into());
    }
}
