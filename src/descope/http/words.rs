// SPDX-License-Identifier: Apache-2.0

//! Texts of errors as a person reads them. Used by `reason` and whatever else tells why something can't be used.

use std::error::Error;

/// The text of an error without what only a program needs.
pub(super) fn in_words(error: &(dyn Error + 'static)) -> String {
    plain(&error.to_string())
}

/// The same of a text. A system's own text begins like a sentence and ends with a number.
pub(super) fn plain(text: &str) -> String {
    let text = text.split(" (os error").next().unwrap_or(text);
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(text);
    let mut rest = text.chars();
    match rest.next() {
        Some(first) if rest.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => text.to_owned(),
    }
}
