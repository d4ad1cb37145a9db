//! How the provider keeps to limits of requests, by the real CLIs. What the limits cost in time is
//! simulated beside the code, and measured by `cargo bench --bench pace`.

use crate::support::cli::each;
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
