// SPDX-License-Identifier: Apache-2.0

//! Our types → wire: values, paths, diagnostics. Called by `rpc`.

use super::{msgpack, wire};
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::engine::steps::identity;
use crate::engine::{ManagedResource, Plan, State};
use crate::schema::Table;
use crate::shown::{shown, shown_in_line};
use crate::value::{Object, Path, Step, Type, Value};

/// A value, always as MessagePack: JSON can't say unknown. Fails if the value does not fit its
/// type, which is a bug of the provider.
pub(super) fn dynamic(value: &Value, ty: &Type) -> Result<wire::DynamicValue, Diagnostic> {
    match msgpack::encode(value, ty) {
        Ok(msgpack) => Ok(wire::DynamicValue { msgpack: msgpack.into(), json: Default::default() }),
        Err(error) => {
            let detail = format!(
                "The provider made a value that does not fit its own schema: {error}. This is a bug in the provider: \
                 please report it. If this was an apply, look whether the object was created or changed before you \
                 apply again."
            );
            Err(Diagnostic::error("A value does not fit the schema", detail).at(error.path))
        }
    }
}

/// A state; an object that is gone is null.
pub(super) fn state(state: Option<State>, table: &Table) -> Result<wire::DynamicValue, Diagnostic> {
    dynamic(&state.map_or(Value::Null, State::into_value), table.ty())
}

/// A plan; an object that is to be destroyed is null.
pub(super) fn plan(plan: Option<Plan>, table: &Table) -> Result<wire::DynamicValue, Diagnostic> {
    dynamic(&plan.map_or(Value::Null, Plan::into_value), table.ty())
}

/// The identity of an object, absent while a part of it is not known.
pub(super) fn identity(
    resource: &ManagedResource,
    object: Option<&Object>,
) -> Result<Option<wire::ResourceIdentityData>, Diagnostic> {
    let Some(identity) = object.and_then(|object| identity::of(resource.table, object)) else { return Ok(None) };
    let identity_data = Some(dynamic(&identity, resource.table.identity_ty())?);
    Ok(Some(wire::ResourceIdentityData { identity_data }))
}

/// Messages in order.
pub(super) fn diagnostics(diagnostics: &Diagnostics) -> Vec<wire::Diagnostic> {
    diagnostics.iter().map(diagnostic).collect()
}

/// Messages for an answer that has room for one text.
#[allow(dead_code)] // Rust 1.97 does not see that it is used: only implementations of a trait that a macro writes do so.
pub(super) fn one_text(diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(|message| shown(&message.detail)).collect::<Vec<_>>().join(" ")
}

/// The error of a function, perhaps about the argument at a position.
pub(super) fn function_error(text: &str, function_argument: Option<i64>) -> wire::FunctionError {
    // The CLIs put a full stop behind it.
    wire::FunctionError { text: shown(text).trim_end_matches('.').to_owned(), function_argument }
}

/// A path from the root of the resource or provider block.
pub(super) fn path(path: &Path) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;
    let step = |step: &Step| wire::attribute_path::Step {
        selector: Some(match step {
            Step::Attribute(name) => Selector::AttributeName((*name).to_owned()),
            Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
        }),
    };
    wire::AttributePath { steps: path.steps().iter().map(step).collect() }
}

/// Where the CLI is told to point. Terraform 1.11 and OpenTofu, among others, look for the last name of
/// a path of several names in the resource itself, and point at the resource if they don't find it there.
/// But they find a key of a map in an attribute, also if it is an object, and so do newer ones. So a path
/// ends there. The text names the rest.
fn pointed_at(path: &Path) -> Path {
    match path.steps() {
        [Step::Attribute(outer), Step::Attribute(inner), ..] => Path::of(outer).key(inner),
        [Step::Attribute(outer), Step::Index(index), ..] => Path::of(outer).index(*index),
        [Step::Attribute(outer), Step::Key(key), ..] => Path::of(outer).key(key),
        _ => path.clone(),
    }
}

fn diagnostic(message: &Diagnostic) -> wire::Diagnostic {
    // Severity 0 would be shown as nothing at all, and the operation would succeed.
    let severity = match message.severity {
        Severity::Error => wire::diagnostic::Severity::Error,
        Severity::Warning => wire::diagnostic::Severity::Warning,
    };
    wire::Diagnostic {
        severity: severity.into(),
        summary: shown_in_line(&message.title()),
        detail: shown(&message.detail),
        attribute: message.path.as_ref().map(|at| path(&pointed_at(at))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::*;
    use crate::library::{BRANCH, object};
    use crate::shown::keep_secret;

    #[test]
    fn no_text_for_a_person_holds_a_secret_or_steers_a_terminal() {
        const HIDDEN: &str = "(a secret in a message)\\u{7}";
        keep_secret("a secret in a message", "Rw7kQz2vXn9sTb4m", &[]);
        let odd = "Rw7kQz2vXn9sTb4m\u{7}";
        let told = Diagnostics::from(Diagnostic::warning(format!("Odd {odd}"), format!("It is {odd}.")));
        let told = told.of(|| Some(odd.to_owned()));
        let [sent] = diagnostics(&told).try_into().unwrap();
        assert_eq!((sent.summary, sent.detail), (format!("Odd {HIDDEN} ({HIDDEN})"), format!("It is {HIDDEN}.")));
        assert_eq!(one_text(&told), format!("It is {HIDDEN}."));
        assert_eq!(function_error(odd, None).text, HIDDEN);
    }

    /// Null needs hardly any memory, whatever its type, so what is used beyond that is for the type.
    #[test]
    fn the_type_of_a_table_is_built_for_the_first_value_only() {
        let null = state(None, BRANCH.table).unwrap();
        let used = |code: &dyn Fn()| allocation_counter::measure(code).bytes_total;
        assert_eq!(used(&|| drop(decode::state(Some(&null), BRANCH.table))), 0);
        assert_eq!(used(&|| drop(decode::plan(Some(&null), BRANCH.table))), 0);
        assert_eq!(used(&|| drop(decode::config(Some(&null), BRANCH.table))), 0);
        let plain = used(&|| drop(dynamic(&Value::Null, &Type::Bool)));
        assert_eq!(used(&|| drop(state(None, BRANCH.table))), plain);
        assert_eq!(used(&|| drop(plan(None, BRANCH.table))), plain);
    }

    #[test]
    fn the_type_of_an_identity_is_built_for_the_first_one_only() {
        let whole = object([("id", "B1".into()), ("city", "Ulm".into())]);
        let none = wire::ResourceIdentityData { identity_data: Some(dynamic(&Value::Null, &Type::Bool).unwrap()) };
        let _built = identity(&BRANCH, Some(&whole));
        let used = |code: &dyn Fn()| allocation_counter::measure(code).bytes_total;
        assert_eq!(used(&|| drop(decode::identity(Some(&none), &BRANCH))), 0);
        let ty = BRANCH.table.identity_ty();
        let plain = used(&|| drop(dynamic(&identity::of(BRANCH.table, &whole).unwrap(), ty)));
        assert_eq!(used(&|| drop(identity(&BRANCH, Some(&whole)))), plain);
    }

    #[test]
    fn a_place_in_an_attribute_is_shown_as_a_key_of_a_map_which_all_clis_find() {
        let scopes = Path::of("scopes").attribute("own");
        for (at, shown) in [
            (Path::of("name"), "name"),
            (scopes.clone(), "scopes[\"own\"]"),
            (scopes.index(2).attribute("name"), "scopes[\"own\"]"),
            (Path::of("shelves").index(2).attribute("name"), "shelves[2]"),
            (Path::of("labels").key("a").attribute("x"), "labels[\"a\"]"),
        ] {
            assert_eq!(pointed_at(&at).to_string(), shown, "{at}");
        }
    }

    #[test]
    fn a_value_of_another_type_than_its_attributes_is_an_error_at_that_attribute() {
        let wrong = State::new(object([("name", true.into())]));
        let refused = state(Some(wrong), BRANCH.table).unwrap_err();
        assert_eq!(refused.path, Some(Path::of("name")));
        assert!(refused.detail.contains("bug in the provider"), "{refused:?}");
        assert!(state(None, BRANCH.table).is_ok());
    }

    #[test]
    fn an_identity_is_encoded_whole_or_not_at_all() {
        let half = object([("id", "B1".into())]);
        assert_eq!(identity(&BRANCH, Some(&half)), Ok(None));
        let whole = object([("id", "B1".into()), ("city", "Ulm".into())]);
        assert!(identity(&BRANCH, Some(&whole)).is_ok_and(|identity| identity.is_some()));
    }
}
