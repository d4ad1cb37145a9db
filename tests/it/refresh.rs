// SPDX-License-Identifier: Apache-2.0

//! How many requests a refresh makes, by the real CLIs. The rule is tested with a moving clock beside the code, in
//! `engine/shared_reads` and `engine/lifecycle/shared`.

use crate::support::cli::{Cli, Workspace, each};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, workspace};

/// How many reads may be loads before a list is asked for: on a busy machine they come one after the other. (On a
/// quiet one, it is the first alone; `cargo bench --bench refresh` counts that.)
const BEFORE_A_LIST: usize = 4;

/// This many servers of one block.
fn servers(count: usize) -> String {
    format!(
        "resource \"descope_mcp_server\" \"x\" {{\n  count = {count}\n  name = \"server ${{count.index}}\"\n  \
         description = \"Number ${{count.index}}\"\n  tags = [\"a\", \"b\"]\n}}\n"
    )
}

/// A workspace in which this many servers were applied a while ago, and the requests so far are forgotten.
fn applied(cli: &Cli, emulator: &Emulator, count: usize) -> Workspace {
    let workspace = workspace(cli, emulator, &servers(count));
    workspace.succeed(&["apply", "-auto-approve", "-parallelism=30"]);
    workspace.age_objects();
    emulator.forget_requests();
    workspace
}

/// How often the API was asked for one server, and for the list of all, since that was forgotten last.
fn asked(emulator: &Emulator) -> (usize, usize) {
    let counts = (emulator.requests("/server/load").len(), emulator.requests("/servers/all").len());
    assert_eq!(emulator.requests("").len(), counts.0 + counts.1, "nothing else was asked");
    emulator.forget_requests();
    counts
}

#[test]
fn many_servers_are_refreshed_by_one_list() {
    each("many servers refreshed by one list", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator, 80);
        workspace.assert_no_changes();
        let (loads, lists) = asked(&emulator);
        assert!(lists == 1 && loads <= BEFORE_A_LIST, "{loads} loads and {lists} lists");

        for number in 0..10 {
            emulator.remove(workspace.state(&format!("descope_mcp_server.x[{number}]"))["id"].as_str().unwrap());
        }
        let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
        assert!(plan.stdout.contains("10 to add, 0 to change, 0 to destroy"), "{}", plan.all());
        let (loads, lists) = asked(&emulator);
        assert!(lists <= 2 && loads <= 10 + BEFORE_A_LIST, "{loads} loads and {lists} lists for ten that are gone");

        workspace.succeed(&["plan", "-refresh=false"]);
        assert_eq!(asked(&emulator), (0, 0));
        workspace.succeed(&["plan", "-target=descope_mcp_server.x[40]"]);
        assert_eq!(asked(&emulator), (1, 0));
    });
}

/// Whether there is a list already or it is asked for because the first one is gone, and also if each is read by
/// itself.
#[test]
fn servers_that_are_all_gone_share_one_list() {
    each("servers that are all gone", |cli| {
        let emulator = emulator();
        for (count, parallelism) in [(3, "10"), (12, "10"), (12, "1")] {
            let workspace = applied(cli, &emulator, count);
            for (id, _) in emulator.servers() {
                emulator.remove(&id);
            }
            emulator.plant("MSother", r#"{"id":"MSother","name":"other"}"#);
            let plan = workspace.expect(&["plan", "-detailed-exitcode", &format!("-parallelism={parallelism}")], 2);
            assert!(plan.stdout.contains(&format!("{count} to add, 0 to change, 0 to destroy")), "{}", plan.all());
            let (loads, lists) = asked(&emulator);
            // On a busy machine, one that is loaded while the list is under way has that proven by another one.
            assert!(
                loads == count && (1..=2).contains(&lists),
                "{loads} loads, {lists} lists, {parallelism} at a time"
            );
            assert!(lists == 1 || parallelism == "10", "one after the other, all share the first");
        }
    });
}

/// Loads would have to wait as long as the list, and then would be many.
#[test]
fn a_list_waits_for_as_long_as_the_api_asks() {
    each("a list that has to wait", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator, 20);
        emulator.fault(r#"{"path":"/servers/all","kind":"error","status":429,"retry_after":"16"}"#);
        workspace.assert_no_changes();
        let (loads, lists) = asked(&emulator);
        assert!(lists == 2 && loads <= BEFORE_A_LIST, "{loads} loads and {lists} lists");
    });
}

/// The trouble may be with lists alone.
#[test]
fn a_list_that_has_no_time_is_not_an_outage() {
    each("a list that has no time", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator, 12);
        for fault in [r#""status":503,"retry_after":"1""#, r#""status":502"#] {
            emulator.fault(&format!(r#"{{"path":"/servers/all","kind":"error","times":9,{fault}}}"#));
            workspace.assert_no_changes();
            assert_eq!(asked(&emulator), (12, 2), "{fault}");
            emulator.control("DELETE", "faults", "");
        }
    });
}

#[test]
fn a_change_in_the_console_is_seen_among_many_and_written_over_what_is_there() {
    each("a change among many servers", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator, 30);
        let id = workspace.state("descope_mcp_server.x[7]")["id"].as_str().unwrap().to_owned();
        emulator.edit(&id, r#"{"description":"Edited","logo":"https://x.example/logo.png"}"#);
        let plan = workspace.expect(&["plan", "-detailed-exitcode", "-out=plan"], 2);
        assert!(plan.stdout.contains("0 to add, 1 to change, 0 to destroy"), "{}", plan.all());
        let (loads, lists) = asked(&emulator);
        assert!(lists == 1 && loads <= 1 + BEFORE_A_LIST, "{loads} loads and {lists} lists");
        workspace.succeed(&["apply", "plan"]);
        let stored: serde_json::Value = serde_json::from_str(&emulator.stored(&id)).unwrap();
        assert_eq!(
            (stored["description"].as_str(), stored["logo"].as_str()),
            (Some("Number 7"), Some("https://x.example/logo.png"))
        );
        assert_eq!(emulator.requests("/servers/all").len(), 0, "what is changed is loaded");
    });
}

#[test]
fn one_managed_server_among_many_is_one_load() {
    each("one server among many", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator, 1);
        for number in 0..50 {
            emulator
                .plant(&format!("MSother{number}"), &format!(r#"{{"id":"MSother{number}","name":"other {number}"}}"#));
        }
        workspace.assert_no_changes();
        assert_eq!(asked(&emulator), (1, 0));
    });
}

#[test]
fn a_list_that_can_not_be_had_or_believed_is_replaced_by_loads() {
    each("lists of no use", |cli| {
        let emulator = emulator();
        let workspace = applied(cli, &emulator, 12);
        for list in [
            r#"{"kind":"body","status":403,"body":"{\"errorCode\":\"E011003\",\"errorMessage\":\"no\"}"}"#,
            r#"{"kind":"body","status":200,"body":"{\"servers\":[],\"total\":12}"}"#,
            r#"{"kind":"body","status":200,"body":"[]"}"#,
            // One that lacks all of them: the loads find them.
            r#"{"kind":"body","status":200,"body":"{\"servers\":[],\"total\":0}"}"#,
        ] {
            let mut fault: serde_json::Value = serde_json::from_str(list).unwrap();
            fault["path"] = "/servers/all".into();
            fault["times"] = 9.into();
            fault["content_type"] = "application/json".into();
            emulator.fault(&fault.to_string());
            workspace.assert_no_changes();
            assert_eq!(asked(&emulator), (12, 1), "{list}");
            emulator.control("DELETE", "faults", "");
        }
    });
}

#[test]
fn look_ups_and_imports_share_what_a_plan_reads_anyway() {
    each("look-ups beside a refresh", |cli| {
        let emulator = emulator();
        let mut workspace = applied(cli, &emulator, 1);
        let id = emulator.only_server();
        let data = "data \"descope_mcp_server\" \"id\" { id = descope_mcp_server.x[0].id }\n\
                    data \"descope_mcp_server\" \"name\" {\n  name = \"server 0\"\n  \
                    depends_on = [descope_mcp_server.x]\n}\n";
        crate::support::hcl::rewrite(&workspace, &format!("{}{data}", servers(1)));
        workspace.succeed(&["plan"]);
        let (loads, lists) = asked(&emulator);
        assert_eq!((loads, lists), (1, 1), "a load for the resource and the data source, a list for the name");

        // Which of the two is read first is for the CLI to decide.
        let data = format!("data \"descope_mcp_server\" \"id\" {{ id = {id:?} }}\n");
        crate::support::hcl::rewrite(&workspace, &format!("{}{data}", servers(1)));
        workspace.succeed(&["plan"]);
        assert_eq!(asked(&emulator), (1, 0));
        let data = "data \"descope_mcp_server\" \"name\" { name = \"server 0\" }\n";
        crate::support::hcl::rewrite(&workspace, &format!("{}{data}", servers(1)));
        workspace.succeed(&["plan"]);
        let (loads, lists) = asked(&emulator);
        assert!(lists == 1 && loads <= 1, "{loads} loads and {lists} lists");

        workspace = crate::support::hcl::workspace(cli, &emulator, &servers(1));
        workspace.succeed(&["import", "descope_mcp_server.x[0]", &id]);
        assert_eq!(asked(&emulator), (1, 0));
        workspace = crate::support::hcl::workspace(cli, &emulator, &servers(1));
        workspace.succeed(&["import", "descope_mcp_server.x[0]", "name:server 0"]);
        assert_eq!(asked(&emulator), (0, 1), "the emulator's lists hold whole servers");
    });
}
