// SPDX-License-Identifier: Apache-2.0

//! Every optional attribute, absent, null, empty and filled, against every way in which the API may
//! answer: zero values sent, omitted or null, lists in another order, integers as text. Nothing of
//! that may be a difference, neither to core's checks after the apply nor to a second plan. What
//! Descope is sent must be what its description says.
//!
//! The cases come from the rows (`support/samples.rs`), the expected requests from the description
//! (`support/sent.rs`). The small core creates a server for each of them; the real CLI creates some
//! that combine them.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value as Json, json};
use terraform_provider_descope::schema::{Configurability, Shape};

use crate::support::cli::each;
use crate::support::core::{Action, Core, V};
use crate::support::hcl::{emulator, server, workspace};
use crate::support::plugin::Plugin;
use crate::support::samples::{Case, ROWS, TYPE, Way, cases};
use crate::support::sent::created;

/// The ways to answer zero values.
const ZEROS: [&str; 3] = ["sent", "omitted", "null"];

/// Requests written by hand, for what a mistake in their derivation could hide: a number with a
/// unit, elements with defaults, a key in a nested object, sets in order.
const WRITTEN: [(&str, &str, &str); 7] = [
    (
        "one length",
        r#"session_settings = { key_session_token_expiration = "1 day" }"#,
        r#"{"sessionSettings":{"keySessionTokenExpiration":1,"keySessionTokenExpirationUnit":"days"}}"#,
    ),
    (
        "no length",
        r#"session_settings = { refresh_token_expiration = "" }"#,
        r#"{"sessionSettings":{"refreshTokenExpiration":0,"refreshTokenExpirationUnit":""}}"#,
    ),
    ("an object that sets nothing", "session_settings = {}", "{}"),
    (
        "scopes",
        r#"approved_scopes = { permissions_scopes = [{ name = "b", values = ["z", "y"] }, { name = "a" }] }"#,
        concat!(
            r#"{"approvedScopes":{"permissionsScopes":[{"name":"b","description":"","optional":false,"#,
            r#""values":["y","z"]},{"name":"a","description":"","optional":false,"values":[]}]}}"#,
        ),
    ),
    (
        "policies",
        concat!(
            r#"cimd_settings = { domain_policies = [{ domain_pattern = "b.example", enabled = false },"#,
            r#" { domain_pattern = "a.example", enabled = true }] }"#,
        ),
        concat!(
            r#"{"cimdSettings":{"domainPolicies":{"policies":[{"domainPattern":"b.example","#,
            r#""enabled":false},{"domainPattern":"a.example","enabled":true}]}}}"#,
        ),
    ),
    (
        "no policies",
        "cimd_settings = { domain_policies = [] }",
        r#"{"cimdSettings":{"domainPolicies":{"policies":[]}}}"#,
    ),
    ("a set", r#"tags = ["c", "a", "b"]"#, r#"{"tags":["a","b","c"]}"#),
];

/// Compares the requests that created servers with the expected ones, by the servers' names.
fn assert_sent(sent: &[Json], expected: &[(String, Json)]) {
    for (name, expected) in expected {
        let found = sent.iter().find(|sent| sent["name"] == **name).unwrap_or(&Json::Null);
        assert!(
            found == expected,
            "{name}: Descope was sent\n{found}\nbut by src/emulator/messages.txt and the row in {ROWS} it should be\n\
             {expected}\nCorrect how the row's kind writes its value (src/schema/kind), or how the test derives it \
             (tests/it/support/sent.rs)."
        );
    }
    assert_eq!(sent.len(), expected.len());
}

/// Creates a server for each case and each way to set it. No answer may be a difference, not even
/// when another way to answer follows.
async fn hold(zeros: &str, odd: bool) {
    let emulator = emulator();
    let switch = |zeros: &str, more: &str| {
        emulator.switch(&format!(r#"{{"zeros":"{zeros}","registration_off_by_default":{odd}{more}}}"#));
    };
    switch(zeros, &format!(r#","shuffle":{odd},"numbers_as_strings":{odd}"#));
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    let (mut servers, mut expected, mut played) = (Vec::new(), Vec::new(), BTreeSet::new());
    for case in cases() {
        for way in case.ways() {
            // On the wire, absent is null, so many a case is the same as one before. The CLI, which
            // tells them apart, has its own round below.
            if !played.insert(core.block(TYPE).complete(&case.config(way, "")).to_json().to_string()) {
                continue;
            }
            let name = format!("{} {way:?}", case.path);
            let config = core.block(TYPE).complete(&case.config(way, &name));
            expected.push((name.clone(), created(&config)));
            let server = async {
                let plan = core.plan(TYPE, None, &config).await?;
                let stored = core.apply(TYPE, None, &plan, &config).await?;
                core.settled(TYPE, &stored, &config).await
            };
            servers.push((server.await.unwrap_or_else(|reason| panic!("{name}: {reason}")), config, name));
        }
    }
    assert_eq!(core.warnings, [""; 0]);
    assert_sent(&emulator.bodies("/server/create"), &expected);
    // What was stored in one way may be answered in another tomorrow.
    for other in ZEROS.into_iter().filter(|other| odd || *other != zeros) {
        switch(other, "");
        for (stored, config, name) in &servers {
            let read = core.read(TYPE, stored).await.unwrap().expect("the server is there");
            let plan = core.plan(TYPE, Some(&read), config).await.unwrap();
            assert_eq!(plan.action, Action::Nothing, "{name}, zero values {other}: {:?}", plan.value);
        }
    }
    assert_eq!(emulator.requests("/server/update").len(), 0);
}

macro_rules! ways_to_answer {
    ($( $name:ident: $zeros:literal, $odd:literal; )*) => {
        $(
            #[tokio::test]
            async fn $name() {
                hold($zeros, $odd).await;
            }
        )*
    };
}

ways_to_answer! {
    zero_values_sent: "sent", false;
    zero_values_omitted: "omitted", false;
    zero_values_null: "null", false;
    zero_values_sent_and_all_else_odd: "sent", true;
    zero_values_omitted_and_all_else_odd: "omitted", true;
    zero_values_null_and_all_else_odd: "null", true;
}

/// Servers that have everything set in the same way: at the top, where `null` is a whole object, and
/// in all depths.
fn combined() -> Vec<(String, V)> {
    // What only a creation carries excludes `login_page_url`, so it is set in a server of its own.
    let (arguments, managed): (Vec<Case>, Vec<Case>) =
        cases().into_iter().partition(|case| case.row().configurability == Configurability::WriteOnly);
    let mut servers = Vec::new();
    for way in Way::ALL {
        let leaf = |case: &&Case| matches!(case.row().shape, Shape::Leaf(_));
        let top = |case: &&Case| case.path == case.top();
        let sets: [(&str, Vec<&Case>); 3] = [
            ("leaves", managed.iter().filter(leaf).collect()),
            ("top", managed.iter().filter(top).collect()),
            ("arguments", arguments.iter().collect()),
        ];
        for (set, cases) in sets {
            let label = format!("{set}_{way:?}");
            let able = cases.iter().filter(|case| case.ways().any(|other| other == way));
            servers.push((label.clone(), able.map(|case| case.config(way, &label)).fold(V::Null, merged)));
        }
    }
    servers.retain(|(_, config)| *config != V::Null);
    servers
}

/// Both values in one: members of both objects, elements of both lists one by one.
fn merged(one: V, other: V) -> V {
    match (one, other) {
        (V::Object(mut one), V::Object(other)) => {
            for (name, other) in other {
                let one_value = one.remove(&name).unwrap_or(V::Null);
                one.insert(name, merged(one_value, other));
            }
            V::Object(one)
        }
        (V::List(one), V::List(other)) if matches!(one.first(), Some(V::Object(_))) => {
            V::List(one.into_iter().zip(other).map(|(one, other)| merged(one, other)).collect())
        }
        (_, other) => other,
    }
}

#[test]
fn no_way_to_set_an_attribute_is_a_difference_to_the_cli() {
    let (mut resources, mut expected) = (String::new(), Vec::new());
    for (label, config) in combined() {
        resources.push_str(&server(&label, &config, ""));
        expected.push((label, created(&config)));
    }
    for (index, (name, assignment, body)) in WRITTEN.into_iter().enumerate() {
        let config = V::object([("name", V::text(name))]);
        resources.push_str(&server(&format!("written_{index}"), &config, &format!("  {assignment}\n")));
        let mut body: Json = serde_json::from_str(body).unwrap();
        body["name"] = json!(name);
        expected.push((name.to_owned(), body));
    }
    each("matrix", |cli| {
        let emulator = emulator();
        emulator.switch(r#"{"zeros":"omitted","shuffle":true,"numbers_as_strings":true}"#);
        let workspace = workspace(cli, &emulator, &resources);
        let apply = workspace.apply();
        assert!(!apply.prose().contains("Warning: The API"), "{}", apply.all());
        assert_sent(&emulator.bodies("/server/create"), &expected);
        for zeros in ZEROS {
            emulator.switch(&format!(r#"{{"zeros":"{zeros}"}}"#));
            workspace.assert_no_changes();
        }
        assert_eq!(emulator.requests("/server/update").len(), 0);
    });
}
