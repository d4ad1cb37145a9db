//! What is sent: the managed part of a plan laid over a remote object. *Managed* is what the configuration sets, explicit empty
//! values included; the value always comes from the plan, so that `ignore_changes` holds. Everything else in the object stays
//! the text that was received, also what no row describes.

use serde_json::value::RawValue;

use super::phase::attribute;
use super::rewrites::Rewrites;
use super::{Config, Plan, Resource, creation, remote};
use crate::raw::{RawObject, Unexpected, to_raw};
use crate::schema::{Attribute, Shape, Table, Wire};
use crate::value::{Object, Path, Value};

/// Why a body can't be built.
#[derive(Clone, Debug, PartialEq)]
pub enum BodyError {
    /// The loaded object has a member that is not of its described type, so that laying values over it would lose it.
    Loaded(Path, Unexpected),
    /// A managed value is still unknown although the apply has begun: a bug.
    Undecided(Path),
}

/// The body of a creation: the managed attributes alone, and the arguments that only a creation has.
pub fn create(resource: &Resource, plan: &Plan, config: &Config) -> Result<RawObject, BodyError> {
    let mut body = RawObject::default();
    overlay(resource.table, plan.object(), Some(config.object()), &mut body, &Path::root())?;
    creation::lay(resource, config, &mut body).map_err(BodyError::Undecided)?;
    Ok(body)
}

/// The body of an update: the loaded object with the managed attributes laid over it. What was rewritten stays as it was rewritten.
pub fn update(
    resource: &Resource,
    plan: &Plan,
    config: &Config,
    loaded: &RawObject,
    rewrites: &Rewrites,
) -> Result<RawObject, BodyError> {
    let mut body = loaded.clone();
    let mut managed = config.object().clone();
    for row in resource.table.attributes.iter().filter(|row| row.rewritten) {
        let stored = remote::read_attribute(row, loaded, &Path::root(), &mut Vec::new());
        if rewrites.same(row, plan.get(row.name), &stored) {
            managed.remove(row.name);
        }
    }
    let config = &Config::new(managed);
    overlay(resource.table, plan.object(), Some(config.object()), &mut body, &Path::root())?;
    Ok(body)
}

/// Lays values over an object; without a configuration all of them, since a list's elements are written whole.
fn overlay(
    table: &Table,
    plan: &Object,
    config: Option<&Object>,
    body: &mut RawObject,
    at: &Path,
) -> Result<(), BodyError> {
    for row in table.attributes {
        let Wire::Field { key, also } = row.wire else { continue };
        // Answers may spell a key otherwise than requests do; sent back so, the member would be dropped.
        also.iter().for_each(|other| body.rename(other, key));
        let config = config.map(|config| attribute(config, row.name));
        let planned = attribute(plan, row.name);
        if config.is_some_and(Value::is_null) || planned.is_null() {
            continue;
        }
        let path = at.attribute(row.name);
        if planned.is_unknown() {
            return Err(BodyError::Undecided(path));
        }
        lay(row, planned, config, key, body, &path)?;
    }
    Ok(())
}

/// Lays one attribute at a key, stepping into nested objects at each `/`.
fn lay(
    row: &Attribute,
    planned: &Value,
    config: Option<&Value>,
    key: &str,
    body: &mut RawObject,
    path: &Path,
) -> Result<(), BodyError> {
    let loaded = |unexpected| BodyError::Loaded(path.clone(), unexpected);
    if let Some((outer, inner)) = key.split_once('/') {
        let mut holder = body.object(outer).map_err(loaded)?;
        lay(row, planned, config, inner, &mut holder, path)?;
        body.set(outer, holder.to_raw());
        return Ok(());
    }
    match (row.shape, planned) {
        (Shape::Leaf(kind), planned) => {
            if !planned.is_wholly_known() {
                return Err(BodyError::Undecided(path.clone()));
            }
            // Same meaning already: the member keeps its text, order and unit.
            let there = body.contains(key) && kind.take(key, body).is_ok_and(|held| kind.same(planned, &held));
            if !there {
                kind.put(planned, key, body);
            }
        }
        (Shape::Object(table), Value::Object(planned)) => {
            let mut nested = body.object(key).map_err(loaded)?;
            overlay(table, planned, config.and_then(Value::as_object), &mut nested, path)?;
            // Nothing managed inside, nothing there: an empty object would say more than the configuration does.
            if !nested.is_empty() {
                body.set(key, nested.to_raw());
            }
        }
        (Shape::List(table), Value::List(planned)) => {
            let elements = lay_list(table, planned, body.objects(key).map_err(loaded)?, path)?;
            body.set(key, to_raw(&elements));
        }
        (Shape::Object(_) | Shape::List(_), _) => return Err(BodyError::Undecided(path.clone())),
    }
    Ok(())
}

/// The planned elements in the planned order, each laid over the loaded element of the same key, if there is one.
fn lay_list(
    table: &Table,
    planned: &[Value],
    mut loaded: Vec<RawObject>,
    path: &Path,
) -> Result<Vec<Box<RawValue>>, BodyError> {
    let lay_element = |(index, element): (usize, &Value)| {
        let path = path.index(index);
        let Some(element) = element.as_object() else { return Err(BodyError::Undecided(path)) };
        let survivor = loaded.iter().position(|candidate| same_key(table, element, candidate));
        let mut body = survivor.map(|position| loaded.remove(position)).unwrap_or_default();
        overlay(table, element, None, &mut body, &path)?;
        Ok(body.to_raw())
    };
    planned.iter().enumerate().map(lay_element).collect()
}

/// Whether a loaded element has the key of a planned one.
fn same_key(table: &Table, element: &Object, candidate: &RawObject) -> bool {
    let Some(row) = table.key.and_then(|key| table.attribute(key)) else { return false };
    let (Shape::Leaf(kind), Wire::Field { key, .. }) = (row.shape, row.wire) else { return false };
    kind.take(key, candidate).is_ok_and(|held| kind.same(attribute(element, row.name), &held))
}
