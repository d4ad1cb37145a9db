//! Checks of a configuration before anything is asked of anybody: kinds, rows, unique keys in lists, rules across attributes.
//! What is unknown is never judged. Types, and that required attributes are set, the CLI has checked by the schema.

use super::Config;
use super::Rule;
use super::phase::attribute;
use crate::diag::{Diagnostic, Diagnostics};
use crate::schema::{Attribute, Check, Mode, Shape, Table, Verdict};
use crate::value::{Path, Value};

/// Everything that is wrong or odd with a configuration.
pub fn validate(table: &Table, rules: &[Rule], config: &Config) -> Diagnostics {
    let mut diagnostics = validate_rows(table.attributes, config);
    for rule in rules {
        diagnostics.extend(rule(config));
    }
    diagnostics
}

/// What is wrong or odd with the attributes of some rows, each by itself.
pub fn validate_rows<'a>(rows: impl IntoIterator<Item = &'a Attribute>, config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for row in rows {
        validate_row(row, config.get(row.name), &Path::of(row.name), &mut diagnostics);
    }
    diagnostics
}

/// Validates an attribute, null included: the CLI only checks that a required attribute is written down, be it as null.
fn validate_row(row: &Attribute, value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
    if value.is_null() && matches!(row.mode, Mode::Required) {
        let detail = format!("`{at}` is required, and it is null.");
        diagnostics.push(Diagnostic::error("Missing value", detail).at(at.clone()));
    }
    validate_attribute(row, value, at, diagnostics);
}

/// What can't be used with a CLI that does not know write-only attributes: it would store them.
pub fn without_write_only(table: &Table, config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for row in table.attributes {
        if matches!(row.mode, Mode::WriteOnly) && !config.get(row.name).is_null() {
            let detail = format!(
                "`{}` is write-only, which this version of the CLI does not support. Remove it, or use Terraform 1.11, OpenTofu 1.11 or a \
                 newer one.",
                row.name
            );
            diagnostics.push(Diagnostic::error("Write-only attribute", detail).at(Path::of(row.name)));
        }
    }
    diagnostics
}

/// What to say of a value for an attribute that no configuration sets. The CLIs leave this check to providers.
pub(super) fn read_only(row: &Attribute) -> Diagnostic {
    let detail = format!("`{}` is decided by the provider, so it can't be set. Remove it.", row.name);
    Diagnostic::error("Read-only attribute", detail)
}

pub(super) fn validate_attribute(row: &Attribute, value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
    if value.is_null() {
        return;
    }
    if matches!(row.mode, Mode::Computed) {
        diagnostics.push(read_only(row).at(at.clone()));
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
            // The CLI can't point into a set, so the path ends at the attribute; the reason quotes the element.
            let texts = value.elements().unwrap_or(std::slice::from_ref(value)).iter().filter_map(Value::as_str);
            for text in texts {
                row.checks.iter().for_each(|check| judge(*check, text, at, diagnostics));
            }
        }
        Shape::Object(table) => validate_object(table, value, at, diagnostics),
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
    let mut seen: Vec<&str> = Vec::new();
    for (index, element) in value.elements().unwrap_or_default().iter().enumerate() {
        let at = at.index(index);
        if element.is_null() {
            let detail = format!("`{at}` is null. Leave the element out, or filter nulls with a `for` expression.");
            diagnostics.push(Diagnostic::error("Invalid value", detail).at(at.clone()));
        }
        validate_object(table, element, &at, diagnostics);
        let Some(key) = table.key else { continue };
        let Some(text) = element.as_object().and_then(|object| attribute(object, key).as_str()) else { continue };
        if seen.contains(&text) {
            let detail = format!(
                "`{}`: {text:?} occurs more than once in this list. Each `{key}` may occur once: merge the elements.",
                at.attribute(key)
            );
            diagnostics.push(Diagnostic::error("Duplicate element", detail).at(at.attribute(key)));
        }
        seen.push(text);
    }
}

fn judge(check: Check, text: &str, at: &Path, diagnostics: &mut Diagnostics) {
    match check(text) {
        Verdict::Accept => {}
        Verdict::Warn(reason) => {
            diagnostics.push(Diagnostic::warning("Unusual value", format!("`{at}`: {reason}")).at(at.clone()));
        }
        Verdict::Refuse(reason) => diagnostics.push(refusal(at, &reason)),
    }
}

/// The whole path is in the text, since older CLIs point at no more than the attribute that it begins with.
fn refusal(at: &Path, reason: &str) -> Diagnostic {
    Diagnostic::error("Invalid value", format!("`{at}`: {reason}")).at(at.clone())
}

/// A kind's reason, which may quote the value, unless that must not be shown. The checks of such a row never quote (`tests/it/tables.rs`).
fn quotable(row: &Attribute, reason: String) -> String {
    match row.sensitive {
        true => "It is not acceptable. It is sensitive, so it is not shown here.".to_owned(),
        false => reason,
    }
}
