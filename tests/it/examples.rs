// SPDX-License-Identifier: Apache-2.0

//! Every example does what it says, with every CLI that is new enough for it.

use std::path::{Path, PathBuf};

use crate::support::cli::{Cli, Workspace, each};
use crate::support::emulator::Emulator;
use crate::support::hcl::{FULL_JSON, emulator, provider, workspace};

const ID: &str = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs";

/// The project that an example names besides the provider's.
const ANOTHER: &str = "P2OUjzAbFtgA8VkEbQzwsPkeR7pw";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(examples().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A workspace with these examples. The first one names the provider, so the others need not.
fn of_examples(cli: &Cli, emulator: &Emulator, names: &[&str]) -> Workspace {
    let mut workspace = Workspace::new(cli, provider(), &read(names.first().unwrap_or(&"provider/provider.tf")));
    for (name, value) in emulator.variables() {
        workspace.set(name, &value);
    }
    for name in names.iter().skip(1) {
        workspace.write(name.rsplit('/').next().unwrap(), &read(name));
    }
    workspace
}

/// A file that nobody runs would go stale unnoticed.
#[test]
fn every_example_is_named_by_a_test() {
    let tests = include_str!("examples.rs");
    let mut folders = vec![examples()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.strip_prefix(examples()).unwrap().display().to_string().replace('\\', "/");
            match entry.is_dir() {
                // The quickstart is the README's first command, which CI runs.
                true if name != "quickstart" => folders.push(entry),
                true => {}
                // (A module's README is for whoever finds the module elsewhere.)
                false if name.ends_with(".md") => {}
                false => assert!(tests.contains(&format!("\"{name}\"")) || name.starts_with("functions/"), "{name}"),
            }
        }
    }
}

/// Imports are pieces of a configuration, which their pages say more about, and a query's file can't have such a block.
#[test]
fn every_configuration_says_which_cli_is_too_old() {
    let mut folders = vec![examples()];
    let mut checked = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_str().unwrap();
            match entry.is_dir() {
                true => folders.push(entry),
                false if !name.ends_with(".tf") || name.starts_with("import-by-") => {}
                // A module says it in one of its files.
                false if folder.ends_with("mcp-gateway") && name != "versions.tf" => {}
                false => {
                    let text = std::fs::read_to_string(&entry).unwrap();
                    assert!(text.contains("  required_version = \">= 1."), "{}", entry.display());
                    assert!(text.contains("      version = \"~> 0.1\"\n"), "{}", entry.display());
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 5, "{checked}");
}

/// Whoever copies it gets what it says, and not what Descope would choose.
#[test]
fn the_example_of_the_readme_is_applied() {
    each("the README's example", |cli| {
        let emulator = emulator();
        let readme = include_str!("../../README.md");
        let example = readme.split("```hcl\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let workspace = workspace(cli, &emulator, "");
        workspace.write("main.tf", example);
        workspace.apply();
        workspace.assert_no_changes();
        assert_eq!(emulator.bodies("/server/create")[0]["dynamicRegistration"]["enabled"], true);
    });
}

#[test]
fn resources_are_applied_and_imported() {
    each("examples of the resource", |cli| {
        let emulator = emulator();
        let resource = "resources/descope_mcp_server/resource.tf";
        let workspace = of_examples(cli, &emulator, &[resource]);
        workspace.apply();
        workspace.assert_no_changes();
        assert_eq!(emulator.servers().len(), 1);

        let by_id = "resources/descope_mcp_server/import-by-string-id.tf";
        let by_identity = "resources/descope_mcp_server/import-by-identity.tf";
        let identified = cli.has("import by identity", 12, Some(12)).then_some(by_identity);
        for import in std::iter::once(by_id).chain(identified) {
            let emulator = self::emulator();
            emulator.plant(ID, FULL_JSON);
            let workspace = of_examples(cli, &emulator, &[resource, import]);
            let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
            assert!(plan.stdout.contains("1 to import, 0 to add, 1 to change, 0 to destroy"), "{}", plan.all());
        }
    });
}

#[test]
fn import_commands_work_as_they_stand() {
    let lines = read("resources/descope_mcp_server/import.sh");
    let ids: Vec<&str> = lines
        .lines()
        .filter_map(|line| line.strip_prefix("terraform import descope_mcp_server.example "))
        .map(|id| id.trim_matches('"'))
        .collect();
    assert_eq!(ids.len(), 3);
    each("examples of imports", |cli| {
        for id in &ids {
            let emulator = Emulator::start_with(Path::new(env!("CARGO_BIN_EXE_descope-emulator")), ANOTHER);
            emulator.plant(ID, FULL_JSON);
            emulator.plant_in(ANOTHER, ID, FULL_JSON);
            let workspace = of_examples(cli, &emulator, &["resources/descope_mcp_server/resource.tf"]);
            workspace.succeed(&["import", "descope_mcp_server.example", id]);
            assert_eq!(workspace.state("descope_mcp_server.example")["id"], ID, "{id}");
        }
    });
}

#[test]
fn lookups_find_the_server() {
    each("examples of lookups", |cli| {
        let emulator = emulator();
        emulator.plant(ID, FULL_JSON);
        let workspace = of_examples(cli, &emulator, &["data-sources/descope_mcp_server/data-source.tf"]);
        let apply = workspace.apply();
        assert!(apply.stdout.contains(&format!("/{ID}")), "{}", apply.all());
        if cli.has("ephemeral resources", 10, Some(11)) {
            of_examples(cli, &emulator, &["ephemeral-resources/descope_mcp_server/ephemeral-resource.tf"]).apply();
        }
        if cli.has("query", 14, None) {
            let list = "list-resources/descope_mcp_server/list-resource.tfquery.hcl";
            let emulator = Emulator::start_with(Path::new(env!("CARGO_BIN_EXE_descope-emulator")), ANOTHER);
            emulator.plant(ID, FULL_JSON);
            emulator.plant_in(ANOTHER, "MSother", r#"{"id":"MSother","name":"Tools"}"#);
            let found = of_examples(cli, &emulator, &["provider/provider.tf", list]).succeed(&["query"]);
            assert!(found.stdout.contains("Calendar") && found.stdout.contains("Tools"), "{}", found.all());
        }
    });
}

#[test]
fn the_action_is_triggered() {
    each("examples of actions", |cli| {
        if cli.has("actions", 14, None) {
            let emulator = emulator();
            let workspace = of_examples(cli, &emulator, &["actions/descope_verify_mcp_discovery/action.tf"]);
            workspace.apply();
            assert_eq!(emulator.requests("oauth-authorization-server").len(), 1);
        }
    });
}

/// Each function's example says in a comment what it comes to. Asked of `console`, without any credentials.
#[test]
fn functions_come_to_what_their_examples_say() {
    each("examples of functions", |cli| {
        // The console of OpenTofu 1.12 has no functions of providers yet.
        if !cli.has("functions in the console", 8, None) {
            return;
        }
        let emulator = emulator();
        let mut workspace = of_examples(cli, &emulator, &[]);
        for (name, _) in emulator.variables() {
            workspace.unset(name);
        }
        let mut functions = 0;
        for folder in std::fs::read_dir(examples().join("functions")).unwrap() {
            let text = std::fs::read_to_string(folder.unwrap().path().join("function.tf")).unwrap();
            let line = text.lines().find_map(|line| line.trim().strip_prefix("value = ")).expect("a value");
            let (expression, expected) = line.split_once(" # ").expect("a comment with the result");
            let shown = workspace.run_with(&["console"], expression);
            assert_eq!((shown.code, shown.stdout.trim()), (0, expected), "{expression}: {}", shown.all());
            functions += 1;
        }
        assert_eq!(functions, 3);
        assert_eq!(emulator.requests("").len(), 0);
    });
}

#[test]
fn the_module_passes_its_own_tests() {
    each("examples of modules", |cli| {
        if !cli.has("functions", 8, Some(7)) {
            return;
        }
        let emulator = emulator();
        let mut workspace = Workspace::new(cli, provider(), "");
        for (name, value) in emulator.variables() {
            workspace.set(name, &value);
        }
        std::fs::create_dir(workspace.path().join("tests")).unwrap();
        for name in [
            "modules/mcp-gateway/versions.tf",
            "modules/mcp-gateway/variables.tf",
            "modules/mcp-gateway/main.tf",
            "modules/mcp-gateway/outputs.tf",
            "modules/mcp-gateway/tests/gateway.tftest.hcl",
        ] {
            workspace.write(name.strip_prefix("modules/mcp-gateway/").unwrap(), &read(name));
        }
        let output = workspace.succeed(&["test"]);
        assert!(output.stdout.contains("4 passed, 0 failed"), "{}", output.all());
        let created = emulator.bodies("/server/create");
        assert_eq!(created.len(), 2);
        let calendar = created.iter().find(|body| body["name"] == "Calendar").unwrap();
        assert_eq!(calendar["cimdSettings"]["domainPolicies"]["policies"].as_array().unwrap().len(), 2);
        assert!(emulator.servers().is_empty(), "the test cleans up");
    });
}
