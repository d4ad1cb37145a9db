//! What the host says through the environment, and the one line that answers it on standard output.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::listener::Address;

/// What a host sets so that a plugin knows that it was not started by hand. It is no secret.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The host's environment, as far as this layer reads it.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    cookie: Option<String>,
    /// `PLUGIN_CLIENT_CERT`: the host's certificate as PEM; absent when the host turned TLS off.
    pub(super) client_certificate: Option<String>,
    /// `PLUGIN_MIN_PORT` and `PLUGIN_MAX_PORT`, for listening on TCP.
    pub(super) ports: (u16, u16),
    /// `PLUGIN_UNIX_SOCKET_DIR`
    pub(super) socket_folder: Option<PathBuf>,
    /// `PLUGIN_UNIX_SOCKET_GROUP`
    pub(super) socket_group: Option<String>,
    /// `PLUGIN_MULTIPLEX_GRPC` is set.
    pub(super) asks_multiplexing: bool,
    /// The level to log at, by the most specific variable that is set.
    pub(super) log_level: Option<String>,
}

// === impl Environment ===

impl Environment {
    /// This process's environment.
    pub fn of_process() -> Self {
        Self::of(|name| std::env::var_os(name).and_then(|value| value.into_string().ok()))
    }

    pub(super) fn of(read: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| read(name).filter(|value| !value.is_empty());
        let port = |name: &str| set(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        Self {
            cookie: set("TF_PLUGIN_MAGIC_COOKIE"),
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            ports: (port("PLUGIN_MIN_PORT"), port("PLUGIN_MAX_PORT")),
            socket_folder: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            socket_group: set("PLUGIN_UNIX_SOCKET_GROUP"),
            asks_multiplexing: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
            log_level: set("TF_LOG_PROVIDER_DESCOPE").or_else(|| set("TF_LOG_PROVIDER")).or_else(|| set("TF_LOG")),
        }
    }

    /// Whether a host started this process.
    pub(super) fn has_cookie(&self) -> bool {
        self.cookie.as_deref() == Some(COOKIE)
    }
}

/// The handshake: core protocol, our protocol, network, address, transport, certificate.
///
/// The highest protocol that both sides know is announced. We know one, so it is announced in any case: a host that does not know it
/// says so better than we could.
pub(super) fn line(environment: &Environment, protocol: u16, address: &Address, certificate: Option<&[u8]>) -> String {
    // Padded base64 is refused by hosts ("illegal base64 data").
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    // A seventh field only when asked: old hosts split into six parts and would take it for a part of the certificate.
    let multiplexing = if environment.asks_multiplexing { "|false" } else { "" };
    format!("1|{protocol}|{}|{}|grpc|{certificate}{multiplexing}", address.network(), address.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_six_fields_and_a_seventh_only_when_asked() {
        let address = Address::Unix("/tmp/x/p".into());
        let plain = Environment::of(|_| None);
        assert_eq!(line(&plain, 6, &address, None), "1|6|unix|/tmp/x/p|grpc|");
        assert_eq!(line(&plain, 6, &address, Some(b"a")), "1|6|unix|/tmp/x/p|grpc|YQ");
        let asking = Environment::of(|name| (name == "PLUGIN_MULTIPLEX_GRPC").then(|| "true".to_owned()));
        assert_eq!(line(&asking, 6, &address, None), "1|6|unix|/tmp/x/p|grpc||false");
    }

    #[test]
    fn only_the_cookie_makes_a_plugin() {
        let with = |cookie: &str| {
            let cookie = cookie.to_owned();
            Environment::of(move |name| (name == "TF_PLUGIN_MAGIC_COOKIE").then(|| cookie.clone()))
        };
        assert!(with(COOKIE).has_cookie());
        assert!(!with("x").has_cookie() && !with("").has_cookie());
    }
}
