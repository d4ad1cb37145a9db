// SPDX-License-Identifier: Apache-2.0

//! Finds what changed remotely between a plan and its apply: the attributes that the plan would
//! overwrite although they are no longer what it was made from. What is not managed is no conflict,
//! since it keeps its present value. Used by `lifecycle/revise`.

use super::difference::{change, excerpts, parts};
use super::reconcile::means_the_same;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::phase::attribute;
use crate::engine::rewrites::Rewrites;
use crate::engine::{Config, Plan, State};
use crate::schema::{Attribute, Shape, Source, Table};
use crate::value::{Object, Path, Trail, Value};

/// A managed attribute that is neither what the plan was made from nor what it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The attribute.
    pub path: Path,
    /// What the plan was made from. `None` for an object about which nothing was known.
    pub planned_from: Option<Value>,
    /// What the plan asks for.
    pub planned: Value,
    /// What is there now.
    pub present: Value,
    /// Whether none of them may be shown.
    pub sensitive: bool,
    /// What tells elements apart, in a list of objects.
    pub key: Option<&'static str>,
}

/// What a plan is held against.
pub struct Basis<'a> {
    /// What the plan was made from; `None` if the object is adopted.
    pub prior: Option<&'a State>,
    /// The plan.
    pub plan: &'a Plan,
    /// What the user wrote: it tells what is managed.
    pub config: &'a Config,
    /// The texts that the remote system is known to store in a form of its own.
    pub rewrites: &'a Rewrites,
}

/// The conflicts of a plan with the object as it is now.
pub fn conflicts(table: &Table, basis: &Basis<'_>, present: &Object) -> Vec<Conflict> {
    let mut found = Vec::new();
    let levels = Levels {
        prior: basis.prior.map(State::object),
        plan: basis.plan.object(),
        config: basis.config.object(),
        present,
    };
    walk(table, &levels, basis.rewrites, &Trail::Root, &mut found);
    found
}

/// What to report of conflicts, of which there is at least one. `object` names the object.
pub fn report(object: &str, conflicts: &[Conflict], consequence: &str) -> Diagnostics {
    let line = |conflict: &Conflict| {
        let Conflict { path, planned, present, sensitive, key, .. } = conflict;
        let before = conflict.planned_from.as_ref().unwrap_or(&Value::Null);
        match parts(*key, before, present) {
            _ if *sensitive => format!("- `{path}` (its values are sensitive)"),
            Some(meanwhile) => {
                let planned = parts(*key, before, planned).unwrap_or_else(|| "no change".to_owned());
                format!("- `{path}`: since then {meanwhile}; planned: {planned}")
            }
            None => {
                let [before, planned, present] = excerpts([before, planned, present]);
                format!("- `{path}`: was {before}, planned {planned}, is now {present}")
            }
        }
    };
    let lines: Vec<String> = conflicts.iter().map(line).collect();
    let detail = format!(
        "{object} is no longer what the plan was made from. {consequence}\n{}\nPlan again, with a refresh, to see the \
         difference. To write over such changes, set `on_conflict` in the provider block to `overwrite`.",
        lines.join("\n")
    );
    let message = Diagnostic::error("Changed since planned", detail);
    match conflicts.first() {
        Some(first) => message.at(first.path.clone()).into(),
        None => message.into(),
    }
}

/// What writing over conflicts changes, a line for each.
pub fn written_over(conflicts: &[Conflict]) -> Vec<String> {
    let line = |Conflict { path, planned, present, sensitive, key, .. }: &Conflict| match sensitive {
        true => format!("- `{path}` (its values are sensitive)"),
        false => format!("- `{path}`: {}", change(*key, present, planned)),
    };
    conflicts.iter().map(line).collect()
}

/// One level of the objects that are compared.
struct Levels<'a> {
    prior: Option<&'a Object>,
    plan: &'a Object,
    config: &'a Object,
    present: &'a Object,
}

fn walk(table: &Table, levels: &Levels<'_>, rewrites: &Rewrites, at: &Trail<'_>, found: &mut Vec<Conflict>) {
    let none = Object::new();
    let members = table.attributes.iter().filter(|row| matches!(row.source, Source::Member { .. }));
    for row in members {
        let config = attribute(levels.config, row.name);
        let prior = levels.prior.map(|prior| attribute(prior, row.name));
        let plan = attribute(levels.plan, row.name);
        let (present, path) = (attribute(levels.present, row.name), at.attribute(row.name));
        if config.is_null() {
            continue;
        }
        if let Shape::Object(table) = row.shape {
            let (Some(plan), Some(config)) = (plan.as_object(), config.as_object()) else { continue };
            let present = present.as_object().unwrap_or(&none);
            match prior.map(Value::as_object) {
                Some(None) => {}
                prior => walk(table, &Levels { prior: prior.flatten(), plan, config, present }, rewrites, &path, found),
            }
            continue;
        }
        // Null was never read, unless the row says that null is a value. A member of the wrong type
        // reads as null too, and is reported when it is written over.
        let unread = |value: &Value| value.is_null() && !row.nullable;
        let same = |ours: &Value| is_same(row, ours, present, at, rewrites);
        if prior.is_some_and(|prior| unread(prior) || same(prior)) || unread(present) || same(plan) {
            continue;
        }
        found.push(Conflict {
            path: path.path(),
            planned_from: prior.cloned(),
            planned: plan.clone(),
            present: present.clone(),
            sensitive: row.sensitive,
            key: row.element_key(),
        });
    }
}

fn is_same(row: &Attribute, ours: &Value, present: &Value, at: &Trail<'_>, rewrites: &Rewrites) -> bool {
    let rewritten = matches!(at, Trail::Root) && rewrites.same(row, ours, present);
    rewritten || means_the_same(row, ours, present)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, number, object, raw};
    use crate::value::Trail;

    fn branch(more: &[(&'static str, Value)]) -> Object {
        let mut known = object([("id", "B1".into()), ("city", "Ulm".into()), ("name", "Main".into())]);
        known.extend(more.iter().map(|(name, value)| (*name, value.clone())));
        State::stub(BRANCH.table, known).object().clone()
    }

    /// The paths that conflict where these attributes are configured, from and to these values, and
    /// the branch is this now.
    fn found(from: &[(&'static str, Value)], to: &[(&'static str, Value)], now: &str) -> Vec<String> {
        let (prior, plan) = (State::new(branch(from)), Plan::new(branch(to)));
        let config = Config::new(to.iter().cloned().collect());
        let rewrites = Rewrites::default();
        let basis = Basis { prior: Some(&prior), plan: &plan, config: &config, rewrites: &rewrites };
        let present = super::super::members::read(BRANCH.table, &raw(now).view(), &Trail::Root, &mut Vec::new());
        conflicts(BRANCH.table, &basis, &present).iter().map(|conflict| conflict.path.to_string()).collect()
    }

    fn shelf(name: &str, boards: i64) -> Value {
        let genres = Value::set([]);
        Value::Object(object([("name", name.into()), ("boards", number(boards)), ("genres", genres)]))
    }

    const NOTHING: [&str; 0] = [];

    #[test]
    fn a_managed_value_that_is_neither_planned_from_nor_planned_is_a_conflict() {
        let case = |now: &str| found(&[("motto", "a".into())], &[("motto", "b".into())], now);
        assert_eq!(case(r#"{"motto":"a"}"#), NOTHING, "as planned from");
        assert_eq!(case(r#"{"motto":"b"}"#), NOTHING, "as planned: an earlier attempt, or the same wish");
        assert_eq!(case(r#"{"motto":"c"}"#), ["motto"]);
        assert_eq!(case("{}"), ["motto"], "cleared");
        assert_eq!(found(&[("motto", "a".into())], &[], r#"{"motto":"c"}"#), NOTHING, "not managed");
        // A value that stays is as much managed as one that changes.
        assert_eq!(found(&[("motto", "a".into())], &[("motto", "a".into())], r#"{"motto":"c"}"#), ["motto"]);
    }

    #[test]
    fn another_spelling_is_no_conflict() {
        let case = |now: &str| found(&[("loan_period", "1 week".into())], &[("loan_period", "2 weeks".into())], now);
        assert_eq!(case(r#"{"loanPeriod":7,"loanPeriodUnit":"days"}"#), NOTHING);
        assert_eq!(case(r#"{"loanPeriod":8,"loanPeriodUnit":"days"}"#), ["loan_period"]);
    }

    #[test]
    fn an_element_that_somebody_added_is_a_conflict_and_another_order_is_not() {
        let from = [("shelves", Value::List(vec![shelf("a", 1), shelf("b", 2)]))];
        let to = [("shelves", Value::List(vec![shelf("a", 1), shelf("b", 3)]))];
        let (a, b) = (r#"{"name":"a","boards":1}"#, r#"{"name":"b","boards":2}"#);
        assert_eq!(found(&from, &to, &format!(r#"{{"shelves":[{b},{a}]}}"#)), NOTHING);
        assert_eq!(found(&from, &to, &format!(r#"{{"shelves":[{a},{b},{{"name":"c"}}]}}"#)), ["shelves"]);
        assert_eq!(found(&from, &to, &format!(r#"{{"shelves":[{a}]}}"#)), ["shelves"]);
    }

    #[test]
    fn inside_an_object_only_what_is_managed_counts() {
        let room = |open: bool, desks: i64| Value::Object(object([("open", open.into()), ("desks", number(desks))]));
        let managed = Value::Object(object([("open", false.into())]));
        let (prior, plan) = (
            State::new(branch(&[("reading_room", room(true, 3))])),
            Plan::new(branch(&[("reading_room", room(false, 3))])),
        );
        let config = Config::new(object([("reading_room", managed)]));
        let rewrites = Rewrites::default();
        let basis = Basis { prior: Some(&prior), plan: &plan, config: &config, rewrites: &rewrites };
        let found = |now: &str| {
            let present = super::super::members::read(BRANCH.table, &raw(now).view(), &Trail::Root, &mut Vec::new());
            conflicts(BRANCH.table, &basis, &present).len()
        };
        assert_eq!(found(r#"{"readingRoom":{"open":true,"desks":9}}"#), 0, "the desks keep their present number");
    }

    #[test]
    fn a_value_that_was_never_read_proves_nothing() {
        assert_eq!(found(&[], &[("motto", "b".into())], r#"{"motto":"c"}"#), NOTHING);
    }

    #[test]
    fn a_report_names_the_elements_that_differ_and_no_others() {
        let genres = |names: &[&str]| Value::set(names.iter().map(|name| Value::from(*name)));
        let many: Vec<String> = (0..300).map(|index| format!("genre {index}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let conflict = |planned: &[&str]| Conflict {
            path: Path::of("genres"),
            planned_from: Some(genres(&many)),
            planned: genres(planned),
            present: genres(&[&many[1..], &["console"]].concat()),
            sensitive: false,
            key: None,
        };
        let line = |planned: &[&str]| {
            let told = report("branch B1", &[conflict(planned)], "Nothing was written.");
            told.iter().next().unwrap().detail.lines().nth(1).unwrap().to_owned()
        };
        let since = "- `genres`: since then added \"console\"; removed \"genre 0\"; planned: ";
        assert_eq!(line(&many), format!("{since}no change"));
        assert_eq!(line(&[&many[..], &["new"]].concat()), format!("{since}added \"new\""));
    }

    #[test]
    fn a_report_names_all_values_but_sensitive_ones() {
        let conflict = |sensitive| Conflict {
            path: Path::of("motto"),
            planned_from: Some("a".into()),
            planned: "b".into(),
            present: "c".into(),
            sensitive,
            key: None,
        };
        let told = report("branch B1", &[conflict(false)], "Nothing was written.");
        let detail = &told.iter().next().unwrap().detail;
        for word in ["branch B1", "\"a\"", "\"b\"", "\"c\"", "Nothing was written."] {
            assert!(detail.contains(word), "{detail}");
        }
        let told = report("branch B1", &[conflict(true)], "Nothing was written.");
        assert!(!told.iter().next().unwrap().detail.contains('"'));
    }
}
