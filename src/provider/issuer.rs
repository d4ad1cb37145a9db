// SPDX-License-Identifier: Apache-2.0

//! Reads the issuer of an MCP server in Descope: a URL that contains the address of the API, the
//! project and the server. Used by `functions` and `mcp_server`.

use url::Url;

use super::settings::address::canonical_base_url;
use crate::diag::Diagnostic;
use crate::schema::check::is_loopback;

/// What stands between the API's address and a project.
pub(super) const AGENTIC: &str = "/v1/apps/agentic/";

/// Where the discovery documents of an issuer are, below it.
const DOCUMENTS: [&str; 2] = [".well-known/openid-configuration", ".well-known/oauth-authorization-server"];

/// An issuer, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Issuer<'a> {
    /// The address of the API, without a trailing slash.
    pub(super) base_url: &'a str,
    /// The project.
    pub(super) project: &'a str,
    /// The server.
    pub(super) id: &'a str,
}

impl<'a> Issuer<'a> {
    /// Takes an issuer apart, or the address of one of its documents; `None` if it is neither.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        let (base_url, rest) = text.split_once(AGENTIC)?;
        // RFC 8414 puts the well-known part before the issuer's path; Descope puts it behind.
        // Either leads to the same issuer.
        let before = DOCUMENTS.iter().find_map(|document| base_url.strip_suffix(document)?.strip_suffix('/'));
        let base_url = before.unwrap_or(base_url);
        let mut parts = rest.splitn(3, '/');
        let (project, id, document) = (parts.next()?, parts.next()?, parts.next());
        let known = document.is_none_or(|document| document.is_empty() || DOCUMENTS.contains(&document));
        let word = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let is_plain = !base_url.contains("/.well-known/") && !base_url.contains('@');
        let whole = known && word(project) && word(id) && is_plain;
        whole.then_some(Self { base_url, project, id })
    }
}

/// What to say of an issuer that is not at the address that the provider asks. Issuers may be at a domain
/// of the company's own, which leads to Descope, so most addresses are only odd.
pub(super) fn at_another_address(issuer: &Issuer<'_>, base_url: &str) -> Option<Diagnostic> {
    let there = canonical_base_url(issuer.base_url);
    if there == base_url {
        return None;
    }
    let [other, ours] = [&there, base_url].map(Host::of);
    let setting = "`base_url` (environment variable `DESCOPE_BASE_URL`)";
    let detail = match (other, ours) {
        (Host::Descopes(other), Host::Descopes(ours)) if other != ours => format!(
            "The issuer is at {there}, and the provider asks {base_url}: these are two regions of Descope, and no \
             project is in both. Set {setting} to {there}, or import the server by the issuer that it has here."
        ),
        (Host::Loopback, Host::Descopes(_) | Host::Other) => format!(
            "The issuer is at {there}, which is this machine, and the provider asks {base_url}. Set {setting} to \
             {there}, or import the server by the issuer that it has there."
        ),
        (_, ours) => {
            let right = match ours {
                Host::Loopback => "the server on this machine stands in for the other",
                Host::Descopes(_) | Host::Other => "one of them is your own domain, which leads to the other",
            };
            let detail = format!(
                "The issuer is at {there}, and the provider asks {base_url}, where it expects project {} and server \
                 {}. That is fine if {right}. If not, a server of another environment is imported: check {setting}.",
                issuer.project, issuer.id
            );
            return Some(Diagnostic::warning("The issuer is at another address", detail));
        }
    };
    Some(Diagnostic::error("The issuer is at another address", detail))
}

/// Whose host an address is at.
enum Host {
    /// Descope's own, in this region; empty for the default one, which has a name of its own, too.
    Descopes(String),
    /// This machine.
    Loopback,
    Other,
}

impl Host {
    fn of(base_url: impl AsRef<str>) -> Self {
        let Ok(url) = Url::parse(base_url.as_ref()) else { return Self::Other };
        let region = url.host_str().and_then(|host| host.strip_suffix("descope.com")?.strip_prefix("api."));
        match region {
            Some(region) => Self::Descopes(region.trim_end_matches('.').replace("use1", "")),
            None if is_loopback(&url) => Self::Loopback,
            None => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;

    #[test]
    fn an_issuer_at_another_address_is_odd_and_at_another_region_wrong() {
        let (warning, error) = (Some(Severity::Warning), Some(Severity::Error));
        for (there, here, expected) in [
            ("https://api.descope.com", "https://api.descope.com", None),
            ("https://API.descope.com:443", "https://api.descope.com", None),
            ("https://auth.x.example", "https://api.descope.com", warning),
            ("https://auth.x.example", "https://auth.x.example/below", warning),
            ("https://api.descope.com", "https://auth.x.example", warning),
            ("https://api.descope.com.x.example", "https://api.descope.com", warning),
            ("https://api.use1.descope.com", "https://api.descope.com", warning),
            ("https://api.euc1.descope.com", "https://api.descope.com", error),
            ("https://api.descope.com", "https://api.euc1.descope.com", error),
            ("http://127.0.0.1:8080", "https://api.descope.com", error),
            // What runs here may stand for anything.
            ("https://api.descope.com", "http://127.0.0.1:8080", warning),
            ("http://localhost:8080", "http://127.0.0.1:8080", warning),
        ] {
            let issuer = format!("{there}/v1/apps/agentic/P2x/MS1");
            let told = at_another_address(&Issuer::parse(&issuer).unwrap(), here);
            assert_eq!(told.as_ref().map(|told| told.severity), expected, "{there} {here}: {told:?}");
            let own = told.is_some_and(|told| told.detail.contains("your own domain"));
            assert_eq!(own, expected == warning && !here.contains("127.0.0.1"), "{there} {here}");
        }
    }
}
