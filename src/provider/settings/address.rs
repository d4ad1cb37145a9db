//! The address of the API: whether it is one, what to write instead, and its one form. Used by `checks`
//! and `configured`.

use percent_encoding::percent_decode_str;
use url::Url;

use super::misplaced::may_hold_a_key;
use crate::schema::Verdict;
use crate::schema::check::is_loopback;
use crate::shown::is_unseen;

/// `https`, or `http` on this machine; nothing behind the path, and no credentials in it.
pub(super) fn base_url(text: &str) -> Verdict {
    if text.is_empty() {
        return Verdict::Accept;
    }
    if text.contains('\u{fffd}') {
        return Verdict::Refuse("It has bytes in it that are not UTF-8.".to_owned());
    }
    if is_key(text) {
        let reason = "It may be a management key in the wrong place. Give the key by `management_key` \
                      (`DESCOPE_MANAGEMENT_KEY`), and here an address like https://api.descope.com, or none.";
        return Verdict::Refuse(reason.to_owned());
    }
    // The text may hold credentials. Then a message does not quote it.
    let quoted = if text.contains('@') { "It".to_owned() } else { format!("{text:?}") };
    // The parser drops or encodes what is not to be seen, and advice that repeats it would be of no use.
    let is_hidden = |c: char| c.is_whitespace() || c.is_control() || is_unseen(c);
    if text.contains(is_hidden) {
        return Verdict::Refuse(with_hidden(text, &text.replace(is_hidden, "")));
    }
    if text.contains('\\') {
        let slashed = text.replace('\\', "/");
        let fault = format!("{quoted} has backslashes in it, where a URL has slashes.");
        return Verdict::Refuse(match base_url(&slashed).refusal() {
            None => format!("{fault}{}", instead(&slashed)),
            Some(more) => format!("{fault} {more}"),
        });
    }
    if let Some(fault) = without_scheme(text, &quoted) {
        return Verdict::Refuse(fault);
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return Verdict::Refuse(format!("{quoted} is not a URL: {error}.")),
    };
    let fault = if !url.has_host() || !matches!(url.scheme(), "http" | "https") {
        format!("{quoted} is not a web address. Write one like https://api.descope.com.")
    } else if !url.username().is_empty() || url.password().is_some() {
        "It holds a user name or password. Give the management key by `management_key` (`DESCOPE_MANAGEMENT_KEY`)."
            .to_owned()
    } else if url.path().contains('@') {
        // `https://u:1/secret@host`: what was meant to be a password is a port and a path.
        "It has an `@` behind its host, so it may hold a password. Give the address alone, such as \
         https://api.descope.com."
            .to_owned()
    } else if url.scheme() == "http" && !is_loopback(&url) {
        format!(
            "{quoted} is not encrypted, and the management key would travel in the clear. Use https; http is for \
             loopback addresses only."
        )
    } else if url.query().is_some() || url.fragment().is_some() {
        "It has a query or a fragment. Give the address alone, such as https://api.descope.com.".to_owned()
    } else if let Some(address) = before_the_api(&url) {
        format!("{quoted} has the path `/v1/mgmt` in it, which the provider adds itself. Write {address}.")
    } else if let Some(api) = instead_of_the_console(&url) {
        format!("{quoted} is a web site of Descope's and not the API. Write {api}.")
    } else {
        return Verdict::Accept;
    };
    Verdict::Refuse(fault)
}

/// Whether a text has a key where a host belongs, which begins with a small letter almost anywhere and has a dot.
fn is_key(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.trim_start().split('/').next().unwrap_or_default();
    !host.contains(['.', '@']) && (may_hold_a_key(host) || host.starts_with('K') && !text.contains("://"))
}

/// What is wrong with a text that has characters in it that nobody sees.
fn with_hidden(text: &str, without: &str) -> String {
    let unseen = text.chars().find(|c| is_unseen(*c) || !c.is_ascii() && c.is_whitespace());
    let fault = match unseen {
        Some(unseen) => {
            let code = u32::from(unseen);
            format!("It has a character in it that nobody sees (U+{code:04X}), perhaps from where it was copied.")
        }
        None => "It has white space or a control character in it, which no URL has.".to_owned(),
    };
    match base_url(without).refusal() {
        None => format!("{fault}{}", instead(without)),
        Some(more) => format!("{fault} Without it: {more}"),
    }
}

/// The advice to write another text, unless that may hold credentials.
fn instead(text: &str) -> String {
    if text.is_empty() || text.contains('@') { String::new() } else { format!(" Write {text}.") }
}

/// The address in front of the API's own path, if a URL has that in it, in whatever spelling: a request to it
/// would be answered with a 404.
fn before_the_api(url: &Url) -> Option<String> {
    let path = percent_decode_str(url.path()).decode_utf8_lossy();
    let segments: Vec<&str> = path.split(['/', '\\']).filter(|segment| !segment.is_empty()).collect();
    let is_api = |pair: &[&str]| match pair {
        [version, api] => version.eq_ignore_ascii_case("v1") && api.eq_ignore_ascii_case("mgmt"),
        _ => false,
    };
    let before = segments.windows(2).position(is_api)?;
    let mut address = url.clone();
    address.set_path(&segments.get(..before).unwrap_or_default().join("/"));
    Some(canonical_base_url(address.as_str()))
}

/// The API's address, if a URL is that of the console, which people have in their browsers, or of another site. A region
/// is part of the host.
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
        return Some(match quoted {
            // What stands before the colon may be a user's name.
            "It" => "It begins with an unknown scheme. Begin it with `https://`.".to_owned(),
            _ => {
                let rest = rest.trim_start_matches('/');
                format!("{quoted} begins with an unknown scheme, `{scheme}:`. Write https://{rest}.")
            }
        });
    }
    // `localhost:8080` parses as a URL of the scheme `localhost`, and `https:x` as `https://x`.
    let written = ["https", "http"].into_iter().find_map(|scheme| {
        let (word, rest) = text.split_at_checked(scheme.len())?;
        (word.eq_ignore_ascii_case(scheme) && rest.starts_with([':', '/'])).then_some((word, rest))
    });
    let rest = written.map_or(text, |(_, rest)| rest).trim_start_matches([':', '/']);
    let is_https = written.is_some_and(|(word, _)| word.eq_ignore_ascii_case("https"));
    let scheme = match Url::parse(&format!("http://{rest}")) {
        Ok(url) if url.host_str().is_none_or(str::is_empty) => return Some(format!("{quoted} is not a URL.")),
        Ok(url) if is_loopback(&url) && !is_https => "http",
        Ok(_) => "https",
        Err(_) => return Some(format!("{quoted} is not a URL. Write one like https://api.descope.com.")),
    };
    let advice = match quoted {
        "It" => "Write it with `https://` in front.".to_owned(),
        _ => format!("Write {scheme}://{rest}."),
    };
    let fault = match written {
        None => "has no scheme".to_owned(),
        Some((word, behind)) => match behind.strip_prefix(':') {
            Some(rest) if rest.starts_with('/') => format!("lacks a `/` behind `{word}:/`"),
            Some(_) => format!("lacks the `//` behind `{word}:`"),
            None if behind.starts_with("//") => format!("lacks the `:` behind `{word}`"),
            None => format!("lacks the `://` behind `{word}`"),
        },
    };
    Some(format!("{quoted} {fault}. {advice}"))
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
                "\"https//api.descope.com\" lacks the `:` behind `https`. Write https://api.descope.com.",
            ),
            ("https/api.descope.com", "lacks the `://` behind `https`. Write https://api.descope.com."),
            (
                "https:api.descope.com",
                "\"https:api.descope.com\" lacks the `//` behind `https:`. Write https://api.descope.com.",
            ),
            ("https:/api.descope.com", "lacks a `/` behind `https:/`. Write https://api.descope.com."),
            ("HTTPS:api.descope.com", "lacks the `//` behind `HTTPS:`. Write https://api.descope.com."),
            ("http:127.0.0.1:44163", "lacks the `//` behind `http:`. Write http://127.0.0.1:44163."),
            ("https:localhost:1", "lacks the `//` behind `https:`. Write https://localhost:1."),
            ("http:api.descope.com", "lacks the `//` behind `http:`. Write https://api.descope.com."),
            ("https:u:p@x.example", "It lacks the `//` behind `https:`. Write it with `https://` in front."),
            ("httpbin.example", "\"httpbin.example\" has no scheme. Write https://httpbin.example."),
            ("https://u:p@x.example", "Give the management key by `management_key` (`DESCOPE_MANAGEMENT_KEY`)."),
            ("localhost:8080", "Write http://localhost:8080."),
            ("localhost:/x", "Write http://localhost:/x."),
            ("htps:/api.descope.com", "begins with an unknown scheme, `htps:`. Write https://api.descope.com."),
            ("K2x", "It may be a management key in the wrong place."),
            ("K2abc/def+ghi<", "It may be a management key in the wrong place."),
            ("https://K2abcdefghijklmnopqrstuvwx", "It may be a management key in the wrong place."),
            ("P2abc:K2abcdefghijklmnopqrstuvwx", "It may be a management key in the wrong place."),
            ("htps:/u:p@x.example", "It begins with an unknown scheme. Begin it with `https://`."),
            ("https://api.descope.com:99999", "\"https://api.descope.com:99999\" is not a URL: invalid port number."),
            ("https://[::1", "invalid IPv6 address"),
            ("https://", "empty host"),
            ("u:p@x.example", "It has no scheme. Write it with `https://` in front."),
            ("https://x.example/v1/mgmt/", "Write https://x.example."),
        ] {
            let Verdict::Refuse(reason) = base_url(text) else { panic!("{text} is accepted") };
            assert!(reason.contains(words), "{text}: {reason}");
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
                "nobody sees (U+FEFF), perhaps from where it was copied. Write https://x.example.",
            ),
            ("ht\u{200b}tps://x.example", "(U+200B)"),
            ("https://x.example\u{a0}", "(U+00A0)"),
            ("https://x\u{2060}.example/", "(U+2060)"),
            ("https\u{ad}://x.example", "Write https://x.example."),
            ("\u{200b}x.example", "Without it: \"x.example\" has no scheme. Write https://x.example."),
            (
                "https://x.example\n",
                "It has white space or a control character in it, which no URL has. Write https://x",
            ),
            ("https://u:p@x.example\u{200b}", "Without it: It holds a user name or password."),
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
