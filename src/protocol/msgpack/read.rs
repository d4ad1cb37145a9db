// SPDX-License-Identifier: Apache-2.0

//! MessagePack → values.
//!
//! Recursion goes down the type, never down the message. A message that is nested deeper than its
//! type is an error at once, so no message can exhaust the stack.

use std::collections::BTreeMap;

use super::malformed::Malformed;
use super::reader::Reader;
use super::refinement;
use crate::value::{AttributeTypes, Object, Step, Type, Value};

/// Reads one value of a type. The bytes must hold exactly that. An object gets all attributes of
/// its type; those that are missing from the message are null.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Malformed> {
    let mut reader = Reader::new(bytes);
    let value = value(&mut reader, ty)?;
    reader.end()?;
    Ok(value)
}

/// Whether the bytes hold nothing but nil.
pub fn is_null(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    reader.nil() == Ok(true) && reader.end() == Ok(())
}

fn value(reader: &mut Reader<'_>, ty: &Type) -> Result<Value, Malformed> {
    if reader.nil()? {
        return Ok(Value::Null);
    }
    if let Some((extension, payload)) = reader.extension()? {
        return Ok(Value::Unknown(refinement::read(extension, payload)));
    }
    Ok(match ty {
        Type::Bool => Value::Bool(reader.boolean()?),
        Type::Number => Value::Number(reader.number()?),
        Type::String => Value::string(reader.text(ty.noun())?),
        Type::List(element) => Value::List(elements(reader, ty, element)?),
        Type::Set(element) => Value::set(elements(reader, ty, element)?),
        Type::Map(element) => Value::Map(entries(reader, ty, element)?),
        Type::Object(attributes) => Value::Object(object(reader, ty, attributes)?),
    })
}

fn elements(reader: &mut Reader<'_>, ty: &Type, element: &Type) -> Result<Vec<Value>, Malformed> {
    // A length is only a claim: what is more than a few grows as it arrives.
    const FEW: usize = 16;
    let length = reader.array(ty.noun())?;
    let mut elements = Vec::with_capacity(length.min(FEW));
    for index in 0..length {
        elements.push(value(reader, element).map_err(|error| error.under(Step::Index(index)))?);
    }
    Ok(elements)
}

fn entries(reader: &mut Reader<'_>, ty: &Type, element: &Type) -> Result<BTreeMap<String, Value>, Malformed> {
    let length = reader.map(ty.noun())?;
    let entry = |_| {
        let key = reader.text(Type::String.noun())?;
        match value(reader, element) {
            Ok(value) => Ok((key.to_owned(), value)),
            Err(error) => Err(error.under(Step::Key(key.to_owned()))),
        }
    };
    (0..length).map(entry).collect()
}

fn object(reader: &mut Reader<'_>, ty: &Type, attributes: &AttributeTypes) -> Result<Object, Malformed> {
    let length = reader.map(ty.noun())?;
    let mut object = Object::with_capacity(length.min(attributes.len()));
    // The CLIs write all attributes in the order of their names.
    let (mut next, mut in_order) = (attributes.iter(), true);
    for _ in 0..length {
        let (name, ty) = match next.next().filter(|(next, _)| in_order && reader.skip_text(next)) {
            Some(next) => next,
            None => {
                in_order = false;
                any_attribute(reader, attributes)?
            }
        };
        let value = value(reader, ty).map_err(|error| error.under(Step::Attribute(name)))?;
        match in_order {
            true => object.append(name, value),
            false => drop(object.insert(name, value)),
        }
    }
    if object.len() < attributes.len() {
        for (name, _) in attributes.iter() {
            if !object.contains_key(name) {
                object.insert(name, Value::Null);
            }
        }
    }
    Ok(object)
}

/// Reads the name of an attribute.
fn any_attribute<'t>(
    reader: &mut Reader<'_>,
    attributes: &'t AttributeTypes,
) -> Result<(&'static str, &'t Type), Malformed> {
    let name = reader.text(Type::String.noun())?;
    let unknown = || Malformed::new(format!("the schema has no attribute {name:?}"));
    attributes.get(name).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Refinement;

    fn texts() -> Type {
        Type::List(Box::new(Type::String))
    }

    #[test]
    fn the_clis_own_encodings_are_read() {
        let number = |text: &str| Value::Number(text.parse().unwrap());
        let prefixed = Value::Unknown(Refinement { not_null: true, prefix: Some("pre-".to_owned()) });
        for (bytes, ty, value) in [
            (&[0xc0][..], Type::String, Value::Null),
            (&[0xd4, 0, 0], Type::Bool, Value::unknown()),
            (b"\xc7\x09\x0c\x82\x01\xc2\x02\xa4pre-", Type::String, prefixed),
            (&[0xc7, 0, 0], Type::String, Value::unknown()),
            (b"\xa30.1", Type::Number, number("0.1")),
            (&[0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], Type::Number, number("1.5")),
            (&[0xff], Type::Number, number("-1")),
            (&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Type::Number, number("18446744073709551615")),
            (b"\xb912345678901234567890123.5", Type::Number, number("12345678901234567890123.5")),
            (b"\xd9\x01x", Type::String, Value::string("x")),
        ] {
            assert_eq!(decode(bytes, &ty), Ok(value), "{bytes:02x?}");
        }
    }

    #[test]
    fn refinements_that_we_do_not_know_are_plain_unknowns() {
        let with = |not_null, prefix: Option<&str>| Refinement { not_null, prefix: prefix.map(str::to_owned) };
        for (bytes, refinement) in [
            // A key that we don't know after one that we do.
            (&b"\xc7\x06\x0c\x82\x01\xc2\x05\x91\xc0"[..], with(true, None)),
            // A prefix that is not a text, and a payload that is not a map.
            (b"\xc7\x03\x0c\x81\x02\x01", with(false, None)),
            (b"\xd4\x0c\x01", with(false, None)),
            // Another extension.
            (b"\xd5\x05\x81\x01", with(false, None)),
        ] {
            assert_eq!(decode(bytes, &Type::String), Ok(Value::Unknown(refinement)), "{bytes:02x?}");
        }
    }

    #[test]
    fn broken_bytes_are_errors() {
        for bytes in [
            &[][..],
            &[0x91],
            b"\x91\xa2\xff\xff",
            &[0x90, 0],
            &[0xd4],
            &[0xc9, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x81],
            &[0xc1],
            &[0xdc],
        ] {
            assert!(decode(bytes, &texts()).is_err(), "{bytes:02x?}");
        }
        assert!(decode(&[0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], &Type::Number).is_err(), "infinity");
        assert!(decode(&[0xd3, 0, 0], &Type::Number).is_err(), "half an integer");
    }

    #[test]
    fn a_claimed_length_is_not_believed() {
        let object = Type::Object(AttributeTypes::from([("a", Type::String)]));
        for (bytes, ty) in [
            (&[0xdd, 0xff, 0xff, 0xff, 0xff][..], texts()),
            (&[0xdf, 0xff, 0xff, 0xff, 0xff], Type::Map(Box::new(Type::String))),
            (&[0xdf, 0xff, 0xff, 0xff, 0xff], object),
            (&[0xdb, 0xff, 0xff, 0xff, 0xff, b'x'], Type::String),
        ] {
            assert_eq!(decode(bytes, &ty).unwrap_err().reason, "the bytes end too early", "{bytes:02x?}");
        }
    }

    #[test]
    fn nesting_beyond_the_type_is_an_error_at_once() {
        let error = decode(&[0x91; 100_000], &texts()).unwrap_err();
        assert_eq!(error.to_string(), "at `[0]`: expected text, found MessagePack FixArray(1)");
    }

    #[test]
    fn errors_name_the_place() {
        let scope = Type::Object(AttributeTypes::from([("name", Type::String)]));
        let ty = Type::Object(AttributeTypes::from([
            ("scopes", Type::List(Box::new(scope))),
            ("labels", Type::Map(Box::new(Type::Bool))),
        ]));
        for (bytes, message) in [
            (
                &b"\x81\xa6scopes\x92\xc0\x81\xa4name\xc3"[..],
                "at `scopes[1].name`: expected text, found MessagePack True",
            ),
            (
                b"\x81\xa6labels\x81\xa1k\xa1v",
                "at `labels[\"k\"]`: expected true or false, found MessagePack FixStr(1)",
            ),
            (b"\x81\xa4else\xc0", "the schema has no attribute \"else\""),
            (b"\x81\xa6scopes\x91\x81\x01", "at `scopes[0]`: expected text, found MessagePack FixPos(1)"),
            (b"\x90", "expected an object, found MessagePack FixArray(0)"),
        ] {
            assert_eq!(decode(bytes, &ty).unwrap_err().to_string(), message, "{bytes:02x?}");
        }
    }
}
