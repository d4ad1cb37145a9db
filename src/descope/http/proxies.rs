// SPDX-License-Identifier: Apache-2.0

//! Proxies that the environment names. The HTTP client would ignore one that can't be used and call the
//! API directly, which whoever set it did not want, so that is an error. It also does not tell what
//! it met at a proxy from what it met at the API, and not with which status a proxy refused. Used by
//! `clients`.

use std::ffi::OsString;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use reqwest::ClientBuilder;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::super::call::Attempt;
use super::super::cause::{About, Cause};
use super::exemptions::Exemptions;
use super::reason::reason;
use super::tls_probe::{Hello, hello};
use super::words::plain;

/// How long a proxy that refused gets to say with which status.
const ASKED_AGAIN: Duration = Duration::from_secs(5);

/// How much of a proxy's answer is read: its first line.
const FIRST_LINE: u64 = 256;

/// What the environment says about proxies for `https`.
pub(super) struct Proxies {
    /// Why the proxy can't be used that would be, if so.
    fault: Option<String>,
    /// The proxy that would be used.
    used: Option<Proxy>,
    exemptions: Exemptions,
}

/// A proxy, and the variable that names it.
struct Proxy {
    variable: &'static str,
    address: Url,
}

// === impl Proxies ===

impl Proxies {
    /// Of the two spellings of each variable, the first one counts that is not empty. `ALL_PROXY` counts if the other
    /// one can't be used.
    pub(super) fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let is_blank = |value: &OsString| value.to_str().is_some_and(|text| text.trim().is_empty());
        let set = |name| variable(name).filter(|value| !is_blank(value));
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, set(name)?)));
        let named = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]].into_iter().filter_map(first);
        let named: Vec<(&'static str, Option<String>)> =
            named.map(|(name, value)| (name, value.into_string().ok())).collect();
        let used = named
            .iter()
            .find_map(|(variable, value)| Some(Proxy { variable, address: value.as_deref().and_then(usable)? }));
        let fault = named.first().filter(|_| used.is_none()).map(|(name, value)| {
            format!("the environment variable `{name}` {}", why_unusable(value.as_deref().unwrap_or_default()))
        });
        let exemptions = Exemptions::of(first(["NO_PROXY", "no_proxy"]));
        Self { fault, used, exemptions }
    }

    /// A client that uses the proxy. Left to itself, it takes a variable that is empty for one that is set, and goes
    /// without the proxy that the variable's other spelling names.
    pub(super) fn applied(&self, builder: ClientBuilder) -> Result<ClientBuilder, String> {
        let direct = builder.no_proxy();
        let Some(Proxy { address, .. }) = &self.used else { return Ok(direct) };
        let proxy = reqwest::Proxy::https(address.clone()).map_err(|error| reason(error).words)?;
        Ok(direct.proxy(proxy.no_proxy(self.exemptions.for_client())))
    }

    /// An attempt to reach an address, in the words that a proxy on the way deserves: whatever kept the
    /// connection from being made may be about the proxy alone. A proxy that refused is asked once more,
    /// for the status.
    pub(super) async fn blamed(
        &self,
        base_url: &str,
        attempt: Attempt,
        tls: impl FnOnce() -> Option<ClientConfig>,
    ) -> Attempt {
        let Attempt::NoConnection(cause) = &attempt else { return attempt };
        if let Some(variable) = self.exemptions.held_by(base_url) {
            return Attempt::NoConnection(Cause { exempted_by: Some(variable), ..cause.clone() });
        }
        let Some(proxy) = self.used.as_ref() else { return attempt };
        let Ok(target) = Url::parse(base_url) else { return attempt };
        let target =
            format!("{}:{}", target.host_str().unwrap_or_default(), target.port_or_known_default().unwrap_or(443));
        let layers = cause.layers.join(": ");
        let told = if layers.contains("failed to create underlying connection") {
            format!("can't be reached: {}", of_the_proxy(cause, &target))
        } else if layers.contains("proxy authorization required") {
            proxy.refused(&target, Some(407))
        } else if layers.contains("tunnel error: unsuccessful") {
            proxy.refused(&target, proxy.status(&target, tls()).await)
        } else if layers.contains("tunnel error") {
            let why = cause.layers.last().map(|layer| plain(layer)).unwrap_or_default();
            format!("broke off when it was asked for a connection to {target} ({why})")
        } else if let Some(silence) = if cause.late { proxy.silence(tls()).await } else { None } {
            let words = format!("{} {silence}{}", proxy.named(), self.exemptions.misread(base_url));
            return Attempt::NoConnection(Cause { about: About::SilentProxy, words, ..cause.clone() });
        } else {
            let words = format!("{}, by way of {}{}", cause.words, proxy.named(), self.exemptions.misread(base_url));
            return Attempt::NoConnection(Cause { words, ..cause.clone() });
        };
        let words = format!("{} {told}{}", proxy.named(), self.exemptions.misread(base_url));
        Attempt::NoConnection(Cause { about: About::Proxy, words, ..cause.clone() })
    }

    /// Whether a proxy would be used for an address.
    fn concern(&self, base_url: &str) -> bool {
        !self.exemptions.hold(base_url)
    }

    /// Why an address can't be called, if the proxy for it can't be used.
    pub(super) fn fault(&self, base_url: &str) -> Option<String> {
        let fault = self.fault.as_deref().filter(|_| self.concern(base_url))?;
        Some(format!("{fault}{}", self.exemptions.misread(base_url)))
    }
}

/// Why a proxy was not reached, made of the words that are used for any host and port.
fn of_the_proxy(cause: &Cause, target: &str) -> String {
    match (cause.about, cause.layers.last()) {
        (About::Name, Some(layer)) => format!("its host name has no address ({})", plain(layer)),
        _ => cause.words.replace(&format!("at {target}"), "there").replace(target, "it"),
    }
}

// === impl Proxy ===

impl Proxy {
    /// What its refusal means.
    fn refused(&self, target: &str, status: Option<u16>) -> String {
        const PLACE: &str = "give them as USER:PASSWORD@ before its host";
        let status_told = status.map(|status| format!(" with status {status}")).unwrap_or_default();
        let other = if self.has_credentials() { "other " } else { "" };
        let cause = match status {
            Some(407) => format!("It wants {other}credentials: {PLACE}"),
            Some(401) => format!("It may be a web server and not a proxy, or want {other}credentials: {PLACE}"),
            Some(403) => "Its rules don't allow this host".to_owned(),
            Some(500..=599) => "It found no way there, or is out of order".to_owned(),
            _ => "It may not serve connections to other hosts (CONNECT)".to_owned(),
        };
        format!("refused a connection to {target}{status_told}. {cause}")
    }

    fn has_credentials(&self) -> bool {
        !self.address.username().is_empty() || self.address.password().is_some()
    }

    /// As in a sentence: whatever else its address has in it may be a secret.
    fn named(&self) -> String {
        let (scheme, host) = (self.address.scheme(), self.address.host_str().unwrap_or_default());
        let port = self.address.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("the proxy {scheme}://{host}{port} (environment variable `{}`)", self.variable)
    }

    /// What it does not do, if connecting by way of it took too long and it is the one that says nothing.
    async fn silence(&self, tls: Option<ClientConfig>) -> Option<String> {
        let (host, port, mut tls) = (self.address.host_str()?, self.address.port_or_known_default()?, tls?);
        if self.address.scheme() != "https" {
            return None;
        }
        tls.alpn_protocols.clear();
        let advice = "If it is a proxy of plain http, write `http://` before its host";
        (hello(host, port, tls).await == Hello::Silence)
            .then(|| format!("accepted a connection, and then the TLS handshake with it did not finish. {advice}"))
    }

    /// With which status it refuses a connection to a host and port.
    async fn status(&self, target: &str, tls: Option<ClientConfig>) -> Option<u16> {
        timeout(ASKED_AGAIN, async {
            let host = self.address.host_str()?.trim_matches(['[', ']']);
            let stream = TcpStream::connect((host, self.address.port_or_known_default()?)).await.ok()?;
            match self.address.scheme() {
                "https" => {
                    let mut tls = tls?;
                    tls.alpn_protocols.clear();
                    let name = ServerName::try_from(host.to_owned()).ok()?;
                    self.ask(TlsConnector::from(std::sync::Arc::new(tls)).connect(name, stream).await.ok()?, target)
                        .await
                }
                _ => self.ask(stream, target).await,
            }
        })
        .await
        .ok()
        .flatten()
    }

    async fn ask(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, target: &str) -> Option<u16> {
        let mut request = Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
        if let Some(password) =
            self.address.password().or_else(|| Some("").filter(|_| !self.address.username().is_empty()))
        {
            let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
            let pair = Zeroizing::new([&decoded(self.address.username()), &b":"[..], &decoded(password)].concat());
            request.push_str("Proxy-Authorization: Basic ");
            STANDARD.encode_string(&*pair, &mut request);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut line = Vec::new();
        let mut stream = stream.take(FIRST_LINE);
        while !line.ends_with(b"\n") {
            line.push(stream.read_u8().await.ok()?);
        }
        let line = String::from_utf8(line).ok()?;
        line.strip_prefix("HTTP/")?.split(' ').nth(1)?.trim().parse().ok()
    }
}

/// The address of a proxy, if it can be used: if the HTTP client takes it as it stands, too. It is more exact about
/// white space and what is not ASCII, and goes without a proxy where it finds none.
fn usable(text: &str) -> Option<Url> {
    let somewhere = Uri::from_static("https://x.invalid");
    Matcher::builder().all(text.to_owned()).build().intercept(&somewhere)?;
    let address = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let is_usable =
        |url: &Url| url.has_host() && matches!(url.scheme(), "http" | "https") && !behind(text).contains('@');
    Url::parse(&address).ok().filter(is_usable)
}

/// What stands behind the authority of an address. An `@` in it comes of a password with a character that ends the
/// authority: its beginning would be taken for a host and a port.
fn behind(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)).unwrap_or_default()
}

/// Why an address of a proxy can't be used, as the end of a sentence. It may hold a password, so it is not quoted.
fn why_unusable(address: &str) -> &'static str {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.strip_suffix(behind(address)).unwrap_or(rest).rsplit('@').next().unwrap_or_default();
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.is_empty() && !port.ends_with(']'));
    match () {
        () if scheme.trim_start().to_ascii_lowercase().starts_with("socks") => {
            "names a SOCKS proxy. SOCKS proxies are not supported: give the address of an http or https proxy"
        }
        () if behind(address).contains('@') => {
            "has a `/`, `?` or `#` before an `@`. In a password, write `%2F`, `%3F` and `%23` for them"
        }
        () if port.is_some_and(|port| port.chars().all(char::is_alphanumeric) && port.parse::<u16>().is_err()) => {
            "has a port that is not a number from 1 to 65535"
        }
        () => {
            "is not the address of an http or https proxy. It must be ASCII without white space, also at its ends; \
             write `%20` and so on for other characters of a password"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(variables: &[(&str, &str)], base_url: &str) -> Option<String> {
        let value = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).into());
        Proxies::of(value).fault(base_url)
    }

    const API: &str = "https://api.descope.com";

    #[test]
    fn a_proxy_that_can_not_be_used_is_a_fault() {
        for value in ["http://p:3128", "https://p", "p:3128", "http://u:p@p:80", ""] {
            assert_eq!(fault(&[("HTTPS_PROXY", value)], API), None, "{value}");
        }
        let usual = "is not the address of an http or https proxy";
        let (port, password) = ("a port that is not a number from 1 to 65535", "has a `/`, `?` or `#` before an `@`");
        for (value, words) in [
            ("socks5://p:1080", "SOCKS proxies are not supported"),
            ("socks5h://u:secret@p:1080", "SOCKS proxies are not supported"),
            ("http://", usual),
            ("http://p:99999", port),
            ("http://u:secret@p:port/", port),
            ("p:3128x", port),
            ("http://u:se#cret@p:3128", password),
            ("http://u:80#secret@p:3128", password),
            ("http://u:80/secret@p:3128", password),
            ("u:80?secret@p:3128", password),
            (":", usual),
            ("http://p:3128\n", usual),
            (" http://p:3128", usual),
            ("http://u:a\nb@p:3128", usual),
            ("http://u:a\tb@p:3128", usual),
            ("http://u:a b@p:3128", usual),
            ("http://u:\u{fc}@p:3128", usual),
        ] {
            let told = fault(&[("HTTPS_PROXY", value)], API).unwrap();
            assert!(told.contains("`HTTPS_PROXY`") && told.contains(words), "{value:?}: {words:?} is not in {told}");
            assert!(!told.contains("cret"), "{told}");
        }
        assert_eq!(fault(&[], API), None);
    }

    #[test]
    fn a_variable_that_is_empty_does_not_hide_the_other_spelling() {
        let used = |variables: &[(&str, &str)]| {
            let value = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).into());
            Proxies::of(value).used.map(|proxy| proxy.named()).unwrap_or_default()
        };
        for empty in ["", " "] {
            for (name, other) in
                [("HTTPS_PROXY", "https_proxy"), ("ALL_PROXY", "all_proxy"), ("HTTPS_PROXY", "ALL_PROXY")]
            {
                let named = used(&[(name, empty), (other, "http://p:3128")]);
                assert_eq!(named, format!("the proxy http://p:3128 (environment variable `{other}`)"));
            }
            assert_eq!(used(&[("HTTPS_PROXY", empty)]), "");
            let socks = ("https_proxy", "socks5://p:1080");
            assert!(fault(&[("HTTPS_PROXY", empty), socks], API).unwrap().contains("`https_proxy`"));
            assert_eq!(fault(&[socks, ("NO_PROXY", empty), ("no_proxy", "descope.com")], API), None);
        }
    }

    #[test]
    fn only_the_proxy_that_would_be_used_counts() {
        let socks = "socks5://p:1080";
        assert_eq!(fault(&[("HTTPS_PROXY", "http://p:3128"), ("ALL_PROXY", socks)], API), None);
        assert_eq!(fault(&[("HTTPS_PROXY", "http://p:3128"), ("https_proxy", socks)], API), None);
        assert!(fault(&[("HTTPS_PROXY", ""), ("ALL_PROXY", socks)], API).unwrap().contains("`ALL_PROXY`"));
        assert!(fault(&[("https_proxy", socks)], API).unwrap().contains("`https_proxy`"));
    }

    #[test]
    fn a_proxy_is_named_by_its_scheme_host_and_port_alone() {
        for (value, named) in [
            ("http://127.0.0.1:19002/?pw=sekretPW-99x", "http://127.0.0.1:19002"),
            ("http://u:secret@p:3128/secret#secret", "http://p:3128"),
            ("https://secret@[::1]/", "https://[::1]"),
            ("p", "http://p"),
        ] {
            let proxies = Proxies::of(|name| (name == "HTTPS_PROXY").then(|| value.into()));
            let told = proxies.used.map(|proxy| proxy.named());
            assert_eq!(told, Some(format!("the proxy {named} (environment variable `HTTPS_PROXY`)")));
        }
    }

    #[test]
    fn exempt_hosts_need_no_proxy() {
        let socks = ("ALL_PROXY", "socks5://p:1080");
        for exempt in ["api.descope.com", ".descope.com", "*", "x.example, descope.com"] {
            assert_eq!(fault(&[socks, ("NO_PROXY", exempt)], API), None, "{exempt}");
        }
        assert!(fault(&[socks, ("NO_PROXY", "x.example")], API).is_some_and(|told| !told.contains("NO_PROXY")));
        let told = fault(&[socks, ("NO_PROXY", "x.example,*.descope.com")], API).unwrap();
        assert!(told.contains("The entry `*.descope.com` of the environment variable `NO_PROXY`"), "{told}");
        assert_eq!(fault(&[socks, ("no_proxy", "127.0.0.0/8")], "https://127.0.0.1:8443"), None);
    }
}
