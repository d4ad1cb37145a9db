// SPDX-License-Identifier: Apache-2.0

//! A client that reads and deletes as a CLI does, ten servers at a time, and needs no CLI.

use tokio::task::JoinSet;
use tonic::transport::Channel;

use crate::common::{Told, emulator, process, provider};
use crate::scene::renumbered;
use crate::support::core::{Block, Core, Stored, V};
use crate::support::emulator::Emulator;
use crate::support::plugin::Plugin;
use crate::support::wire::tfplugin6 as tf;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;

pub const TYPE: &str = "descope_mcp_server";

/// How many calls a CLI makes at once.
const AT_ONCE: usize = 10;

/// A provider process, configured, and a client.
pub struct Driver {
    pub plugin: Plugin,
    pub core: Core,
}

impl Driver {
    /// A fresh process that uses this emulator.
    pub async fn start(emulator: &Emulator) -> Told<Self> {
        let variables = emulator.variables();
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let plugin = Plugin::start(provider(), &variables).await;
        let core = Core::connect(plugin.channel().await).await?;
        Ok(Self { plugin, core })
    }

    pub fn pid(&self) -> Told<u32> {
        Ok(self.plugin.child.id().ok_or("the provider has ended")?)
    }

    /// Plans and applies a server.
    pub async fn apply(&mut self, prior: Option<&Stored>, config: &V) -> Told<Stored> {
        let planned = self.core.plan(TYPE, prior, config).await?;
        Ok(self.core.apply(TYPE, prior, &planned, config).await?)
    }

    pub fn client(&self) -> ProviderClient<Channel> {
        self.core.client.clone()
    }
}

/// Servers that exist, and what a CLI has of them: one is created, and repeated.
pub struct Servers {
    pub emulator: Emulator,
    block: Block,
    first: Stored,
    id: String,
    stored: String,
}

impl Servers {
    /// One server of this configuration, whose name must be that of the scene's first.
    pub async fn new(config: &V) -> Told<Self> {
        let emulator = Emulator::start(emulator());
        let mut driver = Driver::start(&emulator).await?;
        let config = driver.core.block(TYPE).complete(config);
        let mut first = driver.apply(None, &config).await?;
        first.private = aged(&first.private)?;
        let id = emulator.only_server();
        let stored = emulator.stored(&id);
        emulator.remove(&id);
        let block = driver.core.block(TYPE).clone();
        Ok(Self { emulator, block, first, id, stored })
    }

    /// How many bytes the JSON of one server has.
    pub fn size(&self) -> usize {
        self.stored.len()
    }

    /// The API has the servers of these numbers.
    pub fn plant(&self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let json = renumbered(&self.stored, &self.id, number);
            let id = serde_json::from_str::<serde_json::Value>(&json).unwrap_or_default();
            self.emulator.plant(id.get("id").and_then(serde_json::Value::as_str).unwrap_or_default(), &json);
        }
    }

    fn state(&self, number: usize) -> Told<V> {
        let text = renumbered(&self.first.value.to_json().to_string(), &self.id, number);
        Ok(typed(&self.first.value, &serde_json::from_str(&text)?))
    }

    /// Reads the servers of these numbers, ten at a time. Answers how many are gone, and the CPU time that the
    /// provider used, in microseconds for each.
    pub async fn read(&self, driver: &Driver, numbers: std::ops::Range<usize>) -> Told<(usize, f64)> {
        let count = f64::from(u32::try_from(numbers.len())?);
        let requests = numbers.map(|number| {
            Ok(tf::read_resource::Request {
                type_name: TYPE.to_owned(),
                current_state: Some(self.block.encode(&self.state(number)?)),
                private: self.first.private.clone(),
                ..Default::default()
            })
        });
        let requests = requests.collect::<Told<Vec<_>>>()?;
        let before = process::cpu(driver.pid()?);
        let (mut reads, mut gone) = (JoinSet::new(), 0);
        let mut requests = requests.into_iter();
        loop {
            while let Some(request) = if reads.len() < AT_ONCE { requests.next() } else { None } {
                let mut client = driver.client();
                reads.spawn(async move { client.read_resource(request).await });
            }
            let Some(read) = reads.join_next().await else { break };
            let read = read??.into_inner();
            if let Some(message) = read.diagnostics.iter().find(|message| message.severity == 1) {
                return Err(format!("{}: {}", message.summary, message.detail).into());
            }
            gone += usize::from(self.block.decode(read.new_state.as_ref())? == V::Null);
        }
        let after = process::cpu(driver.pid()?);
        let used = after.zip(before).map_or(f64::NAN, |(after, before)| (after - before).as_secs_f64() * 1e6);
        Ok((gone, used / count))
    }
}

impl Servers {
    /// Deletes the servers of these numbers, ten at a time.
    pub async fn destroy(&self, driver: &Driver, numbers: std::ops::Range<usize>) -> Told {
        let (mut deletions, mut left) = (JoinSet::new(), numbers);
        loop {
            while let Some(number) = if deletions.len() < AT_ONCE { left.next() } else { None } {
                let request = tf::apply_resource_change::Request {
                    type_name: TYPE.to_owned(),
                    prior_state: Some(self.block.encode(&self.state(number)?)),
                    planned_state: Some(self.block.encode(&V::Null)),
                    config: Some(self.block.encode(&V::Null)),
                    planned_private: self.first.private.clone(),
                    ..Default::default()
                };
                let mut client = driver.client();
                deletions.spawn(async move { client.apply_resource_change(request).await });
            }
            let Some(deleted) = deletions.join_next().await else { return Ok(()) };
            if let Some(message) = deleted??.into_inner().diagnostics.first() {
                return Err(format!("{}: {}", message.summary, message.detail).into());
            }
        }
    }
}

/// Private data of an object that was created an hour earlier. One that is new is not believed to be gone.
pub fn aged(private: &[u8]) -> Told<Vec<u8>> {
    let mut private: serde_json::Value = serde_json::from_slice(private)?;
    if let Some(time) = private.get_mut("created") {
        *time = (time.as_u64().ok_or("no time")? - 3600).into();
    }
    Ok(private.to_string().into_bytes())
}

/// JSON as a value of the shape of another.
fn typed(like: &V, json: &serde_json::Value) -> V {
    match (like, json) {
        (V::Text(_), serde_json::Value::String(text)) => V::text(text),
        (V::List(elements), serde_json::Value::Array(all)) => {
            V::List(elements.iter().zip(all).map(|(like, json)| typed(like, json)).collect())
        }
        (V::Object(attributes), json) => {
            let attribute = |(name, like): (&String, &V)| {
                (name.clone(), typed(like, json.get(name).unwrap_or(&serde_json::Value::Null)))
            };
            V::Object(attributes.iter().map(attribute).collect())
        }
        (like, _) => like.clone(),
    }
}
