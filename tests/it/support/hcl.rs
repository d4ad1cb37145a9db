// SPDX-License-Identifier: Apache-2.0

//! Configurations for the tests, and the workspaces that hold them.

use std::path::Path;

use super::cli::{Cli, Workspace};
use super::core::V;
use super::emulator::Emulator;

/// What every configuration begins with.
pub const HEAD: &str = r#"
terraform {
  required_providers {
    descope = {
      source = "seed-02068dc7/descope"
    }
  }
}
"#;

/// A server with every attribute set.
pub const FULL: &str = r#"
resource "descope_mcp_server" "full" {
  name                             = "Calendar"
  description                      = "Reads and books appointments"
  logo                             = "https://example.com/logo.png"
  login_page_url                   = "https://example.com/login?flow=inbound-apps-user-consent"
  audience_whitelist               = ["https://calendar.example.com/mcp", "https://b.example.com/mcp"]
  approved_callback_urls           = ["http://127.0.0.1/callback", "cursor://anysphere.cursor-retrieval/oauth/callback"]
  tags                             = ["b", "a"]
  skip_consent_screen              = true
  force_add_all_authorization_info = true
  dynamic_registration = {
    enabled                            = true
    disable_approved_scopes_as_default = true
    flow_id                            = "assess"
  }
  approved_scopes = {
    permissions_scopes = [
      { name = "calendar.read", description = "Read", optional = true, values = ["Reader", "Editor"] },
      { name = "calendar.book" },
    ]
    attributes_scopes  = [{ name = "profile", values = ["email"] }]
    connections_scopes = [{ name = "google", description = "Google", values = ["calendar.readonly"] }]
  }
  session_settings = {
    enabled                      = true
    refresh_token_expiration     = "4 weeks"
    session_token_expiration     = "10 minutes"
    key_session_token_expiration = "1 hour"
    user_template_id             = "JTuser"
    key_template_id              = "JTkey"
  }
  cimd_settings = {
    enabled = true
    domain_policies = [
      { domain_pattern = "*.example.com", enabled = true },
      { domain_pattern = "example.org", enabled = false },
    ]
  }
}
"#;

/// What Descope is sent for [`FULL`], by the API's description.
pub const FULL_JSON: &str = r#"{
  "name": "Calendar",
  "description": "Reads and books appointments",
  "logo": "https://example.com/logo.png",
  "loginPageURL": "https://example.com/login?flow=inbound-apps-user-consent",
  "audienceWhitelist": ["https://b.example.com/mcp", "https://calendar.example.com/mcp"],
  "approvedCallbackUrls": ["cursor://anysphere.cursor-retrieval/oauth/callback", "http://127.0.0.1/callback"],
  "tags": ["a", "b"],
  "skipConsentScreen": true,
  "forceAddAllAuthorizationInfo": true,
  "dynamicRegistration": { "enabled": true, "disableApprovedScopesAsDefault": true, "flowId": "assess" },
  "approvedScopes": {
    "permissionsScopes": [
      { "name": "calendar.read", "description": "Read", "optional": true, "values": ["Editor", "Reader"] },
      { "name": "calendar.book", "description": "", "optional": false, "values": [] }
    ],
    "attributesScopes": [{ "name": "profile", "description": "", "optional": false, "values": ["email"] }],
    "connectionsScopes": [
      { "name": "google", "description": "Google", "optional": false, "values": ["calendar.readonly"] }
    ]
  },
  "sessionSettings": {
    "enabled": true,
    "refreshTokenExpiration": 4,
    "refreshTokenExpirationUnit": "weeks",
    "sessionTokenExpiration": 10,
    "sessionTokenExpirationUnit": "minutes",
    "keySessionTokenExpiration": 1,
    "keySessionTokenExpirationUnit": "hours",
    "userTemplateId": "JTuser",
    "keyTemplateId": "JTkey"
  },
  "cimdSettings": {
    "enabled": true,
    "domainPolicies": {
      "policies": [
        { "domainPattern": "*.example.com", "enabled": true },
        { "domainPattern": "example.org", "enabled": false }
      ]
    }
  }
}"#;

/// A server's resource block.
pub fn server(label: &str, config: &V, more: &str) -> String {
    let V::Object(attributes) = config else { panic!("a configuration is an object") };
    let lines = attributes.iter().map(|(name, value)| format!("  {name} = {}\n", expression(value)));
    format!("resource \"descope_mcp_server\" \"{label}\" {{\n{}{more}}}\n", lines.collect::<String>())
}

/// A value as an expression of Terraform's language.
pub fn expression(value: &V) -> String {
    let comma = |parts: Vec<String>| parts.join(", ");
    match value {
        V::Null => "null".to_owned(),
        V::Unknown => panic!("no constant expression is unknown"),
        V::Bool(flag) => flag.to_string(),
        V::Number(number) => number.to_string(),
        // JSON's escapes are Terraform's; beyond them, `${` and `%{` begin templates.
        V::Text(text) => serde_json::json!(text).to_string().replace("${", "$${").replace("%{", "%%{"),
        V::List(elements) => format!("[{}]", comma(elements.iter().map(expression).collect())),
        V::Object(attributes) => {
            let member = |(name, value): (&String, &V)| format!("{name} = {}", expression(value));
            format!("{{ {} }}", comma(attributes.iter().map(member).collect()))
        }
    }
}

/// The provider that was built.
pub fn provider() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope"))
}

/// A fresh emulator.
pub fn emulator() -> Emulator {
    Emulator::start(Path::new(env!("CARGO_BIN_EXE_descope-emulator")))
}

/// A workspace with these resources, whose provider uses the emulator through its environment.
pub fn workspace(cli: &Cli, emulator: &Emulator, resources: &str) -> Workspace {
    let mut workspace = Workspace::new(cli, provider(), &format!("{HEAD}{resources}"));
    for (name, value) in emulator.variables() {
        workspace.set(name, &value);
    }
    workspace
}

/// Replaces the resources of a workspace.
pub fn rewrite(workspace: &Workspace, resources: &str) {
    workspace.write("main.tf", &format!("{HEAD}{resources}"));
}

/// A workspace with the configuration that the CLI generates in `generated.tf` for the server of
/// this id, and an import block for it. It has asserted that the plan for it is a pure import.
#[track_caller]
pub fn generated(cli: &Cli, emulator: &Emulator, id: &str) -> Workspace {
    let import = |more: &str| format!("import {{\n  to = descope_mcp_server.x\n  id = \"{id}\"\n{more}}}\n");
    // Development versions of Terraform 1.17 don't find the provider by themselves, and no version
    // lets it be named later.
    let workspace = workspace(cli, emulator, &import("  provider = descope\n"));
    let plan = workspace.expect(&["plan", "-detailed-exitcode", "-generate-config-out=generated.tf"], 2);
    assert!(plan.stdout.contains("1 to import, 0 to add, 0 to change, 0 to destroy"), "{}", plan.all());
    rewrite(&workspace, &import(""));
    workspace
}
