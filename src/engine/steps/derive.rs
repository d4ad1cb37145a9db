// SPDX-License-Identifier: Apache-2.0

//! Derived attributes, such as URLs, which follow from others or from the provider's settings. Used by
//! planning, settling and refreshing, so that a derived URL is known as soon as its parts are, and
//! never depends on a request.

use crate::engine::phase::{attribute, attribute_near};
use crate::engine::{Config, Connection, Place};
use crate::schema::{Attribute, Configurability, Source, Table};
use crate::value::{Object, Refinement, Value};

/// Which derived attributes to work out.
#[derive(Clone, Copy)]
pub enum Scope<'a> {
    /// Those still null or unknown that this configuration leaves open. One that it sets to
    /// something that is not known yet is not open.
    Open(&'a Config),
    /// Those still null or unknown.
    Missing,
    /// Also those that no configuration can set, whatever they were: their parts may have changed.
    Anew,
}

/// Works out a table's derived attributes in the order of its rows, so that one may build on
/// another. One whose parts are not all known stays unknown if it was, else null.
pub fn derive(table: &Table, object: &mut Object, connection: &dyn Connection, scope: Scope<'_>) {
    let mut place = Place::of(table, object);
    for (position, row) in table.rows_with_positions() {
        let current = attribute_near(object, position, row.name);
        let unknown = current.is_unknown();
        if !is_asked(row, current, scope) {
            continue;
        }
        let derived = match row.source {
            Source::Provider(setting) => connection.lookup(setting, &place).ok_or_else(String::new),
            Source::Template(template) => fill(template, object, connection, &place),
            _ => continue,
        };
        let derived = match derived {
            Ok(text) => Value::string(text),
            Err(prefix) if unknown => {
                let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
                Value::Unknown(Refinement { not_null: true, prefix })
            }
            Err(_) => continue,
        };
        object.insert(row.name, derived);
        if row.identity.is_some() {
            place = Place::of(table, object);
        }
    }
}

fn is_asked(row: &Attribute, current: &Value, scope: Scope<'_>) -> bool {
    let missing = current.is_null() || current.is_unknown();
    match scope {
        Scope::Open(config) => missing && config.get(row.name).is_null(),
        Scope::Missing => missing,
        Scope::Anew => missing || row.configurability == Configurability::Computed,
    }
}

/// The template's text, or as much of its beginning as is known.
fn fill(template: &str, object: &Object, connection: &dyn Connection, place: &Place) -> Result<String, String> {
    // Long enough for most URLs.
    let mut text = String::with_capacity(2 * template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        match (name.strip_prefix("provider."), attribute(object, name)) {
            (Some(setting), _) => match connection.lookup(setting, place) {
                Some(part) => text.push_str(&part),
                None => return Err(text),
            },
            (None, Value::String(part)) => text.push_str(part),
            // What is known of the part's beginning is known of the whole's.
            (None, Value::Unknown(Refinement { prefix: Some(prefix), .. })) => return Err(text + prefix),
            (None, _) => return Err(text),
        }
        rest = behind;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, Bench, config, object};

    fn derived(mut attributes: Object, city: Value, scope: Scope<'_>) -> Object {
        derive(BRANCH.table, &mut attributes, Bench::with(city).connection(), scope);
        attributes
    }

    fn unknown(prefix: Option<&str>) -> Value {
        Value::Unknown(Refinement { not_null: true, prefix: prefix.map(str::to_owned) })
    }

    #[test]
    fn one_derived_value_builds_on_another() {
        let object = derived(object([("id", "B1".into())]), "Ulm".into(), Scope::Missing);
        assert_eq!(object["city"], "Ulm".into());
        assert_eq!(object["shop_url"], "https://library.example/Ulm/B1/shop".into());
    }

    #[test]
    fn the_known_beginning_of_an_unknown_value_is_told() {
        let open = [("id", Value::unknown()), ("page_url", Value::unknown()), ("shop_url", Value::unknown())];
        let object = derived(object(open), "Ulm".into(), Scope::Missing);
        assert_eq!(object["page_url"], unknown(Some("https://library.example/Ulm/")));
        assert_eq!(object["shop_url"], unknown(Some("https://library.example/Ulm/")));
    }

    #[test]
    fn a_setting_that_is_not_known_yet_leaves_the_value_open() {
        let object = derived(object([("city", Value::unknown())]), Value::unknown(), Scope::Missing);
        assert_eq!(object["city"], unknown(None));
        assert!(!object.contains_key("page_url"), "what nobody left open is not made up");
    }

    #[test]
    fn a_configured_unknown_is_not_overwritten_and_stale_values_are() {
        let configured = config([("city", Value::unknown())]);
        let open = derived(object([("city", Value::unknown())]), "Ulm".into(), Scope::Open(&configured));
        assert!(open["city"].is_unknown());
        let stale = || object([("id", "B1".into()), ("city", "Bonn".into()), ("page_url", "old".into())]);
        assert_eq!(derived(stale(), "Ulm".into(), Scope::Missing)["page_url"], "old".into());
        let anew = derived(stale(), "Ulm".into(), Scope::Anew);
        assert_eq!((&anew["page_url"], &anew["city"]), (&"https://library.example/Bonn/B1".into(), &"Bonn".into()));
    }
}
