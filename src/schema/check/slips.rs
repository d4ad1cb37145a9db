// SPDX-License-Identifier: Apache-2.0

//! Slips of the pen in URLs that parse nevertheless, or whose cause the parser can't tell. Used by `web`.

use url::Url;

/// What is wrong with a text such as `https//x.example`, which lacks the colon of its scheme.
pub(super) fn without_colon(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("//")?;
    let scheme = scheme.strip_suffix(';').unwrap_or(scheme);
    let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    is_web.then(|| {
        let scheme = scheme.to_ascii_lowercase();
        format!("{text:?} is not an absolute URL: the `:` is missing. Write {scheme}://{rest}")
    })
}

/// What is odd about a URL that parses.
pub(super) fn odd(text: &str, url: &Url) -> Option<String> {
    let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_web = matches!(scheme, "http" | "https");
    let meant = ["https", "http"].into_iter().find(|web| !is_web && is_one_edit_away(scheme, web));
    if let Some(meant) = meant.filter(|_| text.contains("://")) {
        return Some(format!("{text:?} begins with `{scheme}:`. Did you mean `{meant}:`?"));
    }
    if text.split(',').skip(1).any(|part| part.trim_start().starts_with("http") && part.contains("://")) {
        return Some(format!("{text:?} looks like several URLs in one text. Write each as an element of its own."));
    }
    if !is_web {
        return None;
    }
    if matches!(host, "http" | "https") {
        return Some(format!("{text:?} has two schemes, so its host is `{host}`. Remove one."));
    }
    if name.split('.').any(str::is_empty) {
        return Some(format!("The host of {text:?} has nothing between two dots, or before the first."));
    }
    None
}

/// Whether a text differs from a word by one character that is added, missing or wrong, or by two that are exchanged.
fn is_one_edit_away(text: &str, word: &str) -> bool {
    let equal = |(one, other): &(u8, u8)| one == other;
    let start = text.bytes().zip(word.bytes()).take_while(equal).count();
    let rests = text.get(start..).zip(word.get(start..)).unwrap_or_default();
    let end = rests.0.bytes().rev().zip(rests.1.bytes().rev()).take_while(equal).count();
    let (left, right) = (rests.0.len().saturating_sub(end), rests.1.len().saturating_sub(end));
    let is_exchanged = || {
        let middle = |rest: &str| rest.bytes().take(2).collect::<Vec<_>>();
        (left, right) == (2, 2) && middle(rests.0).into_iter().rev().eq(middle(rests.1))
    };
    text != word && (left.max(right) == 1 || is_exchanged())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_colon_is_told_with_what_to_write() {
        for (text, right) in [
            ("https//x.example/cb", "Write https://x.example/cb"),
            ("http//localhost:3000", "Write http://localhost:3000"),
            ("https;//x.example", "Write https://x.example"),
            ("HTTPS//x.example", "Write https://x.example"),
        ] {
            assert!(without_colon(text).is_some_and(|told| told.ends_with(right)), "{text}");
        }
        assert!(["https://x.example", "x//y", "//x", "x", ""].iter().all(|text| without_colon(text).is_none()));
    }

    #[test]
    fn urls_that_parse_may_be_odd() {
        let told = |text: &str| odd(text, &Url::parse(text).unwrap()).unwrap_or_default();
        for (text, words) in [
            ("https://https://x.example", "its host is `https`"),
            ("htps://x.example", "mean `https:`?"),
            ("htpps://x.example", "mean `https:`?"),
            ("httsp://x.example", "mean `https:`?"),
            ("htp://localhost", "mean `http:`?"),
            ("https://a.example/cb,https://b.example/cb", "several URLs"),
            ("https://x..example", "nothing between two dots"),
        ] {
            assert!(told(text).contains(words), "{text}: {}", told(text));
        }
        for text in ["https://x.example/a,b", "https://x.example./cb", "cursor://cb", "ftp://x", "https://[::1]/cb"] {
            assert_eq!(told(text), "", "{text}");
        }
    }
}
