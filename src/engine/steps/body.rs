// SPDX-License-Identifier: Apache-2.0

//! What is sent: the managed part of a plan written over a remote object. *Managed* is what the
//! configuration sets, explicit empty values included. The value always comes from the plan, so
//! that `ignore_changes` holds. Everything else in the object stays the text that was received,
//! also what no row describes.

use serde_json::value::RawValue;

use super::by_key::partners;
use super::{creation_arguments, members};
use crate::diag::Diagnostic;
use crate::engine::phase::attribute;
use crate::engine::rewrites::Rewrites;
use crate::engine::{Config, ManagedResource, Plan};
use crate::raw::{RawObject, Unexpected, to_raw};
use crate::schema::{Attribute, Shape, Source, Table};
use crate::value::{Object, Path, Trail, Value};

/// Why a body can't be built.
#[derive(Clone, Debug, PartialEq)]
pub enum BodyError {
    /// The loaded object has a member that is not of its described type, so that writing over it
    /// would lose it.
    Loaded(Path, Unexpected),
    /// A managed value is still unknown although the apply has begun. That is a bug.
    Undecided(Path),
}

/// The body of a creation: the managed attributes alone, and the arguments that only a creation
/// has.
pub fn create(resource: &ManagedResource, plan: &Plan, config: &Config) -> Result<RawObject, BodyError> {
    let mut body = RawObject::default();
    overlay(resource.table, plan.object(), Some(config.object()), &mut body, &Trail::Root)?;
    creation_arguments::put(resource, config, &mut body).map_err(BodyError::Undecided)?;
    Ok(body)
}

/// The body of an update: the loaded object with the managed attributes written over it. A text
/// that the remote system stores in a form of its own stays in that form.
pub fn update(
    resource: &ManagedResource,
    plan: &Plan,
    config: &Config,
    loaded: &RawObject,
    rewrites: &Rewrites,
) -> Result<RawObject, BodyError> {
    let mut body = loaded.clone();
    let mut managed = config.object().clone();
    for row in resource.table.attributes.iter().filter(|row| row.rewritten) {
        let stored = members::read_attribute(row, &loaded.view(), &Trail::Root, &mut Vec::new());
        if rewrites.same(row, plan.get(row.name), &stored) {
            managed.remove(row.name);
        }
    }
    overlay(resource.table, plan.object(), Some(&managed), &mut body, &Trail::Root)?;
    Ok(body)
}

// === impl BodyError ===

impl From<BodyError> for Diagnostic {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Loaded(path, unexpected) => {
                let detail = format!(
                    "What the API holds for this attribute is not what its description says: {unexpected}. Writing \
                     over it would lose it, so nothing was changed."
                );
                Diagnostic::error("The API's answer can't be understood", detail).at(path)
            }
            BodyError::Undecided(path) => {
                let detail = format!(
                    "`{path}` is still unknown although the apply has begun. Nothing was changed. This is a bug in \
                     the provider: please report it."
                );
                Diagnostic::error("Undecided value", detail).at(path)
            }
        }
    }
}

/// Writes values over an object; without a configuration all of them, since a list's elements are
/// written whole.
fn overlay(
    table: &Table,
    plan: &Object,
    config: Option<&Object>,
    body: &mut RawObject,
    at: &Trail<'_>,
) -> Result<(), BodyError> {
    for row in table.attributes {
        let Source::Member { key, also } = row.source else { continue };
        // Answers may spell a key in another way than requests do. Sent back like that, the member
        // would be dropped.
        also.iter().for_each(|other| body.rename(other, key));
        let config = config.map(|config| attribute(config, row.name));
        let planned = attribute(plan, row.name);
        if config.is_some_and(Value::is_null) || planned.is_null() {
            continue;
        }
        let path = at.attribute(row.name);
        if planned.is_unknown() {
            return Err(BodyError::Undecided(path.path()));
        }
        write(row, planned, config, key, body, &path)?;
    }
    Ok(())
}

/// Writes one attribute at a key, stepping into nested objects at each `/`.
fn write(
    row: &Attribute,
    planned: &Value,
    config: Option<&Value>,
    key: &str,
    body: &mut RawObject,
    path: &Trail<'_>,
) -> Result<(), BodyError> {
    let loaded = |unexpected| BodyError::Loaded(path.path(), unexpected);
    if let Some((outer, inner)) = key.split_once('/') {
        let mut holder = body.object(outer).map_err(loaded)?;
        write(row, planned, config, inner, &mut holder, path)?;
        body.set(outer, holder.to_raw());
        return Ok(());
    }
    match (row.shape, planned) {
        (Shape::Leaf(kind), planned) => {
            if !planned.is_wholly_known() {
                return Err(BodyError::Undecided(path.path()));
            }
            // If it means the same already, the member keeps its text, order and unit.
            let there = body.contains(key) && kind.take(key, &body.view()).is_ok_and(|held| kind.same(planned, &held));
            if !there {
                kind.put(planned, key, body);
            }
        }
        (Shape::Object(table), Value::Object(planned)) => {
            let mut nested = body.object(key).map_err(loaded)?;
            overlay(table, planned, config.and_then(Value::as_object), &mut nested, path)?;
            // With nothing managed inside and nothing there, an empty object would say more than
            // the configuration does.
            if !nested.is_empty() {
                body.set(key, nested.to_raw());
            }
        }
        (Shape::List(table), Value::List(planned)) => {
            let elements = write_list(table, planned, body.objects(key).map_err(loaded)?, path)?;
            body.set(key, to_raw(&elements));
        }
        (Shape::Object(_) | Shape::List(_), _) => return Err(BodyError::Undecided(path.path())),
    }
    Ok(())
}

/// The planned elements in the planned order, each written over the loaded element of the same key,
/// if there is one.
fn write_list(
    table: &Table,
    planned: &[Value],
    loaded: Vec<RawObject>,
    path: &Trail<'_>,
) -> Result<Vec<Box<RawValue>>, BodyError> {
    let keys: Vec<Option<Value>> = loaded.iter().map(|element| loaded_key(table, element)).collect();
    let planned_keys = planned.iter().map(|element| Some(attribute(element.as_object()?, table.key?)));
    let partners = partners(planned_keys, keys.iter().map(Option::as_ref));
    // One without a key is no element's partner.
    let mut left: Vec<Option<RawObject>> =
        loaded.into_iter().zip(&keys).map(|(element, key)| key.is_some().then_some(element)).collect();
    let write_element = |(index, (element, partner)): (usize, (&Value, Option<usize>))| {
        let path = path.index(index);
        let Some(element) = element.as_object() else { return Err(BodyError::Undecided(path.path())) };
        let survivor = partner.and_then(|position| left.get_mut(position)).and_then(Option::take);
        let mut body = survivor.unwrap_or_default();
        overlay(table, element, None, &mut body, &path)?;
        Ok(body.to_raw())
    };
    planned.iter().zip(partners).enumerate().map(write_element).collect()
}

/// The key of a loaded element.
fn loaded_key(table: &Table, element: &RawObject) -> Option<Value> {
    let row = table.key.and_then(|key| table.attribute(key))?;
    let (Shape::Leaf(kind), Source::Member { key, .. }) = (row.shape, row.source) else { return None };
    kind.take(key, &element.view()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, config, number, object, raw};

    fn updated(config: &Config, loaded: &str) -> Result<String, BodyError> {
        let plan = Plan::new(config.object().clone());
        update(&BRANCH, &plan, config, &raw(loaded), &Rewrites::default()).map(|body| body.to_raw().get().to_owned())
    }

    fn shelf(name: &str, boards: i64) -> Value {
        Value::Object(object([("name", name.into()), ("boards", number(boards)), ("genres", Value::set([]))]))
    }

    #[test]
    fn a_creation_has_what_is_managed_and_its_arguments() {
        let config = config([
            ("branch_id", "B1".into()),
            ("title", "Emma".into()),
            ("author", "".into()),
            ("donor", "Ann".into()),
            ("code_version", number(1)),
            ("deletion_protection", true.into()),
        ]);
        let body = create(&BOOK, &Plan::new(config.object().clone()), &config).unwrap();
        assert_eq!(body.to_raw().get(), r#"{"branch":"B1","title":"Emma","author":"","donor":"Ann"}"#);
    }

    #[test]
    fn what_is_not_managed_stays_the_text_that_was_received() {
        let loaded = r#"{"id":"B1","x":1.10,"name":"Main","building":{"floors":2,"y":1e400},"slogan":"\u00e9\/"}"#;
        let body = updated(&config([("name", "North".into()), ("floors", number(3))]), loaded).unwrap();
        assert_eq!(body, r#"{"id":"B1","x":1.10,"name":"North","building":{"floors":3,"y":1e400},"motto":"\u00e9\/"}"#);
    }

    #[test]
    fn the_same_meaning_keeps_its_text() {
        let loaded = r#"{"loanPeriod":7,"loanPeriodUnit":"days","genres":["b","a"]}"#;
        let config = config([("loan_period", "1 week".into()), ("genres", Value::set(["a".into(), "b".into()]))]);
        assert_eq!(updated(&config, loaded).unwrap(), loaded);
    }

    #[test]
    fn elements_keep_what_no_row_describes() {
        let loaded = r#"{"shelves":[{"name":"a","boards":1,"z":1.10},{"name":"gone"},{"name":"b"}]}"#;
        let config = config([("shelves", Value::List(vec![shelf("b", 2), shelf("a", 1), shelf("new", 0)]))]);
        let body = updated(&config, loaded).unwrap();
        let expected = concat!(
            r#"{"shelves":[{"name":"b","boards":2,"genres":[]},{"name":"a","boards":1,"z":1.10,"#,
            r#""genres":[]},{"name":"new","boards":0,"genres":[]}]}"#,
        );
        assert_eq!(body, expected);
    }

    #[test]
    fn what_would_be_lost_or_is_unknown_is_refused() {
        let room = Value::Object(object([("desks", number(3))]));
        let lost = updated(&config([("reading_room", room)]), r#"{"readingRoom":[1]}"#);
        assert!(matches!(&lost, Err(BodyError::Loaded(path, _)) if *path == Path::of("reading_room")), "{lost:?}");
        let partly = Value::List(vec![Value::Object(object([("name", Value::unknown())]))]);
        for unknown in [config([("name", Value::unknown())]), config([("shelves", partly)])] {
            assert!(matches!(updated(&unknown, "{}"), Err(BodyError::Undecided(_))));
        }
    }

    /// `by_key` proves that keys are looked up. This proves that no key is read twice for that: a
    /// search that reads them would need four times the memory for twice the elements.
    #[test]
    fn the_key_of_each_loaded_element_is_read_once() {
        let used = |elements: i64| {
            let shelves = |order: &mut dyn Iterator<Item = i64>| {
                let shelves = order.map(|index| shelf(&format!("shelf {index}"), 1)).collect();
                config([("shelves", Value::List(shelves))])
            };
            let loaded = updated(&shelves(&mut (0..elements)), "{}").unwrap();
            let config = shelves(&mut (0..elements).rev());
            allocation_counter::measure(|| drop(updated(&config, &loaded).unwrap())).count_total
        };
        let (some, twice) = (used(200), used(400));
        assert!(2 * twice < 5 * some, "{twice} against {some}");
    }
}
