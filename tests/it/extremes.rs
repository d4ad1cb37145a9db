// SPDX-License-Identifier: Apache-2.0

//! Very large configurations and answers.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::core::{Action, Core, V};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, provider};
use crate::support::plugin::{HANG, Plugin};
use crate::support::samples::TYPE;
use crate::support::wire::tfplugin6 as tf;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;

async fn started(emulator: &Emulator) -> (Plugin, Core) {
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let core = Core::connect(plugin.channel().await).await.unwrap();
    (plugin, core)
}

/// Elements of lists are matched by key. That the work grows linearly with their number is counted in
/// `engine/steps/by_key.rs`; the limit here is for a provider that hangs, not for a slow machine.
#[tokio::test]
async fn twenty_thousand_scopes_are_validated_and_planned() {
    const SCOPES: usize = 20_000;
    let emulator = emulator();
    let id = "MS2wide0000000000000000000001";
    let names = || (0..SCOPES).map(|number| format!("scope:{number}"));
    let scopes: Vec<_> = names().map(|name| json!({ "name": name })).collect();
    emulator.plant(id, &json!({ "name": "x", "approvedScopes": { "permissionsScopes": scopes } }).to_string());
    let (_plugin, mut core) = started(&emulator).await;
    let block = core.block(TYPE).clone();
    // The same scopes, the other way round, one of them changed.
    let scope = |name: String| {
        let description = if name == "scope:7" { "new" } else { "" };
        V::object([("name", V::Text(name)), ("description", V::text(description))])
    };
    let scopes = V::object([("permissions_scopes", V::List(names().rev().map(scope).collect()))]);
    let config = block.complete(&V::object([("name", V::text("x")), ("approved_scopes", scopes)]));
    let planned = async {
        let validate = tf::validate_resource_config::Request {
            type_name: TYPE.to_owned(),
            config: Some(block.encode(&config)),
            ..Default::default()
        };
        let validated = core.client.validate_resource_config(validate).await.unwrap().into_inner();
        assert!(validated.diagnostics.is_empty(), "{:?}", validated.diagnostics);
        let stored = core.import(TYPE, id).await.unwrap();
        core.plan(TYPE, Some(&stored), &config).await.unwrap()
    };
    let planned = tokio::time::timeout(Duration::from_secs(300), planned).await.expect("it is done in time");
    assert_eq!(planned.action, Action::Update);
    let V::List(scopes) = planned.value.get("approved_scopes").get("permissions_scopes").clone() else {
        panic!("{:?}", planned.value.get("approved_scopes"))
    };
    assert_eq!(scopes.len(), SCOPES);
    assert_eq!(
        (scopes[0].get("name"), scopes[SCOPES - 8].get("description")),
        (&V::text("scope:19999"), &V::text("new"))
    );
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_asked_for_once_and_named() {
    let emulator = emulator();
    let id = "MS2big00000000000000000000001";
    emulator.plant(id, r#"{"name":"big"}"#);
    let (_plugin, mut core) = started(&emulator).await;
    let stored = core.import(TYPE, id).await.unwrap();
    emulator.forget_requests();
    // More than the 64 MiB that the provider reads, for as often as it might ask.
    emulator.fault(&format!(r#"{{"path":"/load","times":10,"kind":"big","bytes":{}}}"#, (64 << 20) + 1));
    let refused = core.read(TYPE, &stored).await.unwrap_err();
    assert!(refused.contains("64 MiB"), "{refused}");
    assert_eq!(emulator.requests("").len(), 1, "asked again, it would be as large");
}

/// An empty element is one byte, and makes an object and perhaps a message. That the memory for these grows
/// linearly is counted in `protocol/tests.rs`; the limit here is for comparisons of each with each.
#[tokio::test]
async fn a_hundred_thousand_empty_elements_are_judged_and_planned_in_time() {
    let plugin = Plugin::start(provider(), &[("DESCOPE_PROJECT_ID", "Ptest")]).await;
    let mut client = ProviderClient::new(plugin.channel().await).max_decoding_message_size(256 << 20);
    let config = Some(tf::DynamicValue { json: b"{}".to_vec(), msgpack: Vec::new() });
    client.configure_provider(tf::configure_provider::Request { config, ..Default::default() }).await.unwrap();
    let map = |names: &[&str]| {
        names.iter().fold(Vec::new(), |mut bytes, name| {
            bytes.extend([0x81, 0xa0 | u8::try_from(name.len()).unwrap()]);
            bytes.extend(name.as_bytes());
            bytes
        })
    };
    let text = |text: &str| [&[0xd9, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    for (names, element) in [
        (&["approved_scopes", "permissions_scopes"][..], 0x80_u8),
        (&["approved_scopes", "permissions_scopes"], 0xc0),
        (&["cimd_settings", "domain_policies"], 0x80),
        (&["tags"], 0xa0),
        (&["tags"], 0xc0),
    ] {
        let mut msgpack = vec![0x82];
        msgpack.extend([text("name"), text("x")].concat());
        let (first, rest) = names.split_first().unwrap();
        msgpack.extend(text(first));
        msgpack.extend(map(rest));
        msgpack.extend([&[0xdd][..], &100_000_u32.to_be_bytes()].concat());
        msgpack.extend(std::iter::repeat_n(element, 100_000));
        let config = Some(tf::DynamicValue { msgpack, json: Vec::new() });
        let type_name = TYPE.to_owned();
        let validate = tf::validate_resource_config::Request {
            type_name: type_name.clone(),
            config: config.clone(),
            client_capabilities: None,
        };
        let validated =
            tokio::time::timeout(5 * HANG, client.validate_resource_config(validate)).await.expect("in time").unwrap();
        let mut told = validated.into_inner().diagnostics;
        let plan = tf::plan_resource_change::Request {
            type_name,
            prior_state: Some(tf::DynamicValue { msgpack: vec![0xc0], json: Vec::new() }),
            proposed_new_state: config.clone(),
            config,
            ..Default::default()
        };
        let planned = tokio::time::timeout(5 * HANG, client.plan_resource_change(plan))
            .await
            .expect("in time")
            .unwrap()
            .into_inner();
        assert_ne!(planned.planned_state, None, "{names:?} {element:x}: {:?}", planned.diagnostics);
        // What a server may have already is told by the plan alone.
        told.extend(planned.diagnostics);
        assert!(!told.is_empty() && told.len() < 100, "{names:?} {element:x}: {}", told.len());
    }
}
