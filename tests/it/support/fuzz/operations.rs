// SPDX-License-Identifier: Apache-2.0

//! Inputs that are whole operations, as a CLI does them, over a remote system that answers with
//! what the input says. The parts of an input are the values that the operation takes, and then the
//! answers. Used for the made-up remote system and for the real client alike.

use std::collections::VecDeque;
use std::sync::Arc;

use terraform_provider_descope::engine::Clock;
use terraform_provider_descope::raw::to_raw;
use terraform_provider_descope::schema::Table;

use super::http::{Answers, serve};
use super::json::{object, object_or_null};
use super::lossless;
use super::provider::Connected;
use super::remote::{self, Script, Scripted};
use super::service::{Done, Service, Stored};
use super::value::V;

/// How many operations there are.
pub const OPERATIONS: u8 = 8;

/// A service, and the remote system behind it.
pub struct Operations {
    service: Service,
    remote: Behind,
}

/// The remote system behind a service.
enum Behind {
    Script(Arc<Scripted>, &'static Table),
    Api(Answers),
}

const NOTHING: Stored = Stored { value: V::Null, private: Vec::new() };

impl Operations {
    /// Operations over the made-up remote system.
    pub async fn scripted(clock: Arc<dyn Clock>) -> Self {
        let script = Arc::new(Scripted::default());
        let provider = Connected::to_script(script.clone());
        let remote = Behind::Script(script, provider.table());
        Self { service: Service::start(provider, clock).await, remote }
    }

    /// Operations by the real client.
    pub async fn real(clock: Arc<dyn Clock>) -> Self {
        let answers = Answers::default();
        let provider = Connected::to_api(&serve(answers.clone()).await);
        Self { service: Service::start(provider, clock).await, remote: Behind::Api(answers) }
    }

    /// Does one operation, whose number is below [`OPERATIONS`].
    pub async fn run(&mut self, operation: u8, parts: &mut dyn Iterator<Item = Vec<u8>>) {
        self.service.configure().await;
        match operation {
            0 => {
                let config = self.config(parts);
                self.answer_with(parts);
                self.create(&config).await;
            }
            1 => {
                let (prior, config) = (self.stored(parts), self.config(parts));
                self.answer_with(parts);
                self.update(&prior, &config).await;
            }
            2 => {
                let prior = self.stored(parts);
                self.answer_with(parts);
                self.service.read(&prior).await;
            }
            3 => {
                let prior = self.stored(parts);
                self.answer_with(parts);
                self.destroy(&prior).await;
            }
            4 => {
                let limit = parts.next().unwrap_or_default().len();
                self.answer_with(parts);
                self.service.list(i64::try_from(limit).expect("inputs are short")).await;
            }
            5 => {
                let config = object(&self.service.data_source, &parts.next().unwrap_or_default());
                self.answer_with(parts);
                self.service.look_up(&config).await;
            }
            6 => {
                let id = String::from_utf8_lossy(&parts.next().unwrap_or_default()).into_owned();
                self.answer_with(parts);
                if let Some(imported) = self.service.import(id).await {
                    self.service.read(&imported).await;
                }
            }
            _ => match &self.remote {
                Behind::Script(script, _) => {
                    let script = script.clone();
                    self.settle(&script, parts).await;
                }
                Behind::Api(_) => {
                    let config = parts.next().unwrap_or_default();
                    self.answer_with(parts);
                    self.service.invoke(&config).await;
                }
            },
        }
    }

    fn config(&self, parts: &mut dyn Iterator<Item = Vec<u8>>) -> V {
        object(&self.service.resource, &parts.next().unwrap_or_default())
    }

    /// An object and its private data.
    fn stored(&self, parts: &mut dyn Iterator<Item = Vec<u8>>) -> Stored {
        let value = object_or_null(&self.service.resource, &parts.next().unwrap_or_default());
        Stored { value, private: parts.next().unwrap_or_default() }
    }

    /// The rest of the input is what the remote system answers.
    fn answer_with(&mut self, parts: &mut dyn Iterator<Item = Vec<u8>>) {
        let answers: VecDeque<Vec<u8>> = parts.collect();
        match &self.remote {
            Behind::Script(script, _) => *script.script() = Script::answering(answers),
            Behind::Api(waiting) => *waiting.lock().expect("no panic goes on") = answers,
        }
    }

    /// Creates; `None` if the configuration or the plan is refused.
    async fn create(&mut self, config: &V) -> Option<Done> {
        if !self.service.validate(config).await {
            return None;
        }
        let plan = self.service.plan(&NOTHING, config).await?;
        let done = self.service.apply(&NOTHING, &plan, config).await;
        self.nothing_is_lost(config);
        Some(done)
    }

    /// Changes, or replaces if that is what the plan says.
    async fn update(&mut self, prior: &Stored, config: &V) -> Option<Done> {
        if !self.service.validate(config).await {
            return None;
        }
        let plan = self.service.plan(prior, config).await?;
        if plan.replaces {
            self.destroy(prior).await;
            return self.create(config).await;
        }
        let done = self.service.apply(prior, &plan, config).await;
        self.nothing_is_lost(config);
        Some(done)
    }

    async fn destroy(&mut self, prior: &Stored) -> Option<Done> {
        let plan = self.service.plan(prior, &V::Null).await?;
        Some(self.service.apply(prior, &plan, &V::Null).await)
    }

    /// Over a remote system that stores what it gets, each apply is followed by a plan without
    /// changes, also after somebody else has edited the object.
    async fn settle(&mut self, script: &Scripted, parts: &mut dyn Iterator<Item = Vec<u8>>) {
        let (first, edit, second) = (self.config(parts), parts.next().unwrap_or_default(), self.config(parts));
        *script.script() = Script::default();
        let Some(created) = self.settled(None, &first).await else { return };
        if let Some(mut edited) = remote::object(&String::from_utf8_lossy(&edit)) {
            edited.set("id", to_raw(remote::ID));
            script.script().held = Some(edited);
        }
        let read = self.service.read(&created).await;
        // An object with a member of another type can't be managed.
        if !read.failed && read.stored.value != V::Null {
            self.settled(Some(&read.stored), &second).await;
        }
    }

    /// Applies, refreshes and plans again. `None` if the configuration is refused.
    async fn settled(&mut self, prior: Option<&Stored>, config: &V) -> Option<Stored> {
        let done = match prior {
            None => self.create(config).await?,
            Some(prior) => self.update(prior, config).await?,
        };
        if done.failed {
            assert!(*config.get("id") != V::Null, "only an adoption finds nothing");
            return None;
        }
        let read = self.service.read(&done.stored).await;
        assert_eq!((read.messages, &read.stored), (0, &done.stored), "a refresh right after an apply found drift");
        let plan = self.service.plan(&read.stored, config).await.expect("a plan");
        assert_eq!(plan.value, read.stored.value, "the second plan is not empty");
        assert!(!plan.replaces);
        Some(read.stored)
    }

    /// Checks what was sent in updates.
    fn nothing_is_lost(&self, config: &V) {
        let Behind::Script(script, table) = &self.remote else { return };
        for (loaded, body) in std::mem::take(&mut script.script().updates) {
            lossless::check(table, config, &loaded, &body);
        }
    }
}
