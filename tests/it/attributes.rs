// SPDX-License-Identifier: Apache-2.0

//! The life of every attribute: created, changed in place, cleared, drifted, imported, ignored. All
//! cases at once, one server each, so that a CLI runs a handful of times and not hundreds. The cases
//! come from the rows (`support/samples.rs`).

use std::fmt::Write;

use serde_json::Value;

use crate::support::cli::{Workspace, each};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, rewrite, server, workspace};
use crate::support::samples::{self, Case, Way};
use crate::support::sent::members;

/// The cases with one value that can be set and cleared.
fn cases() -> Vec<Case> {
    samples::cases().into_iter().filter(Case::can_be_cleared).collect()
}

/// A server for each case, its attribute set in this way.
fn servers(cases: &[Case], way: Way, more: impl Fn(&Case) -> String) -> String {
    cases.iter().map(|case| server(&case.label(), &case.config(way, &case.label()), &more(case))).collect()
}

/// The id of each case's server, in the order of the cases.
fn ids(cases: &[Case], emulator: &Emulator) -> Vec<String> {
    let servers = emulator.servers();
    let id = |case: &Case| {
        let named = servers
            .iter()
            .find(|(_, server)| server["name"] == case.label() || server["name"] == format!("{} 2", case.label()));
        named.unwrap_or_else(|| panic!("{} is gone", case.path)).0.clone()
    };
    cases.iter().map(id).collect()
}

/// What Descope is sent for a case's attribute.
fn sends(case: &Case, way: Way) -> Value {
    members(&case.config(way, "x"))
}

/// Asserts that what is stored for each case has what the case sends, and nothing else in its place.
fn assert_stored(cases: &[Case], emulator: &Emulator, way: Way) {
    for (case, id) in cases.iter().zip(ids(cases, emulator)) {
        let stored: Value = serde_json::from_str(&emulator.stored(&id)).unwrap();
        let sent = sends(case, way);
        assert!(holds(&stored, &sent), "{} {way:?}: {stored} does not hold {sent}", case.path);
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

/// Clears each case's attribute without the provider.
fn clear(cases: &[Case], emulator: &Emulator) {
    for (case, id) in cases.iter().zip(ids(cases, emulator)) {
        emulator.edit(&id, &sends(case, Way::Blank).to_string());
    }
}

fn summary(workspace: &Workspace, expected: &str) {
    let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
    assert!(plan.stdout.contains(expected), "{expected}: {}", plan.all());
}

#[test]
fn every_attribute_is_created_changed_cleared_drifts_and_is_imported() {
    each("every_attribute", |cli| {
        let cases = cases();
        let count = cases.len();
        assert!(count >= 25, "{count}");
        let none = |_: &Case| String::new();
        let emulator = emulator();
        let filled = servers(&cases, Way::Filled, none);
        let workspace = workspace(cli, &emulator, &filled);
        workspace.apply();
        assert_stored(&cases, &emulator, Way::Filled);

        // Cleared in place, and filled in place.
        for way in [Way::Blank, Way::Filled] {
            rewrite(&workspace, &servers(&cases, way, none));
            summary(&workspace, &format!("0 to add, {count} to change, 0 to destroy"));
            emulator.assert_nothing_dropped();
            emulator.forget_requests();
            workspace.apply();
            assert_eq!(emulator.requests("/server/update").len(), count);
            assert_stored(&cases, &emulator, way);
            workspace.assert_no_changes();
        }

        // Drift of each is found, and named.
        clear(&cases, &emulator);
        summary(&workspace, &format!("0 to add, {count} to change, 0 to destroy"));
        workspace.apply();
        assert_stored(&cases, &emulator, Way::Filled);

        // Imported, there is nothing to change.
        let imports = cases.iter().zip(ids(&cases, &emulator)).fold(filled.clone(), |mut text, (case, id)| {
            writeln!(text, "import {{\n  to = descope_mcp_server.{}\n  id = \"{id}\"\n}}", case.label()).unwrap();
            text
        });
        let addresses: Vec<String> = cases.iter().map(|case| format!("descope_mcp_server.{}", case.label())).collect();
        let mut forget = vec!["state", "rm"];
        forget.extend(addresses.iter().map(String::as_str));
        workspace.succeed(&forget);
        rewrite(&workspace, &imports);
        summary(&workspace, &format!("{count} to import, 0 to add, 0 to change, 0 to destroy"));
        workspace.apply();
        workspace.assert_no_changes();
        emulator.assert_nothing_dropped();
    });
}

#[test]
fn every_attribute_can_be_ignored() {
    each("every_attribute_can_be_ignored", |cli| {
        let cases = cases();
        let ignore = |case: &Case| format!("  lifecycle {{\n    ignore_changes = [{}]\n  }}\n", case.top());
        let emulator = emulator();
        let declared = servers(&cases, Way::Filled, ignore);
        let workspace = workspace(cli, &emulator, &declared);
        workspace.apply();
        clear(&cases, &emulator);
        workspace.assert_no_changes();
        // An update of something else leaves what is ignored as it is.
        let renamed = cases.iter().fold(declared, |text, case| {
            let label = case.label();
            text.replace(&format!("name = \"{label}\""), &format!("name = \"{label} 2\""))
        });
        rewrite(&workspace, &renamed);
        workspace.apply();
        assert_stored(&cases, &emulator, Way::Blank);
        workspace.assert_no_changes();
    });
}
