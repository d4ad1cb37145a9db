// SPDX-License-Identifier: Apache-2.0

//! Decides whether to keep our spelling of a value or take the remote one. If both mean the same, by
//! the kind's `same`, ours stays. If not, the remote value wins. Used by refreshing and by settling.

use super::by_key::partners;
use crate::engine::phase::attribute_near;
use crate::engine::rewrites::Rewrites;
use crate::schema::{Attribute, Shape, Source, Table};
use crate::value::{Object, Value};

/// Our value where the remote one means the same, else the remote one. Null and unknown are not
/// values of ours yet.
pub fn reconcile(row: &Attribute, ours: &Value, remote: Value) -> Value {
    if *ours == remote || ours.is_null() || !ours.is_wholly_known() || remote.is_null() {
        return remote;
    }
    match row.shape {
        Shape::Leaf(kind) if kind.same(ours, &remote) => ours.clone(),
        Shape::Leaf(_) => remote,
        Shape::Object(table) => reconcile_object(table, ours, remote),
        Shape::List(table) => reconcile_list(table, ours, remote),
    }
}

/// Whether a remote value means the same as ours, so that reconciling the two keeps all of ours.
pub fn means_the_same(row: &Attribute, ours: &Value, remote: &Value) -> bool {
    if ours == remote {
        return true;
    }
    if ours.is_null() || remote.is_null() {
        return false;
    }
    match (row.shape, ours, remote) {
        (Shape::Leaf(kind), ..) => ours.is_wholly_known() && kind.same(ours, remote),
        (Shape::Object(table), ..) => is_same_object(table, ours, remote),
        (Shape::List(table), Value::List(ours), Value::List(theirs)) if ours.len() == theirs.len() => {
            let key_of = |element| key_of(table, element);
            let partners = partners(ours.iter().map(key_of), theirs.iter().map(key_of));
            ours.iter().zip(partners).all(|(element, partner)| {
                let partner = partner.and_then(|position| theirs.get(position));
                partner.is_some_and(|theirs| is_same_object(table, element, theirs))
            })
        }
        (Shape::List(_), ..) => false,
    }
}

fn is_same_object(table: &Table, ours: &Value, remote: &Value) -> bool {
    match (ours.as_object(), remote.as_object()) {
        (Some(ours), Some(theirs)) => table.rows_in_name_order().iter().enumerate().all(|(position, row)| {
            let [ours, theirs] = [ours, theirs].map(|object| attribute_near(object, position, row.name));
            means_the_same(row, ours, theirs)
        }),
        _ => ours == remote,
    }
}

/// A state brought up to date: each attribute is reconciled with the remote object. Attributes that
/// are not remote stay.
pub fn refresh(table: &Table, state: &Object, mut remote: Object, rewrites: &Rewrites) -> Object {
    table.object(|position, row| {
        let ours = attribute_near(state, position, row.name);
        let theirs = remote.take_near(position, row.name).unwrap_or(Value::Null);
        match row.source {
            Source::Member { .. } if rewrites.same(row, ours, &theirs) => ours.clone(),
            Source::Member { .. } | Source::Assigned { .. } => reconcile(row, ours, theirs),
            Source::Local
            | Source::CreationArgument { .. }
            | Source::ToldOnce
            | Source::Template(_)
            | Source::Provider(_) => ours.clone(),
        }
    })
}

fn reconcile_object(table: &Table, ours: &Value, remote: Value) -> Value {
    match (ours.as_object(), remote) {
        (Some(ours), Value::Object(mut theirs)) => Value::Object(table.object(|position, row| {
            let theirs = theirs.take_near(position, row.name).unwrap_or(Value::Null);
            reconcile(row, attribute_near(ours, position, row.name), theirs)
        })),
        (_, remote) => remote,
    }
}

/// Brings the remote elements into our order, matched by the table's key. Those that we don't know
/// follow. The API does not document the order of its lists, so order alone is never a difference.
fn reconcile_list(table: &Table, ours: &Value, remote: Value) -> Value {
    let Value::List(ours) = ours else { return remote };
    let theirs = match remote {
        Value::List(theirs) => theirs,
        other => return other,
    };
    let key_of = |element| key_of(table, element);
    let partners = partners(ours.iter().map(key_of), theirs.iter().map(key_of));
    let mut ordered = Vec::with_capacity(theirs.len());
    let mut left: Vec<Option<Value>> = theirs.into_iter().map(Some).collect();
    for (element, partner) in ours.iter().zip(partners) {
        if let Some(theirs) = partner.and_then(|position| left.get_mut(position)).and_then(Option::take) {
            ordered.push(reconcile_object(table, element, theirs));
        }
    }
    ordered.extend(left.into_iter().flatten());
    Value::List(ordered)
}

/// What tells an element from its neighbours.
fn key_of<'a>(table: &Table, element: &'a Value) -> Option<&'a Value> {
    element.as_object().and_then(|attributes| attributes.get(table.key?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, number, object};

    fn row(name: &str) -> &'static Attribute {
        BRANCH.table.attribute(name).unwrap()
    }

    fn shelf(name: &str, boards: i64) -> Value {
        Value::Object(object([("name", name.into()), ("boards", number(boards)), ("genres", Value::set([]))]))
    }

    #[test]
    fn the_same_meaning_keeps_our_spelling() {
        let period = row("loan_period");
        assert_eq!(reconcile(period, &"7 days".into(), "1 week".into()), "7 days".into());
        assert_eq!(reconcile(period, &"7 days".into(), "2 weeks".into()), "2 weeks".into());
        for ours in [Value::Null, Value::unknown()] {
            assert_eq!(reconcile(period, &ours, "1 week".into()), "1 week".into());
        }
    }

    #[test]
    fn what_means_the_same_is_what_reconciling_would_keep() {
        let room = |desks: Value| Value::Object(object([("desks", desks), ("open", true.into())]));
        let list = |elements: &[Value]| Value::List(elements.to_vec());
        let (a, b) = (shelf("a", 1), shelf("b", 2));
        let mixed: Vec<(&str, Vec<Value>)> = vec![
            ("loan_period", vec!["7 days".into(), "1 week".into(), "2 weeks".into(), Value::Null, Value::unknown()]),
            ("reading_room", vec![room(number(1)), room(number(2)), room(Value::Null), room(Value::unknown())]),
            ("reading_room", vec![Value::Null, Value::unknown(), room(number(1))]),
            (
                "shelves",
                vec![list(&[a.clone(), b.clone()]), list(&[b.clone(), a.clone()]), list(std::slice::from_ref(&a))],
            ),
            ("shelves", vec![list(&[b.clone(), shelf("a", 3)]), list(&[a.clone(), b.clone()]), list(&[])]),
            ("shelves", vec![list(&[a.clone(), a.clone()]), list(&[a.clone(), b.clone()]), Value::Null]),
            ("shelves", vec![list(&[Value::Null, a.clone()]), list(&[a, Value::Null]), Value::unknown()]),
        ];
        let mut same = 0;
        for (name, values) in mixed {
            for (ours, remote) in values.iter().flat_map(|ours| values.iter().map(move |remote| (ours, remote))) {
                let kept = reconcile(row(name), ours, remote.clone()) == *ours;
                assert_eq!(means_the_same(row(name), ours, remote), kept, "{name}: {ours:?} and {remote:?}");
                same += usize::from(kept && ours != remote);
            }
        }
        assert_eq!(same, 6);
    }

    #[test]
    fn lists_keep_our_order_and_new_elements_follow() {
        let ours = Value::List(vec![shelf("a", 1), shelf("b", 2), shelf("c", 3)]);
        let theirs = Value::List(vec![shelf("d", 4), shelf("c", 3), shelf("a", 9)]);
        let expected = Value::List(vec![shelf("a", 9), shelf("c", 3), shelf("d", 4)]);
        assert_eq!(reconcile(row("shelves"), &ours, theirs), expected);
    }

    #[test]
    fn elements_of_one_key_are_matched_in_turn() {
        let twice = Value::List(vec![shelf("a", 1), shelf("a", 2)]);
        let theirs = Value::List(vec![shelf("a", 1), shelf("a", 2), shelf("a", 3)]);
        assert_eq!(reconcile(row("shelves"), &twice, theirs.clone()), theirs);
    }

    #[test]
    fn a_refresh_leaves_what_is_not_remote() {
        let state = object([("opened_by", Value::Null), ("page_url", "old".into()), ("name", "Main".into())]);
        let remote = object([("name", "North".into()), ("page_url", Value::Null), ("id", "B1".into())]);
        let refreshed = refresh(BRANCH.table, &state, remote, &Rewrites::default());
        assert_eq!(
            (&refreshed["name"], &refreshed["id"], &refreshed["page_url"]),
            (&"North".into(), &"B1".into(), &"old".into())
        );
    }
}
