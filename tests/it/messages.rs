// SPDX-License-Identifier: Apache-2.0

//! What messages say about a wrong address or an odd answer, how often, and where the CLIs show them.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::cli::each;
use crate::support::hcl::{emulator, rewrite, workspace};

const TWO: &str = r#"
resource "descope_mcp_server" "x" { name = "x" }
resource "descope_mcp_server" "y" { name = "y" }
"#;

/// A server of TLS for which nobody's first bytes make sense but a client's of TLS: it sends an alert.
fn only_tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 70]);
        }
    });
    url
}

#[test]
fn the_other_of_http_and_https_is_told_as_that() {
    each("the other protocol", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
        for (url, words) in [
            (emulator.url().replace("http:", "https:"), &["does not speak TLS", "plain http", "write `http://`"][..]),
            (only_tls(), &["speaks TLS (https)", "with `https://`"]),
        ] {
            workspace.set("DESCOPE_BASE_URL", &url);
            let output = workspace.expect(&["apply", "-auto-approve"], 1);
            for word in words {
                assert!(output.prose().contains(word), "{word:?} is not in {}", output.all());
            }
        }
    });
}

/// The setting is at fault, and not the key, the project or Descope.
#[test]
fn an_address_that_leads_elsewhere_is_told_as_that() {
    each("a wrong path", |cli| {
        let emulator = emulator();
        for block in [
            r#"resource "descope_mcp_server" "x" { name = "x" }"#,
            r#"data "descope_mcp_server" "x" { name = "x" }"#,
            r#"data "descope_mcp_server" "x" { id = "MS2x" }"#,
        ] {
            let mut workspace = workspace(cli, &emulator, block);
            let mut told = |url: &str, words: &[&str]| {
                workspace.set("DESCOPE_BASE_URL", url);
                let output = workspace.expect(&["apply", "-auto-approve"], 1);
                for word in words.iter().chain(&["Not the address of the API", "`DESCOPE_BASE_URL`"]) {
                    assert!(output.prose().contains(word), "{block}: {word:?} is not in {}", output.all());
                }
            };
            let below = format!("{}/v1/other", emulator.url());
            told(&below, &["it has the path `/v1/other` in it", &format!("it may be {} that", emulator.url())]);
            emulator.fault(
                r#"{"times":9,"kind":"body","status":404,"content_type":"text/html","body":"<html>no page</html>"}"#,
            );
            told(&emulator.url(), &["not that of the console", "<html>no page</html>"]);
            emulator.reset();
        }
    });
}

/// What is wrong with the files of the provider block is shown at their lines, before anything is asked.
#[test]
fn a_file_of_the_provider_block_that_is_no_use_is_shown_at_its_line() {
    each("a file of the block", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, "");
        let file = workspace.path().join("empty.pem");
        std::fs::write(&file, "").unwrap();
        let file = file.display().to_string().replace('\\', "/");
        // What is missing to a client certificate may be in the environment of the machine that applies.
        for (command, code, lines, words) in [
            ("plan", 1, format!("ca_cert_file = \"{file}\""), "holds no certificate in PEM form"),
            ("plan", 1, "ca_cert_file = \"/no/such.pem\"".to_owned(), "/no/such.pem, which does not exist"),
            ("plan", 1, "client_key_file = \"k.pem\"".to_owned(), "Missing client cert file"),
            ("validate", 0, "client_cert_file = \"c.pem\"".to_owned(), "`client_key_file` is not"),
            ("validate", 0, "client_key_file = \"k.pem\"".to_owned(), "`client_cert_file` is not"),
        ] {
            rewrite(
                &workspace,
                &format!(
                    "provider \"descope\" {{\n{lines}\n}}\ndata \"descope_mcp_server\" \"x\" {{ name = \"x\" }}\n"
                ),
            );
            let output = workspace.expect(&[command], code);
            assert!(output.prose().contains(words), "{words:?} is not in {}", output.all());
            assert!(output.all().contains(&lines), "the line is shown: {}", output.all());
            assert_eq!(emulator.requests("").len(), 0);
        }
    });
}

/// A setting that can't be used is not one that is not known yet: nothing may be believed unread.
#[test]
fn a_bad_variable_fails_whatever_reads_and_is_told_in_full() {
    each("bad_variable", |cli| {
        let emulator = emulator();
        let server = "resource \"descope_mcp_server\" \"x\" {\n  name = \"x\"\n}\n";
        let applied = workspace(cli, &emulator, server);
        applied.apply();
        let id = emulator.servers().keys().next().unwrap().clone();
        let import = format!("import {{\n  to = descope_mcp_server.x\n  id = \"{id}\"\n}}\n{server}");
        let mut workspaces = [applied, workspace(cli, &emulator, &import)];
        let requests = emulator.requests("").len();
        for (name, value, words) in [
            ("DESCOPE_BASE_URL", "foo.example", "has no scheme"),
            ("DESCOPE_BASE_URL", "https://${REGION}.descope.com", "may be of a variable that was not replaced"),
            ("DESCOPE_BASE_URL", "https://api.x.example/v1/apps/agentic/P2x/MS3", "Write https://api.x.example."),
            ("DESCOPE_MANAGEMENT_KEY", "K bad", "white space"),
            ("DESCOPE_CA_CERT_FILE", "/no/such/file", "does not exist"),
        ] {
            for (which, command) in [
                (0, &["plan", "-refresh-only", "-detailed-exitcode"][..]),
                (0, &["plan", "-destroy"]),
                (1, &["plan"]),
                (1, &["import", "descope_mcp_server.x", &id]),
            ] {
                let (workspace, before) = (&mut workspaces[which], emulator.url());
                workspace.set("DESCOPE_BASE_URL", if name.ends_with("FILE") { "https://127.0.0.1:1" } else { &before });
                workspace.set(name, value);
                let output = workspace.expect(command, 1);
                assert!(output.prose().contains(words), "{name} {command:?}: {}", output.all());
                assert!(!output.all().contains("not applied yet"), "{name} {command:?}: {}", output.all());
                workspace.unset(name).set("DESCOPE_BASE_URL", &before);
                workspace.set("DESCOPE_MANAGEMENT_KEY", crate::support::emulator::KEY);
            }
        }
        assert_eq!(emulator.requests("").len(), requests);
    });
}

#[test]
fn a_bad_address_in_the_environment_is_told_once_and_without_credentials() {
    each("a bad address", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, TWO);
        workspace.set("DESCOPE_BASE_URL", "https://user:canary-password@x.example");
        let output = workspace.expect(&["plan"], 1);
        assert_eq!(output.prose().matches("holds a user name").count(), 1, "{}", output.all());
        assert_eq!(output.prose().matches("Error: Invalid environment variable").count(), 2, "{}", output.all());
        assert_eq!(output.prose().matches("as another message of this run").count(), 1, "{}", output.all());
        assert!(output.prose().contains("`DESCOPE_BASE_URL`") && !output.all().contains("canary"), "{}", output.all());
        assert!(output.prose().contains("\"https://(credentials)@x.example\""), "{}", output.all());
        // With a block, Terraform tells it once.
        rewrite(&workspace, &format!("provider \"descope\" {{\nproject_id = \"P2x\"\n}}\n{TWO}"));
        let output = workspace.expect(&["plan"], 1);
        assert_eq!(output.prose().matches("Error: ").count(), 1, "{}", output.all());
        assert!(output.prose().contains("Error: Invalid environment variable"), "{}", output.all());
    });
}

/// The answer says for how long, and the operation's time limit is shorter. Nothing is applied by a plan.
#[test]
fn a_wait_that_takes_too_long_is_told_with_its_length() {
    each("a wait that is too long", |cli| {
        let emulator = emulator();
        let block = "name = \"x\"\ntimeouts = { create = \"12s\", read = \"12s\" }\n";
        let workspace = workspace(cli, &emulator, &format!("resource \"descope_mcp_server\" \"x\" {{\n{block}}}\n"));
        let refused = |path: &str, command: &[&str], again: &str| {
            let fault = r#""times":9,"kind":"error","status":429,"code":"E130429","message":"slow","retry_after":"30""#;
            emulator.fault(&format!("{{\"path\":\"{path}\",{fault}}}"));
            let output = workspace.expect(command, 1);
            for words in ["Descope asked to wait 30 seconds (`Retry-After`).", again] {
                assert!(output.prose().contains(words), "{words:?} is not in {}", output.all());
            }
            emulator.reset();
            output
        };
        refused("/server/create", &["apply", "-auto-approve"], "Apply again later");
        workspace.apply();
        let output = refused("/server/load", &["plan"], "Try again later");
        assert!(!output.prose().contains("pply again"), "{}", output.all());
    });
}

/// A variable that a CI leaves empty must neither be an address nor a key, and neither must an empty attribute.
#[test]
fn an_empty_setting_counts_as_not_set() {
    each("empty settings", |cli| {
        let emulator = emulator();
        let adopted = r#"resource "descope_mcp_server" "x" {
            name       = "x"
            id         = "MS35d1"
            project_id = "P2x"
        }"#;
        for empty in ["", " "] {
            let mut workspace = workspace(cli, &emulator, adopted);
            for variable in ["PROJECT_ID", "MANAGEMENT_KEY", "BASE_URL", "CA_CERT_FILE", "CLIENT_CERT_FILE"] {
                workspace.set(&format!("DESCOPE_{variable}"), empty);
            }
            workspace.set("DESCOPE_CLIENT_KEY_FILE", empty);
            let issuer = "https://api.descope.com/v1/apps/agentic/P2x/MS35d1";
            assert!(workspace.succeed(&["plan"]).stdout.contains(issuer));
            rewrite(
                &workspace,
                &format!("{adopted}\nprovider \"descope\" {{\nbase_url = \"\"\nca_cert_file = \"\"\n}}"),
            );
            assert!(workspace.succeed(&["plan"]).stdout.contains(issuer));
            rewrite(&workspace, r#"resource "descope_mcp_server" "x" { name = "x" }"#);
            let output = workspace.expect(&["apply", "-auto-approve"], 1);
            for missing in ["Missing project id", "Missing management key"] {
                assert!(output.prose().contains(missing), "{missing:?} is not in {}", output.all());
            }
        }
        assert!(emulator.requests("").is_empty());
    });
}

/// An answer that is a success and not what the API describes may say why in words.
#[test]
fn descopes_own_words_are_passed_on_under_any_status() {
    each("words under status 200", |cli| {
        for (body, words) in [
            (r#"{\"message\":\"we are moving house\"}"#, &["can't be understood", "we are moving house"][..]),
            (
                concat!(
                    r#"{\"errorCode\":\"E011003\",\"errorDescription\":\"Request is invalid\","#,
                    r#"\"errorMessage\":\"too odd\"}"#,
                ),
                &["Descope refused the request", "status 200", "E011003: Request is invalid: too odd"],
            ),
        ] {
            let emulator = emulator();
            let workspace = workspace(cli, &emulator, r#"data "descope_mcp_server" "x" { name = "x" }"#);
            emulator.fault(&format!(
                r#"{{"times":9,"kind":"body","status":200,"content_type":"application/json","body":"{body}"}}"#
            ));
            let output = workspace.expect(&["apply", "-auto-approve"], 1);
            for word in words {
                assert!(output.prose().contains(word), "{word:?} is not in {}", output.all());
            }
        }
    });
}

/// What an API says must not steer the terminal or mislead the reader of a message, and is not dropped
/// either.
#[test]
fn characters_that_nobody_sees_are_spelled_out_wherever_they_come_from() {
    let odd = "\u{7}\u{1b}[2J\u{202e}\u{200b}\u{9b}\u{85}\u{ad}\rx";
    let spelled = r"\u{7}\u{1b}[2J\u{202e}\u{200b}\u{9b}\u{85}\u{ad}\u{d}x";
    let in_json = serde_json::to_string(odd).unwrap();
    let in_json = in_json.trim_matches('"');
    each("characters that nobody sees", |cli| {
        for (status, kind, body, text) in [
            (400, "application/json", format!(r#"{{"errorCode":"E1{in_json}"}}"#), spelled),
            (400, "application/json", format!(r#"{{"errorDescription":"{in_json}"}}"#), spelled),
            (400, "application/json", format!(r#"{{"errorCode":"E1","errorMessage":"a {in_json}"}}"#), spelled),
            (200, "application/json", format!(r#"{{"message":"{in_json}"}}"#), spelled),
            (404, "text/html", format!("<html>{odd}"), spelled),
            // Names and ids are quoted as in a configuration, where a carriage return is `\r`.
            (
                200,
                "application/json",
                format!(r#"{{"servers":[{{"id":"MS{in_json}","name":"{in_json}"}}]}}"#),
                &spelled[..spelled.len() - 6],
            ),
        ] {
            let emulator = emulator();
            // (A name that is similar to the odd one.)
            let workspace = workspace(cli, &emulator, r#"data "descope_mcp_server" "x" { name = "\u001b[2J" }"#);
            let fault = serde_json::json!({
                "times": 9, "kind": "body", "status": status, "content_type": kind, "body": body
            });
            emulator.fault(&fault.to_string());
            let output = workspace.expect(&["apply", "-auto-approve"], 1);
            assert!(output.prose().contains(text), "{body}: {:?}", output.all());
            let steers = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{200b}\u{ad}".contains(c);
            assert!(!output.all().contains(steers), "{body}: {:?}", output.all());
        }
    });
}

/// Older CLIs look for the last name of a path in the resource: a scope's `name` was shown at the server's,
/// and most others at the resource's first line.
#[test]
fn a_message_about_a_nested_attribute_is_shown_where_it_stands() {
    each("a nested place", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, "");
        for (nested, shown, named) in [
            (
                "approved_scopes = {\npermissions_scopes = [\n{ name = \"a\" },\n{ name = \"a\" }\n]\n}",
                "permissions_scopes = [",
                "approved_scopes.permissions_scopes[1].name`",
            ),
            (
                "approved_scopes = {\nattributes_scopes = [\n{ name = null, description = \"no name\" }\n]\n}",
                "attributes_scopes = [",
                "approved_scopes.attributes_scopes[0].name`",
            ),
            (
                "session_settings = {\nsession_token_expiration = \"2 days\"\nrefresh_token_expiration = \"1 day\"\n}",
                "session_token_expiration = \"2 days\"",
                "`session_settings.session_token_expiration` (\"2 days\") is longer than \
                 `session_settings.refresh_token_expiration` (\"1 day\")",
            ),
            (
                "session_settings = {\nenabled = true\nsesion_token_expiration = \"1 day\"\n}",
                "session_settings = {",
                "Missing: `session_settings.refresh_token_expiration`, `session_settings.session_token_expiration`, \
                 `session_settings.key_session_token_expiration` Set: `session_settings.enabled` Add the missing ones. \
                 If you did set them, look for a misspelled name",
            ),
            ("timeouts = {\ncreate = \"never\"\n}", "create = \"never\"", "`timeouts.create`"),
        ] {
            let block = format!("name = \"the server\"\ndescription = \"its own\"\n{nested}\n");
            rewrite(&workspace, &format!("resource \"descope_mcp_server\" \"x\" {{\n{block}}}\n"));
            let output = workspace.expect(&["plan"], 1);
            assert_eq!(output.stderr.lines().find_map(line_of_source), Some(shown), "{}", output.all());
            assert!(output.prose().contains(named), "{named}: {}", output.all());
        }
    });
}

/// The line of a configuration that a CLI shows, without its number.
fn line_of_source(line: &str) -> Option<&str> {
    let (number, text) = line.trim_start_matches(['│', ' ']).split_once(": ")?;
    number.parse::<u32>().is_ok().then_some(text)
}

/// Nine odd addresses would be one warning "and 8 more similar warnings elsewhere".
#[test]
fn no_warning_hides_another_one() {
    each("no warning hides", |cli| {
        let emulator = emulator();
        let urls: Vec<String> = (0..9).map(|index| format!("http://x{index}.example/cb")).collect();
        let mut blocks = format!(
            "resource \"descope_mcp_server\" \"x\" {{\nname = \"x\"\napproved_callback_urls = {urls:?}\n\
             audience_whitelist = [\"my-api\"]\nlogin_page_url = \"http://x.example\"\nlogo = \"ftp://x.example\"\n}}\n"
        );
        for id in ["MS1", "MS2"] {
            emulator.plant(id, &format!(r#"{{"name":"{id}"}}"#));
            blocks += &format!("resource \"descope_mcp_server\" \"{id}\" {{\nid = \"{id}\"\nname = \"{id} new\"\n}}\n");
        }
        let workspace = workspace(cli, &emulator, &blocks);
        let judged = workspace.succeed(&["validate"]);
        assert!(!judged.all().contains("similar warning"), "{}", judged.all());
        // A plan validates twice, so what is odd in itself is said twice; the CLI counts that.
        let planned = workspace.expect(&["plan"], 1);
        let odd = urls.iter().map(String::as_str).chain(["\"my-api\"", "ftp://x.example"]);
        for (told, words) in
            [(&judged, odd.clone().collect::<Vec<_>>()), (&planned, odd.chain(["MS1 new", "MS2 new"]).collect())]
        {
            for word in words {
                assert!(told.prose().contains(word), "{word}: {}", told.all());
            }
        }
    });
}

/// A block has no id before it is created, and `validate` knows none at all.
#[test]
fn a_warning_names_its_object_before_that_has_an_id() {
    each("objects by name", |cli| {
        let emulator = emulator();
        let block = |name: &str| {
            format!(
                "resource \"descope_mcp_server\" \"{}\" {{\n  name = \"{name}\"\n  \
                 approved_callback_urls = [\"http://x.example/cb\"]\n}}\n",
                name.to_lowercase()
            )
        };
        let workspace = workspace(cli, &emulator, &(block("Calendar") + &block("Mail")));
        let judged = workspace.succeed(&["validate"]);
        assert!(!judged.all().contains("similar warning"), "{}", judged.all());
        for output in [judged, workspace.succeed(&["plan"])] {
            for name in ["Calendar", "Mail"] {
                let title = format!("Warning: Unusual value (approved_callback_urls of \"{name}\")");
                assert!(output.prose().contains(&title), "{title}: {}", output.all());
            }
        }
    });
}

/// A nested attribute would be shown at the attribute of the resource that has its name.
#[test]
fn no_nested_attribute_has_the_name_of_one_of_the_resource() {
    use terraform_provider_descope::engine::Provider;
    use terraform_provider_descope::provider::{Descope, Environment};
    use terraform_provider_descope::schema::{Shape, Table};
    fn look(top: &Table, table: &Table) {
        for row in table.attributes {
            if let Shape::Object(nested) = row.shape {
                for inner in nested.attributes {
                    assert!(top.attribute(inner.name).is_none(), "{}.{}", row.name, inner.name);
                }
                look(top, nested);
            }
        }
    }
    for resource in Descope::new(Environment::default()).catalogue().resources {
        look(resource.table, resource.table);
    }
}
