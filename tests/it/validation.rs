// SPDX-License-Identifier: Apache-2.0

//! What `validate` says, in a table: each case a value at an attribute, each verdict in
//! `golden/validation.txt` with its path. After a deliberate change of a message, refresh the file
//! with `BLESS=1 cargo test --test it validation`. Beside the table, each row's own values are
//! accepted, so a new row needs an entry here only if it has a check that no other row has.

use std::fmt::Write;
use std::path::Path;

use crate::support::core::{Core, V};
use crate::support::plugin::Plugin;
use crate::support::samples::{ROWS, cases};
use crate::support::wire::tfplugin6 as tf;

const TYPE: &str = "descope_mcp_server";
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden/validation.txt");

/// Attributes that take one text, or a set of texts, and the texts to try.
const CASES: [(&str, &[&str]); 13] = [
    ("name", &["x", "", " ", "\t", "\u{a0}", "ümlaut", "a b", "<b>"]),
    (
        "id",
        &["MS1", "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs", "", " ", "calendar", "name:Solo", "MS", "MS-1", "P1/MS1", "RS35d1"],
    ),
    ("project_id", &["P1", ""]),
    (
        "login_page_url",
        &[
            "",
            "https://x.example",
            "https://x.example/login?flow=inbound-apps-user-consent#top",
            "HTTPS://x.example",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:8080/x",
            "http://x.example",
            "http://localhost.example",
            "x.example",
            "/login",
            "//x.example",
            "https://",
            "https:/x.example",
            "https:///x",
            "https:x.example",
            "ftp://x.example",
            "javascript:alert(1)",
            "data:text/html,x",
            " https://x.example",
            "https://x.example ",
            "https://x .example",
            "https://x.example/a b",
            "https://x.example/\n",
            "mailto:a@x.example",
            "https://[::1",
            "https://x.example:99999",
        ],
    ),
    (
        "approved_callback_urls",
        &[
            "https://x.example/cb",
            "https://x.example:8443/cb?a=b",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:0/cb",
            "http://127.8.9.1/cb",
            "http://[::1]/cb",
            "http://localhost/cb",
            "http://app.localhost/cb",
            "cursor://anysphere.cursor-retrieval/oauth/callback",
            "vscode://vscode.github-authentication/did-authenticate",
            "com.example.app:/cb",
            "com.example.app://cb",
            "claude:cb",
            "urn:ietf:wg:oauth:2.0:oob",
            "",
            " ",
            "x",
            "x.example/cb",
            "/cb",
            "//x.example/cb",
            "https://",
            "https:///cb",
            "https:/x.example",
            "http://x.example/cb",
            "http://10.0.0.1/cb",
            "http://192.168.0.1/cb",
            "http://localhost.example/cb",
            "https://x.example/cb#",
            "https://x.example/cb#a",
            "cursor://x#a",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://x.example/cb",
            "blob:https://x.example/1",
            "about:blank",
            "vbscript:x",
            "filesystem:https://x.example/t",
            "view-source:https://x.example",
            "ws://x.example",
            "wss://x.example",
            "mailto:a@x.example",
            "https://x .example/cb",
            "https://x.example/c b",
            "https://x.example/cb\t",
            "\thttps://x.example/cb",
            "https://x.example:99999/cb",
            "https://[::1/cb",
            "1http://x",
            "https://*.x.example/cb",
            "dummy.com",
            "*",
            "http://localhost:*",
            "http://127.0.0.1:*/*",
            "https://*.x.example:*/cb",
            "http://192.168.1.10/cb",
            "localhost:3000/cb",
            "app.example.com:8443/callback",
        ],
    ),
    (
        "audience_whitelist",
        &[
            "https://x.example/mcp",
            "http://127.0.0.1:3001",
            "http://x.example/mcp",
            "urn:example:api",
            "api://x",
            "https://x.example/mcp?tenant=a",
            "my-api",
            "x.example/mcp",
            "*",
            "https://*.x.example/mcp",
            "",
            " ",
            "https://x.example/mcp#",
            "https://x.example/mcp#a",
            "urn:x#y",
        ],
    ),
    ("tags", &["a", "a b", "", " "]),
    (
        "approved_scopes.permissions_scopes[].name",
        &[
            "read",
            "mcp:tools.call",
            "a/b",
            "!",
            "~",
            "#",
            "[",
            "]",
            "https://x.example/scope",
            "",
            " ",
            "a b",
            "a\tb",
            "a\nb",
            "a\"b",
            "\"",
            "a\\b",
            "é",
            "\u{7f}",
            "\u{1}",
            "a,b",
        ],
    ),
    (
        "cimd_settings.domain_policies[].domain_pattern",
        &[
            "x.example",
            "*.x.example",
            "localhost",
            "a-b.example",
            "xn--bcher-kva.example",
            "bücher.example",
            "1.example",
            "127.0.0.1",
            "X.EXAMPLE",
            "",
            "*",
            "*.",
            "**.x.example",
            "*.*.x.example",
            "x.*.example",
            "x*.example",
            "https://x.example",
            "x.example/",
            "x.example/path",
            "x.example:443",
            "x..example",
            ".x.example",
            "x.example.",
            "-x.example",
            "x-.example",
            "x_y.example",
            "x y.example",
            " x.example",
            "[::1]",
            "localhost:3000",
            "my_host.example.com",
        ],
    ),
    (
        "logo",
        &[
            "",
            "https://x.example/l.png",
            "data:image/png;base64,aGk=",
            "http://x.example/l.png",
            " https://x.example/l.png",
            "https://x.example/l.png\n",
            "data:image/png;base64,aG\nk=",
            "javascript:alert(1)",
        ],
    ),
    (
        "session_settings.session_token_expiration",
        &[
            "",
            "3 minutes",
            "10 minutes",
            "1 hour",
            "1 hours",
            "180 seconds",
            "2 days",
            "520 weeks",
            "0 minutes",
            "2 minutes",
            "179 seconds",
            "1 second",
            "4 fortnights",
            "1 month",
            "1 year",
            "10",
            "minutes",
            "10minutes",
            "10  minutes",
            " 10 minutes",
            "10 minutes ",
            "10 Minutes",
            "-1 days",
            "+1 days",
            "1.5 hours",
            "1e1 days",
            "ten minutes",
            "0x10 days",
            "2147483647 seconds",
            "2147483648 seconds",
            "99999999999999999999 days",
            "672h",
            "PT1H",
        ],
    ),
    ("session_settings.refresh_token_expiration", &["4 weeks", "2 minutes", "4 fortnights"]),
    (
        "session_settings.key_session_token_expiration",
        &["1 hour", "31 days", "4 weeks", "32 days", "5 weeks", "2 minutes", ""],
    ),
];

/// Whole configurations, for rules that concern more than one value.
fn configurations() -> Vec<(&'static str, V)> {
    let text = V::text;
    let scope = |name: &str| V::object([("name", text(name))]);
    let session = |session: &str, refresh: &str| {
        V::object([("session_token_expiration", text(session)), ("refresh_token_expiration", text(refresh))])
    };
    let scopes = |list: &'static str, names: &[&str]| {
        V::object([(list, V::List(names.iter().map(|name| scope(name)).collect()))])
    };
    let with = |name: &'static str, value: V| V::object([("name", text("x")), (name, value)]);
    vec![
        ("duplicate permission scopes", with("approved_scopes", scopes("permissions_scopes", &["a", "b", "a"]))),
        ("duplicate attribute scopes", with("approved_scopes", scopes("attributes_scopes", &["a", "a"]))),
        (
            "three times the same connection scope",
            with("approved_scopes", scopes("connections_scopes", &["a", "a", "a"])),
        ),
        ("scopes that differ in case", with("approved_scopes", scopes("permissions_scopes", &["a", "A"]))),
        (
            "an unknown scope name is not judged",
            with(
                "approved_scopes",
                V::object([("permissions_scopes", V::List(vec![V::object([("name", V::Unknown)]), scope("a")]))]),
            ),
        ),
        ("an unknown list is not judged", with("approved_scopes", V::object([("permissions_scopes", V::Unknown)]))),
        ("an unknown object is not judged", with("approved_scopes", V::Unknown)),
        ("an unknown element of a set is not judged", with("tags", V::List(vec![text(""), V::Unknown]))),
        ("null in a set", with("tags", V::List(vec![V::Null, text("a")]))),
        ("null in a list", with("approved_scopes", V::object([("permissions_scopes", V::List(vec![V::Null]))]))),
        ("session longer than refresh", with("session_settings", session("2 days", "1 day"))),
        ("session as long as refresh", with("session_settings", session("24 hours", "1 day"))),
        (
            "session of unknown refresh",
            with(
                "session_settings",
                V::object([("session_token_expiration", text("2 days")), ("refresh_token_expiration", V::Unknown)]),
            ),
        ),
        (
            "duplicate domain patterns",
            with(
                "cimd_settings",
                V::object([(
                    "domain_policies",
                    V::List(vec![
                        V::object([("domain_pattern", text("a.example")), ("enabled", V::Bool(true))]),
                        V::object([("domain_pattern", text("a.example")), ("enabled", V::Bool(true))]),
                    ]),
                )]),
            ),
        ),
        (
            "a domain policy that does not say whether it counts",
            with(
                "cimd_settings",
                V::object([("domain_policies", V::List(vec![V::object([("domain_pattern", text("a.example"))])]))]),
            ),
        ),
        ("an object that sets nothing", with("session_settings", V::object([("enabled", V::Null)]))),
        ("an object of unknown content", with("session_settings", V::object([("enabled", V::Unknown)]))),
        (
            "clients that register get no scopes",
            with(
                "dynamic_registration",
                V::object([("enabled", V::Bool(true)), ("disable_approved_scopes_as_default", V::Bool(true))]),
            ),
        ),
        (
            "no clients register",
            with(
                "dynamic_registration",
                V::object([("enabled", V::Bool(false)), ("disable_approved_scopes_as_default", V::Bool(true))]),
            ),
        ),
        (
            "one name in two lists of scopes",
            with(
                "approved_scopes",
                V::object([
                    ("permissions_scopes", V::List(vec![scope("a"), scope("b")])),
                    ("connections_scopes", V::List(vec![scope("b")])),
                ]),
            ),
        ),
        ("a consent page without a flow", with("consent_flow_hosting_url", text("https://x.example/login"))),
        ("a read-only attribute", with("issuer", text("https://x.example"))),
        ("an unknown read-only attribute", with("token_endpoint", V::Unknown)),
    ]
}

/// The least configuration with a text at an attribute.
fn configuration(attribute: &str, text: &str) -> V {
    let value = match attribute {
        "approved_callback_urls" | "audience_whitelist" | "tags" => V::List(vec![V::text(text)]),
        _ => V::text(text),
    };
    let mut steps: Vec<&str> = attribute.split('.').collect();
    let last = steps.pop().unwrap();
    let mut leaf = std::collections::BTreeMap::from([(last.to_owned(), value)]);
    if last == "domain_pattern" {
        leaf.insert("enabled".to_owned(), V::Bool(true));
    }
    let leaf = V::Object(leaf);
    let nested = steps.iter().rev().fold(leaf, |inner, step| match step.strip_suffix("[]") {
        Some(list) => V::Object([(list.to_owned(), V::List(vec![inner]))].into()),
        None => V::Object([((*step).to_owned(), inner)].into()),
    });
    match nested {
        V::Object(mut attributes) => {
            attributes.entry("name".to_owned()).or_insert_with(|| V::text("x"));
            V::Object(attributes)
        }
        _ => unreachable!("an attribute is in an object"),
    }
}

fn rendered(path: Option<&tf::AttributePath>) -> String {
    use tf::attribute_path::step::Selector;
    let steps = path.map(|path| path.steps.as_slice()).unwrap_or_default();
    let step = |step: &tf::attribute_path::Step| match &step.selector {
        Some(Selector::AttributeName(name)) => format!(".{name}"),
        Some(Selector::ElementKeyInt(index)) => format!("[{index}]"),
        Some(Selector::ElementKeyString(key)) => format!("[{key:?}]"),
        other => format!("{other:?}"),
    };
    steps.iter().map(step).collect::<String>().trim_start_matches('.').to_owned()
}

#[tokio::test]
async fn each_attribute_accepts_its_example_and_its_empty_value() {
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &[]).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    let block = core.block(TYPE).clone();
    for case in cases() {
        for way in case.ways() {
            let config = block.complete(&case.config(way, "x"));
            let client_capabilities =
                Some(tf::ClientCapabilities { write_only_attributes_allowed: true, ..Default::default() });
            let config = Some(block.encode(&config));
            let request =
                tf::validate_resource_config::Request { type_name: TYPE.to_owned(), config, client_capabilities };
            let mut said = core.client.validate_resource_config(request).await.unwrap().into_inner().diagnostics;
            // What is said of an object whose members are all left out, or all set.
            let of_whole_objects = [
                "Nothing is set",
                "Clients may get no scopes",
                "Two scopes of one name",
                "A consent page without a flow",
            ];
            said.retain(|message| !of_whole_objects.iter().any(|summary| message.summary.starts_with(summary)));
            assert!(
                said.is_empty(),
                "{TYPE}.{}, {way:?}: {said:?}\nThe example of a row must be a value that nothing is said about: give \
                 the row in {ROWS} another `.example(…)`.",
                case.path
            );
        }
    }
}

/// The paths of the errors in the plan of a new server.
async fn refused_by_plan(core: &mut Core, config: &V) -> Vec<String> {
    let block = core.block(TYPE).clone();
    let request = tf::plan_resource_change::Request {
        type_name: TYPE.to_owned(),
        prior_state: Some(block.encode(&V::Null)),
        proposed_new_state: Some(block.encode(config)),
        config: Some(block.encode(config)),
        ..Default::default()
    };
    let said = core.client.plan_resource_change(request).await.unwrap().into_inner().diagnostics;
    said.iter().filter(|message| message.severity == 1).map(|message| rendered(message.attribute.as_ref())).collect()
}

#[tokio::test]
async fn verdicts_are_as_recorded() {
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &[]).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    let mut cases: Vec<(String, V)> = Vec::new();
    for (attribute, texts) in CASES {
        cases.extend(texts.iter().map(|text| (format!("{attribute} = {text:?}"), configuration(attribute, text))));
    }
    cases.extend(configurations().into_iter().map(|(name, config)| (name.to_owned(), config)));
    assert!(cases.len() >= 150, "{} cases", cases.len());

    let mut seen = String::new();
    for (name, config) in cases {
        let block = core.block(TYPE).clone();
        let request = tf::validate_resource_config::Request {
            type_name: TYPE.to_owned(),
            config: Some(block.encode(&block.complete(&config))),
            ..Default::default()
        };
        let messages = core.client.validate_resource_config(request).await.unwrap().into_inner().diagnostics;
        writeln!(seen, "{name}").unwrap();
        let mut refused = false;
        if messages.is_empty() {
            writeln!(seen, "    accepted").unwrap();
        }
        for message in messages {
            let severity = if message.severity == 1 { "error" } else { "warning" };
            assert!(message.attribute.is_some(), "{name}: {message:?}");
            let path = rendered(message.attribute.as_ref());
            refused |= message.severity == 1;
            // All have the same name in their titles.
            let summary = message.summary.replace(" of \"x\")", ")");
            writeln!(seen, "    {severity} at {path}: {summary}: {}", message.detail.replace('\n', "\\n")).unwrap();
        }
        // What a server may have already is a warning so far; the plan of a new one refuses it.
        if !refused {
            for path in refused_by_plan(&mut core, &block.complete(&config)).await {
                writeln!(seen, "    refused by the plan of a new server at {path}").unwrap();
            }
        }
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(GOLDEN, &seen).unwrap();
    }
    let recorded = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    let differs = seen.lines().zip(recorded.lines()).find(|(seen, recorded)| seen != recorded);
    assert_eq!(differs, None, "a verdict changed; if that is meant: BLESS=1 cargo test --test it validation");
    assert_eq!(
        seen.lines().count(),
        recorded.lines().count(),
        "cases changed: BLESS=1 cargo test --test it validation"
    );
}
