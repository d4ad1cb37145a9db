// SPDX-License-Identifier: Apache-2.0

//! Checks of a configuration before anything remote is asked: kinds, rows, unique keys in lists,
//! rules across attributes. An unknown value is never judged. The CLI has already checked types by
//! the schema, and that required attributes are written down.
//!
//! What a remote system holds already may be a text that a check refuses. Then it is at worst a warning
//! until it is changed, so that the object can be imported and written down. A validation knows no
//! state, so it only warns of such texts ([`validate_unseen`]), and the plan, which knows the state,
//! refuses what is new ([`refused`]). A validation right before a plan leaves them to it
//! ([`validate_before_plan`]).

use super::by_key::{partners, repetitions};
use super::gather::{UNLESS_HELD, gathered};
use super::said::Said;
use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::engine::phase::{attribute, attribute_near};
use crate::engine::{Config, ManagedResource, Rule, State};
use crate::schema::kind::Kind;
use crate::schema::{Attribute, Check, Configurability, Shape, Source, Table, Verdict};
use crate::value::{Object, Path, Trail, Value};

/// Everything that is wrong or odd with a configuration.
pub fn validate(table: &Table, rules: &[Rule], config: &Config) -> Diagnostics {
    Findings::judged(table, rules, config, None, Stage::Only)
}

/// Everything that is wrong or odd with the configuration of an object that nobody has looked at.
pub fn validate_unseen(resource: &ManagedResource, config: &Config) -> Diagnostics {
    Findings::judged(resource.table, resource.rules, config, None, Stage::Unseen)
}

/// The same without what the plan that follows says more exactly.
pub fn validate_before_plan(resource: &ManagedResource, config: &Config) -> Diagnostics {
    Findings::judged(resource.table, resource.rules, config, None, Stage::BeforePlan)
}

/// What [`validate_unseen`] only warned of, and the object does not have already.
pub fn refused(
    resource: &ManagedResource,
    prior: Option<&State>,
    config: &Config,
    planned: &Object,
    said: &Said<'_>,
) -> Diagnostics {
    let mut refused = Findings::judged(resource.table, &[], config, prior.map(State::object), Stage::Plan);
    for (rule, messages) in said.rules() {
        let stays = |name: &str| prior.is_some_and(|prior| prior.get(name) == attribute(planned, name));
        let was_said =
            |message| prior.is_some_and(|prior| (rule.judge)(prior.object()).iter().any(|other| other == message));
        for message in messages.iter() {
            let may_be_held = message.severity == Severity::Error && is_answered_at(resource.table, message);
            let is_held = || message.path.as_ref().and_then(Path::first).is_some_and(stays) && was_said(message);
            if may_be_held && !is_held() {
                refused.push(message.clone());
            }
        }
    }
    refused
}

/// How many errors, and how many warnings, are said about one attribute of a resource. A list may
/// have a hundred thousand elements that are wrong in the same way.
const MOST_FOR_ONE: usize = 25;

/// What can't be used with a CLI that does not know write-only attributes: it would store them.
pub fn without_write_only(table: &Table, config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for row in table.attributes {
        if row.configurability == Configurability::WriteOnly && !config.get(row.name).is_null() {
            let detail = format!(
                "`{}` is write-only, which this version of the CLI does not support. Remove it, or use Terraform \
                 1.11, OpenTofu 1.11 or a newer one.",
                row.name
            );
            diagnostics.push(Diagnostic::error("Write-only attribute", detail).at(Path::of(row.name)));
        }
    }
    diagnostics
}

/// When a configuration is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Once, and nothing comes after it.
    Only,
    /// Before the object is looked at: what it may have is a warning.
    Unseen,
    /// Right before the plan, which judges what the object may have.
    BeforePlan,
    /// When it has been: that, if it is new.
    Plan,
}

/// What was found so far.
struct Findings {
    said: Diagnostics,
    /// How much there is to say about each attribute, of which the first messages are in `said`.
    counts: BTreeMap<(Severity, Option<&'static str>), usize>,
    stage: Stage,
}

impl Findings {
    /// What is found in a configuration; `held` is what the remote system has.
    fn judged(table: &Table, rules: &[Rule], config: &Config, held: Option<&Object>, stage: Stage) -> Diagnostics {
        let mut findings = Self::new(stage);
        for (position, row) in table.rows_with_positions() {
            let of = |object| attribute_near(object, position, row.name);
            findings.row(row, of(config.object()), held.map(of), &Trail::Root.attribute(row.name));
        }
        for rule in rules {
            for message in (rule.judge)(config.object()).iter() {
                let root = message.path.as_ref().and_then(Path::first);
                findings.say(message.severity, root, is_answered_at(table, message), || message.clone());
            }
        }
        findings.told()
    }

    fn new(stage: Stage) -> Self {
        Self { said: Diagnostics::none(), counts: BTreeMap::new(), stage }
    }

    /// The messages. Errors about one attribute end with how many more there are, and so do warnings.
    fn told(self) -> Diagnostics {
        let mut told = gathered(&self.said);
        for ((severity, root), count) in self.counts.into_iter().filter(|(_, count)| *count > MOST_FOR_ONE) {
            let (more, at) = (count - MOST_FOR_ONE, root.map(Path::of).unwrap_or_default());
            let what = if severity == Severity::Error { "errors" } else { "warnings" };
            let detail = format!("`{at}`: {more} more {what} like those above are left out.");
            told.push(Diagnostic { severity, ..Diagnostic::warning("And more", detail).at(at) });
        }
        told
    }

    /// Adds a message of this severity about an attribute of the resource, or something in it. It is made only
    /// if it is shown. `answered`: whether an answer can hold what it is about.
    fn say(
        &mut self,
        severity: Severity,
        about: Option<&'static str>,
        answered: bool,
        message: impl FnOnce() -> Diagnostic,
    ) {
        let may_be_held = answered && severity == Severity::Error;
        match self.stage {
            Stage::Unseen if may_be_held => self.add(Severity::Warning, about, || {
                let message = message();
                let detail = format!("{} {UNLESS_HELD}", message.detail);
                let summary = format!("{}, unless the object has it already", message.summary);
                Diagnostic { severity: Severity::Warning, summary, detail, ..message }
            }),
            Stage::BeforePlan if may_be_held => {}
            Stage::Plan if !may_be_held => {}
            _ => self.add(severity, about, message),
        }
    }

    /// Adds an error that no answer can hold.
    fn refuse(&mut self, at: &Trail<'_>, summary: &str, detail: impl FnOnce() -> String) {
        self.say(Severity::Error, at.first(), false, || Diagnostic::error(summary, detail()).at(at.path()));
    }

    fn add(&mut self, severity: Severity, about: Option<&'static str>, message: impl FnOnce() -> Diagnostic) {
        let count = self.counts.entry((severity, about)).or_default();
        *count += 1;
        if *count <= MOST_FOR_ONE {
            self.said.push(message());
        }
    }

    /// Validates an attribute, null included: the CLI only checks that a required attribute is written
    /// down, and `null` counts as written. `held` is what the remote system has there.
    fn row(&mut self, row: &Attribute, value: &Value, held: Option<&Value>, at: &Trail<'_>) {
        if value.is_null() {
            if row.configurability == Configurability::Required {
                self.refuse(at, "Missing value", || format!("`{at}` is required, and it is null."));
            }
            return;
        }
        if !row.is_configurable() {
            // The CLIs leave this check to providers.
            let detail = || format!("`{}` is decided by the provider, so it can't be set. Remove it.", row.name);
            self.refuse(at, "Read-only attribute", detail);
            return;
        }
        if value.is_unknown() {
            return;
        }
        match row.shape {
            Shape::Leaf(kind) => {
                if held.is_some_and(|held| kind.same(held, value)) {
                    return;
                }
                if let Err(reason) = kind.check(value) {
                    let answered = is_answered(row) && kind.may_be_answered(value);
                    let reason = || quotable(row, with_objection(row, kind, value, reason));
                    self.say(Severity::Error, at.first(), answered, || refusal(at, &reason()));
                }
                // The CLI can't point into a set, so the path ends at the attribute and the reason
                // quotes the element.
                let held = held.and_then(Value::elements).unwrap_or_default();
                let held: BTreeSet<&str> = held.iter().filter_map(Value::as_str).collect();
                let texts = value.elements().unwrap_or(std::slice::from_ref(value)).iter().filter_map(Value::as_str);
                for text in texts.filter(|text| !held.contains(text)) {
                    row.checks.iter().for_each(|check| self.check(row, check, text, at));
                }
            }
            Shape::Object(table) => {
                if value.as_object().is_some_and(|object| object.values().all(Value::is_null)) {
                    self.say(Severity::Warning, at.first(), false, || sets_nothing(at));
                }
                self.object(table, value, held, at);
            }
            Shape::List(table) => self.list(row, table, value, held, at),
        }
    }

    fn object(&mut self, table: &Table, value: &Value, held: Option<&Value>, at: &Trail<'_>) {
        let Some(object) = value.as_object() else { return };
        let held = held.and_then(Value::as_object);
        for (position, row) in table.rows_with_positions() {
            let of = |object| attribute_near(object, position, row.name);
            self.row(row, of(object), held.map(of), &at.attribute(row.name));
        }
    }

    fn list(&mut self, row: &Attribute, table: &Table, value: &Value, held: Option<&Value>, at: &Trail<'_>) {
        let elements = value.elements().unwrap_or_default();
        let held = held.and_then(Value::elements).unwrap_or_default();
        let key_of = |element| key_of(table, element);
        let partners = partners(elements.iter().map(key_of), held.iter().map(key_of));
        let repeated = repetitions(elements.iter().map(key_of));
        for (index, ((element, repetition), partner)) in elements.iter().zip(repeated).zip(partners).enumerate() {
            let at = at.index(index);
            if element.is_null() {
                self.refuse(&at, "Invalid value", || {
                    format!("`{at}` is null. Leave the element out, or filter nulls with a `for` expression.")
                });
            }
            let held = partner.and_then(|position| held.get(position));
            self.object(table, element, held, &at);
            if let (Some(key), Some(text), None) = (table.key, repetition, held) {
                let at = at.attribute(key);
                self.say(Severity::Error, at.first(), is_answered(row), || repeated_key(&at, key, text));
            }
        }
    }

    fn check(&mut self, row: &Attribute, check: &Check, text: &str, at: &Trail<'_>) {
        match (check.judge)(text) {
            Verdict::Accept => {}
            Verdict::Warn(reason) => {
                let message = || Diagnostic::warning("Unusual value", format!("`{at}`: {reason}")).at(at.path());
                self.say(Severity::Warning, at.first(), false, message);
            }
            Verdict::Refuse(reason) if row.adopts => self.say(Severity::Error, at.first(), is_answered(row), || {
                refusal(at, &format!("{reason} Leave it out to create a new object."))
            }),
            Verdict::Refuse(reason) => self.say(Severity::Error, at.first(), is_answered(row), || refusal(at, &reason)),
            Verdict::Forbid(reason) => self.say(Severity::Error, at.first(), false, || refusal(at, &reason)),
        }
    }
}

fn repeated_key(at: &Trail<'_>, key: &str, text: &str) -> Diagnostic {
    let detail = format!(
        "`{at}`: {text:?} occurs more than once in this list. Each `{key}` may occur once: merge the elements."
    );
    Diagnostic::error("Duplicate element", detail).at(at.path())
}

/// What tells an element from its neighbours.
fn key_of<'a>(table: &Table, element: &'a Value) -> Option<&'a str> {
    attribute(element.as_object()?, table.key?).as_str()
}

/// The same of the attribute that a message is about.
fn is_answered_at(table: &Table, message: &Diagnostic) -> bool {
    let row = message.path.as_ref().and_then(Path::first).and_then(|name| table.attribute(name));
    row.is_some_and(is_answered)
}

/// Whether the remote system tells the value of an attribute that it may have got from elsewhere.
fn is_answered(row: &Attribute) -> bool {
    matches!(row.source, Source::Member { .. })
}

/// The CLIs drop what the schema of a nested attribute does not know, so a misspelled name never gets
/// here.
fn sets_nothing(at: &Trail<'_>) -> Diagnostic {
    let detail = format!(
        "`{at}` is there and sets nothing. Look for a misspelled name in it: the CLI drops those without a word. To \
         manage none of it, remove `{at}`."
    );
    Diagnostic::warning("Nothing is set", detail).at(at.path())
}

/// The whole path is in the text, since older CLIs point at no more than its first attribute.
fn refusal(at: &Trail<'_>, reason: &str) -> Diagnostic {
    Diagnostic::error("Invalid value", format!("`{at}`: {reason}")).at(at.path())
}

/// A kind's reason, and what the row says of the text that it suggests.
fn with_objection(row: &Attribute, kind: &dyn Kind, value: &Value, reason: String) -> String {
    let Some(instead) = kind.meant(value) else { return reason };
    let verdicts = row.checks.iter().map(|check| (check.judge)(&instead));
    let objection = verdicts.filter_map(|verdict| verdict.refusal().map(str::to_owned)).next();
    objection.map_or_else(|| reason.clone(), |more| format!("{reason} In that form, it is refused, too: {more}"))
}

/// A kind's reason, which may quote the value. The value of a sensitive attribute is not shown; the
/// checks of such a row never quote (`tests/it/tables.rs`).
fn quotable(row: &Attribute, reason: String) -> String {
    match row.sensitive {
        true => "It is not acceptable. It is sensitive, so it is not shown here.".to_owned(),
        false => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, config, number, object};
    use crate::schema::kind::DURATION;

    fn said(config: &Config) -> Vec<String> {
        let told = validate(BRANCH.table, BRANCH.rules, config);
        let at = |path: &Option<Path>| path.as_ref().map(ToString::to_string).unwrap_or_default();
        told.iter().map(|message| format!("{}: {}", at(&message.path), message.summary)).collect()
    }

    fn shelves<const N: usize>(names: [Value; N]) -> Value {
        Value::List(names.map(|name| Value::Object(object([("name", name)]))).to_vec())
    }

    #[test]
    fn many_warnings_hide_no_error_and_many_messages_end_with_their_number() {
        let message = |severity, index| {
            let at = Path::of("shelves").index(index).attribute("name");
            Diagnostic { severity, ..Diagnostic::warning("Odd", format!("{index}")).at(at) }
        };
        let mut findings = Findings::new(Stage::Only);
        let at = Some("shelves");
        let mut made = 0;
        for index in 0..30 {
            findings.say(Severity::Warning, at, false, || {
                made += 1;
                message(Severity::Warning, index)
            });
        }
        assert_eq!(made, MOST_FOR_ONE, "none is made that is not shown");
        findings.say(Severity::Error, at, false, || message(Severity::Error, 30));
        let told = findings.told();
        let errors: Vec<&Diagnostic> = told.iter().filter(|message| message.severity == Severity::Error).collect();
        assert_eq!(errors, [&message(Severity::Error, 30)]);
        let last = told.iter().last().unwrap();
        assert_eq!(told.iter().count(), 3);
        let first = told.iter().next().unwrap();
        assert_eq!((&first.path, first.detail.lines().count()), (&at.map(Path::of), MOST_FOR_ONE), "{first:?}");
        assert!(last.severity == Severity::Warning && last.detail.contains("5 more warnings"), "{last:?}");
    }

    #[test]
    fn what_a_kind_suggests_is_judged_by_the_row_too() {
        const SHORT: Check = Check {
            says: "",
            judge: |text| match text {
                "2 minutes" => Verdict::Refuse("\"2 minutes\" is too short.".to_owned()),
                _ => Verdict::Accept,
            },
        };
        let row = Attribute::optional("x", DURATION, "").json("x").checks(&[SHORT]);
        let written = |text: &str| format!("`x`: {text:?} is not how Descope writes a length of time.");
        for (text, advice) in [
            ("2m", " Write \"2 minutes\". In that form, it is refused, too: \"2 minutes\" is too short."),
            ("3m", " Write \"3 minutes\"."),
        ] {
            let mut findings = Findings::new(Stage::Only);
            findings.row(&row, &text.into(), None, &Trail::Root.attribute("x"));
            let told: Vec<String> = findings.told().iter().map(|message| message.detail.clone()).collect();
            assert_eq!(told, [format!("{}{advice}", written(text))]);
        }
    }

    #[test]
    fn kinds_rows_and_rules_are_checked_at_every_depth() {
        let closed = Value::Object(object([("open", false.into()), ("desks", number(3))]));
        for (config, expected) in [
            (config([("name", "Main".into())]), vec![]),
            (config([("name", Value::Null)]), vec!["name: Missing value"]),
            (config([("name", " ".into())]), vec!["name: Invalid value"]),
            (config([("name", "a".into()), ("page_url", "x".into())]), vec!["page_url: Read-only attribute"]),
            (config([("name", "a".into()), ("loan_period", "soon".into())]), vec!["loan_period: Invalid value"]),
            (config([("name", "a".into()), ("reading_room", closed)]), vec!["reading_room.desks: Invalid value"]),
            (
                config([("name", "a".into()), ("reading_room", Value::Object(object([("open", Value::Null)])))]),
                vec!["reading_room: Nothing is set"],
            ),
            (
                config([("name", "a".into()), ("reading_room", Value::Object(object([("open", Value::unknown())])))]),
                vec![],
            ),
            (
                config([("name", "a".into()), ("shelves", shelves(["x".into(), Value::Null, "x".into()]))]),
                vec!["shelves[1].name: Missing value", "shelves[2].name: Duplicate element"],
            ),
            (
                config([("name", "a".into()), ("shelves", Value::List(vec![Value::Null]))]),
                vec!["shelves[0]: Invalid value"],
            ),
        ] {
            assert_eq!(said(&config), expected, "{config:?}");
        }
    }

    /// What a validation that knows no state says, and what the plan then refuses.
    fn unseen_and_planned(config: &Config, prior: Option<&State>) -> (Vec<String>, Vec<String>) {
        let severities = |told: &Diagnostics| {
            let at = |path: &Option<Path>| path.as_ref().map(ToString::to_string).unwrap_or_default();
            told.iter().map(|message| format!("{:?} at {}", message.severity, at(&message.path))).collect()
        };
        let bench = crate::library::Bench::new();
        let memory = crate::engine::memory::Memory::default();
        let planned = crate::engine::steps::plan::plan(&BRANCH, prior, config, &memory, bench.connection());
        (
            severities(&validate_unseen(&BRANCH, config)),
            severities(&refused(&BRANCH, prior, config, &planned, &Said::of(&BRANCH, config))),
        )
    }

    /// A branch that holds what is refused at every depth.
    fn odd(more: &[(&'static str, Value)]) -> Config {
        let closed = Value::Object(object([("open", false.into()), ("desks", number(3))]));
        let mut odd = object([
            ("name", "Main".into()),
            ("loan_period", "3 months".into()),
            ("reading_room", closed),
            ("shelves", shelves(["x".into(), "a b".into()])),
        ]);
        odd.extend(more.iter().map(|(name, value)| (*name, value.clone())));
        Config::new(odd)
    }

    fn holding(config: &Config) -> State {
        let mut known = config.object().clone();
        known.extend(object([("id", "B1".into()), ("city", "Ulm".into())]));
        State::stub(BRANCH.table, known)
    }

    const ODD: [&str; 3] = ["loan_period", "shelves[1].name", "reading_room.desks"];

    #[test]
    fn what_an_object_may_hold_is_a_warning_until_a_plan_would_set_it() {
        let at = |severity: &str| ODD.map(|path| format!("{severity} at {path}")).to_vec();
        assert_eq!(unseen_and_planned(&odd(&[]), None), (at("Warning"), at("Error")), "a new object holds nothing");
        assert_eq!(unseen_and_planned(&odd(&[]), Some(&holding(&odd(&[])))), (at("Warning"), vec![]));
        let normal = holding(&config([("name", "Main".into()), ("loan_period", "1 week".into())]));
        assert_eq!(unseen_and_planned(&odd(&[]), Some(&normal)).1, at("Error"));
    }

    #[test]
    fn what_the_plan_judges_is_not_told_right_before_it() {
        let told = validate_before_plan(&BRANCH, &odd(&[]));
        assert_eq!(told, Diagnostics::none());
        let told = validate_before_plan(&BRANCH, &odd(&[("name", " ".into())]));
        assert!(told.has_errors(), "no branch can have it: {told:?}");
    }

    #[test]
    fn what_is_held_is_refused_again_when_it_is_changed() {
        let prior = holding(&odd(&[]));
        let refused = |name: &'static str, value: Value| unseen_and_planned(&odd(&[(name, value)]), Some(&prior)).1;
        let room = |desks: i64| Value::Object(object([("open", false.into()), ("desks", number(desks))]));
        assert_eq!(refused("loan_period", "4 months".into()), ["Error at loan_period"]);
        assert_eq!(refused("reading_room", room(4)), ["Error at reading_room.desks"]);
        assert_eq!(refused("shelves", shelves(["b c".into(), "a b".into()])), ["Error at shelves[0].name"]);
        assert_eq!(refused("shelves", shelves(["a b".into(), "x".into(), "y".into()])), Vec::<String>::new());
        assert_eq!(refused("motto", "Read".into()), Vec::<String>::new(), "something else changes");
    }

    #[test]
    fn everything_else_is_an_error_at_once() {
        for (name, value) in [
            ("name", Value::Null),
            ("name", " ".into()),
            ("founder", "<b>".into()),
            ("page_url", "x".into()),
            ("loan_period", "soon".into()),
            ("genres", Value::set([Value::Null])),
            ("shelves", Value::List(vec![Value::Null])),
        ] {
            let mut config = object([("name", "Main".into())]);
            config.insert(name, value);
            let config = Config::new(config);
            let told = validate_unseen(&BRANCH, &config);
            assert!(told.has_errors(), "{name}: {told:?}");
            // So the plan has nothing to add. (With `ignore_changes` it is given another configuration.)
            assert_eq!(unseen_and_planned(&config, None).1, Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn a_key_may_occur_as_often_as_the_object_has_it() {
        let keys = |names: &[&str]| {
            let shelf = |name: &&str| Value::Object(object([("name", (*name).into())]));
            Value::List(names.iter().map(shelf).collect())
        };
        let twice = odd(&[("shelves", keys(&["x", "y", "x"]))]);
        let planned =
            |prior: &Config, names| unseen_and_planned(&odd(&[("shelves", keys(names))]), Some(&holding(prior))).1;
        assert_eq!(unseen_and_planned(&twice, None).0[1], "Warning at shelves[2].name");
        assert_eq!(unseen_and_planned(&twice, None).1[1], "Error at shelves[2].name");
        assert_eq!(planned(&twice, &["x", "y", "x"]), Vec::<String>::new());
        assert_eq!(planned(&twice, &["y", "x", "z", "x"]), Vec::<String>::new());
        assert_eq!(planned(&twice, &["x", "x", "y", "x"]), ["Error at shelves[3].name"]);
        assert_eq!(planned(&twice, &["x", "y", "y", "x"]), ["Error at shelves[2].name"]);
    }

    #[test]
    fn thousands_of_messages_are_abridged_and_none_is_played_down() {
        let same = vec![Value::Object(object([("name", "x".into())])); 3_000];
        let told =
            validate(BRANCH.table, BRANCH.rules, &config([("name", " ".into()), ("shelves", Value::List(same))]));
        assert_eq!(told.iter().count(), 1 + MOST_FOR_ONE + 1);
        let last = told.iter().last().unwrap();
        assert_eq!((last.severity, &last.path), (Severity::Error, &Some(Path::of("shelves"))));
        assert!(last.detail.contains("`shelves`: 2974 more"), "{}", last.detail);
    }

    #[test]
    fn unknown_values_are_never_judged() {
        let shelves = Value::List(vec![Value::unknown(), Value::unknown()]);
        let unknown = config([("name", Value::unknown()), ("floors", Value::unknown()), ("shelves", shelves)]);
        assert_eq!(said(&unknown), Vec::<String>::new());
    }

    #[test]
    fn write_only_attributes_need_a_cli_that_knows_them() {
        let told = without_write_only(BOOK.table, &config([("donor", "Ann".into())]));
        assert_eq!(told.iter().next().unwrap().path, Some(Path::of("donor")));
        assert!(!without_write_only(BOOK.table, &config([("title", "Emma".into())])).has_errors());
    }
}
