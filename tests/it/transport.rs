// SPDX-License-Identifier: Apache-2.0

//! The process as a host sees it: the handshake, and who may connect.

use std::path::Path;

use tonic::transport::Channel;

use crate::support::plugin::{COOKIE, HostCertificate, Plugin, command};
use crate::support::wire::{go_plugin, health};

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope"))
}

/// Whether a call completes on a channel.
pub async fn calls(channel: Channel) -> bool {
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
    for stream in [output.stdout, output.stderr] {
        assert!(String::from_utf8_lossy(&stream).contains("PLUGIN_CLIENT_CERT"));
    }
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
async fn open_streams_end_with_the_process() {
    let mut plugin = Plugin::start(binary(), &[]).await;
    let mut stdio = go_plugin::grpc_stdio_client::GrpcStdioClient::new(plugin.channel().await);
    let mut stream = stdio.stream_stdio(()).await.unwrap().into_inner();
    assert!(plugin.shut_down().await.success());
    // The process ended the stream itself. A process that gave up waiting for it would have cut it
    // off.
    assert_eq!(stream.message().await.expect("an orderly end"), None);
}
