// SPDX-License-Identifier: Apache-2.0

//! Recognises keys that were put where something else belongs. They must not be quoted. Used by `checks` and `address`.

/// Whether a part of a text may be a management key, also one with a name or something else around it.
pub(super) fn may_hold_a_key(text: &str) -> bool {
    const SHORTEST_KEY: usize = 20;
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.starts_with('K') && part.len() >= SHORTEST_KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_whatever_is_around_it() {
        let key = format!("K2{}", "a".repeat(18));
        for text in [key.clone(), format!("https://{key}"), format!("P2:{key}"), format!("name={key}\n")] {
            assert!(may_hold_a_key(&text), "{text}");
        }
        for text in ["", "K2short", "https://api.descope.com", "Pabcdefghijklmnopqrstuvw"] {
            assert!(!may_hold_a_key(text), "{text}");
        }
    }
}
