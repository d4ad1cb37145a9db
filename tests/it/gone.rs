// SPDX-License-Identifier: Apache-2.0

//! What proves that a server is gone, by the real CLIs: no wrong answer empties a state, and no
//! deletion counts as done that is not.

use serde_json::json;

use crate::support::cli::{Workspace, each};
use crate::support::core::{Core, Stored, V};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, provider, workspace};
use crate::support::plugin::Plugin;
use crate::support::samples::TYPE;
use crate::support::wire::tfplugin6 as tf;

const SERVER: &str = r#"resource "descope_mcp_server" "x" { name = "x" }"#;

/// What the API answers for an unknown id.
const NOT_FOUND: &str =
    r#"{"errorCode":"E112102","errorDescription":"Not found","errorMessage":"MCP server not found"}"#;

/// What a gateway answers for a path that it does not have.
const GATEWAY: &str = r#"{"code":5,"message":"Not Found","details":[]}"#;

/// Answers all requests to a path like this.
fn answer(emulator: &Emulator, path: &str, status: u16, body: &str) {
    let kind = json!({
        "path": path, "times": 99, "kind": "body", "status": status, "content_type": "application/json", "body": body,
    });
    emulator.fault(&kind.to_string());
}

/// A workspace whose server is no longer new.
fn applied(cli: &crate::support::cli::Cli, emulator: &Emulator) -> Workspace {
    let workspace = workspace(cli, emulator, SERVER);
    workspace.apply();
    workspace.age_objects();
    workspace
}

#[test]
fn no_wrong_answer_empties_a_state() {
    each("wrong answers to a refresh", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator);
        let state = workspace.read("terraform.tfstate");
        let listed = json!({ "servers": [{ "id": emulator.only_server(), "name": "x" }], "total": 1 }).to_string();
        let not_known = "Whether the object exists is not known";
        let odd = "The API's answer can't be understood";
        for (load, list, words) in [
            ((200, "{}"), (200, "{}"), not_known),
            ((200, r#"{"server":null}"#), (200, "{}"), not_known),
            ((200, r#"{"server":null}"#), (200, r#"{"servers":null}"#), not_known),
            ((404, GATEWAY), (200, "{}"), "status 404 and no error code of Descope's"),
            ((400, r#"{"errorCode":"E011004","errorMessage":"malformed id"}"#), (200, "{}"), not_known),
            ((404, NOT_FOUND), (200, &listed), "the list of the project's servers has it"),
            ((404, NOT_FOUND), (200, r#"{"servers":[],"total":3}"#), odd),
            ((404, NOT_FOUND), (200, "[]"), odd),
            ((404, NOT_FOUND), (200, r#"{"errorCode":"E011001"}"#), "E011001"),
            ((404, NOT_FOUND), (404, GATEWAY), "Not the address of the API"),
            ((200, r#"{"errorCode":"E112102","errorMessage":"no"}"#), (200, "{}"), "E112102"),
        ] {
            answer(&emulator, "/server/load", load.0, load.1);
            answer(&emulator, "/servers/all", list.0, list.1);
            let output = workspace.expect(&["apply", "-auto-approve"], 1);
            assert!(output.prose().contains(words), "{load:?} {list:?}: {words:?} is not in {}", output.all());
            assert_eq!(workspace.read("terraform.tfstate"), state, "{load:?} {list:?}: the state changed");
            emulator.control("DELETE", "faults", "");
        }
        workspace.assert_no_changes();
    });
}

/// Protobuf's JSON may leave an empty list out.
#[test]
fn the_last_server_of_a_project_is_gone_although_the_list_is_bare() {
    each("a bare list", |cli| {
        let emulator = emulator();
        emulator.switch(r#"{"zeros":"omitted"}"#);
        let workspace = applied(cli, &emulator);
        emulator.remove(&emulator.only_server());
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.prose().contains("no longer exists") && plan.stdout.contains("1 to add"), "{}", plan.all());
        workspace.apply();
        workspace.succeed(&["destroy", "-auto-approve"]);
        assert!(emulator.servers().is_empty());
    });
}

#[test]
fn a_deletion_that_is_not_done_keeps_the_server_in_the_state() {
    each("wrong successes of a deletion", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator);
        let id = emulator.only_server();
        for (body, words) in [
            ("null", "The API's answer can't be understood"),
            ("[]", "The API's answer can't be understood"),
            (r#""ok""#, "The API's answer can't be understood"),
            ("<html>", "The answer did not come from Descope"),
            (r#"{"errorCode":"E011001","errorMessage":"in use"}"#, "Descope refused the request"),
            // Accepted, but nothing happens.
            ("{}", "Descope accepted the deletion, but the server still exists"),
        ] {
            answer(&emulator, "/server/delete", 200, body);
            let output = workspace.expect(&["destroy", "-auto-approve", "-refresh=false"], 1);
            assert!(output.prose().contains(words), "{body}: {words:?} is not in {}", output.all());
            assert_eq!(emulator.only_server(), id);
            assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str(), "{body}");
            emulator.control("DELETE", "faults", "");
        }
        // Done, but nobody can tell: the state has it until the next plan looks.
        answer(&emulator, "/servers/all", 403, r#"{"errorCode":"E011008"}"#);
        answer(&emulator, "/server/load", 404, r#"{"message":"no route"}"#);
        let output = workspace.expect(&["destroy", "-auto-approve", "-refresh=false"], 1);
        assert!(
            output.prose().contains("It may have taken effect all the same: plan again to see."),
            "{}",
            output.all()
        );
        assert!(emulator.servers().is_empty());
        assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str());
        emulator.control("DELETE", "faults", "");
        workspace.succeed(&["destroy", "-auto-approve"]);
    });
}

#[test]
fn a_deletion_that_was_accepted_needs_no_list_if_descope_does_not_find_the_server() {
    each("deletions without a list", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator);
        answer(&emulator, "/servers/all", 403, r#"{"errorCode":"E011008"}"#);
        let output = workspace.succeed(&["destroy", "-auto-approve"]);
        assert!(emulator.servers().is_empty() && !output.prose().contains("still listed"), "{}", output.all());
        // Descope's own word counts, and if the server is there, that does.
        emulator.control("DELETE", "faults", "");
        workspace.succeed(&["apply", "-auto-approve"]);
        answer(&emulator, "/servers/all", 500, "{}");
        answer(&emulator, "/server/delete", 200, "{}");
        let output = workspace.expect(&["destroy", "-auto-approve"], 1);
        assert!(output.prose().contains("but the server still exists"), "{}", output.all());
        assert_eq!(workspace.state("descope_mcp_server.x")["id"], emulator.only_server().as_str());
    });
}

#[test]
fn what_is_not_found_beside_an_empty_list_is_looked_for_again() {
    each("empty lists", |cli| {
        let emulator = emulator();
        let six = r#"resource "descope_mcp_server" "x" {
  count = 6
  name  = "x${count.index}"
}"#;
        let workspace = workspace(cli, &emulator, six);
        workspace.apply();
        workspace.age_objects();
        let wrong = json!({
            "path": "/server/load", "kind": "body", "status": 404, "content_type": "application/json",
            "body": NOT_FOUND,
        });
        for options in [&["-parallelism=1"][..], &[]] {
            answer(&emulator, "/servers/all", 200, r#"{"servers":[],"total":0}"#);
            emulator.fault(&wrong.to_string());
            workspace.expect(&[&["plan", "-detailed-exitcode"], options].concat(), 0);
            emulator.control("DELETE", "faults", "");
        }
        // If it is true, the plan says so.
        emulator.servers().keys().for_each(|id| emulator.remove(id));
        let output = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(output.prose().contains("6 to add, 0 to change"), "{}", output.all());
    });
}

#[test]
fn a_list_that_lags_for_too_long_is_told_of_a_deletion() {
    each("lists that don't catch up", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator);
        emulator.switch(r#"{"list_deleted_ms":600000}"#);
        let output = workspace.succeed(&["destroy", "-auto-approve"]);
        assert!(output.prose().contains("Deleted, but still listed"), "{}", output.all());
        assert!(emulator.servers().is_empty() && !workspace.read("terraform.tfstate").contains("\"id\""));
    });
}

#[test]
fn a_list_that_lags_is_waited_for() {
    each("a list that lags", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator);
        emulator.switch(r#"{"list_deleted_ms":3000}"#);
        workspace.succeed(&["destroy", "-auto-approve"]);
        assert!(emulator.servers().is_empty() && emulator.requests("/servers/all").len() > 1);
        assert_eq!(emulator.requests("/server/delete").len(), 1);
    });
}

/// So many servers in one block.
fn servers(count: usize) -> String {
    format!("resource \"descope_mcp_server\" \"x\" {{\n  count = {count}\n  name = \"x${{count.index}}\"\n}}\n")
}

/// The list that proves the first deletions shows the other servers, and a load proves each later deletion.
#[test]
fn many_deletions_need_few_lists_however_many_there_are() {
    /// The lists that CLIs' ten operations at a time may need before they know what a list shows.
    const LISTS: usize = 4;
    each("many deletions", |cli| {
        for (count, options) in [(30, &[][..]), (60, &[]), (60, &["-parallelism=40"])] {
            let emulator = emulator();
            let workspace = workspace(cli, &emulator, &servers(count));
            workspace.apply();
            workspace.age_objects();
            emulator.plant("MS2other000000000000000000001", r#"{"name":"other"}"#);
            emulator.forget_requests();
            workspace.succeed(&[&["destroy", "-auto-approve", "-refresh=false"], options].concat());
            assert_eq!(emulator.only_server(), "MS2other000000000000000000001");
            let asked = |path| emulator.requests(path).len();
            let (deletions, loads, lists) = (asked("/server/delete"), asked("/server/load"), asked("/servers/all"));
            assert_eq!((deletions, asked("")), (count, deletions + loads + lists));
            assert!(lists <= LISTS && loads < count, "{lists} lists and {loads} loads for {count} deletions");
        }
    });
}

/// Deletes a server as a CLI's apply does, and answers what it is told.
async fn deleted(core: &Core, stored: &Stored) -> String {
    let block = core.block(TYPE);
    let null = || Some(block.encode(&V::Null));
    let request = tf::apply_resource_change::Request {
        type_name: TYPE.to_owned(),
        prior_state: Some(block.encode(&stored.value)),
        planned_state: null(),
        config: null(),
        planned_private: stored.private.clone(),
        ..Default::default()
    };
    let applied = core.client.clone().apply_resource_change(request).await.unwrap().into_inner();
    let left = block.decode(applied.new_state.as_ref()).unwrap();
    assert_eq!(left == V::Null, applied.diagnostics.is_empty(), "{applied:?}");
    applied.diagnostics.iter().map(|message| format!("{}: {}\n", message.summary, message.detail)).collect()
}

/// Deletions that take effect at first, and then are accepted without an effect.
#[tokio::test]
async fn a_later_deletion_that_is_not_done_keeps_the_server_in_the_state() {
    let emulator = emulator();
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(provider(), &variables).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    let ids = ["MS2one0000000000000000000001", "MS2two0000000000000000000001", "MS2three00000000000000000001"];
    let mut stored = Vec::new();
    for id in ids {
        emulator.plant(id, r#"{"name":"x"}"#);
        stored.push(core.import(TYPE, id).await.unwrap());
    }
    emulator.forget_requests();
    assert_eq!(deleted(&core, &stored[0]).await, "");
    answer(&emulator, "/server/delete", 200, "{}");
    let told = deleted(&core, &stored[1]).await;
    assert!(told.contains("Descope accepted the deletion, but the server still exists"), "{told}");
    assert!(emulator.servers().contains_key(ids[1]));
    emulator.control("DELETE", "faults", "");
    let lists = emulator.requests("/servers/all").len();
    assert_eq!((deleted(&core, &stored[1]).await, deleted(&core, &stored[2]).await), (String::new(), String::new()));
    assert_eq!(emulator.requests("/servers/all").len(), lists, "the first list showed both");
    assert!(emulator.servers().is_empty());
}
