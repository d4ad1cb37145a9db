// SPDX-License-Identifier: Apache-2.0

//! What a person gets to see of a text from outside: no secret of this process, in whatever form an
//! answer repeats it, and no character that steers a terminal. All diagnostics and log lines go
//! through [`shown`], so no other layer needs to remember it.

mod codes;
mod content;
mod credentials;
mod decoded;
mod dump;
mod escapes;
mod pattern;
mod terminal;
mod view;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

pub use self::content::no_file_name;
use self::credentials::without_credentials;
use self::decoded::each_view;
use self::pattern::Secret;
pub use self::terminal::is_unseen;
use self::terminal::steers;
use self::view::letters;

/// The secrets of this process. Only digests of their parts are kept.
static SECRETS: RwLock<Vec<Secret>> = RwLock::new(Vec::new());

/// Hides a secret, and each part of 12 characters and more of it, in everything that is shown from
/// now on. `name` stands in its place. What also occurs in a text of `public` is no secret. A secret that is kept
/// already is kept with what is public now.
pub fn keep_secret(name: &'static str, secret: &str, public: &[&str]) {
    keep(Secret::new(name, secret, public));
}

/// Hides a password as [`keep_secret`] does, but only as it is spelled. A person may have made it of words, which stand
/// in any text in another case or with something between them.
pub fn keep_password(name: &'static str, password: &str) {
    keep(Secret::new(name, password, &[]).spelled_exactly());
}

fn keep(secret: Secret) {
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    match secrets.iter_mut().find(|kept| kept.is_same(&secret)) {
        Some(kept) => *kept = secret,
        None => secrets.push(secret),
    }
}

/// A text as it may be shown: without secrets, and with characters that steer a terminal spelled out.
pub fn shown(text: &str) -> String {
    let hidden = without_secrets(text);
    let mut shown = String::with_capacity(hidden.len());
    for character in hidden.chars() {
        match steers(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// The same for what a CLI prints as one line, such as a title: line ends and tabs are spelled out, too, so that no
/// name can add a line of its own.
pub fn shown_in_line(text: &str) -> String {
    let shown = shown(text);
    match shown.contains(['\n', '\t']) {
        true => shown.replace('\n', "\\n").replace('\t', "\\t"),
        false => shown,
    }
}

/// A text in which the names of secrets stand in their place, also of credentials in any URL. For a text that is cut
/// before it is shown, since a part of a secret may be too short to be recognised.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    match without_credentials(text) {
        Cow::Borrowed(text) => without_kept(text),
        Cow::Owned(text) => Cow::Owned(without_kept(&text).into_owned()),
    }
}

fn without_kept(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let found = found(text, &secrets);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut hidden, mut at) = (String::with_capacity(text.len()), 0);
    for (range, name) in found {
        hidden.push_str(text.get(at..range.start).unwrap_or_default());
        hidden.push('(');
        hidden.push_str(name);
        hidden.push(')');
        at = range.end;
    }
    hidden.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(hidden)
}

/// Where a text holds a secret, in order and without overlaps, and the secret's name.
fn found(text: &str, secrets: &[Secret]) -> Vec<(Range<usize>, &'static str)> {
    let mut found: Vec<(Range<usize>, &'static str)> = Vec::new();
    let Some(wanted) = Secret::wanted(secrets) else { return found };
    each_view(text, wanted, |view| {
        let letters = letters(view);
        for secret in secrets {
            found.extend(secret.find(text, view, &letters).into_iter().map(|range| (range, secret.name)));
        }
    });
    found.sort_by_key(|(range, _)| range.start);
    found.dedup_by(|(next, _), (range, _)| {
        let overlap = next.start <= range.end;
        if overlap {
            range.end = range.end.max(next.end);
        }
        overlap
    });
    found
}

#[cfg(test)]
mod tests;
