// SPDX-License-Identifier: Apache-2.0

//! How the process ends, and what it finishes first: signals to it and to the whole process group,
//! and hosts that die.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::contract::{creation, until, with_emulator};
use crate::support::cli::{Cli, Workspace, each, ignores_hangups, restores_signals};
use crate::support::emulator::Emulator;
use crate::support::hcl::{HEAD, emulator, provider, workspace};
use crate::support::plugin::{COOKIE, HANG, Plugin};
use crate::support::wire::tfplugin6 as tf;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::transport::calls;

const SERVER: &str = r#"resource "descope_mcp_server" "x" { name = "x" }"#;
/// The server is made at once, and the answer comes late.
const SLOW: &str = r#"{"path":"/create","kind":"delay","ms":10000}"#;

async fn signal(name: &str, plugin: &Plugin) {
    let pid = plugin.child.id().unwrap().to_string();
    let sent = tokio::process::Command::new("kill").args([format!("-{name}"), pid]).status().await.unwrap();
    assert!(sent.success());
}

#[tokio::test]
async fn signals_are_for_the_host_while_it_is_connected() {
    let mut plugin = Plugin::start(provider(), &[("TF_LOG_PROVIDER", "debug")]).await;
    let channel = plugin.channel().await;
    assert!(calls(channel.clone()).await);
    let mut log = BufReader::new(plugin.child.stderr.take().unwrap()).lines();
    for name in ["INT", "TERM", "HUP", "INT", "TERM"] {
        signal(name, &plugin).await;
        // The next signal might be merged with one that the process has not seen yet.
        let seen = async {
            while !log.next_line().await.unwrap().expect("the process goes on").contains("left to the host") {}
        };
        tokio::time::timeout(HANG, seen).await.expect("the signal is logged");
    }
    assert!(calls(channel).await);
    assert!(plugin.shut_down().await.success());
}

#[tokio::test]
async fn a_termination_ends_it_while_no_host_is_connected() {
    let mut plugin = Plugin::start(provider(), &[]).await;
    let folder = plugin.address().parent().unwrap().to_owned();
    signal("TERM", &plugin).await;
    assert!(plugin.ended().await.success());
    assert!(!folder.exists());
}

#[tokio::test]
async fn signals_leave_a_creation_alone() {
    let (mut plugin, mut client, emulator) = with_emulator(&[]).await;
    emulator.fault(SLOW);
    let creation = creation(&mut client).await;
    let created = tokio::spawn(async move { client.apply_resource_change(creation).await });
    until("the creation is under way", || !emulator.requests("/create").is_empty()).await;
    for name in ["TERM", "HUP", "INT"] {
        signal(name, &plugin).await;
    }
    let created = created.await.unwrap().expect("an answer").into_inner();
    assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
    let (id, state) = (emulator.only_server(), created.new_state.unwrap().msgpack);
    assert!(state.windows(id.len()).any(|window| window == id.as_bytes()), "what was created is known");
    assert!(plugin.shut_down().await.success());
}

#[tokio::test]
async fn a_write_is_finished_after_its_host_died() {
    let (mut plugin, mut client, emulator) = with_emulator(&[("TF_LOG_PROVIDER", "debug")]).await;
    emulator.fault(SLOW);
    let creation = creation(&mut client).await;
    let call = tokio::spawn(async move { client.apply_resource_change(creation).await });
    until("the creation is under way", || !emulator.requests("/create").is_empty()).await;
    call.abort();
    assert!(call.await.is_err());
    plugin.vanish().await;
    assert!(plugin.ended().await.success());
    let log = plugin.log().await;
    assert!(log.contains("the host is gone"), "{log}");
    let served = |line: &str| line.contains(r#""served""#) && line.contains("ApplyResourceChange");
    assert!(log.lines().any(served), "{log}");
}

#[tokio::test]
async fn it_ends_when_its_host_is_killed() {
    // A shell plays the host. It prints the provider's process id and is killed.
    let script = r#""$0" & echo "pid $!"; wait"#;
    let mut host = tokio::process::Command::new("sh")
        .args(["-c", script])
        .arg(provider())
        .envs([COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "6")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let (mut pid, mut handshake) = (None, false);
    while pid.is_none() || !handshake {
        let line = lines.next_line().await.unwrap().expect("the provider's handshake");
        match line.strip_prefix("pid ") {
            Some(id) => pid = Some(id.trim().to_owned()),
            None => handshake = true,
        }
    }
    host.kill().await.unwrap();
    // Standard output closes when no process has it open any more.
    let gone = tokio::time::timeout(HANG, lines.into_inner().read_to_end(&mut Vec::new())).await;
    assert!(gone.is_ok(), "the provider (process {pid:?}) outlived its host");
}

#[tokio::test]
async fn in_debug_mode_a_signal_ends_it_and_a_second_one_ends_a_write_too() {
    for name in ["INT", "TERM"] {
        let mut plugin = Plugin::start_debug(provider(), &[]).await;
        assert!(calls(plugin.channel().await).await);
        signal(name, &plugin).await;
        assert!(plugin.ended().await.success());
    }
    let emulator = emulator();
    emulator.fault(r#"{"path":"/create","kind":"delay","ms":600000}"#);
    let variables = emulator.variables();
    let mut variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.push(("TF_LOG_PROVIDER", "info"));
    let mut plugin = Plugin::start_debug(provider(), &variables).await;
    let mut client = ProviderClient::new(plugin.channel().await);
    client.configure_provider(tf::configure_provider::Request::default()).await.unwrap();
    let creation = creation(&mut client).await;
    let _creating = tokio::spawn(async move { client.apply_resource_change(creation).await });
    until("the creation is under way", || !emulator.requests("/create").is_empty()).await;
    let mut log = BufReader::new(plugin.child.stderr.take().unwrap()).lines();
    signal("INT", &plugin).await;
    let seen = async {
        while !log.next_line().await.unwrap().expect("the process goes on").contains("finishing the writes") {}
    };
    tokio::time::timeout(HANG, seen).await.expect("it waits for the write");
    signal("INT", &plugin).await;
    assert!(plugin.ended().await.success());
    let mut rest = String::new();
    log.into_inner().read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("a second signal ends the process"), "{rest}");
}

/// The provider as a person starts it in a terminal, and with `nohup`.
#[tokio::test]
async fn in_debug_mode_a_closed_terminal_ends_it_unless_that_is_ignored() {
    // Both are decided at the start, and elsewhere the signal has the effect that the system gives it.
    if !cfg!(target_os = "linux") || !restores_signals() {
        return eprintln!("skipped: SIGHUP can't be set here");
    }
    let scripts = tempfile::tempdir().unwrap();
    for (ignored, before) in [(false, "exec env --default-signal=HUP"), (true, "trap '' HUP; exec")] {
        let script = scripts.path().join(format!("{ignored}"));
        std::fs::write(&script, format!("#!/bin/sh\n{before} '{}' \"$@\"\n", provider().display())).unwrap();
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let mut plugin = Plugin::start_debug(&script, &[]).await;
        let folder = plugin.address().parent().unwrap().to_owned();
        signal("HUP", &plugin).await;
        if ignored {
            assert!(calls(plugin.channel().await).await);
            signal("TERM", &plugin).await;
        }
        assert!(plugin.ended().await.success(), "ignored: {ignored}");
        assert!(!folder.exists(), "ignored: {ignored}");
    }
}

/// A creation by a CLI that is under way.
fn creating(cli: &Cli) -> (Emulator, Workspace) {
    let emulator = emulator();
    emulator.fault(SLOW);
    let workspace = workspace(cli, &emulator, SERVER);
    (emulator, workspace)
}

pub fn wait_for_creation(emulator: &Emulator) {
    let start = Instant::now();
    while emulator.requests("/create").is_empty() {
        assert!(start.elapsed() < HANG, "the CLI creates nothing");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_signal_to_the_whole_group_loses_nothing() {
    each("a_signal_to_the_whole_group", |cli| {
        // The CLI ignores SIGHUP only under `nohup`.
        for (name, ignored) in [("TERM", ""), ("INT", ""), ("HUP", "HUP")] {
            let (emulator, workspace) = creating(cli);
            let mut running = workspace.start(&["apply", "-auto-approve"], ignored);
            wait_for_creation(&emulator);
            running.signal_group(name);
            let output = running.ended();
            running.all_gone();
            let id = emulator.only_server();
            assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str(), "SIG{name}: {output}");
            assert_eq!(workspace.temporary_files(), Vec::<String>::new(), "SIG{name}");
        }
    });
}

#[test]
fn a_cli_that_is_killed_during_a_write_leaves_nothing_behind() {
    each("a_cli_that_is_killed", |cli| {
        for (name, group, finishes) in [("KILL", false, true), ("HUP", true, true), ("KILL", true, false)] {
            if name == "HUP" && ignores_hangups() && !restores_signals() {
                eprintln!("skipped: SIGHUP: this test run ignores it, and so would the CLI");
                continue;
            }
            let (emulator, workspace) = creating(cli);
            let mut running = workspace.start(&["apply", "-auto-approve"], "");
            wait_for_creation(&emulator);
            if group {
                running.signal_group(name)
            } else {
                running.signal(name)
            }
            running.ended();
            if finishes {
                assert!(running.has_left_processes(), "SIG{name}: the write is being finished");
            }
            running.all_gone();
            assert_eq!(emulator.requests("/create").len(), 1);
            assert_eq!(workspace.temporary_files(), Vec::<String>::new(), "SIG{name}");
        }
    });
}

/// A script that the CLI takes for the provider kills the CLI, before or while the provider starts.
#[test]
fn a_cli_that_is_killed_while_the_provider_starts_leaves_nothing_behind() {
    each("a_cli_that_is_killed_early", |cli| {
        let dead = r#"kill -9 $PPID; while kill -0 $PPID 2>/dev/null; do sleep 0.01; done"#;
        let later = |seconds: &str| {
            format!("parent=$PPID; (sleep {seconds}; exec kill -9 $parent) </dev/null >/dev/null 2>&1 &")
        };
        for before in [dead.to_owned(), later("0"), later("0.01"), later("0.03"), later("0.1")] {
            let folder = tempfile::tempdir().unwrap();
            let script = folder.path().join("provider");
            let text = format!("#!/bin/sh\n{before}\nexec '{}'\n", provider().display());
            std::fs::write(&script, text).unwrap();
            std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
            let workspace = Workspace::new(cli, &script, &format!("{HEAD}{SERVER}"));
            let mut running = workspace.start(&["plan"], "");
            running.ended();
            running.all_gone();
            assert_eq!(workspace.temporary_files(), Vec::<String>::new(), "{before}");
        }
    });
}
