// SPDX-License-Identifier: Apache-2.0

//! To the byte: what this provider does not know goes back as it came, and an object that can't go
//! back unchanged is refused by its name, alone. The other objects of the same list stay usable.

use std::path::Path;

use serde_json::json;

use crate::support::cli::{Workspace, each};
use crate::support::core::{Core, V};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, rewrite, workspace};
use crate::support::plugin::Plugin;
use crate::support::samples::TYPE;
use crate::support::wire::tfplugin6 as tf;

const GOOD: &str = "MS2good0000000000000000000001";
const BAD: &str = "MS2bad00000000000000000000002";

/// Servers that can't be read, or not whole: their text, in which each character is a byte, and
/// what is said of them.
const UNREADABLE: [(&str, &str); 2] = [
    (
        r#"{"id":"MS2bad00000000000000000000002","name":"Bad","note":"ÿþ"}"#,
        "bytes for it that are not UTF-8, in `note`",
    ),
    (r#"{"id":"MS2bad00000000000000000000002","name":"Bad","odd":1,"odd":2}"#, r#"the key "odd" more than once"#),
];

/// Answers requests to a path with these bytes, one of each character.
fn answer(emulator: &Emulator, path: &str, body: &str) {
    let kind = json!({
        "path": path, "times": 99, "kind": "body", "status": 200, "content_type": "application/json", "body": body,
        "latin1": true,
    });
    emulator.fault(&kind.to_string());
}

/// Lists the good server and this one.
fn list(emulator: &Emulator, bad: &str) {
    answer(emulator, "/servers/all", &format!(r#"{{"servers":[{bad},{{"id":"{GOOD}","name":"Good"}}],"total":2}}"#));
}

fn settled(workspace: &Workspace, emulator: &Emulator) -> String {
    workspace.apply();
    workspace.age_objects();
    emulator.forget_requests();
    workspace.read("terraform.tfstate")
}

#[test]
fn texts_and_keys_that_are_no_unicode_go_back_as_they_came() {
    each("half surrogate pairs", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        settled(&workspace, &emulator);
        let id = emulator.only_server();
        let odd = r#""\ud800":1.10,"\udfff\u0041":{"a":1,"a":"\ud8ff"},"o\u0064d":["\ud800"]"#;
        let server = format!(r#"{{"server":{{"id":"{id}","name":"x",{odd}}}}}"#);
        answer(&emulator, "/server/load", &server);
        answer(&emulator, "/server/update", &server.replace(r#""name":"x""#, r#""name":"y""#));
        rewrite(&workspace, r#"resource "descope_mcp_server" "x" { name = "y" }"#);
        workspace.apply();
        let sent = emulator.control("GET", "requests?path=/server/update", "");
        assert!(sent.contains(&format!(r#"{{"id":"{id}","name":"y",{odd}}}"#)), "{sent}");
    });
}

#[test]
fn a_server_that_can_not_be_read_is_refused_by_name_and_changes_nothing() {
    each("unreadable servers", |cli| {
        for (bad, words) in UNREADABLE {
            let emulator = emulator();
            emulator.plant(BAD, r#"{"name":"Bad"}"#);
            let block = format!("resource \"descope_mcp_server\" \"x\" {{\n  name = \"Bad\"\n  id = \"{BAD}\"\n}}\n");
            let workspace = workspace(cli, &emulator, &block);
            workspace.apply();
            emulator.forget_requests();
            let state = workspace.state("descope_mcp_server.x");
            answer(&emulator, "/server/load", &format!(r#"{{"server":{bad}}}"#));
            rewrite(&workspace, &block.replace("  id", "  description = \"new\"\n  id"));
            for arguments in [&["apply", "-auto-approve"][..], &["apply", "-auto-approve", "-refresh=false"]] {
                let refused = workspace.expect(arguments, 1);
                for word in [words, BAD, "named \"Bad\""] {
                    assert!(refused.prose().contains(word), "{word:?} is not in {}", refused.all());
                }
                assert_eq!(workspace.state("descope_mcp_server.x"), state, "{bad}");
            }
            assert!(emulator.requests("/server/update").is_empty(), "{bad}");
        }
    });
}

/// An attribute's value must be Unicode, since the CLI's values are.
#[test]
fn a_value_that_is_no_unicode_is_refused_by_attribute_and_server() {
    each("a server with half a surrogate pair in an attribute", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        let state = settled(&workspace, &emulator);
        let id = emulator.only_server();
        answer(
            &emulator,
            "/server/load",
            &format!(r#"{{"server":{{"id":"{id}","name":"x","description":"\ud800"}}}}"#),
        );
        let refused = workspace.expect(&["plan"], 1);
        let told = format!("The member `description` of MCP server {id}");
        assert!(refused.prose().contains(&told) && refused.prose().contains("Unicode"), "{}", refused.all());
        assert_eq!(workspace.read("terraform.tfstate"), state);
    });
}

#[test]
fn the_other_servers_of_a_list_stay_usable() {
    each("a list with an unreadable server", |cli| {
        for (bad, words) in UNREADABLE.into_iter().chain([
            (r#"{"id":"MS2bad00000000000000000000002","name":"\ud800"}"#, ""),
            (r#"{"id":"MS2bad00000000000000000000002","name":7,"\ud800":1}"#, ""),
        ]) {
            let emulator = emulator();
            emulator.plant(GOOD, r#"{"name":"Good"}"#);
            list(&emulator, bad);
            let good = r#"
                data "descope_mcp_server" "good" { name = "Good" }
                output "good" { value = data.descope_mcp_server.good.id }
                import {
                  to = descope_mcp_server.x
                  id = "name:Good"
                }
                resource "descope_mcp_server" "x" { name = "Good" }
            "#;
            let workspace = workspace(cli, &emulator, good);
            let state = settled(&workspace, &emulator);
            assert_eq!(workspace.succeed(&["output", "-raw", "good"]).stdout, GOOD);
            if !words.is_empty() {
                answer(&emulator, "/server/load", &format!(r#"{{"server":{bad}}}"#));
                rewrite(&workspace, "data \"descope_mcp_server\" \"bad\" { name = \"Bad\" }\n");
                let refused = workspace.expect(&["plan", "-refresh=false"], 1);
                for word in [words, BAD, "named \"Bad\""] {
                    assert!(refused.prose().contains(word), "{word:?} is not in {}", refused.all());
                }
            }
            assert_eq!(workspace.read("terraform.tfstate"), state);
            // A list with such a server in it still proves that another one is gone.
            emulator.control("DELETE", "faults", "");
            emulator.remove(GOOD);
            answer(&emulator, "/servers/all", &format!(r#"{{"servers":[{bad}],"total":1}}"#));
            rewrite(&workspace, r#"resource "descope_mcp_server" "x" { name = "Good" }"#);
            let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
            assert!(plan.stdout.contains("1 to add"), "{bad}: {}", plan.all());
        }
    });
}

#[tokio::test]
async fn a_listing_warns_of_one_server_and_shows_the_others() {
    let emulator = emulator();
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    for (bad, words) in UNREADABLE.into_iter().chain([
        (r#"{"id":"MS2bad00000000000000000000002","name":"\ud800"}"#, "text that is not Unicode"),
        (r#"{"id":"MS2bad00000000000000000000002","name":7,"\ud800":1}"#, "expected text, found a number"),
    ]) {
        emulator.control("DELETE", "faults", "");
        list(&emulator, bad);
        let config = tf::DynamicValue { json: b"{}".to_vec(), ..Default::default() };
        let request = tf::list_resource::Request {
            type_name: TYPE.to_owned(),
            config: Some(config),
            include_resource_object: true,
            limit: 10,
        };
        let mut events = core.client.list_resource(request).await.unwrap().into_inner();
        let (mut names, mut warnings) = (Vec::new(), Vec::new());
        while let Some(event) = events.message().await.unwrap() {
            if event.resource_object.is_some() {
                let object = core.block(TYPE).decode(event.resource_object.as_ref()).unwrap();
                assert_eq!(object.get("id"), &V::text(GOOD));
                names.push(event.display_name);
            }
            warnings.extend(event.diagnostic);
        }
        assert_eq!(names, ["Good"], "{bad}");
        assert!(warnings.iter().all(|warning| warning.severity == 2), "{warnings:?}");
        assert!(warnings[0].detail.contains(words), "{words:?} is not in {warnings:?}");
    }
}
