//! The one place that decides whether a remote value differs from ours or is only spelt otherwise. Same in meaning: our spelling
//! stays. Different: the remote value wins. Used by refreshing and by settling.

use super::phase::attribute;
use super::rewrites::Rewrites;
use crate::schema::{Attribute, Shape, Table, Wire};
use crate::value::{Object, Value};

/// Our value where the remote one means the same, else the remote one. Null and unknown are no values of ours yet.
pub fn reconcile(row: &Attribute, ours: &Value, remote: &Value) -> Value {
    if ours.is_null() || !ours.is_wholly_known() || remote.is_null() {
        return remote.clone();
    }
    match row.shape {
        Shape::Leaf(kind) if kind.same(ours, remote) => ours.clone(),
        Shape::Leaf(_) => remote.clone(),
        Shape::Object(table) => reconcile_object(table, ours, remote),
        Shape::List(table) => reconcile_list(table, ours, remote),
    }
}

fn reconcile_object(table: &Table, ours: &Value, remote: &Value) -> Value {
    let (Some(ours), Some(theirs)) = (ours.as_object(), remote.as_object()) else { return remote.clone() };
    let reconcile_row =
        |row: &Attribute| (row.name.to_owned(), reconcile(row, attribute(ours, row.name), attribute(theirs, row.name)));
    Value::Object(table.attributes.iter().map(reconcile_row).collect())
}

/// Brings the remote elements into our order, matched by the table's key; those that we don't know follow. The API does not
/// document the order of its lists, so order alone is never a difference.
fn reconcile_list(table: &Table, ours: &Value, remote: &Value) -> Value {
    let (Some(ours), Some(theirs)) = (ours.elements(), remote.elements()) else { return remote.clone() };
    let mut left: Vec<&Value> = theirs.iter().collect();
    let mut ordered = Vec::with_capacity(theirs.len());
    for element in ours {
        if let Some(found) = left.iter().position(|other| key_of(table, other) == key_of(table, element)) {
            ordered.push(reconcile_object(table, element, left.remove(found)));
        }
    }
    ordered.extend(left.into_iter().cloned());
    Value::List(ordered)
}

/// What tells an element from its neighbours.
fn key_of<'a>(table: &Table, element: &'a Value) -> Option<&'a Value> {
    element.as_object().and_then(|attributes| attributes.get(table.key?))
}

/// A state brought up to date: each attribute reconciled with the remote object; attributes that are not remote stay.
pub fn refresh(table: &Table, state: &Object, remote: &Object, rewrites: &Rewrites) -> Object {
    let refresh_row = |row: &Attribute| {
        let ours = attribute(state, row.name);
        let value = match row.wire {
            Wire::Field { .. } if rewrites.same(row, ours, attribute(remote, row.name)) => ours.clone(),
            Wire::Field { .. } | Wire::Assigned(_) => reconcile(row, ours, attribute(remote, row.name)),
            Wire::Nowhere | Wire::Creation(_) | Wire::Template(_) => ours.clone(),
        };
        (row.name.to_owned(), value)
    };
    table.attributes.iter().map(refresh_row).collect()
}
