//! Configuration from a state, for an object that is to be written down for the first time: only
//! what says something. Computed attributes, blank values and defaults are left out, since leaving
//! them out means the same. Called by `protocol`.

use super::validate::validate;
use crate::diag::Severity;
use crate::engine::phase::attribute;
use crate::engine::{Config, Connection, ManagedResource, Place, State};
use crate::schema::{Attribute, Configurability, Shape, Source, Table};
use crate::value::{Object, Step, Value};

/// The least configuration that plans no change to an object of this state.
pub fn generate(resource: &ManagedResource, state: &State, connection: &dyn Connection) -> Object {
    let mut config = generate_object(resource.table, state.object());
    let place = Place::of(resource.table, state.object());
    for row in resource.table.attributes {
        // What the provider gives anyhow, such as its project, need not be repeated on each
        // resource.
        let Source::Provider(setting) = row.source else { continue };
        let given = connection.lookup(setting, &place).map(Value::string);
        if given.as_ref() == Some(state.get(row.name)) {
            config.insert(row.name.to_owned(), Value::Null);
        }
    }
    acceptable(resource, config)
}

/// The configuration without what validation would refuse. The remote system may hold more than
/// what is accepted here; left out, it stays as it is.
fn acceptable(resource: &ManagedResource, object: Object) -> Object {
    let mut config = Config::new(object);
    loop {
        let judged = validate(resource.table, resource.rules, &config);
        let mut object = config.object().clone();
        let refused = judged.iter().filter(|message| message.severity == Severity::Error);
        for path in refused.filter_map(|message| message.path.as_ref()) {
            // Without what is required there is no configuration: that is for the person to put
            // right.
            let required = path.first().and_then(|name| resource.table.attribute(name));
            if !required.is_some_and(|row| row.configurability == Configurability::Required) {
                leave_out(&mut object, path.steps());
            }
        }
        // Each round leaves out more, or it was the last.
        if object == *config.object() {
            return object;
        }
        config = Config::new(object);
    }
}

/// Leaves out the attribute at a path, or the whole list that it leads into: a list is managed as a
/// whole.
fn leave_out(object: &mut Object, steps: &[Step]) {
    let Some((Step::Attribute(name), deeper)) = steps.split_first() else { return };
    match (deeper.first(), object.get_mut(name)) {
        (Some(Step::Attribute(_)), Some(Value::Object(nested))) => {
            leave_out(nested, deeper);
            if nested.values().all(Value::is_null) {
                object.insert(name.clone(), Value::Null);
            }
        }
        (_, Some(value)) => *value = Value::Null,
        (_, None) => {}
    }
}

fn generate_object(table: &Table, state: &Object) -> Object {
    table
        .attributes
        .iter()
        .map(|row| (row.name.to_owned(), generate_attribute(row, attribute(state, row.name))))
        .collect()
}

fn generate_attribute(row: &Attribute, value: &Value) -> Value {
    // An id in the configuration would mean adoption. The import says already which object it is.
    if !row.is_configurable() || matches!(row.source, Source::Assigned { .. }) {
        return Value::Null;
    }
    if let Some(default) = row.default {
        return if default.value() == *value { Value::Null } else { value.clone() };
    }
    // What is not computed is exactly what a configuration says: leaving it out means null.
    if matches!(row.configurability, Configurability::Required | Configurability::Optional) {
        return value.clone();
    }
    match (row.shape, value) {
        (Shape::Leaf(kind), value) => match kind.same(&kind.blank(), value) {
            true => Value::Null,
            false => value.clone(),
        },
        (Shape::Object(table), Value::Object(state)) => {
            let nested = generate_object(table, state);
            if nested.values().all(Value::is_null) { Value::Null } else { Value::Object(nested) }
        }
        (Shape::List(table), Value::List(elements)) if !elements.is_empty() => {
            let element = |element: &Value| match element {
                Value::Object(state) => Value::Object(generate_object(table, state)),
                other => other.clone(),
            };
            Value::List(elements.iter().map(element).collect())
        }
        (Shape::Object(_) | Shape::List(_), _) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, number, object};

    fn generated(more: &[(&str, Value)]) -> Object {
        let mut known =
            object([("id", "B1".into()), ("city", "Ulm".into()), ("name", "Main".into()), ("page_url", "x".into())]);
        known.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let config = generate(&BRANCH, &State::stub(BRANCH.table, known), Bench::new().connection());
        config.into_iter().filter(|(_, value)| !value.is_null()).collect()
    }

    #[test]
    fn only_what_says_something_is_written() {
        let blank =
            [("motto", "".into()), ("floors", number(0)), ("genres", Value::set([])), ("loan_period", "".into())];
        assert_eq!(generated(&blank), object([("name", "Main".into())]));
        assert_eq!(generated(&[("city", "Bonn".into())])["city"], "Bonn".into(), "it is not the provider's");
        let room = |open: Value| Value::Object(object([("open", open), ("desks", number(3))]));
        // `false` is blank, so the closed room is left out, and with it what the rule would refuse.
        assert_eq!(generated(&[("reading_room", room(false.into()))])["reading_room"], room(Value::Null));
    }

    #[test]
    fn elements_are_written_without_their_defaults() {
        let shelf = [("name", "a".into()), ("boards", number(0)), ("genres", Value::set(["x".into()]))];
        let written = generated(&[("shelves", Value::List(vec![Value::Object(object(shelf))]))]);
        let expected = [("name", "a".into()), ("boards", Value::Null), ("genres", Value::set(["x".into()]))];
        assert_eq!(written["shelves"], Value::List(vec![Value::Object(object(expected))]));
    }

    #[test]
    fn what_only_this_side_knows_is_written_as_it_is() {
        let timeouts = Value::Object(object([("create", Value::Null), ("read", "5m".into())]));
        for value in [timeouts, Value::Null] {
            let known = object([("title", "Emma".into()), ("branch_id", "B1".into()), ("timeouts", value.clone())]);
            let config = generate(&BOOK, &State::stub(BOOK.table, known), Bench::new().connection());
            assert_eq!(config["timeouts"], value);
        }
    }

    #[test]
    fn what_validation_would_refuse_is_left_out_with_its_list() {
        let twins = Value::List(vec![
            Value::Object(object([("name", "a".into())])),
            Value::Object(object([("name", "a".into())])),
        ]);
        assert!(!generated(&[("shelves", twins)]).contains_key("shelves"));
        assert_eq!(
            generated(&[("loan_period", "3 months".into()), ("motto", "Read".into())]),
            object([("name", "Main".into()), ("motto", "Read".into())])
        );
    }
}
