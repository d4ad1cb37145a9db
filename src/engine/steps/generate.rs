// SPDX-License-Identifier: Apache-2.0

//! Configuration from a state, for an object that is to be written down for the first time. What the
//! remote system holds is written as it is, also what is off or empty: from then on it is governed, and
//! a change made elsewhere is drift. Left out is only what a configuration can't say or need not:
//! computed attributes, ids, the defaults of elements, what the provider gives anyhow, and what no
//! configuration may have, of which the read of an import warns, since the CLIs show no warning of
//! what generates a configuration. Called by `protocol` and by `lifecycle/read`.

use super::validate::validate_unseen;
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::engine::phase::attribute_near;
use crate::engine::{Config, Connection, ManagedResource, Place, State};
use crate::schema::{Attribute, Configurability, Shape, Source, Table};
use crate::value::{Object, Path, Value};

/// The configuration that governs an object of this state and plans no change to it.
pub fn generate(resource: &ManagedResource, state: &State, connection: &dyn Connection) -> Object {
    generate_allowed(resource, state, connection).0
}

/// What to tell of an object that is imported, if it has what no configuration may have.
pub fn ungoverned(resource: &ManagedResource, state: &State, connection: &dyn Connection) -> Diagnostics {
    generate_allowed(resource, state, connection).1
}

fn generate_allowed(resource: &ManagedResource, state: &State, connection: &dyn Connection) -> (Object, Diagnostics) {
    let mut config = generate_object(resource.table, state.object());
    let place = Place::of(resource.table, state.object());
    for row in resource.table.attributes {
        // What the provider gives anyhow, such as its project, need not be repeated on each
        // resource.
        let Source::Provider(setting) = row.source else { continue };
        let given = connection.lookup(setting, &place).map(Value::string);
        if given.as_ref() == Some(state.get(row.name)) {
            config.insert(row.name, Value::Null);
        }
    }
    let refused = validate_unseen(resource, &Config::new(config.clone()));
    let warnings = refused.iter().filter_map(|error| leave_out(error, resource.table, &mut config)).collect();
    (config, warnings)
}

/// Leaves out the attribute that an error is about. To leave out one element of it would plan its removal.
fn leave_out(error: &Diagnostic, table: &Table, config: &mut Object) -> Option<Diagnostic> {
    let name = error.path.as_ref().filter(|_| error.severity == Severity::Error)?.first()?;
    // It is left out already for another of its values.
    if config.get(name).is_none_or(Value::is_null) {
        return None;
    }
    table.attribute(name).filter(|row| row.configurability != Configurability::Required)?;
    config.insert(name, Value::Null);
    let detail = format!(
        "{} So no configuration can have `{name}` as it is. Leave `{name}` out, as generated configuration does from \
         Terraform 1.14 on: it is not managed then, and keeps its value. To manage it, set it to what it should be.",
        error.detail
    );
    Some(Diagnostic::warning("Can't be written in a configuration", detail).at(Path::of(name)))
}

fn generate_object(table: &Table, state: &Object) -> Object {
    table.object(|position, row| generate_attribute(row, attribute_near(state, position, row.name)))
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
        (Shape::Object(table), Value::Object(state)) => Value::Object(generate_object(table, state)),
        (Shape::List(table), Value::List(elements)) => {
            let element = |element: &Value| match element {
                Value::Object(state) => Value::Object(generate_object(table, state)),
                other => other.clone(),
            };
            Value::List(elements.iter().map(element).collect())
        }
        (_, value) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, number, object};

    fn generated(more: &[(&'static str, Value)]) -> Object {
        let mut known =
            object([("id", "B1".into()), ("city", "Ulm".into()), ("name", "Main".into()), ("page_url", "x".into())]);
        known.extend(more.iter().map(|(name, value)| (*name, value.clone())));
        let (config, warnings) =
            generate_allowed(&BRANCH, &State::stub(BRANCH.table, known), Bench::new().connection());
        assert_eq!(warnings, Diagnostics::none());
        config.into_iter().filter(|(_, value)| !value.is_null()).collect()
    }

    #[test]
    fn what_is_off_or_empty_is_written_and_what_nobody_can_say_is_not() {
        let blank =
            [("motto", "".into()), ("floors", number(0)), ("genres", Value::set([])), ("loan_period", "".into())];
        let mut expected = object(blank.clone());
        expected.insert("name", "Main".into());
        assert_eq!(generated(&blank), expected);
        assert_eq!(generated(&[("shelves", Value::List(Vec::new()))])["shelves"], Value::List(Vec::new()));
        assert_eq!(generated(&[]), object([("name", "Main".into())]), "neither id nor page nor the provider's city");
        assert_eq!(generated(&[("city", "Bonn".into())])["city"], "Bonn".into(), "it is not the provider's");
        let closed = Value::Object(object([("open", false.into()), ("desks", number(0))]));
        assert_eq!(generated(&[("reading_room", closed.clone())])["reading_room"], closed);
    }

    #[test]
    fn what_no_configuration_may_have_is_left_out_with_its_attribute_and_told() {
        let known = object([("name", "Main".into()), ("founder", "<b>".into()), ("motto", "Read".into())]);
        let (config, warnings) =
            generate_allowed(&BRANCH, &State::stub(BRANCH.table, known), Bench::new().connection());
        assert_eq!((&config["founder"], &config["motto"]), (&Value::Null, &"Read".into()));
        let told: Vec<&Diagnostic> = warnings.iter().collect();
        let [warning] = told[..] else { panic!("{warnings:?}") };
        assert_eq!((warning.severity, &warning.path), (Severity::Warning, &Some(Path::of("founder"))));
        assert!(
            warning.detail.starts_with("`founder`: It has markup. So no configuration can have `founder`"),
            "{warning:?}"
        );
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
    fn odd_values_are_written_with_their_lists_and_plan_nothing() {
        let shelf = |name: &str| Value::Object(object([("name", name.into()), ("boards", number(0))]));
        let room = Value::Object(object([("open", false.into()), ("desks", number(3))]));
        let odd = [
            ("name", "Main".into()),
            ("loan_period", "3 months".into()),
            ("reading_room", room),
            ("shelves", Value::List(vec![shelf("a"), shelf("b c"), shelf("a")])),
        ];
        let written = generated(&odd);
        assert_eq!((&written["name"], &written["loan_period"]), (&odd[0].1, &odd[1].1));
        assert_eq!(written["shelves"].elements().unwrap().len(), 3);
        let bench = Bench::new();
        let mut known = object([("id", "B1".into()), ("city", "Ulm".into())]);
        known.extend(odd);
        let state = State::stub(BRANCH.table, known);
        let config = Config::new(generate(&BRANCH, &state, bench.connection()));
        let judged = validate_unseen(&BRANCH, &config);
        assert!(judged.iter().count() > 0 && !judged.has_errors(), "{judged:?}");
        let planned = bench.of(&BRANCH).plan(Some(&state), &config, &crate::engine::memory::Memory::default());
        assert!(!planned.diagnostics.has_errors(), "{:?}", planned.diagnostics);
    }
}
