// SPDX-License-Identifier: Apache-2.0

//! Values → MessagePack.

use rmp::encode as item;
// Its writes can't fail, and their type says so: nothing here ignores an error.
use rmp::encode::buffer::ByteBuf;

use super::malformed::Malformed;
use super::refinement;
use crate::value::{AttributeTypes, Object, Step, Type, Value};

/// Writes one value of a type. An object gets exactly the attributes of its type, because the CLI
/// would refuse the whole answer if one were missing or one too many: those that it lacks are null,
/// and others are left out. The type of a look-up has fewer attributes than the object it finds.
///
/// A value that doesn't fit its type is an error. It must never become null, because the CLI would
/// store that null in the state.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Malformed> {
    // A state of a usual size, so that it rarely grows.
    let mut out = ByteBuf::with_capacity(2048);
    put(value, ty, &mut out)?;
    Ok(out.into_vec())
}

fn put(value: &Value, ty: &Type, out: &mut ByteBuf) -> Result<(), Malformed> {
    match (value, ty) {
        (Value::Null, _) => {
            let Ok(()) = item::write_nil(out);
        }
        (Value::Unknown(refinement), _) => refinement::write(refinement, out),
        (Value::Bool(flag), Type::Bool) => {
            let Ok(()) = item::write_bool(out, *flag);
        }
        (Value::Number(number), Type::Number) => match number.as_i64() {
            Some(number) => {
                let Ok(_) = item::write_sint(out, number);
            }
            // The CLIs read decimal text exactly. A float would round.
            None => put_text(&number.to_string(), out)?,
        },
        (Value::String(text), Type::String) => put_text(text, out)?,
        (Value::List(elements), Type::List(element)) | (Value::Set(elements), Type::Set(element)) => {
            let Ok(_) = item::write_array_len(out, length(elements.len())?);
            for (index, value) in elements.iter().enumerate() {
                put(value, element, out).map_err(|error| error.under(Step::Index(index)))?;
            }
        }
        (Value::Map(entries), Type::Map(element)) => {
            let Ok(_) = item::write_map_len(out, length(entries.len())?);
            for (key, value) in entries {
                put_text(key, out)?;
                put(value, element, out).map_err(|error| error.under(Step::Key(key.clone())))?;
            }
        }
        (Value::Object(object), Type::Object(attributes)) => put_object(object, attributes, out)?,
        _ => return Err(Malformed::new(format!("expected {}, found {}", ty.noun(), value.noun()))),
    }
    Ok(())
}

fn put_object(object: &Object, attributes: &AttributeTypes, out: &mut ByteBuf) -> Result<(), Malformed> {
    let Ok(_) = item::write_map_len(out, length(attributes.len())?);
    for (position, (name, ty)) in attributes.iter().enumerate() {
        put_text(name, out)?;
        let value = object.get_near(position, name).unwrap_or(&Value::Null);
        put(value, ty, out).map_err(|error| error.under(Step::Attribute(name)))?;
    }
    Ok(())
}

fn put_text(text: &str, out: &mut ByteBuf) -> Result<(), Malformed> {
    let Ok(_) = item::write_str_len(out, length(text.len())?);
    out.as_mut_vec().extend_from_slice(text.as_bytes());
    Ok(())
}

fn length(length: usize) -> Result<u32, Malformed> {
    u32::try_from(length).map_err(|_| Malformed::new("it is too long for MessagePack"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_value_of_another_type_is_an_error_with_its_path() {
        let scope = Type::Object(AttributeTypes::from([("optional", Type::Bool)]));
        let ty = Type::Object(AttributeTypes::from([
            ("name", Type::String),
            ("scopes", Type::List(Box::new(scope))),
            ("labels", Type::Map(Box::new(Type::Number))),
            ("tags", Type::Set(Box::new(Type::String))),
        ]));
        let with = |name, value| Value::Object(Object::from([(name, value)]));
        let scopes = Value::List(vec![Value::Null, with("optional", "yes".into())]);
        let labels = Value::Map(BTreeMap::from([("k".to_owned(), true.into())]));
        for (value, message) in [
            (with("name", true.into()), "at `name`: expected text, found true or false"),
            (with("scopes", scopes), "at `scopes[1].optional`: expected true or false, found text"),
            (with("labels", labels), "at `labels[\"k\"]`: expected a number, found true or false"),
            (with("tags", Value::List(vec![])), "at `tags`: expected a set, found a list"),
            (Value::List(vec![]), "expected an object, found a list"),
        ] {
            assert_eq!(encode(&value, &ty).unwrap_err().to_string(), message);
        }
        assert!(encode(&Value::Null, &ty).is_ok() && encode(&with("name", Value::unknown()), &ty).is_ok());
    }

    #[test]
    fn numbers_are_written_exactly() {
        for (number, bytes) in
            [("-1", &b"\xff"[..]), ("1e2", b"\x64"), ("0.5", b"\xa30.5"), ("1e19", b"\xb410000000000000000000")]
        {
            assert_eq!(encode(&Value::Number(number.parse().unwrap()), &Type::Number).unwrap(), bytes, "{number}");
        }
    }
}
