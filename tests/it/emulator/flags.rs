// SPDX-License-Identifier: Apache-2.0

//! The flags, as somebody types them.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::binary;
use crate::support::emulator::{Emulator, KEY, PROJECT, http};

/// Runs an emulator that ends at once.
fn run(flags: &[&str]) -> Output {
    Command::new(binary()).args(flags).stdin(Stdio::null()).output().unwrap()
}

/// Asserts that an emulator does not start, and that it says why.
#[track_caller]
pub fn assert_refused(flags: &[&str], code: i32, reasons: &[&str]) {
    let output = run(&[flags, &["--exit-with-stdin"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{flags:?}: {said}");
    for reason in reasons {
        assert!(said.contains(reason), "{flags:?}: {reason:?} is missing: {said}");
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

#[test]
fn the_port_is_the_one_that_was_asked_for() {
    let port = free_port().to_string();
    let emulator = Emulator::start_flagged(binary(), &["--port", &port]);
    assert_eq!(emulator.address(), format!("127.0.0.1:{port}"));
    assert_refused(&["--port", &port], 1, &["can't listen on 127.0.0.1:", &port]);
}

#[test]
fn what_can_not_work_is_refused_at_the_start() {
    for (flags, reason) in [
        (&["--port", "1", "--listen", "127.0.0.1:1"][..], "cannot be used with"),
        (&["--listen", "0.0.0.0:0"], "add --allow-remote"),
        (&["--key", "a:b"], "joined by `:`"),
        (&["--project", "MS2abc"], "the id of a server"),
        (&["--latency", "5"], "a unit is missing"),
        (&["--fault", r#"{"kind":"drop","tims":2}"#], "\"tims\""),
    ] {
        assert_refused(flags, 2, &[reason]);
    }
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, "{\n  \"MS1\": {\"name\": \"a\", \"tags\": 1}\n}").unwrap();
    let seed = seed.display().to_string();
    assert_refused(&["--seed", &seed], 1, &[&seed, "MS1.tags: expected an array"]);
}

#[test]
fn a_container_lets_others_in_and_says_so() {
    let mut child = Command::new(binary())
        .args(["--listen", "0.0.0.0:0", "--allow-remote", "--exit-with-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().strip_prefix("descope-emulator listening on http://0.0.0.0:").unwrap();
    assert_eq!(http(&format!("127.0.0.1:{port}"), "GET", "/_emulator/health", "").0, 200);
    drop(child.stdin.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert!(said.contains("Other machines may reach it"), "{said}");
    // The provider takes plain HTTP on loopback only.
    assert!(said.contains(&format!("export DESCOPE_BASE_URL=http://127.0.0.1:{port}\n")), "{said}");
}

#[test]
fn a_fault_of_the_command_line_hits_the_first_request() {
    let fault = r#"{"path":"/anything","kind":"error","status":503}"#;
    let emulator =
        Emulator::start_flagged(binary(), &["--fault", fault, "--fault", r#"{"kind":"error","status":502}"#]);
    let statuses = ["/anything", "/other", "/anything"].map(|path| http(emulator.address(), "GET", path, "").0);
    assert_eq!(statuses, [503, 502, 404]);
}

/// A seed is what the control plane answers, or what the API answers.
#[test]
fn what_one_emulator_answers_is_the_seed_of_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    let first = Emulator::start_flagged(binary(), &[]);
    first.plant("MS1", r#"{"name":"a","odd":1.10,"tags":["x"],"sessionSettings":{"refreshTokenExpiration":4}}"#);
    first.plant("MS2", r#"{"name":"b"}"#);
    let held = first.control("GET", "servers", "");
    std::fs::write(&seed, &held).unwrap();
    let second = Emulator::start_flagged(binary(), &["--seed", seed.to_str().unwrap()]);
    let sown: Value = serde_json::from_str(&second.control("GET", "servers", "")).unwrap();
    assert_eq!(sown, serde_json::from_str::<Value>(&held).unwrap());
    assert!(second.stored("MS1").contains(r#""odd":1.10"#), "{}", second.stored("MS1"));

    let answered = post(second.address(), "/v1/mgmt/mcp/servers/all", "{}").unwrap();
    std::fs::write(&seed, &answered.1).unwrap();
    let third = Emulator::start_flagged(binary(), &["--seed", seed.to_str().unwrap()]);
    assert_eq!(post(third.address(), "/v1/mgmt/mcp/servers/all", "{}").unwrap(), answered);
    // The ids of the seed are not given again.
    let created = post(third.address(), "/v1/mgmt/mcp/server/create", r#"{"name":"c"}"#).unwrap();
    let created: Value = serde_json::from_str(&created.1).unwrap();
    assert_eq!((third.servers().len(), &created["server"]["name"]), (3, &json!("c")));
}

/// A request of the API with the usual credentials: the status and the body, if an answer came.
pub fn post(address: &str, path: &str, body: &str) -> Option<(u16, String)> {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {PROJECT}:{KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
