//! Objects that a configuration adopts by their id. Such an object can't be replaced by itself:
//! what the plan would destroy is what it would adopt. Three rules prevent that, one for each way
//! to get there:
//!
//! - An id or a place that is not known yet is taken to be the one that the object has ([`kept`]).
//! - The second plan of a replacement that was asked for, as by `-replace`, refuses it
//!   ([`replaces_itself`]).
//! - An object that is going to be adopted is not deleted: not by a deletion that belongs to the
//!   same plan ([`intend`]), and not later in the same run ([`crate::engine::history`]). A plan knows
//!   nothing of a tainted object, but its deletion gets the plan's private data.

use super::identity;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::{Config, ManagedResource, State};
use crate::schema::Attribute;
use crate::value::{Object, Path};

/// The configuration of an adopted object, in which an id or place that is not known yet is taken
/// to be the object's own, and a warning about that.
pub fn kept(resource: &ManagedResource, prior: &State, config: &Config) -> (Config, Diagnostics) {
    let (mut object, mut diagnostics) = (config.object().clone(), Diagnostics::none());
    if adopts(resource, config).is_none() {
        return (config.clone(), diagnostics);
    }
    for row in resource.table.identity() {
        let own = prior.get(row.name);
        if !config.get(row.name).is_unknown() || own.is_null() {
            continue;
        }
        let detail = format!(
            "`{}` is not known yet. The plan assumes that it stays {:?}. If it turns out to be another one, this run \
             does nothing to the object; plan again then.",
            row.name,
            own.as_str().unwrap_or_default()
        );
        diagnostics.push(Diagnostic::warning("Identity assumed to be unchanged", detail).at(Path::of(row.name)));
        object.insert(row.name.to_owned(), own.clone());
    }
    (Config::new(object), diagnostics)
}

/// What a plan for an existing object remembers, if the configuration names it by its id.
pub fn remember(resource: &ManagedResource, prior: &State, config: &Config, memory: &Memory) -> Option<Memory> {
    adopts(resource, config)?;
    Some(Memory { adopted: identity::texts(resource.table, prior.object()), ..memory.clone() })
}

/// What a plan for a new object remembers, if it is going to adopt an existing one.
pub fn intend(resource: &ManagedResource, planned: &Object, config: &Config, memory: &Memory) -> Option<Memory> {
    adopts(resource, config)?;
    Some(Memory { adopting: identity::texts(resource.table, planned), ..memory.clone() })
}

/// Refuses a plan that replaces an object with this memory by itself. While the id is not known
/// yet, it is taken to be what it was, as in the plan before.
pub fn replaces_itself(resource: &ManagedResource, planned: &Object, config: &Config, memory: &Memory) -> Diagnostics {
    let Some(row) = adopts(resource, config).filter(|_| memory.adopted.is_some()) else { return Diagnostics::none() };
    if !config.get(row.name).is_unknown() && identity::texts(resource.table, planned) != memory.adopted {
        return Diagnostics::none();
    }
    let detail = format!(
        "The object to replace is the one that `{0}` names: it would be destroyed, and then there would be nothing to \
         adopt. To have a new object, remove `{0}` from the configuration. To keep this one, plan without `-replace` \
         and `replace_triggered_by`.",
        row.name
    );
    Diagnostic::error("An adopted object can't be replaced by itself", detail).at(Path::of(row.name)).into()
}

/// The attribute by which a configuration names an existing object, if it does.
pub fn adopts(resource: &ManagedResource, config: &Config) -> Option<&'static Attribute> {
    resource.adopts_by().filter(|row| !config.get(row.name).is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, config, object, summaries};
    use crate::value::Value;

    fn own() -> State {
        State::new(object([("id", "B1".into()), ("city", "Ulm".into())]))
    }

    #[test]
    fn unknown_parts_of_an_adopted_identity_are_assumed_to_stay() {
        let (kept_config, said) = kept(&BRANCH, &own(), &config([("id", "B1".into()), ("city", Value::unknown())]));
        assert_eq!((kept_config.get("city"), summaries(&said).len()), (&"Ulm".into(), 1));
        // Without an id, nothing is adopted, and an unknown city may be another one.
        let (same, said) = kept(&BRANCH, &own(), &config([("city", Value::unknown())]));
        assert!(same.get("city").is_unknown() && said == Diagnostics::none());
    }

    #[test]
    fn a_plan_remembers_what_it_adopts() {
        let adopting = config([("id", "B1".into())]);
        let memory = Memory { created: Some(3), ..Memory::default() };
        let remembered = remember(&BRANCH, &own(), &adopting, &memory).unwrap();
        assert_eq!((remembered.created, remembered.adopted.as_ref().unwrap()["id"].as_str()), (Some(3), "B1"));
        assert!(intend(&BRANCH, own().object(), &adopting, &memory).unwrap().adopting.is_some());
        let plain = config([("name", "x".into())]);
        assert_eq!((remember(&BRANCH, &own(), &plain, &memory), adopts(&BRANCH, &plain).is_none()), (None, true));
    }

    #[test]
    fn only_the_same_object_replaces_itself() {
        let memory = remember(&BRANCH, &own(), &config([("id", "B1".into())]), &Memory::default()).unwrap();
        let refused = |id: Value, planned: &str, memory: &Memory| {
            let planned = object([("id", planned.into()), ("city", "Ulm".into())]);
            replaces_itself(&BRANCH, &planned, &config([("id", id)]), memory).has_errors()
        };
        assert!(refused("B1".into(), "B1", &memory));
        assert!(refused(Value::unknown(), "B2", &memory), "unknown is taken to be what it was");
        assert!(!refused("B2".into(), "B2", &memory));
        assert!(!refused("B1".into(), "B1", &Memory::default()), "nothing was adopted before");
    }
}
