// SPDX-License-Identifier: Apache-2.0

//! Listens on a TCP port of 127.0.0.1, in the range that the host asks for. Called by `bind`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use tokio::net::{TcpListener, TcpSocket};

use super::listener::WAITING;

/// Any port that is free.
const ANY: RangeInclusive<u16> = 0..=0;

/// Listens on the first free port from `PLUGIN_MIN_PORT` to `PLUGIN_MAX_PORT`. The error is the end
/// of a sentence.
pub(super) fn listen(min: Option<&str>, max: Option<&str>) -> Result<(TcpListener, u16), String> {
    let ports = range(min, max).unwrap_or_else(|| {
        tracing::warn!(min, max, "PLUGIN_MIN_PORT and PLUGIN_MAX_PORT are not a range of ports, so any port will do");
        ANY
    });
    let mut last = String::new();
    for port in ports.clone() {
        match listen_on(port) {
            Ok(listener) => {
                let port = listener.local_addr().map_err(|error| error.to_string())?.port();
                return Ok((listener, port));
            }
            Err(error) => last = error.to_string(),
        }
    }
    let ports = if ports == ANY { String::new() } else { format!(" from {} to {}", ports.start(), ports.end()) };
    Err(format!("no port of 127.0.0.1{ports} can be listened on: {last}"))
}

fn listen_on(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // Where another program has just closed this port, it can be used again. On Windows this would mean that two
    // programs share it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.listen(WAITING)
}

/// The range that the host asks for; nothing if it contradicts itself. A host that asks for none
/// takes any port.
fn range(min: Option<&str>, max: Option<&str>) -> Option<RangeInclusive<u16>> {
    let (Some(min), Some(max)) = (min, max) else { return (min.is_none() && max.is_none()).then_some(ANY) };
    let (min, max) = (min.parse().ok()?, max.parse().ok()?);
    (0 < min && min <= max).then_some(min..=max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_the_host_asks_for_or_nothing() {
        assert_eq!(range(Some("10000"), Some("25000")), Some(10000..=25000));
        assert_eq!(range(None, None), Some(ANY));
        for (min, max) in [
            (Some("2"), Some("1")),
            (Some("0"), Some("1")),
            (Some("1"), None),
            (None, Some("1")),
            (Some("x"), Some("1")),
            (Some("1"), Some("70000")),
        ] {
            assert_eq!(range(min, max), None, "{min:?} to {max:?}");
        }
    }

    #[tokio::test]
    async fn a_range_that_contradicts_itself_is_ignored() {
        let (listener, port) = listen(Some("25000"), Some("10000")).unwrap();
        assert!(listener.local_addr().unwrap().ip().is_loopback() && port > 0);
    }

    /// With fewer, a flood of strangers makes the host's own connection a second late.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn as_many_may_wait_as_the_system_allows() {
        let most: u32 = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
        let (_listener, port) = listen(None, None).unwrap();
        let output = std::process::Command::new("ss").args(["-Hltn", &format!("sport = :{port}")]).output();
        let Ok(output) = output else { return eprintln!("skipped: `ss` is not installed") };
        let line = String::from_utf8(output.stdout).unwrap();
        assert_eq!(line.split_whitespace().nth(2), Some(most.min(WAITING).to_string().as_str()), "{line}");
    }

    #[tokio::test]
    async fn only_ports_of_the_range_are_used() {
        let (_taken, port) = listen(None, None).unwrap();
        let port = port.to_string();
        let error = listen(Some(&port), Some(&port)).unwrap_err();
        assert!(error.contains(&format!("from {port} to {port}")), "{error}");
    }
}
