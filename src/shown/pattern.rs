// SPDX-License-Identifier: Apache-2.0

//! A secret as it is looked for: digests of all its parts of a certain length. Called by `mod`. A
//! digest that rolls over a text makes the time grow with the text's length only.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::OnceLock;

use secrecy::zeroize::Zeroizing;

use super::view::{Spot, Wanted, is_seen, letter};

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
    /// The digest of the whole.
    whole: Option<u64>,
    /// How long each part is.
    length: usize,
    /// Whether it has characters that are not ASCII.
    wide: bool,
    /// What the parts come to.
    digests: Digests,
    /// What the parts of its letters and digits alone come to, whatever their case. Empty for a short secret, which
    /// such a text may hold by chance.
    letters: Digests,
}

/// A set of digests that says quickly what is not in it.
#[derive(Debug, PartialEq, Eq)]
struct Digests {
    sorted: Vec<u64>,
    /// A bit for each beginning of one.
    begins: Vec<u64>,
}

// === impl Secret ===

impl Secret {
    /// What is looked for, unless it also occurs in a text of `public`.
    pub(super) fn new(name: &'static str, secret: &str, public: &[&str]) -> Self {
        let chars = spelled(secret, secret.chars());
        let length = if chars.len() < SHORTEST { 0 } else { PART.min(chars.len()) };
        // Decoders that know bytes only make one character of each.
        let bytes = spelled(secret, secret.bytes().map(char::from));
        let of = |hidden: [&[char]; 2], shown: &dyn Fn(&str) -> Zeroizing<Vec<char>>, length| {
            let shown: HashSet<u64> = public.iter().flat_map(|text| parts(&shown(text), length)).collect();
            let hidden = hidden.into_iter().flat_map(|text| parts(text, length));
            Digests::new(hidden.filter(|digest| !shown.contains(digest)).collect())
        };
        let letters = |signs: &[char]| spelled(secret, signs.iter().filter_map(|sign| letter(*sign)));
        let spelled_public = |text: &str| spelled(text, text.chars());
        let digests = of([&chars, &bytes], &spelled_public, length);
        let letters = of(
            [&letters(&chars), &letters(&bytes)],
            &|text| spelled(text, text.chars().filter_map(letter)),
            if length < PART { 0 } else { length },
        );
        let whole = rolling(&chars, |sign| *sign, chars.len()).next();
        Self { name, whole, length, wide: !secret.is_ascii(), digests, letters }
    }

    /// The same secret, which is not recognised by its letters alone.
    pub(super) fn spelled_exactly(self) -> Self {
        Self { letters: Digests::new(Vec::new()), ..self }
    }

    /// Whether the other one hides the same text by the same name.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.name, self.whole) == (other.name, other.whole)
    }

    /// What is to be looked at for the sake of these secrets. `None` if there is nothing to hide.
    pub(super) fn wanted(secrets: &[Self]) -> Option<Wanted> {
        let hidden = secrets.iter().filter(|secret| !secret.digests.sorted.is_empty());
        let shortest = hidden.clone().map(|secret| secret.length).min()?;
        Some(Wanted { shortest, wide: hidden.into_iter().any(|secret| secret.wide) })
    }

    /// Where a text holds it, given a view of the text and the letters of that. The word around it is hidden with it.
    pub(super) fn find(&self, text: &str, view: &[Spot], letters: &[Spot]) -> Vec<Range<usize>> {
        let mut found = self.find_in(text, view, &self.digests);
        if !self.letters.sorted.is_empty() {
            found.extend(self.find_in(text, letters, &self.letters));
        }
        found
    }

    fn find_in(&self, text: &str, view: &[Spot], digests: &Digests) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (start, digest) in rolling(view, |spot| spot.sign, self.length).enumerate() {
            if !digests.contain(digest) {
                continue;
            }
            match found.last_mut() {
                Some(last) if start < last.end => last.end = start + self.length,
                _ => found.push(start..start + self.length),
            }
        }
        let in_original = |range: Range<usize>| {
            let (mut first, mut last) = (range.start, range.end.checked_sub(1)?);
            let belongs = |index: usize| {
                view.get(index).is_some_and(|spot| spot.sign.is_ascii_alphanumeric() || matches!(spot.sign, '-' | '_'))
            };
            // Gaps are what was left out, such as a space.
            let adjacent = |one: usize, next: usize| {
                view.get(one).zip(view.get(next)).is_some_and(|(one, next)| one.touches(*next))
            };
            while first > 0 && belongs(first - 1) && adjacent(first - 1, first) {
                first -= 1;
            }
            while belongs(last + 1) && adjacent(last, last + 1) {
                last += 1;
            }
            let whole = view.get(first)?.range().start..view.get(last)?.range().end;
            text.get(whole.clone()).map(|_| whole)
        };
        found.into_iter().filter_map(in_original).collect()
    }
}

// === impl Digests ===

impl Digests {
    const BITS: u32 = 14;

    fn new(mut sorted: Vec<u64>) -> Self {
        sorted.sort_unstable();
        sorted.dedup();
        let mut begins = vec![0; 1 << (Self::BITS - 6)];
        for (word, bit) in sorted.iter().map(|digest| Self::place(*digest)) {
            begins.get_mut(word).into_iter().for_each(|begin| *begin |= bit);
        }
        Self { sorted, begins }
    }

    fn contain(&self, digest: u64) -> bool {
        let (word, bit) = Self::place(digest);
        self.begins.get(word).is_some_and(|begin| begin & bit != 0) && self.sorted.binary_search(&digest).is_ok()
    }

    /// Where the bit for a digest is.
    fn place(digest: u64) -> (usize, u64) {
        let begin = digest >> (u64::BITS - Self::BITS);
        (usize::try_from(begin >> 6).unwrap_or_default(), 1 << (begin & 63))
    }
}

/// What is seen of a text. It is overwritten when it is dropped, and does not grow, which would leave
/// copies behind.
fn spelled(text: &str, form: impl Iterator<Item = char>) -> Zeroizing<Vec<char>> {
    let mut spelled = Zeroizing::new(Vec::with_capacity(text.len()));
    spelled.extend(form.filter(|sign| is_seen(*sign)));
    spelled
}

/// Digests of the parts of a text that tell something.
fn parts(text: &[char], length: usize) -> Vec<u64> {
    let short = length < PART;
    let tells = |part: &[char]| short || part.iter().collect::<HashSet<_>>().len() >= DIFFERENT;
    let digests = rolling(text, |sign| *sign, length).zip(text.windows(length.max(1)));
    digests.filter(|(_, part)| tells(part)).map(|(digest, _)| digest).collect()
}

/// The digest of each part of this length, from the text's beginning on.
fn rolling<T>(text: &[T], sign: impl Fn(&T) -> char + Copy, length: usize) -> impl Iterator<Item = u64> {
    // Random, so that nobody can make a text that looks like a secret.
    static BASE: OnceLock<u64> = OnceLock::new();
    let base = *BASE.get_or_init(|| fastrand::u64(..) | 1);
    let number = move |spot: &T| u64::from(u32::from(sign(spot))) + 1;
    let step = move |digest: u64, spot: &T| digest.wrapping_mul(base).wrapping_add(number(spot));
    let exponent = u32::try_from(length).unwrap_or(u32::MAX);
    let weight = base.wrapping_pow(exponent);
    let first = text.get(..length).filter(|_| length > 0).map(|part| part.iter().fold(0, step));
    let steps = text.iter().zip(text.iter().skip(length));
    first.into_iter().flat_map(move |first| {
        let leave = move |digest: &mut u64, (out, into): (&T, &T)| {
            *digest = step(*digest, into).wrapping_sub(number(out).wrapping_mul(weight));
            Some(*digest)
        };
        std::iter::once(first).chain(steps.clone().scan(first, leave))
    })
}
