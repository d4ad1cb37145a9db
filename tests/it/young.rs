// SPDX-License-Identifier: Apache-2.0

//! A server that was created a moment ago and is not found yet is not gone: nothing may create a
//! second one, and nothing may forget the first.

use std::path::Path;

use crate::support::cli::each;
use crate::support::core::{Core, V};
use crate::support::hcl::{emulator, workspace};
use crate::support::plugin::Plugin;
use crate::support::samples::TYPE;
use crate::support::wire::tfplugin6 as tf;

/// The server stays hidden for longer than a read waits for it, but counts as new for longer.
#[test]
fn a_second_apply_right_after_the_first_creates_no_second_server() {
    each("a_second_apply", |cli| {
        let emulator = emulator();
        emulator.switch(r#"{"hide_new_ms":12000}"#);
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.apply();
        let id = emulator.only_server();
        // It depends on the CLI's own speed whether the server appears while the provider waits.
        let second = workspace.run(&["apply", "-auto-approve"]);
        match second.code {
            0 => assert!(second.stdout.contains("0 added, 0 changed, 0 destroyed"), "{}", second.all()),
            _ => assert!(second.prose().contains("The new object is not found yet"), "{}", second.all()),
        }
        assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str());
        assert_eq!(emulator.only_server(), id);
        assert_eq!(emulator.requests("/server/create").len(), 1);
    });
}

/// The API answers a deletion of a server that it does not find yet like one of a server that is
/// gone already, so the deletion would count as done and the server would stay.
#[tokio::test]
async fn a_server_that_is_not_found_yet_does_not_count_as_destroyed() {
    let emulator = emulator();
    emulator.switch(r#"{"hide_new_ms":600000}"#);
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    let block = core.block(TYPE).clone();
    let config = block.complete(&V::object([("name", V::text("x"))]));
    let plan = core.plan(TYPE, None, &config).await.unwrap();
    let created = core.apply(TYPE, None, &plan, &config).await.unwrap();

    let null = || Some(block.encode(&V::Null));
    let destroy = tf::apply_resource_change::Request {
        type_name: TYPE.to_owned(),
        prior_state: Some(block.encode(&created.value)),
        planned_state: null(),
        config: null(),
        planned_private: created.private.clone(),
        ..Default::default()
    };
    let destroyed = core.client.apply_resource_change(destroy).await.unwrap().into_inner();
    assert_eq!(destroyed.diagnostics[0].summary, "The new object is not found yet");
    assert_eq!(block.decode(destroyed.new_state.as_ref()).unwrap(), created.value, "the state is kept");
    emulator.only_server();

    emulator.switch("{}");
    core.destroy(TYPE, &created).await.unwrap();
    assert!(emulator.servers().is_empty());
}

/// The deletion of a tainted object gets the private data of the plan for the new one, so it does
/// not know when its own object was created.
#[test]
fn a_tainted_server_that_is_not_found_yet_is_not_replaced() {
    each("a_tainted_server", |cli| {
        let emulator = emulator();
        emulator.switch(r#"{"hide_new_ms":600000}"#);
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.apply();
        let id = emulator.only_server();
        workspace.succeed(&["taint", "descope_mcp_server.x"]);
        emulator.fault(r#"{"path":"/server/delete","kind":"error","status":404,"times":9}"#);
        let output = workspace.expect(&["apply", "-auto-approve", "-refresh=false"], 1);
        assert!(output.prose().contains("The new object is not found yet"), "{}", output.all());
        assert_eq!(emulator.only_server(), id);
        assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str());
    });
}

/// An API that answers a creation with the id alone: the rest is loaded, and nothing is lost.
#[test]
fn a_creation_that_is_answered_with_an_id_alone_is_a_creation() {
    each("an_id_alone", |cli| {
        for hidden in [0, 600_000] {
            let emulator = emulator();
            emulator.switch(&format!(r#"{{"create_answers_id_only":true,"hide_new_ms":{hidden}}}"#));
            let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
            let apply = workspace.apply();
            assert_eq!(apply.prose().contains("Created, but not read yet"), hidden > 0, "{}", apply.all());
            let id = emulator.only_server();
            assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str());
            emulator.switch("{}");
            workspace.assert_no_changes();
            assert_eq!(emulator.requests("/server/create").len(), 1);
        }
    });
}
