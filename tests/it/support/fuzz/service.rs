// SPDX-License-Identifier: Apache-2.0

//! A provider's service under a CLI's eyes. Every answer is held against what must be true whatever
//! the remote system says: messages that say something, values of the schema's type, results that
//! are what was planned. Panics if one is not. Used by `operations`.

use std::sync::Arc;

use terraform_provider_descope::engine::{Clock, Provider};
use terraform_provider_descope::protocol;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::super::wire::tfplugin6::provider_client::ProviderClient;
use super::super::wire::tfplugin6::{self as tf, Diagnostic, DynamicValue};
use super::rules;
use super::schema::Block;
use super::value::V;
use super::{ACTION, TYPE, json};

/// The service.
pub struct Service {
    client: ProviderClient<Routes>,
    /// The schema of the managed resource.
    pub resource: Block,
    /// The schema of the data source.
    pub data_source: Block,
    ephemeral_resource: Block,
}

/// An object as a CLI stores it; a null value where there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub value: V,
    pub private: Vec<u8>,
}

/// A plan without errors.
pub struct Planned {
    pub value: V,
    pub private: Vec<u8>,
    /// Whether it needs another object.
    pub replaces: bool,
}

/// What an operation came to.
pub struct Done {
    /// Whether there was an error among the messages.
    pub failed: bool,
    /// How many messages there were.
    pub messages: usize,
    pub stored: Stored,
}

macro_rules! answer {
    ($service:ident.$method:ident($request:expr)) => {
        $service.client.$method($request).await.expect("messages, not a bare gRPC error").into_inner()
    };
}

impl Service {
    /// The service of a provider.
    pub async fn start(provider: impl Provider, clock: Arc<dyn Clock>) -> Self {
        let routes = protocol::routes(Arc::new(provider), clock, CancellationToken::new(), Default::default());
        let mut client = ProviderClient::new(routes);
        let schemas = client.get_provider_schema(tf::get_provider_schema::Request {}).await;
        let schemas = schemas.expect("an answer").into_inner();
        let block = |schema: &tf::Schema| Block::read(schema.block.as_ref().expect("a block")).expect("a schema");
        Self {
            resource: block(&schemas.resource_schemas[TYPE]),
            data_source: block(&schemas.data_source_schemas[TYPE]),
            ephemeral_resource: block(&schemas.ephemeral_resource_schemas[TYPE]),
            client,
        }
    }

    /// Begins another run, which knows nothing of the ones before.
    pub async fn configure(&mut self) {
        let request = tf::configure_provider::Request { config: json(b"{}"), ..Default::default() };
        assert!(!failed(&answer!(self.configure_provider(request)).diagnostics));
    }

    /// Whether a configuration is valid.
    pub async fn validate(&mut self, config: &V) -> bool {
        let request = tf::validate_resource_config::Request {
            type_name: TYPE.to_owned(),
            config: Some(self.resource.encode(config)),
            client_capabilities: Some(tf::ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            }),
        };
        !failed(&answer!(self.validate_resource_config(request)).diagnostics)
    }

    /// Plans; `None` if that is refused. A null configuration destroys.
    pub async fn plan(&mut self, prior: &Stored, config: &V) -> Option<Planned> {
        let written = Some(self.resource.encode(config));
        let request = tf::plan_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: Some(self.resource.encode(&prior.value)),
            // The provider works out what is proposed by itself.
            proposed_new_state: written.clone(),
            config: written,
            prior_private: prior.private.clone(),
            // So that a replacement needs no look at the object before.
            client_capabilities: Some(tf::ClientCapabilities { store_planned_private: true, ..Default::default() }),
            ..Default::default()
        };
        let answer = answer!(self.plan_resource_change(request));
        let failed = failed(&answer.diagnostics);
        let value = self.resource.decode(answer.planned_state.as_ref()).expect("a plan");
        if failed {
            return None;
        }
        rules::plan_valid(&self.resource, &prior.value, config, &value).expect("a valid plan");
        Some(Planned { value, private: answer.planned_private, replaces: !answer.requires_replace.is_empty() })
    }

    /// Applies. What an error leaves of an object that was there is never nothing.
    pub async fn apply(&mut self, prior: &Stored, plan: &Planned, config: &V) -> Done {
        let request = tf::apply_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: Some(self.resource.encode(&prior.value)),
            planned_state: Some(self.resource.encode(&plan.value)),
            config: Some(self.resource.encode(config)),
            planned_private: plan.private.clone(),
            ..Default::default()
        };
        let answer = answer!(self.apply_resource_change(request));
        let done = self.done(&answer.diagnostics, answer.new_state.as_ref(), answer.private);
        if done.failed {
            assert!(prior.value == V::Null || done.stored.value != V::Null, "an error emptied the state");
        } else {
            rules::compatible(&self.resource, &plan.value, &done.stored.value).expect("what was planned");
        }
        if plan.value == V::Null && done.failed {
            assert_eq!(done.stored.value, prior.value, "an object that was not deleted stays as it is");
        }
        done
    }

    /// Refreshes. An error changes nothing, and an object is not gone without a word.
    pub async fn read(&mut self, stored: &Stored) -> Done {
        let request = tf::read_resource::Request {
            type_name: TYPE.to_owned(),
            current_state: Some(self.resource.encode(&stored.value)),
            private: stored.private.clone(),
            ..Default::default()
        };
        let answer = answer!(self.read_resource(request));
        let done = self.done(&answer.diagnostics, answer.new_state.as_ref(), answer.private);
        // Only of a doubt that is resolved, and of an object that is gone, something else is remembered.
        let doubtful = stored.private.windows(7).any(|text| text == b"\"doubt\"");
        assert!(done.stored.private == stored.private || doubtful || done.stored.value == V::Null);
        if done.failed {
            assert_eq!(done.stored, *stored, "an error changed the state");
        }
        assert!(done.stored.value != V::Null || stored.value == V::Null || done.messages > 0, "gone without a word");
        done
    }

    /// Imports; `None` if nothing was found.
    pub async fn import(&mut self, id: String) -> Option<Stored> {
        let request = tf::import_resource_state::Request { type_name: TYPE.to_owned(), id, ..Default::default() };
        let answer = answer!(self.import_resource_state(request));
        let failed = failed(&answer.diagnostics);
        let [imported] = answer.imported_resources.as_slice() else {
            assert!(failed && answer.imported_resources.is_empty());
            return None;
        };
        assert!(!failed);
        Some(self.done(&[], imported.state.as_ref(), imported.private.clone()).stored)
    }

    /// Reads a data source and opens the ephemeral resource like it.
    pub async fn look_up(&mut self, config: &V) {
        let (type_name, config) = (TYPE.to_owned(), Some(self.data_source.encode(config)));
        let request = tf::read_data_source::Request { type_name, config, ..Default::default() };
        let answer = answer!(self.read_data_source(request.clone()));
        whole(&self.data_source, answer.state.as_ref(), failed(&answer.diagnostics));
        let tf::read_data_source::Request { type_name, config, .. } = request;
        let request = tf::open_ephemeral_resource::Request { type_name, config, ..Default::default() };
        let answer = answer!(self.open_ephemeral_resource(request));
        whole(&self.ephemeral_resource, answer.result.as_ref(), failed(&answer.diagnostics));
    }

    /// Lists what is in the provider's project.
    pub async fn list(&mut self, limit: i64) {
        let request = tf::list_resource::Request {
            type_name: TYPE.to_owned(),
            config: json(b"{}"),
            include_resource_object: true,
            limit,
        };
        let mut events = answer!(self.list_resource(request));
        let mut found: i64 = 0;
        while let Some(event) = events.next().await {
            let event = event.expect("events, not a bare gRPC error");
            // An object that can't be read is reported by a warning and nothing else.
            let said = failed(&event.diagnostic) || !event.diagnostic.is_empty();
            let object = whole(&self.resource, event.resource_object.as_ref(), said);
            found += i64::from(object != V::Null);
        }
        assert!(limit <= 0 || found <= limit, "more than was asked for");
    }

    /// Carries the action out.
    pub async fn invoke(&mut self, config: &[u8]) {
        let request =
            tf::invoke_action::Request { action_type: ACTION.to_owned(), config: json(config), ..Default::default() };
        let mut events = answer!(self.invoke_action(request));
        let mut completed = 0;
        while let Some(event) = events.next().await {
            match event.expect("events, not a bare gRPC error").r#type.expect("an event") {
                tf::invoke_action::event::Type::Progress(progress) => assert!(!progress.message.is_empty()),
                tf::invoke_action::event::Type::Completed(last) => {
                    failed(&last.diagnostics);
                    completed += 1;
                }
            }
        }
        assert_eq!(completed, 1);
    }

    fn done(&self, messages: &[Diagnostic], value: Option<&DynamicValue>, private: Vec<u8>) -> Done {
        let failed = failed(messages);
        let value = whole(&self.resource, value, failed);
        Done { failed, messages: messages.len(), stored: Stored { value, private } }
    }
}

/// A value of the schema's type without anything unknown.
fn whole(block: &Block, value: Option<&DynamicValue>, may_be_missing: bool) -> V {
    assert!(value.is_some() || may_be_missing, "neither a value nor an error");
    let value = block.decode(value).expect("a value of its schema");
    assert!(value.is_wholly_known(), "an unknown value is stored: {value:?}");
    value
}

/// Whether there is an error among the messages, each of which must say something.
pub fn failed(messages: &[Diagnostic]) -> bool {
    for message in messages {
        assert!(message.summary != "The provider crashed", "{message:?}");
        assert!(matches!(message.severity, 1 | 2), "{message:?}");
        assert!(!message.summary.is_empty() && !message.detail.is_empty(), "{message:?}");
    }
    messages.iter().any(|message| message.severity == 1)
}
