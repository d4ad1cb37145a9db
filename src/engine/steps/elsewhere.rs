//! An object that is not where the provider's settings say, because they changed after it was
//! created. It stays where it is. Called when a change is planned.

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Config, Connection, Place, State};
use crate::schema::{Source, Table};

/// A warning for each part of the place that the configuration leaves to the provider and that is
/// another one in the state.
pub fn stays_elsewhere(table: &Table, prior: &State, config: &Config, connection: &dyn Connection) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for row in table.places().filter(|row| config.get(row.name).is_null()) {
        let Source::Provider(setting) = row.source else { continue };
        let (there, here) = (prior.get(row.name).as_str(), connection.lookup(setting, &Place::default()));
        if let (Some(there), Some(here)) = (there, here.filter(|here| Some(here.as_str()) != there)) {
            let name = row.name;
            let detail = format!(
                "The object is in {there:?}, and stays there until it is replaced, although the provider's `{setting}` \
                 is {here:?}: that is where new objects go, and so would one that replaces this. If it is to stay in any \
                 case, write `{name} = {there:?}`. To have a new one there instead, write `{name} = {here:?}`."
            );
            // Without a path: there is no such line in the configuration.
            diagnostics.push(Diagnostic::warning(
                format!("Another {}", name.trim_end_matches("_id").replace('_', " ")),
                detail,
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
}
