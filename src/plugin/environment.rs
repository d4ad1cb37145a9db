// SPDX-License-Identifier: Apache-2.0

//! The environment variables that a host sets for its plugins. Only this module reads them.

use std::ffi::OsString;
#[cfg(unix)]
use std::path::{Path, PathBuf};

/// The cookie that tells a plugin that a host started it. It is public, not a secret.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The part of a host's environment that go-plugin defines, and the log level.
#[derive(Clone, Debug, Default)]
pub(super) struct HostEnvironment {
    cookie: Option<String>,
    /// `PLUGIN_CLIENT_CERT`: the host's certificate as PEM, or nothing if the host turned TLS off.
    pub(super) client_certificate: Option<String>,
    /// Whether `TF_DISABLE_PLUGIN_TLS` is set, by which a person tells the host to turn TLS off.
    pub(super) disables_tls: bool,
    /// `PLUGIN_MIN_PORT` and `PLUGIN_MAX_PORT`: the range of TCP ports to listen on.
    pub(super) ports: (Option<String>, Option<String>),
    /// The folders that variables name, in the order of `FOLDERS`.
    #[cfg(unix)]
    folders: Vec<PathBuf>,
    /// `PLUGIN_UNIX_SOCKET_GROUP`: the group that may use the socket.
    #[cfg(unix)]
    pub(super) socket_group: Option<String>,
    /// Whether `PLUGIN_MULTIPLEX_GRPC` is set.
    pub(super) asks_multiplexing: bool,
    /// The log level, from the most specific variable that is set.
    pub(super) log_level: Option<String>,
}

/// The variables that name a folder for the socket, the best first: the host's wish, the system's
/// setting for temporary files, and the private folder of a session.
#[cfg(unix)]
const FOLDERS: [&str; 3] = ["PLUGIN_UNIX_SOCKET_DIR", "TMPDIR", "XDG_RUNTIME_DIR"];

/// The folders for temporary files that Unix systems have.
#[cfg(unix)]
const USUAL_FOLDERS: [&str; 2] = ["/tmp", "/var/tmp"];

// === impl HostEnvironment ===

impl HostEnvironment {
    /// Reads this process's environment.
    pub(super) fn of_process() -> Self {
        Self::of(|name| std::env::var_os(name))
    }

    /// Reads an environment through a function that returns a variable's value. An empty value
    /// counts as none.
    pub(super) fn of(read: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| read(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
        let log_level = ["TF_LOG_PROVIDER_DESCOPE", "TF_LOG_PROVIDER", "TF_LOG"].into_iter().find_map(set);
        Self {
            cookie: set("TF_PLUGIN_MAGIC_COOKIE"),
            // Serving without TLS for the sake of odd bytes would let in whoever connects.
            client_certificate: read("PLUGIN_CLIENT_CERT")
                .filter(|value| !value.is_empty())
                .map(|value| value.to_string_lossy().into_owned()),
            disables_tls: set("TF_DISABLE_PLUGIN_TLS").is_some(),
            ports: (set("PLUGIN_MIN_PORT"), set("PLUGIN_MAX_PORT")),
            #[cfg(unix)]
            folders: FOLDERS
                .into_iter()
                .filter_map(&read)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
                .collect(),
            #[cfg(unix)]
            socket_group: set("PLUGIN_UNIX_SOCKET_GROUP"),
            asks_multiplexing: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
            log_level,
        }
    }

    /// The folders in which to try to make the socket, one after the other.
    #[cfg(unix)]
    pub(super) fn socket_folders(&self) -> Vec<PathBuf> {
        let mut folders = self.folders.clone();
        for usual in USUAL_FOLDERS.map(Path::new) {
            if !folders.iter().any(|folder| folder == usual) {
                folders.push(usual.to_owned());
            }
        }
        folders
    }

    /// Whether a host started this process.
    pub(super) fn has_cookie(&self) -> bool {
        self.cookie.as_deref() == Some(COOKIE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &'static [(&str, &str)]) -> HostEnvironment {
        HostEnvironment::of(|name| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).into()))
    }

    #[test]
    fn only_the_cookie_makes_a_plugin() {
        assert!(with(&[("TF_PLUGIN_MAGIC_COOKIE", COOKIE)]).has_cookie());
        assert!(!with(&[("TF_PLUGIN_MAGIC_COOKIE", "x")]).has_cookie());
        assert!(!with(&[("TF_PLUGIN_MAGIC_COOKIE", "")]).has_cookie());
        assert!(!with(&[]).has_cookie());
    }

    #[test]
    fn the_most_specific_log_variable_that_is_set_counts() {
        let all = &[("TF_LOG_PROVIDER_DESCOPE", "debug"), ("TF_LOG_PROVIDER", "info"), ("TF_LOG", "warn")];
        assert_eq!(with(all).log_level.as_deref(), Some("debug"));
        assert_eq!(with(&all[1..]).log_level.as_deref(), Some("info"));
        assert_eq!(with(&all[2..]).log_level.as_deref(), Some("warn"));
        assert_eq!(with(&[("TF_LOG_PROVIDER", ""), ("TF_LOG", "warn")]).log_level.as_deref(), Some("warn"));
        assert_eq!(with(&[]).log_level, None);
    }

    #[cfg(unix)]
    #[test]
    fn a_certificate_of_odd_bytes_is_not_taken_for_none() {
        use std::os::unix::ffi::OsStringExt;
        let odd = |name: &str| (name == "PLUGIN_CLIENT_CERT").then(|| OsString::from_vec(vec![0xff]));
        let certificate = HostEnvironment::of(odd).client_certificate.unwrap();
        assert!(super::super::tls::acceptor(&certificate).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn folders_come_in_order_and_once() {
        let folders = |variables| with(variables).socket_folders();
        let all = &[("XDG_RUNTIME_DIR", "/run/1"), ("TMPDIR", "/t"), ("PLUGIN_UNIX_SOCKET_DIR", "/p")];
        let paths = |texts: &[&str]| texts.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(folders(all), paths(&["/p", "/t", "/run/1", "/tmp", "/var/tmp"]));
        assert_eq!(folders(&[("TMPDIR", "/tmp")]), paths(&["/tmp", "/var/tmp"]));
        assert_eq!(folders(&[("TMPDIR", "")]), paths(&["/tmp", "/var/tmp"]), "an empty one names no folder");
    }
}
