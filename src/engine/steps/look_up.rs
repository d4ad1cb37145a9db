// SPDX-License-Identifier: Apache-2.0

//! Checks of a configuration that reads something: a data source or an ephemeral resource. Called
//! by `protocol`.

use super::validate::validate;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Config;
use crate::engine::catalogue::Reads;
use crate::engine::lookup_table::LookUp;
use crate::schema::docs::alternatives;
use crate::schema::{Attribute, Verdict};
use crate::value::Path;

/// Everything that is wrong or odd with a configuration.
pub fn validate_reads<T: ?Sized>(reads: &Reads<T>, config: &Config) -> Diagnostics {
    match reads {
        Reads::LookUp(look_up) => {
            let said = validate(look_up.table(), &[], config);
            let mut diagnostics: Diagnostics = said.iter().map(|said| with_other_ways(look_up, config, said)).collect();
            diagnostics.extend(one_finder(look_up, config));
            diagnostics
        }
        Reads::Own { table, rules, .. } => validate(table, rules, config),
    }
}

/// A message, with what can be set in place of an attribute that finds nothing as it is written.
fn with_other_ways(look_up: &LookUp, config: &Config, said: &Diagnostic) -> Diagnostic {
    let at = said.path.as_ref().and_then(Path::first);
    let finder = look_up.found_by.iter().copied().find(|name| at == Some(*name));
    let others: Vec<&str> = look_up.found_by.iter().copied().filter(|name| finder != Some(*name)).collect();
    let row = finder.and_then(|name| look_up.table().attribute(name));
    let is_malformed = |row: &Attribute| {
        let text = config.get(row.name).as_str();
        text.is_some_and(|text| row.checks.iter().any(|check| matches!((check.judge)(text), Verdict::Refuse(_))))
    };
    if others.is_empty() || !row.is_some_and(is_malformed) {
        return said.clone();
    }
    let detail = format!("{} Correct it, or set {} instead.", said.detail, alternatives(&others));
    Diagnostic { detail, ..said.clone() }
}

/// Two attributes might find two objects, and without any there is nothing to look for. An unknown
/// one may yet be null.
fn one_finder(look_up: &LookUp, config: &Config) -> Diagnostics {
    let names = alternatives(look_up.found_by);
    let undecided = look_up.found_by.iter().any(|name| config.get(name).is_unknown());
    let given: Vec<&&str> = look_up.found_by.iter().filter(|name| !config.get(name).is_null()).collect();
    match given.as_slice() {
        [] => {
            let detail = format!("Set {names}: without it, there is nothing to look for.");
            Diagnostic::error("Missing value", detail).into()
        }
        [_, second, ..] if !undecided => {
            let detail = format!("Set either {names}, not both: they might find different objects.");
            Diagnostic::error("Conflicting attributes", detail).at(Path::of(second)).into()
        }
        _ => Diagnostics::none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DataSource;
    use crate::library::{BRANCH, object};
    use crate::value::Value;

    fn said<const N: usize>(given: [(&'static str, Value); N]) -> Vec<String> {
        let source = DataSource::of(&BRANCH, &["id", "name"]);
        let said = validate_reads(&source.reads, &Config::new(object(given)));
        said.iter().map(|message| message.detail.clone()).collect()
    }

    #[test]
    fn exactly_one_attribute_finds_an_object() {
        assert_eq!(said([]), ["Set `id` or `name`: without it, there is nothing to look for."]);
        let both = said([("id", "B1".into()), ("name", "Main".into())]);
        assert_eq!(both, ["Set either `id` or `name`, not both: they might find different objects."]);
        assert!(said([("id", "B1".into()), ("name", Value::unknown())]).is_empty());
        assert!(said([("id", "B1".into()), ("page_url", "x".into())])[0].contains("decided by the provider"));
    }
}
