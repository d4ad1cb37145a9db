// SPDX-License-Identifier: Apache-2.0

//! Credentials in URLs that a text quotes: what stands between `://` and `@` before the host, also where the scheme
//! is missing. Called by `mod`.

use std::borrow::Cow;

/// What is shown instead of credentials.
const NAME: &str = "(credentials)";

/// The text without credentials in URLs.
pub(super) fn without_credentials(text: &str) -> Cow<'_, str> {
    match behind_schemes(text) {
        Cow::Borrowed(text) => without_schemes(text),
        Cow::Owned(text) => Cow::Owned(without_schemes(&text).into_owned()),
    }
}

/// What stands before and behind the last `@` of a URL's authority. A password with a character that ends an authority
/// is part of it all the same: what stands before that character is a user and no number, so it is no host and port.
fn split(url: &str) -> Option<(&str, &str)> {
    let authority = url.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host_and_port = || {
        let (_, port) = authority.split_once(':').unwrap_or_default();
        authority.starts_with('[') || !authority.contains(':') || !port.is_empty() && port.bytes().all(is_digit)
    };
    match authority.rsplit_once('@') {
        Some(found) => Some(found),
        None if is_host_and_port() => None,
        None => url.rsplit_once('@'),
    }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Whether a URL and its authority end before a character.
fn ends(character: char) -> bool {
    matches!(character, '"' | '`' | '<' | '>') || character.is_whitespace()
}

/// The text without `user:password` in front of `@` and a host at the beginning of a word.
fn without_schemes(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let (mut at, mut end) = (0, 0);
    for word in text.split_inclusive(ends) {
        end += word.len();
        if !word.contains('@') || word.contains("://") {
            continue;
        }
        let bare = word.trim_start_matches(['/', '(', '\'', ',', ';', '=']);
        let rest = ["https:/", "http:/"].into_iter().find_map(|scheme| bare.strip_prefix(scheme)).unwrap_or(bare);
        let Some((credentials, host)) = split(rest.trim_end_matches(ends)) else { continue };
        // Others have an `@` in them, too, such as an address that mail is sent to.
        let is_pair = credentials.split_once(':').is_some_and(|(user, password)| {
            !password.is_empty() && !matches!(user, "" | "mailto" | "name" | "acct" | "urn" | "file")
        });
        if !is_pair || !host.starts_with(|first: char| first.is_alphanumeric() || first == '[') {
            continue;
        }
        let start = end - rest.len();
        kept.push_str(text.get(at..start).unwrap_or_default());
        kept.push_str(NAME);
        at = start + credentials.len();
    }
    if kept.is_empty() {
        return Cow::Borrowed(text);
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(kept)
}

/// The text without credentials behind schemes.
fn behind_schemes(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        kept.push_str(before);
        kept.push_str("://");
        // An authority ends where a path, a query, a fragment or the text around it begins. A `\` does not end it: it
        // may be the escape of a character of a password.
        let url = after.split(ends).next().unwrap_or_default();
        rest = match split(url) {
            Some((credentials, _)) if !credentials.is_empty() => {
                kept.push_str(NAME);
                after.get(credentials.len()..).unwrap_or_default()
            }
            _ => after,
        };
    }
    if kept.is_empty() {
        return Cow::Borrowed(text);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown_wherever_a_url_is_quoted() {
        for (text, shown) in [
            (r#"`logo`: "http://u:secret@h/x" is"#, r#"`logo`: "http://(credentials)@h/x" is"#),
            (
                "https://secret@h:80?a@b, and https://u:p@i",
                "https://(credentials)@h:80?a@b, and https://(credentials)@i",
            ),
            (r#""https://u:se\\c@ret@[/""#, r#""https://(credentials)@[/""#),
            (r#""user:pa/ss@host" has"#, r#""(credentials)@host" has"#),
            ("user:pa/s@s?s@host:80/x, u:#pass@h", "(credentials)@host:80/x, (credentials)@h"),
            (
                "https://user:pa/ss@host/x and https://u:p?a@h",
                "https://(credentials)@host/x and https://(credentials)@h",
            ),
            ("https://u:@h", "https://(credentials)@h"),
            (r#""u:secret@h/x" has"#, r#""(credentials)@h/x" has"#),
            ("u:se:cr@et@h?x, (//u:secret@[::1]/x) ", "(credentials)@h?x, (//(credentials)@[::1]/x) "),
            ("https:/u:secret@h and https:u:secret@h", "https:/(credentials)@h and (credentials)@h"),
            ("é u:secret@é.example https://u:p@h", "é (credentials)@é.example https://(credentials)@h"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }

    #[test]
    fn what_is_no_credential_stays() {
        for text in [
            "https://h/a@b",
            "https://h/a:b@c",
            "https://h?a=b@c",
            "a@b",
            "https://h",
            "://",
            "x://@h",
            "see https://h or a@b",
            "mailto:me@x.example",
            "P2/name:me@x.example",
            r#"{"mail":"a@b"}"#,
            "git@h:x/y",
            "h:1/x@y",
            "https://h:1/x@y",
            "https://[::1]/x@y",
            "file:/x@y",
            "mailto:a/b@c",
            "urn:x:y@1",
            ":@:",
        ] {
            assert_eq!(without_credentials(text), text);
        }
    }
}
