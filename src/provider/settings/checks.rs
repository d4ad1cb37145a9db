//! Checks of the provider's settings. Named by the rows of the provider block and by `setting`,
//! which judges the environment, too.

use url::Url;

use crate::schema::check::is_loopback;
use crate::schema::{Check, Verdict};

/// The address of the API.
pub(in crate::provider) const BASE_URL: Check = Check {
    says: "An `https` URL without credentials, query and fragment; plain `http` only on loopback addresses.",
    judge: base_url,
};

/// The management key.
pub(in crate::provider) const MANAGEMENT_KEY: Check = Check {
    says: "The key alone, without a project id in front: visible ASCII without spaces.",
    judge: management_key,
};

/// A project's id.
pub(in crate::provider) const PROJECT_ID: Check = Check { says: "Letters, digits, `-` and `_`.", judge: project_word };

/// The path of a file. Whether it is there is seen when it is needed.
pub(in crate::provider) const FILE: Check = Check { says: "", judge: file };

/// The words of `on_conflict`.
pub(in crate::provider) const ON_CONFLICT: Check = Check { says: "`error` or `overwrite`.", judge: on_conflict };

fn file(text: &str) -> Verdict {
    match text.contains(['\0', '\u{fffd}']) {
        true => Verdict::Refuse("It has bytes in it that are not UTF-8, or a NUL.".to_owned()),
        false => Verdict::Accept,
    }
}

fn on_conflict(text: &str) -> Verdict {
    match text {
        "error" | "overwrite" => Verdict::Accept,
        other => Verdict::Refuse(format!("{other:?} is neither \"error\" nor \"overwrite\".")),
    }
}

/// `https`, or `http` on this machine; nothing behind the path, and no credentials in it.
fn base_url(text: &str) -> Verdict {
    if text.is_empty() {
        return Verdict::Accept;
    }
    // The parser trims; requests would get the untrimmed text.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Verdict::Refuse("It has white space in it, which no URL has.".to_owned());
    }
    if text.contains('\u{fffd}') {
        return Verdict::Refuse("It has bytes in it that are not UTF-8.".to_owned());
    }
    // The text may hold credentials. Then a message does not quote it.
    let quoted = if text.contains('@') { "It".to_owned() } else { format!("{text:?}") };
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
        "It holds a user name or password. Give the management key by `management_key`.".to_owned()
    } else if url.scheme() == "http" && !is_loopback(&url) {
        format!(
            "{quoted} is not encrypted, and the management key would travel in the clear. Use https; http is for \
             loopback addresses only."
        )
    } else if url.query().is_some() || url.fragment().is_some() {
        "It has a query or a fragment. Give the address alone, such as https://api.descope.com.".to_owned()
    } else if let Some(address) = canonical_base_url(text).strip_suffix("/v1/mgmt") {
        format!("{quoted} ends in `/v1/mgmt`, which the provider adds itself. Write {address}.")
    } else {
        return Verdict::Accept;
    };
    Verdict::Refuse(fault)
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
    let rest =
        text.strip_prefix("https").or_else(|| text.strip_prefix("http")).filter(|rest| rest.starts_with([':', '/']));
    let rest = rest.unwrap_or(text).trim_start_matches([':', '/']);
    let scheme = match Url::parse(&format!("http://{rest}")) {
        Ok(url) if url.host_str().is_none_or(str::is_empty) => return Some(format!("{quoted} is not a URL.")),
        Ok(url) if is_loopback(&url) => "http",
        Ok(_) => "https",
        Err(_) => return Some(format!("{quoted} is not a URL. Write one like https://api.descope.com.")),
    };
    let advice = match quoted {
        "It" => "Write it with `https://` in front.".to_owned(),
        _ => format!("Write {scheme}://{rest}."),
    };
    Some(format!("{quoted} has no scheme. {advice}"))
}

/// Whether a text can be what stands before the colon. A host name has a dot or is this machine.
fn is_scheme(text: &str) -> bool {
    text != "localhost" && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The one form of a base URL, which issuers and other derived URLs begin with: lower case where
/// case does not count, no dot segments, usual numbers, no slash at the end.
pub(in crate::provider) fn canonical_base_url(text: &str) -> String {
    Url::parse(text).map_or_else(|_| text.to_owned(), String::from).trim_end_matches('/').to_owned()
}

/// A key alone, which an HTTP header can carry. It never quotes the key.
fn management_key(text: &str) -> Verdict {
    let refuse = |reason: &str| Verdict::Refuse(reason.to_owned());
    // The form of the `Authorization` header, as in the examples of Descope's API reference.
    let (scheme, rest) = text.split_at_checked("Bearer ".len()).unwrap_or(("", text));
    let (bearer, joined) = match scheme.eq_ignore_ascii_case("Bearer ") {
        true => (true, rest),
        false => (false, text),
    };
    let (before, behind) = joined.split_once(':').map_or(("", ""), |(before, behind)| (before.trim(), behind.trim()));
    if before.starts_with('P') && before.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return match behind.is_empty() {
            true => refuse("It is a project id and a `:` that nothing follows. Give the key alone."),
            false => {
                refuse("It is a project id and a key, joined by `:`. Give the key alone, which is behind the `:`.")
            }
        };
    }
    if bearer {
        return refuse("It begins with `Bearer `, as the header of a request does. Give the key alone.");
    }
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}');
    if text.trim().starts_with(is_quote) || text.trim().ends_with(is_quote) {
        return refuse("It has a quotation mark at its beginning or end, which is not part of the key. Leave it out.");
    }
    if !text.is_ascii() {
        return refuse("It has characters that are not ASCII.");
    }
    if text.trim() != text {
        return refuse("It has white space around it, perhaps a line end at its end.");
    }
    if text.contains(|c: char| c.is_ascii_whitespace()) {
        return refuse("It has white space inside, such as a space or a line end.");
    }
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Verdict::Accept,
        false => refuse("It has a control character in it."),
    }
}

/// What a header and an address can carry. Empty means not set. A text that may hold a key is not quoted, and is not
/// taken for a project either: projects are shown and stored.
fn project_word(text: &str) -> Verdict {
    const SHORTEST_KEY: usize = 20;
    if text.contains(':') {
        let reason = "It has a `:` in it, so it may be a project id and a management key, joined. Give the project id \
                      alone, which is before the `:`, and the key as `management_key` (`DESCOPE_MANAGEMENT_KEY`).";
        return Verdict::Refuse(reason.to_owned());
    }
    if text.starts_with('K') && text.len() >= SHORTEST_KEY {
        let reason = "It begins with `K`, so it may be a management key in the wrong place. A project id begins with \
                      `P`. If it is a key that something has stored or shown, renew it.";
        return Verdict::Refuse(reason.to_owned());
    }
    match text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        true => Verdict::Accept,
        false => Verdict::Refuse(format!("{text:?} is not a project id, which has only letters, digits, `-` and `_`.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_may_hold_a_key_is_no_project_and_is_not_quoted() {
        for text in ["P2abc:Ksecret0secret0secret0", "Ksecret0secret0secret0", ":Ksecret", "P:"] {
            let Verdict::Refuse(reason) = project_word(text) else { panic!("{text}") };
            assert!(!reason.contains("secret") && !reason.contains(text), "{reason}");
        }
        for text in ["P2abc", "Peuc1abc", "Kshort", ""] {
            assert_eq!(project_word(text), Verdict::Accept, "{text}");
        }
    }

    #[test]
    fn keys() {
        let refused = |text, words: &str| {
            let verdict = management_key(text);
            assert!(matches!(&verdict, Verdict::Refuse(reason) if reason.contains(words)), "{text}: {verdict:?}");
        };
        assert_eq!(management_key("K2abc:odd-but/visible"), Verdict::Accept);
        refused("P2abc:K2abc", "Give the key alone");
        refused("Bearer P2abc:K2abc", "Give the key alone");
        refused("K2abc\n", "around it, perhaps a line end");
        refused("P2abc:", "`:` that nothing follows");
        refused("bearer K2abc", "begins with `Bearer `");
        refused("\"K2abc\"", "quotation mark");
        refused("\u{201c}K2abc\u{201d}", "quotation mark");
        refused("K2 abc", "white space inside");
        refused("K2\u{e9}", "not ASCII");
        refused("K2\u{1}", "control character");
        for text in ["Bearer K2abc", "'K2abc'", "K2abc K2abc", " K2abc", "P2abc:K2abc", "K2abc\u{7f}"] {
            let verdict = management_key(text);
            assert!(verdict.refusal().is_some_and(|reason| !reason.contains("K2abc")), "{verdict:?}");
        }
    }

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
            ("https//api.descope.com", "Write https://api.descope.com."),
            ("https:api.descope.com", "Write https://api.descope.com."),
            ("localhost:8080", "Write http://localhost:8080."),
            ("localhost:/x", "Write http://localhost:/x."),
            ("htps:/api.descope.com", "begins with an unknown scheme, `htps:`. Write https://api.descope.com."),
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
    fn a_base_url_has_one_form() {
        for (text, canonical) in [
            ("HTTPS://API.Descope.com/", "https://api.descope.com"),
            ("https://x.example:443/a/../b/./c//", "https://x.example/b/c"),
            ("http://2130706433:80", "http://127.0.0.1"),
            ("http://127.0.0.1.:8080", "http://127.0.0.1:8080"),
            ("http://[0:0:0:0:0:0:0:1]:1", "http://[::1]:1"),
        ] {
            assert_eq!((base_url(text), canonical_base_url(text).as_str()), (Verdict::Accept, canonical), "{text}");
        }
        for local in ["http://localhost.:1", "http://[::ffff:127.0.0.1]:1", "http://127.1"] {
            assert_eq!(base_url(local), Verdict::Accept, "{local}");
        }
    }
}
