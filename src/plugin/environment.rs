//! The environment variables that a host sets for its plugins. Only this module reads them.

use std::path::PathBuf;

/// The cookie that tells a plugin that a host started it. It is public, not a secret.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The part of a host's environment that go-plugin defines, and the log level.
#[derive(Clone, Debug, Default)]
pub(super) struct HostEnvironment {
    cookie: Option<String>,
    /// `PLUGIN_CLIENT_CERT`: the host's certificate as PEM, or nothing if the host turned TLS off.
    pub(super) client_certificate: Option<String>,
    /// `PLUGIN_MIN_PORT` and `PLUGIN_MAX_PORT`: the range of TCP ports to listen on.
    pub(super) ports: (u16, u16),
    /// `PLUGIN_UNIX_SOCKET_DIR`: the folder in which to create the socket.
    pub(super) socket_folder: Option<PathBuf>,
    /// `PLUGIN_UNIX_SOCKET_GROUP`: the group that may use the socket.
    pub(super) socket_group: Option<String>,
    /// Whether `PLUGIN_MULTIPLEX_GRPC` is set.
    pub(super) asks_multiplexing: bool,
    /// The log level, from the most specific variable that is set.
    pub(super) log_level: Option<String>,
}

// === impl HostEnvironment ===

impl HostEnvironment {
    /// Reads this process's environment.
    pub(super) fn of_process() -> Self {
        Self::of(|name| std::env::var_os(name).and_then(|value| value.into_string().ok()))
    }

    /// Reads an environment through a function that returns a variable's value.
    pub(super) fn of(read: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| read(name).filter(|value| !value.is_empty());
        let port = |name: &str| set(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        let log_level = ["TF_LOG_PROVIDER_DESCOPE", "TF_LOG_PROVIDER", "TF_LOG"].into_iter().find_map(set);
        Self {
            cookie: set("TF_PLUGIN_MAGIC_COOKIE"),
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            ports: (port("PLUGIN_MIN_PORT"), port("PLUGIN_MAX_PORT")),
            socket_folder: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            socket_group: set("PLUGIN_UNIX_SOCKET_GROUP"),
            asks_multiplexing: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
            log_level,
        }
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
        HostEnvironment::of(|name| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()))
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

    #[test]
    fn ports_that_are_not_numbers_are_ignored() {
        assert_eq!(with(&[("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]).ports, (10000, 25000));
        assert_eq!(with(&[("PLUGIN_MIN_PORT", "x"), ("PLUGIN_MAX_PORT", "70000")]).ports, (0, 0));
    }
}
