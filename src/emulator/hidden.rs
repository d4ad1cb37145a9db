// SPDX-License-Identifier: Apache-2.0

//! Hides the keys of the command line in texts that the page shows. Called by `overview`.

use std::ops::Range;

/// A shorter key may be a part of any word.
const SHORTEST_KEY: usize = 8;

/// What stands in place of a key.
const SHOWN: &str = "(a key)";

/// Keys never leave: a configuration may have put one where something else belongs.
pub struct Hidden<'a>(pub &'a [String]);

/// A text without JSON's escapes.
struct Unescaped {
    text: String,
    /// For each byte of it, and for its end, where that begins in the escaped text.
    from: Vec<usize>,
}

impl Hidden<'_> {
    /// A text without keys. It may be JSON, with any character of a key escaped.
    pub fn text(&self, text: &str) -> String {
        let keys: Vec<&str> = self.0.iter().map(String::as_str).filter(|key| key.len() >= SHORTEST_KEY).collect();
        let mut found: Vec<Range<usize>> = keys.iter().flat_map(|key| occurrences(text, key)).collect();
        if text.contains('\\') {
            let unescaped = Unescaped::of(text);
            found.extend(keys.iter().flat_map(|key| unescaped.occurrences(key)));
        }
        replaced(text, found)
    }
}

impl Unescaped {
    fn of(escaped: &str) -> Self {
        let mut unescaped = Self { text: String::with_capacity(escaped.len()), from: Vec::new() };
        let mut rest = escaped;
        while let Some((character, length)) = first(rest) {
            unescaped.text.push(character);
            unescaped.from.resize(unescaped.text.len(), escaped.len() - rest.len());
            rest = rest.get(length..).unwrap_or_default();
        }
        unescaped.from.push(escaped.len());
        unescaped
    }

    /// Where a key is in the escaped text.
    fn occurrences(&self, key: &str) -> Vec<Range<usize>> {
        let from = |place: usize| self.from.get(place).copied();
        let found = occurrences(&self.text, key).into_iter();
        found.filter_map(|place| Some(from(place.start)?..from(place.end)?)).collect()
    }
}

/// The first character of a text, and how many bytes it takes there.
fn first(text: &str) -> Option<(char, usize)> {
    let plain = text.chars().next()?;
    let escaped = || {
        let escape = text.strip_prefix('\\')?;
        let character = escape.chars().next()?;
        match character {
            'u' => {
                let code = u32::from_str_radix(escape.get(1..5)?, 16).ok()?;
                Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
            }
            // Keys have no control characters, so it does not matter which of them `\n` is.
            'b' | 'f' | 'n' | 'r' | 't' => Some(('\0', 2)),
            other => Some((other, 1 + other.len_utf8())),
        }
    };
    Some(escaped().unwrap_or((plain, plain.len_utf8())))
}

fn occurrences(text: &str, key: &str) -> Vec<Range<usize>> {
    text.match_indices(key).map(|(start, found)| start..start + found.len()).collect()
}

/// A text with something else in these places. Places that overlap are one: keys may have a part in common.
fn replaced(text: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_by_key(|place| place.start);
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for place in places {
        if place.start >= end {
            shown.push_str(text.get(end..place.start).unwrap_or_default());
            shown.push_str(SHOWN);
        }
        end = end.max(place.end);
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(keys: &[&str], text: &str) -> String {
        Hidden(&keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>()).text(text)
    }

    #[test]
    fn nothing_is_left_of_keys_that_have_a_part_in_common() {
        let (short, long, overlapping) = ("abcdefgh", "abcdefghSECRET", "SECRET12345");
        for keys in [[short, long, overlapping], [overlapping, long, short]] {
            for (text, expected) in [
                ("abcdefghSECRET", "(a key)"),
                ("an abcdefgh, abcdefghSECRET and é", "an (a key), (a key) and é"),
                ("abcdefghSECRET12345.", "(a key)."),
                ("abcdefghabcdefgh", "(a key)(a key)"),
                (r"abcdefgh\u0053ECRET", "(a key)"),
                ("abcdefg SECRET", "abcdefg SECRET"),
            ] {
                assert_eq!(shown(&keys, text), expected, "{keys:?} {text}");
            }
        }
        assert_eq!(shown(&["short"], "a short text"), "a short text");
    }

    #[test]
    fn an_escaped_key_is_hidden() {
        const KEY: &str = r#"K2/a"b\cé"#;
        for escaped in
            [KEY, r#"K2/a\"b\\cé"#, r#"K\u0032\/a\u0022b\u005cc\u00e9"#, r#"\u004B2\u002Fa\"b\u005C\u0063\u00E9"#]
        {
            assert_eq!(shown(&[KEY], &format!(r#"{{"\né":"{escaped}\n"}}"#)), r#"{"\né":"(a key)\n"}"#, "{escaped}");
        }
        for other in [r"K\\u0032/abcdefg", r"\", r"\u", r"\u00", r"\u00é", r"\ud83d\ude00", r"é\"] {
            assert_eq!(shown(&["K2/abcdefg"], other), other);
        }
    }
}
