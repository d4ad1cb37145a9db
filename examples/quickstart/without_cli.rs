// SPDX-License-Identifier: Apache-2.0

//! The same steps without a CLI: the provider is started as a CLI starts it, with mutual TLS, and
//! gets the calls that a CLI makes.

use serde_json::{Value, json};
use tonic::transport::Channel;

use super::support::plugin::Plugin;
use super::support::wire::tfplugin6::provider_client::ProviderClient;
use super::support::wire::tfplugin6::{self as tf, Diagnostic, DynamicValue};
use super::{Outcome, Setting, say};

const TYPE: &str = "descope_mcp_server";

/// What `main.tf` declares, as a CLI would hand it over.
fn declared(session: &str) -> Value {
    json!({
        "name": "Calendar",
        "audience_whitelist": ["https://calendar.example.com/mcp"],
        "approved_scopes": {
            "permissions_scopes": [
                { "name": "calendar.read", "description": "See your appointments", "values": ["Calendar Reader"] },
            ],
        },
        "dynamic_registration": { "enabled": true },
        "session_settings": {
            "enabled": true,
            "refresh_token_expiration": "4 weeks",
            "session_token_expiration": session,
            "key_session_token_expiration": "10 minutes",
        },
    })
}

/// Takes the steps and stops at the first that fails.
pub fn run(setting: Setting) -> Outcome {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(steps(setting))
}

async fn steps(mut setting: Setting) -> Outcome {
    let variables = setting.emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut plugin = Plugin::start(&setting.provider, &variables).await;
    let mut provider = Provider { client: ProviderClient::new(plugin.channel().await) };
    provider.configure().await?;

    say("\n== plan and apply");
    let config = dynamic(&declared("10 minutes"));
    provider.validate(&config).await?;
    let created = provider.change(None, Some(config.clone())).await?;
    setting.show_requests();

    say("\n== nothing is left to do");
    let read = provider.read(created.clone()).await?;
    if provider.plan(Some(read.clone()), Some(config)).await? != read {
        return Err("the second plan is not empty".into());
    }
    setting.show_requests();

    say("\n== a change is one update of the whole object");
    let changed = provider.change(Some(read), Some(dynamic(&declared("20 minutes")))).await?;
    setting.show_requests();

    say("\n== import");
    let imported = provider.import(&setting.emulator.only_server()).await?;
    let imported = provider.read(imported).await?;
    if imported != changed {
        return Err("what was imported is not what was applied".into());
    }
    setting.show_requests();

    say("\n== destroy");
    provider.change(Some(imported), None).await?;
    setting.show_requests();
    if !setting.emulator.servers().is_empty() {
        return Err("a server is left in the emulator".into());
    }
    match plugin.shut_down().await.success() {
        true => Ok(()),
        false => Err("the provider did not end well".into()),
    }
}

struct Provider {
    client: ProviderClient<Channel>,
}

impl Provider {
    async fn configure(&mut self) -> Outcome {
        let request = tf::configure_provider::Request {
            terraform_version: "1.11.4".to_owned(),
            config: Some(dynamic(&json!({}))),
            ..Default::default()
        };
        told(&self.client.configure_provider(request).await?.into_inner().diagnostics)
    }

    async fn validate(&mut self, config: &DynamicValue) -> Outcome {
        let request = tf::validate_resource_config::Request {
            type_name: TYPE.to_owned(),
            config: Some(config.clone()),
            ..Default::default()
        };
        told(&self.client.validate_resource_config(request).await?.into_inner().diagnostics)
    }

    async fn plan(
        &mut self,
        prior: Option<DynamicValue>,
        config: Option<DynamicValue>,
    ) -> Result<DynamicValue, Box<dyn std::error::Error>> {
        let request = tf::plan_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: Some(prior.unwrap_or_else(null)),
            // Good enough a proposal: the provider works it out from the configuration and the prior state itself.
            proposed_new_state: Some(config.clone().unwrap_or_else(null)),
            config: Some(config.unwrap_or_else(null)),
            ..Default::default()
        };
        let answer = self.client.plan_resource_change(request).await?.into_inner();
        told(&answer.diagnostics)?;
        answer.planned_state.ok_or_else(|| "there is no plan in the answer".into())
    }

    /// Plans and applies.
    async fn change(
        &mut self,
        prior: Option<DynamicValue>,
        config: Option<DynamicValue>,
    ) -> Result<DynamicValue, Box<dyn std::error::Error>> {
        let planned = self.plan(prior.clone(), config.clone()).await?;
        let request = tf::apply_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: Some(prior.unwrap_or_else(null)),
            planned_state: Some(planned),
            config: Some(config.unwrap_or_else(null)),
            ..Default::default()
        };
        let answer = self.client.apply_resource_change(request).await?.into_inner();
        told(&answer.diagnostics)?;
        answer.new_state.ok_or_else(|| "there is no state in the answer".into())
    }

    async fn read(&mut self, state: DynamicValue) -> Result<DynamicValue, Box<dyn std::error::Error>> {
        let request =
            tf::read_resource::Request { type_name: TYPE.to_owned(), current_state: Some(state), ..Default::default() };
        let answer = self.client.read_resource(request).await?.into_inner();
        told(&answer.diagnostics)?;
        answer.new_state.ok_or_else(|| "there is no state in the answer".into())
    }

    async fn import(&mut self, id: &str) -> Result<DynamicValue, Box<dyn std::error::Error>> {
        let request =
            tf::import_resource_state::Request { type_name: TYPE.to_owned(), id: id.to_owned(), ..Default::default() };
        let answer = self.client.import_resource_state(request).await?.into_inner();
        told(&answer.diagnostics)?;
        let imported = answer.imported_resources.into_iter().next().and_then(|imported| imported.state);
        imported.ok_or_else(|| "nothing was imported".into())
    }
}

/// Prints messages; fails if one is an error.
fn told(diagnostics: &[Diagnostic]) -> Outcome {
    for message in diagnostics {
        say(&format!("{}: {}", message.summary, message.detail));
    }
    match diagnostics.iter().any(|message| message.severity == i32::from(tf::diagnostic::Severity::Error)) {
        true => Err("the provider answered with an error".into()),
        false => Ok(()),
    }
}

fn dynamic(value: &Value) -> DynamicValue {
    DynamicValue { json: value.to_string().into_bytes(), msgpack: Vec::new() }
}

fn null() -> DynamicValue {
    DynamicValue { msgpack: vec![0xc0], json: Vec::new() }
}
