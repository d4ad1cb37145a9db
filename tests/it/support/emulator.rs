// SPDX-License-Identifier: Apache-2.0

//! Runs the emulator as a process and calls its control plane.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running emulator. It ends when this value is dropped or the test's process ends in any way.
pub struct Emulator {
    child: Child,
    address: String,
}

/// The project that every emulator has.
pub const PROJECT: &str = "Ptest22222222222222222222222";

/// A second project.
pub const OTHER_PROJECT: &str = "Pother2222222222222222222222";

/// The key that is accepted for both.
pub const KEY: &str = "Kcanary7c1d9e4b2a";

impl Emulator {
    /// Starts an emulator with two projects and a key.
    pub fn start(binary: &Path) -> Self {
        Self::start_with(binary, OTHER_PROJECT)
    }

    /// Starts an emulator with the usual project, another one, and the usual key.
    pub fn start_with(binary: &Path, other: &str) -> Self {
        Self::start_keyed(binary, other, KEY)
    }

    /// Starts an emulator with the usual project, another one, and this key.
    pub fn start_keyed(binary: &Path, other: &str, key: &str) -> Self {
        Self::start_by(binary, &["--project", PROJECT, "--project", other, "--key", key])
    }

    /// Starts an emulator with the usual project, the usual key, and these flags.
    pub fn start_flagged(binary: &Path, flags: &[&str]) -> Self {
        Self::start_by(binary, &[&["--project", PROJECT, "--key", KEY], flags].concat())
    }

    fn start_by(binary: &Path, flags: &[&str]) -> Self {
        let mut child = Command::new(binary)
            .args(flags)
            .arg("--exit-with-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("the emulator says where it is");
        let address = line.trim().strip_prefix("descope-emulator listening on http://").expect("an address").to_owned();
        Self { child, address }
    }

    /// The base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The variables that make the provider use it.
    pub fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("DESCOPE_BASE_URL", self.url()),
            ("DESCOPE_PROJECT_ID", PROJECT.to_owned()),
            ("DESCOPE_MANAGEMENT_KEY", KEY.to_owned()),
        ]
    }

    /// The API requests so far whose path ends with this text.
    pub fn requests(&self, path: &str) -> Vec<Value> {
        let requests = self.control("GET", &format!("requests?path={path}"), "");
        serde_json::from_str(&requests).expect("a list of requests")
    }

    /// The bodies of those requests, as they came.
    pub fn bodies(&self, path: &str) -> Vec<Value> {
        self.requests(path).into_iter().map(|mut request| request["body"].take()).collect()
    }

    /// Asserts that the API has each member that the requests so far have. It drops others silently.
    #[track_caller]
    pub fn assert_nothing_dropped(&self) {
        for request in self.requests("") {
            assert_eq!(request["dropped"], serde_json::json!([]), "{request}");
        }
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.control("DELETE", "requests", "");
    }

    /// The stored servers by id.
    pub fn servers(&self) -> serde_json::Map<String, Value> {
        serde_json::from_str(&self.control("GET", "servers", "")).expect("servers by id")
    }

    /// The only stored server's id.
    #[track_caller]
    pub fn only_server(&self) -> String {
        let servers = self.servers();
        assert_eq!(servers.len(), 1, "{servers:?}");
        servers.keys().next().expect("one").clone()
    }

    /// A stored server, byte for byte as it is stored.
    pub fn stored(&self, id: &str) -> String {
        self.control("GET", &format!("servers/{id}"), "")
    }

    /// Stores a server as it is.
    pub fn plant(&self, id: &str, json: &str) {
        self.control("PUT", &format!("servers/{id}"), json);
    }

    /// Stores a server as it is, in another project.
    pub fn plant_in(&self, project: &str, id: &str, json: &str) {
        self.control("PUT", &format!("servers/{id}?project={project}"), json);
    }

    /// Changes members of a stored server without an API request.
    pub fn edit(&self, id: &str, json: &str) {
        self.control("PATCH", &format!("servers/{id}"), json);
    }

    /// Removes a server without an API request.
    pub fn remove(&self, id: &str) {
        self.control("DELETE", &format!("servers/{id}"), "");
    }

    /// Sets the switches.
    pub fn switch(&self, json: &str) {
        self.control("PUT", "switches", json);
    }

    /// Queues a fault.
    pub fn fault(&self, json: &str) {
        self.control("POST", "faults", json);
    }

    /// Forgets everything, also the switches.
    pub fn reset(&self) {
        self.control("POST", "reset", "");
    }

    /// Its address and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Closes its standard input.
    pub fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Ends its process at once, as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().expect("a child of ours");
        self.child.wait().expect("a child of ours");
    }

    /// How its process ended; `None` if it still runs after `time`.
    pub fn ended(&mut self, time: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        loop {
            match self.child.try_wait().expect("a child of ours") {
                None if start.elapsed() < time => std::thread::sleep(Duration::from_millis(10)),
                status => return status,
            }
        }
    }

    /// Calls the control plane and returns the body.
    pub fn control(&self, method: &str, path: &str, body: &str) -> String {
        let (status, text) = http(&self.address, method, &format!("/_emulator/{path}"), body);
        assert_eq!(status, 200, "{method} {path}: {text}");
        text
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends an HTTP/1.1 request on a connection of its own. Returns the status and the body.
pub fn http(address: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("the emulator listens");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("a request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer comes");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}
