// SPDX-License-Identifier: Apache-2.0

//! Reads what may be an encoding of bytes: digits of bits (hexadecimal, base32, base64), and lists of
//! numbers. Almost every text is one by its looks, so only rows of characters are kept that a secret
//! could be in, and of a text that encodes nothing hardly any is left. Used by `decoded`.

use super::view::{BREAK, Spot, Wanted};

/// A way to write bytes by digits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Digits {
    /// Two for a byte, with or without something between the bytes, such as `4b:66`, `0x4b, 0x66` or `\x4b`.
    Hex,
    Base32,
    /// Both alphabets.
    Base64,
}

/// What a character means among digits.
enum Means {
    Digit(u32),
    Nothing,
    End,
}

/// Characters with the digits that they come from, in rows.
struct Rows {
    wanted: Wanted,
    /// The sign, and the indexes of its first and last digit.
    kept: Vec<(char, usize, usize)>,
    /// Where the present row begins.
    begun: usize,
}

// === impl Digits ===

impl Digits {
    /// What the digits of a view encode, whichever of them is the first of a byte. Each character is as
    /// long as the word whose digits it comes from, so that no rest of a word is left.
    pub(super) fn decode(self, view: &[Spot], wanted: Wanted) -> Vec<Spot> {
        let (mut rows, mut run) = (Rows::new(wanted), Vec::new());
        for (index, spot) in view.iter().enumerate() {
            match self.read(spot.sign) {
                Means::Digit(value) => run.push((value, index)),
                Means::Nothing => {
                    if matches!(spot.sign, 'x' | 'X') && run.last() == Some(&(0, index.wrapping_sub(1))) {
                        run.pop();
                    }
                }
                Means::End => self.end_run(&mut run, &mut rows),
            }
        }
        self.end_run(&mut run, &mut rows);
        if rows.kept.is_empty() { Vec::new() } else { rows.spots(&self.words(view)) }
    }

    /// How many bits a digit has, and after how many digits a byte ends where a digit does.
    fn size(self) -> (u32, usize) {
        match self {
            Self::Hex => (4, 2),
            Self::Base32 => (5, 8),
            Self::Base64 => (6, 4),
        }
    }

    fn read(self, sign: char) -> Means {
        let value = match (self, sign) {
            (Self::Hex, _) => sign.to_digit(16),
            (Self::Base32, '2'..='7') => Some(u32::from(sign) - u32::from('2') + 26),
            (Self::Base32, _) => {
                sign.is_ascii_alphabetic().then(|| sign.to_digit(36)).flatten().map(|digit| digit - 10)
            }
            (Self::Base64, 'A'..='Z') => Some(u32::from(sign) - u32::from('A')),
            (Self::Base64, 'a'..='z') => Some(u32::from(sign) - u32::from('a') + 26),
            (Self::Base64, '0'..='9') => Some(u32::from(sign) - u32::from('0') + 52),
            (Self::Base64, '+' | '-') => Some(62),
            (Self::Base64, '/' | '_') => Some(63),
            (Self::Base64, _) => None,
        };
        match value {
            Some(value) => Means::Digit(value),
            None if matches!(self, Self::Hex) && is_between(sign) => Means::Nothing,
            None => Means::End,
        }
    }

    /// Reads a run of digits, from each digit on that may be the first of a byte.
    fn end_run(self, run: &mut Vec<(u32, usize)>, rows: &mut Rows) {
        let (width, period) = self.size();
        let long_enough = run.len().saturating_mul(width as usize) >= rows.wanted.shortest.saturating_mul(8);
        for skipped in (0..period).filter(|_| long_enough) {
            let (mut held, mut bits, mut first) = (0_u32, 0, 0);
            for (value, index) in run.iter().skip(skipped) {
                first = if bits == 0 { *index } else { first };
                (held, bits) = (held << width | value, bits + width);
                if bits >= 8 {
                    bits -= 8;
                    rows.add(held >> bits, first, *index);
                    (held, first) = (held & ((1 << bits) - 1), *index);
                }
            }
            rows.end();
        }
        run.clear();
    }

    /// The digits around each digit that nothing separates from it.
    fn words(self, view: &[Spot]) -> Vec<(usize, usize)> {
        let mut words: Vec<(usize, usize)> = view.iter().map(|spot| (spot.start, spot.end)).collect();
        let joined = |one: &Spot, next: &Spot| {
            let digit = |spot: &Spot| matches!(self.read(spot.sign), Means::Digit(_));
            one.touches(*next) && digit(one) && digit(next)
        };
        let joined: Vec<bool> = view.iter().zip(view.iter().skip(1)).map(|(one, next)| joined(one, next)).collect();
        let mut start = words.first().map_or(0, |word| word.0);
        for (word, joined) in words.iter_mut().skip(1).zip(&joined) {
            start = if *joined { start } else { word.0 };
            word.0 = start;
        }
        let mut end = words.last().map_or(0, |word| word.1);
        for (word, joined) in words.iter_mut().rev().skip(1).zip(joined.iter().rev()) {
            end = if *joined { end } else { word.1 };
            word.1 = end;
        }
        words
    }
}

/// The characters of a list of numbers, such as `75, 102`, `\113 \146` or `U+004B U+0066`.
pub(super) fn numbers(view: &[Spot], radix: u32, wanted: Wanted) -> Vec<Spot> {
    let (mut rows, mut index) = (Rows::new(wanted), 0);
    while let Some(spot) = view.get(index) {
        if !spot.sign.is_digit(radix) {
            if !is_between(spot.sign) {
                rows.end();
            }
            index += 1;
            continue;
        }
        let (first, mut code) = (index, 0_u32);
        while let Some(digit) = view.get(index).and_then(|spot| spot.sign.to_digit(radix)) {
            (code, index) = (code.saturating_mul(radix).saturating_add(digit), index + 1);
        }
        let is_prefix = code == 0 && view.get(index).is_some_and(|next| matches!(next.sign, 'x' | 'X' | 'o' | 'O'));
        if !is_prefix {
            rows.add(code, first, index - 1);
        }
    }
    rows.end();
    rows.spots(&view.iter().map(|spot| (spot.start, spot.end)).collect::<Vec<_>>())
}

/// Whether a character may stand between two numbers, alone or with others.
fn is_between(sign: char) -> bool {
    !sign.is_alphanumeric() || matches!(sign, 'x' | 'X' | 'u' | 'U' | 'o' | 'O')
}

// === impl Rows ===

impl Rows {
    fn new(wanted: Wanted) -> Self {
        Self { wanted, kept: Vec::new(), begun: 0 }
    }

    fn add(&mut self, code: u32, first: usize, last: usize) {
        match char::from_u32(code).filter(|_| self.wanted.takes(code)) {
            Some(sign) => self.kept.push((sign, first, last)),
            // The other half of a character of two bytes, and white space, which nobody sees.
            None if matches!(code, 0 | 9 | 10 | 13 | 32) => {}
            None => self.end(),
        }
    }

    /// Ends the present row. It is forgotten if it is too short.
    fn end(&mut self) {
        match self.kept.len() - self.begun {
            0 => {}
            length if length < self.wanted.shortest => self.kept.truncate(self.begun),
            _ => {
                let (_, _, last) = self.kept.last().copied().unwrap_or_default();
                self.kept.push((BREAK, last, last));
            }
        }
        self.begun = self.kept.len();
    }

    /// The rows, given where each digit is.
    fn spots(&self, places: &[(usize, usize)]) -> Vec<Spot> {
        let spot = |(sign, first, last): &(char, usize, usize)| {
            let ((start, _), (_, end)) = (places.get(*first)?, places.get(*last)?);
            Some(Spot { sign: *sign, start: *start, end: *end })
        };
        self.kept.iter().filter_map(spot).collect()
    }
}
