// SPDX-License-Identifier: Apache-2.0

//! A view of a text: characters, each of which knows where it came from. Used by all files beside it.

use std::ops::Range;

use super::terminal::steers;

/// A character, and where it or what stands for it is in the original text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) sign: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Stands between parts of a view that have nothing to do with each other. No secret holds it.
pub(super) const BREAK: char = '\u{fffd}';

/// What is worth looking at in a row of bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// How many characters a row has at least.
    pub(super) shortest: usize,
    /// Whether characters that are not ASCII count.
    pub(super) wide: bool,
}

impl Spot {
    pub(super) fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether nothing stands between this one and the next.
    pub(super) fn touches(self, next: Self) -> bool {
        self.end >= next.start
    }
}

impl Wanted {
    /// Whether a number may stand for a character of a secret.
    pub(super) fn takes(self, code: u32) -> bool {
        matches!(code, 0x21..=0x7e) || self.wide && matches!(code, 0x80..=0xff)
    }
}

/// A text as it is.
pub(super) fn plain(text: &str) -> Vec<Spot> {
    text.char_indices().map(|(start, sign)| Spot { sign, start, end: start + sign.len_utf8() }).collect()
}

/// What a reader sees of a view. White space and characters that nobody sees are left out: a secret may
/// be wrapped or broken by them.
pub(super) fn seen(view: &[Spot]) -> Vec<Spot> {
    view.iter().filter(|spot| is_seen(spot.sign)).copied().collect()
}

/// The letters and digits of a view, all of them small. A secret may be spelled with something between them, such as
/// `K-2-x` or `["K", "2", "x"]`, or in capital letters.
pub(super) fn letters(view: &[Spot]) -> Vec<Spot> {
    let small = |spot: &Spot| match spot.sign {
        BREAK => Some(*spot),
        sign => Some(Spot { sign: letter(sign)?, ..*spot }),
    };
    view.iter().filter_map(small).collect()
}

/// A letter or a digit as it is compared without its case.
pub(super) fn letter(sign: char) -> Option<char> {
    sign.is_alphanumeric().then(|| sign.to_ascii_lowercase())
}

/// Whether a reader sees a character.
pub(super) fn is_seen(sign: char) -> bool {
    match sign {
        _ if sign.is_ascii_graphic() => true,
        // Selectors of variants are shown, since they belong to what is before them.
        '\u{fe00}'..='\u{fe0f}' => false,
        _ => !sign.is_whitespace() && !steers(sign),
    }
}
