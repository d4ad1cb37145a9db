//! Planning: one pure function of prior state, configuration and connection. No clock, no request: the CLI plans again during
//! apply and the two plans must agree. The rules that a plan must obey are those of the resource instance change lifecycle:
//! a configured value is planned as written (or as the prior spelling of the same), an unset optional + computed one is free.
//!
//! The CLI's proposed state is not read: for optional + computed attributes it is the configuration over the prior state, which
//! is worked out here anyhow, but for a removed nested object it proposes null, and that would clear what is not managed.

use super::derive::{Scope, derive};
use super::phase::attribute;
use super::{Config, Plan, Resource, State, Surroundings, adoption, creation};
use crate::diag::Diagnostics;
use crate::schema::{Attribute, Mode, Shape, Table};
use crate::value::{Object, Path, Refinement, Value};

/// A plan, and the attributes whose change asks for a new object.
#[derive(Debug)]
pub struct Planned {
    /// What the object will be.
    pub plan: Plan,
    /// Where the plan asks for a new object; empty means a change in place.
    pub replace: Vec<Path>,
    /// What is wrong with creating such an object, or says something that this plan does not do.
    pub diagnostics: Diagnostics,
    /// The private data to go with it.
    pub private: Vec<u8>,
}

/// Plans a creation (`prior` is `None`) or a change in place, of an object with this private data.
pub fn plan(
    resource: &Resource,
    prior: Option<&State>,
    config: &Config,
    private: &[u8],
    around: &dyn Surroundings,
) -> Planned {
    let Some(prior) = prior else {
        let object = decided(resource, None, config, around);
        let mut diagnostics = creatable(resource, config);
        diagnostics.extend(adoption::replaces_itself(resource, &object, config, private));
        let private = adoption::intend(resource, &object, config, private);
        return Planned { plan: Plan::new(object), replace: Vec::new(), diagnostics, private };
    };
    let (config, mut diagnostics) = adoption::kept(resource, prior, config);
    let object = decided(resource, Some(prior.object()), &config, around);
    let replace = replacements(resource.table, prior.object(), &object);
    // A replacement is planned twice, and of the second time the CLIs drop the warnings; so the first time speaks of the creation, too.
    diagnostics.extend(match replace.is_empty() {
        true => creation::changed(resource, &config, private),
        false => creatable(resource, &config),
    });
    diagnostics.extend(foreseen(resource, &config, &object));
    let private = adoption::remember(resource, prior, &config, private);
    Planned { plan: Plan::new(object), replace, diagnostics, private }
}

/// What the rules say of the object as it will be, where the configuration has a part in it. Only a warning: what is not configured is not
/// managed here, and the remote system may know better.
fn foreseen(resource: &Resource, config: &Config, planned: &Object) -> Diagnostics {
    let planned = Config::new(planned.clone());
    let mut foreseen = Diagnostics::none();
    for rule in resource.rules {
        let said = rule(config);
        for message in rule(&planned).iter().filter(|message| !said.iter().any(|other| other == *message)) {
            let managed = message.path.as_ref().and_then(Path::first).is_some_and(|name| !config.get(name).is_null());
            if managed {
                foreseen.push(message.clone());
            }
        }
    }
    foreseen.softened()
}

/// The object as it will be, as far as that can be told.
fn decided(resource: &Resource, prior: Option<&Object>, config: &Config, around: &dyn Surroundings) -> Object {
    let mut object = plan_object(resource.table, prior, config.object());
    derive(resource.table, &mut object, around, Scope::Open(config));
    object
}

/// What is wrong with creating an object of this configuration. One that is adopted has what the configuration leaves out.
fn creatable(resource: &Resource, config: &Config) -> Diagnostics {
    if adoption::adopts(resource, config).is_some() {
        return creation::unsent(resource, config);
    }
    let mut diagnostics = Diagnostics::none();
    resource.creation_rules.iter().for_each(|rule| diagnostics.extend(rule(config)));
    diagnostics
}

/// Plans each attribute of one object. Without an object before, what is not set is for the remote system to decide.
fn plan_object(table: &Table, prior: Option<&Object>, config: &Object) -> Object {
    let plan_row = |row: &Attribute| {
        let prior = prior.map(|prior| attribute(prior, row.name));
        (row.name.to_owned(), plan_attribute(row, prior, attribute(config, row.name)))
    };
    table.attributes.iter().map(plan_row).collect()
}

fn plan_attribute(row: &Attribute, prior: Option<&Value>, config: &Value) -> Value {
    if matches!(row.mode, Mode::WriteOnly) {
        return Value::Null;
    }
    match config {
        Value::Null => unset(row, prior),
        Value::Unknown(_) => config.clone(),
        known => match row.shape {
            // The prior spelling of the same meaning stays: "60 minutes" does not become "1 hour" by itself.
            Shape::Leaf(kind) => match prior {
                Some(prior) if !prior.is_null() && kind.same(prior, known) => prior.clone(),
                _ => known.clone(),
            },
            Shape::Object(table) => match known.as_object() {
                Some(config) => plan_object(table, prior.and_then(Value::as_object), config).into(),
                None => known.clone(),
            },
            // Elements are written whole: what is not set takes its default, never something from a prior element.
            Shape::List(table) => Value::List(
                known.elements().unwrap_or_default().iter().map(|element| plan_element(table, element)).collect(),
            ),
        },
    }
}

fn plan_element(table: &Table, element: &Value) -> Value {
    match element.as_object() {
        Some(config) => plan_object(table, None, config).into(),
        None => element.clone(),
    }
}

/// What becomes of an attribute that the configuration does not set.
fn unset(row: &Attribute, prior: Option<&Value>) -> Value {
    match (row.mode, prior) {
        (Mode::Required | Mode::Local | Mode::WriteOnly, _) => Value::Null,
        (Mode::Default(default), _) => default.value(),
        (Mode::Optional | Mode::Computed, Some(prior)) => prior.clone(),
        // Whatever comes back, it is not null: blank values read as "", false and [].
        (Mode::Optional | Mode::Computed, None) => Value::Unknown(Refinement { not_null: true, prefix: None }),
    }
}

/// The attributes whose planned change asks for a new object. An unknown value may turn out changed, so it counts.
fn replacements(table: &Table, prior: &Object, planned: &Object) -> Vec<Path> {
    let replaced = |row: &&Attribute| row.replaces && attribute(prior, row.name) != attribute(planned, row.name);
    table.attributes.iter().filter(replaced).map(|row| Path::of(row.name)).collect()
}
