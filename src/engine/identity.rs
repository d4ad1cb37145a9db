//! The identity of a resource: the few attributes that tell an object from all others, which the CLI keeps beside the state and takes
//! for imports. Called by `protocol`.

use std::collections::BTreeMap;

use super::Resource;
use super::phase::attribute;
use crate::value::{Object, Type, Value};

/// The type of a resource's identity.
pub fn ty(resource: &Resource) -> Type {
    let typed = |name: &str| resource.table.attribute(name).map_or(Type::String, |row| row.ty());
    Type::Object(
        resource.identity.iter().map(|part| (part.name.to_owned(), typed(part.name))).collect::<BTreeMap<_, _>>(),
    )
}

/// The identity of an object, `None` while a part of it is not known: an identity is whole or absent.
pub fn of(resource: &Resource, object: &Object) -> Option<Value> {
    let parts = resource.identity.iter().map(|part| (part.name.to_owned(), attribute(object, part.name).clone()));
    let identity: Object = parts.collect();
    let whole = !identity.is_empty() && identity.values().all(|part| !part.is_null() && !part.is_unknown());
    whole.then_some(Value::Object(identity))
}

/// The identity of an object as plain texts, for remembering it.
pub fn texts(resource: &Resource, object: &Object) -> Option<BTreeMap<String, String>> {
    let Some(Value::Object(parts)) = of(resource, object) else { return None };
    parts.into_iter().map(|(name, part)| Some((name, part.as_str()?.to_owned()))).collect()
}
