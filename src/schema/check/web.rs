//! Checks of URLs and URIs.

use url::{Host, Url};

use super::verdict::{Check, Verdict};

/// The address of a web page.
pub const WEB_PAGE: Check =
    Check { says: "An absolute `https` URL; plain `http` only on loopback addresses. Empty clears.", judge: web_page };

/// The address of a web page: an absolute `https` URL, or `http` on this machine for trying things
/// out. An empty text clears the attribute.
fn web_page(text: &str) -> Verdict {
    if text.is_empty() {
        return Verdict::Accept;
    }
    let url = match absolute(text) {
        Ok(url) => url,
        Err(reason) => return Verdict::Refuse(reason),
    };
    match url.scheme() {
        "https" => Verdict::Accept,
        "http" if is_loopback(&url) => Verdict::Accept,
        "http" => {
            Verdict::Refuse(format!("{text:?} is not encrypted. Use https; http is for loopback addresses only."))
        }
        scheme => Verdict::Refuse(format!("{text:?} begins with `{scheme}:`. A web address begins with `https:`.")),
    }
}

/// A redirect URI of an OAuth client.
pub const REDIRECT_URI: Check = Check {
    says: "Each is an `https` URL, an `http` URL on a loopback address, or an app's own scheme, without a fragment.",
    judge: redirect_uri,
};

/// A redirect URI of an OAuth client (RFC 8252, RFC 6749 section 3.1.2): `https`, `http` on a
/// loopback address with any port, or an app's own scheme. That scheme needs no dot, because real
/// MCP clients use `cursor://…`. It must not be one that a browser runs or fetches itself.
/// Fragments are refused.
fn redirect_uri(text: &str) -> Verdict {
    const RUN_BY_BROWSERS: [&str; 16] = [
        "javascript",
        "data",
        "vbscript",
        "file",
        "ftp",
        "blob",
        "about",
        "filesystem",
        "view-source",
        "ws",
        "wss",
        "mailto",
        "livescript",
        "mocha",
        "jar",
        "feed",
    ];
    let url = match absolute(text) {
        Ok(url) => url,
        Err(reason) => return Verdict::Refuse(reason),
    };
    if url.fragment().is_some() {
        return Verdict::Refuse(format!("{text:?} has a fragment (`#…`), which a redirect URI must not have."));
    }
    match url.scheme() {
        "https" => Verdict::Accept,
        "http" if is_loopback(&url) => Verdict::Accept,
        "http" => Verdict::Refuse(format!(
            "{text:?} would send codes unencrypted. Use https; http is for loopback addresses only."
        )),
        scheme if RUN_BY_BROWSERS.contains(&scheme) => Verdict::Refuse(format!(
            "{text:?} uses `{scheme}:`, which a browser handles itself: codes could be stolen through it."
        )),
        _ => Verdict::Accept,
    }
}

/// An audience of tokens.
pub const AUDIENCE: Check =
    Check { says: "Each should be an absolute URI without a fragment (RFC 8707).", judge: audience };

/// An audience of tokens (RFC 8707): an absolute URI without a fragment. The API also accepts plain
/// identifiers, so they only draw a warning.
fn audience(text: &str) -> Verdict {
    if text.trim().is_empty() {
        return Verdict::Refuse("An audience is empty or only white space.".to_owned());
    }
    // The URL parser repairs such texts by dropping what doesn't belong there. Descope would get
    // them unrepaired.
    if text.trim() != text || text.chars().any(char::is_control) {
        return Verdict::Refuse(format!("{text:?} has white space around it, or a line end or tab in it."));
    }
    match Url::parse(text) {
        Ok(url) if url.fragment().is_some() => Verdict::Refuse(format!(
            "{text:?} has a fragment (`#…`), which a resource indicator (RFC 8707) must not have."
        )),
        _ if text.contains('*') => {
            Verdict::Warn(format!("{text:?} has a wildcard. Prefer exact URLs: each must appear as `aud` in a token."))
        }
        Ok(_) => Verdict::Accept,
        Err(_) => Verdict::Warn(format!(
            "{text:?} is not an absolute URI, which RFC 8707 requires for a resource. Descope accepts it anyway."
        )),
    }
}

/// The address of an image.
pub const IMAGE: Check = Check { says: "Empty clears.", judge: image };

/// An image: an `https` or `data:` URL. The API doesn't document which others it accepts, so they
/// only draw a warning, unless a browser would run them. An empty text clears the attribute.
fn image(text: &str) -> Verdict {
    match Url::parse(text) {
        _ if text.is_empty() => Verdict::Accept,
        Ok(url) if url.scheme() == "https" || text.starts_with("data:image/") => Verdict::Accept,
        Ok(url) if matches!(url.scheme(), "javascript" | "vbscript" | "file") => Verdict::Refuse(format!(
            "{:?} is not the address of an image: a browser would not load it.",
            shortened(text)
        )),
        _ => Verdict::Warn(format!(
            "{:?} is neither an https URL nor a `data:image/…` URI, so browsers may not show it.",
            shortened(text)
        )),
    }
}

/// Whether a URL points to this machine: to `localhost` or a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Parses a text that is an absolute URL, as it stands.
fn absolute(text: &str) -> Result<Url, String> {
    if text.is_empty() {
        return Err("A URL is empty.".to_owned());
    }
    // The URL parser repairs such texts by dropping what doesn't belong there. Descope would get
    // them unrepaired.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("{text:?} has white space in it. A URL can't contain any."));
    }
    let url = Url::parse(text).map_err(|error| format!("{text:?} is not an absolute URL: {error}."))?;
    // `https:x`, `https:/x` and `https:///x` parse as if they had two slashes.
    let scheme = url.scheme();
    if matches!(scheme, "http" | "https") {
        let rest = text.get(scheme.len()..).unwrap_or_default();
        if !rest.starts_with("://") || rest.starts_with(":///") {
            return Err(format!("{text:?} is not an absolute URL: it needs `{scheme}://` and a host."));
        }
    }
    Ok(url)
}

/// The beginning of a text. A `data:` URI can be as long as an image.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::tests::{accepted, refused, warned};
    use super::*;

    #[test]
    fn web_pages() {
        accepted(web_page, &["", "https://x.example/login?flow=a#b", "http://localhost:3000/x", "http://[::1]:3000"]);
        refused(
            web_page,
            &[
                "x",
                "not a url",
                "ftp://x/y",
                "http://x.example",
                "https://",
                "https:/x",
                "https:///x",
                "/x",
                " https://x.example",
            ],
        );
    }

    #[test]
    fn redirect_uris() {
        accepted(
            redirect_uri,
            &[
                "https://x.example/cb",
                "http://127.0.0.1/cb",
                "http://localhost:12345/cb",
                "cursor://anysphere.cursor-retrieval/oauth",
                "com.example.app:/cb",
            ],
        );
        refused(
            redirect_uri,
            &[
                "",
                "x",
                "https://x.example/#a",
                "http://x.example/cb",
                "javascript:alert(1)",
                "data:text/html,x",
                "file:///etc",
                "ftp://x/y",
                "https://x .example",
            ],
        );
    }

    #[test]
    fn images() {
        accepted(image, &["", "https://x.example/logo.png", "data:image/png;base64,aGk="]);
        refused(image, &["javascript:alert(1)", "file:///etc/passwd"]);
        warned(image, &["logo.png", "http://x.example/l.png", "data:text/html,x"]);
    }

    #[test]
    fn audiences() {
        accepted(audience, &["https://x.example/mcp", "http://127.0.0.1:3001", "urn:example:api"]);
        refused(
            audience,
            &["", " ", "https://x.example/#a", "https://*.example/#a", " https://x.example", "https://x.example\n"],
        );
        warned(audience, &["my-api", "https://*.example.com"]);
    }
}
