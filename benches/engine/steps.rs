// SPDX-License-Identifier: Apache-2.0

//! The steps of the engine and the codecs, of which the service's operations are made.

use std::sync::Arc;

use terraform_provider_descope::engine::memory::Memory;
use terraform_provider_descope::engine::rewrites::Rewrites;
use terraform_provider_descope::engine::steps::settle::Before;
use terraform_provider_descope::engine::steps::{body, members, plan, reconcile, settle, validate};
use terraform_provider_descope::engine::{Config, Connection, ManagedResource, Plan, State};
use terraform_provider_descope::protocol::msgpack;
use terraform_provider_descope::raw::RawObject;
use terraform_provider_descope::schema::Table;
use terraform_provider_descope::value::{Object, Trail, Value};

use crate::common::Told;
use crate::operations::Operation;
use crate::servers::reversed;

/// What others are compared with, since it is not ours.
pub const YARDSTICK: &str = "yardstick: JSON to serde_json::Value";

/// The configuration with another description, and its lists the other way round.
pub fn changed(config: &Object) -> Object {
    let mut changed: Object = config.iter().map(|(name, value)| (name, reversed(value))).collect();
    changed.insert("description", "Something else".into());
    changed
}

/// A value of a table's type that is an object.
pub fn object(table: &Table, msgpack: &[u8]) -> Told<Object> {
    match msgpack::decode(msgpack, table.ty()) {
        Ok(Value::Object(object)) => Ok(object),
        other => Err(format!("{other:?} is no object").into()),
    }
}

/// The steps of the engine and the codecs, for this server.
pub fn steps(
    resource: &'static ManagedResource,
    connection: Arc<dyn Connection>,
    config: Object,
    changed: Object,
    state: Object,
    text: String,
) -> Told<Vec<Operation>> {
    use std::hint::black_box as used;

    let table = resource.table;
    let raw = serde_json::value::RawValue::from_string(text.clone())?;
    let loaded = RawObject::parse(&raw).map_err(|error| format!("{error:?}"))?;
    let remote: Object = members::read(table, &loaded.view(), &Trail::Root, &mut Vec::new());
    let (prior, whole) = (State::new(state.clone()), Value::Object(state.clone()));
    let (config, changed) = (Config::new(config), Config::new(changed));
    let planned = Plan::new(plan::plan(resource, Some(&prior), &changed, &Memory::default(), &*connection));
    let msgpack = msgpack::encode(&whole, table.ty()).map_err(|error| error.to_string())?;
    let rewrites = Rewrites::default();
    let mut steps = Vec::new();
    let mut step = |name, mut call: Box<dyn FnMut()>| {
        let call = Box::new(move |_| {
            call();
            Ok(())
        });
        steps.push(Operation { name, first: 0, prepare: Box::new(|| Ok(())), call });
    };
    step("msgpack: decode", Box::new(move || drop(used(msgpack::decode(used(&msgpack), table.ty())))));
    step("msgpack: encode", Box::new(move || drop(used(msgpack::encode(used(&whole), table.ty())))));
    step("validate", Box::new(move || drop(used(validate::validate_unseen(resource, used(&config))))));
    let of_plan = changed.clone();
    let memory = Memory::default();
    step("plan", Box::new(move || drop(used(plan::plan(resource, Some(&prior), &of_plan, &memory, &*connection)))));
    let (revised, of_update, before) = (planned.clone(), changed.clone(), loaded.clone());
    let known = rewrites.clone();
    step(
        "body of an update",
        Box::new(move || drop(used(body::update(resource, &revised, &of_update, used(&before), &known)))),
    );
    let known = rewrites.clone();
    let settled = move || {
        let before = Before { remote: Some(&remote), rewrites: &known };
        drop(used(settle::settle(resource, &planned, &changed, used(&remote), &before)));
    };
    step("settle", Box::new(settled));
    step("JSON: an entry to its members", Box::new(move || drop(used(RawObject::parse(used(&raw))))));
    let refresh = move || {
        let remote = members::read(table, &used(&loaded).view(), &Trail::Root, &mut Vec::new());
        drop(used(reconcile::refresh(table, &state, remote, &rewrites)));
    };
    step("refresh of an entry", Box::new(refresh));
    let yardstick = move || drop(used(serde_json::from_str::<serde_json::Value>(used(&text))));
    step(YARDSTICK, Box::new(yardstick));
    Ok(steps)
}
