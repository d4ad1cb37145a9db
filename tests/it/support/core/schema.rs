// SPDX-License-Identifier: Apache-2.0

//! Schemas from the wire, checked by the rules that make core call a provider buggy, and the codec that they drive.

use std::collections::BTreeMap;

use rmpv::Value as M;

use super::super::wire::tfplugin6::{self as tf, DynamicValue};
use super::value::V;

/// An object's attributes by name.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub attributes: BTreeMap<String, Attribute>,
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub required: bool,
    pub optional: bool,
    pub computed: bool,
    pub write_only: bool,
    pub ty: Ty,
}

/// A type; nested attributes keep their flags.
#[derive(Clone, Debug)]
pub enum Ty {
    Bool,
    Number,
    Text,
    List(Box<Ty>),
    Set(Box<Ty>),
    Object(BTreeMap<String, Ty>),
    Nested(Nesting, Block),
}

/// How a nested attribute nests. The provider has no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    Single,
    List,
}

impl Block {
    /// Reads and checks a block.
    pub fn read(block: &tf::schema::Block) -> Result<Self, String> {
        if !block.block_types.is_empty() {
            return Err("nested blocks are not expected".to_owned());
        }
        Self::of(&block.attributes)
    }

    fn of(attributes: &[tf::schema::Attribute]) -> Result<Self, String> {
        let read = |attribute: &tf::schema::Attribute| {
            let (name, required, optional, computed) =
                (attribute.name.clone(), attribute.required, attribute.optional, attribute.computed);
            if !(required || optional || computed) || required && (optional || computed) {
                return Err(format!("{name}: contradictory flags"));
            }
            let write_only = attribute.write_only;
            if write_only && computed {
                return Err(format!("{name}: a write-only attribute can't be computed"));
            }
            let ty = match (&attribute.nested_type, attribute.r#type.as_slice()) {
                (None, constraint) => {
                    Ty::read(&serde_json::from_slice(constraint).map_err(|error| format!("{name}: {error}"))?)?
                }
                (Some(nested), []) => {
                    let nesting = match nested.nesting() {
                        tf::schema::object::NestingMode::Single => Nesting::Single,
                        tf::schema::object::NestingMode::List => Nesting::List,
                        other => return Err(format!("{name}: {other:?} is not expected")),
                    };
                    Ty::Nested(nesting, Self::of(&nested.attributes)?)
                }
                (Some(_), _) => return Err(format!("{name}: both type and nested_type")),
            };
            Ok((name, Attribute { required, optional, computed, write_only, ty }))
        };
        Ok(Self { attributes: attributes.iter().map(read).collect::<Result<_, String>>()? })
    }

    /// An object of this block, every attribute present.
    pub fn complete(&self, value: &V) -> V {
        Ty::Nested(Nesting::Single, self.clone()).complete(value)
    }

    pub fn encode(&self, value: &V) -> DynamicValue {
        let mut msgpack = Vec::new();
        let value = Ty::Nested(Nesting::Single, self.clone()).to_wire(value);
        rmpv::encode::write_value(&mut msgpack, &value).expect("memory takes it");
        DynamicValue { msgpack, json: Vec::new() }
    }

    pub fn decode(&self, value: Option<&DynamicValue>) -> Result<V, String> {
        let bytes = value.map(|value| value.msgpack.as_slice()).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(V::Null);
        }
        Ty::Nested(Nesting::Single, self.clone()).decode(bytes)
    }
}

/// The type of an identity.
pub fn identity(schema: &tf::ResourceIdentitySchema) -> Result<Ty, String> {
    let part = |part: &tf::resource_identity_schema::IdentityAttribute| {
        if part.required_for_import == part.optional_for_import {
            return Err(format!("{}: required or optional for import", part.name));
        }
        let constraint = serde_json::from_slice(&part.r#type).map_err(|error| error.to_string())?;
        Ok((part.name.clone(), Ty::read(&constraint)?))
    };
    Ok(Ty::Object(schema.identity_attributes.iter().map(part).collect::<Result<_, String>>()?))
}

impl Ty {
    fn read(constraint: &serde_json::Value) -> Result<Self, String> {
        let inner = |position: usize| Ty::read(&constraint[position]).map(Box::new);
        match (constraint.as_str(), constraint[0].as_str()) {
            (Some("bool"), _) => Ok(Ty::Bool),
            (Some("number"), _) => Ok(Ty::Number),
            (Some("string"), _) => Ok(Ty::Text),
            (_, Some("list")) => Ok(Ty::List(inner(1)?)),
            (_, Some("set")) => Ok(Ty::Set(inner(1)?)),
            _ => Err(format!("{constraint} is no type that is expected")),
        }
    }

    /// The value with every attribute of every object in it, absent ones as null, and sets in canonical order.
    pub fn complete(&self, value: &V) -> V {
        match (self, value) {
            (Ty::Nested(Nesting::Single, block), V::Object(_)) => {
                let attribute =
                    |(name, attribute): (&String, &Attribute)| (name.clone(), attribute.ty.complete(value.get(name)));
                V::Object(block.attributes.iter().map(attribute).collect())
            }
            (Ty::Nested(Nesting::List, block), V::List(elements)) => {
                V::List(elements.iter().map(|element| block.complete(element)).collect())
            }
            (Ty::Set(_), V::List(elements)) => {
                let mut elements = elements.clone();
                elements.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
                elements.dedup_by(|a, b| a == b && *a != V::Unknown);
                V::List(elements)
            }
            (_, value) => value.clone(),
        }
    }

    fn to_wire(&self, value: &V) -> M {
        match (self, value) {
            (_, V::Null) => M::Nil,
            (_, V::Unknown) => M::Ext(0, vec![0]),
            (_, V::Bool(flag)) => M::Boolean(*flag),
            (_, V::Number(number)) => M::F64(*number),
            (_, V::Text(text)) => M::from(text.as_str()),
            (Ty::List(element) | Ty::Set(element), V::List(elements)) => {
                M::Array(elements.iter().map(|value| element.to_wire(value)).collect())
            }
            (Ty::Nested(Nesting::List, block), V::List(elements)) => {
                let single = Ty::Nested(Nesting::Single, block.clone());
                M::Array(elements.iter().map(|value| single.to_wire(value)).collect())
            }
            (Ty::Nested(Nesting::Single, block), value @ V::Object(_)) => {
                let attribute = |(name, attribute): (&String, &Attribute)| {
                    (M::from(name.as_str()), attribute.ty.to_wire(value.get(name)))
                };
                M::Map(block.attributes.iter().map(attribute).collect())
            }
            (ty, value) => panic!("{value:?} is no {ty:?}"),
        }
    }

    /// Reads a value strictly: objects must have exactly their attributes, as core insists.
    pub fn decode(&self, bytes: &[u8]) -> Result<V, String> {
        let mut rest = bytes;
        let value = rmpv::decode::read_value(&mut rest).map_err(|error| format!("no MessagePack: {error}"))?;
        match rest.is_empty() {
            true => self.typed(value),
            false => Err("bytes follow the value".to_owned()),
        }
    }

    fn typed(&self, value: M) -> Result<V, String> {
        let single = |block: &Block| Ty::Nested(Nesting::Single, block.clone());
        Ok(match (self, value) {
            (_, M::Nil) => V::Null,
            (_, M::Ext(0 | 12, _)) => V::Unknown,
            (Ty::Bool, M::Boolean(flag)) => V::Bool(flag),
            (Ty::Number, value) => V::Number(value.as_f64().ok_or("a number is expected")?),
            (Ty::Text, M::String(text)) => V::Text(text.into_str().ok_or("text is not UTF-8")?),
            (Ty::List(element), M::Array(elements)) => V::List(read_all(element, elements)?),
            (Ty::Set(element), M::Array(elements)) => self.complete(&V::List(read_all(element, elements)?)),
            (Ty::Nested(Nesting::List, block), M::Array(elements)) => V::List(read_all(&single(block), elements)?),
            (Ty::Nested(Nesting::Single, block), M::Map(entries)) => {
                let types = block.attributes.iter().map(|(name, attribute)| (name.as_str(), &attribute.ty)).collect();
                read_object(types, entries)?
            }
            (Ty::Object(attributes), M::Map(entries)) => {
                read_object(attributes.iter().map(|(name, ty)| (name.as_str(), ty)).collect(), entries)?
            }
            (ty, value) => return Err(format!("{value} is no {ty:?}")),
        })
    }
}

fn read_all(element: &Ty, elements: Vec<M>) -> Result<Vec<V>, String> {
    elements.into_iter().map(|value| element.typed(value)).collect()
}

fn read_object(types: BTreeMap<&str, &Ty>, entries: Vec<(M, M)>) -> Result<V, String> {
    if types.len() != entries.len() {
        return Err(format!("an object with {} attributes is required ({} given)", types.len(), entries.len()));
    }
    let read = |(name, value): (M, M)| {
        let name = name.as_str().ok_or("a name is expected")?.to_owned();
        let ty = types.get(name.as_str()).ok_or_else(|| format!("there is no attribute {name}"))?;
        Ok((name, ty.typed(value)?))
    };
    Ok(V::Object(entries.into_iter().map(read).collect::<Result<_, String>>()?))
}
