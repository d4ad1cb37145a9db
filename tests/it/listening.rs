// SPDX-License-Identifier: Apache-2.0

//! Where the provider listens, also where temporary folders are missing, broken, full or odd.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::contract::until;
use crate::support::cli::each;
use crate::support::hcl::{emulator, provider, workspace};
use crate::support::plugin::{HostCertificate, Plugin, command};
use crate::transport::calls;

/// A group that no system has, so that no folder will do for a socket.
const NO_GROUP: (&str, &str) = ("PLUGIN_UNIX_SOCKET_GROUP", "no-such-group");

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn the_folder_is_private_and_goes_when_the_host_has_connected() {
    let mut plugin = Plugin::start(provider(), &[]).await;
    let folder = plugin.address().parent().unwrap().to_owned();
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let channel = plugin.channel().await;
    assert!(calls(channel.clone()).await);
    until("the folder is gone", || !folder.exists()).await;
    assert!(calls(channel).await, "it serves on");
    plugin.child.kill().await.unwrap();
    assert!(!folder.exists());
}

/// The address may be told to others: by a person in debug mode, or by a host without TLS.
#[tokio::test]
async fn without_tls_the_folder_stays_until_the_end() {
    let plugins = [Plugin::start_plain(provider(), &[]).await, Plugin::start_debug(provider(), &[]).await];
    for mut plugin in plugins {
        let folder = plugin.address().parent().unwrap().to_owned();
        assert!(calls(plugin.channel().await).await);
        assert!(calls(plugin.connect(None).await.unwrap()).await, "a second connection");
        assert!(folder.exists());
        assert!(plugin.shut_down().await.success());
        assert!(!folder.exists());
    }
}

#[tokio::test]
async fn the_socket_is_made_where_the_host_says() {
    let parent = tempfile::tempdir().unwrap();
    let mut plugin = Plugin::start(provider(), &[("PLUGIN_UNIX_SOCKET_DIR", text(parent.path()))]).await;
    assert!(plugin.address().starts_with(parent.path()));
    plugin.shut_down().await;
    assert_eq!(entries(parent.path()), 0);
}

#[tokio::test]
async fn a_folder_that_will_not_do_is_passed_over() {
    let parent = tempfile::tempdir().unwrap();
    let made = |name: &str| {
        let folder = parent.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        folder
    };
    let good = made("good");
    let file = parent.path().join("file");
    std::fs::write(&file, "").unwrap();
    let bad = [parent.path().join("missing"), file, made("a|b"), made("a\nb"), made(&"x".repeat(120))];
    for bad in &bad {
        for variable in ["TMPDIR", "PLUGIN_UNIX_SOCKET_DIR"] {
            let next = if variable == "TMPDIR" { "XDG_RUNTIME_DIR" } else { "TMPDIR" };
            let variables = [(variable, text(bad)), (next, text(&good)), ("TF_LOG_PROVIDER", "warn")];
            let mut plugin = Plugin::start(provider(), &variables).await;
            assert!(plugin.address().starts_with(&good), "{variable}={bad:?}: {:?}", plugin.address());
            assert!(calls(plugin.channel().await).await);
            assert!(plugin.shut_down().await.success());
            let log = plugin.log().await;
            assert!(log.contains("no socket can be made in this folder"), "{log}");
        }
        assert!(!bad.is_dir() || entries(bad) == 0, "{bad:?}");
    }
    assert_eq!(entries(&good), 0);
}

#[cfg(target_os = "linux")]
async fn can_unshare() -> bool {
    let tried = command(Path::new("unshare"), &[]).args(["-rm", "true"]).output().await;
    tried.is_ok_and(|output| output.status.success())
}

#[cfg(target_os = "linux")]
fn handshake(line: &str) -> Option<Vec<String>> {
    Some(line.trim_end().split('|').map(str::to_owned).collect())
}

/// Mounts file systems in a name space of its own, so that nothing of the system changes.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_system_that_is_read_only_or_full_is_passed_over() {
    if !can_unshare().await {
        return eprintln!("skipped: file systems can't be mounted here");
    }
    let (bad, good) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // With two inodes, there is room for a folder, but not for a socket in it.
    for options in ["ro", "nr_inodes=1", "nr_inodes=2"] {
        let variables = [("TMPDIR", text(bad.path())), ("XDG_RUNTIME_DIR", text(good.path()))];
        let mut command = command(Path::new("unshare"), &variables);
        let script = r#"mount -t tmpfs -o "$1" none "$TMPDIR" && exec "$0""#;
        command.args(["-rm", "sh", "-c", script, text(provider()), options]);
        let mut plugin = Plugin::spawn(command, &variables, handshake).await;
        assert!(plugin.address().starts_with(good.path()), "{options}: {:?}", plugin.address());
        assert!(plugin.shut_down().await.success());
    }
    assert_eq!(entries(good.path()), 0);
}

/// In a user name space, a process may give files only to the groups that are mapped into it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_group_that_may_not_have_the_socket_means_a_port() {
    if !can_unshare().await {
        return eprintln!("skipped: there can be no user name space here");
    }
    let (certificate, folder) = (HostCertificate::generate(), tempfile::tempdir().unwrap());
    let variables = [
        ("PLUGIN_CLIENT_CERT", certificate.pem.as_str()),
        ("PLUGIN_UNIX_SOCKET_GROUP", "1234"),
        ("TMPDIR", text(folder.path())),
    ];
    let mut command = command(Path::new("unshare"), &variables);
    command.args(["-r", text(provider())]);
    let plugin = Plugin::spawn(command, &variables, handshake).await;
    assert_eq!(plugin.fields[2], "tcp");
    assert!(calls(plugin.connect(Some(&certificate)).await.unwrap()).await);
    assert_eq!(entries(folder.path()), 0);
}

#[tokio::test]
async fn where_no_socket_is_possible_a_port_is_used_with_the_same_tls() {
    let variables = [NO_GROUP, ("PLUGIN_MIN_PORT", "20000"), ("PLUGIN_MAX_PORT", "30000"), ("TF_LOG_PROVIDER", "warn")];
    let mut plugin = Plugin::start(provider(), &variables).await;
    assert_eq!(plugin.fields[2], "tcp");
    let port: u16 = plugin.fields[3].strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert!((20000..=30000).contains(&port));
    let stranger = match plugin.connect(None).await {
        Ok(channel) => calls(channel).await,
        Err(_) => false,
    };
    assert!(!stranger, "a client without a certificate was served");
    assert!(calls(plugin.channel().await).await);
    assert!(plugin.shut_down().await.success());
    let log = plugin.log().await;
    assert!(log.contains("no-such-group") && log.contains("TCP port"), "{log}");
}

#[tokio::test]
async fn a_range_of_ports_that_is_none_does_not_matter() {
    for (min, max) in [("25000", "10000"), ("", ""), ("x", "y"), ("0", "99999"), ("10000", "")] {
        let variables = [NO_GROUP, ("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)];
        let mut plugin = Plugin::start(provider(), &variables).await;
        assert!(calls(plugin.channel().await).await, "{min} to {max}");
        assert!(plugin.shut_down().await.success());
    }
}

/// Every user of the machine could connect to the port.
#[tokio::test]
async fn without_tls_no_port_is_used() {
    let output = command(provider(), &[NO_GROUP]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    for stream in [output.stdout, output.stderr] {
        let text = String::from_utf8_lossy(&stream).into_owned();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("can't start") && text.contains("no-such-group"), "{text}");
    }
}

#[test]
fn the_clis_reach_it_wherever_it_listens_and_show_why_it_does_not() {
    each("the_clis_reach_it", |cli| {
        let emulator = emulator();
        emulator.plant("MS2a", r#"{"name":"a"}"#);
        let look_up = r#"data "descope_mcp_server" "a" { id = "MS2a" }"#;
        let mut workspace = workspace(cli, &emulator, look_up);
        let good = tempfile::tempdir().unwrap();
        workspace.set("XDG_RUNTIME_DIR", text(good.path()));
        std::fs::create_dir(workspace.path().join("a|b")).unwrap();
        for folder in ["missing", "main.tf", "a|b"] {
            let folder = workspace.path().join(folder);
            workspace.set("TMPDIR", text(&folder)).succeed(&["plan"]);
        }
        assert_eq!(entries(good.path()), 0);
        workspace.unset("TMPDIR").set(NO_GROUP.0, NO_GROUP.1).succeed(&["plan"]);
        let refused = workspace.set("TF_DISABLE_PLUGIN_TLS", "1").run(&["plan"]);
        assert_eq!(refused.code, 1, "{}", refused.all());
        let sentence = r#"terraform-provider-descope can't start: PLUGIN_UNIX_SOCKET_GROUP is "no-such-group""#;
        assert!(refused.prose().contains(sentence), "{}", refused.all());
    });
}
