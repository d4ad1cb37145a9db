// SPDX-License-Identifier: Apache-2.0

//! A small core: does to the provider what a CLI's core does, over the real protocol, and holds
//! every answer against core's own rules (resource instance change lifecycle; `AssertPlanValid`,
//! `AssertObjectCompatible`). It shares no code with the provider: values come through another
//! MessagePack decoder, schemas from the wire.
//!
//! A broken rule is an `Err` in the words of core; so is an error diagnostic.

mod proposed;
mod rules;
mod schema;
pub mod value;

use std::collections::HashMap;

use tonic::transport::Channel;

use super::wire::tfplugin6::provider_client::ProviderClient;
use super::wire::tfplugin6::{self as tf, DynamicValue};
pub use schema::{Block, Ty};
pub use value::V;

/// What core stores for an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// All attributes.
    pub value: V,
    /// The provider's private bytes.
    pub private: Vec<u8>,
    /// The identity as it came.
    pub identity: Option<V>,
}

/// What core does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Create,
    Update,
    Replace,
    Nothing,
    Delete,
}

/// A plan that keeps the rules.
#[derive(Clone, Debug)]
pub struct Planned {
    pub action: Action,
    pub value: V,
    /// The provider's private bytes.
    pub private: Vec<u8>,
}

/// A provider under core's eyes.
pub struct Core {
    pub client: ProviderClient<Channel>,
    /// The summaries of the warnings that came with the applies so far.
    pub warnings: Vec<String>,
    resources: HashMap<String, Block>,
    identities: HashMap<String, Ty>,
}

type Told<T> = Result<T, String>;

impl Core {
    /// Reads the schemas, checks them, and configures the provider with an empty block.
    pub async fn connect(channel: Channel) -> Told<Self> {
        let mut client = ProviderClient::new(channel).max_decoding_message_size(64 << 20);
        let schema = answer(client.get_provider_schema(tf::get_provider_schema::Request {}).await)?;
        quiet(&schema.diagnostics)?;
        let mut resources = HashMap::new();
        for (name, schema) in schema.resource_schemas {
            let block = schema.block.ok_or_else(|| format!("{name} has no block: core would crash"))?;
            resources.insert(name, Block::read(&block)?);
        }
        let identity = client.get_resource_identity_schemas(tf::get_resource_identity_schemas::Request {}).await;
        let identities = answer(identity)?.identity_schemas;
        let identities = identities.iter().map(|(name, schema)| Ok((name.clone(), schema::identity(schema)?)));
        let identities = identities.collect::<Told<_>>()?;
        let mut core = Self { client, warnings: Vec::new(), resources, identities };
        core.configure().await?;
        Ok(core)
    }

    /// Configures the provider with an empty block, as core does for each plan and for each apply.
    async fn configure(&mut self) -> Told<()> {
        let config = Some(DynamicValue { json: b"{}".to_vec(), msgpack: Vec::new() });
        let configured =
            self.client.configure_provider(tf::configure_provider::Request { config, ..Default::default() });
        quiet(&answer(configured.await)?.diagnostics)
    }

    /// The schema of a resource type.
    pub fn block(&self, type_name: &str) -> &Block {
        &self.resources[type_name]
    }

    /// Plans, and checks the plan by core's rules; plans a second time where the first asks for a replacement.
    pub async fn plan(&mut self, type_name: &str, prior: Option<&Stored>, config: &V) -> Told<Planned> {
        let (value, replace, private) = self.planned(type_name, prior, config).await?;
        let block = &self.resources[type_name];
        let Some(stored) = prior else { return Ok(Planned { action: Action::Create, value, private }) };
        // A path is kept only where the values differ; unknown counts as different.
        let replaced = replace.iter().any(|name| stored.value.get(name) != value.get(name));
        if replaced {
            let (value, _, private) = self.planned(type_name, None, config).await?;
            return Ok(Planned { action: Action::Replace, value, private });
        }
        let action = if rules::equal(block, &stored.value, &value) { Action::Nothing } else { Action::Update };
        Ok(Planned { action, value, private })
    }

    async fn planned(
        &mut self,
        type_name: &str,
        prior: Option<&Stored>,
        config: &V,
    ) -> Told<(V, Vec<String>, Vec<u8>)> {
        let block = self.resources[type_name].clone();
        let prior_value = prior.map_or(V::Null, |stored| stored.value.clone());
        let proposed = proposed::proposed(&block, &prior_value, config);
        let request = tf::plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(block.encode(&prior_value)),
            proposed_new_state: Some(block.encode(&proposed)),
            config: Some(block.encode(config)),
            prior_private: prior.map(|stored| stored.private.clone()).unwrap_or_default(),
            ..Default::default()
        };
        let first = answer(self.client.plan_resource_change(request.clone()).await)?;
        quiet(&first.diagnostics)?;
        // A plan is a pure function: asked again, it answers the same.
        if first != answer(self.client.plan_resource_change(request).await)? {
            return Err(
                "Provider produced inconsistent final plan: the same request was answered differently".to_owned()
            );
        }
        if first.legacy_type_system {
            return Err("legacy_type_system is for the old SDK only".to_owned());
        }
        let value = block.decode(first.planned_state.as_ref())?;
        rules::plan_valid(&block, &prior_value, config, &value)?;
        let name = |path: &tf::AttributePath| match path.steps.first().and_then(|step| step.selector.clone()) {
            Some(tf::attribute_path::step::Selector::AttributeName(name)) => name,
            other => format!("{other:?}"),
        };
        Ok((value, first.requires_replace.iter().map(name).collect(), first.planned_private))
    }

    /// Applies as core does: plans again with the now known configuration, checks that the new plan
    /// completes the old one, applies, and checks the result.
    pub async fn apply(&mut self, type_name: &str, prior: Option<&Stored>, plan: &Planned, config: &V) -> Told<Stored> {
        let block = self.resources[type_name].clone();
        let prior = prior.filter(|_| plan.action == Action::Update);
        let (again, _, private) = self.planned(type_name, prior, config).await?;
        rules::completes(&block, &plan.value, &again)
            .map_err(|reason| format!("Provider produced inconsistent final plan: {reason}"))?;
        let request = tf::apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(block.encode(&prior.map_or(V::Null, |stored| stored.value.clone()))),
            planned_state: Some(block.encode(&again)),
            config: Some(block.encode(config)),
            planned_private: private,
            ..Default::default()
        };
        let applied = answer(self.client.apply_resource_change(request).await)?;
        quiet(&applied.diagnostics)?;
        self.warnings.extend(applied.diagnostics.into_iter().map(|warning| warning.summary));
        let value = block.decode(applied.new_state.as_ref())?;
        if value == V::Null || !value.is_wholly_known() {
            return Err("Provider returned invalid result object after apply".to_owned());
        }
        rules::compatible(&block, &again, &value)
            .map_err(|reason| format!("Provider produced inconsistent result after apply: {reason}"))?;
        let stored =
            Stored { value, private: applied.private, identity: self.identity(type_name, applied.new_identity)? };
        self.stored_again(type_name, stored).await
    }

    /// Refreshes; `None` when the object is gone.
    pub async fn read(&mut self, type_name: &str, stored: &Stored) -> Told<Option<Stored>> {
        let block = self.resources[type_name].clone();
        let request = tf::read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: Some(block.encode(&stored.value)),
            private: stored.private.clone(),
            ..Default::default()
        };
        let read = answer(self.client.read_resource(request).await)?;
        quiet(&read.diagnostics)?;
        let value = block.decode(read.new_state.as_ref())?;
        if value == V::Null {
            return Ok(None);
        }
        if !value.is_wholly_known() {
            return Err("Provider returned invalid result object after read".to_owned());
        }
        if read.private != stored.private {
            return Err("private data was lost by a read".to_owned());
        }
        let identity = self.identity(type_name, read.new_identity)?;
        if stored.identity.is_some() && identity != stored.identity {
            return Err(format!("the identity changed: {:?}, {identity:?}", stored.identity));
        }
        self.stored_again(type_name, Stored { value, private: read.private, identity }).await.map(Some)
    }

    /// Refreshes, plans, and expects nothing to do.
    pub async fn settled(&mut self, type_name: &str, stored: &Stored, config: &V) -> Told<Stored> {
        let read = self.read(type_name, stored).await?.ok_or("the object is gone")?;
        if read.value != stored.value {
            return Err(format!("a refresh right after an apply found drift:\n{:?}\n{:?}", stored.value, read.value));
        }
        match self.plan(type_name, Some(&read), config).await? {
            plan if plan.action == Action::Nothing => Ok(read),
            plan => Err(format!("the second plan is not empty: {:?}\n{:?}\n{:?}", plan.action, read.value, plan.value)),
        }
    }

    /// Imports by an id, and reads as core does right after.
    pub async fn import(&mut self, type_name: &str, id: &str) -> Told<Stored> {
        let block = self.resources[type_name].clone();
        let request = tf::import_resource_state::Request {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
            ..Default::default()
        };
        let imported = answer(self.client.import_resource_state(request).await)?;
        quiet(&imported.diagnostics)?;
        let [one] = imported.imported_resources.as_slice() else { return Err("not one imported resource".to_owned()) };
        let value = block.decode(one.state.as_ref())?;
        let identity = self.identity(type_name, one.identity.clone())?;
        let stub = Stored { value, private: one.private.clone(), identity };
        self.read(type_name, &stub).await?.ok_or_else(|| "Cannot import non-existent remote object".to_owned())
    }

    /// Asks for the configuration of an object, and validates it as core does with what it is about to write down.
    pub async fn generate(&mut self, type_name: &str, stored: &Stored) -> Told<V> {
        let block = self.resources[type_name].clone();
        let request = tf::generate_resource_config::Request {
            type_name: type_name.to_owned(),
            state: Some(block.encode(&stored.value)),
        };
        let generated = answer(self.client.generate_resource_config(request).await)?;
        quiet(&generated.diagnostics)?;
        let config = block.decode(generated.config.as_ref())?;
        let request = tf::validate_resource_config::Request {
            type_name: type_name.to_owned(),
            config: generated.config,
            client_capabilities: None,
        };
        quiet(&answer(self.client.validate_resource_config(request).await)?.diagnostics)?;
        Ok(config)
    }

    /// Plans a destruction and destroys.
    pub async fn destroy(&mut self, type_name: &str, stored: &Stored) -> Told<()> {
        // What was planned so far was planned by other runs.
        self.configure().await?;
        let block = self.resources[type_name].clone();
        let null = || Some(block.encode(&V::Null));
        let planned = self.client.plan_resource_change(tf::plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(block.encode(&stored.value)),
            proposed_new_state: null(),
            config: null(),
            prior_private: stored.private.clone(),
            ..Default::default()
        });
        let planned = answer(planned.await)?;
        quiet(&planned.diagnostics)?;
        if block.decode(planned.planned_state.as_ref())? != V::Null {
            return Err("Provider produced invalid plan: planned for existence but config wants absence".to_owned());
        }
        let applied = self.client.apply_resource_change(tf::apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(block.encode(&stored.value)),
            planned_state: null(),
            config: null(),
            planned_private: planned.planned_private,
            ..Default::default()
        });
        let applied = answer(applied.await)?;
        quiet(&applied.diagnostics)?;
        match block.decode(applied.new_state.as_ref())? {
            V::Null => Ok(()),
            _ => Err("Provider returned invalid result object after apply: a deleted object is left".to_owned()),
        }
    }

    /// Writes the object into a state file and reads it back, as happens between any two runs.
    async fn stored_again(&mut self, type_name: &str, stored: Stored) -> Told<Stored> {
        let json = stored.value.to_json().to_string().into_bytes();
        let request = tf::upgrade_resource_state::Request {
            type_name: type_name.to_owned(),
            version: 0,
            raw_state: Some(tf::RawState { json, flatmap: HashMap::new() }),
        };
        let upgraded = answer(self.client.upgrade_resource_state(request).await)?;
        quiet(&upgraded.diagnostics)?;
        match self.resources[type_name].decode(upgraded.upgraded_state.as_ref())? {
            value if value == stored.value => Ok(stored),
            other => Err(format!("a state changed by being stored: {:?}, {other:?}", stored.value)),
        }
    }

    fn identity(&self, type_name: &str, data: Option<tf::ResourceIdentityData>) -> Told<Option<V>> {
        let Some(ty) = self.identities.get(type_name) else { return Ok(None) };
        let data = data.and_then(|data| data.identity_data).ok_or("an identity is missing")?;
        let identity = ty.decode(&data.msgpack)?;
        match identity.is_wholly_known() && identity != V::Null {
            true => Ok(Some(identity)),
            false => Err("Provider produced invalid identity".to_owned()),
        }
    }
}

/// The message of an answer; a bare gRPC error is a broken rule by itself, since it loses everything.
fn answer<T>(answer: Result<tonic::Response<T>, tonic::Status>) -> Told<T> {
    answer.map(tonic::Response::into_inner).map_err(|status| format!("a bare gRPC error: {status}"))
}

/// Fails on an error among the messages. A severity of 0 would be shown as nothing.
fn quiet(diagnostics: &[tf::Diagnostic]) -> Told<()> {
    let wrong = diagnostics.iter().find(|message| message.severity != 2);
    wrong.map_or(Ok(()), |message| Err(format!("{}: {}", message.summary, message.detail)))
}
