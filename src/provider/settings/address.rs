// SPDX-License-Identifier: Apache-2.0

//! The address of the API: whether it is one, what to write instead, and its one form. Used by `checks`
//! and `configured`.

use percent_encoding::percent_decode_str;
use url::{Host, ParseError, Url};

use super::copied::around_address;
use super::misplaced::may_hold_a_key;
use crate::schema::Verdict;
use crate::schema::check::is_loopback;
use crate::shown::is_unseen;

/// `https`, or `http` on this machine; nothing behind the path, and no credentials in it.
pub(super) fn base_url(text: &str) -> Verdict {
    match fault(text) {
        None => Verdict::Accept,
        Some(fault) => Verdict::Refuse(fault),
    }
}

/// What is wrong with a text as an address, and what to write instead.
fn fault(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if text.contains('\u{fffd}') {
        return Some("It has bytes in it that are not UTF-8.".to_owned());
    }
    if is_key(text) {
        let reason = "It may be a management key in the wrong place. Give the key by `management_key` \
                      (`DESCOPE_MANAGEMENT_KEY`), and here an address like https://api.descope.com, or none.";
        return Some(reason.to_owned());
    }
    let quoted = quoted(text);
    if let Some((fault, address)) = around_address(text) {
        return Some(without(&format!("{quoted} {fault}"), address));
    }
    if let Some(fault) = hidden(text, &quoted) {
        return Some(fault);
    }
    if text.contains('\\') {
        let slashed = text.replace('\\', "/");
        let told = format!("{quoted} has backslashes in it, where a URL has slashes.");
        return Some(match fault(&slashed) {
            None => format!("{told}{}", advice(&slashed)),
            Some(more) => format!("{told} {more}"),
        });
    }
    if let Some(fault) = without_scheme(text, &quoted) {
        return Some(fault);
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(ParseError::RelativeUrlWithoutBase) => {
            return Some(format!("{quoted} is not a URL. Write one like https://api.descope.com."));
        }
        Err(error) => return Some(format!("{quoted} is not a URL: {error}.{}", unexpanded(text))),
    };
    if !url.has_host() || !matches!(url.scheme(), "http" | "https") {
        Some(format!("{quoted} is not a web address. Write one like https://api.descope.com."))
    } else if !url.username().is_empty() || url.password().is_some() {
        Some(format!("{quoted} holds a user name or password. {GIVE_THE_KEY}"))
    } else if url.path().contains('@') {
        // `https://u:1/secret@host`: what was meant to be a password is a port and a path.
        Some(format!(
            "{quoted} has an `@` after its host, so it may hold a password. Give the address alone, such as \
             https://api.descope.com."
        ))
    } else if !is_possible(&url) {
        Some(format!(
            "{quoted} has a host that can't exist: a part of its name is too long, has other characters than letters, \
             digits, `-` and `_`, or has `-` at an end.{}",
            unexpanded(text)
        ))
    } else if url.scheme() == "http" && !is_loopback(&url) {
        Some(format!(
            "{quoted} is not encrypted, and the management key would travel in the clear. Use https; http is for \
             loopback addresses only."
        ))
    } else if url.query().is_some() || url.fragment().is_some() {
        let alone = text.split(['?', '#']).next().unwrap_or_default();
        Some(without(&format!("{quoted} has a query or a fragment."), alone))
    } else if let Some(address) = before(&url, &["v1", "mgmt"]) {
        Some(format!("{quoted} has the path `/v1/mgmt` in it, which the provider adds itself. Write {address}."))
    } else if let Some(address) = before(&url, &["v1", "apps", "agentic"]) {
        Some(format!("{quoted} is the issuer of an MCP server and not the address of the API. Write {address}."))
    } else {
        let api = instead_of_the_console(&url)?;
        Some(format!("{quoted} is a web site of Descope's and not the API. Write {api}."))
    }
}

const GIVE_THE_KEY: &str = "Give the management key by `management_key` (`DESCOPE_MANAGEMENT_KEY`).";

/// A text as the beginning of a sentence about it, without what may be a secret: what stands in front of an `@`, a
/// query, and whatever looks like a key.
fn quoted(text: &str) -> String {
    let mut shown = text.to_owned();
    if let Some((before, behind)) = text.rsplit_once('@') {
        let scheme = before.split_once("://").map(|(scheme, _)| scheme);
        let scheme = scheme.filter(|scheme| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
        shown = format!("{}(credentials)@{behind}", scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default());
    }
    if let Some(at) = shown.find(['?', '#']) {
        shown.truncate(at + 1);
        shown.push('…');
    }
    if may_hold_a_key(&shown) { "It".to_owned() } else { format!("{shown:?}") }
}

/// What is wrong about a text, and about it without that, or the advice to write it so.
fn without(told: &str, rest: &str) -> String {
    match fault(rest) {
        None => format!("{told}{}", advice(rest)),
        Some(more) => format!("{told} Without it, {}", inside(&more)),
    }
}

/// The advice to write an address, unless it may hold a key.
fn advice(address: &str) -> String {
    if address.is_empty() || may_hold_a_key(address) { String::new() } else { format!(" Write {address}.") }
}

/// What is wrong, as the end of a sentence.
fn inside(fault: &str) -> String {
    fault.strip_prefix("It ").map_or_else(|| fault.to_owned(), |rest| format!("it {rest}"))
}

/// A hint at a variable that a shell or a template should have replaced.
fn unexpanded(text: &str) -> &'static str {
    if text.contains('$') { " The `$` may be of a variable that was not replaced by its value." } else { "" }
}

/// Whether HTTP and TLS can name a URL's host.
fn is_possible(url: &Url) -> bool {
    let Some(Host::Domain(name)) = url.host() else { return true };
    let is_label = |label: &str| {
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..64).contains(&label.len()) && label.bytes().all(is_sign) && !label.starts_with('-') && !label.ends_with('-')
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() < 254 && name.split('.').all(is_label)
}

/// Whether a text has a key where a host belongs, which begins with a small letter almost anywhere and has a dot.
fn is_key(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.trim_start().split('/').next().unwrap_or_default();
    !host.contains(['.', '@']) && (may_hold_a_key(host) || host.starts_with('K') && !text.contains("://"))
}

/// What is wrong with a text that has white space in it, or characters that nobody sees. The parser drops or encodes
/// them, and advice that repeats them would be of no use.
fn hidden(text: &str, quoted: &str) -> Option<String> {
    let is_hidden = |c: char| c.is_whitespace() || c.is_control() || is_unseen(c);
    if !text.contains(is_hidden) {
        return None;
    }
    let is_odd = |c: char| is_unseen(c) || !c.is_ascii() && c.is_whitespace();
    let bare = text.trim_matches(is_hidden);
    if let Some(odd) = text.chars().find(|c| is_odd(*c)) {
        let told =
            format!("It has an invisible character in it (U+{:04X}), perhaps copied along with it.", u32::from(odd));
        return Some(without(&told, &text.replace(is_hidden, "")));
    }
    Some(match bare.contains(is_hidden) {
        // What was meant can't be told.
        true => format!("{quoted} has white space or a control character in it, which no URL has."),
        false => without(&format!("{quoted} has white space or a control character around it."), bare),
    })
}

/// The address in front of these parts of a path, if a URL has them in it, in whatever spelling: a request to it would
/// be answered with a 404.
fn before(url: &Url, parts: &[&str]) -> Option<String> {
    let path = percent_decode_str(url.path()).decode_utf8_lossy();
    let segments: Vec<&str> = path.split(['/', '\\']).filter(|segment| !segment.is_empty()).collect();
    let are_same = |found: &[&str]| found.iter().zip(parts).all(|(found, part)| found.eq_ignore_ascii_case(part));
    let before = segments.windows(parts.len()).position(are_same)?;
    let mut address = url.clone();
    address.set_path(&segments.get(..before).unwrap_or_default().join("/"));
    Some(canonical_base_url(address.as_str()))
}

/// The API's address, if a URL is that of the console, which people have in their browsers, or of another site. A
/// region is part of the host.
fn instead_of_the_console(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let place = host.strip_suffix('.').unwrap_or(host).strip_suffix("descope.com")?;
    let region = ["app.", "www.", "docs.", ""].into_iter().find_map(|site| place.strip_prefix(site))?;
    let is_region = |label: &str| !label.is_empty() && !label.contains('.') && place.starts_with("app.");
    (region.is_empty() || region.strip_suffix('.').is_some_and(is_region))
        .then(|| format!("https://api.{region}descope.com"))
}

/// What is wrong with a text that has no scheme, and what to write instead.
fn without_scheme(text: &str, quoted: &str) -> Option<String> {
    if text.contains("://") {
        return None;
    }
    // `htps:/x`: a scheme with slashes, but not one that is known.
    if let Some((scheme, rest)) = text.split_once(":/").filter(|(scheme, _)| is_scheme(scheme))
        && !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https")
    {
        // What stands before the colon may be a user's name.
        let named = if text.contains('@') { String::new() } else { format!(", `{scheme}:`") };
        let told = format!("{quoted} begins with an unknown scheme{named}");
        return Some(write(&told, "https", rest.trim_start_matches('/')));
    }
    // `localhost:8080` parses as a URL of the scheme `localhost`, and `https:x` as `https://x`.
    let written = ["https", "http"].into_iter().find_map(|scheme| {
        let (word, rest) = text.split_at_checked(scheme.len())?;
        (word.eq_ignore_ascii_case(scheme) && rest.starts_with([':', '/'])).then_some((word, rest))
    });
    let rest = written.map_or(text, |(_, rest)| rest).trim_start_matches([':', '/']);
    let is_https = written.is_some_and(|(word, _)| word.eq_ignore_ascii_case("https"));
    let no_url = || format!("{quoted} is not a URL. Write one like https://api.descope.com.{}", unexpanded(text));
    let scheme = match Url::parse(&format!("http://{rest}")) {
        Ok(url) if url.host_str().is_none_or(str::is_empty) => return Some(no_url()),
        Ok(url) if is_loopback(&url) && !is_https => "http",
        Ok(_) => "https",
        Err(_) => return Some(no_url()),
    };
    let fault = match written {
        None => "has no scheme".to_owned(),
        Some((word, behind)) => match behind.strip_prefix(':') {
            Some(rest) if rest.starts_with('/') => format!("lacks a `/` after `{word}:/`"),
            Some(_) => format!("lacks the `//` after `{word}:`"),
            None if behind.starts_with("//") => format!("lacks the `:` after `{word}`"),
            None => format!("lacks the `://` after `{word}`"),
        },
    };
    Some(write(&format!("{quoted} {fault}"), scheme, rest))
}

/// What is wrong, without a full stop, and the advice to write this scheme and what follows it, less any credentials.
fn write(told: &str, scheme: &str, rest: &str) -> String {
    let (credentials, host) = rest.rsplit_once('@').map_or(("", rest), |(before, host)| (before, host));
    let meant = format!("{scheme}://{host}");
    let told = match credentials.is_empty() {
        true => format!("{told}."),
        false => format!("{told}, and holds a user name or password. {GIVE_THE_KEY}"),
    };
    match fault(&meant) {
        None => format!("{told}{}", advice(&meant)),
        Some(more) => format!("{told} Besides, {}", inside(&more)),
    }
}

/// Whether a text can be what stands before the colon. A host name has a dot or is this machine.
fn is_scheme(text: &str) -> bool {
    text != "localhost" && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The one form of a base URL, which issuers and other derived URLs begin with: lower case where
/// case does not count, no dot segments, usual numbers, no dot at the end of the host, no slash at the end.
pub(in crate::provider) fn canonical_base_url(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else { return text.trim_end_matches('/').to_owned() };
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        // A name without its last dot is as good a name, so this can't fail; then it would stay as it is.
        let _ = url.set_host(Some(&host));
    }
    String::from(url).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for accepted in [
            "",
            "https://api.descope.com",
            "https://x.example/descope/",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]",
        ] {
            assert_eq!(base_url(accepted), Verdict::Accept, "{accepted}");
        }
        for refused in [
            "x",
            "api.descope.com",
            "http://api.descope.com",
            "ftp://x",
            "https://u:p@x",
            "https://x?y",
            "https://x#y",
            "file:///x",
            "http://10.0.0.1",
            "https://x\u{fffd}",
            "https://u:1/secret@x.example",
            "https://x.example ",
            "https://x.example\n",
        ] {
            assert!(matches!(base_url(refused), Verdict::Refuse(_)), "{refused}");
        }
    }

    #[test]
    fn messages_about_base_urls_say_what_to_write() {
        for (text, words) in [
            ("api.descope.com", "has no scheme. Write https://api.descope.com."),
            ("//api.descope.com", "Write https://api.descope.com."),
            (
                "https//api.descope.com",
                "\"https//api.descope.com\" lacks the `:` after `https`. Write https://api.descope.com.",
            ),
            ("https/api.descope.com", "lacks the `://` after `https`. Write https://api.descope.com."),
            (
                "https:api.descope.com",
                "\"https:api.descope.com\" lacks the `//` after `https:`. Write https://api.descope.com.",
            ),
            ("https:/api.descope.com", "lacks a `/` after `https:/`. Write https://api.descope.com."),
            ("HTTPS:api.descope.com", "lacks the `//` after `HTTPS:`. Write https://api.descope.com."),
            ("http:127.0.0.1:44163", "lacks the `//` after `http:`. Write http://127.0.0.1:44163."),
            ("https:localhost:1", "lacks the `//` after `https:`. Write https://localhost:1."),
            ("http:api.descope.com", "lacks the `//` after `http:`. Write https://api.descope.com."),
            (
                "https:u:p@x.example",
                "\"(credentials)@x.example\" lacks the `//` after `https:`, and holds a user name or password. Give the \
                 management key by `management_key` (`DESCOPE_MANAGEMENT_KEY`). Write https://x.example.",
            ),
            ("httpbin.example", "\"httpbin.example\" has no scheme. Write https://httpbin.example."),
            ("https://u:p@x.example", "Give the management key by `management_key` (`DESCOPE_MANAGEMENT_KEY`)."),
            ("localhost:8080", "Write http://localhost:8080."),
            ("localhost:/x", "Write http://localhost:/x."),
            ("htps:/api.descope.com", "begins with an unknown scheme, `htps:`. Write https://api.descope.com."),
            ("K2x", "It may be a management key in the wrong place."),
            ("K2abc/def+ghi<", "It may be a management key in the wrong place."),
            ("https://K2abcdefghijklmnopqrstuvwx", "It may be a management key in the wrong place."),
            ("P2abc:K2abcdefghijklmnopqrstuvwx", "It may be a management key in the wrong place."),
            ("htps:/u:p@x.example", "\"(credentials)@x.example\" begins with an unknown scheme, and holds a user name"),
            ("https://api.descope.com:99999", "\"https://api.descope.com:99999\" is not a URL: invalid port number."),
            ("https://[::1", "invalid IPv6 address"),
            ("https://", "empty host"),
            (
                "u:p@x.example",
                "\"(credentials)@x.example\" has no scheme, and holds a user name or password. Give the management key by \
                 `management_key` (`DESCOPE_MANAGEMENT_KEY`). Write https://x.example.",
            ),
            ("u:p@app.descope.com", "Besides, \"https://app.descope.com\" is a web site of Descope's and not the API."),
            ("https://u:p@x.example", "\"https://(credentials)@x.example\" holds a user name or password."),
            ("https://u:1/p@x.example", "\"https://(credentials)@x.example\" has an `@` after its host"),
            (
                "https://u:p@x.example:99999",
                "\"https://(credentials)@x.example:99999\" is not a URL: invalid port number.",
            ),
            ("ftp://u:p@x.example", "\"(credentials)@x.example\" is not a web address."),
            ("ftp://x.example", "\"ftp://x.example\" is not a web address."),
            (
                "https://x.example/?token=p#y",
                "\"https://x.example/?…\" has a query or a fragment. Write https://x.example/.",
            ),
            ("https://x.example#y", "\"https://x.example#…\" has a query or a fragment. Write https://x.example."),
            ("https://app.descope.com?y", "Without it, \"https://app.descope.com\" is a web site of Descope's"),
            (
                "\"https://x.example\"",
                "has a quotation mark at its beginning or end, which is not part of the address. Write https://x.example.",
            ),
            ("'x.example'", "Without it, \"x.example\" has no scheme. Write https://x.example."),
            ("<https://x.example>", "has `<` and `>` around it, which are not part of the address. Write https://x.ex"),
            (
                "DESCOPE_BASE_URL=https://x.example",
                "is a name and an address, joined by `=`, as in a shell or an `.env` file. Write https://x.example.",
            ),
            ("=https://x.example", "\"=https://x.example\" is not a URL. Write one like https://api.descope.com."),
            ("x y", "\"x y\" has white space or a control character in it, which no URL has."),
            ("https://foo bar", "\"https://foo bar\" has white space or a control character in it, which no URL has."),
            (" https://x.example\n", "has white space or a control character around it. Write https://x.example."),
            ("https://x.example/v1/mgmt/", "Write https://x.example."),
        ] {
            let Verdict::Refuse(reason) = base_url(text) else { panic!("{text} is accepted") };
            assert!(reason.contains(words), "{text}: {reason}");
            let is_jargon = ["relative URL", "foobar", "It holds", "u:p", "token=p", "/p@"].iter();
            assert!(!is_jargon.clone().any(|word| reason.contains(word)), "{text}: {reason}");
        }
    }

    #[test]
    fn a_key_is_neither_shown_nor_part_of_the_advice() {
        let key = format!("K2{}", "a".repeat(18));
        for text in [
            format!("x.example/{key}"),
            format!(" https://x.example/{key}"),
            format!("https://x.example\\{key}"),
            format!("http://x.example/{key}"),
            format!("https://x.example/?{key}"),
            format!("'https://x.example/{key}'"),
        ] {
            let Verdict::Refuse(reason) = base_url(&text) else { panic!("{text} is accepted") };
            assert!(!reason.contains(&key), "{reason}");
        }
    }

    #[test]
    fn a_host_that_no_connection_can_name_is_refused_here() {
        let variable = "The `$` may be of a variable that was not replaced by its value.";
        for (text, is_variable) in [
            ("https://${REGION}.descope.com", true),
            ("https://api.$REGION.descope.com", true),
            ("https://foo{bar}.com", false),
            ("https://-a.example", false),
            ("https://a-.example", false),
            ("https://a..example", false),
            ("https://a'b.example", false),
            ("${REGION}.descope.com", true),
            ("http://-a.localhost", false),
        ] {
            let Verdict::Refuse(reason) = base_url(text) else { panic!("{text} is accepted") };
            assert!(
                reason.contains(&format!("{text}\" has a host that can't exist")) || !text.contains("://"),
                "{reason}"
            );
            assert!(reason.contains("has a host that can't exist"), "{reason}");
            assert_eq!(reason.contains(variable), is_variable, "{reason}");
        }
        let Verdict::Refuse(reason) = base_url("https://api.descope.com:${PORT}") else { panic!() };
        assert!(reason.contains("invalid port number") && reason.contains(variable), "{reason}");
        let long = format!("https://{}.example", "a".repeat(64));
        assert!(matches!(base_url(&long), Verdict::Refuse(_)));
        for text in ["https://a--b.example", "https://my_host.example.", "https://192.0.2.1", "https://[2001:db8::1]"] {
            assert_eq!(base_url(text), Verdict::Accept, "{text}");
        }
    }

    #[test]
    fn an_issuer_is_not_the_api() {
        for path in ["/v1/apps/agentic/P2x/MS3", "/v1/apps/agentic/P2x/MS3/.well-known/openid-configuration"] {
            let Verdict::Refuse(reason) = base_url(&format!("https://api.descope.com{path}")) else { panic!("{path}") };
            let words = "is the issuer of an MCP server and not the address of the API. Write https://api.descope.com.";
            assert!(reason.ends_with(words), "{reason}");
        }
    }

    #[test]
    fn the_console_is_not_the_api() {
        for (text, api) in [
            ("https://app.descope.com", "https://api.descope.com"),
            ("https://APP.descope.com./settings/company", "https://api.descope.com"),
            ("https://app.euc1.descope.com", "https://api.euc1.descope.com"),
            ("https://www.descope.com", "https://api.descope.com"),
            ("https://descope.com", "https://api.descope.com"),
        ] {
            let Verdict::Refuse(reason) = base_url(text) else { panic!("{text} is accepted") };
            let advice = format!("{text:?} is a web site of Descope's and not the API. Write {api}.");
            assert_eq!(reason, advice);
        }
        for text in [
            "https://api.descope.com",
            "https://api.euc1.descope.com",
            "https://app.x.example",
            "https://x.com",
            "https://xdescope.com",
            "https://auth.descope.com",
            "https://app.a.b.descope.com",
        ] {
            assert_eq!(base_url(text), Verdict::Accept, "{text}");
        }
    }

    #[test]
    fn the_apis_own_path_is_recognised_in_any_spelling() {
        for (path, before) in [
            ("/v1/mgmt", ""),
            ("/v1/mgmt/", ""),
            ("//v1//mgmt//", ""),
            ("/V1/Mgmt", ""),
            ("/v1/mgmt/mcp", ""),
            ("/v1/mgmt/mcp/server/create", ""),
            ("/v1%2Fmgmt", ""),
            ("/v1%2fmgmt%2f", ""),
            ("/%761/mgmt", ""),
            ("/x/../v1/./mgmt", ""),
            ("/descope/v1/mgmt", "/descope"),
            ("/a/B//v1/mgmt", "/a/B"),
        ] {
            let Verdict::Refuse(reason) = base_url(&format!("https://x.example:1{path}")) else { panic!("{path}") };
            let advice = format!("which the provider adds itself. Write https://x.example:1{before}.");
            assert!(reason.ends_with(&advice), "{path}: {reason}");
        }
        for path in ["/v1", "/mgmt", "/v1/apps", "/v1x/mgmt", "/mgmt/v1"] {
            assert_eq!(base_url(&format!("https://x.example{path}")), Verdict::Accept, "{path}");
        }
    }

    #[test]
    fn what_nobody_sees_is_named_and_not_in_the_advice() {
        for (text, words) in [
            (
                "\u{feff}https://x.example",
                "invisible character in it (U+FEFF), perhaps copied along with it. Write https://x.example.",
            ),
            ("ht\u{200b}tps://x.example", "(U+200B)"),
            ("https://x.example\u{a0}", "(U+00A0)"),
            ("https://x\u{2060}.example/", "(U+2060)"),
            ("https\u{ad}://x.example", "Write https://x.example."),
            ("\u{200b}x.example", "Without it, \"x.example\" has no scheme. Write https://x.example."),
            ("https://x.example\n", "has white space or a control character around it. Write https://x.example."),
            ("https://u:p@x.example\u{200b}", "Without it, \"https://(credentials)@x.example\" holds a user name"),
        ] {
            let Verdict::Refuse(reason) = base_url(text) else { panic!("{text:?} is accepted") };
            assert!(reason.contains(words), "{text:?}: {reason}");
            assert!(reason.is_ascii() && !reason.contains("\\u{") && !reason.contains("u:p"), "{text:?}: {reason}");
        }
    }

    #[test]
    fn backslashes_are_told_as_that() {
        for (text, words) in [
            (
                r"https:\\api.descope.com",
                "has backslashes in it, where a URL has slashes. Write https://api.descope.com.",
            ),
            (r"https:/\api.descope.com\", "Write https://api.descope.com/."),
            (r"http:\\localhost:8080", "Write http://localhost:8080."),
            (r"http:\\api.descope.com", "is not encrypted"),
            (r"\\api.descope.com", "\"//api.descope.com\" has no scheme. Write https://api.descope.com."),
            (r"https://x.example\v1\mgmt", "which the provider adds itself. Write https://x.example."),
        ] {
            let Verdict::Refuse(reason) = base_url(text) else { panic!("{text} is accepted") };
            assert!(reason.contains(words), "{text}: {reason}");
        }
    }

    #[test]
    fn a_base_url_has_one_form() {
        for (text, canonical) in [
            ("HTTPS://API.Descope.com/", "https://api.descope.com"),
            ("https://x.example:443/a/../b/./c//", "https://x.example/b/c"),
            ("http://2130706433:80", "http://127.0.0.1"),
            ("http://127.0.0.1.:8080", "http://127.0.0.1:8080"),
            ("https://api.descope.com.", "https://api.descope.com"),
            ("http://localhost.:1", "http://localhost:1"),
            ("http://[0:0:0:0:0:0:0:1]:1", "http://[::1]:1"),
        ] {
            assert_eq!((base_url(text), canonical_base_url(text).as_str()), (Verdict::Accept, canonical), "{text}");
        }
        for local in ["http://localhost.:1", "http://[::ffff:127.0.0.1]:1", "http://127.1"] {
            assert_eq!(base_url(local), Verdict::Accept, "{local}");
        }
    }
}
