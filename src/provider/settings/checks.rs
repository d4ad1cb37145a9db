//! Checks of the provider's settings. Named by the rows of the provider block and by `setting`,
//! which judges the environment, too.

use url::Url;

use crate::schema::check::is_loopback;
use crate::schema::{Check, Verdict};

/// The address of the API.
pub(in crate::provider) const BASE_URL: Check =
    Check { says: "An `https` URL; plain `http` only on loopback addresses.", judge: base_url };

/// The management key.
pub(in crate::provider) const HEADER: Check = Check { says: "", judge: fits_header };

/// A project's id.
pub(in crate::provider) const PROJECT_ID: Check = Check { says: "Letters, digits, `-` and `_`.", judge: project_word };

/// The words of `on_conflict`.
pub(in crate::provider) const ON_CONFLICT: Check = Check { says: "`error` or `overwrite`.", judge: on_conflict };

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
    // The text may hold credentials, so a message quotes it only where it is nothing but a host and
    // a path.
    let Ok(url) = Url::parse(text) else {
        let host = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'/'));
        if host {
            return Verdict::Refuse(format!("{text:?} has no scheme. Write https://{text}."));
        }
        return Verdict::Refuse(
            "It is not an absolute URL. Write it with its scheme, like https://api.descope.com.".to_owned(),
        );
    };
    let fault = if !url.has_host() || !matches!(url.scheme(), "http" | "https") {
        "It is not a web address. Write one like https://api.descope.com."
    } else if url.scheme() == "http" && !is_loopback(&url) {
        "It is not encrypted, and the management key would travel in the clear. Use https; http is for loopback addresses only."
    } else if !url.username().is_empty() || url.password().is_some() {
        "It holds a user name or password. Give the management key by `management_key`."
    } else if url.query().is_some() || url.fragment().is_some() {
        "It has a query or a fragment. Give the address alone, such as https://api.descope.com."
    } else {
        return Verdict::Accept;
    };
    Verdict::Refuse(fault.to_owned())
}

/// What an HTTP header can carry. It never quotes the key.
fn fits_header(text: &str) -> Verdict {
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Verdict::Accept,
        false => Verdict::Refuse(
            "It has white space, perhaps a line end at its end, or characters that are not ASCII.".to_owned(),
        ),
    }
}

/// What a header and an address can carry. Empty means not set.
fn project_word(text: &str) -> Verdict {
    match text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        true => Verdict::Accept,
        false => Verdict::Refuse(format!("{text:?} is not a project id, which has only letters, digits, `-` and `_`.")),
    }
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
            "https://x.example ",
            "https://x.example\n",
        ] {
            assert!(matches!(base_url(refused), Verdict::Refuse(_)), "{refused}");
        }
    }
}
