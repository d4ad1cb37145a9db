// SPDX-License-Identifier: Apache-2.0

//! Values that were copied with something around them: quotation marks, brackets, or a variable's name. Used by
//! `checks` and `address`.

/// Whether a character is a quotation mark of any kind.
pub(super) fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}')
}

/// What follows a variable's name and a `=`, as in a shell or an `.env` file.
pub(super) fn behind_a_name(text: &str) -> Option<&str> {
    let (before, behind) = text.split_once('=')?;
    let word = before.trim_end().rsplit([' ', '\t']).next().unwrap_or_default();
    let name = word.trim_start_matches(['$', '-']);
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
    let behind = behind.trim_start_matches('=').trim();
    (!name.is_empty() && name.bytes().all(is_of_name) && !behind.is_empty()).then_some(behind)
}

/// What an address has around it, as the end of a sentence, and the address itself.
pub(super) fn around_address(text: &str) -> Option<(&'static str, &str)> {
    if let Some(behind) = behind_a_name(text) {
        let fault = "is a name and an address, joined by `=`, as in a shell or an `.env` file.";
        return Some((fault, behind.trim_matches(is_quote)));
    }
    let bare = text.trim();
    let quoted = "has a quotation mark at its beginning or end, which is not part of the address.";
    let found = match bare.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(inner) => ("has `<` and `>` around it, which are not part of the address.", inner.trim()),
        None => (quoted, bare.trim_matches(is_quote).trim()),
    };
    (found.1 != bare && !found.1.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_an_address_is_recognised() {
        let address = "https://x.example";
        for text in [
            "\"https://x.example\"",
            "'https://x.example",
            "\u{201c}https://x.example\u{201d}",
            "<https://x.example>",
            "DESCOPE_BASE_URL=https://x.example",
            "export DESCOPE_BASE_URL=\"https://x.example\"",
            "base_url = \"https://x.example\"",
        ] {
            assert_eq!(around_address(text).map(|(_, inner)| inner), Some(address), "{text}");
        }
        for text in [address, "", "\"", "<>", "https://x.example/?a=b", "https://<x>", "x=", "u:p@x.example/=y"] {
            assert_eq!(around_address(text), None, "{text}");
        }
    }
}
