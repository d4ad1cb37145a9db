//! Reads the issuer of an MCP server in Descope: a URL that contains the address of the API, the
//! project and the server. Used by `functions` and `mcp_server/import_id`.

use url::Url;

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
        let whole = known && word(project) && word(id) && !base_url.contains("/.well-known/");
        whole.then_some(Self { base_url, project, id })
    }
}
