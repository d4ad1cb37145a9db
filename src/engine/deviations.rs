//! Values that the remote system stored otherwise than asked: what to tell of them, and how much harm telling does. Used by `lifecycle`.

use super::settle::Deviation;
use crate::diag::{Diagnostic, Severity};
use crate::value::{Object, Path, Step, Value};

/// What an error message would do to the stored object.
#[derive(Clone, Copy, PartialEq)]
pub enum Harm {
    /// Nothing: it is reported, and the object stays.
    None,
    /// Terraform would mark a new object as tainted and replace it next time, which would not help and lose its clients.
    Taints,
}

impl Harm {
    /// The message as a warning where an error would do harm.
    pub fn soften(self, message: Diagnostic) -> Diagnostic {
        match self {
            Self::None => message,
            Self::Taints => Diagnostic { severity: Severity::Warning, ..message },
        }
    }
}

/// What to tell of a value that was stored otherwise.
pub fn deviated(deviation: &Deviation, harm: Harm) -> Diagnostic {
    let Deviation { path, planned, stored, sensitive } = deviation;
    let values = match sensitive {
        true => "another value than the planned one (both are sensitive)".to_owned(),
        false => format!("{} instead of {}", show(stored), show(planned)),
    };
    let detail = format!(
        "The API accepted the request but answered that it stored {values} for `{path}`. The rest was stored. The next plan will \
         show the difference; if it stays, write the value as the API stores it."
    );
    harm.soften(Diagnostic::error("The API stored another value", detail).at(path.clone()))
}

/// What to tell of a text that may have been passed over: there is what was there before, or something in the place of nothing.
pub fn passed_over_perhaps(path: &Path) -> Diagnostic {
    let detail = format!(
        "The API accepted `{path}` and answered with a text that does not follow from it: the one that it had before, or one of its own in \
         the place of nothing. As long as that stays, it is taken for what was asked for. Look whether it is; to leave the choice to the API, \
         remove `{path}` from the configuration."
    );
    Diagnostic::warning("The API may have passed a change over", detail).at(path.clone())
}

/// A value in a message, short.
pub fn show(value: &Value) -> String {
    const LONGEST: usize = 200;
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::Unknown(_) => "an unknown value".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::List(elements) | Value::Set(elements) => {
            format!("[{}]", elements.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) | Value::Object(entries) => {
            let shown: Vec<String> = entries.iter().map(|(name, value)| format!("{name} = {}", show(value))).collect();
            format!("{{ {} }}", shown.join(", "))
        }
    };
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text,
    }
}

/// Puts a value at a path of attributes.
pub fn store(object: &mut Object, steps: &[Step], value: &Value) {
    let Some((Step::Attribute(name), deeper)) = steps.split_first() else { return };
    match (deeper.is_empty(), object.get_mut(name)) {
        (true, _) => {
            object.insert(name.clone(), value.clone());
        }
        (false, Some(Value::Object(nested))) => store(nested, deeper, value),
        (false, _) => {}
    }
}
