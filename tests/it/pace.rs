// SPDX-License-Identifier: Apache-2.0

//! How the provider keeps to limits of requests, by the real CLIs. What the limits cost in time is
//! simulated beside the code, and measured by `cargo bench --bench pace`.

use std::path::Path;

use crate::endings::wait_for_creation;
use crate::support::cli::{Cli, Workspace, each};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, workspace};

/// This many servers.
fn servers(count: usize) -> String {
    format!("resource \"descope_mcp_server\" \"x\" {{\n  count = {count}\n  name  = \"server ${{count.index}}\"\n}}\n")
}

#[test]
fn a_rate_limit_costs_a_few_requests_and_no_failure() {
    each("a rate limit", |cli| {
        let emulator = emulator();
        emulator.switch(r#"{"rate_limit":{"requests":20,"per_ms":1000,"counts_refusals":true,"retry_after":"1"}}"#);
        let workspace = workspace(cli, &emulator, &servers(60));
        workspace.succeed(&["apply", "-auto-approve", "-parallelism=40"]);
        assert_eq!(emulator.servers().len(), 60);
        let refused = emulator.requests("").iter().filter(|request| request["status"] == 429).count();
        // As many as were under way when the limit was met for the first time, and once more at most.
        assert!((1..=8).contains(&refused), "{refused} requests were refused");
        assert_eq!(emulator.requests("/server/create").len(), 60 + refused, "nothing but creations");
    });
}

/// A workspace with these settings and that many servers, whose temporary files are in this folder.
fn limited(cli: &Cli, emulator: &Emulator, temporary: &Path, settings: &str, servers: &str) -> Workspace {
    let mut workspace = workspace(cli, emulator, &format!("provider \"descope\" {{\n{settings}\n}}\n{servers}"));
    workspace.set("TMPDIR", temporary.to_str().unwrap());
    workspace
}

/// The file that is locked as long as the only request that may be is under way.
fn slot(temporary: &Path) -> Option<std::fs::File> {
    let inside = |folder: &Path| Some(std::fs::read_dir(folder).ok()?.next()?.ok()?.path());
    let own = std::fs::read_dir(temporary).unwrap().map(|entry| entry.unwrap().path());
    let own = own.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("descope-requests")).last()?;
    std::fs::File::open(inside(&own)?.join("slot-0")).ok()
}

/// Two runs want forty creations, and each gives up after a while.
#[test]
fn two_runs_at_once_send_no_more_than_the_limit_of_a_minute() {
    each("a limit of a minute over two runs", |cli| {
        let (emulator, temporary) = (emulator(), tempfile::tempdir().unwrap());
        let servers = |name: &str| {
            format!(
                "resource \"descope_mcp_server\" \"x\" {{\n  count = 20\n  name  = \"{name} ${{count.index}}\"\n  \
                 timeouts = {{ create = \"8s\" }}\n}}\n"
            )
        };
        let settings = "max_requests_per_minute = 25";
        let workspaces = ["a", "b"].map(|name| limited(cli, &emulator, temporary.path(), settings, &servers(name)));
        let mut runs = workspaces.each_ref().map(|run| run.start(&["apply", "-auto-approve", "-parallelism=20"], ""));
        let outputs = runs.each_mut().map(|run| run.ended());
        let times: Vec<u64> = emulator.requests("").iter().map(|request| request["at_ms"].as_u64().unwrap()).collect();
        let minute_from = |from: u64| times.iter().filter(|at| (from..from + 60_000).contains(*at)).count();
        assert_eq!(times.iter().map(|from| minute_from(*from)).max(), Some(25), "{outputs:?}");
        let names: Vec<String> = emulator.servers().values().map(|server| server["name"].to_string()).collect();
        let of = |name: &str| names.iter().filter(|server| server.starts_with(name)).count();
        assert!(of("\"a") > 0 && of("\"b") > 0, "{names:?}");
    });
}

#[test]
fn two_runs_at_once_have_no_more_requests_under_way_than_the_limit() {
    each("a limit of requests at once over two runs", |cli| {
        let (emulator, temporary) = (emulator(), tempfile::tempdir().unwrap());
        emulator.fault(r#"{"path":"/create","times":24,"kind":"delay","ms":150}"#);
        let settings = "max_concurrent_requests = 3";
        let workspaces = [(); 2].map(|()| limited(cli, &emulator, temporary.path(), settings, &servers(12)));
        let mut runs = workspaces.each_ref().map(|run| run.start(&["apply", "-auto-approve"], ""));
        let outputs = runs.each_mut().map(|run| run.ended());
        assert_eq!(emulator.servers().len(), 24, "{outputs:?}");
        let at_once = emulator.requests("").iter().filter_map(|request| request["at_once"].as_u64()).max();
        assert_eq!(at_once, Some(3));
    });
}

#[test]
fn a_run_that_is_killed_holds_up_no_other() {
    each("a run that is killed", |cli| {
        let (emulator, temporary) = (emulator(), tempfile::tempdir().unwrap());
        emulator.fault(r#"{"path":"/create","kind":"delay","ms":600000}"#);
        let settings = "max_concurrent_requests = 1";
        let [killed, other] = [(); 2].map(|()| limited(cli, &emulator, temporary.path(), settings, &servers(1)));
        let mut killed = killed.start(&["apply", "-auto-approve"], "");
        wait_for_creation(&emulator);
        let file = slot(temporary.path()).expect("a file for the request that is under way");
        assert!(file.try_lock().is_err(), "it is locked");
        killed.signal_group("KILL");
        killed.ended();
        killed.all_gone();
        other.apply();
        assert_eq!(emulator.requests("/create").len(), 2);
    });
}

#[test]
fn a_limit_that_can_not_be_shared_is_kept_and_told_once() {
    each("a limit that can't be shared", |cli| {
        let (emulator, temporary) = (emulator(), tempfile::tempdir().unwrap());
        emulator.fault(r#"{"path":"/create","times":8,"kind":"delay","ms":100}"#);
        let mut workspace =
            limited(cli, &emulator, &temporary.path().join("missing"), "max_concurrent_requests = 2", &servers(8));
        workspace.set("TF_LOG_PROVIDER", "warn");
        let output = workspace.apply();
        assert_eq!(output.all().matches("can't be shared").count(), 1, "{}", output.all());
        let at_once = emulator.requests("").iter().filter_map(|request| request["at_once"].as_u64()).max();
        assert_eq!((emulator.servers().len(), at_once), (8, Some(2)));
    });
}
