// SPDX-License-Identifier: Apache-2.0

//! The environment variables that the provider falls back to. Read once, when the process starts.

use percent_encoding::percent_decode_str;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The environment variables that the provider falls back to, read once.
#[derive(Default)]
pub struct Environment {
    /// `DESCOPE_PROJECT_ID`
    pub project_id: Option<String>,
    /// `DESCOPE_MANAGEMENT_KEY`
    pub management_key: Option<SecretString>,
    /// `DESCOPE_BASE_URL`
    pub base_url: Option<String>,
    /// `DESCOPE_CA_CERT_FILE`
    pub ca_cert_file: Option<String>,
    /// `DESCOPE_CLIENT_CERT_FILE`
    pub client_cert_file: Option<String>,
    /// `DESCOPE_CLIENT_KEY_FILE`
    pub client_key_file: Option<String>,
    /// `TF_APPEND_USER_AGENT`
    pub append_user_agent: Option<String>,
    /// The passwords in the addresses of proxies.
    pub proxy_passwords: Vec<SecretString>,
}

/// The variables that the HTTP client takes proxies from.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

// === impl Environment ===

impl Environment {
    /// This process's environment.
    pub fn of_process() -> Self {
        // `echo` leaves a line end at the end of a variable. None of these values has one. Bytes that are
        // no UTF-8 are replaced by a character that the checks refuse.
        let read = |name| {
            let value = std::env::var_os(name)?.to_string_lossy().trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        // The process's own copy of its environment stays, but no other.
        let secret = |name| {
            let bytes = Zeroizing::new(std::env::var_os(name)?.into_encoded_bytes());
            let value = SecretString::from(String::from_utf8_lossy(&bytes).trim());
            (!value.expose_secret().is_empty()).then_some(value)
        };
        Self {
            project_id: read("DESCOPE_PROJECT_ID"),
            management_key: secret("DESCOPE_MANAGEMENT_KEY"),
            base_url: read("DESCOPE_BASE_URL"),
            ca_cert_file: read("DESCOPE_CA_CERT_FILE"),
            client_cert_file: read("DESCOPE_CLIENT_CERT_FILE"),
            client_key_file: read("DESCOPE_CLIENT_KEY_FILE"),
            append_user_agent: read("TF_APPEND_USER_AGENT"),
            proxy_passwords: PROXIES.iter().filter_map(|name| password(&read(name)?)).collect(),
        }
    }

    /// What the provider calls itself to the API.
    pub(in crate::provider) fn user_agent(&self) -> String {
        let own = concat!("terraform-provider-descope/", env!("CARGO_PKG_VERSION"));
        let Some(more) = &self.append_user_agent else { return own.to_owned() };
        // What this variable adds is a decoration, so it must not stop an apply.
        if more.contains(char::is_control) {
            tracing::warn!(
                "`TF_APPEND_USER_AGENT` has characters that no HTTP header can carry, such as a \
                 line break: spaces are sent instead"
            );
        }
        format!("{own} {}", more.replace(char::is_control, " "))
    }
}

/// The password in an address, which may lack a scheme, and may have a character in the password that ends the part of
/// the address for it.
fn password(address: &str) -> Option<SecretString> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let url = Url::parse(&format!("http://{rest}")).ok();
    let of_url = url.as_ref().and_then(Url::password);
    let by_hand = || rest.rsplit_once('@')?.0.split_once(':').map(|(_, password)| password);
    let password = of_url.or_else(by_hand).filter(|password| !password.is_empty())?;
    Some(percent_decode_str(password).decode_utf8().ok()?.into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_proxy_is_found() {
        let found = |address| password(address).map(|found| found.expose_secret().to_owned());
        assert_eq!(found("http://me:p%40ss-word@proxy.example:3128").as_deref(), Some("p@ss-word"));
        assert_eq!(found("me:word@proxy.example").as_deref(), Some("word"));
        assert_eq!(found("me:wo/rd@proxy.example").as_deref(), Some("wo/rd"));
        assert_eq!(found("https://me:wo#r@d@proxy.example:1").as_deref(), Some("wo#r@d"));
        assert_eq!((found("http://me@proxy.example"), found("proxy.example:3128"), found("::")), (None, None, None));
    }

    #[test]
    fn an_appended_user_agent_never_stops_an_apply() {
        let agent = |more: &str| {
            Environment { append_user_agent: Some(more.to_owned()), ..Environment::default() }.user_agent()
        };
        let own = Environment::default().user_agent();
        assert_eq!(agent("ci/1 (é)"), format!("{own} ci/1 (é)"));
        assert_eq!(agent("ci/1\r\nX-Other: 1\u{7f}"), format!("{own} ci/1  X-Other: 1 "));
    }
}
