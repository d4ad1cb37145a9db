// SPDX-License-Identifier: Apache-2.0

//! Checks of URLs and URIs.

use std::net::Ipv6Addr;

use url::{Host, ParseError, Url};

use super::names::blank;
use super::slips::{odd, without_colon};
use super::verdict::{Check, Verdict};

/// The address of a web page.
pub const WEB_PAGE: Check =
    Check { says: "An absolute `https` URL; plain `http` only on loopback addresses.", judge: web_page };

/// The address of a web page: an absolute `https` URL, or `http` on this machine for trying things
/// out. An empty text clears the attribute.
fn web_page(text: &str) -> Verdict {
    if text.is_empty() {
        return Verdict::Accept;
    }
    if let Err(reason) = unbroken(text) {
        return run_by_browsers(text).map_or(Verdict::Refuse(reason), Verdict::Forbid);
    }
    let is_host = || text.contains('.') && text.starts_with(char::is_alphanumeric) && !text.contains([':', '/']);
    if let Some(reason) = without_scheme(text, is_host()) {
        return Verdict::Forbid(reason);
    }
    let url = match absolute(text) {
        Ok(url) => url,
        Err(reason) => return Verdict::Forbid(reason),
    };
    match url.scheme() {
        "https" => odd(text, &url).map_or(Verdict::Accept, Verdict::Warn),
        "http" if is_loopback(&url) => Verdict::Accept,
        "http" => {
            Verdict::Refuse(format!("{text:?} is not encrypted. Use https; http is for loopback addresses only."))
        }
        scheme => Verdict::Forbid(format!("{text:?} begins with `{scheme}:`. A web address begins with `https:`.")),
    }
}

/// A redirect URI of an OAuth client.
pub const REDIRECT_URI: Check = Check {
    says: "Each should be an `https` URL, an `http` URL on a loopback address, or an app's own scheme. Fragments are \
           refused, and so are schemes that a browser runs, such as `javascript:`.",
    judge: redirect_uri,
};

/// A redirect URI of an OAuth client (RFC 8252, RFC 6749 section 3.1.2): `https`, `http` on a
/// loopback address with any port, or an app's own scheme. That scheme needs no dot, because real
/// MCP clients use `cursor://…`. Schemes that a browser runs or fetches itself are refused, and so
/// are fragments. The rest draws a warning: what Descope accepts is not documented, and its own
/// examples and real servers hold wildcards and bare host names.
fn redirect_uri(text: &str) -> Verdict {
    if let Err(reason) = unbroken(text) {
        return run_by_browsers(text).map_or(Verdict::Refuse(reason), Verdict::Forbid);
    }
    if text.contains('#') {
        return Verdict::Forbid(format!("{text:?} has a fragment (`#…`), which a redirect URI must not have."));
    }
    if let Some(reason) = without_colon(text) {
        return Verdict::Warn(reason);
    }
    let relative = || match text.starts_with('/') || text.contains("://") {
        true => Verdict::Forbid(format!("{text:?} is not an absolute URL: it needs a scheme and a host.")),
        false => Verdict::Warn(format!(
            "{text:?} has no scheme, so no client's redirect URI equals it. Write {}://{text}.",
            lacking_scheme(text)
        )),
    };
    if let Some(reason) = run_by_browsers(text) {
        return Verdict::Forbid(reason);
    }
    let scheme = match scheme(text) {
        _ if text == "*" => {
            return Verdict::Warn("\"*\" may let clients send codes anywhere. Name the addresses.".to_owned());
        }
        Some(scheme) if !is_host_and_port(text) => scheme,
        // `localhost:3000/cb` begins like a scheme.
        _ => return relative(),
    };
    if text.contains('*') {
        return Verdict::Warn(format!(
            "{text:?} has a wildcard. Descope does not document how it compares those. Prefer exact addresses."
        ));
    }
    match absolute(text) {
        Err(reason) => Verdict::Forbid(reason),
        Ok(url) if scheme == "http" && !is_loopback(&url) => Verdict::Warn(format!(
            "{text:?} would send codes unencrypted. Use https; http is for loopback addresses only."
        )),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Verdict::Warn(
            "A redirect URI has a user name or a password in it, before an `@`, which no client sends.".to_owned(),
        ),
        Ok(url) => odd(text, &url).map_or(Verdict::Accept, Verdict::Warn),
    }
}

/// Schemes that a browser runs or fetches itself.
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

/// Why a text must not stand where a browser may follow it, if its scheme is one that a browser handles itself.
/// Browsers leave white space and control characters out, and run the rest. The text is quoted as it was written.
fn run_by_browsers(text: &str) -> Option<String> {
    let rest: String = text.chars().filter(|c| is_visible(*c)).collect();
    let scheme = scheme(&rest).filter(|scheme| RUN_BY_BROWSERS.contains(&scheme.as_str()))?;
    let hidden = match rest == text {
        true => "",
        false => " (hidden by white space or invisible characters)",
    };
    Some(format!(
        "{text:?} uses `{scheme}:`{hidden}, which a browser handles itself: codes could be stolen through it."
    ))
}

/// The scheme that a text begins with, in lower case.
fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once(':')?;
    let fits = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    fits.then(|| scheme.to_ascii_lowercase())
}

/// Whether a text looks like `localhost:3000/cb`, and not like the scheme of an app, which `/`
/// follows.
fn is_host_and_port(text: &str) -> bool {
    let port = text.split_once(':').map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*'))
}

/// Whether a text looks like `x.example/mcp`, and not like a plain identifier.
fn is_host_and_path(text: &str) -> bool {
    text.split_once('/').is_some_and(|(host, path)| {
        // `./x` is a path.
        let begins = host.starts_with(|first: char| first.is_alphanumeric() || first == '[');
        begins && !path.starts_with('/') && host.contains(['.', '[']) && !host.contains(char::is_whitespace)
    })
}

/// What to write in place of a text that begins with a host or is one. A scheme may look like a host with a port.
fn without_scheme(text: &str, is_host: bool) -> Option<String> {
    let is_known = |scheme: String| matches!(&*scheme, "http" | "https") || RUN_BY_BROWSERS.contains(&&*scheme);
    let begins_with_host = is_host || is_host_and_port(text) || is_host_and_path(text);
    if !begins_with_host || scheme(text).is_some_and(is_known) || unbroken(text).is_err() {
        return None;
    }
    Some(format!("{text:?} has no scheme. Write {}://{text}.", lacking_scheme(text)))
}

/// The scheme to write before an address without one. This machine needs no encryption.
fn lacking_scheme(text: &str) -> &'static str {
    let host = text.split(['/', '?']).next().unwrap_or_default();
    // A wildcard in place of the port doesn't parse.
    match Url::parse(&format!("http://{}", host.trim_end_matches(":*"))).is_ok_and(|url| is_loopback(&url)) {
        true => "http",
        false => "https",
    }
}

/// An audience of tokens.
pub const AUDIENCE: Check =
    Check { says: "Each should be an absolute URI (RFC 8707). Fragments are refused.", judge: audience };

/// An audience of tokens (RFC 8707): an absolute URI without a fragment. The API also accepts plain
/// identifiers, so they only draw a warning.
fn audience(text: &str) -> Verdict {
    if let Some(reason) = blank(text) {
        return Verdict::Refuse(reason);
    }
    // The URL parser repairs such texts by dropping what doesn't belong there. Descope would get
    // them unrepaired.
    if text.trim() != text || text.chars().any(char::is_control) {
        return Verdict::Refuse(format!("{text:?} has white space around it, or a line break or tab in it."));
    }
    if let (true, Err(reason)) = (text.contains("://"), unbroken(text)) {
        return Verdict::Refuse(reason);
    }
    match Url::parse(text) {
        Ok(url) if url.fragment().is_some() => Verdict::Forbid(format!(
            "{text:?} has a fragment (`#…`), which a resource indicator (RFC 8707) must not have."
        )),
        _ if text.contains('*') => {
            Verdict::Warn(format!("{text:?} has a wildcard. Prefer exact URLs: each must appear as `aud` in a token."))
        }
        // `localhost:3000/mcp` begins like a scheme.
        parsed if is_host_and_port(text) || parsed.is_err() && is_host_and_path(text) => Verdict::Warn(format!(
            "{text:?} has no scheme, so it is not the URL of an MCP endpoint. Write {}://{text}.",
            lacking_scheme(text)
        )),
        Ok(url) if matches!(url.scheme(), "http" | "https") => match absolute(text) {
            Err(reason) => Verdict::Warn(reason),
            Ok(url) => odd(text, &url).map_or(Verdict::Accept, Verdict::Warn),
        },
        Ok(url) => odd(text, &url).map_or(Verdict::Accept, Verdict::Warn),
        Err(_) => Verdict::Warn(without_colon(text).unwrap_or_else(|| {
            format!(
                "{text:?} is not an absolute URI, which RFC 8707 requires for a resource. Descope accepts it anyway."
            )
        })),
    }
}

/// The address of an image.
pub const IMAGE: Check = Check {
    says: "An `https` URL or a `data:image/…` URI. What browsers don't show as an image, such as `data:text/…`, is refused; \
           anything else causes a warning.",
    judge: image,
};

/// An image: an `https` or `data:` URL. The API doesn't document which others it accepts, so they
/// only draw a warning, unless no browser shows them as an image: that runs no script there, and loads neither
/// what belongs to another page (`blob:`) nor what is not an image. An empty text clears the attribute.
fn image(text: &str) -> Verdict {
    // The URL parser repairs such texts by dropping what doesn't belong there. Descope would get
    // them unrepaired.
    if text.trim() != text || text.chars().any(char::is_control) {
        let reason = format!("{:?} has white space around it, or a line break or tab in it.", shortened(text));
        let rest: String = text.chars().filter(|c| is_visible(*c)).collect();
        let is_run = Url::parse(&rest).is_ok_and(|url| matches!(url.scheme(), "javascript" | "vbscript" | "file"));
        return if is_run { Verdict::Forbid(reason) } else { Verdict::Refuse(reason) };
    }
    if let (true, Err(reason)) = (text.starts_with("http"), unbroken(text)) {
        return Verdict::Refuse(reason);
    }
    if let Some(reason) = without_scheme(text, false) {
        return Verdict::Warn(reason);
    }
    match Url::parse(text) {
        _ if text.is_empty() => Verdict::Accept,
        Ok(url) if url.scheme() == "https" => odd(text, &url).map_or(Verdict::Accept, Verdict::Warn),
        // Neither scheme nor type depends on case.
        Ok(url) if url.scheme() == "data" => {
            match url.path().get(..6).is_some_and(|kind| kind.eq_ignore_ascii_case("image/")) {
                true => Verdict::Accept,
                false => Verdict::Refuse(format!(
                    "{:?} is data, but not of an image: such a logo begins with `data:image/`, as in \
                 `data:image/png;base64,…`.",
                    shortened(text)
                )),
            }
        }
        Ok(url) if matches!(url.scheme(), "javascript" | "vbscript" | "file") => Verdict::Forbid(format!(
            "{:?} is not the address of an image: a browser would not load it.",
            shortened(text)
        )),
        Ok(url) if RUN_BY_BROWSERS.contains(&url.scheme()) => Verdict::Refuse(format!(
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
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// The URL parser repairs texts with white space by dropping what doesn't belong there. Descope would
/// get them unrepaired.
fn unbroken(text: &str) -> Result<(), String> {
    if let Some(reason) = blank(text) {
        return Err(reason);
    }
    match text.chars().all(is_visible) {
        true => Ok(()),
        false => Err(format!("{text:?} has white space or an invisible character in it. A URL can't contain any.")),
    }
}

/// Whether a person sees a character. Others than ASCII's are known by being spelled out in a quotation.
fn is_visible(character: char) -> bool {
    let is_plain = || !format!("x{character}").escape_debug().any(|c| c == '\\');
    character.is_ascii_graphic() || !character.is_ascii() && is_plain()
}

/// Parses a text that is an absolute URL, as it stands.
fn absolute(text: &str) -> Result<Url, String> {
    unbroken(text)?;
    if let Some(reason) = without_colon(text) {
        return Err(reason);
    }
    let url = Url::parse(text).map_err(|error| {
        let reason = match error {
            _ if has_bare_ipv6(text) => "an IPv6 address stands in brackets, as in `http://[::1]:3000/`".to_owned(),
            ParseError::RelativeUrlWithoutBase => "it needs a scheme, such as `https://`, and a host".to_owned(),
            other => other.to_string(),
        };
        format!("{text:?} is not an absolute URL: {reason}.")
    })?;
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

/// Whether an IPv6 address stands where the host belongs, without the brackets that tell its colons from a port's.
fn has_bare_ipv6(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let host = authority.and_then(|authority| authority.rsplit('@').next()).unwrap_or_default();
    host.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
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
    use super::super::verdict::tests::{accepted, forbidden, refused, warned};
    use super::*;

    #[test]
    fn web_pages() {
        accepted(web_page, &["", "https://x.example/login?flow=a#b", "http://localhost:3000/x", "http://[::1]:3000"]);
        refused(web_page, &["http://x.example", "not a url", " https://x.example"]);
        warned(web_page, &["https://https://x.example", "https://x..example"]);
        forbidden(
            web_page,
            &[
                "https//x.example",
                "x",
                "ftp://x/y",
                "https://",
                "https:/x",
                "https:///x",
                "/x",
                "java\tscript:alert(1)",
            ],
        );
        let told = web_page("/login");
        assert!(told.refusal().is_some_and(|reason| reason.ends_with("a scheme, such as `https://`, and a host.")));
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
                "com.example.app:cb",
            ],
        );
        // Descope's own examples and real servers have such addresses.
        warned(
            redirect_uri,
            &[
                "dummy.com",
                "x",
                "*",
                "http://localhost:*",
                "http://127.0.0.1:*/*",
                "https://*.x.example:*/cb",
                "http://192.168.1.10/cb",
                "http://x.example/cb",
                "localhost:3000/cb",
                "localhost:*/cb",
                "app.example.com:8443/callback",
                "https//x.example/cb",
                "https;//x.example/cb",
                "https://https://x.example",
                "htps://x.example/cb",
                "https://a.example/cb,https://b.example/cb",
                "https://x..example/cb",
                "https://user:secret@x.example/cb",
            ],
        );
        refused(redirect_uri, &["", "https://x .example", "\u{200b}https://x.example", "https://x.example/\u{feff}"]);
        accepted(redirect_uri, &["https://x.example/\u{e01}\u{e31}", "https://bücher.example/cb"]);
        forbidden(
            redirect_uri,
            &[
                "https://x.example/#a",
                "https://*.x.example/#a",
                "https://",
                "JavaScript:alert(1)",
                "java\tscript:alert(1)",
                "\u{1} javascript:alert(1)",
                "/cb",
                "1http://x",
                "javascript:alert(1)",
                "data:text/html,x",
                "file:///etc",
                "ftp://x/y",
            ],
        );
    }

    #[test]
    fn what_a_browser_runs_is_quoted_as_it_was_written() {
        for (text, quoted) in [
            ("javascript:alert(1)", r#""javascript:alert(1)" uses `javascript:`, which"#),
            ("JavaScript:alert(1)", r#""JavaScript:alert(1)" uses `javascript:`, which"#),
            ("java\tscript:alert(1)", r#""java\tscript:alert(1)" uses `javascript:` (hidden by white space or"#),
            ("\u{1} javascript:x", r#""\u{1} javascript:x" uses `javascript:` (hidden"#),
            ("\u{200b}data:x", r#""\u{200b}data:x" uses `data:` (hidden"#),
        ] {
            for told in [redirect_uri(text), run_by_browsers(text).map_or(Verdict::Accept, Verdict::Forbid)] {
                assert!(told.refusal().is_some_and(|reason| reason.starts_with(quoted)), "{text:?}: {told:?}");
            }
        }
    }

    #[test]
    fn an_ipv6_address_without_brackets_is_told_as_that() {
        for text in ["http://fe80::1/cb", "http://::1/cb", "https://fe80::1%eth0", "http://2001:db8::8:3000?x"] {
            for told in [redirect_uri(text), web_page(text)] {
                let words = "is not an absolute URL: an IPv6 address stands in brackets, as in `http://[::1]:3000/`.";
                assert!(told.refusal().is_some_and(|reason| reason.ends_with(words)), "{text}: {told:?}");
            }
        }
        let told = redirect_uri("http://x.example:99999/cb");
        assert!(told.refusal().is_some_and(|reason| reason.ends_with("invalid port number.")), "{told:?}");
    }

    #[test]
    fn images() {
        accepted(image, &["", "https://x.example/logo.png", "data:image/png;base64,aGk="]);
        accepted(image, &["DATA:image/png;base64,aGk=", "data:IMAGE/PNG;base64,aGk=", "HTTPS://x.example/logo.png"]);
        // None of these is ever an image, and none is run as one.
        refused(image, &["data:text/html,x", "data:,x", "data:;base64,aGk=", "Data:application/pdf,x"]);
        refused(image, &["blob:https://x.example/1b9f", "about:blank", "mailto:a@x.example", "ftp://x.example/l.png"]);
        forbidden(image, &["javascript:alert(1)", "file:///etc/passwd", "java\nscript:alert(1)", " file:///etc"]);
        refused(image, &[" https://x.example/l.png", "https://x.example/l.png\n", "data:image/png;base64,aG\nk=", " "]);
        refused(image, &["https://x.example/my logo.png"]);
        warned(image, &["https://x..example/logo.png", "logo.png", "http://x.example/l.png", "cid:1"]);
    }

    #[test]
    fn audiences() {
        accepted(audience, &["https://x.example/mcp", "http://127.0.0.1:3001", "urn:example:api"]);
        refused(audience, &["https://x.example/a b", "", " ", " https://x.example", "https://x.example\n"]);
        forbidden(audience, &["https://x.example/#a", "https://*.example/#a"]);
        warned(
            audience,
            &["my-api", "my api", "https//x.example", "https://https://x.example", "https://*.example.com"],
        );
        warned(audience, &["https:x.example", "https:/x.example/mcp", "http:///x.example"]);
        warned(audience, &["localhost:3000/mcp", "app.example.com:8443/mcp", "x.example/mcp", "[::1]:3000/mcp"]);
    }

    #[test]
    fn a_missing_scheme_is_told_by_where_the_host_is() {
        for (text, scheme) in [
            ("localhost:3000/x", "http"),
            ("app.localhost:3000/x", "http"),
            ("127.0.0.1:3000/x", "http"),
            ("[::1]:3000/x", "http"),
            ("[2001:db8::1]:3000/x", "https"),
            ("localhost.example:8443/x", "https"),
            ("app.example.com:8443/x", "https"),
            ("app.example.com/x?y", "https"),
        ] {
            for check in [redirect_uri, audience] {
                let Verdict::Warn(told) = check(text) else { panic!("{text} draws no warning") };
                assert!(told.ends_with(&format!("Write {scheme}://{text}.")), "{told}");
            }
        }
        for (text, scheme) in [
            ("logo.example.com/x.png", "https"),
            ("logo.example.com:8443/x.png", "https"),
            ("localhost:3000/x", "http"),
        ] {
            let advice = format!("{text:?} has no scheme. Write {scheme}://{text}.");
            assert_eq!(image(text), Verdict::Warn(advice.clone()));
            assert_eq!(web_page(text), Verdict::Forbid(advice));
        }
        let advice = "\"auth.example.com\" has no scheme. Write https://auth.example.com.";
        assert_eq!(web_page("auth.example.com"), Verdict::Forbid(advice.to_owned()));
        for text in ["javascript:1/alert(1)", "vbscript:1", "file:1/x.y", " localhost:1/x"] {
            assert!(image(text).refusal().is_some() && web_page(text).refusal().is_some(), "{text}");
        }
        assert!(!format!("{:?}", image("logo.png")).contains("Write http"));
        for text in ["./x.png", "../x.png", "images/logo.png", "x y.z/a", "com.example.app:cb", "a.b:c"] {
            for told in [image(text), web_page(text), audience(text)] {
                assert!(!format!("{told:?}").contains("Write http"), "{text}: {told:?}");
            }
        }
        let Verdict::Warn(told) = redirect_uri("localhost:*/cb") else { panic!("no warning") };
        assert!(told.ends_with("Write http://localhost:*/cb."), "{told}");
    }
}
