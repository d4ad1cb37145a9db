// SPDX-License-Identifier: Apache-2.0

//! Import and adoption through the real CLIs.

use serde_json::json;

use crate::support::cli::each;
use crate::support::emulator::{OTHER_PROJECT, PROJECT};
use crate::support::hcl::{FULL_JSON, emulator, workspace};

const ID: &str = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs";

fn only_name(id: &str, name: &str) -> String {
    format!(
        r#"
        import {{
          to = descope_mcp_server.x
          id = "{id}"
        }}
        resource "descope_mcp_server" "x" {{ name = "{name}" }}
        "#
    )
}

#[test]
fn a_full_server_is_imported_into_a_configuration_of_only_its_name() {
    each("a_full_server_is_imported", |cli| {
        for zeros in ["sent", "omitted", "null"] {
            let emulator = emulator();
            emulator.switch(&format!(
                r#"{{"zeros":"{zeros}","shuffle":true,"numbers_as_strings":true,"login_page_spelling":"loginPageUrl"}}"#
            ));
            emulator.plant(ID, FULL_JSON);
            let before = emulator.stored(ID);
            let workspace = workspace(cli, &emulator, &only_name(ID, "Calendar"));
            let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
            assert!(plan.stdout.contains("1 to import, 0 to add, 0 to change, 0 to destroy"), "{}", plan.all());
            let apply = workspace.apply();
            assert!(apply.stdout.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{}", apply.all());
            assert_eq!(emulator.requests("/server/update").len() + emulator.requests("/server/create").len(), 0);
            assert_eq!(emulator.stored(ID), before);
            let state = workspace.state("descope_mcp_server.x");
            assert_eq!(state["session_settings"]["refresh_token_expiration"], "4 weeks");
            assert_eq!(state["login_page_url"], "https://example.com/login?flow=inbound-apps-user-consent");
            let policies = state["cimd_settings"]["domain_policies"].as_array().unwrap();
            assert_eq!(policies.len(), 2);
            workspace.assert_no_changes();
        }
    });
}

#[test]
fn a_server_is_imported_into_a_configuration_of_another_order_without_a_change() {
    each("another_order", |cli| {
        let emulator = emulator();
        emulator.plant(ID, FULL_JSON);
        let before = emulator.stored(ID);
        // The entries that the server has, the other way round.
        let lists = r#"
          name = "Calendar"
          cimd_settings = {
            domain_policies = [
              { domain_pattern = "example.org", enabled = false },
              { domain_pattern = "*.example.com", enabled = true },
            ]
          }
        "#;
        let config = only_name(ID, "Calendar").replace(r#"name = "Calendar""#, lists);
        let workspace = workspace(cli, &emulator, &config);
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains("1 to import, 0 to add, 0 to change, 0 to destroy"), "{}", plan.all());
        workspace.apply();
        assert_eq!(emulator.stored(ID), before);
        workspace.assert_no_changes();
    });
}

#[test]
fn every_form_of_id_imports_the_same_server() {
    each("every_form_of_id", |cli| {
        for form in [
            ID.to_owned(),
            format!("{PROJECT}/{ID}"),
            "name:Calendar".to_owned(),
            format!("{PROJECT}/name:Calendar"),
            format!("BASE/v1/apps/agentic/{PROJECT}/{ID}"),
        ] {
            let emulator = emulator();
            emulator.plant(ID, FULL_JSON);
            emulator.plant("MS2other000000000000000000001", r#"{"name":"Calendar 2"}"#);
            let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "Calendar" }"#);
            let form = form.replace("BASE", &emulator.url());
            workspace.succeed(&["import", "descope_mcp_server.x", &form]);
            let state = workspace.state("descope_mcp_server.x");
            assert_eq!((&state["id"], &state["project_id"]), (&json!(ID), &json!(PROJECT)), "{form}");
            workspace.assert_no_changes();
        }
    });
}

/// Another environment's server would be imported silently.
#[test]
fn an_issuer_at_another_address_is_imported_with_a_warning() {
    each("an_issuer_at_another_address", |cli| {
        let emulator = emulator();
        emulator.plant(ID, FULL_JSON);
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "Calendar" }"#);
        let issuer = format!("https://auth.x.example/v1/apps/agentic/{PROJECT}/{ID}");
        let output = workspace.succeed(&["import", "descope_mcp_server.x", &issuer]);
        for words in ["The issuer is at another address", "https://auth.x.example, and", &emulator.url()] {
            assert!(output.prose().contains(words), "{words:?} is not in {}", output.all());
        }
        assert_eq!(workspace.state("descope_mcp_server.x")["id"], ID);
    });
}

#[test]
fn a_server_of_another_project_is_imported_and_stays_there() {
    each("a_server_of_another_project", |cli| {
        let emulator = emulator();
        emulator.plant_in(OTHER_PROJECT, ID, FULL_JSON);
        let workspace = workspace(cli, &emulator, &only_name(&format!("{OTHER_PROJECT}/{ID}"), "Calendar"));
        let apply = workspace.apply();
        assert!(apply.stdout.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{}", apply.all());
        assert_eq!(workspace.state("descope_mcp_server.x")["project_id"], OTHER_PROJECT);
        workspace.assert_no_changes();
    });
}

#[test]
fn what_can_not_be_imported_is_explained() {
    each("what_can_not_be_imported", |cli| {
        let emulator = emulator();
        emulator.plant(ID, FULL_JSON);
        emulator.plant("MS2twin0000000000000000000001", r#"{"name":"Twin"}"#);
        emulator.plant("MS2twin0000000000000000000002", r#"{"name":"Twin"}"#);
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "Calendar" }"#);
        let refused = |form: &str| workspace.expect(&["import", "descope_mcp_server.x", form], 1).prose();

        let none = refused("name:calender");
        assert!(
            none.contains("has no MCP server named exactly") && none.contains(&format!(r#""Calendar": {ID}"#)),
            "{none}"
        );
        let strange = refused("name:Nope");
        assert!(strange.contains("It has 3 servers, none of which has a similar name."), "{strange}");
        let several = refused("name:Twin");
        assert!(several.contains("MS2twin0000000000000000000001 MS2twin0000000000000000000002"), "{several}");
        let malformed = refused("Calendar");
        assert!(malformed.contains("Malformed import id") && malformed.contains("name:EXACT_NAME"), "{malformed}");
        let resource = refused("RS2abc");
        assert!(resource.contains("is the id of a Resource"), "{resource}");
        emulator.plant("RS2abc", r#"{"name":"Res"}"#);
        let named = refused("name:Res");
        assert!(named.contains("is the id of a Resource"), "{named}");
        assert!(emulator.requests("/server/load").iter().all(|request| request["body"]["id"] != "RS2abc"));
        let absent = refused("MS2absent000000000000000000001");
        for words in ["Nothing to import", PROJECT, "by `PROJECT_ID/MS…`", "set `base_url`"] {
            assert!(absent.contains(words), "{words} is not in {absent}");
        }
    });
}

#[test]
fn a_name_in_another_normal_form_is_the_same_name() {
    each("a_name_in_another_normal_form", |cli| {
        let emulator = emulator();
        emulator.plant(ID, "{\"name\":\"Cafe\u{301}\"}");
        let workspace = workspace(cli, &emulator, &only_name("name:Caf\u{e9}", "Caf\u{e9}"));
        let apply = workspace.apply();
        assert!(apply.stdout.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{}", apply.all());
        workspace.assert_no_changes();
    });
}
