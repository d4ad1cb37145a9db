// SPDX-License-Identifier: Apache-2.0

//! What a test starts leaves nothing in the temporary folder, even where it is killed: the folders
//! of sockets, of configurations and of the CLIs.

use std::process::Command;

/// One test that kills a provider, and one that runs a CLI.
const TESTS: [&str; 2] = ["contract::the_schema_keeps_cores_rules", "acceptance::configuration_beats_environment"];

#[test]
fn tests_leave_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let tests = Command::new(std::env::current_exe().unwrap())
        .args(TESTS)
        .args(["--exact", "--nocapture"])
        .env("TMPDIR", temporary.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&tests.stdout);
    assert!(tests.status.success() && printed.contains("2 passed"), "{printed}");
    let left: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{TESTS:?} left {left:?} behind. Let what they start use a folder of its own.");
}
