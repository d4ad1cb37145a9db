//! Credentials in URLs that a text quotes: what stands between `://` and `@` before the host. Called by `mod`.

use std::borrow::Cow;

/// What is shown instead of credentials.
const NAME: &str = "(credentials)";

/// The text without credentials in URLs.
pub(super) fn without_credentials(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        kept.push_str(before);
        kept.push_str("://");
        // An authority ends where a path, a query, a fragment or the text around it begins. A `\` does not end it: it
        // may be the escape of a character of a password.
        let ends = |c: char| matches!(c, '/' | '?' | '#' | '"' | '`' | '<' | '>') || c.is_whitespace();
        let authority = after.split(ends).next().unwrap_or_default();
        rest = match authority.rsplit_once('@') {
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
            ("https://u:@h", "https://(credentials)@h"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }

    #[test]
    fn what_is_no_credential_stays() {
        for text in ["https://h/a@b", "https://h?a=b@c", "a@b", "https://h", "://", "x://@h", "see https://h or a@b"] {
            assert_eq!(without_credentials(text), text);
        }
    }
}
