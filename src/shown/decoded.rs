//! A text as a reader who undoes its escapes would see it: JSON, URL, HTML and string literals. Each
//! character knows where it came from. Called by `mod` to look for secrets.

use std::ops::Range;

use super::terminal::steers;

/// How many layers there are: the text as it is, and one for each time its escapes are undone. An escaped
/// answer may be quoted in another one.
const LAYERS: usize = 4;

/// A character, and where it or its escape stands in the original text.
pub(super) type Spot = (char, Range<usize>);

/// The text as it is, with its escapes undone, with the escapes of that undone, and so on. White
/// space and characters that nobody sees are left out: a secret may be wrapped or broken by them.
pub(super) fn layers(text: &str) -> Vec<Vec<Spot>> {
    let mut layer: Vec<Spot> = text.char_indices().map(|(at, spot)| (spot, at..at + spot.len_utf8())).collect();
    let mut layers = Vec::new();
    for _ in 0..LAYERS {
        let undone = undone(&layer);
        let last = undone.len() == layer.len();
        layers.push(layer.into_iter().filter(|(spot, _)| is_seen(*spot)).collect());
        layer = undone;
        if last {
            break;
        }
    }
    layers
}

fn is_seen(spot: char) -> bool {
    !spot.is_whitespace() && !steers(spot)
}

/// The same characters with each escape replaced by what it stands for.
fn undone(spots: &[Spot]) -> Vec<Spot> {
    let (mut undone, mut rest) = (Vec::with_capacity(spots.len()), spots);
    while let Some(((first, range), others)) = rest.split_first() {
        let escape = escape(*first, others).and_then(|(stands_for, length)| {
            let (_, end) = others.get(length.checked_sub(1)?)?;
            Some((stands_for, range.start..end.end, others.get(length..)?))
        });
        let (spot, range, after) = escape.unwrap_or((*first, range.clone(), others));
        undone.push((spot, range));
        rest = after;
    }
    undone
}

/// What an escape that begins with this character stands for, and how many more characters it has.
fn escape(first: char, rest: &[Spot]) -> Option<(char, usize)> {
    let at = |index: usize| rest.get(index).map(|(spot, _)| *spot);
    let code = |digits: Range<usize>, radix| {
        let length = digits.len();
        let mut digits = rest.get(digits)?.iter();
        let value =
            digits.try_fold(0_u32, |value, (spot, _)| value.checked_mul(radix)?.checked_add(spot.to_digit(radix)?));
        char::from_u32(value?).filter(|_| length > 0)
    };
    match (first, at(0)?) {
        ('%', _) => Some((code(0..2, 16)?, 2)),
        ('\\', 'u') if at(1) == Some('{') => {
            let end = (2..9).find(|index| at(*index) == Some('}'))?;
            Some((code(2..end, 16)?, end + 1))
        }
        ('\\', 'u') => Some((code(1..5, 16)?, 5)),
        ('\\', 'U') => Some((code(1..9, 16)?, 9)),
        ('\\', 'x') => Some((code(1..3, 16)?, 3)),
        ('\\', 'n' | 'r' | 't' | 'b' | 'f') => Some(('\n', 1)),
        ('\\', escaped @ ('/' | '"' | '\'' | '\\')) => Some((escaped, 1)),
        ('&', '#') => {
            let (begin, radix) = if matches!(at(1), Some('x' | 'X')) { (2, 16) } else { (1, 10) };
            let end = (begin..begin + 9).find(|index| at(*index) == Some(';'))?;
            Some((code(begin..end, radix)?, end + 1))
        }
        ('&', _) => {
            const NAMES: [(&str, char); 5] =
                [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\'')];
            let begins = |name: &str| name.chars().enumerate().all(|(index, spot)| at(index) == Some(spot));
            NAMES.iter().find(|(name, _)| begins(name)).map(|(name, spot)| (*spot, name.len()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undo(text: &str) -> Vec<String> {
        layers(text).into_iter().map(|layer| layer.into_iter().map(|(spot, _)| spot).collect()).collect()
    }

    #[test]
    fn escapes_are_undone_layer_by_layer() {
        assert_eq!(undo("a b"), ["ab"]);
        assert_eq!(undo("%41\\u0042&#67;&#x44;\\/&lt;"), ["%41\\u0042&#67;&#x44;\\/&lt;", "ABCD/<", "ABCD/<"][..2]);
        assert_eq!(undo("%2541"), ["%2541", "%41", "A"]);
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
        ] {
            assert_eq!(undo(text), [text], "{text}");
        }
    }
}
