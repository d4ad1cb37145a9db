// SPDX-License-Identifier: Apache-2.0

//! What a configuration no longer manages: that it stays, and that it is told, through the real CLIs.

use crate::support::cli::{Cli, Workspace, each};
use crate::support::core::V;
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, rewrite, server, workspace};
use crate::support::samples::{cases, whole};

const TOLD: &str = "No longer managed here";

fn named(name: &str) -> String {
    format!("resource \"descope_mcp_server\" \"x\" {{\n  name = \"{name}\"\n}}\n")
}

/// A server with everything that Descope stores.
fn managed() -> String {
    let V::Object(mut attributes) = whole("x") else { unreachable!("a configuration is an object") };
    // Only the provider knows it, so leaving it out is a change of the state.
    attributes.remove("timeouts");
    server("x", &V::Object(attributes), "")
}

/// Such a server, and a configuration that has just ceased to set them.
fn released(cli: &Cli) -> (Emulator, Workspace) {
    let emulator = emulator();
    let workspace = workspace(cli, &emulator, &managed());
    workspace.apply();
    workspace.assert_no_changes();
    rewrite(&workspace, &named("x"));
    (emulator, workspace)
}

#[test]
fn what_is_no_longer_managed_stays_and_is_told() {
    each("what_is_no_longer_managed", |cli| {
        let (emulator, workspace) = released(cli);
        let before = emulator.stored(&emulator.only_server());
        let told = workspace.assert_no_changes().prose();
        let managed: Vec<_> = cases().into_iter().filter(|case| case.is_released_alone()).collect();
        assert!(managed.len() >= 20, "{}", managed.len());
        assert!(told.contains(TOLD) && told.contains(&emulator.only_server()), "{told}");
        for case in managed {
            assert!(told.contains(&format!("- `{}`: ", case.path)), "{} is not in {told}", case.path);
        }
        for other in ["`name`", "`id`", "`project_id`", "`timeouts"] {
            assert!(!told.contains(&format!("- {other}")), "{other} is in {told}");
        }

        // Nothing is applied, so nothing can be noted down: the next plan says it again.
        assert!(workspace.apply().stdout.contains("0 added, 0 changed, 0 destroyed"));
        assert!(workspace.assert_no_changes().stdout.contains(TOLD));
        assert_eq!(emulator.stored(&emulator.only_server()), before);

        // It is said before a change is applied, not once more meanwhile, and never after it.
        rewrite(&workspace, &named("y"));
        let applied = workspace.apply();
        assert_eq!(applied.all().matches(TOLD).count(), 1, "{}", applied.all());
        assert!(!applied.all().contains("similar warning"), "{}", applied.all());
        let mut renamed: serde_json::Value = serde_json::from_str(&before).unwrap();
        renamed["name"] = "y".into();
        assert_eq!(emulator.servers()[&emulator.only_server()], renamed);
        let silent = workspace.assert_no_changes();
        assert!(!silent.stdout.contains(TOLD), "{}", silent.all());
    });
}

#[test]
fn what_is_set_again_or_was_imported_is_not_told() {
    each("what_is_set_again_or_was_imported", |cli| {
        let (emulator, workspace) = released(cli);
        assert!(workspace.assert_no_changes().stdout.contains(TOLD));
        rewrite(&workspace, &managed());
        let silent = workspace.assert_no_changes();
        assert!(!silent.stdout.contains(TOLD), "{}", silent.all());

        workspace.succeed(&["state", "rm", "descope_mcp_server.x"]);
        let import = format!("import {{\n  to = descope_mcp_server.x\n  id = \"{}\"\n}}\n", emulator.only_server());
        rewrite(&workspace, &(import + &named("x")));
        let applied = workspace.apply();
        assert!(applied.stdout.contains("1 imported, 0 added, 0 changed"), "{}", applied.all());
        let silent = workspace.assert_no_changes();
        assert!(!applied.stdout.contains(TOLD) && !silent.stdout.contains(TOLD), "{}", silent.all());
    });
}
