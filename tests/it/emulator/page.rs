// SPDX-License-Identifier: Apache-2.0

//! The page in a real browser.

use serde_json::json;

use super::{binary, started};
use crate::support::browser;
use crate::support::cli::each;
use crate::support::emulator::{Emulator, KEY, PROJECT, http};
use crate::support::hcl::workspace;

/// A name that would be seen if the page took it for HTML.
const NAME: &str = r#"<b id="injected">Calendar</b> & "friends"<img src=x onerror=document.title='injected'>"#;

#[test]
fn a_browser_shows_what_apply_has_made() {
    each("the page", |cli| {
        let Some(browser) = browser::find("the page") else { return };
        let emulator = started();
        let name = serde_json::to_string(NAME).unwrap();
        let workspace = workspace(
            cli,
            &emulator,
            &format!(
                "resource \"descope_mcp_server\" \"x\" {{\n  name = {name}\n  approved_scopes = {{\n    \
                 permissions_scopes = [{{ name = \"calendar.read\" }}, {{ name = \"calendar.book\" }}]\n  }}\n  \
                 session_settings = {{\n    enabled = true\n    session_token_expiration = \"10 minutes\"\n    \
                 refresh_token_expiration = \"4 weeks\"\n    key_session_token_expiration = \"1 hour\"\n  }}\n}}\n"
            ),
        );
        workspace.apply();
        let page = browser.open(&emulator.url());
        let text = page.text();
        let id = emulator.only_server();
        for words in [
            NAME,
            &id,
            PROJECT,
            "Scopes2",
            "Registrationdynamic (DCR)",
            "Lifetimessession 10 minutes · refresh 4 weeks · key session 1 hour",
            "POST/v1/mgmt/mcp/server/create200",
            r#""name": "calendar.read""#,
            "No faults are queued.",
            "All switches have their defaults.",
            "Live",
        ] {
            assert!(text.contains(words), "{words:?} is missing: {text}");
        }
        assert!(text.contains(&format!("in {PROJECT}")), "{text}");
        assert!(!page.dom.contains("<b id=") && !page.dom.contains("<img src=\"x\""), "{}", page.dom);
        assert!(page.dom.contains("<title>1 server, "), "{}", page.dom);
        // It looks again by itself.
        let refreshes = page.dom.split("data-refreshes=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert!(refreshes.and_then(|number| number.parse::<u32>().ok()) >= Some(3), "{refreshes:?}");
        assert_eq!(page.complaints, Vec::<String>::new(), "no script failed, and the policy forbade nothing");
    });
}

#[test]
fn a_browser_is_told_what_to_do_where_nothing_is() {
    let Some(browser) = browser::find("the empty page") else { return };
    let emulator = started();
    let text = browser.open(&emulator.url()).text();
    for words in ["No servers yet.", "export DESCOPE_BASE_URL=http://127.0.0.1:", PROJECT, "No requests yet."] {
        assert!(text.contains(words), "{words:?} is missing: {text}");
    }
    assert_eq!(emulator.requests("").len(), 0, "the browser's own requests are none of the API's");
}

#[test]
fn a_browser_shows_what_went_wrong() {
    let Some(browser) = browser::find("the page with faults") else { return };
    let flags = ["--latency", "1ms", "--fault", r#"{"path":"/b","times":2,"kind":"delay","ms":1}"#];
    let emulator = Emulator::start_flagged(binary(), &flags);
    emulator.switch(r#"{"zeros":"omitted"}"#);
    emulator.fault(r#"{"path":"/a","kind":"error","status":503}"#);
    emulator
        .plant("MS1", &json!({ "name": "a", "odd": "</script>" }).to_string().replace("\"odd\"", "\"n\":1.10,\"odd\""));
    http(emulator.address(), "GET", "/a", "");
    http(emulator.address(), "GET", "/c", "");
    let text = browser.open(&emulator.url()).text();
    for words in [
        "GET/a503",
        "GET/c404",
        "delaythe next 2 requests to …/b",
        "zeros\"omitted\"",
        "Each answer is 1 ms late",
        "</script>",
        // As it is stored, and not as JavaScript would write it.
        "\"n\": 1.10",
    ] {
        assert!(text.contains(words), "{words:?} is missing: {text}");
    }
}

/// None of this needs a key, or it is what a test may plant.
#[test]
fn a_browser_shows_what_nobody_would_send() {
    let Some(browser) = browser::find("the page with odd objects") else { return };
    let emulator = started();
    let odd = r#"{"toString":1,"valueOf":2,"length":{"toString":3}}"#;
    emulator.plant("MS1", r#"{"name":"ordinary","sessionSettings":{"enabled":true,"refreshTokenExpiration":4}}"#);
    let settings = format!(r#"{{"enabled":true,"refreshTokenExpiration":{odd},"refreshTokenExpirationUnit":{odd}}}"#);
    emulator.plant(
        "MS2",
        &format!(
            r#"{{"name":"odd","sessionSettings":{settings},"approvedScopes":{{"permissionsScopes":{odd}}},
                "cimdSettings":{{"enabled":true,"domainPolicies":{{"policies":{odd}}}}}}}"#
        ),
    );
    let deep = format!("{}7{}", "[".repeat(30_000), "]".repeat(30_000));
    let shallow = format!("{}7{}", "[".repeat(50), "]".repeat(50));
    for (path, body) in [("/deep", &deep), ("/shallow", &shallow)] {
        http(emulator.address(), "POST", path, body);
    }
    let page = browser.open(&emulator.url());
    let text = page.text();
    let refresh = format!("refresh {odd} {odd}");
    let indented = format!("[\n{}7\n", "  ".repeat(50));
    for words in
        ["Live", "refresh 4", &refresh, "CIMD, any domain", "POST/deep401", &deep, "POST/shallow401", &indented]
    {
        assert!(text.contains(words), "{words:.80} is missing: {:.3000}", text);
    }
    assert_eq!(page.complaints, Vec::<String>::new());
}

/// Whatever a browser can get at without credentials. A key may be where it does not belong.
#[test]
fn no_key_is_shown() {
    let emulator = started();
    emulator.plant("MS1", &json!({ "name": KEY, "description": format!("my {KEY}") }).to_string());
    http(emulator.address(), "POST", &format!("/{KEY}"), &json!({ "key": KEY }).to_string());
    for path in ["/", "/_emulator/page.js", "/_emulator/overview"] {
        let (status, body) = http(emulator.address(), "GET", path, "");
        assert!(status == 200 && !body.contains(KEY), "{path}: {body}");
    }
    let (_, overview) = http(emulator.address(), "GET", "/_emulator/overview", "");
    assert!(overview.matches("(a key)").count() >= 5, "{overview}");
}
