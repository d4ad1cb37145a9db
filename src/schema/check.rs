//! Rules for one text, each with a sentence for the person who broke it. What is certainly wrong by its form is refused;
//! what is only unusual draws a warning, since lists of known values go stale. Named by rows in `provider`.

use url::{Host, Url};

/// A rule for one text, or for each text of a set.
#[derive(Clone, Copy)]
pub struct Check {
    /// The sentence that the docs print; empty where the attribute's own text says it.
    pub says: &'static str,
    /// The code that judges.
    pub judge: fn(&str) -> Verdict,
}

/// What a rule says of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to say.
    Accept,
    /// Possibly a mistake, and why.
    Warn(String),
    /// Certainly a mistake, and why.
    Refuse(String),
}

/// Some visible character is needed.
pub fn not_blank(text: &str) -> Verdict {
    match text.trim().is_empty() {
        true => Verdict::Refuse("It is empty or only white space.".to_owned()),
        false => Verdict::Accept,
    }
}

/// A web page: an absolute `https` URL, or `http` on this machine for trying things out. Empty clears.
pub fn web_page(text: &str) -> Verdict {
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
        scheme => {
            Verdict::Refuse(format!("{text:?} is no web address: it begins with `{scheme}:`, not with `https:`."))
        }
    }
}

/// A redirect URI of an OAuth client (RFC 8252, RFC 6749 3.1.2): `https`; `http` on a loopback address with any port; or an
/// app's own scheme, also one without a dot, since real MCP clients use `cursor://…`. Never a fragment, and never a scheme
/// that a browser runs or fetches by itself.
pub fn redirect_uri(text: &str) -> Verdict {
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

/// An audience of tokens (RFC 8707): an absolute URI without a fragment. The API takes plain identifiers too, so these only
/// draw a warning.
pub fn audience(text: &str) -> Verdict {
    if text.trim().is_empty() {
        return Verdict::Refuse("An audience is empty or only white space.".to_owned());
    }
    // The parser repairs what it can: it trims, and drops tabs and line ends. Descope would get the unrepaired text.
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
            "{text:?} is no absolute URI, as RFC 8707 asks of a resource. Descope accepts it all the same."
        )),
    }
}

/// A scope name (RFC 6749 3.3): visible ASCII without quotation mark and backslash.
pub fn scope_token(text: &str) -> Verdict {
    if text.is_empty() {
        return Verdict::Refuse("A scope's name is empty.".to_owned());
    }
    match text.chars().find(|&c| !matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')) {
        Some(' ') => {
            Verdict::Refuse(format!("{text:?} has a space, which separates scopes. Declare each scope by itself."))
        }
        Some(c) => {
            Verdict::Refuse(format!("{text:?} has {c:?}; a scope's name is visible ASCII without `\"` and `\\`."))
        }
        None => Verdict::Accept,
    }
}

/// A host name, or `*.` and a host name: no scheme, port or path.
pub fn domain_pattern(text: &str) -> Verdict {
    let advice = "Write a host name, or a wildcard such as \"*.example.com\", without scheme, port or path.";
    let host = text.strip_prefix("*.").unwrap_or(text);
    let labelled = !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
    match (labelled, text.chars().any(char::is_uppercase)) {
        (true, false) => Verdict::Accept,
        (true, true) => Verdict::Warn(format!(
            "{text:?} has capital letters, which domain names do not tell apart. Write it in lower case."
        )),
        (false, _) => Verdict::Refuse(format!("{text:?} is no domain pattern. {advice}")),
    }
}

/// An image: an `https` or `data:` URL. What else the API takes is not documented, so anything but what a browser would run is only
/// warned of. Empty clears.
pub fn image(text: &str) -> Verdict {
    match Url::parse(text) {
        _ if text.is_empty() => Verdict::Accept,
        Ok(url) if url.scheme() == "https" || text.starts_with("data:image/") => Verdict::Accept,
        Ok(url) if matches!(url.scheme(), "javascript" | "vbscript" | "file") => Verdict::Refuse(format!(
            "{:?} is no address of an image: a browser would not load it from there.",
            shortened(text)
        )),
        _ => Verdict::Warn(format!(
            "{:?} is neither an https URL nor a `data:image/…` URI, so browsers may not show it.",
            shortened(text)
        )),
    }
}

/// The beginning of a text that may be as long as an image.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Whether a URL's host is this machine: `localhost` or a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The URL in a text that is one, whole and absolute.
fn absolute(text: &str) -> Result<Url, String> {
    if text.is_empty() {
        return Err("A URL is empty.".to_owned());
    }
    // The parser repairs what it can (it trims, and drops tabs and line ends); Descope would get the unrepaired text.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("{text:?} has white space in it, which no URL has."));
    }
    let url = Url::parse(text).map_err(|error| format!("{text:?} is no absolute URL: {error}."))?;
    // `https:/x` and `https:x` parse as if they had two slashes; so does `https:///x`.
    let scheme = url.scheme();
    if matches!(scheme, "http" | "https") {
        let rest = text.get(scheme.len()..).unwrap_or_default();
        if !rest.starts_with("://") || rest.starts_with(":///") {
            return Err(format!("{text:?} is no absolute URL: it needs `{scheme}://` and a host."));
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(judge: fn(&str) -> Verdict, texts: &[&str]) {
        for text in texts {
            assert!(matches!(judge(text), Verdict::Refuse(_)), "{text:?}: {:?}", judge(text));
        }
    }

    fn accepted(judge: fn(&str) -> Verdict, texts: &[&str]) {
        for text in texts {
            assert_eq!(judge(text), Verdict::Accept, "{text:?}");
        }
    }

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
        for odd in ["logo.png", "http://x.example/l.png", "data:text/html,x"] {
            assert!(matches!(image(odd), Verdict::Warn(_)), "{odd}");
        }
        assert!(matches!(domain_pattern("A.example"), Verdict::Warn(_)));
    }

    #[test]
    fn audiences() {
        accepted(audience, &["https://x.example/mcp", "http://127.0.0.1:3001", "urn:example:api"]);
        refused(
            audience,
            &["", " ", "https://x.example/#a", "https://*.example/#a", " https://x.example", "https://x.example\n"],
        );
        assert!(matches!(audience("my-api"), Verdict::Warn(_)));
        assert!(matches!(audience("https://*.example.com"), Verdict::Warn(_)));
    }

    #[test]
    fn scopes_and_domains() {
        accepted(scope_token, &["mcp:calendar.read", "a/b", "!"]);
        refused(scope_token, &["", "a b", "a\"b", "a\\b", "é", "a\n"]);
        accepted(
            domain_pattern,
            &["example.com", "*.example.com", "localhost", "xn--bcher-kva.example", "bücher.example"],
        );
        refused(
            domain_pattern,
            &[
                "",
                "*",
                "*.",
                "https://example.com",
                "example.com/x",
                "a..b",
                "*.*.example.com",
                "example.com:80",
                "-a.com",
                "a b.com",
            ],
        );
    }
}
