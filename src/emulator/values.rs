// SPDX-License-Identifier: Apache-2.0

//! Judges the values of flags, so that one that nobody could use is refused at the start. `flags` names
//! these functions. A reason never quotes a key.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The longest latency. The provider gives up before that.
const LONGEST: Duration = Duration::from_secs(600);

/// Accepts what the provider accepts as a project's id.
pub fn project(text: &str) -> Result<String, String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_id = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_of = |prefix: &str| text.strip_prefix(prefix).is_some_and(is_id);
    let may_be_a_key = text.starts_with('K') && !text.contains('P');
    match () {
        () if text.is_empty() => Err("a project id can't be empty".to_owned()),
        () if may_be_a_key => Err("it may be a management key: a project id begins with `P`".to_owned()),
        () if is_of("MS") => Err("it is the id of a server: a project id begins with `P`".to_owned()),
        () if is_of("RS") => Err("it is the id of a Resource: a project id begins with `P`".to_owned()),
        () if text.bytes().all(is_word) => Ok(text.to_owned()),
        () => Err("a project id has only letters, digits, `-` and `_`".to_owned()),
    }
}

/// Accepts what the provider accepts as a key.
pub fn key(text: &str) -> Result<String, String> {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`');
    let scheme = text.get(.."Bearer ".len()).unwrap_or_default();
    let refused = match () {
        () if text.is_empty() => "a key can't be empty",
        () if scheme.eq_ignore_ascii_case("Bearer ") => "it begins with `Bearer `: give the key alone",
        () if !text.bytes().all(|byte| byte.is_ascii_graphic()) => "a key has visible ASCII characters without spaces",
        () if text.starts_with(':') || text.ends_with(':') => "a key neither begins nor ends with a `:`",
        () if text.split_once(':').is_some_and(|(before, _)| is_word(before)) => {
            "it is two words joined by `:`, such as a project id and a key: give the key alone, and the project by \
             `--project`"
        }
        () if text.starts_with(is_quote) || text.ends_with(is_quote) => "a key has no quotation marks around it",
        () if text.trim_end_matches('=').contains('=') => "it is a name and a key, joined by `=`: give the key alone",
        () => return Ok(text.to_owned()),
    };
    Err(refused.to_owned())
}

/// Accepts an address with a port. Whether others may reach it is for `flags` to say.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

/// Whether only this machine reaches an address, also one of IPv4 in the form of IPv6.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Accepts a time with a unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    let example = "such as 100ms or 2s";
    match humantime::parse_duration(text) {
        Ok(duration) if duration > LONGEST => Err(format!("at most {} minutes are allowed", LONGEST.as_secs() / 60)),
        Ok(duration) => Ok(duration),
        Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(format!("a unit is missing: write a time {example}"))
        }
        Err(_) => Err(format!("write a whole number and a unit, {example}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_refuses_is_refused() {
        for (judge, wrong, reason) in [
            (project as fn(&str) -> Result<String, String>, "a b", "only letters, digits"),
            (project, "P2:K2", "only letters, digits"),
            (project, "", "can't be empty"),
            (project, "K2abc", "may be a management key"),
            (project, "MS2abc", "the id of a server"),
            (project, "RS2abc", "the id of a Resource"),
            (key, "a b", "without spaces"),
            (key, "P2:K2", "joined by `:`"),
            (key, "a:b", "joined by `:`"),
            (key, "K2:P2", "joined by `:`"),
            (key, "bearer K2", "begins with `Bearer `"),
            (key, "K2:", "neither begins nor ends"),
            (key, ":K2", "neither begins nor ends"),
            (key, "'K2'", "no quotation marks"),
            (key, "KEY=K2", "joined by `=`"),
            (key, "", "can't be empty"),
        ] {
            let refused = judge(wrong).unwrap_err();
            assert!(refused.contains(reason), "{wrong}: {refused}");
        }
        for fine in ["K2abc", "K2/+\"<&>:Yx", "abc=="] {
            assert_eq!(key(fine).as_deref(), Ok(fine));
        }
        for fine in ["P2", "MS-x", "MS"] {
            assert_eq!(project(fine).as_deref(), Ok(fine));
        }
    }

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(duration("100ms"), Ok(Duration::from_millis(100)));
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        for (wrong, reason) in [
            ("100", "a unit is missing"),
            ("soon", "a whole number and a unit"),
            ("-1s", "unit"),
            ("1h", "at most 10 minutes"),
        ] {
            assert!(duration(wrong).unwrap_err().contains(reason), "{wrong}");
        }
    }
}
