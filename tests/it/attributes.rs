//! The life of every attribute: created, changed in place, cleared, drifted, imported, ignored. All cases at once, one server each, so
//! that a CLI runs a handful of times and not hundreds.

use std::fmt::Write;

use serde_json::Value;

use crate::matrix::{CASES, Case, assignment};
use crate::support::cli::{Workspace, each};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, rewrite, workspace};

/// The cases with one value that can be set and cleared.
fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(|case| case.sends_empty.is_some() && case.filled != case.empty)
}

fn label(case: &Case) -> String {
    case.attribute.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// A server for each case, its attribute set by `value`.
fn servers(value: impl Fn(&Case) -> &'static str, extra: impl Fn(&Case) -> String) -> String {
    cases().fold(String::new(), |mut text, case| {
        let (label, assigned, extra) = (label(case), assignment(case.attribute, value(case)), extra(case));
        writeln!(text, "resource \"descope_mcp_server\" \"{label}\" {{\n  name = \"{label}\"\n  {assigned}\n{extra}}}")
            .unwrap();
        text
    })
}

/// The id of each case's server, in the order of the cases.
fn ids(emulator: &Emulator) -> Vec<String> {
    let servers = emulator.servers();
    let id = |case: &Case| {
        let named = servers
            .iter()
            .find(|(_, server)| server["name"] == label(case) || server["name"] == format!("{} 2", label(case)));
        named.unwrap_or_else(|| panic!("{} is gone", case.attribute)).0.clone()
    };
    cases().map(id).collect()
}

/// Asserts that what is stored for each case has what the case sends, and nothing else in its place.
fn assert_stored(emulator: &Emulator, sends: impl Fn(&Case) -> &'static str) {
    for (case, id) in cases().zip(ids(emulator)) {
        let stored: Value = serde_json::from_str(&emulator.stored(&id)).unwrap();
        let sent: Value = serde_json::from_str(sends(case)).unwrap();
        assert!(holds(&stored, &sent), "{}: {stored} does not hold {sent}", case.attribute);
    }
}

/// Whether a value has all members of another, recursively.
fn holds(stored: &Value, sent: &Value) -> bool {
    match (stored, sent) {
        (Value::Object(stored), Value::Object(sent)) => {
            sent.iter().all(|(name, sent)| stored.get(name).is_some_and(|stored| holds(stored, sent)))
        }
        (stored, sent) => stored == sent,
    }
}

fn summary(workspace: &Workspace, expected: &str) {
    let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
    assert!(plan.stdout.contains(expected), "{expected}: {}", plan.all());
}

#[test]
fn every_attribute_is_created_changed_cleared_drifts_and_is_imported() {
    each("every_attribute", |cli| {
        let count = cases().count();
        assert!(count >= 25, "{count}");
        let none = |_: &Case| String::new();
        let emulator = emulator();
        let filled = servers(|case| case.filled, none);
        let workspace = workspace(cli, &emulator, &filled);
        workspace.apply();
        assert_stored(&emulator, |case| case.sends_filled);

        // Cleared in place, and filled in place.
        for (value, sends) in [
            (servers(|case| case.empty, none), (|case: &Case| case.sends_empty.unwrap()) as fn(&Case) -> &'static str),
            (filled.clone(), |case: &Case| case.sends_filled),
        ] {
            rewrite(&workspace, &value);
            summary(&workspace, &format!("0 to add, {count} to change, 0 to destroy"));
            emulator.forget_requests();
            workspace.apply();
            assert_eq!(emulator.requests("/server/update").len(), count);
            assert_stored(&emulator, sends);
            workspace.assert_no_changes();
        }

        // Drift of each is found, and named.
        for (case, id) in cases().zip(ids(&emulator)) {
            emulator.edit(&id, case.sends_empty.unwrap());
        }
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains(&format!("0 to add, {count} to change, 0 to destroy")), "{}", plan.all());
        workspace.apply();
        assert_stored(&emulator, |case| case.sends_filled);

        // Imported, there is nothing to change.
        let imports = cases().zip(ids(&emulator)).fold(filled.clone(), |mut text, (case, id)| {
            writeln!(text, "import {{\n  to = descope_mcp_server.{}\n  id = \"{id}\"\n}}", label(case)).unwrap();
            text
        });
        let addresses: Vec<String> = cases().map(|case| format!("descope_mcp_server.{}", label(case))).collect();
        let mut forget = vec!["state", "rm"];
        forget.extend(addresses.iter().map(String::as_str));
        workspace.succeed(&forget);
        rewrite(&workspace, &imports);
        summary(&workspace, &format!("{count} to import, 0 to add, 0 to change, 0 to destroy"));
        workspace.apply();
        workspace.assert_no_changes();
    });
}

#[test]
fn every_attribute_can_be_ignored() {
    each("every_attribute_can_be_ignored", |cli| {
        let ignore = |case: &Case| {
            let top = case.attribute.split(['.', '[']).next().unwrap();
            format!("  lifecycle {{\n    ignore_changes = [{top}]\n  }}\n")
        };
        let emulator = emulator();
        let declared = servers(|case| case.filled, ignore);
        let workspace = workspace(cli, &emulator, &declared);
        workspace.apply();
        for (case, id) in cases().zip(ids(&emulator)) {
            emulator.edit(&id, case.sends_empty.unwrap());
        }
        workspace.assert_no_changes();
        // An update of something else leaves what is ignored as it is.
        let renamed = cases().fold(declared, |text, case| {
            let label = label(case);
            text.replace(&format!("name = \"{label}\""), &format!("name = \"{label} 2\""))
        });
        rewrite(&workspace, &renamed);
        workspace.apply();
        assert_stored(&emulator, |case| case.sends_empty.unwrap());
        workspace.assert_no_changes();
    });
}
