// SPDX-License-Identifier: Apache-2.0

//! The emulator itself: its files, the API's description that it follows, its process, its flags, and its page.

mod documented;
mod flags;
mod page;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::api::{Api, ApiType};
use crate::support::emulator::Emulator;

/// Far more than the emulator needs to end, and far less than the requests take that hold it up.
const SOON: Duration = Duration::from_secs(10);

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_descope-emulator"))
}

fn started() -> Emulator {
    Emulator::start(binary())
}

/// A request on a connection of its own. The connection stays open.
fn sent(emulator: &Emulator, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(emulator.address()).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: emulator.test\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

#[test]
fn signals_end_it_while_standard_input_and_connections_are_open() {
    for signal in ["TERM", "INT"] {
        let mut emulator = started();
        let mut kept_alive = sent(&emulator, "/answered");
        assert!(kept_alive.read(&mut [0; 1024]).unwrap() > 0);
        let silent = TcpStream::connect(emulator.address()).unwrap();
        emulator.fault(r#"{"path":"/delayed","kind":"delay","ms":60000}"#);
        let delayed = sent(&emulator, "/delayed");
        while emulator.requests("/delayed").is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let pid = emulator.pid().to_string();
        assert!(Command::new("kill").args([format!("-{signal}"), pid]).status().unwrap().success());
        let status = emulator.ended(SOON).unwrap_or_else(|| panic!("SIG{signal} does not end the emulator"));
        assert!(status.success(), "SIG{signal}: {status}");
        drop((kept_alive, silent, delayed));
    }
}

#[test]
fn the_end_of_standard_input_ends_it() {
    let mut emulator = started();
    assert_eq!(emulator.ended(Duration::from_millis(200)), None);
    emulator.close_stdin();
    assert!(emulator.ended(SOON).is_some_and(|status| status.success()));
}

/// The answer is like Descope's, which does not tell. Whoever writes a request needs to know.
#[test]
fn what_it_drops_is_told_on_standard_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_descope-emulator"))
        .args(["--project", "P1", "--key", "K1", "--exit-with-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit('/').next().unwrap().to_owned();
    // The second one is refused because of what is dropped.
    for body in
        [r#"{"name":"a","loginPageUrl":"x","sessionSettings":{"a\nb":1}}"#, r#"{"naem":"a"}"#, r#"{"name":"b"}"#]
    {
        let mut stream = TcpStream::connect(&address).unwrap();
        let length = body.len();
        let request = format!(
            "POST /v1/mgmt/mcp/server/create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer P1:K1\r\nContent-Type: \
             application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(!answer.contains("loginPageUrl") && !answer.contains("naem"), "{answer}");
    }
    drop(child.stdin.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    child.wait().unwrap();
    let lines: Vec<&str> =
        told.lines().filter_map(|line| line.split_once("without a word: ")).map(|told| told.1).collect();
    assert_eq!(lines, [r#""loginPageUrl", "sessionSettings.a\nb""#, r#""naem""#], "{told}");
}

#[test]
fn the_description_of_the_api_is_found_by_path() {
    let api = Api::described();
    let text = Some(ApiType::Text);
    assert_eq!(api.resolve("McpServer", "sessionSettings.refreshTokenExpiration"), Some(ApiType::Int32));
    assert_eq!(api.resolve("McpServer", "approvedScopes.permissionsScopes[].name"), text);
    assert_eq!((api.resolve("McpServer", "tags[]"), api.resolve("McpServer", "tags")), (text, Some(texts())));
    for path in ["", "nothing", "name.more", "name[]", "tags.name", "approvedScopes.permissionsScopes.name"] {
        assert_eq!(api.resolve("McpServer", path), None, "{path}");
    }
    let values = api.values("CreateMcpServerRequest");
    assert_eq!(values[..2], ["name", "description"], "in the order of the file");
    for path in
        ["consentFlowId", "approvedScopes.permissionsScopes[].values", "cimdSettings.domainPolicies.policies[].enabled"]
    {
        assert!(values.iter().any(|value| value == path), "{path} is missing in {values:?}");
    }
    assert!(!values.iter().any(|value| value == "id" || value == "sessionSettings"), "{values:?}");
}

fn texts() -> ApiType {
    ApiType::List(Box::new(ApiType::Text))
}

/// The names right behind `super::` in the part of a file that is not for its tests.
fn used(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = lines.join("\n");
    let mut names = BTreeSet::new();
    for (start, marker) in code.match_indices("super::") {
        let rest = &code[start + marker.len()..];
        let group = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => rest.split([';', '(', ')', '<', '>', ',', ' ', '\n']).next().unwrap_or_default(),
        };
        names.extend(group.split(',').map(|path| path.trim().split("::").next().unwrap_or_default().to_owned()));
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn its_files_use_each_other_one_way() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/emulator");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("mod.rs") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            files.insert(name, used(&std::fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(files["routes"].contains("servers"), "no uses are found, so this test would prove nothing");
    for (file, used) in &files {
        let stray: Vec<&String> = used.iter().filter(|name| !files.contains_key(*name)).collect();
        assert!(stray.is_empty(), "{file}.rs uses {stray:?} of mod.rs, which uses the other files");
    }
    // A file that uses no file that is left can't be part of a circle.
    while let Some(free) = files.iter().find(|(_, used)| !used.iter().any(|name| files.contains_key(name))) {
        let free = free.0.clone();
        files.remove(&free);
    }
    assert!(files.is_empty(), "these files use each other in a circle, or use one that does: {:?}", files.keys());
}
