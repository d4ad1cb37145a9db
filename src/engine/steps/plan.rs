// SPDX-License-Identifier: Apache-2.0

//! Planning one object: what is configured is planned, what is not configured is not managed, and a
//! computed value becomes unknown again when an attribute that renews it changes. A pure function of
//! prior state, configuration, memory and connection. No clock, no request: the CLI
//! plans again during apply, and the two plans must agree. The rules that a plan must obey are those of
//! the resource instance change lifecycle: a configured value is planned as written (or as the prior
//! spelling of the same), an unset optional and computed one is free.
//!
//! The CLI's proposed state is not read. For optional and computed attributes it is the
//! configuration over the prior state, which is worked out here anyhow; but for a removed nested
//! object it proposes null, and that would clear what is not managed.

use std::collections::BTreeSet;

use super::derive::{Scope, derive};
use super::reconcile::means_the_same;
use super::said::Said;
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::engine::memory::Memory;
use crate::engine::phase::{attribute, attribute_near};
use crate::engine::{Config, Connection, ManagedResource, State};
use crate::schema::{Attribute, Configurability, Shape, Table};
use crate::value::{Object, Path, Refinement, Step, Value};

/// The object as it will be, as far as that can be told.
pub fn plan(
    resource: &ManagedResource,
    prior: Option<&State>,
    config: &Config,
    memory: &Memory,
    connection: &dyn Connection,
) -> Object {
    let mut object = plan_object(resource.table, prior.map(State::object), config.object());
    if let Some(prior) = prior {
        renew(resource.table, prior.object(), memory, &mut object);
    }
    derive(resource.table, &mut object, connection, Scope::Open(config));
    object
}

/// The attributes whose planned change needs a new object. An unknown value may turn out changed,
/// so it counts.
pub fn replacements(table: &Table, prior: &Object, planned: &Object) -> Vec<Path> {
    let replaced = |row: &&Attribute| row.replaces && attribute(prior, row.name) != attribute(planned, row.name);
    table.attributes.iter().filter(replaced).map(|row| Path::of(row.name)).collect()
}

/// What the rules say about the object as it will be, as far as the configuration contributes to
/// it. These are warnings: what is not configured is not managed here, and the remote system may
/// know better.
pub fn foreseen(resource: &ManagedResource, config: &Config, planned: &Object, said: &Said<'_>) -> Diagnostics {
    let mut foreseen = Diagnostics::none();
    for rule in resource.rules {
        let of_planned = (rule.judge)(planned);
        let mut managed = of_planned.iter().filter(|message| is_managed(message, config)).peekable();
        if managed.peek().is_none() {
            continue;
        }
        let said: BTreeSet<_> = said.by(rule).into_iter().flat_map(Diagnostics::iter).map(gist).collect();
        for message in managed.filter(|message| !said.contains(&gist(message))) {
            let refused = if message.severity == Severity::Error { MAY_BE_REFUSED } else { "" };
            let detail = format!("{} {IN_PART}{refused}", message.detail);
            foreseen.push(Diagnostic { detail, ..message.clone() });
        }
    }
    foreseen.softened()
}

/// What the rules for new objects say about the object as it will be, as far as the configuration contributes to it: an
/// object may lack what a new one would. That is refused if the configuration by itself asks for it, unless the object
/// is like that already.
pub fn incomplete(resource: &ManagedResource, prior: &State, config: &Config, planned: &Object) -> Diagnostics {
    let mut incomplete = Diagnostics::none();
    for rule in resource.creation_rules {
        let of_planned = (rule.judge)(planned);
        let mut managed = of_planned.iter().filter(|message| is_managed(message, config)).peekable();
        if managed.peek().is_none() {
            continue;
        }
        let (of_prior, of_config) = ((rule.judge)(prior.object()), (rule.judge)(config.object()));
        let says = |said: &Diagnostics, message| said.iter().any(|other| gist(other) == gist(message));
        for message in managed {
            let reason = match (says(&of_prior, message), says(&of_config, message)) {
                (true, _) => HELD,
                (false, false) => IN_PART,
                (false, true) => {
                    incomplete.push(message.clone());
                    continue;
                }
            };
            let detail = format!("{} {reason}", message.detail);
            incomplete.push(Diagnostic { severity: Severity::Warning, detail, ..message.clone() });
        }
    }
    incomplete
}

/// Whether a message is about something that the configuration sets.
fn is_managed(message: &Diagnostic, config: &Config) -> bool {
    message.path.as_ref().and_then(Path::first).is_some_and(|name| !config.get(name).is_null())
}

/// Why what is wrong is not refused.
const HELD: &str = "The object is like that already, so this is only a warning.";

/// Why a rule is broken that the configuration alone does not break, and what comes of it.
const IN_PART: &str = "The configuration sets only one of the two: \
                       the other is what the object has at present, and an update sends both.";

/// What comes of it if the rule is one that refuses.
const MAY_BE_REFUSED: &str = " So the update may be refused: set both to be sure.";

/// What a message says about which attribute. The elements of a list may have another order in the plan
/// than in the configuration, so their positions don't count.
fn gist(message: &Diagnostic) -> (&str, Vec<&'static str>) {
    let steps = message.path.iter().flat_map(Path::steps);
    let named = steps.filter_map(|step| if let Step::Attribute(name) = step { Some(*name) } else { None });
    (&message.summary, named.collect())
}

/// Plans each attribute of one object. Without an object before, the remote system decides what is
/// not set.
fn plan_object(table: &Table, prior: Option<&Object>, config: &Object) -> Object {
    table.object(|position, row| {
        let prior = prior.map(|prior| attribute_near(prior, position, row.name));
        plan_attribute(row, prior, attribute_near(config, position, row.name))
    })
}

fn plan_attribute(row: &Attribute, prior: Option<&Value>, config: &Value) -> Value {
    if row.configurability == Configurability::WriteOnly {
        return Value::Null;
    }
    match config {
        Value::Null => unset(row, prior),
        Value::Unknown(_) => config.clone(),
        known => match row.shape {
            // The prior spelling of the same meaning stays: "60 minutes" does not become "1 hour"
            // by itself.
            Shape::Leaf(kind) => match prior {
                Some(prior) if !prior.is_null() && kind.same(prior, known) => prior.clone(),
                _ => known.clone(),
            },
            Shape::Object(table) => match known.as_object() {
                Some(config) => plan_object(table, prior.and_then(Value::as_object), config).into(),
                None => known.clone(),
            },
            // Elements are written whole: what is not set takes its default, never something from a
            // prior element.
            Shape::List(table) => {
                let elements = known.elements().unwrap_or_default();
                let planned = Value::List(elements.iter().map(|element| plan_element(table, element)).collect());
                match prior {
                    // As most lists are.
                    Some(prior) if planned == *prior => planned,
                    // Order alone is no difference. (The CLIs accept a value that is the prior one.)
                    Some(prior) if planned.is_wholly_known() && means_the_same(row, prior, &planned) => prior.clone(),
                    _ => planned,
                }
            }
        },
    }
}

fn plan_element(table: &Table, element: &Value) -> Value {
    match element.as_object() {
        Some(config) => plan_object(table, None, config).into(),
        None => element.clone(),
    }
}

/// The plan for an attribute that the configuration does not set.
fn unset(row: &Attribute, prior: Option<&Value>) -> Value {
    if let Some(default) = row.default {
        return default.value();
    }
    match (row.configurability, prior) {
        (Configurability::Required | Configurability::Optional | Configurability::WriteOnly, _) => Value::Null,
        (Configurability::OptionalComputed | Configurability::Computed, Some(prior)) => prior.clone(),
        (Configurability::OptionalComputed | Configurability::Computed, None) => undecided(row),
    }
}

/// Makes values unknown again that a planned change of other attributes renews, or that an earlier
/// apply could not tell.
fn renew(table: &Table, prior: &Object, memory: &Memory, planned: &mut Object) {
    for row in table.attributes {
        let changed = |name: &&str| attribute(prior, name) != attribute(planned, name);
        if row.renewed_by.iter().any(changed) || memory.pending.contains(row.name) {
            planned.insert(row.name, undecided(row));
        }
    }
}

/// A value that only the apply will tell. It will not be null unless its row says so, since blank
/// values read as "", false and [].
fn undecided(row: &Attribute) -> Value {
    Value::Unknown(Refinement { not_null: !row.nullable, prefix: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, config, number, object};

    fn planned(resource: &'static ManagedResource, prior: Option<&State>, config: &Config) -> Object {
        plan(resource, prior, config, &Memory::default(), Bench::new().connection())
    }

    fn branch(more: &[(&'static str, Value)]) -> State {
        let mut known = object([("id", "B1".into()), ("city", "Ulm".into()), ("name", "Main".into())]);
        known.extend(more.iter().map(|(name, value)| (*name, value.clone())));
        State::stub(BRANCH.table, known)
    }

    #[test]
    fn a_creation_leaves_open_what_is_not_set() {
        let object = planned(&BRANCH, None, &config([("name", "Main".into()), ("opened_by", "Ann".into())]));
        assert_eq!((&object["name"], &object["opened_by"]), (&"Main".into(), &Value::Null));
        assert_eq!(object["city"], "Ulm".into());
        assert_eq!(object["motto"], Value::Unknown(Refinement { not_null: true, prefix: None }));
        assert_eq!(object["founder"], Value::unknown(), "it may be null");
    }

    #[test]
    fn what_is_not_set_keeps_its_prior_value_at_every_depth() {
        let room = |desks: i64, open: bool| Value::Object(object([("open", open.into()), ("desks", number(desks))]));
        let prior = branch(&[("motto", "Read".into()), ("reading_room", room(3, true))]);
        let closed =
            config([("name", "Main".into()), ("reading_room", Value::Object(object([("open", false.into())])))]);
        let object = planned(&BRANCH, Some(&prior), &closed);
        assert_eq!((&object["motto"], &object["reading_room"]), (&"Read".into(), &room(3, false)));
        let removed = planned(&BRANCH, Some(&prior), &config([("name", "Main".into())]));
        assert_eq!(removed["reading_room"], room(3, true), "removing a block does not clear it");
    }

    #[test]
    fn the_prior_spelling_of_the_same_stays() {
        let prior = branch(&[("loan_period", "7 days".into())]);
        let same = planned(&BRANCH, Some(&prior), &config([("loan_period", "1 week".into())]));
        assert_eq!(same["loan_period"], "7 days".into());
    }

    #[test]
    fn elements_take_their_defaults_and_nothing_of_prior_ones() {
        let shelf = |boards: i64| {
            Value::Object(object([("name", "a".into()), ("boards", number(boards)), ("genres", Value::set([]))]))
        };
        let prior = branch(&[("shelves", Value::List(vec![shelf(9)]))]);
        let bare = Value::List(vec![Value::Object(object([("name", "a".into())])), Value::unknown()]);
        let object = planned(&BRANCH, Some(&prior), &config([("shelves", bare)]));
        assert_eq!(object["shelves"], Value::List(vec![shelf(0), Value::unknown()]));
    }

    #[test]
    fn order_alone_is_no_change_of_a_list() {
        let shelf = |name: &str, boards: i64| {
            let boards = ("boards", number(boards));
            Value::Object(object([("name", name.into()), boards, ("genres", Value::set([]))]))
        };
        let shelves = |names: &[Value]| Value::List(names.to_vec());
        let prior = shelves(&[shelf("a", 0), shelf("b", 2)]);
        let with =
            |shelves| planned(&BRANCH, Some(&branch(&[("shelves", prior.clone())])), &config([("shelves", shelves)]));
        let bare = Value::Object(object([("name", "a".into())]));
        assert_eq!(with(shelves(&[shelf("b", 2), bare]))["shelves"], prior);
        for other in [
            shelves(&[shelf("b", 3), shelf("a", 0)]),
            shelves(&[shelf("b", 2)]),
            shelves(&[shelf("b", 2), shelf("a", 0), shelf("c", 0)]),
        ] {
            assert_eq!(with(other.clone())["shelves"], other, "written as configured");
        }
    }

    #[test]
    fn a_change_renews_what_its_rows_name() {
        let known = [
            ("id", "7".into()),
            ("branch_id", "B1".into()),
            ("title", "Emma".into()),
            ("edition", number(1)),
            ("access_code", "c".into()),
        ];
        let prior = State::stub(BOOK.table, object(known));
        let config = |title: Value, version: Value| {
            config([("branch_id", "B1".into()), ("title", title), ("code_version", version)])
        };
        let same = planned(&BOOK, Some(&prior), &config("Emma".into(), Value::Null));
        assert_eq!((&same["edition"], &same["access_code"]), (&number(1), &"c".into()));
        let retitled = planned(&BOOK, Some(&prior), &config("Persuasion".into(), Value::Null));
        assert!(retitled["edition"].is_unknown() && !retitled["access_code"].is_unknown());
        let rotated = planned(&BOOK, Some(&prior), &config("Emma".into(), number(2)));
        assert_eq!((&rotated["edition"], &rotated["access_code"]), (&number(1), &Value::unknown()));
        let pending = Memory { pending: ["access_code".to_owned()].into(), ..Memory::default() };
        let again = plan(&BOOK, Some(&prior), &config("Emma".into(), Value::Null), &pending, Bench::new().connection());
        assert!(again["access_code"].is_unknown());
    }

    #[test]
    fn local_attributes_have_their_defaults_and_no_memory() {
        let protected = State::stub(BOOK.table, object([("deletion_protection", true.into())]));
        let object = planned(&BOOK, Some(&protected), &config([("title", "Emma".into())]));
        assert_eq!((&object["deletion_protection"], &object["timeouts"]), (&Value::Bool(false), &Value::Null));
    }

    #[test]
    fn only_a_change_of_a_replacing_row_needs_a_new_object() {
        let prior = branch(&[]);
        let paths = |planned: Object| replacements(BRANCH.table, prior.object(), &planned);
        assert_eq!(paths(planned(&BRANCH, Some(&prior), &config([("name", "North".into())]))), []);
        assert_eq!(paths(planned(&BRANCH, Some(&prior), &config([("city", Value::unknown())]))), [Path::of("city")]);
    }

    #[test]
    fn rules_look_at_the_object_as_it_will_be() {
        let prior = branch(&[("reading_room", Value::Object(object([("open", true.into()), ("desks", number(3))])))]);
        let closed = config([("reading_room", Value::Object(object([("open", false.into())])))]);
        let object = planned(&BRANCH, Some(&prior), &closed);
        let said = foreseen(&BRANCH, &closed, &object, &Said::of(&BRANCH, &closed));
        assert!(said.iter().count() == 1 && !said.has_errors(), "{said:?}");
        assert!(said.iter().all(|message| message.detail.ends_with(&format!("{IN_PART}{MAY_BE_REFUSED}"))), "{said:?}");
        assert_eq!(
            foreseen(&BRANCH, &config([]), &object, &Said::of(&BRANCH, &config([]))).iter().count(),
            0,
            "the rule is not ours to break"
        );
        // What the rules say about the configuration is not said once more, wherever the plan has it.
        let odd = |position| Diagnostic::warning("Odd", format!("{position}")).at(Path::of("shelves").index(position));
        assert_eq!(gist(&odd(0)), gist(&odd(3)));
        assert_ne!(gist(&odd(0)), gist(&odd(0).at(Path::of("genres").index(0))));
    }
}
