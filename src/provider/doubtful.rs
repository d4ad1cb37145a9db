// SPDX-License-Identifier: Apache-2.0

//! Messages about objects whose existence is in doubt, or that can't be used as they are. Called by
//! `diagnose`, and for one object of a list by the resource types.

use crate::descope::NotText;
use crate::diag::Diagnostic;

/// Nothing proves that an object exists, or that it is gone. `what` follows "while".
pub(super) fn unproven(what: &str, reason: &str, base_url: &str, project: &str) -> Diagnostic {
    let detail = format!(
        "While {what}: {reason} ({base_url}, project {project}). That does not show whether it is gone, so the state is \
         kept. Check `base_url` and `project_id`, and whether a proxy answers in place of Descope. If they \
         are right, try again in a minute."
    );
    Diagnostic::error("Whether the object exists is not known", detail)
}

/// A deletion was accepted, and the object exists all the same. `noun` is the kind of object in one
/// word.
pub(super) fn still_there(what: &str, noun: &str, base_url: &str) -> Diagnostic {
    let detail = format!(
        "While {what}: Descope accepted the deletion, but the {noun} still exists: {base_url} listed it or found it \
         until the provider stopped looking. It stays in the state. Look at it in the Descope console, and apply again."
    );
    Diagnostic::error("The object still exists", detail)
}

/// An object holds bytes that are not text.
pub(super) fn not_text(what: &str, name: Option<&str>, place: &NotText) -> Diagnostic {
    let keys: Vec<String> = place.keys.iter().map(|key| format!("`{key}`")).collect();
    let detail = format!(
        "While {what}{}: Descope stores bytes for it that are not UTF-8, in {}. Writing them back would change them, so \
         the object is left alone. Correct it in the Descope console. Other objects are not affected.",
        named(name),
        keys.join(", ")
    );
    Diagnostic::error("The object holds bytes that are not text", detail)
}

/// An object's name in brackets, if it is known.
pub(super) fn named(name: Option<&str>) -> String {
    name.filter(|name| !name.is_empty()).map(|name| format!(" (named {name:?})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_called_what_it_is() {
        let told = still_there("deleting part a", "part", "https://api.descope.com").detail;
        assert!(
            told.starts_with("While deleting part a: Descope accepted the deletion, but the part still exists: "),
            "{told}"
        );
    }

    #[test]
    fn an_object_is_named_as_far_as_that_is_known() {
        let place = NotText { keys: vec!["a".to_owned(), "b".to_owned()] };
        let told = |name| not_text("reading MCP server MS1", name, &place).detail;
        assert!(told(Some("x")).starts_with("While reading MCP server MS1 (named \"x\"): "), "{}", told(Some("x")));
        assert!(
            told(None).contains("MS1: Descope stores bytes for it that are not UTF-8, in `a`, `b`."),
            "{}",
            told(None)
        );
    }
}
