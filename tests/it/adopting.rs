//! Adoption by `id` through the real CLIs: an existing server becomes managed, and is never destroyed for being replaced by itself.

use serde_json::Value;

use crate::support::cli::each;
use crate::support::emulator::{Emulator, PROJECT};
use crate::support::hcl::{emulator, rewrite, workspace};

const ID: &str = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs";

#[test]
fn an_id_in_the_configuration_adopts_that_server() {
    each("an_id_adopts", |cli| {
        let emulator = emulator();
        emulator.switch(r#"{"zeros":"omitted"}"#);
        emulator.plant(ID, r#"{"name":"old","description":"kept","tags":["kept"],"future":1.10}"#);
        let resources = |id: &str| {
            format!(
                r#"resource "descope_mcp_server" "x" {{
                     id   = "{id}"
                     name = "new"
                   }}"#
            )
        };
        let workspace = workspace(cli, &emulator, &resources(ID));
        // The id is known, so the addresses that follow from it are planned already.
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains(&format!("{}/v1/apps/agentic/{PROJECT}/{ID}", emulator.url())), "{}", plan.all());
        workspace.apply();
        assert_eq!(emulator.requests("/server/create").len(), 0);
        assert_eq!(emulator.requests("/server/update").len(), 1);
        assert_eq!(
            emulator.stored(ID),
            format!(r#"{{"id":"{ID}","name":"new","description":"kept","tags":["kept"],"future":1.10}}"#)
        );
        workspace.assert_no_changes();

        // Another id is another server: the one is destroyed, the other adopted.
        emulator.plant("MS2second00000000000000000001", r#"{"name":"second"}"#);
        rewrite(&workspace, &resources("MS2second00000000000000000001"));
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains("1 to add, 0 to change, 1 to destroy"), "{}", plan.all());
        workspace.apply();
        assert_eq!(emulator.only_server(), "MS2second00000000000000000001");
        let stored: Value = serde_json::from_str(&emulator.stored("MS2second00000000000000000001")).unwrap();
        assert_eq!(stored["name"], "new");
    });
}

#[test]
fn a_server_that_does_not_exist_is_not_adopted_and_not_created() {
    each("a_server_that_does_not_exist", |cli| {
        let emulator = emulator();
        let workspace = workspace(
            cli,
            &emulator,
            r#"resource "descope_mcp_server" "x" {
                 id   = "MS2absent000000000000000000001"
                 name = "x"
               }"#,
        );
        let apply = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(apply.prose().contains("can't be adopted"), "{}", apply.all());
        assert!(apply.stderr.contains("main.tf line"), "the attribute is pointed at: {}", apply.all());
        assert!(emulator.servers().is_empty());
    });
}

/// A server with this id in its configuration, and more lines in the same block.
fn adopting(id: &str, more: &str) -> String {
    format!("resource \"descope_mcp_server\" \"x\" {{\n  id = {id}\n  name = \"new\"\n  {more}\n}}\n")
}

fn planted() -> Emulator {
    let emulator = emulator();
    emulator.switch(r#"{"zeros":"omitted"}"#);
    emulator.plant(ID, r#"{"name":"old","future":1.10}"#);
    emulator
}

fn is_untouched(emulator: &Emulator) {
    assert_eq!(emulator.requests("/server/delete").len() + emulator.requests("/server/create").len(), 0);
    assert_eq!(emulator.stored(ID), format!(r#"{{"id":"{ID}","name":"new","future":1.10}}"#));
}

#[test]
fn an_adopted_server_is_not_replaced_by_itself_on_request() {
    each("an_adopted_server_is_not_replaced", |cli| {
        for lifecycle in ["", "lifecycle { create_before_destroy = true }"] {
            let emulator = planted();
            let workspace = workspace(cli, &emulator, &adopting(&format!("\"{ID}\""), lifecycle));
            workspace.apply();
            let refused = workspace.expect(&["apply", "-auto-approve", "-replace=descope_mcp_server.x"], 1);
            assert!(refused.prose().contains("can't be replaced by itself"), "{}", refused.all());
            assert!(refused.stderr.contains("main.tf line"), "{}", refused.all());
            is_untouched(&emulator);
            workspace.assert_no_changes();
        }
    });
}

#[test]
fn an_adopted_server_that_is_tainted_survives_its_replacement() {
    each("an_adopted_server_that_is_tainted", |cli| {
        for lifecycle in ["", "lifecycle { create_before_destroy = true }"] {
            let emulator = planted();
            let workspace = workspace(cli, &emulator, &adopting(&format!("\"{ID}\""), lifecycle));
            workspace.apply();
            workspace.succeed(&["taint", "descope_mcp_server.x"]);
            let apply = workspace.apply();
            assert!(apply.prose().contains("adopted MCP server"), "{}", apply.all());
            is_untouched(&emulator);
            workspace.assert_no_changes();
            // Destroying it is no replacement.
            workspace.succeed(&["destroy", "-auto-approve"]);
            assert!(emulator.servers().is_empty());
        }
    });
}

#[test]
fn an_adopted_server_whose_place_is_not_known_yet_stays() {
    each("an_adopted_server_whose_place", |cli| {
        let emulator = planted();
        let configuration = |x: &str, lifecycle: &str| {
            let source = format!(
                "resource \"terraform_data\" \"t\" {{\n  input = {{ p = \"{PROJECT}\", id = \"{ID}\", x = \"{x}\" }}\n}}\n"
            );
            source + &adopting(&format!("\"{ID}\""), &format!("project_id = terraform_data.t.output.p\n  {lifecycle}"))
        };
        let workspace = workspace(cli, &emulator, &configuration("a", ""));
        workspace.apply();
        rewrite(&workspace, &configuration("b", ""));
        workspace.apply();
        is_untouched(&emulator);
        workspace.assert_no_changes();

        // A replacement on request is refused while the id is unknown, too.
        let unknown = configuration("c", "lifecycle { replace_triggered_by = [terraform_data.t] }")
            .replace(&format!("id = \"{ID}\"\n"), "id = terraform_data.t.output.id\n");
        assert!(unknown.contains("id = terraform_data.t.output.id"));
        rewrite(&workspace, &unknown);
        let refused = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(refused.prose().contains("can't be replaced by itself"), "{}", refused.all());
        is_untouched(&emulator);
    });
}

#[test]
fn an_id_that_is_not_known_yet_is_no_reason_to_replace() {
    each("an_id_that_is_not_known_yet", |cli| {
        let emulator = planted();
        let configuration = |trigger: &str, id: &str, more: &str| {
            let source = format!(
                "resource \"terraform_data\" \"id\" {{\n  input = \"{id}\"\n  triggers_replace = \"{trigger}\"\n}}\n"
            );
            source + &adopting("terraform_data.id.output", more)
        };
        let workspace = workspace(cli, &emulator, &configuration("a", ID, ""));
        workspace.apply();
        is_untouched(&emulator);
        workspace.assert_no_changes();

        rewrite(&workspace, &configuration("b", ID, "description = \"d\""));
        let apply = workspace.apply();
        assert!(apply.prose().contains("`id` is not known yet"), "{}", apply.all());
        assert!(apply.stdout.contains("1 added, 1 changed, 1 destroyed"), "{}", apply.all());
        assert_eq!(emulator.requests("/server/delete").len() + emulator.requests("/server/create").len(), 0);
        workspace.assert_no_changes();

        // Another one after all: nothing is done to either, and the next plan tells the truth.
        emulator.plant("MS2second00000000000000000001", r#"{"name":"second"}"#);
        emulator.forget_requests();
        rewrite(&workspace, &configuration("c", "MS2second00000000000000000001", "description = \"e\""));
        workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(emulator.requests("").iter().all(|request| request["path"] == "/v1/mgmt/mcp/server/load"));
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains("1 to add, 0 to change, 1 to destroy"), "{}", plan.all());
    });
}
