// SPDX-License-Identifier: Apache-2.0

//! Undoes the ways in which single characters of a text are escaped, among others that are not. Used by
//! `decoded`.

use super::view::Spot;

/// What an escape stands for, and how many more characters than its first one it has.
type Undone = Option<(char, usize)>;

/// URL, HTML and string literals of all usual languages, which can't be mistaken for each other.
pub(super) fn escapes(view: &[Spot]) -> Option<Vec<Spot>> {
    undone(view, |first, rest| match first {
        '%' => match sign(rest, 0)? {
            'u' => Some((number(rest, 1, 16, 4, 4)?.0, 5)),
            _ => Some((number(rest, 0, 16, 2, 2)?.0, 2)),
        },
        '\\' => literal(rest),
        '&' => reference(rest),
        _ => None,
    })
}

/// Escapes of style sheets: a backslash, up to six digits, and a space that ends them.
pub(super) fn style_sheet(view: &[Spot]) -> Option<Vec<Spot>> {
    undone(view, |first, rest| {
        let (sign, length) = number(rest, 0, 16, 1, 6).filter(|_| first == '\\')?;
        Some((sign, length + spaces(rest, length).min(1)))
    })
}

/// Quoted-printable, with its soft line breaks, which may have become a space on the way.
pub(super) fn quoted_printable(view: &[Spot]) -> Option<Vec<Spot>> {
    undone(view, |first, rest| {
        if first != '=' {
            return None;
        }
        number(rest, 0, 16, 2, 2).or_else(|| Some(('\n', spaces(rest, 0))).filter(|(_, length)| *length > 0))
    })
}

/// Sequences that colour a text, move a cursor or name a link.
pub(super) fn sequences(view: &[Spot]) -> Option<Vec<Spot>> {
    let ends = |spots: &[Spot]| match spots {
        [Spot { sign: '\u{7}' | '\u{9c}', .. }, ..] => Some(1),
        [Spot { sign: '\u{1b}', .. }, Spot { sign: '\\', .. }, ..] => Some(2),
        _ => None,
    };
    // One without an end is none; where the last end is keeps the search for it short.
    let last_end = (0..view.len()).rev().find(|at| view.get(*at..).and_then(ends).is_some()).unwrap_or_default();
    let (mut kept, mut at) = (Vec::with_capacity(view.len()), 0);
    while let Some(spot) = view.get(at) {
        let (kind, body) = match (spot.sign, view.get(at + 1).map(|next| next.sign)) {
            ('\u{1b}', Some(kind)) => (kind, at + 2),
            ('\u{9b}', _) => ('[', at + 1),
            ('\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}', _) => (']', at + 1),
            _ => {
                kept.push(*spot);
                at += 1;
                continue;
            }
        };
        let from = |at: usize| view.get(at..).unwrap_or_default();
        at = match kind {
            '[' => body + from(body).iter().take_while(|spot| matches!(spot.sign, ' '..='?')).count() + 1,
            ']' | 'P' | 'X' | '^' | '_' if body <= last_end => {
                let end = (body..=last_end).find_map(|at| Some(at + ends(from(at))?));
                end.unwrap_or(body)
            }
            ' '..='/' => body + from(body).iter().take_while(|spot| matches!(spot.sign, ' '..='/')).count() + 1,
            _ => body,
        };
    }
    (kept.len() < view.len()).then_some(kept)
}

/// Marks of HTML, such as `<wbr>` or `<b>` and `</b>`, which a browser does not show.
pub(super) fn tags(view: &[Spot]) -> Option<Vec<Spot>> {
    let length = |rest: &[Spot]| {
        let begins = matches!(rest.first()?.sign, 'a'..='z' | 'A'..='Z' | '/' | '!');
        let length = rest.iter().position(|spot| matches!(spot.sign, '<' | '>')).filter(|_| begins)?;
        (rest.get(length)?.sign == '>').then_some(length + 1)
    };
    let (mut kept, mut rest) = (Vec::with_capacity(view.len()), view);
    while let Some((spot, after)) = rest.split_first() {
        let tag = if spot.sign == '<' { length(after) } else { None };
        rest = after.get(tag.unwrap_or_default()..).unwrap_or_default();
        if tag.is_none() {
            kept.push(*spot);
        }
    }
    (kept.len() < view.len()).then_some(kept)
}

/// The same characters with each escape replaced by what it stands for. `None` if there is no escape.
fn undone(view: &[Spot], escape: impl Fn(char, &[Spot]) -> Undone) -> Option<Vec<Spot>> {
    let may_be = |spot: &Spot| matches!(spot.sign, '%' | '\\' | '&' | '=');
    let first = view.iter().position(may_be)?;
    let (before, mut rest) = view.split_at_checked(first)?;
    let (mut undone, mut any) = (Vec::with_capacity(view.len()), false);
    undone.extend_from_slice(before);
    while let Some((spot, others)) = rest.split_first() {
        let found = escape(spot.sign, others).filter(|_| may_be(spot));
        let found = found.and_then(|(sign, length)| {
            let end = others.get(length.checked_sub(1)?)?.end;
            Some((Spot { sign, start: spot.start, end }, others.get(length..)?))
        });
        any |= found.is_some();
        let (spot, after) = found.unwrap_or((*spot, others));
        undone.push(spot);
        rest = after;
    }
    any.then_some(undone)
}

fn sign(spots: &[Spot], index: usize) -> Option<char> {
    spots.get(index).map(|spot| spot.sign)
}

fn spaces(spots: &[Spot], from: usize) -> usize {
    spots.iter().skip(from).take_while(|spot| spot.sign.is_whitespace()).count()
}

/// The character of a number with so many digits from an index on, and how many it has.
fn number(spots: &[Spot], from: usize, radix: u32, least: usize, most: usize) -> Undone {
    let digits = spots.iter().skip(from).take(most).map_while(|spot| spot.sign.to_digit(radix));
    let (value, length) = digits.fold((0_u32, 0), |(value, length), digit| {
        // One that is too large for a character stays so.
        (value.saturating_mul(radix).saturating_add(digit), length + 1)
    });
    char::from_u32(value).filter(|_| length >= least).map(|sign| (sign, length))
}

/// What follows a backslash.
fn literal(rest: &[Spot]) -> Undone {
    let digits = |from, count| number(rest, from, 16, count, count).map(|(sign, _)| (sign, from + count));
    match sign(rest, 0)? {
        'u' | 'x' if sign(rest, 1) == Some('{') => {
            let (code, length) = number(rest, 2, 16, 1, usize::MAX)?;
            (sign(rest, 2 + length) == Some('}')).then_some((code, length + 3))
        }
        'u' => digits(1, 4),
        'U' => digits(1, 8),
        'x' => digits(1, 2),
        // Some have a zero in front of three digits.
        '0' => number(rest, 1, 8, 3, 3)
            .filter(|(code, _)| *code >= ' ')
            .map(|(code, length)| (code, length + 1))
            .or_else(|| number(rest, 0, 8, 1, 3)),
        '1'..='7' => number(rest, 0, 8, 1, 3),
        'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\n' | '\r' => Some(('\n', 1)),
        'e' => Some(('\u{1b}', 1)),
        other if other.is_ascii_punctuation() => Some((other, 1)),
        _ => None,
    }
}

/// What follows an ampersand. The semicolon may be missing, as browsers know it.
fn reference(rest: &[Spot]) -> Undone {
    let ended = |length: usize| length + usize::from(sign(rest, length) == Some(';'));
    if sign(rest, 0)? == '#' {
        let (from, radix) = if matches!(sign(rest, 1), Some('x' | 'X')) { (2, 16) } else { (1, 10) };
        return number(rest, from, radix, 1, usize::MAX).map(|(code, length)| (code, ended(from + length)));
    }
    /// Those of ASCII's signs, which are what a key may have beside letters and digits.
    const NAMES: [(&str, char); 38] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("AMP", '&'),
        ("LT", '<'),
        ("GT", '>'),
        ("QUOT", '"'),
        ("excl", '!'),
        ("num", '#'),
        ("dollar", '$'),
        ("percnt", '%'),
        ("lpar", '('),
        ("rpar", ')'),
        ("ast", '*'),
        ("midast", '*'),
        ("plus", '+'),
        ("comma", ','),
        ("hyphen", '-'),
        ("dash", '-'),
        ("period", '.'),
        ("sol", '/'),
        ("colon", ':'),
        ("semi", ';'),
        ("equals", '='),
        ("quest", '?'),
        ("commat", '@'),
        ("lsqb", '['),
        ("lbrack", '['),
        ("bsol", '\\'),
        ("rsqb", ']'),
        ("rbrack", ']'),
        ("Hat", '^'),
        ("lowbar", '_'),
        ("grave", '`'),
        ("verbar", '|'),
        ("vert", '|'),
    ];
    let begins = |name: &str| name.chars().enumerate().all(|(index, letter)| sign(rest, index) == Some(letter));
    NAMES.iter().find(|(name, _)| begins(name)).map(|(name, stands_for)| (*stands_for, ended(name.len())))
}
