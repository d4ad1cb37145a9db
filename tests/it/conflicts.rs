// SPDX-License-Identifier: Apache-2.0

//! Two writers of one server: the console and a plan, two blocks, two runs. Nothing that anybody
//! wrote may be lost without a word.

use std::time::{Duration, Instant};

use crate::support::cli::each;
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, rewrite, workspace};

const ID: &str = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs";

fn server(more: &str) -> String {
    format!("resource \"descope_mcp_server\" \"x\" {{\n  name = \"x\"\n  {more}\n}}\n")
}

fn updates(emulator: &Emulator) -> usize {
    emulator.requests("/server/update").len()
}

#[test]
fn a_saved_plan_does_not_overwrite_what_changed_since() {
    each("a_saved_plan", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, &server("description = \"a\"\n  tags = [\"one\"]"));
        workspace.apply();
        let id = emulator.only_server();
        rewrite(&workspace, &server("description = \"b\"\n  tags = [\"one\", \"two\"]"));
        workspace.succeed(&["plan", "-out=saved"]);
        emulator.edit(&id, r#"{"description":"console","logo":"https://c.example/l.png"}"#);
        let before = emulator.stored(&id);
        let refused = workspace.expect(&["apply", "saved"], 1);
        let prose = refused.prose();
        for word in ["Changed since planned", "`description`", "\"a\"", "\"b\"", "\"console\""] {
            assert!(prose.contains(word), "{word}: {prose}");
        }
        assert_eq!((emulator.stored(&id), updates(&emulator)), (before, 0));
        // A new plan shows it and applies.
        workspace.apply();
        let stored = emulator.stored(&id);
        assert!(stored.contains(r#""description":"b""#) && stored.contains("c.example"), "{stored}");
        workspace.assert_no_changes();
    });
}

#[test]
fn a_conflict_is_a_managed_value_that_is_neither_planned_from_nor_planned() {
    each("a_conflict_is_a_managed_value", |cli| {
        // What the console does between plan and apply, and whether that is a conflict.
        for (edit, conflict) in [
            (r#"{"name":"console"}"#, true),
            (r#"{"tags":["one","console"]}"#, true),
            (r#"{"tags":["two","one"]}"#, false),
            (r#"{"logo":"https://c.example/l.png"}"#, false),
            (r#"{"approvedScopes":{"permissionsScopes":[{"name":"a"},{"name":"console"}]}}"#, true),
            (r#"{"sessionSettings":{"enabled":false,"userTemplateId":"console"}}"#, false),
        ] {
            let emulator = emulator();
            let block = |tags: &str| {
                server(&format!(
                    "tags = {tags}\n  approved_scopes = {{ permissions_scopes = [{{ name = \"a\" }}] }}\n  \
                     session_settings = {{ enabled = false }}"
                ))
            };
            let workspace = workspace(cli, &emulator, &block("[\"one\"]"));
            workspace.apply();
            let id = emulator.only_server();
            rewrite(&workspace, &block("[\"one\", \"two\"]"));
            workspace.succeed(&["plan", "-out=saved"]);
            emulator.edit(&id, edit);
            let before = emulator.stored(&id);
            let applied = workspace.run(&["apply", "saved"]);
            assert_eq!(applied.code, i32::from(conflict), "{edit}: {}", applied.all());
            if conflict {
                assert_eq!(emulator.stored(&id), before, "{edit}");
            } else {
                let stored = emulator.stored(&id);
                assert!(
                    !edit.contains("console") && !edit.contains("c.example")
                        || stored.contains("console")
                        || stored.contains("c.example"),
                    "{edit}: {stored}"
                );
            }
        }
    });
}

#[test]
fn two_equal_blocks_of_one_server_are_told() {
    each("two_equal_blocks", |cli| {
        let emulator = emulator();
        let block = |label: &str| format!("resource \"descope_mcp_server\" \"{label}\" {{\n  name = \"x\"\n}}\n");
        let workspace = workspace(cli, &emulator, &block("a"));
        workspace.apply();
        let one = workspace.assert_no_changes();
        assert!(!one.all().contains("One object in two blocks"), "{}", one.all());
        let import = format!("import {{\n  to = descope_mcp_server.b\n  id = \"{}\"\n}}\n", emulator.only_server());
        rewrite(&workspace, &(block("a") + &block("b") + &import));
        let told = |output: crate::support::cli::Output| {
            assert!(output.prose().contains("One object in two blocks"), "{}", output.all());
        };
        told(workspace.apply());
        told(workspace.assert_no_changes());
    });
}

#[test]
fn an_ignored_attribute_is_not_reset_between_plan_and_apply() {
    each("an_ignored_attribute", |cli| {
        let emulator = emulator();
        let block = |name: &str| {
            format!(
                "resource \"descope_mcp_server\" \"x\" {{\n  name = \"{name}\"\n  description = \"a\"\n  \
                 lifecycle {{ ignore_changes = [description] }}\n}}\n"
            )
        };
        let workspace = workspace(cli, &emulator, &block("x"));
        workspace.apply();
        let id = emulator.only_server();
        rewrite(&workspace, &block("y"));
        workspace.succeed(&["plan", "-out=saved"]);
        emulator.edit(&id, r#"{"description":"console"}"#);
        let refused = workspace.expect(&["apply", "saved"], 1);
        assert!(refused.prose().contains("Changed since planned"), "{}", refused.all());
        workspace.apply();
        let stored = emulator.stored(&id);
        assert!(stored.contains(r#""name":"y""#) && stored.contains(r#""description":"console""#), "{stored}");
    });
}

#[test]
fn overwriting_is_a_choice_of_the_provider_block() {
    each("overwriting_is_a_choice", |cli| {
        let emulator = emulator();
        let configuration = |word: &str, description: &str| {
            let provider = format!("provider \"descope\" {{\n  on_conflict = \"{word}\"\n}}\n");
            provider + &server(&format!("description = \"{description}\""))
        };
        let workspace = workspace(cli, &emulator, &configuration("overwrite", "a"));
        workspace.apply();
        let id = emulator.only_server();
        rewrite(&workspace, &configuration("overwrite", "b"));
        workspace.succeed(&["plan", "-out=saved"]);
        emulator.edit(&id, r#"{"description":"console","logo":"https://c.example/l.png"}"#);
        workspace.succeed(&["apply", "saved"]);
        let stored = emulator.stored(&id);
        assert!(stored.contains(r#""description":"b""#) && stored.contains("c.example"), "{stored}");
        rewrite(&workspace, &configuration("merge", "b"));
        let refused = workspace.expect(&["validate"], 1);
        assert!(refused.prose().contains("neither"), "{}", refused.all());
    });
}

#[test]
fn a_plan_without_a_refresh_is_held_against_its_state() {
    each("a_plan_without_a_refresh", |cli| {
        let emulator = emulator();
        emulator.plant(ID, r#"{"name":"x","description":"a"}"#);
        let workspace = workspace(cli, &emulator, &server("description = \"b\""));
        // Right after an import, the state is what the server is.
        workspace.succeed(&["import", "descope_mcp_server.x", ID]);
        workspace.succeed(&["apply", "-auto-approve", "-refresh=false"]);
        assert!(emulator.stored(ID).contains(r#""description":"b""#));
        emulator.edit(ID, r#"{"description":"console"}"#);
        rewrite(&workspace, &server("description = \"c\""));
        let refused = workspace.expect(&["apply", "-auto-approve", "-refresh=false"], 1);
        assert!(refused.prose().contains("Changed since planned"), "{}", refused.all());
        assert!(emulator.stored(ID).contains(r#""description":"console""#));
        workspace.apply();
        assert!(emulator.stored(ID).contains(r#""description":"c""#));
    });
}

#[test]
fn two_blocks_of_one_server_lose_nothing_and_are_warned_about() {
    each("two_blocks_of_one_server", |cli| {
        let emulator = emulator();
        emulator.plant(ID, r#"{"name":"x"}"#);
        let block = |label: &str, more: &str| {
            format!("resource \"descope_mcp_server\" \"{label}\" {{\n  id = \"{ID}\"\n  name = \"x\"\n  {more}\n}}\n")
        };
        let blocks = |round: &str| {
            block("a", &format!("description = \"d{round}\""))
                + &block("b", &format!("tags = [\"t{round}\"]"))
                + &block("c", &format!("audience_whitelist = [\"https://a{round}.example/mcp\"]"))
        };
        let workspace = workspace(cli, &emulator, &blocks("1"));
        for round in ["1", "2", "3"] {
            // Adopting first, then updating, with answers that take a while.
            emulator.fault(r#"{"path":"/server/load","times":3,"kind":"delay","ms":100}"#);
            emulator.fault(r#"{"path":"/server/update","times":3,"kind":"delay","ms":100}"#);
            rewrite(&workspace, &blocks(round));
            let applied = workspace.apply();
            assert!(applied.prose().contains("More than one block manages"), "{}", applied.all());
            let stored = emulator.stored(ID);
            for part in [format!("\"d{round}\""), format!("\"t{round}\""), format!("https://a{round}.example/mcp")] {
                assert!(stored.contains(&part), "{part}: {stored}");
            }
        }
        // Updates change what each block's state has of the others; a refresh shows it.
        workspace.succeed(&["apply", "-auto-approve", "-refresh-only"]);
        workspace.assert_no_changes();
    });
}

#[test]
fn two_blocks_that_contradict_each_other_are_told_where() {
    each("two_blocks_that_contradict", |cli| {
        let emulator = emulator();
        emulator.plant(ID, r#"{"name":"x"}"#);
        let block = |label: &str, more: &str| {
            format!("resource \"descope_mcp_server\" \"{label}\" {{\n  id = \"{ID}\"\n  name = \"x\"\n  {more}\n}}\n")
        };
        let blocks = block("a", "tags = [\"one\"]") + &block("b", "tags = [\"two\"]");
        let workspace = workspace(cli, &emulator, &blocks);
        let plan = workspace.expect(&["plan"], 0);
        assert!(plan.prose().contains("They contradict each other in `tags`"), "{}", plan.all());
    });
}

/// Waits until an update was attempted.
fn wait_for_update(emulator: &Emulator) {
    let began = Instant::now();
    while updates(emulator) == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "no update came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_repeated_update_keeps_what_the_console_changed_meanwhile() {
    each("a_repeated_update", |cli| {
        for refusal in [
            r#"{"path":"/server/update","kind":"error","status":503,"retry_after":"3"}"#,
            r#"{"path":"/server/update","kind":"error","status":429,"retry_after":"3"}"#,
        ] {
            let emulator = emulator();
            let workspace = workspace(cli, &emulator, &server("description = \"a\""));
            workspace.apply();
            let id = emulator.only_server();
            rewrite(&workspace, &server("description = \"b\""));
            emulator.fault(refusal);
            std::thread::scope(|scope| {
                let applied = scope.spawn(|| workspace.run(&["apply", "-auto-approve"]));
                wait_for_update(&emulator);
                emulator.edit(&id, r#"{"logo":"https://c.example/l.png","future":1.10}"#);
                let applied = applied.join().unwrap();
                assert_eq!(applied.code, 0, "{}", applied.all());
            });
            let stored = emulator.stored(&id);
            for part in [r#""description":"b""#, "https://c.example/l.png", r#""future":1.10"#] {
                assert!(stored.contains(part), "{refusal}: {part}: {stored}");
            }
        }
    });
}
