//! Values ↔ MessagePack as the CLIs write it: nil is null, extension 0 is unknown, extension 12 a refined unknown, numbers are
//! integers, floats or decimal text. Decoding is by type and never trusts a length.

use std::collections::BTreeMap;

use rmp::Marker;
use rmp::encode as write;

use crate::value::{Number, Object, Path, Refinement, Type, Value};

/// The extension of an unknown value with refinements. Every other extension is a plain unknown.
const REFINED: i8 = 12;

/// Keys of a refinement's map.
const NOT_NULL: u64 = 1;
const PREFIX: u64 = 2;

/// A message that is not what its type asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at `{path}`: {reason}")]
pub(super) struct Malformed {
    /// Where.
    pub(super) path: Path,
    /// What is wrong; never the content.
    pub(super) reason: String,
}

/// Reads one value of a type; the bytes must hold that and nothing else.
pub(super) fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Malformed> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(ty, &Path::root())?;
    match reader.rest.is_empty() {
        true => Ok(value),
        false => Err(malformed(&Path::root(), "bytes follow the value")),
    }
}

/// Writes one value of a type. An object gets exactly the attributes of its type, absent ones as null: with one missing or one too
/// many, the CLI would throw the whole answer away.
pub(super) fn encode(value: &Value, ty: &Type) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing into memory can't fail, so the results of the writers mean nothing here.
    let _ = put(value, ty, &mut out);
    out
}

struct Reader<'a> {
    rest: &'a [u8],
}

fn malformed(path: &Path, reason: impl Into<String>) -> Malformed {
    Malformed { path: path.clone(), reason: reason.into() }
}

// === impl Reader ===

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type, at: &Path) -> Result<Value, Malformed> {
        let marker = self.marker(at)?;
        if marker == Marker::Null {
            return Ok(Value::Null);
        }
        if let Some(length) = self.extension_length(marker, at)? {
            return self.unknown(length, at);
        }
        match ty {
            Type::Bool => match marker {
                Marker::True => Ok(Value::Bool(true)),
                Marker::False => Ok(Value::Bool(false)),
                other => Err(mismatch(ty, other, at)),
            },
            Type::Number => self.number(marker, at).map(Value::Number),
            Type::String => Ok(Value::string(self.text(marker, ty, at)?)),
            Type::List(element) => Ok(Value::List(self.elements(marker, ty, element, at)?)),
            Type::Set(element) => Ok(Value::set(self.elements(marker, ty, element, at)?)),
            Type::Map(element) => self.map(marker, ty, element, at),
            Type::Object(attributes) => self.object(marker, ty, attributes, at),
        }
    }

    fn elements(&mut self, marker: Marker, ty: &Type, element: &Type, at: &Path) -> Result<Vec<Value>, Malformed> {
        let length = self.length(marker, [Marker::Array16, Marker::Array32], |marker| match marker {
            Marker::FixArray(length) => Some(length),
            _ => None,
        });
        let length = length.map_err(|found| mismatch(ty, found, at))?;
        (0..length).map(|index| self.value(element, &at.index(index))).collect()
    }

    fn map(&mut self, marker: Marker, ty: &Type, element: &Type, at: &Path) -> Result<Value, Malformed> {
        let mut entries = BTreeMap::new();
        for _ in 0..self.map_length(marker, ty, at)? {
            let key = self.key(at)?;
            let value = self.value(element, &at.key(&key))?;
            entries.insert(key, value);
        }
        Ok(Value::Map(entries))
    }

    fn object(
        &mut self,
        marker: Marker,
        ty: &Type,
        attributes: &BTreeMap<String, Type>,
        at: &Path,
    ) -> Result<Value, Malformed> {
        let mut object: Object = attributes.keys().map(|name| (name.clone(), Value::Null)).collect();
        for _ in 0..self.map_length(marker, ty, at)? {
            let name = self.key(at)?;
            let at = at.attribute(&name);
            let ty = attributes.get(&name).ok_or_else(|| malformed(&at, "the schema has no such attribute"))?;
            let value = self.value(ty, &at)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }

    fn key(&mut self, at: &Path) -> Result<String, Malformed> {
        let marker = self.marker(at)?;
        self.text(marker, &Type::String, at).map(str::to_owned)
    }

    fn map_length(&mut self, marker: Marker, ty: &Type, at: &Path) -> Result<usize, Malformed> {
        let length = self.length(marker, [Marker::Map16, Marker::Map32], |marker| match marker {
            Marker::FixMap(length) => Some(length),
            _ => None,
        });
        length.map_err(|found| mismatch(ty, found, at))
    }

    fn text(&mut self, marker: Marker, ty: &Type, at: &Path) -> Result<&'a str, Malformed> {
        let length = match marker {
            Marker::Str8 => Some(usize::from(self.take::<1>(at)?[0])),
            _ => None,
        };
        let length = match length {
            Some(length) => length,
            None => self
                .length(marker, [Marker::Str16, Marker::Str32], |marker| match marker {
                    Marker::FixStr(length) => Some(length),
                    _ => None,
                })
                .map_err(|found| mismatch(ty, found, at))?,
        };
        std::str::from_utf8(self.bytes(length, at)?).map_err(|_| malformed(at, "text that is not UTF-8"))
    }

    fn number(&mut self, marker: Marker, at: &Path) -> Result<Number, Malformed> {
        let infinite = || malformed(at, "a number that is not finite");
        Ok(match marker {
            Marker::FixPos(number) => Number::from(u64::from(number)),
            Marker::FixNeg(number) => Number::from(i64::from(number)),
            Marker::U8 => Number::from(u64::from(u8::from_be_bytes(self.take(at)?))),
            Marker::U16 => Number::from(u64::from(u16::from_be_bytes(self.take(at)?))),
            Marker::U32 => Number::from(u64::from(u32::from_be_bytes(self.take(at)?))),
            Marker::U64 => Number::from(u64::from_be_bytes(self.take(at)?)),
            Marker::I8 => Number::from(i64::from(i8::from_be_bytes(self.take(at)?))),
            Marker::I16 => Number::from(i64::from(i16::from_be_bytes(self.take(at)?))),
            Marker::I32 => Number::from(i64::from(i32::from_be_bytes(self.take(at)?))),
            Marker::I64 => Number::from(i64::from_be_bytes(self.take(at)?)),
            Marker::F32 => Number::from_f64(f64::from(f32::from_be_bytes(self.take(at)?))).ok_or_else(infinite)?,
            Marker::F64 => Number::from_f64(f64::from_be_bytes(self.take(at)?)).ok_or_else(infinite)?,
            other => {
                let text = self.text(other, &Type::Number, at)?;
                text.parse().map_err(|error| malformed(at, format!("{error}")))?
            }
        })
    }

    /// The payload length of an extension, or `None` where the marker is of something else.
    fn extension_length(&mut self, marker: Marker, at: &Path) -> Result<Option<usize>, Malformed> {
        Ok(match marker {
            Marker::FixExt1 => Some(1),
            Marker::FixExt2 => Some(2),
            Marker::FixExt4 => Some(4),
            Marker::FixExt8 => Some(8),
            Marker::FixExt16 => Some(16),
            Marker::Ext8 => Some(usize::from(u8::from_be_bytes(self.take(at)?))),
            Marker::Ext16 => Some(usize::from(u16::from_be_bytes(self.take(at)?))),
            Marker::Ext32 => Some(usize::try_from(u32::from_be_bytes(self.take(at)?)).unwrap_or(usize::MAX)),
            _ => None,
        })
    }

    fn unknown(&mut self, length: usize, at: &Path) -> Result<Value, Malformed> {
        let kind = i8::from_be_bytes(self.take(at)?);
        let payload = self.bytes(length, at)?;
        Ok(Value::Unknown(match kind {
            // A refinement that we can't read says nothing, which is always true.
            REFINED => refinement(payload).unwrap_or_default(),
            _ => Refinement::default(),
        }))
    }

    /// A length in the marker itself, or in the two or four bytes behind a long marker; else the marker.
    fn length(
        &mut self,
        marker: Marker,
        [short, long]: [Marker; 2],
        fixed: impl Fn(Marker) -> Option<u8>,
    ) -> Result<usize, Marker> {
        if let Some(length) = fixed(marker) {
            return Ok(usize::from(length));
        }
        if marker == short {
            self.take(&Path::root()).map(|bytes| usize::from(u16::from_be_bytes(bytes))).map_err(|_| marker)
        } else if marker == long {
            let length = self.take(&Path::root()).map(u32::from_be_bytes).map_err(|_| marker)?;
            usize::try_from(length).map_err(|_| marker)
        } else {
            Err(marker)
        }
    }

    fn marker(&mut self, at: &Path) -> Result<Marker, Malformed> {
        self.take::<1>(at).map(|[byte]| Marker::from_u8(byte))
    }

    fn take<const N: usize>(&mut self, at: &Path) -> Result<[u8; N], Malformed> {
        self.bytes(N, at)?.try_into().map_err(|_| malformed(at, "the bytes end too early"))
    }

    fn bytes(&mut self, length: usize, at: &Path) -> Result<&'a [u8], Malformed> {
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| malformed(at, "the bytes end too early"))?;
        self.rest = rest;
        Ok(taken)
    }
}

/// The refinements that we know of; bounds of numbers and lengths are ignored.
fn refinement(payload: &[u8]) -> Option<Refinement> {
    let root = Path::root();
    let mut reader = Reader { rest: payload };
    let mut known = Refinement::default();
    let marker = reader.marker(&root).ok()?;
    for _ in 0..reader.map_length(marker, &Type::Map(Box::new(Type::String)), &root).ok()? {
        let marker = reader.marker(&root).ok()?;
        match reader.number(marker, &root).ok()?.as_i64().and_then(|key| u64::try_from(key).ok())? {
            NOT_NULL => known.not_null = reader.value(&Type::Bool, &root).ok()? == Value::Bool(false),
            PREFIX => known.prefix = reader.value(&Type::String, &root).ok()?.as_str().map(str::to_owned),
            // What follows can't be skipped without knowing its shape; what was read stays true.
            _ => break,
        }
    }
    Some(known)
}

fn mismatch(ty: &Type, found: Marker, at: &Path) -> Malformed {
    malformed(at, format!("expected {}, found MessagePack {found:?}", ty.noun()))
}

fn put(value: &Value, ty: &Type, out: &mut Vec<u8>) -> Result<(), write::ValueWriteError> {
    match (value, ty) {
        (Value::Unknown(refinement), _) => put_unknown(refinement, out)?,
        (Value::Bool(flag), Type::Bool) => {
            write::write_bool(out, *flag).map_err(write::ValueWriteError::InvalidMarkerWrite)?
        }
        (Value::Number(number), Type::Number) => match number.as_i64() {
            Some(number) => drop(write::write_sint(out, number)?),
            // Decimal text is read exactly by every CLI; a float would round.
            None => write::write_str(out, &number.to_string())?,
        },
        (Value::String(text), Type::String) => write::write_str(out, text)?,
        (Value::List(elements), Type::List(element)) | (Value::Set(elements), Type::Set(element)) => {
            write::write_array_len(out, length(elements.len()))?;
            elements.iter().try_for_each(|value| put(value, element, out))?;
        }
        (Value::Map(entries), Type::Map(element)) => {
            write::write_map_len(out, length(entries.len()))?;
            for (key, value) in entries {
                write::write_str(out, key)?;
                put(value, element, out)?;
            }
        }
        (Value::Object(object), Type::Object(attributes)) => {
            write::write_map_len(out, length(attributes.len()))?;
            for (name, ty) in attributes {
                write::write_str(out, name)?;
                put(object.get(name).unwrap_or(&Value::Null), ty, out)?;
            }
        }
        // A value of another type than its schema's is a bug of ours that the table tests would find; null is what is left.
        _ => write::write_nil(out).map_err(write::ValueWriteError::InvalidMarkerWrite)?,
    }
    Ok(())
}

fn put_unknown(refinement: &Refinement, out: &mut Vec<u8>) -> Result<(), write::ValueWriteError> {
    /// Longest prefix that is worth sending; the CLI refuses payloads over 1 KiB.
    const LONGEST_PREFIX: usize = 256;
    let prefix = refinement.prefix.as_deref().filter(|prefix| prefix.len() <= LONGEST_PREFIX);
    let fields = u32::from(refinement.not_null) + u32::from(prefix.is_some());
    if fields == 0 {
        out.extend_from_slice(&[0xd4, 0, 0]);
        return Ok(());
    }
    let mut payload = Vec::new();
    write::write_map_len(&mut payload, fields)?;
    if refinement.not_null {
        write::write_uint(&mut payload, NOT_NULL)?;
        write::write_bool(&mut payload, false).map_err(write::ValueWriteError::InvalidMarkerWrite)?;
    }
    if let Some(prefix) = prefix {
        write::write_uint(&mut payload, PREFIX)?;
        write::write_str(&mut payload, prefix)?;
    }
    write::write_ext_meta(out, length(payload.len()), REFINED)?;
    out.extend_from_slice(&payload);
    Ok(())
}

/// A length as the wire holds it; nothing here comes near its limit, since messages are limited to 256 MiB.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(fields: &[(&str, Type)]) -> Type {
        Type::Object(fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect())
    }

    fn list(element: Type) -> Type {
        Type::List(Box::new(element))
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
    fn what_is_written_is_read_again() {
        let ty = object(&[
            ("flags", list(Type::Bool)),
            ("labels", Type::Map(Box::new(Type::String))),
            ("set", Type::Set(Box::new(Type::String))),
            ("n", Type::Number),
            ("gone", Type::String),
        ]);
        let value = Value::Object(Object::from([
            ("flags".to_owned(), Value::List(vec![true.into(), Value::Null, Value::unknown()])),
            ("labels".to_owned(), Value::Map(BTreeMap::from([("k".to_owned(), "v".into())]))),
            ("set".to_owned(), Value::set(["b".into(), "a".into()])),
            ("n".to_owned(), Value::Number("-1.25".parse().unwrap())),
            ("gone".to_owned(), Value::Unknown(Refinement { not_null: true, prefix: Some("https://".to_owned()) })),
        ]));
        assert_eq!(decode(&encode(&value, &ty), &ty), Ok(value));
    }

    #[test]
    fn objects_are_complete_both_ways() {
        let ty = object(&[("a", Type::String), ("b", Type::String)]);
        let partial = Value::Object(Object::from([("a".to_owned(), "x".into())]));
        let whole = Value::Object(Object::from([("a".to_owned(), "x".into()), ("b".to_owned(), Value::Null)]));
        assert_eq!(decode(&encode(&partial, &ty), &ty), Ok(whole));
        let error = decode(b"\x81\xa1c\xc0", &ty).unwrap_err();
        assert_eq!(error.to_string(), "at `c`: the schema has no such attribute");
    }

    #[test]
    fn broken_bytes_are_errors() {
        let text = list(Type::String);
        for bytes in [
            &[][..],
            &[0x91],
            &[0xdd, 0xff, 0xff, 0xff, 0xff],
            b"\x91\xa2\xff\xff",
            &[0x90, 0],
            &[0xd4],
            &[0xc9, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x81],
            &[0xc1],
        ] {
            assert!(decode(bytes, &text).is_err(), "{bytes:02x?}");
        }
        assert!(decode(&[0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], &Type::Number).is_err(), "infinity");
        assert_eq!(decode(&[0x91, 0xc3], &text).unwrap_err().path.to_string(), "[0]");
    }
}
