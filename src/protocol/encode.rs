//! Our types → wire: values, paths, diagnostics.

use super::{msgpack, wire};
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::engine::{Plan, Resource, State, identity};
use crate::schema::Table;
use crate::value::{Object, Path, Step, Type, Value};

/// A value, always as MessagePack: JSON can't say unknown.
pub(super) fn dynamic(value: &Value, ty: &Type) -> wire::DynamicValue {
    // `service` answers a panic with an error for this call. Null in the state would be worse.
    let msgpack = msgpack::encode(value, ty).unwrap_or_else(|error| panic!("a value doesn't fit its schema: {error}"));
    wire::DynamicValue { msgpack: msgpack.into(), json: Default::default() }
}

/// A state; an object that is gone is null.
pub(super) fn state(state: Option<State>, table: &Table) -> wire::DynamicValue {
    dynamic(&state.map_or(Value::Null, State::into_value), &table.ty())
}

/// A plan; an object that is to go is null.
pub(super) fn plan(plan: Option<Plan>, table: &Table) -> wire::DynamicValue {
    dynamic(&plan.map_or(Value::Null, Plan::into_value), &table.ty())
}

/// The identity of an object, absent while a part of it is not known.
pub(super) fn identity(resource: &Resource, object: Option<&Object>) -> Option<wire::ResourceIdentityData> {
    let identity = identity::of(resource, object?)?;
    Some(wire::ResourceIdentityData { identity_data: Some(dynamic(&identity, &identity::ty(resource))) })
}

/// Messages in order.
pub(super) fn diagnostics(diagnostics: &Diagnostics) -> Vec<wire::Diagnostic> {
    diagnostics.iter().map(diagnostic).collect()
}

/// A path from the root of the resource or provider block.
pub(super) fn path(path: &Path) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;
    let step = |step: &Step| wire::attribute_path::Step {
        selector: Some(match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
        }),
    };
    wire::AttributePath { steps: path.steps().iter().map(step).collect() }
}

fn diagnostic(message: &Diagnostic) -> wire::Diagnostic {
    // Severity 0 would be shown as nothing at all, and the operation would succeed.
    let severity = match message.severity {
        Severity::Error => wire::diagnostic::Severity::Error,
        Severity::Warning => wire::diagnostic::Severity::Warning,
    };
    wire::Diagnostic {
        severity: severity.into(),
        summary: message.summary.clone(),
        detail: message.detail.clone(),
        attribute: message.path.as_ref().map(path),
    }
}
