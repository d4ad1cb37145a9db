// SPDX-License-Identifier: Apache-2.0

//! Wire → our types: values under a schema, with a diagnostic where they do not fit. Such a misfit
//! is never the user's fault. Called by `rpc`.

use serde_json::value::RawValue;

use super::msgpack::Malformed;
use super::span::about;
use super::{json, msgpack, wire};
use crate::diag::Diagnostic;
use crate::engine::steps::identity;
use crate::engine::steps::upgrade::{NotUpgraded, upgrade};
use crate::engine::{Config, ManagedResource, Plan, State};
use crate::raw::RawObject;
use crate::schema::Table;
use crate::value::{Object, Type, Value};

/// A value as the wire has it: MessagePack, else JSON, else null.
pub(super) fn dynamic(value: Option<&wire::DynamicValue>, ty: &Type) -> Result<Value, Malformed> {
    match value {
        Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => json::decode(&value.json, ty),
        Some(_) | None => Ok(Value::Null),
    }
}

/// Whether a value is null as a whole. Nothing else of it is read.
pub(super) fn is_null(value: Option<&wire::DynamicValue>) -> bool {
    value.is_none_or(|value| match value.msgpack.is_empty() {
        true => matches!(value.json.trim_ascii(), b"" | b"null"),
        false => msgpack::is_null(&value.msgpack),
    })
}

/// A configuration; a null one has nothing set.
pub(super) fn config(value: Option<&wire::DynamicValue>, table: &Table) -> Result<Config, Diagnostic> {
    let config = object(value, table.ty(), "configuration")?.unwrap_or_default();
    about(table, &config);
    Ok(Config::new(config))
}

/// A stored state. `None`: the object does not exist.
pub(super) fn state(value: Option<&wire::DynamicValue>, table: &Table) -> Result<Option<State>, Diagnostic> {
    let state = object(value, table.ty(), "state")?;
    state.iter().for_each(|state| about(table, state));
    Ok(state.map(State::new))
}

/// A plan, `None` where the object is to be destroyed.
pub(super) fn plan(value: Option<&wire::DynamicValue>, table: &Table) -> Result<Option<Plan>, Diagnostic> {
    let plan = object(value, table.ty(), "plan")?;
    plan.iter().for_each(|plan| about(table, plan));
    Ok(plan.map(Plan::new))
}

/// An identity, `None` where there is none. A state of before there were identities has none.
pub(super) fn identity(
    data: Option<&wire::ResourceIdentityData>,
    resource: &ManagedResource,
) -> Result<Option<Object>, Diagnostic> {
    let value = data.and_then(|data| data.identity_data.as_ref());
    match dynamic(value, resource.table.identity_ty()) {
        Ok(Value::Null) => Ok(None),
        Ok(Value::Object(object)) => Ok(Some(object)),
        Ok(_) => Err(unreadable("identity", "the whole identity is unknown")),
        Err(error) => Err(unreadable("identity", &error.to_string())),
    }
}

/// An identity as a state file of this version has it.
pub(super) fn raw_identity(
    raw: Option<&wire::RawState>,
    version: i64,
    resource: &ManagedResource,
) -> Result<Object, Diagnostic> {
    if version != identity::VERSION {
        let reason = NotUpgraded::Version(version, identity::VERSION).to_string();
        return Err(unknown_version("identity", resource, &reason));
    }
    let json = raw.map(|raw| raw.json.as_ref()).unwrap_or_default();
    match json::decode(json, resource.table.identity_ty()) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(unreadable("identity", "it is null")),
        Err(error) => Err(unreadable("identity", &error.to_string())),
    }
}

/// A state as a state file of this version has it, in today's shape.
pub(super) fn raw_state(
    raw: Option<&wire::RawState>,
    version: i64,
    resource: &ManagedResource,
) -> Result<State, Diagnostic> {
    let Some(raw) = raw.filter(|raw| !raw.json.is_empty()) else {
        let detail = "The stored state has no JSON attributes: it is from a Terraform older than 0.12, or empty. \
                      Remove the object from the state with `terraform state rm` and import it again.";
        return Err(Diagnostic::error("The state can't be read", detail));
    };
    let stored: Box<RawValue> = serde_json::from_slice(&raw.json).map_err(|_| unreadable("state", "it is not JSON"))?;
    let today = upgraded(resource, version, &stored)?.map_or(stored, |attributes| attributes.to_raw());
    match json::decode_raw(&today, resource.table.ty()) {
        Ok(Value::Object(object)) => {
            about(resource.table, &object);
            Ok(State::stored(resource.table, object))
        }
        Ok(_) => Err(unreadable("state", "it is null")),
        Err(error) => Err(unreadable("state", &error.to_string()).at(error.path)),
    }
}

fn upgraded(resource: &ManagedResource, version: i64, stored: &RawValue) -> Result<Option<RawObject>, Diagnostic> {
    upgrade(resource, version, stored).map_err(|error| match error {
        NotUpgraded::Version(..) => unknown_version("state", resource, &error.to_string()),
        NotUpgraded::Content(_) => unreadable("state", &error.to_string()),
    })
}

/// What to report of something stored that has a version from somewhere else.
fn unknown_version(what: &str, resource: &ManagedResource, reason: &str) -> Diagnostic {
    let detail = format!(
        "The stored {what} of this {} can't be used: {reason}. A newer version of the provider may have stored it: \
         use that one.",
        resource.type_name
    );
    Diagnostic::error(format!("The {what} can't be read"), detail)
}

/// An object of a type, `None` where it is null.
fn object(value: Option<&wire::DynamicValue>, ty: &Type, what: &str) -> Result<Option<Object>, Diagnostic> {
    match dynamic(value, ty) {
        Ok(Value::Null) => Ok(None),
        Ok(Value::Object(object)) => Ok(Some(object)),
        Ok(_) => Err(unreadable(what, "the whole object is unknown")),
        Err(error) => Err(unreadable(what, &error.to_string()).at(error.path)),
    }
}

fn unreadable(what: &str, reason: &str) -> Diagnostic {
    let detail = format!(
        "The {what} that the CLI sent does not fit the provider's schema: {reason}. That should not happen: please \
         report it, with the versions of the CLI and the provider."
    );
    Diagnostic::error(format!("The {what} can't be read"), detail)
}
