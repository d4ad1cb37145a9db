//! Very large configurations and answers.

use std::path::Path;
use std::time::Duration;

use crate::support::core::{Action, Core, V};
use crate::support::emulator::Emulator;
use crate::support::hcl::emulator;
use crate::support::plugin::Plugin;
use crate::support::samples::TYPE;
use crate::support::wire::tfplugin6 as tf;

async fn started(emulator: &Emulator) -> (Plugin, Core) {
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let core = Core::connect(plugin.channel().await).await.unwrap();
    (plugin, core)
}

/// Elements of lists are matched by key. Work that grows with the square of their number would take
/// minutes here; the limit is for that and for a provider that hangs, not for a slow machine.
#[tokio::test]
async fn twenty_thousand_scopes_are_validated_planned_and_applied() {
    const SCOPES: usize = 20_000;
    let emulator = emulator();
    let (_plugin, mut core) = started(&emulator).await;
    let block = core.block(TYPE).clone();
    let scope = |number: usize, description: &str| {
        V::object([("name", V::Text(format!("scope:{number}"))), ("description", V::text(description))])
    };
    let config = |scopes: Vec<V>| {
        let scopes = V::object([("permissions_scopes", V::List(scopes))]);
        block.complete(&V::object([("name", V::text("x")), ("approved_scopes", scopes)]))
    };
    let whole = async {
        let first = config((0..SCOPES).map(|number| scope(number, "")).collect());
        let validate = tf::validate_resource_config::Request {
            type_name: TYPE.to_owned(),
            config: Some(block.encode(&first)),
            ..Default::default()
        };
        let validated = core.client.validate_resource_config(validate).await.unwrap().into_inner();
        assert!(validated.diagnostics.is_empty(), "{:?}", validated.diagnostics);
        let plan = core.plan(TYPE, None, &first).await.unwrap();
        let created = core.apply(TYPE, None, &plan, &first).await.unwrap();
        // The same scopes, the other way round, one of them changed.
        let turned =
            config((0..SCOPES).rev().map(|number| scope(number, if number == 7 { "new" } else { "" })).collect());
        let plan = core.plan(TYPE, Some(&created), &turned).await.unwrap();
        assert_eq!(plan.action, Action::Update);
        core.apply(TYPE, Some(&created), &plan, &turned).await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(120), whole).await.expect("it is done in time");
    let [update] = emulator.bodies("/server/update").try_into().unwrap();
    let scopes = update.pointer("/server/approvedScopes/permissionsScopes").unwrap().as_array().unwrap();
    assert_eq!(scopes.len(), SCOPES);
    assert_eq!((&scopes[0]["name"], &scopes[SCOPES - 8]["description"]), (&"scope:19999".into(), &"new".into()));
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
