//! Attributes that follow from others: fills in the templates of a table's rows. Used by planning, settling and refreshing, so
//! that a derived URL is known as soon as its parts are, and never depends on a request.

use super::phase::attribute;
use super::{Config, Surroundings};
use crate::schema::{Mode, Table, Wire};
use crate::value::{Object, Refinement, Value};

/// Which derived attributes to work out.
#[derive(Clone, Copy)]
pub enum Scope<'a> {
    /// Those still null or unknown that this configuration leaves open. One that it sets to something not known yet is not open.
    Open(&'a Config),
    /// Those still null or unknown.
    Missing,
    /// Those too that no configuration can set, whatever they were: their parts may have changed.
    Anew,
}

/// Works out a table's derived attributes, in the order of its rows, so that one may build on another.
///
/// One whose parts are not all known stays unknown if it was, else null.
pub fn derive(table: &Table, object: &mut Object, around: &dyn Surroundings, scope: Scope<'_>) {
    for row in table.attributes {
        let Wire::Template(template) = row.wire else { continue };
        let current = attribute(object, row.name);
        let missing = current.is_null() || current.is_unknown();
        let asked = match scope {
            Scope::Open(config) => missing && config.get(row.name).is_null(),
            Scope::Missing => missing,
            Scope::Anew => missing || matches!(row.mode, Mode::Computed),
        };
        if !asked {
            continue;
        }
        let derived = match fill(template, object, around) {
            Ok(text) => Value::string(text),
            Err(prefix) if current.is_unknown() => {
                Value::Unknown(Refinement { not_null: true, prefix: Some(prefix).filter(|prefix| !prefix.is_empty()) })
            }
            Err(_) => continue,
        };
        object.insert(row.name.to_owned(), derived);
    }
}

/// The template's text, or as much of its beginning as is known.
fn fill(template: &str, object: &Object, around: &dyn Surroundings) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        let part = match name.strip_prefix("provider.") {
            Some(name) => around.lookup(name, object),
            None => attribute(object, name).as_str().map(str::to_owned),
        };
        match (part, attribute(object, name)) {
            (Some(part), _) => text.push_str(&part),
            // What is known of the part's beginning is known of the whole's.
            (None, Value::Unknown(Refinement { prefix: Some(prefix), .. })) => return Err(text + prefix),
            (None, _) => return Err(text),
        }
        rest = behind;
    }
    text.push_str(rest);
    Ok(text)
}
