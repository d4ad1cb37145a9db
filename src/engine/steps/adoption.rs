// SPDX-License-Identifier: Apache-2.0

//! Objects that a configuration adopts by their id. An edit of an id never destroys anything
//! ([`names_another`]), and such an object can't be replaced by itself: what the plan would destroy
//! is what it would adopt. Two rules prevent that, one for each way to get there:
//!
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
use crate::value::{Object, Path, Value};

/// Refuses a configuration whose id names another object than the one that it manages. Nobody who
/// edits an id means to destroy an object, and a part of an identity can't move to another place.
/// Parts that are not known yet have been judged by [`super::assumed`].
pub fn names_another(resource: &ManagedResource, prior: &State, config: &Config) -> Diagnostics {
    let Some(id) = adopts(resource, config) else { return Diagnostics::none() };
    let differs = |row: &&Attribute| {
        let (own, named) = (prior.get(row.name), config.get(row.name));
        !own.is_null() && !named.is_null() && !named.is_unknown() && own != named
    };
    let rows: Vec<&Attribute> = resource.table.identity().filter(differs).collect();
    // The id says most, so it is named first.
    let Some(row) = rows.iter().find(|row| row.name == id.name).or(rows.first()) else { return Diagnostics::none() };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (own, named) = (text(prior.get(row.name)), text(config.get(row.name)));
    let what = format!(
        "This block manages the object whose `{}` is {own:?}, and the configuration now says {named:?}.",
        row.name
    );
    let ways = match row.name == id.name {
        true => format!(
            "- If that is a typo, set `{0}` to {own:?} again.\n\
             - To manage {named:?} too, give it a block of its own.\n\
             - To manage {named:?} here and keep {own:?}, take this resource out of the state with `state rm`. The \
             next apply then adopts {named:?}.\n\
             - To have a new object in place of {own:?}, remove `{0}` from the block and plan with `-replace`.",
            id.name
        ),
        false => format!(
            "- To have a new object there in place of this one, remove `{}` from the block.\n\
             - To keep this one, set `{}` to {own:?}.",
            id.name, row.name
        ),
    };
    let detail = format!(
        "{what} An edit of an id never destroys one object to manage another, so nothing is changed. Choose \
         one:\n{ways}"
    );
    Diagnostic::error("The configuration names another object", detail).at(Path::of(row.name)).into()
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
        "This plan would destroy the object that `{0}` names, and then look for the same one in order to manage it. So \
         nothing is planned. To have a new object in its place, remove `{0}` from the configuration. To keep this one, \
         plan without `-replace` and `replace_triggered_by`.",
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
    use crate::library::{BRANCH, config, object};

    fn own() -> State {
        State::new(object([("id", "B1".into()), ("city", "Ulm".into())]))
    }

    #[test]
    fn another_id_or_another_place_of_the_same_id_is_refused() {
        let said = |id: Value, city: Value| {
            names_another(&BRANCH, &own(), &config([("id", id), ("city", city)]))
                .iter()
                .map(|message| message.path.as_ref().unwrap().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(said("B2".into(), Value::Null), ["id"]);
        assert_eq!(said("B2".into(), "Bonn".into()), ["id"]);
        assert_eq!(said("B1".into(), "Bonn".into()), ["city"]);
        let nothing = Vec::<String>::new();
        assert_eq!(said("B1".into(), "Ulm".into()), nothing);
        assert_eq!(said(Value::Null, "Bonn".into()), nothing, "without an id, a new branch is meant");
    }

    #[test]
    fn the_way_out_of_a_mistyped_id_is_told_first() {
        let told = names_another(&BRANCH, &own(), &config([("id", "B2".into())]));
        let detail = &told.iter().next().unwrap().detail;
        let first = detail.lines().nth(1);
        assert_eq!(first, Some("- If that is a typo, set `id` to \"B1\" again."), "{detail}");
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
