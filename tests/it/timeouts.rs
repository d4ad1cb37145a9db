// SPDX-License-Identifier: Apache-2.0

//! `timeouts` of a resource: how long its operations may take. The tests count requests: what ends
//! in time makes few, and with the usual five minutes there would be dozens.

use serde_json::json;

use crate::support::cli::each;
use crate::support::hcl::{emulator, rewrite, workspace};

fn server(more: &str) -> String {
    format!("resource \"descope_mcp_server\" \"x\" {{\n  name = \"x\"\n  {more}\n}}\n")
}

/// Each request is refused as one too many, and no answer says how long to wait.
const LIMITED: &str = r#"{"times":99,"kind":"error","status":429,"code":"E130429"}"#;

/// What a failure says that more time might have prevented: which limit it is.
fn raises(setting: &str) -> String {
    format!("The operation's time limit left no time for more. The limit is `timeouts.{setting}` of the resource, now ")
}

#[test]
fn a_configured_limit_ends_repetitions() {
    each("a limit", |cli| {
        let emulator = emulator();
        emulator.fault(LIMITED);
        let workspace = workspace(cli, &emulator, &server(r#"timeouts = { create = "2 seconds" }"#));
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(output.prose().contains("Descope's rate limit"), "{}", output.all());
        assert!(
            output.prose().contains(&format!("{}2s. Raise it to allow more time.", raises("create"))),
            "{}",
            output.all()
        );
        // The list that comes before the first creation shares its time.
        let attempts = emulator.requests("").len();
        assert!((1..=3).contains(&attempts), "{attempts} attempts");

        // The limits of reading and deleting are those of the state.
        emulator.control("DELETE", "faults", "");
        rewrite(&workspace, &server(r#"timeouts = { read = "1s", delete = "2s" }"#));
        workspace.apply();
        workspace.age_objects();
        let state = workspace.state("descope_mcp_server.x");
        emulator.forget_requests();
        emulator.fault(r#"{"path":"/load","kind":"delay","ms":30000}"#);
        let output = workspace.expect(&["plan"], 1);
        assert!(output.prose().contains("Timed out") && output.prose().contains(&raises("read")), "{}", output.all());
        assert_eq!(emulator.requests("/server/load").len(), 1);
        emulator.control("DELETE", "faults", "");
        emulator.fault(LIMITED);
        let output = workspace.expect(&["destroy", "-auto-approve", "-refresh=false"], 1);
        assert!(output.prose().contains("Descope's rate limit"), "{}", output.all());
        let attempts = emulator.requests("/server/delete").len();
        assert!((1..=3).contains(&attempts), "{attempts} attempts");
        assert_eq!(workspace.state("descope_mcp_server.x"), state);
    });
}

#[test]
fn a_limit_that_ends_a_wait_for_the_users_own_limit_names_both() {
    each("a limit of requests", |cli| {
        let emulator = emulator();
        let provider = "provider \"descope\" {\n  max_requests_per_minute = 1\n}\n";
        let block = server(r#"timeouts = { create = "2s" }"#);
        let workspace = workspace(cli, &emulator, &format!("{provider}{block}"));
        // The list that comes before the first creation uses up the minute.
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(output.prose().contains("because `max_requests_per_minute`"), "{}", output.all());
        assert!(output.prose().contains(&raises("create")) && emulator.servers().is_empty(), "{}", output.all());
    });
}

#[test]
fn a_limit_that_ends_a_wait_that_descope_asked_for_says_so() {
    each("a wait that Descope asked for", |cli| {
        let emulator = emulator();
        emulator
            .fault(r#"{"path":"/create","times":9,"kind":"error","status":429,"code":"E130429","retry_after":"60"}"#);
        let provider = "provider \"descope\" {\n  max_concurrent_requests = 1\n}\n";
        let block = server("count = 2\ntimeouts = { create = \"3s\" }");
        let workspace = workspace(cli, &emulator, &format!("{provider}{block}"));
        let output = workspace.expect(&["apply", "-auto-approve"], 1);
        assert_eq!(emulator.requests("/create").len(), 1, "the other one waited");
        for words in ["(status 429) and asked to wait 1 minute (`Retry-After`)", "was not sent"] {
            assert!(output.prose().contains(words), "{words:?} is not in {}", output.all());
        }
    });
}

#[test]
fn a_change_of_limits_alone_asks_nothing_of_anybody() {
    each("a change of limits", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, &server(""));
        workspace.apply();
        for (limits, changes) in [
            (r#"timeouts = { create = "90s", update = "1h30m" }"#, true),
            (r#"timeouts = { create = "1m30s", update = "90 minutes" }"#, false),
            (r#"timeouts = { update = "5m" }"#, true),
            ("", true),
        ] {
            rewrite(&workspace, &server(limits));
            emulator.forget_requests();
            let output = workspace.succeed(&["apply", "-auto-approve", "-refresh=false"]);
            let words = if changes { "0 added, 1 changed, 0 destroyed" } else { "0 added, 0 changed, 0 destroyed" };
            assert!(output.stdout.contains(words), "{limits}: {}", output.all());
            assert_eq!(emulator.requests("").len(), 0, "{limits}");
            workspace.assert_no_changes();
        }
        assert_eq!(workspace.state("descope_mcp_server.x")["timeouts"], json!(null));
    });
}

#[test]
fn an_imported_server_takes_its_limits_without_an_update() {
    each("limits of an imported server", |cli| {
        let emulator = emulator();
        emulator.plant("MS2imported", r#"{"name":"x"}"#);
        let import = "import {\n  to = descope_mcp_server.x\n  id = \"MS2imported\"\n}\n";
        let block = format!("{import}{}", server(r#"timeouts = { delete = "10m" }"#));
        let workspace = workspace(cli, &emulator, &block);
        workspace.apply();
        assert!(emulator.requests("/server/update").is_empty());
        assert_eq!(workspace.state("descope_mcp_server.x")["timeouts"]["delete"], "10m");
        workspace.assert_no_changes();
    });
}

#[test]
fn what_is_no_time_limit_is_refused_by_validate() {
    each("no time limits", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, "");
        for text in ["0s", "-5m", "soon", "5", ""] {
            rewrite(&workspace, &server(&format!("timeouts = {{ read = \"{text}\" }}")));
            let output = workspace.expect(&["validate"], 1);
            let prose = output.prose();
            assert!(
                prose.contains("`timeouts.read`") && prose.contains("length of time above zero"),
                "{text}: {}",
                output.all()
            );
        }
        rewrite(&workspace, "data \"descope_mcp_server\" \"x\" {\n  name = \"x\"\n  timeouts = {}\n}\n");
        let output = workspace.expect(&["validate"], 1);
        assert!(output.prose().contains("timeouts"), "a look-up has none: {}", output.all());
    });
}
