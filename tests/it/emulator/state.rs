// SPDX-License-Identifier: Apache-2.0

//! The state file: what is in it survives whatever happens to the process.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::binary;
use super::flags::{assert_refused, post};
use crate::support::cli::each;
use crate::support::dice::Dice;
use crate::support::emulator::Emulator;
use crate::support::hcl::{FULL, workspace};

fn started(state: &Path, more: &[&str]) -> Emulator {
    Emulator::start_flagged(binary(), &[&["--state", state.to_str().unwrap()], more].concat())
}

/// What was asked for in one round.
#[derive(Default)]
struct Asked {
    /// The servers that the API said it has created.
    created: BTreeSet<String>,
    /// The servers whose deletion was asked for.
    deleted: BTreeSet<String>,
}

/// Creates and deletes servers until the emulator is gone.
fn write(address: &str, asked: &Mutex<Asked>, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) {
        let description = "x".repeat(2000);
        let body = format!(r#"{{"name":"a","description":"{description}"}}"#);
        let Some((200, answer)) = post(address, "/v1/mgmt/mcp/server/create", &body) else { return };
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let id = answer["server"]["id"].as_str().unwrap().to_owned();
        let victim = {
            let mut asked = asked.lock().unwrap();
            asked.created.insert(id);
            let alive = asked.created.difference(&asked.deleted).next().cloned();
            let victim = alive.filter(|_| asked.created.len().is_multiple_of(3));
            asked.deleted.extend(victim.clone());
            victim
        };
        if let Some(id) = victim {
            post(address, "/v1/mgmt/mcp/server/delete", &format!(r#"{{"id":"{id}"}}"#));
        }
    }
}

/// Whatever the moment, the file is whole, and it has what the API has said that it did.
#[test]
fn a_kill_in_the_middle_of_writes_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let mut dice = Dice::new(7);
    let (mut kept, mut written) = (BTreeSet::new(), 0);
    for round in 0..12 {
        let emulator = started(&state, &[]);
        assert_eq!(emulator.servers().keys().cloned().collect::<BTreeSet<_>>(), kept, "round {round}");
        let (asked, over) = (Mutex::new(Asked::default()), AtomicBool::new(false));
        let address = emulator.address().to_owned();
        let enough = 5 + dice.below(20);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| write(&address, &asked, &over));
            }
            while asked.lock().unwrap().created.len() < enough {
                std::thread::yield_now();
            }
            emulator.kill();
            over.store(true, Ordering::SeqCst);
        });
        let asked = asked.into_inner().unwrap();
        written += asked.created.len();
        let found = started(&state, &[]).servers().keys().cloned().collect::<BTreeSet<_>>();
        let lost: Vec<_> =
            asked.created.difference(&asked.deleted).chain(&kept).filter(|id| !found.contains(*id)).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} are lost");
        // Each thread may have had one creation under way.
        let unasked = found.iter().filter(|id| !asked.created.contains(*id) && !kept.contains(*id)).count();
        assert!(unasked <= 3, "round {round}: {unasked} servers that nobody has asked for");
        kept = found;
    }
    assert!(written >= 60, "{written}");
    drop(started(&state, &[]));
    let left: BTreeSet<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.len() <= 3, "the file, its lock and one that the last one was writing: {left:?}");
}

#[test]
fn a_seed_counts_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let [seed, state] = ["seed.json", "state.json"].map(|name| folder.path().join(name));
    std::fs::write(&seed, r#"{"MS1":{"name":"a"},"MS2":{"name":"b"}}"#).unwrap();
    let seed = ["--seed", seed.to_str().unwrap()];
    let emulator = started(&state, &seed);
    emulator.remove("MS1");
    emulator.kill();
    assert_eq!(started(&state, &seed).only_server(), "MS2");
}

#[test]
fn a_file_that_can_not_be_used_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let path = state.display().to_string();
    let running = started(&state, &[]);
    running.plant("MS1", r#"{"name":"a"}"#);
    assert_refused(&["--state", &path], 1, &[&path, "another emulator uses it"]);
    running.kill();
    let whole = std::fs::read_to_string(&state).unwrap();
    let cut = &whole[..whole.len() / 2];
    std::fs::write(&state, cut).unwrap();
    assert_refused(&["--state", &path], 1, &[&path, "it is damaged"]);
    assert_eq!(std::fs::read_to_string(&state).unwrap(), cut);
}

/// What was applied is there after the emulator was killed, so a plan finds nothing to do.
#[test]
fn what_was_applied_outlives_the_emulator() {
    each("the state file", |cli| {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.json");
        let emulator = started(&state, &[]);
        let workspace = workspace(cli, &emulator, FULL);
        workspace.apply();
        let (address, id) = (emulator.address().to_owned(), emulator.only_server());
        emulator.kill();
        let emulator = started(&state, &["--listen", &address]);
        workspace.assert_no_changes();
        assert_eq!(emulator.only_server(), id);
        assert_eq!(emulator.requests("/create").len(), 0);
        workspace.succeed(&["destroy", "-auto-approve"]);
        emulator.kill();
        assert!(started(&state, &[]).servers().is_empty());
    });
}
