//! Checks of a configuration before anything remote is asked: kinds, rows, unique keys in lists,
//! rules across attributes. An unknown value is never judged. The CLI has already checked types by
//! the schema, and that required attributes are written down.

use super::by_key::repetitions;
use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::engine::phase::attribute;
use crate::engine::{Config, Rule};
use crate::schema::{Attribute, Check, Configurability, Shape, Table, Verdict};
use crate::value::{Path, Value};

/// What is wrong or odd with a configuration, for a person.
pub fn validate(table: &Table, rules: &[Rule], config: &Config) -> Diagnostics {
    abridged(&everything_wrong(table, rules, config))
}

/// Everything that is wrong or odd with a configuration.
pub fn everything_wrong(table: &Table, rules: &[Rule], config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for row in table.attributes {
        validate_row(row, config.get(row.name), &Path::of(row.name), &mut diagnostics);
    }
    for rule in rules {
        diagnostics.extend((rule.judge)(config));
    }
    diagnostics
}

/// How many errors, and how many warnings, are said about one attribute of a resource. A list may
/// have thousands of elements that are wrong in the same way.
const MOST_FOR_ONE: usize = 25;

/// The messages. Errors about one attribute end with how many more there are, and so do warnings.
fn abridged(diagnostics: &Diagnostics) -> Diagnostics {
    let mut counts: BTreeMap<(Path, Severity), usize> = BTreeMap::new();
    let mut abridged = Diagnostics::none();
    for message in diagnostics.iter() {
        let root = message.path.as_ref().and_then(Path::first).map(Path::of).unwrap_or_default();
        let count = counts.entry((root, message.severity)).or_default();
        *count += 1;
        if *count <= MOST_FOR_ONE {
            abridged.push(message.clone());
        }
    }
    for ((root, severity), count) in counts.into_iter().filter(|(_, count)| *count > MOST_FOR_ONE) {
        let (more, what) = (count - MOST_FOR_ONE, if severity == Severity::Error { "errors" } else { "warnings" });
        let detail = format!("`{root}`: {more} more {what} like those above are left out.");
        abridged.push(Diagnostic { severity, ..Diagnostic::warning("And more", detail).at(root) });
    }
    abridged
}

/// What can't be used with a CLI that does not know write-only attributes: it would store them.
pub fn without_write_only(table: &Table, config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for row in table.attributes {
        if row.configurability == Configurability::WriteOnly && !config.get(row.name).is_null() {
            let detail = format!(
                "`{}` is write-only, which this version of the CLI does not support. Remove it, or use Terraform \
                 1.11, OpenTofu 1.11 or a newer one.",
                row.name
            );
            diagnostics.push(Diagnostic::error("Write-only attribute", detail).at(Path::of(row.name)));
        }
    }
    diagnostics
}

/// Validates an attribute, null included: the CLI only checks that a required attribute is written
/// down, and `null` counts as written.
fn validate_row(row: &Attribute, value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
    if value.is_null() {
        if row.configurability == Configurability::Required {
            let detail = format!("`{at}` is required, and it is null.");
            diagnostics.push(Diagnostic::error("Missing value", detail).at(at.clone()));
        }
        return;
    }
    if !row.is_configurable() {
        // The CLIs leave this check to providers.
        let detail = format!("`{}` is decided by the provider, so it can't be set. Remove it.", row.name);
        diagnostics.push(Diagnostic::error("Read-only attribute", detail).at(at.clone()));
        return;
    }
    if value.is_unknown() {
        return;
    }
    match row.shape {
        Shape::Leaf(kind) => {
            if let Err(reason) = kind.check(value) {
                diagnostics.push(refusal(at, &quotable(row, reason)));
            }
            // The CLI can't point into a set, so the path ends at the attribute and the reason
            // quotes the element.
            let texts = value.elements().unwrap_or(std::slice::from_ref(value)).iter().filter_map(Value::as_str);
            for text in texts {
                row.checks.iter().for_each(|check| judge(check, text, at, diagnostics));
            }
        }
        Shape::Object(table) => {
            if value.as_object().is_some_and(|object| object.values().all(Value::is_null)) {
                diagnostics.push(sets_nothing(at));
            }
            validate_object(table, value, at, diagnostics);
        }
        Shape::List(table) => validate_list(table, value, at, diagnostics),
    }
}

fn validate_object(table: &Table, value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
    let Some(object) = value.as_object() else { return };
    for row in table.attributes {
        validate_row(row, attribute(object, row.name), &at.attribute(row.name), diagnostics);
    }
}

fn validate_list(table: &Table, value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
    let elements = value.elements().unwrap_or_default();
    let keys = elements.iter().map(|element| attribute(element.as_object()?, table.key?).as_str());
    for (index, (element, repetition)) in elements.iter().zip(repetitions(keys)).enumerate() {
        let at = at.index(index);
        if element.is_null() {
            let detail = format!("`{at}` is null. Leave the element out, or filter nulls with a `for` expression.");
            diagnostics.push(Diagnostic::error("Invalid value", detail).at(at.clone()));
        }
        validate_object(table, element, &at, diagnostics);
        if let (Some(key), Some(text)) = (table.key, repetition) {
            let detail = format!(
                "`{}`: {text:?} occurs more than once in this list. Each `{key}` may occur once: merge the elements.",
                at.attribute(key)
            );
            diagnostics.push(Diagnostic::error("Duplicate element", detail).at(at.attribute(key)));
        }
    }
}

fn judge(check: &Check, text: &str, at: &Path, diagnostics: &mut Diagnostics) {
    match (check.judge)(text) {
        Verdict::Accept => {}
        Verdict::Warn(reason) => {
            diagnostics.push(Diagnostic::warning("Unusual value", format!("`{at}`: {reason}")).at(at.clone()));
        }
        Verdict::Refuse(reason) => diagnostics.push(refusal(at, &reason)),
    }
}

/// The CLIs drop what the schema of a nested attribute does not know, so a misspelled name never gets
/// here.
fn sets_nothing(at: &Path) -> Diagnostic {
    let detail = format!(
        "`{at}` is there and sets nothing. Look for a misspelled name in it: the CLI drops those without a word. To \
         manage none of it, remove `{at}`."
    );
    Diagnostic::warning("Nothing is set", detail).at(at.clone())
}

/// The whole path is in the text, since older CLIs point at no more than its first attribute.
fn refusal(at: &Path, reason: &str) -> Diagnostic {
    Diagnostic::error("Invalid value", format!("`{at}`: {reason}")).at(at.clone())
}

/// A kind's reason, which may quote the value. The value of a sensitive attribute is not shown; the
/// checks of such a row never quote (`tests/it/tables.rs`).
fn quotable(row: &Attribute, reason: String) -> String {
    match row.sensitive {
        true => "It is not acceptable. It is sensitive, so it is not shown here.".to_owned(),
        false => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, config, number, object};

    fn said(config: &Config) -> Vec<String> {
        let told = validate(BRANCH.table, BRANCH.rules, config);
        let at = |path: &Option<Path>| path.as_ref().map(ToString::to_string).unwrap_or_default();
        told.iter().map(|message| format!("{}: {}", at(&message.path), message.summary)).collect()
    }

    fn shelves<const N: usize>(names: [Value; N]) -> Value {
        Value::List(names.map(|name| Value::Object(object([("name", name)]))).to_vec())
    }

    #[test]
    fn many_warnings_hide_no_error_and_many_errors_end_with_their_number() {
        let message = |severity, index| {
            let at = Path::of("shelves").index(index).attribute("name");
            Diagnostic { severity, ..Diagnostic::warning("Odd", format!("{index}")).at(at) }
        };
        let mut all = Diagnostics::none();
        (0..30).for_each(|index| all.push(message(Severity::Warning, index)));
        all.push(message(Severity::Error, 30));
        let told = abridged(&all);
        let errors: Vec<&Diagnostic> = told.iter().filter(|message| message.severity == Severity::Error).collect();
        assert_eq!(errors, [&message(Severity::Error, 30)]);
        let last = told.iter().last().unwrap();
        assert_eq!(told.iter().count(), MOST_FOR_ONE + 2);
        assert!(last.severity == Severity::Warning && last.detail.contains("5 more warnings"), "{last:?}");
    }

    #[test]
    fn kinds_rows_and_rules_are_checked_at_every_depth() {
        let closed = Value::Object(object([("open", false.into()), ("desks", number(3))]));
        for (config, expected) in [
            (config([("name", "Main".into())]), vec![]),
            (config([("name", Value::Null)]), vec!["name: Missing value"]),
            (config([("name", " ".into())]), vec!["name: Invalid value"]),
            (config([("name", "a".into()), ("page_url", "x".into())]), vec!["page_url: Read-only attribute"]),
            (config([("name", "a".into()), ("loan_period", "soon".into())]), vec!["loan_period: Invalid value"]),
            (config([("name", "a".into()), ("reading_room", closed)]), vec!["reading_room.desks: Invalid value"]),
            (
                config([("name", "a".into()), ("reading_room", Value::Object(object([("open", Value::Null)])))]),
                vec!["reading_room: Nothing is set"],
            ),
            (
                config([("name", "a".into()), ("reading_room", Value::Object(object([("open", Value::unknown())])))]),
                vec![],
            ),
            (
                config([("name", "a".into()), ("shelves", shelves(["x".into(), Value::Null, "x".into()]))]),
                vec!["shelves[1].name: Missing value", "shelves[2].name: Duplicate element"],
            ),
            (
                config([("name", "a".into()), ("shelves", Value::List(vec![Value::Null]))]),
                vec!["shelves[0]: Invalid value"],
            ),
        ] {
            assert_eq!(said(&config), expected, "{config:?}");
        }
    }

    #[test]
    fn thousands_of_messages_are_abridged_and_none_is_played_down() {
        let same = vec![Value::Object(object([("name", "x".into())])); 3_000];
        let told =
            validate(BRANCH.table, BRANCH.rules, &config([("name", " ".into()), ("shelves", Value::List(same))]));
        assert_eq!(told.iter().count(), 1 + MOST_FOR_ONE + 1);
        let last = told.iter().last().unwrap();
        assert_eq!((last.severity, &last.path), (Severity::Error, &Some(Path::of("shelves"))));
        assert!(last.detail.contains("`shelves`: 2974 more"), "{}", last.detail);
    }

    #[test]
    fn unknown_values_are_never_judged() {
        let shelves = Value::List(vec![Value::unknown(), Value::unknown()]);
        let unknown = config([("name", Value::unknown()), ("floors", Value::unknown()), ("shelves", shelves)]);
        assert_eq!(said(&unknown), Vec::<String>::new());
    }

    #[test]
    fn write_only_attributes_need_a_cli_that_knows_them() {
        let told = without_write_only(BOOK.table, &config([("donor", "Ann".into())]));
        assert_eq!(told.iter().next().unwrap().path, Some(Path::of("donor")));
        assert!(!without_write_only(BOOK.table, &config([("title", "Emma".into())])).has_errors());
    }
}
