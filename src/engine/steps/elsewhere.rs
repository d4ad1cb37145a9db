// SPDX-License-Identifier: Apache-2.0

//! An object that is not where the provider's settings say, because they changed after it was
//! created. It stays where it is, and is destroyed there. Called when that is planned.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Config, Connection, Place, State};
use crate::schema::{Source, Table};

/// A warning for each part of the place that the configuration leaves to the provider and that is
/// another one in the state.
pub fn stays_elsewhere(table: &Table, prior: &State, config: &Config, connection: &dyn Connection) -> Diagnostics {
    let is_left_out = |name: &str| config.get(name).is_null();
    elsewhere(table, prior, is_left_out, connection, |Elsewhere { name, setting, there, here }| {
        format!(
            "The object is in {there:?}, and the provider's `{setting}` is {here:?}. The object stays where it is. If \
             it is ever replaced, the new one is made in {here:?}: to prevent that, write `{name} = {there:?}`. To \
             destroy it and make a new one in {here:?}, write `{name} = {here:?}`."
        )
    })
}

/// The same of an object that is to be destroyed. The CLI sends no configuration then, so what tells which parts
/// were written down is what was managed when it was last applied.
pub fn destroyed_elsewhere(
    table: &Table,
    prior: &State,
    managed: &BTreeSet<String>,
    connection: &dyn Connection,
) -> Diagnostics {
    let was_left_out = |name: &str| !managed.contains(name);
    elsewhere(table, prior, was_left_out, connection, |Elsewhere { setting, there, here, .. }| {
        format!(
            "The object to destroy is in {there:?}, although the provider's `{setting}` is {here:?}. It is destroyed \
             in {there:?}, and nothing in {here:?} is touched. To keep it, take it out of the state with `state rm` instead."
        )
    })
}

/// An object that is elsewhere.
struct Elsewhere<'a> {
    /// The attribute that says where it is.
    name: &'static str,
    /// The provider's setting for it.
    setting: &'static str,
    there: &'a str,
    here: &'a str,
}

/// A warning for each such part of the place that the provider has another value for.
fn elsewhere(
    table: &Table,
    prior: &State,
    is_left_out: impl Fn(&str) -> bool,
    connection: &dyn Connection,
    detail: impl Fn(Elsewhere<'_>) -> String,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for row in table.places().filter(|row| is_left_out(row.name)) {
        let Source::Provider(setting) = row.source else { continue };
        let (there, here) = (prior.get(row.name).as_str(), connection.lookup(setting, &Place::default()));
        if let (Some(there), Some(here)) = (there, here.filter(|here| Some(here.as_str()) != there)) {
            let name = row.name;
            // Without a path: there is no such line in the configuration.
            diagnostics.push(Diagnostic::warning(
                format!("Another {}", name.trim_end_matches("_id").replace('_', " ")),
                detail(Elsewhere { name, setting, there, here: &here }),
            ));
        }
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, Bench, config, object, summaries};
    use crate::value::Value;

    #[test]
    fn what_stays_elsewhere_is_told_unless_the_configuration_says_so() {
        let bench = Bench::new();
        let told = |prior: &str, configured: Value| {
            let prior = State::stub(BRANCH.table, object([("id", "B1".into()), ("city", prior.into())]));
            let config = config([("name", "Main".into()), ("city", configured)]);
            stays_elsewhere(BRANCH.table, &prior, &config, bench.connection())
        };
        let elsewhere = told("Bonn", Value::Null);
        assert_eq!(summaries(&elsewhere), ["Another city"]);
        let detail = &elsewhere.iter().next().unwrap().detail;
        assert!(detail.contains("`city = \"Bonn\"`") && detail.contains("`city = \"Ulm\"`"), "{detail}");
        for (prior, configured) in [("Ulm", Value::Null), ("Bonn", "Bonn".into()), ("Bonn", Value::unknown())] {
            assert_eq!(told(prior, configured), Diagnostics::none());
        }
    }

    #[test]
    fn what_is_destroyed_elsewhere_is_told_unless_its_block_said_so() {
        let bench = Bench::new();
        let told = |prior: &str, managed: &[&str]| {
            let prior = State::stub(BRANCH.table, object([("id", "B1".into()), ("city", prior.into())]));
            let managed = managed.iter().map(|name| (*name).to_owned()).collect();
            destroyed_elsewhere(BRANCH.table, &prior, &managed, bench.connection())
        };
        let elsewhere = told("Bonn", &["motto"]);
        assert_eq!(summaries(&elsewhere), ["Another city"]);
        let detail = &elsewhere.iter().next().unwrap().detail;
        assert!(detail.contains("destroyed in \"Bonn\", and nothing in \"Ulm\" is touched"), "{detail}");
        assert_eq!(told("Bonn", &["city"]), Diagnostics::none());
        assert_eq!(told("Ulm", &[]), Diagnostics::none());
    }
}
