// SPDX-License-Identifier: Apache-2.0

//! The life of a server through the real CLIs. Each test looks at what the API holds and at the requests it got.

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::cli::each;
use crate::support::emulator::{KEY, PROJECT};
use crate::support::hcl::{FULL, FULL_JSON, emulator, rewrite, workspace};

fn full_json() -> Value {
    serde_json::from_str(FULL_JSON).unwrap()
}

/// The whole object as an update has to send it: also a field that no configuration has ever set
/// goes back as it was read.
fn whole(server: &Value) -> Value {
    Api::described().answered("McpServer", server)
}

#[test]
fn a_full_server_lives_as_declared() {
    each("a_full_server_lives_as_declared", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, FULL);

        // Created with exactly what is declared, by one request.
        workspace.apply();
        assert_eq!(emulator.bodies("/server/create"), [full_json()]);
        assert_eq!(emulator.requests("/server/create")[0]["project"], PROJECT);
        let id = emulator.only_server();

        // The derived addresses are those of the API.
        let state = workspace.state("descope_mcp_server.full");
        let base = emulator.url();
        assert_eq!(state["id"], id);
        assert_eq!(state["project_id"], PROJECT);
        assert_eq!(state["issuer"], format!("{base}/v1/apps/agentic/{PROJECT}/{id}"));
        assert_eq!(
            state["openid_configuration_url"],
            format!("{base}/v1/apps/agentic/{PROJECT}/{id}/.well-known/openid-configuration")
        );
        assert_eq!(
            state["oauth_authorization_server_url"],
            format!("{base}/v1/apps/agentic/{PROJECT}/{id}/.well-known/oauth-authorization-server")
        );
        assert_eq!(state["authorization_endpoint"], format!("{base}/oauth2/v1/apps/agentic/{PROJECT}/{id}/authorize"));
        assert_eq!(state["token_endpoint"], format!("{base}/oauth2/v1/apps/agentic/{PROJECT}/{id}/token"));
        assert_eq!(state["registration_endpoint"], format!("{base}/v1/mgmt/mcp/client/{PROJECT}/{id}/register"));

        // Nothing to do a second time.
        workspace.assert_no_changes();
        assert_eq!(emulator.requests("/server/update").len(), 0);

        // A change is one update with the id and the whole object.
        rewrite(&workspace, &FULL.replace("Reads and books appointments", "Reads appointments"));
        emulator.assert_nothing_dropped();
        emulator.forget_requests();
        workspace.apply();
        let mut expected = whole(&full_json());
        expected["id"] = json!(id);
        expected["description"] = json!("Reads appointments");
        assert_eq!(emulator.bodies("/server/update"), [json!({ "server": expected })]);
        assert_eq!(emulator.requests("/server/create").len(), 0);
        workspace.assert_no_changes();

        // Drift is planned back and repaired.
        emulator.edit(&id, r#"{"description":"edited in the console","tags":["c"],"skipConsentScreen":false}"#);
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        for line in ["edited in the console", "skip_consent_screen", "tags"] {
            assert!(plan.stdout.contains(line), "{line}: {}", plan.all());
        }
        assert!(plan.stdout.contains("0 to add, 1 to change, 0 to destroy"), "{}", plan.all());
        workspace.apply();
        let stored: Value = serde_json::from_str(&emulator.stored(&id)).unwrap();
        assert_eq!(stored, expected);

        // A vanished server is planned anew, and said to be gone.
        workspace.age_objects();
        emulator.remove(&id);
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains("1 to add, 0 to change, 0 to destroy"), "{}", plan.all());
        assert!(
            plan.prose().contains(&format!("MCP server {id} in project {PROJECT} no longer exists")),
            "{}",
            plan.all()
        );
        workspace.apply();
        let id = emulator.only_server();

        // Destroyed.
        emulator.assert_nothing_dropped();
        emulator.forget_requests();
        workspace.succeed(&["destroy", "-auto-approve"]);
        assert_eq!(emulator.bodies("/server/delete"), [json!({ "id": id })]);
        assert!(emulator.servers().is_empty());
        emulator.assert_nothing_dropped();
    });
}

#[test]
fn a_server_that_is_gone_already_is_destroyed_without_complaint() {
    each("a_server_that_is_gone_already", |cli| {
        for switches in ["{}", r#"{"unknown_is_null":true}"#] {
            let emulator = emulator();
            emulator.switch(switches);
            let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
            workspace.apply();
            let id = emulator.only_server();
            workspace.age_objects();
            emulator.remove(&id);
            // Without a refresh the deletion itself meets the absence.
            workspace.succeed(&["destroy", "-auto-approve", "-refresh=false"]);
            assert_eq!(emulator.requests("/server/delete").len(), 1);
        }
    });
}

#[test]
fn what_is_not_declared_is_left_to_descope() {
    each("what_is_not_declared", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.apply();
        assert_eq!(emulator.bodies("/server/create"), [json!({ "name": "x" })]);
        // The emulator turns registration on by itself, as the console does; that is read, and no difference.
        assert_eq!(workspace.state("descope_mcp_server.x")["dynamic_registration"]["enabled"], true);
        workspace.assert_no_changes();

        // What somebody sets elsewhere stays, through an update of something else.
        let id = emulator.only_server();
        emulator.edit(&id, r#"{"description":"from the console","tags":["kept"]}"#);
        workspace.assert_no_changes();
        rewrite(&workspace, r#"resource "descope_mcp_server" "x" { name = "y" }"#);
        workspace.apply();
        let stored: Value = serde_json::from_str(&emulator.stored(&id)).unwrap();
        assert_eq!(
            (&stored["name"], &stored["description"], &stored["tags"]),
            (&json!("y"), &json!("from the console"), &json!(["kept"]))
        );
        assert_eq!(stored["dynamicRegistration"]["enabled"], true);
        workspace.assert_no_changes();
    });
}

#[test]
fn removing_attributes_changes_nothing_and_empty_values_clear() {
    each("removing_attributes", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, FULL);
        workspace.apply();
        let id = emulator.only_server();
        let before = emulator.stored(&id);

        rewrite(&workspace, r#"resource "descope_mcp_server" "full" { name = "Calendar" }"#);
        workspace.assert_no_changes();
        assert_eq!(emulator.stored(&id), before);

        rewrite(
            &workspace,
            r#"resource "descope_mcp_server" "full" {
                 name                = "Calendar"
                 description         = ""
                 tags                = []
                 skip_consent_screen = false
                 approved_scopes     = { permissions_scopes = [] }
                 session_settings    = { user_template_id = "", session_token_expiration = "" }
               }"#,
        );
        workspace.apply();
        let mut expected = whole(&serde_json::from_str(&before).unwrap());
        expected["description"] = json!("");
        expected["tags"] = json!([]);
        expected["skipConsentScreen"] = json!(false);
        expected["approvedScopes"]["permissionsScopes"] = json!([]);
        expected["sessionSettings"]["userTemplateId"] = json!("");
        expected["sessionSettings"]["sessionTokenExpiration"] = json!(0);
        expected["sessionSettings"]["sessionTokenExpirationUnit"] = json!("");
        assert_eq!(serde_json::from_str::<Value>(&emulator.stored(&id)).unwrap(), expected);
        workspace.assert_no_changes();
    });
}

/// What serde_json's own value type can't hold, at every depth.
const PLANTED: &str = concat!(
    r#"{"name":"x","future":{"a":1.10,"b":[1E+2,12345678901234567890123],"c":1e400},"#,
    r#""description":"old","odd":"\u00e9\/","#,
    r#""lone":"\ud800","sessionSettings":{"enabled":true,"sessionTokenExpiration":60,"#,
    r#""sessionTokenExpirationUnit":"minutes","#,
    r#""next":-0},"approvedScopes":{"permissionsScopes":[{"name":"b","level":1.50},{"name":"a","#,
    r#""level":2.50,"optional":true}],"#,
    r#""newList":[{"x":1.0}]},"#,
    r#""cimdSettings":{"domainPolicies":{"policies":[{"domainPattern":"a.example","weight":0.10}],"#,
    r#""mode":"m"}}}"#,
);

#[test]
fn an_update_loses_nothing_it_does_not_know() {
    each("an_update_loses_nothing", |cli| {
        let emulator = emulator();
        let id = "MS2planted00000000000000000001";
        // Answers without zero values, so that what is stored in the end shows what was written and nothing else.
        emulator.switch(r#"{"zeros":"omitted"}"#);
        emulator.plant(id, PLANTED);
        // Written as Descope has them: equal lengths and equal sets are no change.
        let workspace = workspace(
            cli,
            &emulator,
            r#"
            import {
              to = descope_mcp_server.x
              id = "MS2planted00000000000000000001"
            }
            resource "descope_mcp_server" "x" {
              name             = "x"
              description      = "new"
              session_settings = { session_token_expiration = "1 hour" }
              approved_scopes  = { permissions_scopes = [{ name = "a" }, { name = "b" }] }
              cimd_settings    = { domain_policies = [{ domain_pattern = "a.example", enabled = true }] }
            }"#,
        );
        workspace.apply();
        let expected = concat!(
            r#"{"id":"MS2planted00000000000000000001","name":"x","description":"new","#,
            r#""approvedScopes":{"permissionsScopes":["#,
            r#"{"name":"a","optional":false,"level":2.50,"description":"","values":[]},"#,
            r#"{"name":"b","level":1.50,"description":"","optional":false,"values":[]}],"newList":[{"x":1.0}]},"#,
            r#""sessionSettings":{"enabled":true,"sessionTokenExpiration":60,"#,
            r#""sessionTokenExpirationUnit":"minutes","next":-0},"#,
            r#""cimdSettings":{"domainPolicies":{"policies":[{"domainPattern":"a.example","#,
            r#""weight":0.10,"enabled":true}],"#,
            r#""mode":"m"}},"future":{"a":1.10,"b":[1E+2,12345678901234567890123],"c":1e400},"#,
            r#""odd":"\u00e9\/","lone":"\ud800"}"#,
        );
        assert_eq!(emulator.stored(id), expected);
        workspace.assert_no_changes();
    });
}

#[test]
fn a_plan_that_only_creates_needs_neither_credentials_nor_network() {
    each("a_plan_that_only_creates", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, FULL);
        for (name, _) in emulator.variables() {
            workspace.unset(name);
        }
        workspace.succeed(&["validate"]);
        workspace.expect(&["plan", "-detailed-exitcode"], 2);
        let apply = workspace.expect(&["apply", "-auto-approve"], 1);
        let prose = apply.prose();
        assert!(prose.contains("`project_id`") && prose.contains("`DESCOPE_PROJECT_ID`"), "{}", apply.all());
        workspace.set("DESCOPE_PROJECT_ID", PROJECT);
        let prose = workspace.expect(&["apply", "-auto-approve"], 1).prose();
        assert!(prose.contains("`management_key`") && prose.contains("`DESCOPE_MANAGEMENT_KEY`"), "{prose}");
        assert_eq!(emulator.requests("").len(), 0);
    });
}

#[test]
fn configuration_beats_environment() {
    each("configuration_beats_environment", |cli| {
        let emulator = emulator();
        let url = emulator.url();
        let resources = format!(
            r#"
            provider "descope" {{
              project_id     = "{PROJECT}"
              management_key = "{KEY}"
              base_url       = "{url}/"
            }}
            resource "descope_mcp_server" "x" {{ name = "x" }}
            "#
        );
        let mut workspace = workspace(cli, &emulator, &resources);
        workspace.set("DESCOPE_PROJECT_ID", "Pwrong").set("DESCOPE_MANAGEMENT_KEY", "Kwrong");
        workspace.set("DESCOPE_BASE_URL", "https://wrong.invalid");
        workspace.apply();
        assert_eq!(emulator.requests("/create")[0]["project"], PROJECT);
        assert!(workspace.state("descope_mcp_server.x")["issuer"].as_str().unwrap().starts_with(&format!("{url}/v1/")));
    });
}

#[test]
fn a_resource_may_live_in_another_project_and_moves_by_replacement() {
    use crate::support::emulator::OTHER_PROJECT;
    each("another_project", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.apply();
        // Set in the console, so nothing here would bring it back.
        emulator.plant(&emulator.only_server(), r#"{"name":"x","description":"d","tags":["t"]}"#);
        let resources = format!(
            r#"resource "descope_mcp_server" "x" {{
            name       = "x"
            project_id = "{OTHER_PROJECT}"
        }}"#
        );
        rewrite(&workspace, &resources);
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(
            plan.stdout.contains("forces replacement") && plan.stdout.contains("1 to add, 0 to change, 1 to destroy"),
            "{}",
            plan.all()
        );
        assert!(!plan.all().contains("The name is taken"), "{}", plan.all());
        let lost = "The new object starts without what is not managed here: `description`, `tags`";
        assert!(plan.prose().contains(lost), "{}", plan.all());
        // Nobody knows whether Descope accepts two servers of one name.
        emulator.plant_in(OTHER_PROJECT, "MS2namesake000000000000000001", r#"{"name":"x"}"#);
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.prose().contains("The name is taken in the other project"), "{}", plan.all());
        assert!(plan.prose().contains("MS2namesake000000000000000001"), "{}", plan.all());
        workspace.apply();
        assert!(emulator.servers().is_empty());
        assert_eq!(emulator.requests("/create").last().unwrap()["project"], OTHER_PROJECT);
        workspace.assert_no_changes();
    });
}

#[test]
fn a_server_that_is_destroyed_in_another_project_is_told_as_that() {
    use crate::support::emulator::OTHER_PROJECT;
    each("destroyed_in_another_project", |cli| {
        let emulator = emulator();
        let resources = |more: &str| format!("resource \"descope_mcp_server\" \"x\" {{\n  name = \"x\"\n{more}}}\n");
        let mut workspace = workspace(cli, &emulator, &resources(""));
        workspace.apply();
        workspace.set("DESCOPE_PROJECT_ID", OTHER_PROJECT);
        let told = format!("It is destroyed in {PROJECT:?}, and nothing in {OTHER_PROJECT:?} is touched.");
        let destroyed = workspace.expect(&["plan", "-destroy", "-detailed-exitcode"], 2);
        assert!(destroyed.prose().contains(&told), "{}", destroyed.all());
        rewrite(&workspace, "");
        let removed = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(removed.prose().contains(&told), "{}", removed.all());
        // A block that names its project says so itself, once that was applied.
        rewrite(&workspace, &resources(&format!("  description = \"d\"\n  project_id = {PROJECT:?}\n")));
        workspace.apply();
        let expected = workspace.expect(&["plan", "-destroy", "-detailed-exitcode"], 2);
        assert!(!expected.all().contains("Another project"), "{}", expected.all());
        workspace.succeed(&["destroy", "-auto-approve"]);
        assert!(emulator.servers().is_empty());
    });
}

/// The provider's project changed, or is missing: a replacement on request would be made there.
#[test]
fn a_server_is_not_replaced_into_a_project_that_does_not_answer() {
    each("a_project_that_does_not_answer", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.apply();
        let id = emulator.only_server();
        workspace.age_objects();
        workspace.set("DESCOPE_PROJECT_ID", "PNONSENSE");
        let replace = "-replace=descope_mcp_server.x";
        let refused = workspace.expect(&["apply", "-auto-approve", replace], 1);
        assert!(refused.prose().contains("Not replaced"), "{}", refused.all());
        workspace.succeed(&["taint", "descope_mcp_server.x"]);
        workspace.expect(&["apply", "-auto-approve"], 1);
        workspace.unset("DESCOPE_PROJECT_ID");
        let refused = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(refused.prose().contains("Missing project id"), "{}", refused.all());
        assert_eq!(emulator.only_server(), id);
        assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str());
    });
}

#[test]
fn values_of_other_resources_flow_through() {
    each("values_of_other_resources", |cli| {
        let emulator = emulator();
        let url = emulator.url();
        let resources = format!(
            r#"
            resource "terraform_data" "seed" {{
              input = {{ key = "{KEY}", name = "later", tag = "t", scope = "s", url = "{url}" }}
            }}
            provider "descope" {{
              management_key = terraform_data.seed.output.key
              base_url       = terraform_data.seed.output.url
            }}
            resource "descope_mcp_server" "x" {{
              name            = terraform_data.seed.output.name
              tags            = [terraform_data.seed.output.tag, "known"]
              approved_scopes = {{ permissions_scopes = [{{ name = terraform_data.seed.output.scope }}] }}
            }}
            resource "descope_mcp_server" "y" {{
              name        = "y"
              description = descope_mcp_server.x.issuer
            }}
            "#
        );
        let mut workspace = workspace(cli, &emulator, &resources);
        workspace.unset("DESCOPE_MANAGEMENT_KEY").unset("DESCOPE_BASE_URL");
        workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert_eq!(emulator.requests("").len(), 0);
        workspace.apply();
        let first = &emulator.bodies("/create")[0];
        assert_eq!((&first["name"], &first["tags"]), (&json!("later"), &json!(["known", "t"])));
        assert_eq!(first["approvedScopes"]["permissionsScopes"][0]["name"], "s");
        let issuer = workspace.state("descope_mcp_server.x")["issuer"].clone();
        assert_eq!(emulator.bodies("/create")[1]["description"], issuer);
        workspace.assert_no_changes();
    });
}

#[test]
fn ignored_changes_are_not_written() {
    each("ignored_changes", |cli| {
        let emulator = emulator();
        let resources = |name: &str| {
            format!(
                r#"resource "descope_mcp_server" "x" {{
                     name        = "{name}"
                     description = "ours"
                     lifecycle {{ ignore_changes = [description] }}
                   }}"#
            )
        };
        let workspace = workspace(cli, &emulator, &resources("x"));
        workspace.apply();
        let id = emulator.only_server();
        emulator.edit(&id, r#"{"description":"theirs"}"#);
        workspace.assert_no_changes();
        rewrite(&workspace, &resources("y"));
        workspace.apply();
        let stored: Value = serde_json::from_str(&emulator.stored(&id)).unwrap();
        assert_eq!((&stored["name"], &stored["description"]), (&json!("y"), &json!("theirs")));
    });
}

#[test]
fn a_value_that_the_api_stores_otherwise_is_not_hidden() {
    each("a_value_that_the_api_stores_otherwise", |cli| {
        let emulator = emulator();
        emulator.switch(r#"{"rewrite":{"description":"rewritten"}}"#);
        let resources = |name: &str| {
            format!(
                r#"resource "descope_mcp_server" "x" {{
                name        = "{name}"
                description = "ours"
            }}"#
            )
        };
        let workspace = workspace(cli, &emulator, &resources("x"));
        // An error would taint the new server and have it replaced.
        let apply = workspace.apply();
        assert!(apply.prose().contains(r#"stored "rewritten" instead of "ours" for `description`"#), "{}", apply.all());
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains("0 to add, 1 to change, 0 to destroy"), "{}", plan.all());
        rewrite(&workspace, &resources("y"));
        let apply = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(apply.prose().contains("The API stored another value"), "{}", apply.all());
        assert_eq!(workspace.state("descope_mcp_server.x")["name"], "y", "what was stored is known");
        assert_eq!(workspace.state("descope_mcp_server.x")["description"], "rewritten");
    });
}

#[test]
fn no_secret_is_ever_shown() {
    each("no_secret_is_ever_shown", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, FULL);
        workspace.set("TF_LOG", "TRACE");
        let mut seen = String::new();
        for arguments in [
            &["validate"][..],
            &["apply", "-auto-approve"],
            &["plan", "-out=plan.bin"],
            &["show", "-json", "plan.bin"],
            &["show", "-json"],
            &["destroy", "-auto-approve"],
        ] {
            seen.push_str(&workspace.succeed(arguments).all());
        }
        emulator.fault(r#"{"times":2,"kind":"error","status":403,"code":"E011008","message":"no"}"#);
        seen.push_str(&workspace.expect(&["apply", "-auto-approve"], 1).all());
        seen.push_str(&workspace.read("terraform.tfstate"));
        assert!(seen.contains("called Descope"), "the provider's own log is missing, so this proves nothing");
        assert!(!seen.contains(KEY), "the management key was shown");
    });
}

#[test]
fn a_proxy_has_no_part_in_what_stays_on_this_machine() {
    each("a_proxy", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            // Nobody listens there: what goes through a proxy fails.
            workspace.set(name, "http://127.0.0.1:9");
        }
        workspace.apply();
        assert_eq!(emulator.servers().len(), 1);
    });
}

#[test]
fn a_new_server_that_is_not_found_at_once_is_waited_for() {
    each("a_new_server", |cli| {
        let emulator = emulator();
        emulator.switch(r#"{"hide_new_ms":2000}"#);
        let resource = r#"resource "descope_mcp_server" "x" { name = "x" }"#;
        let data = r#"data "descope_mcp_server" "x" { id = descope_mcp_server.x.id }"#;
        // In the same run, and in the next one right after.
        let workspace = workspace(cli, &emulator, &format!("{resource}\n{data}\n"));
        workspace.apply();
        assert_eq!(emulator.servers().len(), 1);
        workspace.succeed(&["apply", "-auto-approve", "-replace=descope_mcp_server.x"]);
        workspace.assert_no_changes();
        // One that is destroyed before it is found must not stay.
        workspace.succeed(&["apply", "-auto-approve", "-replace=descope_mcp_server.x", "-refresh=false"]);
        workspace.succeed(&["destroy", "-auto-approve", "-refresh=false"]);
        assert!(emulator.servers().is_empty());
    });
}

#[test]
fn a_text_that_descope_stores_otherwise_is_no_lasting_difference() {
    each("a_text_that_descope_stores_otherwise", |cli| {
        let emulator = emulator();
        emulator
            .switch(r#"{"rewrite":{"logo":"https://cdn.example/1","loginPageURL":"https://login.example/x?flow=f"}}"#);
        let server = |logo: &str, description: &str| {
            format!(
                r#"resource "descope_mcp_server" "x" {{
                     name           = "x"
                     description    = "{description}"
                     logo           = "{logo}"
                     login_page_url = "https://login.example/x"
                   }}"#
            )
        };
        let workspace = workspace(cli, &emulator, &server("data:image/png;base64,aGk=", "a"));
        workspace.apply();
        workspace.assert_no_changes();
        let id = emulator.only_server();

        // A change of something else sends them as they are stored.
        rewrite(&workspace, &server("data:image/png;base64,aGk=", "b"));
        workspace.apply();
        let body = emulator.bodies("/server/update").pop().unwrap();
        assert_eq!(body["server"]["logo"], "https://cdn.example/1");
        assert_eq!(body["server"]["loginPageURL"], "https://login.example/x?flow=f");
        workspace.assert_no_changes();

        // A new one is sent; what somebody else puts there is drift, and repaired.
        emulator.switch(r#"{"rewrite":{"logo":"https://cdn.example/2"}}"#);
        rewrite(&workspace, &server("data:image/png;base64,aG8=", "b"));
        workspace.apply();
        assert_eq!(emulator.bodies("/server/update").pop().unwrap()["server"]["logo"], "data:image/png;base64,aG8=");
        workspace.assert_no_changes();
        emulator.edit(&id, r#"{"logo":"https://elsewhere.example/logo.png"}"#);
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains("elsewhere.example"), "{}", plan.all());
        workspace.apply();
        assert!(emulator.stored(&id).contains("https://cdn.example/2"));
        workspace.assert_no_changes();

        // One that may have been passed over is warned of.
        emulator.switch(r#"{"ignore_on_update":["logo"]}"#);
        rewrite(&workspace, &server("data:image/png;base64,aHA=", "b"));
        let apply = workspace.apply();
        assert!(apply.prose().contains("may have ignored a change"), "{}", apply.all());
        workspace.assert_no_changes();

        // One that is filled in when it is cleared is warned of, and settles.
        emulator.switch(r#"{"rewrite":{"logo":"https://cdn.example/default"}}"#);
        rewrite(&workspace, &server("", "b"));
        let apply = workspace.apply();
        assert!(apply.prose().contains("one of its own where `logo` is empty"), "{}", apply.all());
        workspace.assert_no_changes();

        // What is not expected to be stored otherwise is told.
        emulator.switch(r#"{"rewrite":{"description":"mine"}}"#);
        rewrite(&workspace, &server("", "c"));
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(output.prose().contains("The API stored another value"), "{}", output.all());
    });
}

/// Another deployment has other servers: that one is not there says nothing of it.
#[test]
fn a_server_that_is_looked_for_at_another_address_is_not_gone() {
    each("another address", |cli| {
        let (emulator, other) = (emulator(), emulator());
        let mut workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        workspace.apply();
        workspace.age_objects();
        let state = workspace.read("terraform.tfstate");
        workspace.set("DESCOPE_BASE_URL", &other.url());
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        for words in ["looked for it at another address", &emulator.url(), &other.url()] {
            assert!(output.prose().contains(words), "{words}: {}", output.all());
        }
        assert_eq!(workspace.read("terraform.tfstate"), state);
        assert!(other.servers().is_empty());
        // The same server at another address goes on.
        other.plant(&emulator.only_server(), r#"{"name":"x"}"#);
        workspace.apply();
        workspace.assert_no_changes();
    });
}
