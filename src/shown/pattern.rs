//! A secret as it is looked for: digests of all its parts of a certain length, as they are, in
//! hexadecimal digits and in base64. Called by `mod`. A digest that rolls over a text makes the time
//! grow with the text's length only.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::zeroize::Zeroizing;

use super::decoded::Spot;

/// How long a part of a secret must be to be hidden, in characters.
const PART: usize = 12;

/// A secret shorter than this is none.
const SHORTEST: usize = 4;

/// How many different characters a part has at least. Others, such as a row of zeros, occur anywhere
/// and tell nothing.
const DIFFERENT: usize = 4;

/// A secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Secret {
    /// What stands in its place.
    pub(super) name: &'static str,
    patterns: Vec<Pattern>,
}

/// The parts of a secret in one form.
#[derive(Debug, PartialEq, Eq)]
struct Pattern {
    form: Form,
    /// How long each part is.
    length: usize,
    digests: HashSet<u64>,
}

/// How a secret is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Hex,
    Base64,
}

// === impl Secret ===

impl Secret {
    /// What is looked for, unless it also occurs in a text of `public`.
    pub(super) fn new(name: &'static str, secret: &str, public: &[&str]) -> Self {
        let chars = spelled(secret, secret.chars());
        if chars.len() < SHORTEST {
            return Self { name, patterns: Vec::new() };
        }
        let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
        let hex = spelled(secret, secret.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
        let part = PART.min(chars.len());
        let pattern = |form, length: usize, texts: &[Zeroizing<Vec<char>>]| {
            let hidden = texts.iter().flat_map(|text| parts(text, length));
            let public: HashSet<u64> = public.iter().flat_map(|text| parts(&normal(form, text), length)).collect();
            Pattern { form, length, digests: hidden.filter(|digest| !public.contains(digest)).collect() }
        };
        let base64: Vec<_> = (0..3).map(|offset| inner_base64(secret, offset)).collect();
        let shortest = base64.iter().map(|text| text.len()).min().unwrap_or_default();
        let patterns = vec![
            pattern(Form::Plain, part, &[chars]),
            pattern(Form::Hex, 2 * PART.min(secret.len()), &[hex]),
            pattern(Form::Base64, shortest.min(4 * PART / 3 - 2), &base64),
        ];
        Self { name, patterns }
    }

    /// Where a text holds it, given the text with some of its escapes undone. What surrounds it
    /// without a gap is hidden with it.
    pub(super) fn find(&self, text: &str, spots: &[Spot]) -> Vec<Range<usize>> {
        self.patterns.iter().flat_map(|pattern| pattern.find(text, spots)).collect()
    }
}

// === impl Pattern ===

impl Pattern {
    fn find(&self, text: &str, spots: &[Spot]) -> Vec<Range<usize>> {
        let normal: Vec<char> = spots.iter().map(|(spot, _)| self.form.normal(*spot)).collect();
        let mut found: Vec<Range<usize>> = Vec::new();
        for (start, digest) in rolling(&normal, self.length).enumerate() {
            if !self.digests.contains(&digest) {
                continue;
            }
            match found.last_mut() {
                Some(last) if start <= last.end => last.end = start + self.length,
                _ => found.push(start..start + self.length),
            }
        }
        let place = |index: usize| spots.get(index).map(|(_, range)| range.clone());
        let in_original = |range: Range<usize>| {
            let (mut first, mut last) = (range.start, range.end.checked_sub(1)?);
            let belongs = |index: usize| normal.get(index).is_some_and(|spot| self.form.is_part_of_word(*spot));
            // Gaps are what was left out, such as a space.
            let adjacent =
                |one: usize, next: usize| place(one).zip(place(next)).is_some_and(|(one, next)| one.end >= next.start);
            while first > 0 && belongs(first - 1) && adjacent(first - 1, first) {
                first -= 1;
            }
            while belongs(last + 1) && adjacent(last, last + 1) {
                last += 1;
            }
            let whole = place(first)?.start..place(last)?.end;
            text.get(whole.clone()).map(|_| whole)
        };
        found.into_iter().filter_map(in_original).collect()
    }
}

// === impl Form ===

impl Form {
    /// A character without the variants that this form has for it.
    fn normal(self, spot: char) -> char {
        match (self, spot) {
            (Self::Plain, _) => spot,
            (Self::Hex, _) => spot.to_ascii_lowercase(),
            (Self::Base64, '-') => '+',
            (Self::Base64, '_') => '/',
            (Self::Base64, _) => spot,
        }
    }

    /// Whether a character next to a secret in this form may still be the secret's.
    fn is_part_of_word(self, spot: char) -> bool {
        match self {
            Self::Plain => spot.is_ascii_alphanumeric() || matches!(spot, '-' | '_'),
            Self::Hex => spot.is_ascii_hexdigit(),
            Self::Base64 => spot.is_ascii_alphanumeric() || matches!(spot, '+' | '/'),
        }
    }
}

fn normal(form: Form, text: &str) -> Vec<char> {
    text.chars().map(|spot| form.normal(spot)).collect()
}

/// The characters that a secret has in base64 after so many other bytes, whatever they are and
/// whatever follows.
fn inner_base64(secret: &str, offset: usize) -> Zeroizing<Vec<char>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(offset + secret.len()));
    bytes.resize(offset, 0);
    bytes.extend_from_slice(secret.as_bytes());
    let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*bytes));
    // A character has six bits. Those that share some with other bytes are left out.
    let (first, last) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
    spelled(secret, encoded.chars().take(last).skip(first))
}

/// A form of a secret, of at most twice its length. It is overwritten when it is dropped, and does not
/// grow, which would leave copies behind.
fn spelled(secret: &str, form: impl Iterator<Item = char>) -> Zeroizing<Vec<char>> {
    let mut spelled = Zeroizing::new(Vec::with_capacity(2 * secret.len() + 2));
    spelled.extend(form);
    spelled
}

/// Digests of the parts of a text that tell something.
fn parts(text: &[char], length: usize) -> Vec<u64> {
    let short = length < PART;
    let tells = |part: &[char]| short || part.iter().collect::<HashSet<_>>().len() >= DIFFERENT;
    let digests = rolling(text, length).zip(text.windows(length.max(1)));
    digests.filter(|(_, part)| tells(part)).map(|(digest, _)| digest).collect()
}

/// The digest of each part of this length, from the text's beginning on.
fn rolling(text: &[char], length: usize) -> impl Iterator<Item = u64> {
    // Random, so that nobody can make a text that looks like a secret.
    static BASE: OnceLock<u64> = OnceLock::new();
    let base = *BASE.get_or_init(|| fastrand::u64(..) | 1);
    let step = move |digest: u64, spot: &char| digest.wrapping_mul(base).wrapping_add(u64::from(u32::from(*spot)) + 1);
    let exponent = u32::try_from(length).unwrap_or(u32::MAX);
    let weight = base.wrapping_pow(exponent);
    let first = text.get(..length).filter(|_| length > 0).map(|part| part.iter().fold(0, step));
    let steps = text.iter().zip(text.iter().skip(length));
    first.into_iter().flat_map(move |first| {
        let leave = move |digest: &mut u64, (out, into): (&char, &char)| {
            *digest = step(*digest, into).wrapping_sub((u64::from(u32::from(*out)) + 1).wrapping_mul(weight));
            Some(*digest)
        };
        std::iter::once(first).chain(steps.clone().scan(first, leave))
    })
}
