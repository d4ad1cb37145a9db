//! Configuration from a state, for an object that is to be written down for the first time: only what says something. Computed
//! attributes, blank values and defaults are left out, since leaving them out means the same. Called by `protocol`.

use super::phase::attribute;
use super::validate::validate;
use super::{Config, Resource, State, Surroundings};
use crate::diag::Severity;
use crate::raw::RawObject;
use crate::schema::{Attribute, Mode, Shape, Table, Wire};
use crate::value::{Object, Step, Value};

/// The least configuration that plans no change to an object of this state.
pub fn generate(resource: &Resource, state: &State, around: &dyn Surroundings) -> Object {
    let mut config = generate_object(resource.table, state.object());
    for row in resource.table.attributes {
        // What the connection gives anyhow, such as the provider's project, need not be repeated on each resource.
        let Wire::Template(template) = row.wire else { continue };
        let given = template.strip_prefix("{provider.").and_then(|name| name.strip_suffix('}'));
        let same = given.and_then(|name| around.lookup(name, state.object())).map(Value::string);
        if same.as_ref() == Some(state.get(row.name)) {
            config.insert(row.name.to_owned(), Value::Null);
        }
    }
    acceptable(resource, config)
}

/// The configuration without what validation would refuse: what the remote system holds may be more than what is accepted here, and left
/// out it stays as it is.
fn acceptable(resource: &Resource, object: Object) -> Object {
    let mut config = Config::new(object);
    loop {
        let judged = validate(resource.table, resource.rules, &config);
        let mut object = config.object().clone();
        for path in
            judged.iter().filter(|message| message.severity == Severity::Error).filter_map(|told| told.path.as_ref())
        {
            // Without what is required there is no configuration: that is for the person to put right.
            let required = path.first().and_then(|name| resource.table.attribute(name));
            if !required.is_some_and(|row| matches!(row.mode, Mode::Required)) {
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

/// Leaves out the attribute at a path, or the whole list that it leads into: a list is managed as a whole.
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
    match (row.mode, row.wire) {
        // Set in a configuration, an assigned id would mean adoption; the import says already which object it is.
        (Mode::Computed, _) | (_, Wire::Assigned(_)) => return Value::Null,
        (Mode::Default(default), _) if default.value() == *value => return Value::Null,
        (Mode::Required | Mode::Default(_), _) => return value.clone(),
        (Mode::Optional | Mode::Local | Mode::WriteOnly, _) => {}
    }
    match (row.shape, value) {
        (Shape::Leaf(kind), value) => {
            let blank = kind.take(row.name, &RawObject::default()).is_ok_and(|blank| kind.same(&blank, value));
            if blank { Value::Null } else { value.clone() }
        }
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
