// SPDX-License-Identifier: Apache-2.0

//! Adoption by `id` through the real CLIs: an existing server becomes managed, and is never
//! destroyed for being replaced by itself.

use crate::support::cli::{Workspace, each};
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
    });
}

#[test]
fn no_edit_of_an_id_destroys_anything() {
    each("no_edit_of_an_id", |cli| {
        const OTHER: &str = "MS2second00000000000000000001";
        // Created here, and adopted.
        for before in ["", &format!("id = \"{ID}\"")] {
            let emulator = planted();
            emulator.plant(OTHER, r#"{"name":"second"}"#);
            let block = |id: &str| format!("resource \"descope_mcp_server\" \"x\" {{\n  {id}\n  name = \"new\"\n}}\n");
            let workspace = workspace(cli, &emulator, &block(before));
            workspace.apply();
            let servers = emulator.servers();
            for edit in [OTHER, "MS2absent000000000000000000001"] {
                rewrite(&workspace, &block(&format!("id = \"{edit}\"")));
                let refused = workspace.expect(&["apply", "-auto-approve"], 1);
                let prose = refused.prose();
                assert!(prose.contains(edit) && prose.contains("state rm") && prose.contains("-replace"), "{prose}");
                assert!(refused.stderr.contains("main.tf line"), "{}", refused.all());
                assert_eq!(emulator.servers(), servers);
            }
            for malformed in ["calendar", "name:Solo", "MS", "MS-1", "P2abc/MS35d1"] {
                rewrite(&workspace, &block(&format!("id = \"{malformed}\"")));
                let refused = workspace.expect(&["validate"], 1);
                assert!(refused.prose().contains("is not the id of an MCP server"), "{}", refused.all());
            }
            // The ways out that the message names: the other one is adopted, and this one stays.
            rewrite(&workspace, &block(&format!("id = \"{OTHER}\"")));
            workspace.succeed(&["state", "rm", "descope_mcp_server.x"]);
            workspace.apply();
            assert_eq!(emulator.servers().len(), servers.len());
            assert!(emulator.stored(OTHER).contains(r#""name":"new""#));
        }
    });
}

#[test]
fn a_server_is_not_destroyed_at_one_address_and_adopted_at_another() {
    each("a_server_is_not_destroyed_at_one", |cli| {
        let emulator = planted();
        let block = |label: &str| adopting(&format!("\"{ID}\""), "").replace("\"x\"", &format!("\"{label}\""));
        // Renamed without a `moved` block.
        let workspace = workspace(cli, &emulator, &block("a"));
        workspace.apply();
        let refused = |workspace: &Workspace| {
            for _ in 0..3 {
                let refused = workspace.expect(&["apply", "-auto-approve"], 1);
                assert!(refused.prose().contains("destroyed and adopted"), "{}", refused.all());
                is_untouched(&emulator);
            }
        };
        rewrite(&workspace, &block("b"));
        refused(&workspace);
        rewrite(&workspace, &(block("b") + "moved {\n  from = descope_mcp_server.a\n  to = descope_mcp_server.b\n}\n"));
        workspace.apply();
        workspace.succeed(&["destroy", "-auto-approve"]);
        assert!(emulator.servers().is_empty());
    });
}

#[test]
fn plans_tell_what_they_adopt_and_what_they_destroy_for_two_blocks() {
    each("plans_tell_what_they_adopt", |cli| {
        let emulator = planted();
        let block = |label: &str| adopting(&format!("\"{ID}\""), "").replace("\"x\"", &format!("\"{label}\""));
        let workspace = workspace(cli, &emulator, &block("a"));
        let said = |words: &[&str]| {
            let plan = workspace.expect(&["plan"], 0);
            words.iter().for_each(|words| assert!(plan.prose().contains(words), "{words:?}: {}", plan.all()));
        };
        said(&["An existing object is adopted", "`name`: \"old\" becomes \"new\""]);
        workspace.apply();
        rewrite(&workspace, &(block("a") + &block("b")));
        said(&["One object in two blocks", "None of its values changes"]);
        workspace.apply();
        let refused = || {
            let refused = workspace.expect(&["apply", "-auto-approve"], 1);
            for words in ["One object, destroyed and kept", "`moved` block", "destroy = false", "`state rm`"] {
                assert!(refused.prose().contains(words), "{words}: {}", refused.all());
            }
            is_untouched(&emulator);
        };
        rewrite(&workspace, &block("a"));
        refused();
        // Another way to lose it: the block gets a new name, and an import in place of `moved`.
        workspace.succeed(&["state", "rm", "descope_mcp_server.b"]);
        let import = format!("import {{\n  to = descope_mcp_server.c\n  id = \"{ID}\"\n}}\n");
        for without_id in [false, true] {
            let block = match without_id {
                true => block("c").replace(&format!("id = \"{ID}\"\n"), ""),
                false => block("c"),
            };
            rewrite(&workspace, &(block + &import));
            refused();
        }
        let unknown = format!("resource \"terraform_data\" \"id\" {{\n  input = \"{ID}\"\n}}\n");
        let adopting = adopting("terraform_data.id.output", "");
        for block in [adopting.clone(), adopting.replace("\"new\"", "\"another\"")] {
            rewrite(&workspace, &(unknown.clone() + &block));
            let refused = workspace.expect(&["apply", "-auto-approve"], 1);
            assert!(refused.prose().contains("An object may be destroyed and adopted"), "{}", refused.all());
            is_untouched(&emulator);
        }
        // Without another block, a destruction says nothing of the kind.
        rewrite(&workspace, &block("a"));
        let destroyed = workspace.expect(&["destroy", "-auto-approve"], 0);
        assert!(!destroyed.prose().contains("One object"), "{}", destroyed.all());
    });
}

#[test]
fn one_of_two_blocks_of_a_server_goes_by_the_ways_that_the_plan_names() {
    each("one_of_two_blocks_of_a_server_goes", |cli| {
        let block = |label: &str| adopting(&format!("\"{ID}\""), "").replace("\"x\"", &format!("\"{label}\""));
        let removed = "removed {\n  from = descope_mcp_server.b\n  lifecycle { destroy = false }\n}\n";
        let emulator = planted();
        let workspace = workspace(cli, &emulator, &(block("a") + &block("b")));
        workspace.apply();
        rewrite(&workspace, &block("a"));
        workspace.expect(&["plan"], 1);
        if cli.name == "tofu" {
            // Before OpenTofu 1.9, forgetting is what such a block does.
            workspace.succeed(&["state", "rm", "descope_mcp_server.b"]);
        } else {
            rewrite(&workspace, &(block("a") + removed));
        }
        workspace.apply();
        is_untouched(&emulator);
        // Both may go, with their blocks or by `destroy`.
        rewrite(&workspace, &(block("a") + &block("b")));
        workspace.apply();
        rewrite(&workspace, "");
        workspace.apply();
        assert!(emulator.servers().is_empty());
    });
}

/// A deletion elsewhere proves nothing, with a refresh or without.
#[test]
fn a_server_is_not_deleted_where_it_never_was() {
    each("a_server_is_not_deleted_where", |cli| {
        let (emulator, other) = (planted(), emulator());
        let mut workspace = workspace(cli, &emulator, &adopting(&format!("\"{ID}\""), ""));
        workspace.apply();
        for (name, value) in other.variables() {
            workspace.set(name, &value);
        }
        for arguments in [&["destroy", "-auto-approve"][..], &["destroy", "-auto-approve", "-refresh=false"]] {
            let refused = workspace.expect(arguments, 1);
            assert!(refused.prose().contains("Looked for at another address"), "{}", refused.all());
            assert_eq!(workspace.state("descope_mcp_server.x")["id"], ID);
        }
        assert!(other.requests("/server/delete").is_empty());
        is_untouched(&emulator);
    });
}

#[test]
fn a_tainted_server_is_not_destroyed_for_one_that_does_not_exist() {
    each("a_tainted_server_is_not_destroyed", |cli| {
        let emulator = emulator();
        let block = |id: &str| format!("resource \"descope_mcp_server\" \"x\" {{\n  {id}\n  name = \"x\"\n}}\n");
        let workspace = workspace(cli, &emulator, &block(""));
        workspace.apply();
        let own = emulator.only_server();
        workspace.succeed(&["taint", "descope_mcp_server.x"]);
        rewrite(&workspace, &block("id = \"MS2absent000000000000000000001\""));
        let refused = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(refused.prose().contains("can't be adopted"), "{}", refused.all());
        assert_eq!(emulator.only_server(), own);
    });
}

#[test]
fn a_server_is_not_replaced_while_its_project_is_not_known() {
    each("a_server_is_not_replaced_while", |cli| {
        let emulator = emulator();
        let configuration = |trigger: &str, project: &str| {
            format!(
                "resource \"terraform_data\" \"p\" {{\n  input = \"{project}\"\n  \
                 triggers_replace = \"{trigger}\"\n}}\n\
                 resource \"descope_mcp_server\" \"x\" {{\n  name = \"x\"\n  project_id = terraform_data.p.output\n}}\n"
            )
        };
        let workspace = workspace(cli, &emulator, &configuration("a", PROJECT));
        workspace.apply();
        let own = emulator.only_server();
        rewrite(&workspace, &configuration("b", "Pelsewhere"));
        let refused = workspace.expect(&["apply", "-auto-approve", "-replace=descope_mcp_server.x"], 1);
        assert!(refused.prose().contains("is not known yet"), "{}", refused.all());
        assert_eq!(emulator.only_server(), own);
    });
}

#[test]
fn an_adopted_server_does_not_move_to_another_project() {
    each("an_adopted_server_does_not_move", |cli| {
        let emulator = planted();
        let configuration = |project: &str| adopting(&format!("\"{ID}\""), &format!("project_id = \"{project}\""));
        let workspace = workspace(cli, &emulator, &configuration(PROJECT));
        workspace.apply();
        rewrite(&workspace, &configuration("Pother"));
        let refused = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(refused.prose().contains("remove `id` from the block"), "{}", refused.all());
        is_untouched(&emulator);
    });
}

#[test]
fn a_server_is_not_destroyed_for_a_project_that_can_not_hold_another() {
    each("a_server_is_not_destroyed_for_a_project", |cli| {
        let emulator = emulator();
        let block = |project: &str| {
            format!("resource \"descope_mcp_server\" \"x\" {{\n  name = \"x\"\n  project_id = \"{project}\"\n}}\n")
        };
        let workspace = workspace(cli, &emulator, &block(PROJECT));
        workspace.apply();
        let servers = emulator.servers();
        rewrite(&workspace, &block("Pwithoutrights"));
        let refused = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(refused.prose().contains("Pwithoutrights"), "{}", refused.all());
        assert_eq!(emulator.servers(), servers);
    });
}

#[test]
fn a_project_that_is_not_known_yet_is_no_reason_to_replace() {
    each("a_project_that_is_not_known_yet", |cli| {
        let emulator = emulator();
        let configuration = |trigger: &str, project: &str, name: &str| {
            format!(
                "resource \"terraform_data\" \"p\" {{\n  input = \"{project}\"\n  \
                 triggers_replace = \"{trigger}\"\n}}\n\
                 resource \"descope_mcp_server\" \"x\" {{\n  name = \"{name}\"\n  \
                 project_id = terraform_data.p.output\n}}\n"
            )
        };
        let workspace = workspace(cli, &emulator, &configuration("a", PROJECT, "x"));
        workspace.apply();
        let id = emulator.only_server();
        rewrite(&workspace, &configuration("b", PROJECT, "y"));
        let apply = workspace.apply();
        assert!(apply.stdout.contains("1 added, 1 changed, 1 destroyed"), "{}", apply.all());
        assert!(apply.prose().contains("`project_id` is not known yet"), "{}", apply.all());
        assert_eq!(emulator.only_server(), id);
        workspace.assert_no_changes();

        // Another one after all: nothing is done to the server.
        emulator.forget_requests();
        rewrite(&workspace, &configuration("c", "Pelsewhere", "z"));
        let refused = workspace.expect(&["apply", "-auto-approve"], 1);
        let prose = refused.prose();
        assert!(prose.contains("Another identity than planned") && prose.contains("Pelsewhere"), "{}", refused.all());
        assert!(!prose.contains("inconsistent final plan") && prose.matches("Error: ").count() == 1, "{prose}");
        for change in ["/server/create", "/server/update", "/server/delete"] {
            assert_eq!(emulator.requests(change).len(), 0, "{change}");
        }
        assert!(emulator.stored(&id).contains(r#""name":"y""#));
        // Now it is known. A plan that looks replaces the server, and one that does not look is refused.
        let planned = workspace.expect(&["plan", "-refresh=false"], 1);
        assert!(planned.prose().contains("make it with a refresh"), "{}", planned.all());
        let planned = workspace.run(&["plan"]);
        assert!(planned.all().contains("Pelsewhere") && !planned.prose().contains("identity"), "{}", planned.all());
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
            assert!(
                apply.prose().contains("was not deleted, because a block of the configuration names it"),
                "{}",
                apply.all()
            );
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
                "resource \"terraform_data\" \"t\" {{\n  \
                 input = {{ p = \"{PROJECT}\", id = \"{ID}\", x = \"{x}\" }}\n}}\n"
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
        let plan = workspace.expect(&["plan"], 1);
        assert!(plan.prose().contains("The configuration names another object"), "{}", plan.all());
    });
}
