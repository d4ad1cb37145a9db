//! Arguments that only the request to create an object carries. Nothing tells them afterwards, so what was sent is remembered as
//! digests in the object's private data: a later change, which can have no effect, is then told instead of passed over.

use std::collections::BTreeMap;

use super::fingerprint::fingerprint;
use super::private::{Private, now};
use super::{Config, Resource};
use crate::diag::{Diagnostic, Diagnostics};
use crate::raw::RawObject;
use crate::schema::{Attribute, Shape, Wire};
use crate::value::{Path, Value};

/// Lays the arguments into the body of a creation. Fails with the one that is still unknown.
pub fn lay(resource: &Resource, config: &Config, body: &mut RawObject) -> Result<(), Path> {
    for (row, key) in arguments(resource) {
        let (Shape::Leaf(kind), value) = (row.shape, config.get(row.name)) else { continue };
        match value {
            Value::Null => {}
            value if value.is_wholly_known() => kind.put(value, key, body),
            _ => return Err(Path::of(row.name)),
        }
    }
    Ok(())
}

/// What is to be remembered of an object that was just created.
pub fn remember(resource: &Resource, config: &Config) -> Private {
    let sent = |(row, _): (&Attribute, _)| Some((row.name.to_owned(), fingerprint(config.get(row.name))?));
    let creation: BTreeMap<String, String> = arguments(resource).filter_map(sent).collect();
    Private { creation, created: now(), ..Private::default() }
}

/// Arguments that are not what they were when the object was created, and so say something that is not true.
pub fn changed(resource: &Resource, config: &Config, private: &[u8]) -> Diagnostics {
    let Private { creation, .. } = Private::read(private);
    let mut diagnostics = Diagnostics::none();
    for (row, _) in arguments(resource) {
        let Some((sent, now)) = creation.get(row.name).zip(fingerprint(config.get(row.name))) else { continue };
        if *sent != now {
            let detail = format!(
                "`{}` counts only when the object is created, and it was another value then. The change has no effect: the object \
                 stays as it is.",
                row.name
            );
            diagnostics.push(Diagnostic::warning("Change without effect", detail).at(Path::of(row.name)));
        }
    }
    diagnostics
}

/// Arguments that will not be sent, since the object exists already and is adopted.
pub fn unsent(resource: &Resource, config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for (row, _) in arguments(resource).filter(|(row, _)| !config.get(row.name).is_null()) {
        let detail = format!(
            "`{}` counts only when an object is created, and this one exists already: its id is in the configuration. The argument \
             has no effect.",
            row.name
        );
        diagnostics.push(Diagnostic::warning("Argument without effect", detail).at(Path::of(row.name)));
    }
    diagnostics
}

/// The rows that only a creation carries, with their keys.
fn arguments(resource: &Resource) -> impl Iterator<Item = (&'static Attribute, &'static str)> {
    resource.table.attributes.iter().filter_map(|row| match row.wire {
        Wire::Creation(key) => Some((row, key)),
        _ => None,
    })
}
