//! The process as a host sees it: the handshake, who may connect, and how it ends.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tonic::transport::Channel;

use crate::support::plugin::{COOKIE, HANG, HostCertificate, Plugin, command};
use crate::support::wire::{go_plugin, health};

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope"))
}

/// Whether a call completes on a channel.
async fn calls(channel: Channel) -> bool {
    let request = health::HealthCheckRequest { service: "plugin".to_owned() };
    let answer = health::health_client::HealthClient::new(channel).check(request).await;
    answer.is_ok_and(|answer| answer.into_inner().status() == health::health_check_response::ServingStatus::Serving)
}

#[tokio::test]
async fn the_hosts_own_certificate_completes_a_call() {
    let mut plugin = Plugin::start(binary(), &[]).await;
    assert_eq!(plugin.fields.len(), 6, "{:?}", plugin.fields);
    assert_eq!(plugin.fields[..3], ["1", "6", "unix"]);
    assert_eq!(plugin.fields[4], "grpc");
    assert!(!plugin.fields[5].contains('='), "padding is refused by hosts");
    assert!(calls(plugin.channel().await).await);
    assert!(plugin.shut_down().await.success());
}

#[tokio::test]
async fn no_call_without_the_hosts_certificate() {
    let plugin = Plugin::start(binary(), &[]).await;
    for certificate in [None, Some(HostCertificate::generate())] {
        let connected = plugin.connect(certificate.as_ref()).await;
        let called = match connected {
            Ok(channel) => calls(channel).await,
            Err(_) => false,
        };
        assert!(
            !called,
            "a client with {} was served",
            if certificate.is_some() { "a stranger's certificate" } else { "none" }
        );
    }
    // The host itself is still served.
    assert!(calls(plugin.channel().await).await);
}

#[tokio::test]
async fn plaintext_is_not_served_where_the_host_wants_tls() {
    let mut plugin = Plugin::start(binary(), &[]).await;
    plugin.fields[5].clear();
    let called = match plugin.connect(None).await {
        Ok(channel) => calls(channel).await,
        Err(_) => false,
    };
    assert!(!called);
}

#[tokio::test]
async fn a_host_without_tls_is_served_in_plaintext() {
    let mut plugin = Plugin::start_plain(binary(), &[]).await;
    assert_eq!(plugin.fields.len(), 6);
    assert_eq!(plugin.fields[5], "");
    assert!(calls(plugin.channel().await).await);
    assert!(plugin.shut_down().await.success());
}

#[tokio::test]
async fn the_seventh_field_comes_only_when_asked_for() {
    let plugin = Plugin::start_plain(binary(), &[("PLUGIN_MULTIPLEX_GRPC", "true")]).await;
    assert_eq!(plugin.fields.last().map(String::as_str), Some("false"));
    assert_eq!(plugin.fields.len(), 7);
}

#[tokio::test]
async fn an_unreadable_certificate_refuses_to_start() {
    let output = command(binary(), &[("PLUGIN_CLIENT_CERT", "not a certificate")]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("PLUGIN_CLIENT_CERT"));
}

#[tokio::test]
async fn a_group_that_does_not_exist_refuses_to_start() {
    let output = command(binary(), &[("PLUGIN_UNIX_SOCKET_GROUP", "no-such-group")]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("PLUGIN_UNIX_SOCKET_GROUP") && text.contains("no-such-group"), "{text}");
}

#[tokio::test]
async fn started_by_hand_it_explains_itself() {
    let output = command(binary(), &[(COOKIE.0, "")]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "a host would take it for a handshake");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("seed-02068dc7/descope") && text.contains("-debug"), "{text}");
}

#[tokio::test]
async fn version_and_unknown_arguments() {
    let output = command(binary(), &[]).arg("--version").output().await.unwrap();
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text.trim(), concat!("terraform-provider-descope ", env!("CARGO_PKG_VERSION"), " (protocol 6)"));
    let output = command(binary(), &[]).arg("--frobnicate").output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty() && String::from_utf8_lossy(&output.stderr).contains("--frobnicate"));
}

#[tokio::test]
async fn the_socket_is_private_and_goes_with_the_process() {
    let mut plugin = Plugin::start(binary(), &[]).await;
    let folder = plugin.address().parent().unwrap().to_owned();
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    plugin.shut_down().await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn the_socket_is_made_where_the_host_says() {
    let parent = tempfile::tempdir().unwrap();
    let variables = [("PLUGIN_UNIX_SOCKET_DIR", parent.path().to_str().unwrap())];
    let plugin = Plugin::start(binary(), &variables).await;
    assert!(plugin.address().starts_with(parent.path()));
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_falls_back_to_tcp() {
    let parent = tempfile::tempdir().unwrap();
    let long = parent.path().join("x".repeat(120));
    std::fs::create_dir(&long).unwrap();
    let plugin = Plugin::start_plain(binary(), &[("PLUGIN_UNIX_SOCKET_DIR", long.to_str().unwrap())]).await;
    assert_eq!(plugin.fields[2], "tcp");
    let port: u16 = plugin.fields[3].strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert!((10000..=25000).contains(&port));
}

#[tokio::test]
async fn open_streams_end_with_the_process() {
    let mut plugin = Plugin::start(binary(), &[]).await;
    let mut stdio = go_plugin::grpc_stdio_client::GrpcStdioClient::new(plugin.channel().await);
    let mut stream = stdio.stream_stdio(()).await.unwrap().into_inner();
    assert!(plugin.shut_down().await.success());
    // The process ended the stream itself. A process that gave up waiting for it would have cut it
    // off.
    assert_eq!(stream.message().await.expect("an orderly end"), None);
}

#[tokio::test]
async fn an_interrupt_is_for_the_host() {
    let mut plugin = Plugin::start(binary(), &[("TF_LOG_PROVIDER", "debug")]).await;
    let channel = plugin.channel().await;
    assert!(calls(channel.clone()).await);
    let mut log = BufReader::new(plugin.child.stderr.take().unwrap()).lines();
    for _ in 0..3 {
        signal("INT", plugin.child.id().unwrap()).await;
        // The next signal would be merged with one that the process has not seen yet.
        let seen =
            async { while !log.next_line().await.unwrap().expect("the process goes on").contains("interrupt") {} };
        tokio::time::timeout(HANG, seen).await.expect("the interrupt is logged");
    }
    assert!(calls(channel).await);
    assert!(plugin.shut_down().await.success());
}

#[tokio::test]
async fn a_termination_ends_it_and_cleans_up() {
    let mut plugin = Plugin::start(binary(), &[]).await;
    let folder = plugin.address().parent().unwrap().to_owned();
    signal("TERM", plugin.child.id().unwrap()).await;
    assert!(plugin.ended().await.success());
    assert!(!folder.exists());
}

#[tokio::test]
async fn it_ends_when_its_host_is_killed() {
    // A shell plays the host. It prints the provider's process id and is killed.
    let script = r#""$0" & echo "pid $!"; wait"#;
    let mut host = tokio::process::Command::new("sh")
        .args(["-c", script])
        .arg(binary())
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
async fn debug_mode_says_how_to_reattach_and_serves() {
    let mut child = command(binary(), &[(COOKIE.0, "")]).arg("-debug").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reattach = loop {
        let line = lines.next_line().await.unwrap().expect("instructions");
        if let Some((_, rest)) = line.split_once("TF_REATTACH_PROVIDERS='") {
            break rest.trim_end_matches('\'').to_owned();
        }
    };
    let providers: serde_json::Value = serde_json::from_str(&reattach).unwrap();
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let entry = &providers[format!("{host}/seed-02068dc7/descope")];
        assert_eq!((&entry["ProtocolVersion"], &entry["Test"]), (&6.into(), &true.into()), "{entry}");
        assert_eq!(entry["Pid"], child.id().unwrap());
    }
    signal("INT", child.id().unwrap()).await;
    let status = tokio::time::timeout(HANG, child.wait()).await;
    assert!(status.expect("Ctrl-C ends debug mode").unwrap().success());
}

async fn signal(name: &str, pid: u32) {
    let sent = tokio::process::Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().await.unwrap();
    assert!(sent.success());
}
