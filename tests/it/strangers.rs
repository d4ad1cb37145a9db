// SPDX-License-Identifier: Apache-2.0

//! Strangers who connect to the place where the provider listens, by thousands: silent, with garbage,
//! and over and over. They neither use up the descriptors nor keep the host waiting.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::contract::until;
use crate::support::hcl::provider;
use crate::support::plugin::{HANG, HostCertificate, Plugin, command};
use crate::transport::calls;

/// How many connections there are, and how many of them one process of strangers has: a process may have
/// about a thousand files open.
const STRANGERS: usize = 2000;
const IN_ONE_PROCESS: usize = 500;

/// How many files the provider may have open: as many as there are on a small machine.
const DESCRIPTORS: usize = 256;

/// The variable that makes the test below a process of strangers: what they do, the network, the address.
const CROWD: &str = "CROWD_OF_STRANGERS";

fn connect(network: &str, address: &str) -> std::io::Result<Box<dyn Write>> {
    Ok(match network {
        "unix" => Box::new(std::os::unix::net::UnixStream::connect(address)?),
        _ => Box::new(std::net::TcpStream::connect(address)?),
    })
}

/// The process of strangers. In the test run itself it does nothing.
#[test]
fn a_crowd_of_strangers() {
    let Ok(crowd) = std::env::var(CROWD) else { return };
    let [kind, network, address] = crowd.split('|').collect::<Vec<_>>().try_into().unwrap();
    let mut kept = Vec::new();
    for number in 0..IN_ONE_PROCESS {
        let Ok(mut stream) = connect(network, address) else { continue };
        match (kind, number % 3) {
            // Something that begins like TLS, and something that does not.
            ("garbage", 0) => drop(stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")),
            ("garbage", 1) => drop(stream.write_all(&[b'x'; 4096])),
            _ => {}
        }
        kept.push(stream);
    }
    std::io::stdout().write_all(b"\nall are here\n").unwrap();
    if kind == "restless" {
        // Until the test ends this process.
        loop {
            drop(connect(network, address));
        }
    }
    let _ = std::io::stdin().read(&mut [0]);
}

/// Starts a process of strangers and waits until they have connected.
fn crowd(kind: &str, plugin: &Plugin) -> Child {
    let mut crowd = Command::new(std::env::current_exe().unwrap())
        .args(["strangers::a_crowd_of_strangers", "--exact", "--nocapture"])
        .env(CROWD, format!("{kind}|{}|{}", plugin.fields[2], plugin.fields[3]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = std::io::BufReader::new(crowd.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("all are here") {
        line.clear();
        assert_ne!(std::io::BufRead::read_line(&mut out, &mut line).unwrap(), 0, "the strangers are gone");
    }
    crowd
}

/// How many files a process has open.
fn open_files(plugin: &Plugin) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", plugin.child.id().unwrap())).map_or(0, Iterator::count)
}

async fn strangers_do_not_matter(network: &str, variables: &[(&str, &str)]) {
    let certificate = HostCertificate::generate();
    let mut all = vec![("PLUGIN_CLIENT_CERT", certificate.pem.as_str())];
    all.extend_from_slice(variables);
    let mut command = command(Path::new("sh"), &all);
    command.args(["-c", &format!(r#"ulimit -n {DESCRIPTORS} && exec "$0""#)]).arg(provider());
    let mut plugin =
        Plugin::spawn(command, &all, |line| Some(line.trim_end().split('|').map(str::to_owned).collect())).await;
    assert_eq!(plugin.fields[2], network);

    let mut crowds: Vec<Child> = Vec::new();
    for number in 0..STRANGERS / IN_ONE_PROCESS {
        crowds.push(crowd(["silent", "garbage"][number % 2], &plugin));
    }
    let crowded = open_files(&plugin);
    assert!(crowded < DESCRIPTORS - 50, "{crowded} files are open");
    crowds.push(crowd("restless", &plugin));

    // It takes milliseconds. A host that waits until the strangers' handshakes have taken too long waits
    // for ten seconds.
    let begun = Instant::now();
    let channel = tokio::time::timeout(HANG, plugin.connect(Some(&certificate))).await.unwrap().unwrap();
    assert!(calls(channel.clone()).await);
    let waited = begun.elapsed();
    eprintln!("{network}: the host waited {waited:?} with {crowded} files open");
    assert!(waited < Duration::from_secs(5), "the host waited {waited:?}");

    // From now on nobody else is let in, and those who are there cost nothing.
    if crowded > 0 {
        until("the strangers are gone", || open_files(&plugin) < 30).await;
    }
    until("nobody is let in", || connect(&plugin.fields[2], &plugin.fields[3]).is_err()).await;
    assert!(calls(channel.clone()).await, "the host is still served");
    for mut crowd in crowds {
        crowd.kill().unwrap();
        crowd.wait().unwrap();
    }
    drop(channel);
    plugin.child.kill().await.unwrap();
}

#[tokio::test]
async fn at_the_port_strangers_do_not_matter() {
    let nowhere = ("PLUGIN_UNIX_SOCKET_GROUP", "no-such-group");
    strangers_do_not_matter("tcp", &[nowhere]).await;
}

#[tokio::test]
async fn at_the_socket_strangers_do_not_matter() {
    strangers_do_not_matter("unix", &[]).await;
}
