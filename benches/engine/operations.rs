// SPDX-License-Identifier: Apache-2.0

//! What is measured: each operation over many servers, so that none is asked for twice in a run, which
//! would be another operation.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use terraform_provider_descope::engine::steps::body;
use terraform_provider_descope::engine::{Config, ManagedResource, Plan};
use terraform_provider_descope::protocol::msgpack;
use terraform_provider_descope::value::Value;
use tonic::codegen::Bytes;

use crate::common::Told;
use crate::remote::{ID, OverStore, Store};
use crate::servers::{Template, fields, full, id};
use crate::service::{Frame, Service};
use crate::steps::{changed, object, steps};
use crate::support::core::{Block, V};
use crate::support::wire::tfplugin6 as tf;

const TYPE: &str = "descope_mcp_server";
const PLAN: &str = "/tfplugin6.Provider/PlanResourceChange";
const APPLY: &str = "/tfplugin6.Provider/ApplyResourceChange";
const READ: &str = "/tfplugin6.Provider/ReadResource";

/// How many reads come together before a run, so that a list is asked for.
pub const TOGETHER: usize = 6;

/// Something that is measured.
pub struct Operation {
    pub name: &'static str,
    /// The number of the first server that it is done with.
    pub first: usize,
    /// Brings everything to where a run begins.
    pub prepare: Box<dyn FnMut() -> Told>,
    /// Does it once, with the server of this number.
    pub call: Box<dyn FnMut(usize) -> Told>,
}

/// The servers that operations are done with.
pub struct Fixture {
    service: Rc<RefCell<Service>>,
    store: Arc<Store>,
    provider: OverStore,
    block: Block,
    config: V,
    /// The first server as it is stored by the CLI, and by the remote system.
    state: Template,
    private: Vec<u8>,
    text: String,
    count: usize,
}

fn value(msgpack: Vec<u8>) -> Option<tf::DynamicValue> {
    Some(tf::DynamicValue { msgpack, json: Vec::new() })
}

fn quiet(messages: &[tf::Diagnostic]) -> Told {
    match messages.iter().find(|message| message.severity == 1) {
        Some(message) => Err(format!("{}: {}", message.summary, message.detail).into()),
        None => Ok(()),
    }
}

impl Fixture {
    /// This many servers.
    pub fn new(count: usize) -> Told<Self> {
        let store = Arc::new(Store::default());
        let over = || OverStore::new(store.clone()).ok_or("the provider has no resource");
        let mut service = Service::start(over()?)?;
        let path = "/tfplugin6.Provider/GetProviderSchema";
        let schemas: tf::get_provider_schema::Response = service.ask(path, &tf::get_provider_schema::Request {})?;
        let schema = schemas.resource_schemas.get(TYPE).and_then(|schema| schema.block.as_ref());
        let block = Block::read(schema.ok_or("no schema")?)?;
        let config = full(2);
        let mut fixture = Self {
            service: Rc::new(RefCell::new(service)),
            provider: over()?,
            store,
            block,
            config,
            state: Template::new(&[]),
            private: Vec::new(),
            text: String::new(),
            count,
        };
        fixture.create()?;
        Ok(fixture)
    }

    /// Creates the first server as a CLI does, and keeps what that stores.
    fn create(&mut self) -> Told {
        configure(&self.service)?;
        let config = self.block.encode(&self.config);
        let planned = self.planned(None, &config.msgpack)?;
        let request = tf::apply_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: value(self.block.encode(&V::Null).msgpack),
            planned_state: planned.planned_state,
            config: Some(config),
            planned_private: planned.planned_private,
            ..Default::default()
        };
        let applied: tf::apply_resource_change::Response = self.service.borrow_mut().ask(APPLY, &request)?;
        quiet(&applied.diagnostics)?;
        self.state = Template::new(&applied.new_state.ok_or("no state")?.msgpack);
        self.private = applied.private;
        self.text = self.store.text(ID).ok_or("nothing was created")?;
        Ok(())
    }

    /// How many values a server's state has.
    pub fn fields(&self) -> Told<usize> {
        let state = tf::DynamicValue { msgpack: self.state.bytes.clone(), json: Vec::new() };
        Ok(fields(&self.block.decode(Some(&state))?))
    }

    /// How many servers there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// A server's JSON, as the API has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn plan(&self, number: usize, prior: Option<&Template>, config: &[u8]) -> tf::plan_resource_change::Request {
        let none = self.block.encode(&V::Null).msgpack;
        tf::plan_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: value(prior.map_or(none, |state| state.of_server(number))),
            proposed_new_state: value(prior.map_or(config.to_vec(), |state| state.of_server(number))),
            config: value(config.to_vec()),
            prior_private: if prior.is_some() { self.private.clone() } else { Vec::new() },
            ..Default::default()
        }
    }

    fn planned(&self, prior: Option<&Template>, config: &[u8]) -> Told<tf::plan_resource_change::Response> {
        let planned: tf::plan_resource_change::Response =
            self.service.borrow_mut().ask(PLAN, &self.plan(0, prior, config))?;
        quiet(&planned.diagnostics)?;
        Ok(planned)
    }

    fn frames(&self, frame: impl Fn(usize) -> Told<Frame>) -> Told<Vec<Frame>> {
        (0..self.count).map(frame).collect()
    }

    /// The operations of the service, each from the bytes of the request to the bytes of the answer.
    pub fn calls(&self) -> Told<Vec<Operation>> {
        let config = self.block.encode(&self.config).msgpack;
        let read = |number| {
            let request = tf::read_resource::Request {
                type_name: TYPE.to_owned(),
                current_state: value(self.state.of_server(number)),
                private: self.private.clone(),
                ..Default::default()
            };
            Frame::new(READ, &request)
        };
        let reads = self.frames(read)?;
        let nothing = self.frames(|number| Frame::new(PLAN, &self.plan(number, Some(&self.state), &config)))?;
        let creation = self.frames(|number| Frame::new(PLAN, &self.plan(number, None, &config)))?;
        let table = self.resource()?.table;
        let changed = Value::Object(changed(&object(table, &config)?));
        let changed = msgpack::encode(&changed, table.ty()).map_err(|error| error.to_string())?;
        let change = self.frames(|number| Frame::new(PLAN, &self.plan(number, Some(&self.state), &changed)))?;
        let planned = self.planned(Some(&self.state), &changed)?;
        let planned_state = Template::new(&planned.planned_state.ok_or("no plan")?.msgpack);
        let apply = |number| {
            let request = tf::apply_resource_change::Request {
                type_name: TYPE.to_owned(),
                prior_state: value(self.state.of_server(number)),
                planned_state: value(planned_state.of_server(number)),
                config: value(changed.clone()),
                planned_private: planned.planned_private.clone(),
                ..Default::default()
            };
            Frame::new(APPLY, &request)
        };
        let update = self.frames(apply)?;
        let validate = {
            let request = tf::validate_resource_config::Request {
                type_name: TYPE.to_owned(),
                config: value(config.clone()),
                ..Default::default()
            };
            Frame::new("/tfplugin6.Provider/ValidateResourceConfig", &request)?
        };
        let validate = self.operation("ValidateResourceConfig", vec![validate; self.count], 0);
        let upgrade = {
            let state = tf::DynamicValue { msgpack: self.state.bytes.clone(), json: Vec::new() };
            let json = self.block.decode(Some(&state))?.to_json().to_string().into_bytes();
            let raw_state = Some(tf::RawState { json, flatmap: Default::default() });
            let request = tf::upgrade_resource_state::Request { type_name: TYPE.to_owned(), version: 0, raw_state };
            Frame::new("/tfplugin6.Provider/UpgradeResourceState", &request)?
        };
        let upgrade = self.operation("UpgradeResourceState", vec![upgrade; self.count], 0);
        let nobody = {
            let current_state = value(self.block.encode(&V::Null).msgpack);
            let type_name = TYPE.to_owned();
            Frame::new(READ, &tf::read_resource::Request { type_name, current_state, ..Default::default() })?
        };
        // The first ones make the list come, from which the others are answered.
        let listed = self.operation("ReadResource, answered from a list", reads.clone(), TOGETHER);
        // What was read before is loaded.
        let loaded = Operation { first: 0, ..self.operation("ReadResource, with a load", reads, self.count) };
        Ok(vec![
            self.operation("a call that does nothing", vec![nobody; self.count], 0),
            validate,
            upgrade,
            listed,
            loaded,
            self.operation("PlanResourceChange, nothing to do", nothing, 0),
            self.operation("PlanResourceChange, a creation", creation, 0),
            self.operation("PlanResourceChange, a change", change, 0),
            self.operation("ApplyResourceChange, a change", update, 0),
        ])
    }

    /// An operation of these requests, of which so many are sent together before a run begins.
    fn operation(&self, name: &'static str, frames: Vec<Frame>, before: usize) -> Operation {
        let (service, store, text, count) = (self.service.clone(), self.store.clone(), self.text.clone(), self.count);
        let early: Vec<Frame> = frames.iter().take(before).cloned().collect();
        let prepare = move || {
            for number in 0..count {
                store.put(&id(number), text.replace(ID, &id(number)))?;
            }
            configure(&service)?;
            service.borrow_mut().call_together(early.clone())
        };
        let service = self.service.clone();
        let call = move |number: usize| {
            let frame = frames.get(number).ok_or("no such server")?;
            let answer: Bytes = service.borrow_mut().call(frame)?;
            std::hint::black_box(answer);
            Ok(())
        };
        Operation { name, first: before, prepare: Box::new(prepare), call: Box::new(call) }
    }

    /// What the service's operations are made of.
    pub fn steps(&self) -> Told<Vec<Operation>> {
        let table = self.resource()?.table;
        let config = object(table, &self.block.encode(&self.config).msgpack)?;
        let changed = changed(&config);
        let state = object(table, &self.state.bytes)?;
        steps(self.resource()?, self.store.clone(), config, changed, state, self.text.clone())
    }

    /// The same over a server with this many elements in its long lists.
    pub fn long_steps(&self, elements: usize) -> Told<Vec<Operation>> {
        let resource = self.resource()?;
        let config = object(resource.table, &self.block.encode(&full(elements)).msgpack)?;
        let changed = changed(&config);
        let created = body::create(resource, &Plan::new(config.clone()), &Config::new(config.clone()));
        let text = created.map_err(|error| format!("{error:?}"))?.to_raw().get().to_owned();
        steps(resource, self.store.clone(), config.clone(), changed, config, text)
    }

    fn resource(&self) -> Told<&'static ManagedResource> {
        Ok(self.provider.resource().ok_or("no resource")?)
    }
}

/// Begins a run, which knows nothing of the ones before.
fn configure(service: &RefCell<Service>) -> Told {
    let config = Some(tf::DynamicValue { json: b"{}".to_vec(), msgpack: Vec::new() });
    let request = tf::configure_provider::Request { config, ..Default::default() };
    let configured: tf::configure_provider::Response =
        service.borrow_mut().ask("/tfplugin6.Provider/ConfigureProvider", &request)?;
    quiet(&configured.diagnostics)
}
