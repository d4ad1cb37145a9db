//! A resource's table as that of a data source: the same attributes, of which a configuration sets only those that find an object.
//! Attributes that live on this side alone are no part of it. Called by `protocol`.

use super::validate::{read_only, validate_attribute};
use super::{Config, Resource};
use crate::diag::{Diagnostic, Diagnostics};
use crate::schema::{Attribute, Mode};
use crate::value::{Path, Type};

/// The rows that such an object has, each with whether a configuration may set it.
pub fn rows(resource: &Resource) -> impl Iterator<Item = (&'static Attribute, bool)> {
    let remote = |row: &&Attribute| !matches!(row.mode, Mode::Local | Mode::WriteOnly);
    resource.table.attributes.iter().filter(remote).map(|row| {
        let finds = resource.found_by.contains(&row.name) || resource.places().any(|place| place.name == row.name);
        (row, finds)
    })
}

/// The type of such objects.
pub fn ty(resource: &Resource) -> Type {
    Type::Object(rows(resource).map(|(row, _)| (row.name.to_owned(), row.ty())).collect())
}

/// Everything that is wrong with a configuration.
pub fn validate(resource: &Resource, config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for (row, finds) in rows(resource) {
        let (value, at) = (config.get(row.name), Path::of(row.name));
        match finds {
            true => validate_attribute(row, value, &at, &mut diagnostics),
            false if value.is_null() => {}
            false => diagnostics.push(read_only(row).at(at)),
        }
    }
    diagnostics.extend(one_finder(resource, config));
    diagnostics
}

/// Two attributes might find two objects, and without any there is nothing to look for. An unknown one may yet be null.
fn one_finder(resource: &Resource, config: &Config) -> Diagnostics {
    let names = || resource.found_by.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    let undecided = resource.found_by.iter().any(|name| config.get(name).is_unknown());
    let given: Vec<&&str> = resource.found_by.iter().filter(|name| !config.get(name).is_null()).collect();
    match given.as_slice() {
        [] => {
            let detail = format!("Set {}: without it, there is nothing to look for.", names());
            Diagnostic::error("Missing value", detail).into()
        }
        [_, second, ..] if !undecided => {
            let detail = format!("Set either {}, not both: they might find different objects.", names());
            Diagnostic::error("Conflicting attributes", detail).at(Path::of(second)).into()
        }
        _ => Diagnostics::none(),
    }
}
