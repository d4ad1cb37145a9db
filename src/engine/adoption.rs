//! Objects that a configuration adopts by their id. Such an object can't be replaced by itself: what the plan would destroy is what it
//! would adopt. Three things keep that from happening, for the ways to get there.
//!
//! - An id or a place that is not known yet is taken for the one that the object has, not for a change of it ([`kept`]).
//! - A replacement that was asked for, as by `-replace`, is refused by its second plan ([`replaces_itself`]).
//! - What is going to be adopted is not deleted: neither by a deletion that belongs to the same plan ([`intend`]; of a tainted object a plan
//!   knows nothing, but its deletion is handed the plan's private data), nor later in the same run ([`super::run`]).

use super::private::Private;
use super::{Config, Resource, State, identity};
use crate::diag::{Diagnostic, Diagnostics};
use crate::schema::Attribute;
use crate::value::{Object, Path};

/// The configuration of an adopted object with an id or a place that is not known yet taken for the object's own, and what to tell of that.
pub fn kept(resource: &Resource, prior: &State, config: &Config) -> (Config, Diagnostics) {
    let (mut object, mut diagnostics) = (config.object().clone(), Diagnostics::none());
    let parts = if adopts(resource, config).is_some() { resource.identity } else { &[] };
    for part in parts {
        let own = prior.get(part.name);
        if !config.get(part.name).is_unknown() || own.is_null() {
            continue;
        }
        let detail = format!(
            "`{}` is not known yet. The plan takes for granted that it stays {:?}. If it turns out to be another one, nothing is done to \
             this object in this run; plan again then.",
            part.name,
            own.as_str().unwrap_or_default()
        );
        diagnostics.push(Diagnostic::warning("Identity taken for unchanged", detail).at(Path::of(part.name)));
        object.insert(part.name.to_owned(), own.clone());
    }
    (Config::new(object), diagnostics)
}

/// The private data of a plan for an object: that of the object, and whether the configuration holds on to it by its id.
pub fn remember(resource: &Resource, prior: &State, config: &Config, private: &[u8]) -> Vec<u8> {
    match adopts(resource, config) {
        Some(_) => Private { adopted: identity::texts(resource, prior.object()), ..Private::read(private) }.write(),
        None => private.to_vec(),
    }
}

/// The private data of a plan for a new object: which existing one it is going to adopt.
pub fn intend(resource: &Resource, planned: &Object, config: &Config, private: &[u8]) -> Vec<u8> {
    match adopts(resource, config) {
        Some(_) => Private { adopting: identity::texts(resource, planned), ..Private::read(private) }.write(),
        None => private.to_vec(),
    }
}

/// What is wrong with a plan for a new object in the place of one with this private data. While the id is not known yet, it is taken for
/// the one that it was, as in the plan before.
pub fn replaces_itself(resource: &Resource, planned: &Object, config: &Config, private: &[u8]) -> Diagnostics {
    let before = Private::read(private).adopted;
    let Some(row) = adopts(resource, config).filter(|_| before.is_some()) else { return Diagnostics::none() };
    if !config.get(row.name).is_unknown() && identity::texts(resource, planned) != before {
        return Diagnostics::none();
    }
    let detail = format!(
        "The object to replace is the one that `{0}` names: it would be destroyed, and then there would be nothing to adopt. To have a new \
         object, remove `{0}` from the configuration; to keep this one, plan without `-replace` and `replace_triggered_by`.",
        row.name
    );
    Diagnostic::error("An adopted object can't be replaced by itself", detail).at(Path::of(row.name)).into()
}

/// The attribute by which a configuration names an existing object, if it does.
pub fn adopts(resource: &Resource, config: &Config) -> Option<&'static Attribute> {
    resource.adopts_by().filter(|row| !config.get(row.name).is_null())
}
