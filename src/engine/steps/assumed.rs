// SPDX-License-Identifier: Apache-2.0

//! Parts of an identity that are not known when a change is planned. Unknown is not changed: until
//! such a part is known to differ, it is taken to be what the object has, since the alternative is
//! a planned destruction for nothing. The CLI accepts the prior value of an attribute in any plan.
//! If the part turns out different when the plan is applied, nothing is done. Used by
//! `lifecycle/plan`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::{Config, ManagedResource, State};
use crate::schema::Attribute;
use crate::value::{Object, Path};

/// A configuration without unknown parts of the object's identity.
pub struct Assumed<'a> {
    /// The configuration, in which such parts are the object's own.
    pub config: Cow<'a, Config>,
    /// The attributes that were unknown.
    pub names: BTreeSet<String>,
    /// A warning about each.
    pub diagnostics: Diagnostics,
}

/// Takes the unknown parts of the identity to be what the object has.
pub fn assume<'a>(resource: &ManagedResource, prior: &State, config: &'a Config) -> Assumed<'a> {
    let mut known = Object::new();
    let (mut names, mut diagnostics) = (BTreeSet::new(), Diagnostics::none());
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
        known.insert(row.name, own.clone());
        names.insert(row.name.to_owned());
    }
    let config = match known.is_empty() {
        true => Cow::Borrowed(config),
        false => {
            let mut object = config.object().clone();
            object.extend(known);
            Cow::Owned(Config::new(object))
        }
    };
    Assumed { config, names, diagnostics }
}

/// Refuses a configuration in which a part turned out different from what a plan with this memory
/// assumed. Only newer CLIs hand the memory of a plan to the planning that they repeat while they
/// apply; for older ones see `lifecycle/replan`.
pub fn refuted(resource: &ManagedResource, prior: &State, config: &Config, memory: &Memory) -> Diagnostics {
    let differs = |row: &&Attribute| {
        let (own, now) = (prior.get(row.name), config.get(row.name));
        memory.assumed.contains(row.name) && !now.is_null() && !now.is_unknown() && now != own
    };
    let Some(row) = resource.table.identity().find(differs) else { return Diagnostics::none() };
    let text = |value: &crate::value::Value| value.as_str().unwrap_or_default().to_owned();
    let detail = format!(
        "`{}` was not known when the plan was made, and the plan assumed that it stays {:?}. It has turned out to be \
         {:?}. Nothing was done to the object. Plan again to see what that means for it.",
        row.name,
        text(prior.get(row.name)),
        text(config.get(row.name))
    );
    Diagnostic::error("Another identity than planned", detail).at(Path::of(row.name)).into()
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
    fn unknown_parts_of_an_identity_are_assumed_to_stay() {
        for id in [Value::Null, "B1".into(), Value::unknown()] {
            let config = config([("id", id.clone()), ("city", Value::unknown())]);
            let assumed = assume(&BRANCH, &own(), &config);
            assert_eq!(assumed.config.get("city"), &"Ulm".into(), "{id:?}");
            assert_eq!(assumed.names.contains("id"), id.is_unknown());
            assert_eq!(summaries(&assumed.diagnostics).len(), assumed.names.len());
        }
    }

    #[test]
    fn known_parts_are_taken_as_they_are() {
        let config = config([("city", "Bonn".into()), ("name", Value::unknown())]);
        let assumed = assume(&BRANCH, &own(), &config);
        assert_eq!((assumed.config.get("city"), assumed.names.len()), (&"Bonn".into(), 0));
        assert!(assumed.config.get("name").is_unknown(), "not a part of the identity");
    }

    #[test]
    fn an_assumption_that_fails_is_refused_and_another_change_is_not() {
        let memory = Memory { assumed: ["city".to_owned()].into(), ..Memory::default() };
        let said = |city: Value, memory: &Memory| {
            summaries(&refuted(&BRANCH, &own(), &config([("city", city)]), memory)).len()
        };
        assert_eq!(said("Bonn".into(), &memory), 1);
        assert_eq!(said("Ulm".into(), &memory) + said(Value::unknown(), &memory) + said(Value::Null, &memory), 0);
        assert_eq!(said("Bonn".into(), &Memory::default()), 0);
    }
}
