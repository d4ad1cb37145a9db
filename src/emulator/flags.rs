// SPDX-License-Identifier: Apache-2.0

//! The emulator's command line. The binary reads it; `opening`, `process` and `world` use it.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::faults::InjectedFault;
use super::values::{address, duration, is_loopback, key, project};

/// A project id and a key that are obviously made up, for when none are given.
const PROJECT: &str = "Pemulator2222222222222222222";
const KEY: &str = "Kfor0trying0things0out0only00000";

/// What `--help` says after the flags.
const HELP: &str = include_str!("help.txt");

const SHORT_HELP: &str = "\
Example: descope-emulator --port 8080, then open http://127.0.0.1:8080 in a browser.
--help explains how to look into the emulator and how to make it misbehave.";

/// A stand-in for Descope's MCP server Management API, for trying things out and for tests
#[derive(Debug, Parser)]
#[command(name = "descope-emulator", version, after_help = SHORT_HELP, after_long_help = HELP)]
pub struct Flags {
    /// Listen on this port of 127.0.0.1 (default: a free one)
    #[arg(long, value_name = "N", conflicts_with = "listen")]
    port: Option<u16>,
    /// Listen on this address and port, in place of --port
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Let --listen name an address that other machines can reach
    #[arg(long)]
    pub allow_remote: bool,
    /// A project that exists (repeatable); the first one gets the seed
    #[arg(
        long = "project",
        value_name = "ID",
        default_value = PROJECT,
        hide_default_value = true,
        long_help = format!("A project that exists (repeatable); the first one gets the seed\n[default: {PROJECT}]"),
        value_parser = project,
    )]
    pub projects: Vec<String>,
    /// A management key with all rights on all projects (repeatable)
    #[arg(
        long = "key",
        value_name = "KEY",
        default_value = KEY,
        hide_default_value = true,
        long_help = format!("A management key with all rights on all projects (repeatable)\n[default: {KEY}]"),
        value_parser = key,
    )]
    pub keys: Vec<String>,
    /// Start with the servers in this JSON file
    #[arg(long, value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// Keep servers and clients in this file, and read it at the start
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Queue a fault at the start, in JSON (repeatable)
    #[arg(long = "fault", value_name = "JSON", value_parser = InjectedFault::read)]
    pub faults: Vec<InjectedFault>,
    /// Answer each API request this much later, such as 100ms or 2s
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration)]
    pub latency: Duration,
    /// Print one line on standard error for each API request
    #[arg(long)]
    pub print_requests: bool,
    /// End when standard input ends
    #[arg(long)]
    pub exit_with_stdin: bool,
}

impl Flags {
    /// The flags of this process. Prints help or what is wrong, and ends the process then.
    pub fn from_command_line() -> Self {
        Self::read(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    /// Reads flags. The first argument is the program's name.
    pub fn read(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let flags = Self::try_parse_from(arguments)?;
        let address = flags.address();
        // Nobody else on the network may reach a management API that accepts made-up credentials, unless
        // somebody wants that.
        match is_loopback(address.ip()) || flags.allow_remote {
            true => Ok(flags),
            false => Err(Self::command().error(
                ErrorKind::ValueValidation,
                format!(
                    "other machines can reach {address}, and anybody who does can read and change everything in the \
                     emulator without a key. Listen on 127.0.0.1 or [::1], or add --allow-remote if that is what you \
                     want, such as in a container"
                ),
            )),
        }
    }

    /// Where to listen.
    pub fn address(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, self.port.unwrap_or(0))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::rate_limit::RateLimit;
    use super::super::switches::Switches;
    use super::*;

    fn read(arguments: &[&str]) -> Result<Flags, clap::Error> {
        Flags::read([&["descope-emulator"], arguments].concat())
    }

    #[test]
    fn flags_are_read_and_have_defaults() {
        Flags::command().debug_assert();
        let flags = read(&["--project", "P1", "--project", "P2", "--listen", "[::1]:8080"]).unwrap();
        assert_eq!((flags.address().to_string().as_str(), flags.projects.len()), ("[::1]:8080", 2));
        assert_eq!(flags.keys, [KEY]);
        assert!(!flags.print_requests && !flags.exit_with_stdin && flags.latency.is_zero());
        let flags = read(&["--key", "K1", "--print-requests", "--exit-with-stdin"]).unwrap();
        assert_eq!((flags.projects, flags.keys), (vec![PROJECT.to_owned()], vec!["K1".to_owned()]));
        assert!(flags.listen.is_none() && flags.print_requests && flags.exit_with_stdin);
        let flags = read(&["--port", "8080", "--latency", "2s", "--fault", r#"{"kind":"drop"}"#]).unwrap();
        assert_eq!((flags.address().to_string().as_str(), flags.latency.as_secs()), ("127.0.0.1:8080", 2));
        assert_eq!(flags.faults.len(), 1);
        assert_eq!(read(&[]).unwrap().address().to_string(), "127.0.0.1:0");
        assert!(read(&["--listen", "[::ffff:127.0.0.1]:0"]).is_ok(), "loopback in another form");
    }

    #[test]
    fn other_machines_are_let_in_only_if_that_is_said() {
        for address in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80", "[::ffff:192.0.2.1]:80"] {
            let refused = read(&["--listen", address]).unwrap_err();
            assert!(refused.exit_code() == 2 && refused.to_string().contains("add --allow-remote"), "{refused}");
            assert_eq!(read(&["--listen", address, "--allow-remote"]).unwrap().address().to_string(), address);
        }
    }

    #[test]
    fn wrong_flags_are_refused_with_the_reason() {
        for (wrong, reason) in [
            (&["--listen"][..], "a value is required"),
            (&["--listen", "x"], "write an IP address and a port"),
            (&["--listen", "127.0.0.1:1", "--port", "1"], "cannot be used with '--port <N>'"),
            (&["--port", "65536"], "65536 is not in 0..=65535"),
            (&["--project", "a b"], "only letters, digits"),
            (&["--key", "a:b"], "joined by `:`"),
            (&["--latency", "100"], "a unit is missing"),
            (&["--fault", "{}"], "missing field `kind`"),
            (&["--seed", ""], "a value is required"),
            (&["-x"], "unexpected argument '-x'"),
            (&["more"], "unexpected argument 'more'"),
        ] {
            let error = read(wrong).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    /// The JSON objects of the help's examples: between the quotation marks of a shell's argument.
    fn examples() -> Vec<&'static str> {
        let quoted = HELP.lines().filter_map(|line| Some(line.split_once("'{")?.1.rsplit_once("}'")?.0));
        quoted.collect()
    }

    #[test]
    fn the_examples_in_the_help_are_accepted() {
        let (mut faults, mut switches) = (0, 0);
        for example in examples().iter().map(|members| format!("{{{members}}}")) {
            match example.contains("\"kind\"") {
                true => {
                    faults +=
                        i32::from(InjectedFault::read(&example).map_err(|error| panic!("{example}: {error}")).is_ok())
                }
                false => {
                    serde_json::from_str::<Switches>(&example).unwrap_or_else(|error| panic!("{example}: {error}"));
                    switches += 1;
                }
            }
        }
        assert!(faults >= 6 && switches >= 3, "{faults} faults, {switches} switches");
    }

    #[test]
    fn the_help_explains_every_fault_and_every_switch() {
        let switches = serde_json::to_value(Switches::default()).unwrap();
        let limit = r#"{"requests":1,"per_ms":1}"#;
        let limit = serde_json::to_value(serde_json::from_str::<RateLimit>(limit).unwrap()).unwrap();
        let mut words: Vec<String> =
            [&switches, &limit].map(|all| all.as_object().unwrap().keys().cloned()).into_iter().flatten().collect();
        for fault in [
            r#"{"kind":"error","status":500}"#,
            r#"{"kind":"body","status":200,"content_type":"","body":""}"#,
            r#"{"kind":"drop"}"#,
            r#"{"kind":"delay","ms":1}"#,
            r#"{"kind":"big","bytes":1}"#,
        ] {
            let fault = serde_json::to_value(InjectedFault::read(fault).unwrap()).unwrap();
            words.push(fault["kind"].as_str().unwrap().to_owned());
            words.extend(fault.as_object().unwrap().keys().cloned());
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        for word in words {
            assert!(HELP.split(|c| !is_word(c)).any(|other| other == word), "--help does not explain {word}");
        }
        assert!(!HELP.contains("src/") && !HELP.contains(".rs"), "nobody who reads the help has the source");
    }

    #[test]
    fn help_and_version_explain_the_emulator() {
        let help = read(&["--help"]).unwrap_err();
        assert_eq!(help.exit_code(), 0);
        let help = help.to_string();
        for words in ["--exit-with-stdin", "/_emulator/requests", "/_emulator/faults", "--allow-remote", KEY] {
            assert!(help.contains(words), "{help}");
        }
        let short = read(&["-h"]).unwrap_err().to_string();
        assert!(short.lines().count() < 30 && short.contains("--port") && !short.contains("per_ms"), "{short}");
        for line in help.lines().chain(short.lines()) {
            assert!(line.chars().count() <= 100, "{line}");
        }
        let version = read(&["--version"]).unwrap_err().to_string();
        assert_eq!(version.trim(), concat!("descope-emulator ", env!("CARGO_PKG_VERSION")));
    }
}
