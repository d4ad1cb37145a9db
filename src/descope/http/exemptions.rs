// SPDX-License-Identifier: Apache-2.0

//! Hosts that are called without a proxy. The HTTP client takes names and networks alone, and ignores other
//! forms that people know from other programs. Used by `proxies`.

use std::ffi::OsString;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::NoProxy;
use url::Url;

/// What the environment says about hosts that need no proxy.
pub(super) struct Exemptions {
    variable: &'static str,
    list: String,
    /// Answers a proxy for every host, less those that are exempt.
    matcher: Matcher,
}

// === impl Exemptions ===

impl Exemptions {
    /// Of a variable and its value.
    pub(super) fn of(variable: Option<(&'static str, OsString)>) -> Self {
        let text = variable.and_then(|(name, value)| Some((name, value.into_string().ok()?)));
        let (variable, list) = text.unwrap_or_default();
        let matcher = Matcher::builder().all("http://proxy").no(list.clone()).build();
        Self { variable, list, matcher }
    }

    /// The same for the HTTP client.
    pub(super) fn for_client(&self) -> Option<NoProxy> {
        NoProxy::from_string(&self.list)
    }

    /// Whether an address is called without a proxy.
    pub(super) fn hold(&self, base_url: &str) -> bool {
        let address: Option<Uri> = base_url.parse().ok();
        address.is_some_and(|address| self.matcher.intercept(&address).is_none())
    }

    /// The variable that exempts an address, if one does.
    pub(super) fn held_by(&self, base_url: &str) -> Option<&'static str> {
        self.hold(base_url).then_some(self.variable).filter(|variable| !variable.is_empty())
    }

    /// For an address that is not exempt: the entry that means it all the same, and what to write in its place, as
    /// the end of a sentence. Empty if there is none.
    pub(super) fn misread(&self, base_url: &str) -> String {
        let host = Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let meant = self.list.split(',').find_map(|entry| Some((entry.trim(), meant(entry, &host)?)));
        let Some((entry, name)) = meant else { return String::new() };
        format!(
            ". The entry `{entry}` of the environment variable `{}` has a form that is not understood, so it exempts \
             nothing: write `{name}` in its place",
            self.variable
        )
    }
}

/// The name or address in an entry that means a host, with a wildcard, a scheme, a port or a path around it.
fn meant(entry: &str, host: &str) -> Option<String> {
    let host = host.trim_matches(['[', ']']);
    let name = |word: &str| {
        let rest = word.split_once("://").map_or(word, |(_, rest)| rest);
        let rest = rest.split('/').next().unwrap_or_default();
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*');
        let rest = match rest.rsplit_once(':') {
            Some((name, port)) if is_port(port) && (name.ends_with(']') || !name.contains(':')) => name,
            _ => rest,
        };
        rest.trim_matches(['*', '.', '[', ']']).to_ascii_lowercase()
    };
    let means = |name: &String| {
        let before = host.strip_suffix(name.as_str()).filter(|_| !name.is_empty());
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    entry.split([' ', ';', '\t']).map(name).find(means)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(list: &str, base_url: &str) -> String {
        let exemptions = Exemptions::of(Some(("NO_PROXY", list.into())));
        if exemptions.hold(base_url) { "exempt".to_owned() } else { exemptions.misread(base_url) }
    }

    #[test]
    fn an_entry_that_is_not_understood_is_named_with_what_to_write() {
        let api = "https://api.descope.com:8443/x";
        for (entry, name) in [
            ("*.descope.com", "descope.com"),
            ("*descope.com", "descope.com"),
            ("api.descope.com:8443", "api.descope.com"),
            ("*.descope.com:*", "descope.com"),
            ("https://api.descope.com", "api.descope.com"),
            ("https://api.descope.com:443/", "api.descope.com"),
            ("x.example api.descope.com", "api.descope.com"),
            ("x.example;descope.com", "descope.com"),
        ] {
            let told_of = told(&format!("x.example, {entry}"), api);
            let words = format!("`{entry}` of the environment variable `NO_PROXY` has a form that is not understood");
            assert!(told_of.contains(&words), "{entry}: {told_of}");
            assert!(told_of.ends_with(&format!("write `{name}` in its place")), "{entry}: {told_of}");
            assert_eq!(told(name, api), "exempt", "{name}");
        }
        let address = told("192.0.2.1:8443", "https://192.0.2.1:8443");
        assert!(address.ends_with("write `192.0.2.1` in its place"), "{address}");
        let address = told("[2001:db8::1]:8443", "https://[2001:db8::1]:8443");
        assert!(address.ends_with("write `2001:db8::1` in its place"), "{address}");
        for other in ["", "*.example.com", "scope.com:443", "https://", "*.", ":443", "10.0.0.0/8"] {
            assert_eq!(told(other, api), "", "{other}");
        }
        for exempt in ["descope.com", ".descope.com", "*", "api.descope.com"] {
            assert_eq!(told(exempt, api), "exempt", "{exempt}");
        }
    }
}
