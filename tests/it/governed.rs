// SPDX-License-Identifier: Apache-2.0

//! Configuration that is generated for servers that exist. Whatever a server holds, it is a pure
//! import, with each CLI; and what the provider writes down governs every attribute, so that a
//! later change elsewhere is drift.

use std::path::Path;

use serde_json::{Value as Json, json};

use crate::support::cli::each;
use crate::support::core::{Action, Core};
use crate::support::hcl::{emulator, generated, rewrite};
use crate::support::plugin::Plugin;
use crate::support::samples::{TYPE, Way, cases, whole};
use crate::support::sent::members;

const ID: &str = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs";

/// Servers as a console or an SDK may have left them: nothing here is refused by the API's
/// description, and hardly anything would be accepted in a new configuration. What stays an error
/// is not here: what a browser would run, fragments, what is no URL at all.
fn odd_servers() -> [Json; 4] {
    let scope = |name: &str| json!({ "name": name, "description": " ", "values": ["", " ", "a\nb"] });
    let domain = |pattern: &str| json!({ "domainPattern": pattern, "enabled": pattern.len().is_multiple_of(2) });
    let odd = json!({
        "name": " Odd \"${name}\" %{if}\t<b> ",
        "description": format!("{}\n\u{1}\u{1b}[31m\u{7f}\u{a0}", "long ".repeat(1000)),
        "logo": " https://x.example/l.png\n",
        "loginPageURL": "http://x.example/a b",
        "audienceWhitelist": ["", " ", "my-api", "*", "https://*.x.example/mcp", "a\nb"],
        "approvedCallbackUrls": [
            "", " ", "*", "dummy.com", "not a url", "http://localhost:*", "http://127.0.0.1:*/*",
            "https://*.x.example:*/cb", "http://192.168.1.10/cb", "http://x.example/cb", "localhost:3000/cb",
            "app.example.com:8443/callback", "https://x.example/cb\t",
        ],
        "tags": ["", " ", "\u{1}", "a b"],
        "dynamicRegistration": { "enabled": true, "disableApprovedScopesAsDefault": true, "flowId": " no flow\n" },
        "approvedScopes": {
            "permissionsScopes": [scope("a b"), scope("twice"), scope("é"), scope(""), scope("twice")],
            "attributesScopes": [scope("twice"), scope("\"")],
            "connectionsScopes": [scope("\\"), scope("a\tb")],
        },
        "sessionSettings": {
            "enabled": true,
            "refreshTokenExpiration": 1,
            "refreshTokenExpirationUnit": "hours",
            "sessionTokenExpiration": 10,
            "sessionTokenExpirationUnit": "hours",
            "keySessionTokenExpiration": 4,
            "keySessionTokenExpirationUnit": "fortnights",
            "userTemplateId": " ",
            "keyTemplateId": "\n",
        },
        "cimdSettings": {
            "domainPolicies": { "policies": [
                domain("*"), domain("localhost:3000"), domain("my_host.example.com"), domain("https://x.example/"),
                domain("x.example"), domain(""), domain("X.EXAMPLE"), domain(" x.example"), domain("x.example"),
            ] },
        },
    });
    let units = json!({
        "name": "\t.",
        // (The CLIs write JSON as `jsonencode(…)`, which keeps no white space of it: that would be a change.)
        "description": "{\"a\":1}",
        "logo": "ftp://x.example/l.png",
        "loginPageURL": "http://x.example/login",
        "sessionSettings": {
            "enabled": true,
            "refreshTokenExpiration": 3,
            "refreshTokenExpirationUnit": "fortnights",
            "sessionTokenExpiration": 2_147_483_647,
            "sessionTokenExpirationUnit": "seconds",
            "keySessionTokenExpiration": 5,
            "keySessionTokenExpirationUnit": "weeks",
        },
    });
    let brief = json!({
        "name": "x",
        "sessionSettings": { "enabled": true, "sessionTokenExpiration": 1, "sessionTokenExpirationUnit": "minutes" },
    });
    [odd, units, brief, json!({ "name": "x" })]
}

#[test]
fn any_server_is_written_down_as_a_pure_import() {
    each("any_server", |cli| {
        for stored in odd_servers() {
            let emulator = emulator();
            emulator.plant(ID, &stored.to_string());
            let before = emulator.stored(ID);
            let workspace = generated(cli, &emulator, ID);
            let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
            assert!(plan.stdout.contains("1 to import, 0 to add, 0 to change, 0 to destroy"), "{}", plan.all());
            let apply = workspace.apply();
            assert!(apply.stdout.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{}", apply.all());
            workspace.assert_no_changes();
            assert_eq!(emulator.requests("/server/update").len(), 0);
            assert_eq!(emulator.stored(ID), before);
            // From now on it is like any other: what is changed has to be right, and the rest may stay.
            let generated = workspace.read("generated.tf");
            let line = generated.lines().find(|line| line.starts_with("  name ")).unwrap().to_owned();
            for (name, code) in [("\"  \"", 1), ("\"New\"", 2)] {
                workspace.write("generated.tf", &generated.replacen(&line, &format!("name = {name}"), 1));
                let plan = workspace.expect(&["plan", "-detailed-exitcode"], code);
                assert_eq!(plan.all().matches("Error: ").count(), usize::from(code == 1), "{}", plan.all());
            }
            workspace.apply();
            let mut expected = stored.clone();
            expected["name"] = "New".into();
            let now = &emulator.servers()[ID];
            assert!(holds(now, &expected), "{now} does not hold {expected}");
        }
    });
}

/// Whether a server has all members that it had, recursively.
fn holds(now: &Json, before: &Json) -> bool {
    match (now, before) {
        (Json::Object(now), Json::Object(before)) => {
            before.iter().all(|(name, before)| now.get(name).is_some_and(|now| holds(now, before)))
        }
        (Json::Array(now), Json::Array(before)) => {
            now.len() == before.len() && now.iter().zip(before).all(|(now, before)| holds(now, before))
        }
        (now, before) => now == before,
    }
}

/// What the small core does with a server after it was written down, and changed elsewhere.
async fn planned_after(core: &mut Core, emulator: &crate::support::emulator::Emulator, edit: &Json) -> (Action, Json) {
    let imported = core.import(TYPE, ID).await.unwrap();
    let config = core.generate(TYPE, &imported).await.unwrap();
    let config = core.block(TYPE).complete(&config);
    assert_eq!(core.plan(TYPE, Some(&imported), &config).await.unwrap().action, Action::Nothing, "{config:?}");
    emulator.edit(ID, &edit.to_string());
    let read = core.read(TYPE, &imported).await.unwrap().unwrap();
    (core.plan(TYPE, Some(&read), &config).await.unwrap().action, config.to_json())
}

#[tokio::test]
async fn what_stays_an_error_is_left_out_of_generated_configuration() {
    let emulator = emulator();
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    let (script, fragment) = ("javascript:alert(1)", "https://x.example/cb#a");
    for (attribute, member, value) in [
        ("approved_callback_urls", "approvedCallbackUrls", json!(["https://x.example/cb", script])),
        ("approved_callback_urls", "approvedCallbackUrls", json!([fragment])),
        ("audience_whitelist", "audienceWhitelist", json!([fragment])),
        ("login_page_url", "loginPageURL", json!(script)),
        ("login_page_url", "loginPageURL", json!("no-page")),
        ("logo", "logo", json!(script)),
    ] {
        let stored = json!({ "name": "x", "tags": ["a"], member: value });
        emulator.plant(ID, &stored.to_string());
        let (action, config) = planned_after(&mut core, &emulator, &json!({})).await;
        assert_eq!((action, &config[attribute], &config["tags"]), (Action::Nothing, &Json::Null, &json!(["a"])));
        assert_eq!(emulator.servers()[ID][member], stored[member]);
    }
    assert_eq!(emulator.requests("/server/update").len(), 0);
}

#[tokio::test]
async fn a_change_of_any_attribute_is_drift_from_generated_configuration() {
    let emulator = emulator();
    let variables = emulator.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    let (mut full, bare) = (members(&whole("x")), r#"{"name":"x"}"#.to_owned());
    full["name"] = "x".into();
    let full = full.to_string();
    let cases: Vec<_> = cases().into_iter().filter(|case| case.can_be_cleared()).collect();
    assert!(cases.len() >= 25, "{}", cases.len());
    for case in cases {
        for (server, way) in [(&bare, Way::Filled), (&full, Way::Blank)] {
            emulator.plant(ID, server);
            let edit = members(&case.config(way, "x"));
            let (action, config) = planned_after(&mut core, &emulator, &edit).await;
            assert_eq!(action, Action::Update, "{} {way:?}: {edit} is no drift from {config}", case.path);
        }
    }
    emulator.plant(ID, &bare);
    assert_eq!(planned_after(&mut core, &emulator, &json!({ "name": "y" })).await.0, Action::Update);
    for odd in odd_servers() {
        emulator.plant(ID, &odd.to_string());
        let edit = json!({ "skipConsentScreen": true });
        assert_eq!(planned_after(&mut core, &emulator, &edit).await.0, Action::Update);
    }
}

#[test]
fn what_is_switched_on_in_the_console_is_drift_from_generated_configuration() {
    each("what_is_switched_on", |cli| {
        if !cli.has("configuration generated by the provider", 14, None) {
            return;
        }
        let emulator = emulator();
        emulator.plant(ID, r#"{"name":"x"}"#);
        let workspace = generated(cli, &emulator, ID);
        workspace.apply();
        rewrite(&workspace, "");
        emulator.edit(ID, r#"{"dynamicRegistration":{"enabled":true}}"#);
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains("0 to add, 1 to change, 0 to destroy"), "{}", plan.all());
        assert!(plan.stdout.contains("dynamic_registration"), "{}", plan.all());
    });
}
