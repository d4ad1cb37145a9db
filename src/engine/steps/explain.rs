// SPDX-License-Identifier: Apache-2.0

//! What was decided about each attribute, and why, for the log. Pure, and asked only if somebody
//! reads it. Names alone: no value leaves here.

use std::collections::BTreeMap;

use crate::engine::phase::attribute;
use crate::engine::{Config, State};
use crate::schema::{Attribute, Configurability, Shape, Table};
use crate::value::{Object, Path, Trail, Value};

/// What a plan decided about each attribute, by decision.
pub fn planned(table: &Table, prior: Option<&State>, config: &Config, planned: &Object, replace: &[Path]) -> String {
    let mut decisions = Decisions::default();
    let replaces = |row: &Attribute| replace.contains(&Path::of(row.name));
    for row in table.attributes {
        let prior = prior.map(|prior| prior.get(row.name));
        let at = Trail::Root.attribute(row.name);
        match replaces(row) {
            true => decisions.put(REPLACES, &at),
            false => decide(row, prior, config.get(row.name), attribute(planned, row.name), &at, &mut decisions),
        }
    }
    decisions.told()
}

/// The attributes in which a refreshed state differs from the one before.
pub fn refreshed(table: &Table, before: &Object, after: &Object) -> String {
    let differs = |row: &&Attribute| attribute(before, row.name) != attribute(after, row.name);
    names(table.attributes.iter().filter(differs).map(|row| row.name))
}

/// The attributes that a configuration manages: those that an update writes over the loaded object.
pub fn managed(table: &Table, config: &Config) -> String {
    names(table.attributes.iter().map(|row| row.name).filter(|name| !config.get(name).is_null()))
}

const REPLACES: &str = "changed, which needs a new object";

/// Attributes by what was decided about them.
#[derive(Default)]
struct Decisions(BTreeMap<&'static str, Vec<String>>);

// === impl Decisions ===

impl Decisions {
    fn put(&mut self, decision: &'static str, at: &Trail<'_>) {
        self.0.entry(decision).or_default().push(at.to_string());
    }

    fn told(&self) -> String {
        let told = self.0.iter().map(|(decision, paths)| format!("{decision}: {}", paths.join(", ")));
        told.collect::<Vec<_>>().join("; ")
    }
}

fn decide(
    row: &Attribute,
    prior: Option<&Value>,
    config: &Value,
    planned: &Value,
    at: &Trail<'_>,
    decisions: &mut Decisions,
) {
    if let (Shape::Object(table), Some(config), Some(planned)) = (row.shape, config.as_object(), planned.as_object()) {
        let prior = prior.and_then(Value::as_object);
        for row in table.attributes {
            let prior = prior.map(|prior| attribute(prior, row.name));
            decide(
                row,
                prior,
                attribute(config, row.name),
                attribute(planned, row.name),
                &at.attribute(row.name),
                decisions,
            );
        }
        return;
    }
    let decision = match (config, prior) {
        _ if row.configurability == Configurability::WriteOnly => return,
        (Value::Null, _) if planned.is_unknown() => "told by the apply",
        (Value::Null, _) if row.default.is_some_and(|default| default.value() == *planned) => "by default",
        (Value::Null, Some(prior)) if !prior.is_null() && prior == planned => "kept, since it is not configured",
        (Value::Null, Some(prior)) if prior != planned => "follows from others",
        (Value::Null, _) if planned.is_null() => return,
        (Value::Null, _) => "follows from others",
        _ if !planned.is_wholly_known() => "configured, not known yet",
        (config, Some(prior)) if prior == planned && !agrees(config, planned) => {
            "kept, since another spelling is configured"
        }
        (_, Some(prior)) if prior == planned => "configured, unchanged",
        (_, Some(_)) => "configured, changed",
        (_, None) => "configured",
    };
    decisions.put(decision, at);
}

/// Whether a value holds what was written, and defaults for what was left out in an element.
fn agrees(written: &Value, value: &Value) -> bool {
    match (written, value) {
        (Value::Null, _) => true,
        (Value::List(written), Value::List(value)) => {
            written.len() == value.len() && written.iter().zip(value).all(|(written, value)| agrees(written, value))
        }
        (Value::Object(written), Value::Object(value)) => {
            written.iter().all(|(name, written)| agrees(written, attribute(value, name)))
        }
        _ => written == value,
    }
}

fn names(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, config, number, object};

    #[test]
    fn each_attribute_is_told_with_the_reason() {
        let room = |open: bool| Value::Object(object([("open", open.into())]));
        let prior = State::new(object([
            ("name", "Main".into()),
            ("motto", "Read".into()),
            ("city", "Ulm".into()),
            ("loan_period", "60 minutes".into()),
            ("founder", "Ann".into()),
            ("page_url", "x".into()),
            ("reading_room", room(true)),
        ]));
        let config = config([
            ("name", "Old".into()),
            ("city", "Bonn".into()),
            ("loan_period", "1 hour".into()),
            ("founder", "Ann".into()),
            ("genres", Value::unknown()),
            ("reading_room", room(false)),
            ("opened_by", "a secret".into()),
        ]);
        let after = object([
            ("name", "Old".into()),
            ("motto", "Read".into()),
            ("city", "Bonn".into()),
            ("loan_period", "60 minutes".into()),
            ("founder", "Ann".into()),
            ("genres", Value::unknown()),
            ("page_url", Value::unknown()),
            ("shop_url", "y".into()),
            ("reading_room", room(false)),
        ]);
        let told = planned(BRANCH.table, Some(&prior), &config, &after, &[Path::of("city")]);
        for words in [
            "changed, which needs a new object: city",
            "configured, changed: name, reading_room.open",
            "configured, unchanged: founder",
            "configured, not known yet: genres",
            "kept, since another spelling is configured: loan_period",
            "kept, since it is not configured: motto",
            "told by the apply: page_url",
            "follows from others: shop_url",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
        for value in ["Old", "Main", "Bonn", "minutes", "secret"] {
            assert!(!told.contains(value), "{value}: {told}");
        }
        let created = planned(BRANCH.table, None, &config, &after, &[]);
        assert!(created.contains("configured: name"), "{created}");
    }

    #[test]
    fn a_member_that_is_left_out_is_no_other_spelling() {
        let shelf = |name: &str, boards: Value| {
            Value::List(vec![Value::Object(object([("name", name.into()), ("boards", boards)]))])
        };
        let held = object([("shelves", shelf("a", number(0)))]);
        let prior = State::new(held.clone());
        for (written, decision) in [
            (shelf("a", Value::Null), "configured, unchanged: shelves"),
            (shelf("a", number(0)), "configured, unchanged: shelves"),
            (shelf("b", Value::Null), "kept, since another spelling is configured: shelves"),
            (Value::List(Vec::new()), "kept, since another spelling is configured: shelves"),
        ] {
            let config = config([("shelves", written)]);
            assert_eq!(planned(BRANCH.table, Some(&prior), &config, &held, &[]), decision);
        }
    }

    #[test]
    fn names_of_managed_and_of_differing_attributes_are_told() {
        let (before, after) = (object([("name", "a".into())]), object([("name", "b".into())]));
        assert_eq!(refreshed(BRANCH.table, &before, &after), "name");
        assert_eq!(refreshed(BRANCH.table, &before, &before), "none");
        assert_eq!(managed(BRANCH.table, &config([("name", "a".into()), ("motto", "".into())])), "name, motto");
    }
}
