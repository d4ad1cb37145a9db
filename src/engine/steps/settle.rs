// SPDX-License-Identifier: Apache-2.0

//! What is stored after an apply: the plan, with the remote system's values where the plan left
//! them open. A managed value that came back different is reported, not hidden. An unmanaged one
//! keeps its planned value, as the CLI insists, and the next refresh shows what it is now.

use super::members::blank;
use super::reconcile::reconcile;
use crate::engine::phase::{attribute, attribute_near};
use crate::engine::rewrites::Rewrites;
use crate::engine::{Config, ManagedResource, Plan};
use crate::schema::{Shape, Table};
use crate::value::{Object, Path, Trail, Value};

/// A managed attribute that the remote system did not store as asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// The attribute.
    pub path: Path,
    /// What the plan said.
    pub planned: Value,
    /// What came back.
    pub stored: Value,
    /// Whether neither may be shown.
    pub sensitive: bool,
    /// What tells elements apart, in a list of objects.
    pub key: Option<&'static str>,
}

/// The result of an apply.
#[derive(Debug)]
pub struct Settled {
    /// The object to store, with planned values kept.
    pub object: Object,
    /// Where the remote system deviated from them.
    pub deviations: Vec<Deviation>,
    /// The texts that the remote system stores in a form of its own.
    pub rewrites: Rewrites,
    /// The texts among them that it may have ignored instead.
    pub possibly_ignored: Vec<Path>,
}

/// What an answer is held against.
pub struct Before<'a> {
    /// What the remote system had before; `None` after a creation.
    pub remote: Option<&'a Object>,
    /// The texts that it was known to store in a form of its own.
    pub rewrites: &'a Rewrites,
}

/// Makes the state of the plan and the remote object.
pub fn settle(
    resource: &ManagedResource,
    plan: &Plan,
    config: &Config,
    remote: &Object,
    before: &Before<'_>,
) -> Settled {
    let mut deviations = Vec::new();
    let object = settle_object(resource.table, plan.object(), config.object(), remote, &Trail::Root, &mut deviations);
    let (mut rewrites, mut possibly_ignored) = (Rewrites::default(), Vec::new());
    for row in resource.table.attributes.iter().filter(|row| row.rewritten) {
        let (path, planned, stored) = (Path::of(row.name), plan.get(row.name), attribute(remote, row.name));
        let known = before.rewrites.same(row, planned, stored);
        let deviation = deviations.iter().position(|deviation| deviation.path == path);
        if (deviation.is_none() && !known) || !rewrites.note(row, planned, stored) {
            continue;
        }
        if let Some(position) = deviation {
            deviations.remove(position);
            let kept = before.remote.is_some_and(|before| attribute(before, row.name) == stored);
            if !known && (kept || planned.as_str() == Some("")) {
                possibly_ignored.push(path);
            }
        }
    }
    Settled { object, deviations, rewrites, possibly_ignored }
}

fn settle_object(
    table: &Table,
    plan: &Object,
    config: &Object,
    remote: &Object,
    at: &Trail<'_>,
    deviations: &mut Vec<Deviation>,
) -> Object {
    table.object(|position, row| {
        let [planned, stored] = [plan, remote].map(|object| attribute_near(object, position, row.name));
        let path = at.attribute(row.name);
        match (row.shape, planned, stored) {
            (Shape::Object(table), Value::Object(planned), Value::Object(_) | Value::Null) => {
                let none = Object::new();
                let stored = stored.as_object().unwrap_or(&none);
                let config = attribute(config, row.name).as_object().unwrap_or(&none);
                settle_object(table, planned, config, stored, &path, deviations).into()
            }
            // A member that could not be read is reported elsewhere. As an error or as null, it
            // would make the CLI replace a new object.
            (_, Value::Unknown(_), Value::Null) => blank(row),
            (_, Value::Unknown(_), stored) => stored.clone(),
            (_, planned, _) => {
                let kept = reconcile(row, planned, stored.clone());
                let managed = !attribute(config, row.name).is_null();
                if managed && !stored.is_null() && kept != *planned {
                    let (planned, sensitive) = (planned.clone(), row.sensitive);
                    let key = row.element_key();
                    deviations.push(Deviation { path: path.path(), planned, stored: stored.clone(), sensitive, key });
                }
                planned.clone()
            }
        }
    })
}

/// The object with nothing unknown left. What nobody could tell is null, as the CLI itself would
/// store it.
pub fn known(object: Object) -> Object {
    let settle = |value: Value| match value {
        Value::Unknown(_) => Value::Null,
        Value::Object(nested) => Value::Object(known(nested)),
        other => other,
    };
    object.into_iter().map(|(name, value)| (name, settle(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, config, number, object};

    fn settled(plan: Object, config: &Config, remote: Object) -> Settled {
        let rewrites = Rewrites::default();
        settle(&BRANCH, &Plan::new(plan), config, &remote, &Before { remote: None, rewrites: &rewrites })
    }

    fn paths(settled: &Settled) -> Vec<String> {
        settled.deviations.iter().map(|deviation| deviation.path.to_string()).collect()
    }

    #[test]
    fn open_values_are_filled_in_and_planned_ones_kept() {
        let plan = object([
            ("name", "Main".into()),
            ("id", Value::unknown()),
            ("floors", Value::unknown()),
            ("founder", Value::unknown()),
        ]);
        let came =
            settled(plan, &config([("name", "Main".into())]), object([("name", "Main".into()), ("id", "B1".into())]));
        assert_eq!(
            (&came.object["id"], &came.object["floors"], &came.object["founder"]),
            (&"B1".into(), &number(0), &Value::Null)
        );
        assert_eq!(paths(&came), Vec::<String>::new());
    }

    #[test]
    fn only_managed_values_deviate() {
        let room = |desks| Value::Object(object([("open", true.into()), ("desks", number(desks))]));
        let plan = object([("name", "Main".into()), ("reading_room", room(3)), ("floors", number(2))]);
        let managed =
            config([("name", "Main".into()), ("reading_room", Value::Object(object([("desks", number(3))])))]);
        let remote = object([("name", "Main".into()), ("reading_room", room(4)), ("floors", number(9))]);
        let came = settled(plan, &managed, remote);
        assert_eq!(paths(&came), ["reading_room.desks"]);
        assert_eq!((&came.object["reading_room"], &came.object["floors"]), (&room(3), &number(2)));
    }

    #[test]
    fn another_order_or_spelling_is_not_a_deviation() {
        let managed = config([("loan_period", "7 days".into()), ("genres", Value::set(["b".into(), "a".into()]))]);
        let remote = object([("loan_period", "1 week".into()), ("genres", Value::set(["a".into(), "b".into()]))]);
        let came = settled(managed.object().clone(), &managed, remote);
        assert_eq!((paths(&came), &came.object["loan_period"]), (vec![], &"7 days".into()));
    }

    #[test]
    fn a_text_that_stays_what_it_was_may_have_been_ignored() {
        let config = config([("motto", "New".into())]);
        let (before, rewrites) = (object([("motto", "Old".into())]), Rewrites::default());
        let before = Before { remote: Some(&before), rewrites: &rewrites };
        let remote = object([("motto", "Old".into())]);
        let came = settle(&BRANCH, &Plan::new(config.object().clone()), &config, &remote, &before);
        assert_eq!((paths(&came), came.possibly_ignored), (vec![], vec![Path::of("motto")]));
        assert!(!came.rewrites.is_empty());
    }

    #[test]
    fn nothing_unknown_is_stored() {
        let object = object([("a", Value::unknown()), ("b", Value::Object(object([("c", Value::unknown())])))]);
        assert!(known(object).values().all(Value::is_wholly_known));
    }
}
