// SPDX-License-Identifier: Apache-2.0

//! A text in the forms in which a reader may see it who undoes escapes and encodings, one after the
//! other. Called by `mod` to look for secrets.
//!
//! Each decoder makes a view of a view, so that a new form needs one decoder, and forms may lie on
//! top of each other. A decoder that finds nothing makes none: most texts have one view.

use std::collections::VecDeque;

use super::codes::{Digits, numbers};
use super::dump::{dumps, swapped};
use super::escapes::{escapes, quoted_printable, sequences, style_sheet, tags};
use super::view::{Spot, Wanted, plain, seen};

/// How many decoders may be needed one after the other. An escaped answer may be quoted in another one.
const DEPTH: usize = 4;

/// How many characters all views of a text may have together besides the text itself: so many times
/// its own, within these bounds. It keeps the time and the memory for any text small.
const TIMES: usize = 8;
const LEAST: usize = 1 << 16;
const MOST: usize = 1 << 20;

/// Shows the text as it is, and all other views of it.
pub(super) fn each_view(text: &str, wanted: Wanted, mut look: impl FnMut(&[Spot])) {
    let mut left = text.len().saturating_mul(TIMES).clamp(LEAST, MOST);
    let mut open = VecDeque::from([(plain(text), 0)]);
    while let Some((view, depth)) = open.pop_front() {
        let seen = seen(&view);
        look(&seen);
        if depth == DEPTH {
            continue;
        }
        // One after the other, so that no more views are in memory than are kept.
        for decoder in 0.. {
            let decoded = match decoder {
                0 => escapes(&view),
                1 => sequences(&view),
                2 => style_sheet(&view),
                3 => quoted_printable(&view),
                4 => Some(Digits::Base64.decode(&seen, wanted)),
                5 => Some(Digits::Hex.decode(&seen, wanted)),
                6 => Some(Digits::Base32.decode(&seen, wanted)),
                7 => Some(numbers(&view, 8, wanted)),
                8 => Some(numbers(&view, 10, wanted)),
                9 => Some(numbers(&view, 16, wanted)),
                10 => tags(&view),
                11 => dumps(&view),
                12 => swapped(&view, wanted.shortest),
                _ => break,
            };
            let decoded = decoded.filter(|view| view.len() >= wanted.shortest && view.len() <= left);
            if let Some(decoded) = decoded {
                left -= decoded.len();
                open.push_back((decoded, depth + 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const WANTED: Wanted = Wanted { shortest: 1, wide: false };

    fn undo(text: &str, decode: impl Fn(&[Spot]) -> Option<Vec<Spot>>) -> Option<String> {
        Some(decode(&plain(text))?.iter().map(|spot| spot.sign).collect())
    }

    fn views(text: &str, shortest: usize) -> Vec<String> {
        let mut views = Vec::new();
        let mut look = |view: &[Spot]| views.push(view.iter().map(|spot| spot.sign).collect());
        each_view(text, Wanted { shortest, wide: false }, &mut look);
        views
    }

    #[test]
    fn escapes_are_undone() {
        for (text, undone) in [
            ("a%41%u0042\\u0043&#68;&#x45;\\/&lt;", "aABCDE/<"),
            ("\\u{41}\\x{042}\\U00000043\\x44\\105", "ABCDE"),
            ("\\113\\0113\\0\\7", "KK\0\u{7}"),
            ("&#75&#102&#x4bz&#0000000000075;&#X004B;&ltx&amp;", "KfKzKK<x&"),
            ("\\$\\-\\n\\e[", "$-\n\u{1b}["),
        ] {
            assert_eq!(undo(text, escapes).as_deref(), Some(undone), "{text}");
        }
        assert_eq!(undo("\\4b \\00004b\\66 x\\6f\n\\q", style_sheet).unwrap(), "KKfxo\\q");
        assert_eq!(undo("=4B=66o=\r\no= x=", quoted_printable).unwrap(), "Kfo\no\nx=");
        let link = "a\u{1b}[1;31mb\u{1b}]8;;https://x\u{7}c\u{1b}]8;;\u{1b}\\d\u{9b}0me\u{1b}(Bf\u{1b}]g";
        assert_eq!(undo(link, sequences).unwrap(), "abcdefg");
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            "%",
            "%4",
            "%zz",
            "\\",
            "\\u12",
            "\\q",
            "&",
            "&#",
            "&#;",
            "&#x;",
            "&#1234567890123;",
            "&nbsp;",
            "\\u{}",
            "\\ud800",
            "\\u{41",
        ] {
            assert_eq!(undo(text, escapes), None, "{text}");
        }
        assert_eq!(undo("\\q=4", style_sheet), None);
        assert_eq!(undo("a=b\\4b", quoted_printable), None);
        assert_eq!(undo("[0m", sequences), None);
    }

    #[test]
    fn digits_and_numbers_are_read_wherever_a_byte_begins() {
        let decoded = |text: &str, code: Digits| {
            let all: String =
                code.decode(&plain(text), Wanted { shortest: 6, wide: false }).iter().map(|spot| spot.sign).collect();
            all.split(super::super::view::BREAK).map(str::to_owned).collect::<Vec<_>>()
        };
        for text in [
            "536563726574",
            "53:65:63:72:65:74",
            "f536563726574",
            "0x53, 0x65,0x630x720x650x74",
            "\\x53\\x65=63=72%65%74",
        ] {
            assert!(decoded(text, Digits::Hex).contains(&"Secret".to_owned()), "{text}");
        }
        for before in ["", "a", "ab", "abc"] {
            let text = format!("{before}{}", STANDARD.encode("Secret"));
            assert!(decoded(&text, Digits::Base64).iter().any(|row| row.ends_with("Secret")), "{text}");
        }
        for text in [STANDARD.encode("?>~?>~?>~"), URL_SAFE.encode("?>~?>~?>~")] {
            assert!(decoded(&text, Digits::Base64).contains(&"?>~?>~?>~".to_owned()), "{text}");
        }
        assert!(decoded("kNSWG4TFOQ", Digits::Base32).iter().any(|row| row.contains("ecret")));
        assert!(decoded("KNSWG4TFOQ======", Digits::Base32).contains(&"Secret".to_owned()));
        let listed = |text: &str, radix| -> String {
            numbers(&plain(text), radix, WANTED).iter().map(|spot| spot.sign).collect()
        };
        assert_eq!(listed("[83, 101,\n  99]", 10), "Sec\u{fffd}");
        assert_eq!(listed("\\123\\0145 0o143", 8), "Sec\u{fffd}");
        assert_eq!(listed("U+0053 U+0065 0x63", 16), "Sec\u{fffd}");
    }

    #[test]
    fn forms_may_lie_on_top_of_each_other() {
        let twice = STANDARD.encode(STANDARD.encode("Secret"));
        for text in
            [twice.as_str(), "%2553%2565%2563%2572%2565%2574", "\\\\u0053\\\\u0065cret", "U2VjcmV0", "&amp;#83;ecret"]
        {
            assert!(views(text, 6).iter().any(|view| view.contains("Secret")), "{text}: {:?}", views(text, 6));
        }
        assert_eq!(views("a text, and nothing else in it", 12), ["atext,andnothingelseinit"]);
    }
}
