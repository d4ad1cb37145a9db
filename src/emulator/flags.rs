//! The emulator's command line. Called by its binary.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A project id and a key that are obviously made up, for when none are given.
const PROJECT: &str = "Pemulator2222222222222222222";
const KEY: &str = "Kemulator22222222222222222222222";

const HELP: &str = "descope-emulator: an in-memory stand-in of Descope's MCP server Management API

  --listen ADDRESS:PORT   a loopback address; port 0 takes a free one (default 127.0.0.1:0)
  --project ID            a project that exists (repeatable; has a default)
  --key KEY               a management key with rights on all projects (repeatable; has a default)
  --print-requests        one line for each API request on standard error
  --exit-with-stdin       end when standard input ends
  --help, --version

It prints its address on standard output. Everything is forgotten when it ends. Below /_emulator/ it can be looked into and
told to misbehave; see src/emulator/control.rs.";

/// What the command line asks for.
pub enum Command {
    /// To serve.
    Serve(Flags),
    /// To print a text.
    Tell(String),
}

/// How to serve.
#[derive(Debug)]
pub struct Flags {
    /// Where to listen; always a loopback address.
    pub listen: SocketAddr,
    /// The projects that exist; the first is the default for the control plane.
    pub projects: Vec<String>,
    /// The keys that are accepted.
    pub keys: Vec<String>,
    /// Whether to print a line for each request.
    pub print_requests: bool,
    /// Whether to end when standard input does.
    pub exit_with_stdin: bool,
}

impl Flags {
    /// Reads the command line.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
        let mut flags = Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            projects: Vec::new(),
            keys: Vec::new(),
            print_requests: false,
            exit_with_stdin: false,
        };
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{flag} needs a value"));
            match flag.as_str() {
                "--listen" => flags.listen = loopback(&value()?)?,
                "--project" => flags.projects.push(value()?),
                "--key" => flags.keys.push(value()?),
                "--print-requests" => flags.print_requests = true,
                "--exit-with-stdin" => flags.exit_with_stdin = true,
                "--help" | "-h" => return Ok(Command::Tell(HELP.to_owned())),
                "--version" => return Ok(Command::Tell(format!("descope-emulator {}", env!("CARGO_PKG_VERSION")))),
                _ => return Err(format!("{flag:?} is no flag of mine")),
            }
        }
        if flags.projects.is_empty() {
            flags.projects.push(PROJECT.to_owned());
        }
        if flags.keys.is_empty() {
            flags.keys.push(KEY.to_owned());
        }
        Ok(Command::Serve(flags))
    }
}

/// An address, if it is a loopback one: nobody else on the network shall find a management API without real credentials.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| format!("--listen {text:?} is no ADDRESS:PORT"))?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err(format!("--listen {text:?} is no loopback address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Command, String> {
        Flags::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn flags() {
        let Ok(Command::Serve(flags)) = parse(&["--project", "P1", "--project", "P2", "--listen", "[::1]:8080"]) else {
            panic!()
        };
        assert_eq!(
            (flags.projects.len(), flags.listen.port(), flags.keys.as_slice()),
            (2, 8080, &[KEY.to_owned()][..])
        );
        for wrong in [&["--listen"][..], &["--listen", "0.0.0.0:1"], &["--listen", "x"], &["-x"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(matches!(parse(&["--help"]), Ok(Command::Tell(_))));
    }
}
