// SPDX-License-Identifier: Apache-2.0

//! Warnings about one attribute in one message. Of warnings of one title, the CLIs show the first and no
//! more than the number of the others, which would hide what else is odd. Used by `validate`.

use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::value::Path;

/// The same messages, with one for all warnings of one summary about one attribute. A list is one attribute,
/// whichever of its elements a warning is about.
pub fn gathered(messages: &Diagnostics) -> Diagnostics {
    let mut groups: Vec<Vec<&Diagnostic>> = Vec::new();
    for message in messages.iter() {
        let is_like = |group: &&mut Vec<&Diagnostic>| group.first().is_some_and(|first| is_alike(first, message));
        match groups.iter_mut().find(is_like) {
            Some(group) => group.push(message),
            None => groups.push(vec![message]),
        }
    }
    groups.iter().filter_map(|group| one(group)).collect()
}

fn is_alike(one: &Diagnostic, other: &Diagnostic) -> bool {
    let place = |message: &Diagnostic| message.path.as_ref().map(Path::outside_lists);
    let warn = one.severity == Severity::Warning && other.severity == Severity::Warning;
    warn && one.summary == other.summary && place(one) == place(other)
}

fn one(group: &[&Diagnostic]) -> Option<Diagnostic> {
    let (first, others) = group.split_first()?;
    if others.is_empty() {
        return Some((*first).clone());
    }
    // What all of them begin or end with is said once.
    let at = first.path.as_ref().filter(|_| others.iter().all(|other| other.path == first.path));
    let head = at.map(|at| format!("`{at}`:")).filter(|head| group.iter().all(|told| told.detail.starts_with(head)));
    let tail = Some(UNLESS_HELD).filter(|tail| group.iter().all(|told| told.detail.ends_with(tail)));
    let line = |told: &&Diagnostic| {
        let text = told.detail.strip_prefix(head.as_deref().unwrap_or_default()).unwrap_or(&told.detail);
        let text = text.strip_suffix(tail.unwrap_or_default()).unwrap_or(text);
        format!("- {}", text.trim())
    };
    let lines = head.iter().cloned().chain(group.iter().map(line)).chain(tail.map(|_| ALL_UNLESS_HELD.to_owned()));
    let path = at.cloned().or_else(|| first.path.as_ref().map(Path::outside_lists));
    Some(Diagnostic { detail: lines.collect::<Vec<_>>().join("\n"), path, ..(*first).clone() })
}

/// How a warning ends of what an object may keep.
pub const UNLESS_HELD: &str = "A plan refuses this unless the object has it already.";

/// The same of several values.
const ALL_UNLESS_HELD: &str = "A plan refuses each of these unless the object has it already.";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(messages: Vec<Diagnostic>) -> Vec<(String, String)> {
        let shown = |message: &Diagnostic| {
            (message.path.as_ref().map(Path::to_string).unwrap_or_default(), message.detail.clone())
        };
        gathered(&messages.into_iter().collect()).iter().map(shown).collect()
    }

    fn odd(at: &Path, reason: &str) -> Diagnostic {
        Diagnostic::warning("Odd", format!("`{at}`: {reason}")).at(at.clone())
    }

    fn own(path: &str, detail: &str) -> (String, String) {
        (path.to_owned(), detail.to_owned())
    }

    #[test]
    fn what_is_odd_about_one_attribute_is_told_at_once() {
        let (tags, genres) = (Path::of("tags"), Path::of("genres"));
        let messages = vec![odd(&tags, "\"a\" is odd."), odd(&genres, "\"b\" is odd."), odd(&tags, "\"c\" is odd.")];
        let all = own("tags", "`tags`:\n- \"a\" is odd.\n- \"c\" is odd.");
        assert_eq!(told(messages), [all, own("genres", "`genres`: \"b\" is odd.")]);
    }

    #[test]
    fn elements_of_a_list_are_named_and_the_same_advice_is_given_once() {
        let names = [0, 1].map(|index| Path::of("shelves").index(index).attribute("name"));
        let messages = names.iter().map(|at| odd(at, &format!("It is odd. {UNLESS_HELD}"))).collect();
        let detail = format!("- `shelves[0].name`: It is odd.\n- `shelves[1].name`: It is odd.\n{ALL_UNLESS_HELD}");
        assert_eq!(told(messages), [own("shelves", &detail)]);
    }

    #[test]
    fn errors_and_what_differs_stay_by_themselves() {
        let at = Path::of("tags");
        let error = |text: &str| Diagnostic { severity: Severity::Error, ..odd(&at, text) };
        let other = Diagnostic { summary: "Unusual".to_owned(), ..odd(&at, "x") };
        assert_eq!(told(vec![error("a"), error("b"), odd(&at, "a"), other]).len(), 4);
    }
}
