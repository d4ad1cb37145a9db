// SPDX-License-Identifier: Apache-2.0

//! Values that the remote system stored in another form than asked: what to report, and how. Used
//! by `lifecycle` when an apply is settled.

use super::difference::{excerpts, parts};
use super::settle::Deviation;
use crate::diag::{Diagnostic, Severity};
use crate::value::{Object, Path, Step, Value};

/// What an error message does to the stored object in Terraform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorEffect {
    /// The object stays as it is stored.
    KeepsObject,
    /// The new object is marked as tainted and replaced by the next apply. That would not help, and
    /// would lose what hangs on it.
    TaintsObject,
}

impl ErrorEffect {
    /// The message, as a warning where an error would taint the object.
    pub fn soften(self, message: Diagnostic) -> Diagnostic {
        match self {
            Self::KeepsObject => message,
            Self::TaintsObject => Diagnostic { severity: Severity::Warning, ..message },
        }
    }
}

/// What to report of a value that came back different.
pub fn deviated(deviation: &Deviation, effect: ErrorEffect) -> Diagnostic {
    let (path, values) = (&deviation.path, instead(deviation));
    let detail = format!(
        "The API accepted the request but stored {values} for `{path}`. The next plan will show the difference; if it \
         stays, write the value as the API stores it."
    );
    effect.soften(Diagnostic::error("The API stored another value", detail).at(path.clone()))
}

/// What to report of a value that was stored as asked, and was another one a moment later. An object
/// that is adopted is tainted by the error, which does no harm: the next apply adopts it again.
pub fn overwritten(deviation: &Deviation, effect: ErrorEffect) -> Diagnostic {
    let (path, values) = (&deviation.path, instead(deviation));
    let next = match effect {
        ErrorEffect::KeepsObject => "The next plan will show the difference.",
        ErrorEffect::TaintsObject => {
            "The CLI marks the resource as tainted. The next apply adopts the object again and deletes nothing, as \
             long as the configuration names it by its id."
        }
    };
    let detail = format!(
        "`{path}` was stored as planned, and a moment later it was {values}: somebody else changed the object at the \
         same time. {next} If another configuration manages the same object, let only one of them do so."
    );
    Diagnostic::error("Overwritten at once", detail).at(path.clone())
}

/// What is there in place of what was planned.
fn instead(Deviation { planned, stored, sensitive, key, .. }: &Deviation) -> String {
    match parts(*key, planned, stored) {
        _ if *sensitive => "a value other than the planned one (both are sensitive)".to_owned(),
        Some(parts) => format!("something else than planned ({parts})"),
        None => {
            let [stored, planned] = excerpts([stored, planned]);
            format!("{stored} instead of {planned}")
        }
    }
}

/// What to report of a text that may have been ignored: what was there before is still there, or
/// something appeared where nothing was asked for.
pub fn possibly_ignored(path: &Path) -> Diagnostic {
    let detail = format!(
        "The API accepted `{path}` and answered with a text that does not follow from it: the one that it had \
         before, or one of its own where `{path}` is empty. As long as that stays, it counts as what you asked for. \
         Check whether it is. To leave the choice to the API, remove `{path}` from the configuration."
    );
    Diagnostic::warning("The API may have ignored a change", detail).at(path.clone())
}

/// Puts a value at a path of attributes.
pub fn store(object: &mut Object, steps: &[Step], value: &Value) {
    let Some((Step::Attribute(name), deeper)) = steps.split_first() else { return };
    match (deeper.is_empty(), object.get_mut(name)) {
        (true, _) => {
            object.insert(name, value.clone());
        }
        (false, Some(Value::Object(nested))) => store(nested, deeper, value),
        (false, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{number, object};

    #[test]
    fn a_sensitive_deviation_shows_neither_value() {
        let deviation = |sensitive| Deviation {
            path: Path::of("code"),
            planned: "secret-1".into(),
            stored: "secret-2".into(),
            sensitive,
            key: None,
        };
        assert!(
            deviated(&deviation(false), ErrorEffect::KeepsObject)
                .detail
                .contains(r#""secret-2" instead of "secret-1""#)
        );
        let told = deviated(&deviation(true), ErrorEffect::TaintsObject);
        assert!(!told.detail.contains("secret-") && told.severity == Severity::Warning, "{told:?}");
        assert_eq!(possibly_ignored(&Path::of("motto")).severity, Severity::Warning);
    }

    #[test]
    fn a_value_is_stored_at_its_path_and_nowhere_else() {
        let mut branch = object([("room", Value::Object(object([("desks", number(1))]))), ("name", "x".into())]);
        store(&mut branch, Path::of("room").attribute("desks").steps(), &number(2));
        store(&mut branch, Path::of("name").attribute("deeper").steps(), &number(3));
        store(&mut branch, Path::of("list").index(0).steps(), &number(4));
        assert_eq!(branch, object([("room", Value::Object(object([("desks", number(2))]))), ("name", "x".into())]));
    }
}
