//! Objects that a configuration adopts by their id. Such an object can't be replaced by itself: what the plan would destroy is what it
//! would adopt. Three things keep that from happening, for three ways to get there.
//!
//! - An id that is not known yet is taken for the one that the object has, not for a change of it ([`kept`]).
//! - A replacement that was asked for, as by `-replace`, is refused by its second plan ([`replaces_itself`]).
//! - What was adopted in a run is not deleted in it ([`super::run`]): of a tainted object the plan knows nothing, and the resource that
//!   had the object before may be destroyed by the same run.

use super::private::Private;
use super::{Config, Resource, State};
use crate::diag::{Diagnostic, Diagnostics};
use crate::value::Path;

/// The configuration with an id that is not known yet taken for the object's own, and what to tell of that.
pub fn kept(resource: &Resource, prior: &State, config: &Config) -> (Config, Diagnostics) {
    let row = resource.adopts_by().filter(|row| config.get(row.name).is_unknown() && !prior.get(row.name).is_null());
    let Some(row) = row else { return (config.clone(), Diagnostics::none()) };
    let id = prior.get(row.name);
    let detail = format!(
        "`{}` is not known yet. The plan takes for granted that it stays {:?}. If it turns out to be another one, nothing is done to \
         this object in this run; plan again then.",
        row.name,
        id.as_str().unwrap_or_default()
    );
    let mut object = config.object().clone();
    object.insert(row.name.to_owned(), id.clone());
    (Config::new(object), Diagnostic::warning("Id taken for unchanged", detail).at(Path::of(row.name)).into())
}

/// The private data of a plan for an object: that of the object, and by which id the configuration holds on to it.
pub fn remember(resource: &Resource, prior: &State, config: &Config, private: &[u8]) -> Vec<u8> {
    let adopted =
        resource.adopts_by().filter(|row| !config.get(row.name).is_null()).and_then(|row| prior.get(row.name).as_str());
    match adopted {
        Some(id) => Private { adopted: Some(id.to_owned()), ..Private::read(private) }.write(),
        None => private.to_vec(),
    }
}

/// What is wrong with a plan for a new object in the place of one with this private data.
pub fn replaces_itself(resource: &Resource, config: &Config, private: &[u8]) -> Diagnostics {
    let before = Private::read(private).adopted;
    let same =
        resource.adopts_by().filter(|row| before.is_some() && config.get(row.name).as_str() == before.as_deref());
    let Some(row) = same else { return Diagnostics::none() };
    let detail = format!(
        "The object to replace is the one that `{0}` names: it would be destroyed, and then there would be nothing to adopt. To have a new \
         object, remove `{0}` from the configuration; to keep this one, plan without `-replace` and `replace_triggered_by`.",
        row.name
    );
    Diagnostic::error("An adopted object can't be replaced by itself", detail).at(Path::of(row.name)).into()
}
