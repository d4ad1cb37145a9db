//! Every optional attribute, absent, null, empty and filled, against every way in which the API may answer: zero values sent, omitted
//! or null, lists in another order, integers as text. Nothing of that may be a difference, neither to the CLI's checks after the
//! apply nor to a second plan.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::support::cli::each;
use crate::support::hcl::{emulator, workspace};

/// An attribute, its empty value and a filled one, as configuration writes them, and what each sends.
pub struct Case {
    pub attribute: &'static str,
    pub empty: &'static str,
    pub filled: &'static str,
    pub sends_empty: Option<&'static str>,
    pub sends_filled: &'static str,
}

const fn case(
    attribute: &'static str,
    empty: &'static str,
    filled: &'static str,
    sends_empty: Option<&'static str>,
    sends_filled: &'static str,
) -> Case {
    Case { attribute, empty, filled, sends_empty, sends_filled }
}

pub const CASES: [Case; 31] = [
    case("description", r#""""#, r#""d""#, Some(r#"{"description":""}"#), r#"{"description":"d"}"#),
    case(
        "logo",
        r#""""#,
        r#""data:image/png;base64,AA==""#,
        Some(r#"{"logo":""}"#),
        r#"{"logo":"data:image/png;base64,AA=="}"#,
    ),
    case(
        "login_page_url",
        r#""""#,
        r#""https://x.example/l""#,
        Some(r#"{"loginPageURL":""}"#),
        r#"{"loginPageURL":"https://x.example/l"}"#,
    ),
    case(
        "audience_whitelist",
        "[]",
        r#"["https://b.example", "https://a.example"]"#,
        Some(r#"{"audienceWhitelist":[]}"#),
        r#"{"audienceWhitelist":["https://a.example","https://b.example"]}"#,
    ),
    case(
        "approved_callback_urls",
        "[]",
        r#"["https://x.example/cb"]"#,
        Some(r#"{"approvedCallbackUrls":[]}"#),
        r#"{"approvedCallbackUrls":["https://x.example/cb"]}"#,
    ),
    case("tags", "[]", r#"["c", "a", "b"]"#, Some(r#"{"tags":[]}"#), r#"{"tags":["a","b","c"]}"#),
    case(
        "skip_consent_screen",
        "false",
        "true",
        Some(r#"{"skipConsentScreen":false}"#),
        r#"{"skipConsentScreen":true}"#,
    ),
    case(
        "force_add_all_authorization_info",
        "false",
        "true",
        Some(r#"{"forceAddAllAuthorizationInfo":false}"#),
        r#"{"forceAddAllAuthorizationInfo":true}"#,
    ),
    case("dynamic_registration", "{}", "{ enabled = true }", None, r#"{"dynamicRegistration":{"enabled":true}}"#),
    case(
        "dynamic_registration.enabled",
        "false",
        "true",
        Some(r#"{"dynamicRegistration":{"enabled":false}}"#),
        r#"{"dynamicRegistration":{"enabled":true}}"#,
    ),
    case(
        "dynamic_registration.disable_approved_scopes_as_default",
        "false",
        "true",
        Some(r#"{"dynamicRegistration":{"disableApprovedScopesAsDefault":false}}"#),
        r#"{"dynamicRegistration":{"disableApprovedScopesAsDefault":true}}"#,
    ),
    case(
        "dynamic_registration.flow_id",
        r#""""#,
        r#""f""#,
        Some(r#"{"dynamicRegistration":{"flowId":""}}"#),
        r#"{"dynamicRegistration":{"flowId":"f"}}"#,
    ),
    case(
        "approved_scopes",
        "{}",
        r#"{ permissions_scopes = [{ name = "a" }] }"#,
        None,
        r#"{"approvedScopes":{"permissionsScopes":[{"name":"a","description":"","optional":false,"values":[]}]}}"#,
    ),
    case(
        "approved_scopes.permissions_scopes",
        "[]",
        r#"[{ name = "b", values = ["z", "y"] }, { name = "a" }]"#,
        Some(r#"{"approvedScopes":{"permissionsScopes":[]}}"#),
        r#"{"approvedScopes":{"permissionsScopes":[{"name":"b","description":"","optional":false,"values":["y","z"]},{"name":"a","description":"","optional":false,"values":[]}]}}"#,
    ),
    case(
        "approved_scopes.attributes_scopes",
        "[]",
        r#"[{ name = "a", description = "d" }]"#,
        Some(r#"{"approvedScopes":{"attributesScopes":[]}}"#),
        r#"{"approvedScopes":{"attributesScopes":[{"name":"a","description":"d","optional":false,"values":[]}]}}"#,
    ),
    case(
        "approved_scopes.connections_scopes",
        "[]",
        r#"[{ name = "a", optional = true }]"#,
        Some(r#"{"approvedScopes":{"connectionsScopes":[]}}"#),
        r#"{"approvedScopes":{"connectionsScopes":[{"name":"a","description":"","optional":true,"values":[]}]}}"#,
    ),
    case(
        "session_settings",
        "{}",
        r#"{ enabled = true, refresh_token_expiration = "4 weeks", session_token_expiration = "10 minutes", key_session_token_expiration = "1 hour" }"#,
        None,
        r#"{"sessionSettings":{"enabled":true,"refreshTokenExpiration":4,"refreshTokenExpirationUnit":"weeks","sessionTokenExpiration":10,"sessionTokenExpirationUnit":"minutes","keySessionTokenExpiration":1,"keySessionTokenExpirationUnit":"hours"}}"#,
    ),
    case(
        "session_settings.enabled",
        "false",
        "false",
        Some(r#"{"sessionSettings":{"enabled":false}}"#),
        r#"{"sessionSettings":{"enabled":false}}"#,
    ),
    case(
        "session_settings.refresh_token_expiration",
        r#""""#,
        r#""4 weeks""#,
        Some(r#"{"sessionSettings":{"refreshTokenExpiration":0,"refreshTokenExpirationUnit":""}}"#),
        r#"{"sessionSettings":{"refreshTokenExpiration":4,"refreshTokenExpirationUnit":"weeks"}}"#,
    ),
    case(
        "session_settings.session_token_expiration",
        r#""""#,
        r#""60 minutes""#,
        Some(r#"{"sessionSettings":{"sessionTokenExpiration":0,"sessionTokenExpirationUnit":""}}"#),
        r#"{"sessionSettings":{"sessionTokenExpiration":60,"sessionTokenExpirationUnit":"minutes"}}"#,
    ),
    case(
        "session_settings.key_session_token_expiration",
        r#""""#,
        r#""1 day""#,
        Some(r#"{"sessionSettings":{"keySessionTokenExpiration":0,"keySessionTokenExpirationUnit":""}}"#),
        r#"{"sessionSettings":{"keySessionTokenExpiration":1,"keySessionTokenExpirationUnit":"days"}}"#,
    ),
    case(
        "session_settings.user_template_id",
        r#""""#,
        r#""JTu""#,
        Some(r#"{"sessionSettings":{"userTemplateId":""}}"#),
        r#"{"sessionSettings":{"userTemplateId":"JTu"}}"#,
    ),
    case(
        "session_settings.key_template_id",
        r#""""#,
        r#""JTk""#,
        Some(r#"{"sessionSettings":{"keyTemplateId":""}}"#),
        r#"{"sessionSettings":{"keyTemplateId":"JTk"}}"#,
    ),
    case(
        "cimd_settings",
        "{}",
        r#"{ enabled = true, domain_policies = [{ domain_pattern = "a.example" }] }"#,
        None,
        r#"{"cimdSettings":{"enabled":true,"domainPolicies":{"policies":[{"domainPattern":"a.example","enabled":true}]}}}"#,
    ),
    case(
        "cimd_settings.enabled",
        "false",
        "true",
        Some(r#"{"cimdSettings":{"enabled":false}}"#),
        r#"{"cimdSettings":{"enabled":true}}"#,
    ),
    case(
        "cimd_settings.domain_policies",
        "[]",
        r#"[{ domain_pattern = "b.example", enabled = false }, { domain_pattern = "a.example" }]"#,
        Some(r#"{"cimdSettings":{"domainPolicies":{"policies":[]}}}"#),
        r#"{"cimdSettings":{"domainPolicies":{"policies":[{"domainPattern":"b.example","enabled":false},{"domainPattern":"a.example","enabled":true}]}}}"#,
    ),
    // In elements of lists: absent and null take the default, which is sent like a written value.
    case(
        "approved_scopes.permissions_scopes[].description",
        r#""""#,
        r#""d""#,
        Some(
            r#"{"approvedScopes":{"permissionsScopes":[{"name":"e","description":"","optional":false,"values":[]}]}}"#,
        ),
        r#"{"approvedScopes":{"permissionsScopes":[{"name":"e","description":"d","optional":false,"values":[]}]}}"#,
    ),
    case(
        "approved_scopes.permissions_scopes[].optional",
        "false",
        "true",
        Some(
            r#"{"approvedScopes":{"permissionsScopes":[{"name":"e","description":"","optional":false,"values":[]}]}}"#,
        ),
        r#"{"approvedScopes":{"permissionsScopes":[{"name":"e","description":"","optional":true,"values":[]}]}}"#,
    ),
    case(
        "approved_scopes.permissions_scopes[].values",
        "[]",
        r#"["v"]"#,
        Some(
            r#"{"approvedScopes":{"permissionsScopes":[{"name":"e","description":"","optional":false,"values":[]}]}}"#,
        ),
        r#"{"approvedScopes":{"permissionsScopes":[{"name":"e","description":"","optional":false,"values":["v"]}]}}"#,
    ),
    case(
        "cimd_settings.domain_policies[].enabled",
        "false",
        "true",
        Some(r#"{"cimdSettings":{"domainPolicies":{"policies":[{"domainPattern":"e.example","enabled":false}]}}}"#),
        r#"{"cimdSettings":{"domainPolicies":{"policies":[{"domainPattern":"e.example","enabled":true}]}}}"#,
    ),
    case("project_id", r#"var.project"#, r#"var.project"#, None, "{}"),
];

/// An attribute set to a value, with what has to surround it.
pub fn assignment(attribute: &str, value: &str) -> String {
    match attribute.split_once("[].") {
        Some((list, inner)) => {
            let key = if list.ends_with("policies") { r#"domain_pattern = "e.example""# } else { r#"name = "e""# };
            let element = if value == "absent" { String::new() } else { format!(", {inner} = {value}") };
            assignment(list, &format!("[{{ {key}{element} }}]"))
        }
        None => match attribute.split_once('.') {
            Some((object, inner)) => {
                let inner = if value == "absent" { String::new() } else { format!("{inner} = {value}") };
                format!("{object} = {{ {inner} }}")
            }
            None if value == "absent" => String::new(),
            None => format!("{attribute} = {value}"),
        },
    }
}

/// One server for each case and each way to set it, named by them.
fn configuration() -> (String, Vec<(String, Value)>) {
    let mut resources = format!("variable \"project\" {{ default = \"{}\" }}\n", crate::support::emulator::PROJECT);
    let mut expected = Vec::new();
    for case in &CASES {
        for (way, value) in [("absent", "absent"), ("null", "null"), ("empty", case.empty), ("filled", case.filled)] {
            let name = format!("{} {way}", case.attribute);
            let label: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let assigned = assignment(case.attribute, value);
            writeln!(
                resources,
                "resource \"descope_mcp_server\" \"{label}\" {{\n  name = \"{name}\"\n  {assigned}\n}}"
            )
            .unwrap();
            let sends = match (way, case.attribute.contains("[].")) {
                ("filled", _) => Some(case.sends_filled),
                ("empty", _) => case.sends_empty,
                // The default of `enabled` in a domain policy is true; all others are their empty values.
                (_, true) if case.attribute.ends_with("enabled") => Some(case.sends_filled),
                (_, true) => case.sends_empty,
                _ => None,
            };
            let mut body: Value = serde_json::from_str(sends.unwrap_or("{}")).unwrap();
            body["name"] = json!(name);
            expected.push((name, body));
        }
    }
    (resources, expected)
}

#[test]
fn no_way_to_set_an_attribute_differs_from_any_way_to_answer_it() {
    let (resources, expected) = configuration();
    each("matrix", |cli| {
        for zeros in ["sent", "omitted", "null"] {
            for odd in [false, true] {
                let emulator = emulator();
                emulator.switch(&format!(
                    r#"{{"zeros":"{zeros}","shuffle":{odd},"numbers_as_strings":{odd},"registration_off_by_default":{odd}}}"#
                ));
                let workspace = workspace(cli, &emulator, &resources);
                let apply = workspace.apply();
                assert!(!apply.prose().contains("Warning: The API"), "{zeros} {odd}: {}", apply.all());
                let sent = emulator.bodies("/server/create");
                assert_eq!(sent.len(), expected.len());
                for (name, body) in &expected {
                    let found = sent.iter().find(|sent| sent["name"] == **name);
                    assert_eq!(found, Some(body), "{zeros} {odd}: {name}");
                }
                workspace.assert_no_changes();
                // What was stored in one way may be answered in another tomorrow.
                for other in ["sent", "omitted", "null"] {
                    emulator.switch(&format!(r#"{{"zeros":"{other}","registration_off_by_default":{odd}}}"#));
                    workspace.assert_no_changes();
                }
                assert_eq!(emulator.requests("/server/update").len(), 0);
            }
        }
    });
}

#[test]
fn the_matrix_covers_every_optional_attribute() {
    use terraform_provider_descope::engine::Provider;
    use terraform_provider_descope::provider::{Descope, Environment};
    use terraform_provider_descope::schema::{Configurability, Shape, Table};
    fn collect(table: &Table, at: &str, into: &mut Vec<String>) {
        for row in table.attributes {
            let path = format!("{at}{}", row.name);
            if row.configurability == Configurability::OptionalComputed {
                into.push(path.clone());
            }
            match row.shape {
                Shape::Leaf(_) => {}
                Shape::Object(nested) => collect(nested, &format!("{path}."), into),
                Shape::List(nested) => collect(nested, &format!("{path}[]."), into),
            }
        }
    }
    let mut attributes = Vec::new();
    collect(Descope::new(Environment::default()).catalogue().resources[0].table, "", &mut attributes);
    let covered = |attribute: &String| {
        // All three scope lists share one element table.
        let attribute = attribute
            .replace("attributes_scopes[]", "permissions_scopes[]")
            .replace("connections_scopes[]", "permissions_scopes[]");
        CASES.iter().any(|case| case.attribute == attribute)
    };
    // `id` adopts a server, so it has tests of its own.
    let missing: Vec<String> =
        attributes.into_iter().filter(|attribute| attribute != "id" && !covered(attribute)).collect();
    assert_eq!(missing, Vec::<String>::new());
}
