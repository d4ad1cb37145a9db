// SPDX-License-Identifier: Apache-2.0

//! What proves that a server is gone, by the real CLIs: no wrong answer empties a state, and no
//! deletion counts as done that is not.

use serde_json::json;

use crate::support::cli::{Workspace, each};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, workspace};

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

#[test]
fn deletions_at_the_same_time_share_their_lists() {
    each("many deletions", |cli| {
        const SERVERS: usize = 40;
        let emulator = emulator();
        let server = format!(
            "resource \"descope_mcp_server\" \"x\" {{\n  count = {SERVERS}\n  name = \"x${{count.index}}\"\n}}\n"
        );
        let workspace = workspace(cli, &emulator, &server);
        workspace.apply();
        workspace.age_objects();
        emulator.forget_requests();
        workspace.succeed(&["destroy", "-auto-approve", "-refresh=false", "-parallelism=40"]);
        assert!(emulator.servers().is_empty());
        let lists = emulator.requests("/servers/all").len();
        assert_eq!(emulator.requests("/server/delete").len(), SERVERS);
        assert!(lists < SERVERS / 2, "{lists} lists for {SERVERS} deletions");
    });
}
