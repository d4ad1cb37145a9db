//! The emulator's command line. The binary parses it, `process` and `world` read it.

use std::net::SocketAddr;

use clap::Parser;

/// A project id and a key that are obviously made up, for when none are given.
const PROJECT: &str = "Pemulator2222222222222222222";
const KEY: &str = "Kfor0trying0things0out0only00000";

const MORE_HELP: &str = "\
The emulator prints its address on standard output, and the environment variables that make the
provider use it on standard error. It keeps everything in memory and forgets it when it ends.
Fields of a request that Descope does not document are dropped, as Descope's gateway does. The
answer does not tell; a line on standard error does, and so does \"dropped\" in the requests.

Look into it:
  GET /_emulator/requests answers every API request so far, as JSON. ?path=/create keeps those whose
  path ends like that. GET /_emulator/servers answers what is stored.

Make it misbehave:
  POST /_emulator/faults queues a fault for the next request, or for those to one path. For example,
  this makes the next two creations fail after they took effect:

    curl http://127.0.0.1:8080/_emulator/faults --data \\
      '{\"path\":\"/server/create\",\"times\":2,\"kind\":\"error\",\"status\":503,\"after\":true}'

  Other kinds: {\"kind\":\"drop\"} breaks the connection, {\"kind\":\"delay\",\"ms\":500} answers late
  (with \"before\":true, the request takes effect late, too),
  {\"kind\":\"big\",\"bytes\":1000000} pads the answer with spaces to this size, and
  {\"kind\":\"body\",\"status\":200,\"content_type\":\"text/html\",\"body\":\"<p>\"} answers this body.
  DELETE /_emulator/faults drops the queue, POST /_emulator/reset forgets everything.
  PUT /_emulator/switches changes how the API behaves from then on, such as {\"zeros\":\"omitted\"};
  GET /_emulator/switches answers all switches. This limits the rate of requests:

    curl http://127.0.0.1:8080/_emulator/switches -X PUT --data \\
      '{\"rate_limit\":{\"requests\":20,\"per_ms\":1000,\"retry_after\":\"1\"}}'

  \"counts_refusals\":true counts refused requests, too, \"window\":\"fixed\" counts by the second.";

/// A stand-in for Descope's MCP server Management API that keeps everything in memory
#[derive(Debug, Parser)]
#[command(name = "descope-emulator", version, after_long_help = MORE_HELP)]
pub struct Flags {
    /// Where to listen: a loopback address, and a port or 0 for a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub listen: SocketAddr,
    /// A project that exists (repeatable); the control plane uses the first one
    #[arg(
        long = "project",
        value_name = "ID",
        default_value = PROJECT,
        value_parser = project,
    )]
    pub projects: Vec<String>,
    /// A management key with all rights on all projects (repeatable)
    #[arg(long = "key", value_name = "KEY", default_value = KEY, value_parser = key)]
    pub keys: Vec<String>,
    /// Print one line on standard error for each API request
    #[arg(long)]
    pub print_requests: bool,
    /// End when standard input ends, which it does when the test that started it is gone
    #[arg(long)]
    pub exit_with_stdin: bool,
}

/// Accepts what the provider accepts as a project's id: nobody could use another one.
fn project(text: &str) -> Result<String, String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let may_be_a_key = text.starts_with('K') && !text.contains('P');
    match () {
        () if text.is_empty() => Err("a project id can't be empty".to_owned()),
        () if may_be_a_key => Err("it may be a management key: a project id begins with `P`".to_owned()),
        () if text.bytes().all(is_word) => Ok(text.to_owned()),
        () => Err("a project id has only letters, digits, `-` and `_`".to_owned()),
    }
}

/// Accepts what the provider accepts as a key. The reason does not quote it.
fn key(text: &str) -> Result<String, String> {
    let is_project = |before: &str| before.starts_with('P') && before.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`');
    let refused = match () {
        () if text.is_empty() => "a key can't be empty",
        () if !text.bytes().all(|byte| byte.is_ascii_graphic()) => "a key has visible ASCII characters without spaces",
        () if text.starts_with(':') || text.ends_with(':') => "a key neither begins nor ends with a `:`",
        () if text.split_once(':').is_some_and(|(before, _)| is_project(before)) => {
            "it is a project id and a key, joined by `:`: give the key alone, and the project by `--project`"
        }
        () if text.starts_with(is_quote) || text.ends_with(is_quote) => "a key has no quotation marks around it",
        () if text.trim_end_matches('=').contains('=') => "it is a name and a key, joined by `=`: give the key alone",
        () => return Ok(text.to_owned()),
    };
    Err(refused.to_owned())
}

/// Accepts loopback addresses only: nobody else on the network may reach a management API that
/// accepts made-up credentials.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:8080")?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("only loopback addresses are allowed, such as 127.0.0.1:8080 or [::1]:8080".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::faults::InjectedFault;
    use super::super::rate_limit::RateLimit;
    use super::super::switches::Switches;
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Flags, clap::Error> {
        Flags::try_parse_from([&["descope-emulator"], arguments].concat())
    }

    #[test]
    fn flags_are_read_and_have_defaults() {
        Flags::command().debug_assert();
        let flags = parse(&["--project", "P1", "--project", "P2", "--listen", "[::1]:8080"]).unwrap();
        assert_eq!((flags.projects, flags.listen.port()), (vec!["P1".to_owned(), "P2".to_owned()], 8080));
        assert_eq!(flags.keys, [KEY]);
        assert!(!flags.print_requests && !flags.exit_with_stdin);
        let flags = parse(&["--key", "K1", "--print-requests", "--exit-with-stdin"]).unwrap();
        assert_eq!((flags.projects, flags.keys), (vec![PROJECT.to_owned()], vec!["K1".to_owned()]));
        assert!(flags.listen.ip().is_loopback() && flags.print_requests && flags.exit_with_stdin);
    }

    #[test]
    fn wrong_flags_are_refused_with_the_reason() {
        for (wrong, reason) in [
            (&["--listen"][..], "a value is required"),
            (&["--listen", "0.0.0.0:1"], "only loopback addresses"),
            (&["--listen", "x"], "write an IP address and a port"),
            (&["--project", "a b"], "only letters, digits"),
            (&["--project", "P2:K2"], "only letters, digits"),
            (&["--project", ""], "can't be empty"),
            (&["--project", "K2abc"], "may be a management key"),
            (&["--key", "a b"], "without spaces"),
            (&["--key", "P2:K2"], "joined by `:`"),
            (&["--key", "K2:"], "neither begins nor ends"),
            (&["--key", "'K2'"], "no quotation marks"),
            (&["--key", "KEY=K2"], "joined by `=`"),
            (&["--key", ""], "can't be empty"),
            (&["-x"], "unexpected argument '-x'"),
            (&["more"], "unexpected argument 'more'"),
        ] {
            let error = parse(wrong).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn the_examples_in_the_help_are_accepted() {
        let examples = MORE_HELP.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let (mut faults, mut switches, mut limits) = (0, 0, 0);
        for example in examples.map(|members| format!("{{{members}}}")) {
            match () {
                () if example.contains("kind") => {
                    faults += i32::from(serde_json::from_str::<InjectedFault>(&example).is_ok());
                }
                () if example.contains("per_ms") => {
                    limits += i32::from(serde_json::from_str::<RateLimit>(&example).is_ok());
                }
                () => switches += i32::from(serde_json::from_str::<Switches>(&example).is_ok()),
            }
        }
        assert_eq!((faults, switches, limits), (5, 1, 1));
    }

    #[test]
    fn help_and_version_explain_the_emulator() {
        let help = parse(&["--help"]).unwrap_err();
        assert_eq!(help.exit_code(), 0);
        let help = help.to_string();
        for words in ["--exit-with-stdin", "/_emulator/requests", "/_emulator/faults", KEY] {
            assert!(help.contains(words), "{help}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
        let version = parse(&["--version"]).unwrap_err().to_string();
        assert_eq!(version.trim(), concat!("descope-emulator ", env!("CARGO_PKG_VERSION")));
    }
}
