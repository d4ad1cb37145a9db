// SPDX-License-Identifier: Apache-2.0

//! Bad input is refused by `validate` or by the plan, with the attribute named and pointed at; and
//! an API that refuses, is unreachable or is not the API draws one clear diagnostic and changes
//! nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::cli::{Workspace, each};
use crate::support::emulator::{Emulator, KEY, PROJECT};
use crate::support::hcl::{emulator, rewrite, workspace};

/// A line of configuration, and what the refusal says.
type Refusal = (&'static str, &'static [&'static str]);

/// What no server can have, so that `validate` refuses it.
const REFUSED_AT_ONCE: [Refusal; 19] = [
    (r#"tags = "t""#, &["tags", "set of string required"]),
    (r#"tags = [null]"#, &["`tags`", "null"]),
    (r#"skip_consent_screen = "maybe""#, &["skip_consent_screen", "bool"]),
    (
        r#"session_settings = { session_token_expiration = "10" }"#,
        &["`session_settings.session_token_expiration`", "has no unit", "hours, days"],
    ),
    (
        r#"session_settings = { refresh_token_expiration = "-1 days" }"#,
        &["`session_settings.refresh_token_expiration`", "whole number"],
    ),
    (r#"session_settings = { enabled = "often" }"#, &["session_settings", "bool"]),
    (r#"approved_scopes = { permissions_scopes = [{ description = "no name" }] }"#, &["approved_scopes", "name"]),
    (r#"approved_scopes = [{ name = "a" }]"#, &["approved_scopes", "object required"]),
    (
        r#"approved_scopes = { attributes_scopes = [{ name = null }] }"#,
        &["Missing value", "attributes_scopes[0].name`"],
    ),
    (r#"login_page_url = "example.com/login""#, &["`login_page_url`", "has no scheme"]),
    (
        r#"approved_callback_urls = ["https://x.example/cb", "https://x.example/cb#a"]"#,
        &["`approved_callback_urls`", "fragment"],
    ),
    (r#"approved_callback_urls = ["javascript:alert(1)"]"#, &["`approved_callback_urls`", "javascript:"]),
    (r#"audience_whitelist = ["https://x.example/mcp#top"]"#, &["`audience_whitelist`", "fragment"]),
    (r#"logo = "javascript:alert(1)""#, &["`logo`", "not the address of an image"]),
    (r#"name = " ""#, &["Invalid value", "`name`", "only white space"]),
    (r#"id = "calendar""#, &["`id`: \"calendar\"", "Leave it out to create a new object."]),
    (r#"name = null"#, &["Missing value", "`name` is required"]),
    (r#"project_id = "P/../x""#, &["`project_id`", "not a project id"]),
    (r#"issuer = "https://x.example""#, &["Read-only attribute", "`issuer`"]),
];

/// What a server may have already, so that `validate` warns of it, and the plan of a new one refuses it.
const REFUSED_WHEN_PLANNED: [Refusal; 10] = [
    (r#"tags = [""]"#, &["`tags`: \"\" is empty."]),
    (r#"tags = ["a", " "]"#, &["`tags`: \" \" is only white space."]),
    (
        r#"approved_scopes = { permissions_scopes = [{ name = "a" }, { name = "b" }, { name = "a" }] }"#,
        &["Duplicate element", r#""a" occurs more than once"#],
    ),
    (
        r#"cimd_settings = { domain_policies = [{ domain_pattern = "x.example", enabled = true },
             { domain_pattern = "x.example", enabled = true }] }"#,
        &["Duplicate element", "x.example"],
    ),
    (
        r#"session_settings = { session_token_expiration = "2 minutes" }"#,
        &["`session_settings.session_token_expiration`", "shorter than 3 minutes"],
    ),
    (r#"login_page_url = "not a url""#, &["`login_page_url`", "white space"]),
    (r#"login_page_url = "http://example.com""#, &["`login_page_url`", "not encrypted"]),
    (
        r#"session_settings = { session_token_expiration = "4 fortnights" }"#,
        &["`session_settings.session_token_expiration`", "fortnights", "seconds, minutes, hours, days or weeks"],
    ),
    (
        r#"approved_scopes = { permissions_scopes = [{ name = "a b" }] }"#,
        &["`approved_scopes.permissions_scopes[0].name`", "space"],
    ),
    (
        r#"cimd_settings = { domain_policies = [{ domain_pattern = "https://x.example", enabled = true }] }"#,
        &["`cimd_settings.domain_policies[0].domain_pattern`", "not a domain pattern"],
    ),
];

/// The resource with a line of configuration.
fn with_line(line: &str) -> String {
    let name = if line.starts_with("name") { "" } else { "name = \"x\"\n" };
    format!("resource \"descope_mcp_server\" \"x\" {{\n{name}{line}\n}}\n")
}

/// Asserts that a command ends with this code and says these words at a line of the configuration.
fn says(workspace: &Workspace, command: &str, code: i32, (line, words): Refusal) {
    rewrite(workspace, &with_line(line));
    eprintln!("{command}: {line}"); // shown if it does not
    let output = workspace.expect(&[command], code);
    let prose = output.prose().replace(r#"\""#, "\"");
    for word in words {
        assert!(prose.contains(word), "{line}: {word:?} is not in {}", output.all());
    }
    assert!(output.all().contains("main.tf line"), "{line}: {}", output.all());
    assert_eq!(output.stderr.matches("Error: ").count(), usize::from(code == 1), "{line}: {}", output.all());
}

#[test]
fn bad_input_is_refused_by_validate_at_its_attribute() {
    each("bad_input", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, "");
        REFUSED_AT_ONCE.iter().for_each(|refusal| says(&workspace, "validate", 1, *refusal));
        assert_eq!(emulator.requests("").len(), 0);
    });
}

/// A new server needs all three lifetimes, and so does one for which they begin to count.
#[test]
fn session_settings_are_not_enabled_without_lifetimes() {
    const ENABLED: &str = "session_settings = { enabled = true, session_token_expiration = \"5 minutes\" }";
    const MISSING: &str = "Missing: `session_settings.refresh_token_expiration`, \
                           `session_settings.key_session_token_expiration`";
    each("enabled_without_lifetimes", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, &with_line(""));
        workspace.apply();
        let id = emulator.only_server();
        says(&workspace, "plan", 1, (ENABLED, &["Missing value", MISSING]));
        rewrite(&workspace, &with_line(&format!("id = {id:?}\n{ENABLED}")));
        workspace.succeed(&["state", "rm", "descope_mcp_server.x"]);
        let adopted = workspace.expect(&["plan"], 1);
        assert!(adopted.prose().contains(MISSING), "{}", adopted.all());
        // What the server has counts, and so does that it is like that already.
        emulator.edit(
            &id,
            r#"{"sessionSettings":{"refreshTokenExpiration":1,"refreshTokenExpirationUnit":"hours",
                "keySessionTokenExpiration":1,"keySessionTokenExpirationUnit":"hours"}}"#,
        );
        assert!(!workspace.succeed(&["plan"]).all().contains("Missing"));
        emulator.edit(&id, r#"{"sessionSettings":{"enabled":true}}"#);
        let held = workspace.succeed(&["plan"]);
        assert!(held.prose().contains(MISSING) && held.prose().contains("only a warning"), "{}", held.all());
    });
}

#[test]
fn what_a_server_may_have_already_is_refused_by_the_plan_of_a_new_one() {
    each("what_a_server_may_have", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, "");
        for refusal in REFUSED_WHEN_PLANNED {
            says(&workspace, "validate", 0, refusal);
            says(&workspace, "plan", 1, refusal);
            let plan = workspace.expect(&["plan", "-json"], 1);
            let warnings = plan.stdout.lines().filter(|line| line.contains("A plan refuses this unless")).count();
            assert_eq!(warnings, 1, "the plan warned of what it refuses: {}", plan.all());
        }
        assert_eq!(emulator.requests("").len(), 0);
    });
}

#[test]
fn a_bad_provider_block_is_refused_by_validate() {
    each("a_bad_provider_block", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, "");
        for (line, words) in [
            (r#"base_url = "http://api.descope.com""#, &["`base_url`", "not encrypted"][..]),
            (r#"base_url = "api.descope.com""#, &["`base_url`", "has no scheme"]),
            (r#"base_url = "https://u:hunter2@x.example""#, &["`base_url`", "password"]),
            (r#"management_key = "hunter2 hunter2""#, &["`management_key`", "white space"]),
            (r#"project_id = "P 2x""#, &["`project_id`", "not a project id"]),
            ("max_requests_per_minute = 0", &["`max_requests_per_minute`", "less than 1"]),
            ("max_requests_per_minute = 1.5", &["`max_requests_per_minute`", "not a whole number"]),
            ("max_concurrent_requests = -1", &["`max_concurrent_requests`", "less than 1"]),
            (r#"verify = false"#, &["verify", "not expected"]),
        ] {
            rewrite(
                &workspace,
                &format!(
                    "provider \"descope\" {{\n{line}\n}}\nresource \"descope_mcp_server\" \"x\" {{ name = \"x\" }}\n"
                ),
            );
            let output = workspace.expect(&["validate"], 1);
            words
                .iter()
                .for_each(|word| assert!(output.prose().contains(word), "{line}: {word:?} is not in {}", output.all()));
            let shown = output.all().replace(line, "");
            assert!(!shown.contains("hunter2") || line.starts_with("base_url"), "{}", output.all());
        }
        // The same rule for the variable, which `validate` does not see.
        rewrite(&workspace, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.set("DESCOPE_BASE_URL", "http://api.descope.com");
        let output = workspace.expect(&["plan"], 1);
        assert!(output.prose().contains("`DESCOPE_BASE_URL`"), "{}", output.all());
        assert_eq!(output.stderr.matches("Error: ").count(), 1, "{}", output.all());
        workspace.set("DESCOPE_BASE_URL", &emulator.url()).set("DESCOPE_MANAGEMENT_KEY", "hunter2 hunter2");
        let output = workspace.expect(&["plan"], 1);
        assert!(output.prose().contains("`DESCOPE_MANAGEMENT_KEY`: It has white space"), "{}", output.all());
        assert!(!output.all().contains("hunter2"));
        // What `echo` leaves behind is no part of a value.
        workspace
            .set("DESCOPE_MANAGEMENT_KEY", &format!("{KEY}\n"))
            .set("DESCOPE_PROJECT_ID", &format!(" {PROJECT}\r\n"));
        workspace.apply();
        assert_eq!(emulator.servers().len(), 1);
    });
}

/// Applies a server, then meets trouble when refreshing, and expects one diagnostic and an unchanged state.
fn refresh_meets(trouble: &str, prepare: impl Fn(&Emulator, &mut Workspace), words: &[&str]) {
    each(trouble, |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.apply();
        let state = workspace.read("terraform.tfstate");
        prepare(&emulator, &mut workspace);
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        let prose = output.prose();
        words.iter().for_each(|word| assert!(prose.contains(word), "{trouble}: {word:?} is not in {}", output.all()));
        assert_eq!(output.stderr.matches("Error: ").count(), 1, "{trouble}: {}", output.all());
        assert!(!output.all().contains(KEY), "{trouble}: {}", output.all());
        assert_eq!(workspace.read("terraform.tfstate"), state, "{trouble}: the state changed");
    });
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    each("all_that_is_missing", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.set("DESCOPE_PROJECT_ID", "").set("DESCOPE_MANAGEMENT_KEY", "");
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        for missing in ["Missing project id", "Missing management key"] {
            assert!(output.prose().contains(missing), "{missing}: {}", output.all());
        }
        rewrite(&workspace, r#"data "descope_mcp_server" "x" { name = "x" }"#);
        workspace.set("DESCOPE_BASE_URL", "ftp://x.example");
        let output = workspace.expect(&["plan"], 1);
        for missing in ["Missing project id", "Missing management key", "`DESCOPE_BASE_URL`", "ftp"] {
            assert!(output.prose().contains(missing), "{missing}: {}", output.all());
        }
        assert!(emulator.servers().is_empty());
    });
}

#[test]
fn a_wrong_key_is_told_apart_from_a_missing_server() {
    let wrong = |_: &Emulator, workspace: &mut Workspace| {
        workspace.set("DESCOPE_MANAGEMENT_KEY", "Kwrong");
    };
    refresh_meets(
        "a wrong key",
        wrong,
        &["Descope refused the credentials", "DESCOPE_MANAGEMENT_KEY", PROJECT, "E011008"],
    );
}

#[test]
fn a_wrong_key_is_told_in_full_once() {
    each("a_wrong_key_once", |cli| {
        let emulator = emulator();
        let block = |name: &str| format!("resource \"descope_mcp_server\" \"{name}\" {{ name = \"{name}\" }}\n");
        let mut workspace = workspace(cli, &emulator, &["a", "b", "c"].map(block).concat());
        workspace.set("DESCOPE_MANAGEMENT_KEY", "Kwrong");
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        let told = |words: &str| output.prose().matches(words).count();
        assert_eq!(told("Descope refused the credentials"), 3, "{}", output.all());
        assert_eq!(told("Another message of this run says what to do."), 2, "{}", output.all());
        assert_eq!(told("Company > Management Keys"), 1, "{}", output.all());
        assert_eq!(told("Nothing was created."), 3, "{}", output.all());
        assert!(["a", "b", "c"].iter().all(|name| told(&format!("\"{name}\"")) > 0), "{}", output.all());
    });
}

#[test]
fn a_wrong_project_is_told_apart_from_a_missing_server() {
    each("a wrong project", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.set("DESCOPE_PROJECT_ID", "Pwrong");
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        let prose = output.prose();
        assert!(
            prose.contains("Descope refused the credentials") && prose.contains("project Pwrong"),
            "{}",
            output.all()
        );
        assert!(prose.contains("and `DESCOPE_PROJECT_ID`. In the Descope console"), "{}", output.all());
        assert_eq!(output.stderr.matches("Error: ").count(), 1, "{}", output.all());
    });
}

#[test]
fn an_unreachable_api_is_said_to_be_so() {
    let nowhere = |_: &Emulator, workspace: &mut Workspace| {
        workspace.set("DESCOPE_BASE_URL", "http://127.0.0.1:1");
    };
    refresh_meets(
        "an unreachable API",
        nowhere,
        &[
            "The API can't be reached",
            "no answer came from http://127.0.0.1:1: 127.0.0.1:1 refused the connection. Plain http",
            "the host and port in the environment variable `DESCOPE_BASE_URL`",
        ],
    );
}

#[test]
fn a_page_instead_of_json_is_shown_for_what_it_is() {
    for (status, summary) in [
        (200, "The answer did not come from Descope"),
        (302, "The API is elsewhere"),
        (404, "Not the address of the API"),
        (502, "Descope can't be reached"),
    ] {
        let page = move |emulator: &Emulator, _: &mut _| {
            emulator.fault(&format!(
                r#"{{"times":20,"kind":"body","status":{status},"content_type":"text/html",
                    "body":"<html><title>Proxy login</title>"}}"#
            ));
        };
        refresh_meets("a page instead of JSON", page, &[summary, "<html><title>Proxy login</title>"]);
    }
}

#[test]
fn a_wrong_base_url_that_answers_json_removes_nothing() {
    // A gateway's own 404 looks much like Descope's. The list of servers does not answer either, so
    // absence is not proven.
    let elsewhere = |emulator: &Emulator, workspace: &mut Workspace| {
        workspace.set("DESCOPE_BASE_URL", &format!("{}/elsewhere", emulator.url()));
    };
    refresh_meets("a wrong base URL", elsewhere, &["Not the address of the API", "`/elsewhere`", "404"]);
}

#[test]
fn an_answer_that_is_not_described_removes_nothing() {
    for body in ["[]", r#"{"server":[]}"#, r#"{"server":{"name":"x"}}"#, r#"{"server":{"id":"MS1","name":5}}"#] {
        let odd = move |emulator: &Emulator, _: &mut _| {
            let body = body.replace('"', "\\\"");
            emulator.fault(&format!(
                r#"{{"times":5,"kind":"body","status":200,"content_type":"application/json","body":"{body}"}}"#
            ));
        };
        refresh_meets("an answer that is not described", odd, &["The API's answer can't be understood"]);
    }
}

#[test]
fn what_descope_blames_is_pointed_at() {
    each("what_descope_blames", |cli| {
        let emulator = emulator();
        let workspace = workspace(
            cli,
            &emulator,
            r#"resource "descope_mcp_server" "x" {
                 name           = "x"
                 login_page_url = "https://x.example/login"
               }"#,
        );
        for (fault, words) in [
            (
                r#"{"path":"/create","kind":"error","status":400,"code":"E102005","message":"flow type is invalid"}"#,
                &["consent flow", "login_page_url", "E102005"][..],
            ),
            (
                r#"{"path":"/create","kind":"error","status":400,"code":"E011003","message":"invalid loginPageURL"}"#,
                &["Descope refused the request", "E011003"],
            ),
        ] {
            emulator.fault(fault);
            let output = workspace.expect(&["apply", "-auto-approve"], 1);
            words.iter().for_each(|word| assert!(output.prose().contains(word), "{word:?} is not in {}", output.all()));
            assert!(output.stderr.contains("login_page_url = \"https"), "the line is shown: {}", output.all());
            assert!(emulator.servers().is_empty());
        }
    });
}

#[test]
fn a_rate_limit_is_waited_out() {
    each("a_rate_limit", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        // Ten in a row are no reason to give up.
        emulator
            .fault(r#"{"path":"/create","times":10,"kind":"error","status":429,"code":"E130429","retry_after":"1"}"#);
        let output = workspace.apply();
        assert!(output.prose().contains("Descope's rate limit made this run wait"), "{}", output.all());
        assert!(output.prose().contains("status 429"), "{}", output.all());
        assert_eq!(emulator.requests("/create").len(), 11);
        assert_eq!(emulator.servers().len(), 1);
    });
}

/// One that counted twice would seem long enough to be told.
#[test]
fn a_short_wait_for_a_rate_limit_is_not_told() {
    each("a short wait", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        emulator.fault(r#"{"path":"/create","kind":"error","status":429,"code":"E130429","retry_after":"6"}"#);
        emulator.fault(r#"{"path":"/create","kind":"delay","ms":6000}"#);
        let output = workspace.apply();
        assert_eq!(emulator.requests("/create").len(), 2);
        assert!(!output.prose().contains("made this run wait"), "{}", output.all());
    });
}

#[test]
fn a_creation_that_is_refused_for_its_name_names_who_has_it() {
    each("a_creation_that_is_refused_for_its_name", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        let ids = ["MS2first000000000000000000001", "MS2second00000000000000000001"];
        ids.iter().for_each(|id| emulator.plant(id, r#"{"name":"x"}"#));
        emulator.fault(r#"{"path":"/create","kind":"error","status":409,"message":"the name is in use"}"#);
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        for words in ["The name may be taken", ids[0], ids[1]] {
            assert!(output.prose().contains(words), "{words:?} is not in {}", output.all());
        }
        assert_eq!(output.stderr.matches("import {").count(), 2, "{}", output.all());
        assert!(!output.prose().contains("plan again to see"), "no plan shows it: {}", output.all());
        assert_eq!(output.stderr.matches("Error: ").count(), 1, "{}", output.all());
        assert_eq!((emulator.servers().len(), emulator.requests("/create").len()), (2, 1));
    });
}

/// A request that met another server, by a cache or a wrong turn, must not make that one the managed one.
#[test]
fn another_server_than_the_one_asked_for_is_not_taken_for_it() {
    let other = |emulator: &Emulator, _: &mut Workspace| {
        emulator.plant("MS2other000000000000000000001", r#"{"name":"other"}"#);
        emulator.fault(
            r#"{"path":"/load","kind":"body","status":200,"content_type":"application/json",
                "body":"{\"server\":{\"id\":\"MS2other000000000000000000001\",\"name\":\"other\"}}"}"#,
        );
    };
    refresh_meets("another server", other, &["can't be understood", "not the one that was asked for"]);
}

#[test]
fn an_update_that_is_not_shown_or_meets_nothing_is_told_as_what_it_is() {
    each("an_update_that_is_not_shown", |cli| {
        let emulator = emulator();
        let server = |description: &str| {
            format!("resource \"descope_mcp_server\" \"x\" {{\n  name = \"x\"\n  description = \"{description}\"\n}}\n")
        };
        let workspace = workspace(cli, &emulator, &server("a"));
        workspace.apply();
        let id = emulator.only_server();
        rewrite(&workspace, &server("b"));
        emulator.fault(
            r#"{"path":"/update","kind":"body","status":200,"content_type":"application/json",
                "body":"{}","after":true}"#,
        );
        workspace.apply();
        assert!(emulator.stored(&id).contains(r#""description":"b""#));
        workspace.assert_no_changes();

        rewrite(&workspace, &server("c"));
        workspace.age_objects();
        workspace.succeed(&["plan", "-out=saved.plan"]);
        emulator.remove(&id);
        let output = workspace.expect(&["apply", "saved.plan"], 1);
        assert!(output.prose().contains("existed when the plan was made and is gone now"), "{}", output.all());
    });
}

#[test]
fn the_key_is_not_shown_though_an_answer_echoes_it() {
    for fault in [
        format!(r#"{{"times":9,"kind":"error","status":400,"code":"E1","message":"Bearer P:{KEY}"}}"#),
        format!(
            r#"{{"times":9,"kind":"body","status":502,"content_type":"text/html",
                "body":"<html>Authorization: Bearer P:{KEY}"}}"#
        ),
    ] {
        let echo = move |emulator: &Emulator, _: &mut Workspace| emulator.fault(&fault);
        refresh_meets("an echo", echo, &["(the management key)"]);
    }
}

#[test]
fn no_part_and_no_form_of_the_key_is_shown_and_no_terminal_is_steered() {
    let form = |form: fn(u8) -> String| KEY.bytes().map(form).collect::<String>();
    let (hex, percent) = (form(|byte| format!("{byte:02x}")), form(|byte| format!("%{byte:02X}")));
    let base64 = STANDARD.encode(format!("P:{KEY}"));
    let message = format!("a {}.. b {hex} c {percent} d {base64} e \u{1b}[31m", &KEY[..12]);
    let fault = json!({ "times": 9, "kind": "error", "status": 400, "code": "E1", "message": message }).to_string();
    let echo = move |emulator: &Emulator, _: &mut Workspace| emulator.fault(&fault);
    let hidden = ["a", "b", "c", "d"].map(|place| format!("{place} (the management key)")).join(" ");
    let hidden = hidden.replace("(the management key) b", "(the management key).. b");
    refresh_meets("an echo in other forms", echo, &[&hidden, r"e \u{1b}[31m"]);
}

/// The project is shown and stored, so the key must not be in its place.
#[test]
fn a_key_in_the_place_of_the_project_is_refused_and_not_shown() {
    each("a_key_in_the_place", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, &with_line("description = \"d\""));
        workspace.set("DESCOPE_PROJECT_ID", KEY);
        let refused = workspace.expect(&["plan"], 1);
        assert!(refused.prose().contains("It may be a management key in the wrong place"), "{}", refused.all());
        assert!(!refused.all().contains(KEY), "{}", refused.all());
    });
}

/// Ten refusals as `plan` prints them for programs: address, summary and detail. (Newer CLIs point
/// at a nested line more exactly.)
#[test]
fn ten_refusals_are_as_recorded() {
    use std::fmt::Write;
    const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/validate.txt");
    let ours = |(line, words): &Refusal| words.iter().any(|word| word.contains('`')) && !line.starts_with("tags = \"");
    each("ten_refusals", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, "");
        let mut seen = String::new();
        let planned = REFUSED_WHEN_PLANNED.iter().filter(|refused| ours(refused)).take(5);
        let at_once = REFUSED_AT_ONCE.iter().filter(|refused| ours(refused)).take(5);
        for (line, _) in planned.chain(at_once) {
            rewrite(&workspace, &with_line(line));
            let output = workspace.expect(&["plan", "-json"], 1);
            let events = output.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            writeln!(seen, "{line}").unwrap();
            let errors = events.map(|mut event| event["diagnostic"].take());
            for message in errors.filter(|message| message["severity"] == "error") {
                let text = |pointer: &str| message.pointer(pointer).map(ToString::to_string).unwrap_or_default();
                writeln!(seen, "    {} {} {}", text("/address"), text("/summary"), text("/detail")).unwrap();
            }
        }
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(GOLDEN, &seen).unwrap();
        }
        let recorded = std::fs::read_to_string(GOLDEN).unwrap_or_default();
        assert_eq!(seen, recorded, "if that is meant: BLESS=1 cargo test --test it ten_refusals");
        assert_eq!(seen.lines().filter(|line| !line.starts_with(' ')).count(), 10);
    });
}
