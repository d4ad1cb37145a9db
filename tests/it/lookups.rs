// SPDX-License-Identifier: Apache-2.0

//! Servers that are read without being managed, by the real CLIs: data sources and ephemeral resources.

use serde_json::json;

use crate::support::cli::each;
use crate::support::emulator::{OTHER_PROJECT, PROJECT};
use crate::support::hcl::{FULL_JSON, emulator, rewrite, workspace};

const ID: &str = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs";

#[test]
fn a_server_is_read_by_id_or_name() {
    each("data source", |cli| {
        let emulator = emulator();
        emulator.plant(ID, FULL_JSON);
        emulator.plant_in(OTHER_PROJECT, "MS2elsewhere", r#"{"name":"Calendar"}"#);
        let resources = format!(
            r#"
            data "descope_mcp_server" "by_id" {{ id = "{ID}" }}
            data "descope_mcp_server" "by_name" {{ name = "Calendar" }}
            data "descope_mcp_server" "elsewhere" {{
              name       = "Calendar"
              project_id = "{OTHER_PROJECT}"
            }}
            output "same" {{ value = data.descope_mcp_server.by_id == data.descope_mcp_server.by_name }}
            output "found" {{ value = data.descope_mcp_server.by_id }}
            output "elsewhere" {{ value = data.descope_mcp_server.elsewhere.id }}
            "#
        );
        let workspace = workspace(cli, &emulator, &resources);
        workspace.apply();
        let outputs: serde_json::Value = serde_json::from_str(&workspace.succeed(&["output", "-json"]).stdout).unwrap();
        let found = &outputs["found"]["value"];
        assert_eq!(outputs["same"]["value"], true);
        assert_eq!(outputs["elsewhere"]["value"], "MS2elsewhere");
        assert_eq!((&found["id"], &found["project_id"]), (&json!(ID), &json!(PROJECT)));
        assert_eq!(found["name"], "Calendar");
        assert_eq!(found["tags"], json!(["a", "b"]));
        assert_eq!(found["session_settings"]["refresh_token_expiration"], "4 weeks");
        assert_eq!(found["approved_scopes"]["permissions_scopes"][0]["values"], json!(["Editor", "Reader"]));
        assert_eq!(found["cimd_settings"]["domain_policies"][1]["enabled"], false);
        assert_eq!(found["issuer"], format!("{}/v1/apps/agentic/{PROJECT}/{ID}", emulator.url()));
        // What is never read back is no attribute of what was read.
        assert!(!found.as_object().unwrap().contains_key("consent_flow_id"));
        workspace.assert_no_changes();
        assert!(emulator.requests("/server/update").is_empty() && emulator.requests("/server/create").is_empty());
    });
}

#[test]
fn a_server_that_is_yet_to_be_created_is_read_after_it_is() {
    each("data source of an unknown id", |cli| {
        let emulator = emulator();
        let workspace = workspace(
            cli,
            &emulator,
            r#"
            resource "descope_mcp_server" "x" { name = "x" }
            data "descope_mcp_server" "x" { id = descope_mcp_server.x.id }
            output "name" { value = data.descope_mcp_server.x.name }
            "#,
        );
        workspace.apply();
        assert_eq!(workspace.succeed(&["output", "-raw", "name"]).stdout, "x");
        workspace.assert_no_changes();
    });
}

#[test]
fn what_is_not_found_is_said() {
    each("data sources that find nothing", |cli| {
        let emulator = emulator();
        for id in ["MS1first", "MS2second"] {
            emulator.plant(id, r#"{"name":"Calendar"}"#);
        }
        let workspace = workspace(cli, &emulator, "");
        for (arguments, command, words) in [
            ("", "validate", &["Set `id` or `name`"][..]),
            ("id = \"MS1\"\nname = \"x\"", "validate", &["Set either `id` or `name`, not both"]),
            ("name = \"x\"\ndescription = \"y\"", "validate", &["`description`"]),
            ("name = \" \"", "validate", &["only white space"]),
            (
                "id = \"Calendar\"",
                "validate",
                &["not the id of an MCP server", "shows it. Correct it, or set `name` instead."],
            ),
            ("id = \"\"", "validate", &["names no server. Correct it, or set `name` instead."]),
            ("id = \"RS1\"", "validate", &["whose ids begin with `MS`."]),
            ("name = \"calendar\"", "plan", &["no MCP server named exactly \"calendar\"", "\"Calendar\": MS1first"]),
            ("name = \"Calendar\"", "plan", &["2 MCP servers named \"Calendar\"", "MS1first", "MS2second"]),
            (
                "id = \"MS3gone\"",
                "plan",
                &["MCP server MS3gone in project Ptest22222222222222222222222 does not exist. Check `id` and \
                     `project_id`."],
            ),
        ] {
            rewrite(&workspace, &format!("data \"descope_mcp_server\" \"x\" {{\n{arguments}\n}}\n"));
            let refused = workspace.expect(&[command], 1);
            for word in words {
                assert!(refused.prose().contains(word), "{arguments}: {word}: {}", refused.all());
            }
            // The words for the resource would send the reader in a circle.
            for word in ["the data source", "to create", "othing changed"] {
                assert!(!refused.prose().contains(word), "{arguments}: {word}: {}", refused.all());
            }
        }
    });
}

#[test]
fn an_ephemeral_server_is_read_anew_and_stored_nowhere() {
    each("ephemeral resource", |cli| {
        if !cli.has("ephemeral resources", 11, Some(11)) {
            return;
        }
        let emulator = emulator();
        emulator.plant(ID, r#"{"name":"Template","loginPageURL":"https://never-stored.example/login"}"#);
        let workspace = workspace(
            cli,
            &emulator,
            r#"
            ephemeral "descope_mcp_server" "template" { name = "Template" }
            resource "descope_mcp_server" "x" {
              name                     = "x"
              consent_flow_id          = "f"
              consent_flow_hosting_url = ephemeral.descope_mcp_server.template.login_page_url
              login_page_url           = null
              lifecycle { ignore_changes = [login_page_url] }
            }
            "#,
        );
        workspace.succeed(&["plan", "-out=saved.plan"]);
        let shown = workspace.succeed(&["show", "-json", "saved.plan"]).stdout;
        assert!(!shown.contains("never-stored"), "{shown}");
        let read = || emulator.requests("/servers/all").len();
        let read_by_plan = read();
        assert!(read_by_plan > 0);
        workspace.succeed(&["apply", "saved.plan"]);
        assert!(read() > read_by_plan);
        let sent = emulator.bodies("/server/create");
        assert_eq!(sent[0]["consentFlowHostingURL"], "https://never-stored.example/login");
        let state = workspace.read("terraform.tfstate");
        let stored = state.matches("never-stored").count();
        // Once, in the page that the emulator made of it; the ephemeral server itself is not there.
        assert!(stored == 1 && !state.contains("Template"), "{state}");
        workspace.assert_no_changes();
    });
}
