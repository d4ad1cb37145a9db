// SPDX-License-Identifier: Apache-2.0

//! What happens to many operations at once when the API is down, by the real CLIs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::cli::each;
use crate::support::hcl::{emulator, workspace};

/// The address of a server that closes each connection, and how many there were.
fn closing() -> (String, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, count) = (format!("http://{}", listener.local_addr().unwrap()), Arc::new(AtomicUsize::new(0)));
    let counted = count.clone();
    std::thread::spawn(move || {
        for _connection in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (url, count)
}

#[test]
fn sixty_resources_fail_together_and_one_message_tells_why() {
    each("an outage", |cli| {
        let emulator = emulator();
        let resources =
            "resource \"descope_mcp_server\" \"x\" {\n  count = 60\n  name  = \"server ${count.index}\"\n}\n";
        let mut workspace = workspace(cli, &emulator, resources);
        workspace.apply();
        let (url, connections) = closing();
        workspace.set("DESCOPE_BASE_URL", &url);
        let output = workspace.expect(&["plan"], 1);
        let prose = output.prose();
        let count = |words: &str| prose.matches(words).count();
        assert_eq!(count("Error: "), 60, "{}", output.all());
        assert_eq!(
            (count("Error: The API can't be reached"), count("Error: Given up: the API can't be reached")),
            (1, 59),
            "{}",
            output.all()
        );
        // At most ten are under way at once, each is made six times at most, and a few go ahead later.
        let connections = connections.load(Ordering::SeqCst);
        assert!(connections < 75, "{connections} requests were sent");
    });
}
