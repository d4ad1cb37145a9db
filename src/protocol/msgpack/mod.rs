// SPDX-License-Identifier: Apache-2.0

//! Values in MessagePack, as the CLIs write it: nil is null, extension 0 is unknown, extension 12
//! is unknown with refinements, and a number is an integer, a float or a decimal text.
//!
//! Both directions go by the type. Called by the protocol's `decode` and `encode`, and by the benchmark
//! `engine`.

mod malformed;
mod read;
mod reader;
mod refinement;
mod write;

pub use malformed::Malformed;
pub use read::{decode, is_null};
pub use write::encode;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::value::{Object, Refinement, Type, Value};

    fn object(attributes: &[(&'static str, Type)]) -> Type {
        Type::Object(attributes.iter().map(|(name, ty)| (*name, ty.clone())).collect())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let ty = object(&[
            ("flags", Type::List(Box::new(Type::Bool))),
            ("labels", Type::Map(Box::new(Type::String))),
            ("set", Type::Set(Box::new(Type::String))),
            ("n", Type::Number),
            ("gone", Type::String),
        ]);
        let value = Value::Object(Object::from([
            ("flags", Value::List(vec![true.into(), Value::Null, Value::unknown()])),
            ("labels", Value::Map(BTreeMap::from([("k".to_owned(), "v".into())]))),
            ("set", Value::set(["b".into(), "a".into()])),
            ("n", Value::Number("-1.25".parse().unwrap())),
            ("gone", Value::Unknown(Refinement { not_null: true, prefix: Some("https://".to_owned()) })),
        ]));
        assert_eq!(decode(&encode(&value, &ty).unwrap(), &ty), Ok(value));
    }

    #[test]
    fn objects_are_complete_both_ways() {
        let ty = object(&[("a", Type::String), ("b", Type::String)]);
        let partial = Value::Object(Object::from([("a", "x".into())]));
        let whole = Value::Object(Object::from([("a", "x".into()), ("b", Value::Null)]));
        assert_eq!(encode(&partial, &ty), encode(&whole, &ty));
        let more = [("a", "x".into()), ("c", true.into())];
        assert_eq!(encode(&Value::Object(Object::from(more)), &ty), encode(&whole, &ty));
        assert_eq!(decode(b"\x81\xa1a\xa1x", &ty), Ok(whole));
    }
}
