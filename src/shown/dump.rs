// SPDX-License-Identifier: Apache-2.0

//! Reads dumps of bytes as tools print them: lines that begin with an offset and may end with the bytes as characters,
//! and words whose bytes are in the order of the machine. Used by `decoded`; what is left are digits.

use std::ops::Range;

use super::view::Spot;

/// How many bytes a line of a dump has at most.
const LONGEST_LINE: u64 = 64;

/// How many words a line has at most: its bytes, and as many in the margin.
const MOST_WORDS: usize = 130;

/// How many digits an offset has at least if no colon follows it.
const SHORTEST_OFFSET: usize = 4;

/// How many digits the words have whose bytes may be swapped: of two, four and eight bytes.
const SWAPPED: [usize; 3] = [4, 8, 16];

/// Offsets that are farther apart as hexadecimal numbers are so in any way to write them.
const FAR: u64 = 0x100;

/// A word that may be an offset.
struct Offset<'a> {
    digits: &'a [Spot],
    has_colon: bool,
    /// Its value if its digits are hexadecimal.
    value: u64,
}

/// The digits of dumps, without offsets and margins. `None` if there is no dump.
pub(super) fn dumps(view: &[Spot]) -> Option<Vec<Spot>> {
    let words = words(view);
    let offsets: Vec<Option<Offset<'_>>> =
        words.iter().map(|word| view.get(word.clone()).and_then(Offset::of)).collect();
    let (mut kept, mut at, mut before) = (Vec::new(), 0, None);
    while let Some(word) = words.get(at) {
        let ahead = words.get(at + 1..).unwrap_or_default();
        let Some(Some(offset)) = offsets.get(at) else {
            at += 1;
            continue;
        };
        let offsets = offsets.get(at + 1..).unwrap_or_default().iter().take(MOST_WORDS);
        let mut later = offsets.enumerate().filter_map(|(index, next)| Some((index, next.as_ref()?)));
        let next = later.find_map(|(index, next)| Some((index, offset.steps(next)?)));
        let line = |end: usize| view.get(word.end..end).unwrap_or_default();
        match (next, before.take()) {
            (Some((next, steps)), _) => {
                let line = line(ahead.get(next).map_or(word.end, |following| following.start));
                let fitting = steps.into_iter().find(|step| bytes(line, *step).1);
                add(&mut kept, line, fitting);
                before = Some((fitting, next));
                at += next + 1;
            }
            // The last line of a dump, which may be shorter.
            (None, Some((step, length))) => {
                let last = ahead.get(..length).unwrap_or(ahead).last();
                add(&mut kept, line(last.map_or(word.end, |last| last.end)), step);
                at += 1;
            }
            (None, None) => at += 1,
        }
    }
    (!kept.is_empty()).then_some(kept)
}

/// The same digits with the bytes of each word in the other order, where there are enough of such words. `None` if
/// there are none.
pub(super) fn swapped(view: &[Spot], shortest: usize) -> Option<Vec<Spot>> {
    let is_digit = |spot: &Spot| spot.sign.is_ascii_hexdigit();
    let mut kept: Vec<Spot> = Vec::new();
    for run in view.chunk_by(|one, next| {
        // What may stand between words ends no run, and whatever else does.
        [one, next].iter().all(|spot| is_digit(spot) || !spot.sign.is_alphanumeric())
    }) {
        let words: Vec<&[Spot]> = run.split(|spot| !is_digit(spot)).filter(|word| !word.is_empty()).collect();
        for same in words.chunk_by(|one, next| one.len() == next.len()) {
            let length = same.first().map_or(0, |word| word.len());
            let digits = length.saturating_mul(same.len());
            let size = if SWAPPED.contains(&length) { length } else { SWAPPED.into_iter().next().unwrap_or(length) };
            if digits < shortest.saturating_mul(2) || length < size {
                continue;
            }
            for word in same {
                let (Some(first), Some(last)) = (word.first(), word.last()) else { continue };
                let bytes = word.chunks(size).flat_map(|word| word.rchunks(2)).flatten();
                kept.extend(bytes.map(|digit| Spot { sign: digit.sign, start: first.start, end: last.end }));
            }
        }
    }
    (!kept.is_empty()).then_some(kept)
}

/// Where the words of a view are.
fn words(view: &[Spot]) -> Vec<Range<usize>> {
    let mut at = 0;
    let words = view.chunk_by(|one, next| one.sign.is_whitespace() == next.sign.is_whitespace());
    let placed = words.map(|word| {
        at += word.len();
        (word, at - word.len()..at)
    });
    placed.filter(|(word, _)| word.first().is_some_and(|spot| !spot.sign.is_whitespace())).map(|(_, at)| at).collect()
}

/// How many characters at the beginning of a line are so many bytes, and whether there are as many and a word ends
/// there.
fn bytes(line: &[Spot], step: u64) -> (usize, bool) {
    let (mut digits, mut length) = (0, 0);
    for spot in line {
        match spot.sign {
            sign if sign.is_ascii_hexdigit() => digits += 1,
            sign if sign.is_whitespace() || matches!(sign, '-' | ':') => {}
            _ => break,
        }
        length += 1;
        if digits == 2 * step {
            return (length, line.get(length).is_none_or(|next| !next.sign.is_alphanumeric()));
        }
    }
    (length, false)
}

/// Keeps the bytes of a line. Each of them counts as long as the rest of the line, since the margin tells it again. A
/// line of something else than hexadecimal digits is kept as it is.
fn add(kept: &mut Vec<Spot>, line: &[Spot], step: Option<u64>) {
    let length = step.map_or(line.len(), |step| bytes(line, step).0);
    let cells = line.get(..length).unwrap_or_default();
    let end = line.iter().rfind(|spot| !spot.sign.is_whitespace()).map(|spot| spot.end).filter(|_| step.is_some());
    kept.extend(cells.iter().map(|spot| Spot { end: end.unwrap_or(spot.end), ..*spot }));
    // The words of two lines are two words.
    kept.extend(cells.last().map(|spot| Spot { sign: ' ', ..*spot }));
}

// === impl Offset ===

impl<'a> Offset<'a> {
    fn of(word: &'a [Spot]) -> Option<Self> {
        let (digits, has_colon) = match word.split_last() {
            Some((Spot { sign: ':', .. }, digits)) => (digits, true),
            _ => (word, false),
        };
        let digits = match digits {
            [Spot { sign: '0', .. }, Spot { sign: 'x' | 'X', .. }, digits @ ..] => digits,
            _ => digits,
        };
        let fits = (if has_colon { 1 } else { SHORTEST_OFFSET }..=16).contains(&digits.len())
            && digits.iter().all(|spot| spot.sign.is_ascii_hexdigit());
        fits.then(|| Self { digits, has_colon, value: value(digits, 16).unwrap_or_default() })
    }

    /// How many bytes there may be up to the next offset, the most first. `None` if the other one can't follow.
    fn steps(&self, next: &Self) -> Option<Vec<u64>> {
        let is_like = self.has_colon == next.has_colon && (self.has_colon || self.digits.len() == next.digits.len());
        if !is_like || next.value <= self.value || next.value - self.value > FAR {
            return None;
        }
        let step = |radix| value(next.digits, radix)?.checked_sub(value(self.digits, radix)?);
        let mut steps: Vec<u64> = [16, 10, 8].into_iter().filter_map(step).collect();
        steps.retain(|step| (1..=LONGEST_LINE).contains(step));
        steps.sort_unstable_by(|one, other| other.cmp(one));
        Some(steps).filter(|steps| !steps.is_empty())
    }
}

fn value(digits: &[Spot], radix: u32) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, spot| {
        value.checked_mul(u64::from(radix))?.checked_add(u64::from(spot.sign.to_digit(radix)?))
    })
}
