// SPDX-License-Identifier: Apache-2.0

//! What a configuration manages, what it has ceased to manage, and what a new object lacks of the old
//! one. The CLI sends no earlier configuration, so what an apply managed is remembered beside the state
//! (`engine/memory.rs`).
//! Called when a change is planned, and when an apply ends.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::difference::show;
use super::members::blank;
use crate::diag::Diagnostic;
use crate::engine::managed_paths::ManagedPaths;
use crate::engine::phase::attribute;
use crate::engine::{Config, State};
use crate::schema::{Attribute, Configurability, Initially, Shape, Source, Table};
use crate::value::{Object, Trail, Value};

/// The attributes that a configuration manages, each as its path. A list is managed as a whole, so
/// nothing in it has a path of its own. What it says of the place in the provider's stead counts,
/// too: a destruction comes without a configuration.
pub fn managed(table: &Table, config: &Config) -> BTreeSet<String> {
    let is_written = |row: &&Attribute| row.is_from_provider() && !config.get(row.name).is_null();
    let mut managed: BTreeSet<String> = table.places().filter(is_written).map(|row| row.name.to_owned()).collect();
    walk(table, config.object(), &mut |_, path, value| {
        if !value.is_null() {
            managed.insert(path.to_string());
        }
    });
    managed
}

/// A warning that names what was managed and no longer is. That plans no change, so the CLI stores
/// nothing of such a plan: the next one can't know what this one said, and says it again, until a
/// change of the object is applied.
pub fn released(
    table: &Table,
    managed: &ManagedPaths,
    prior: &State,
    config: &Config,
    what: &str,
) -> Option<Diagnostic> {
    let (mut lines, mut nested) = (Vec::new(), false);
    let managed = LazyCell::new(|| managed.read());
    walk(table, config.object(), &mut |Visited { sensitive, .. }, path, value| {
        if value.is_null() && managed.contains(&path.to_string()) {
            nested |= path.to_string().contains('.');
            lines.push(match sensitive {
                true => format!("- `{path}` (sensitive, so it is not shown)"),
                false => format!("- `{path}`: {}", show(at(prior.object(), path))),
            });
        }
    });
    if lines.is_empty() {
        return None;
    }
    let misspelled = match nested {
        true => {
            "\nIf you removed nothing, look for a misspelled name inside an object: the CLI silently drops names that \
                 it doesn't know."
        }
        false => "",
    };
    let detail = format!(
        "The configuration no longer sets these attributes, so they are not managed here any more. \
         {what} keeps, unless it is replaced:\n{}\n\
         To clear one instead, set it to an empty value (`\"\"`, `false`, `[]`). Each plan repeats this warning \
         until a change of this resource is applied, since the CLI stores nothing of a plan without changes.{misspelled}",
        lines.join("\n")
    );
    // Without a path: there is no such line in the configuration.
    Some(Diagnostic::warning("No longer managed here", detail))
}

/// A warning that names what the object that replaces this one will lack, since the
/// configuration does not set it: the plan shows no more of it than "known after apply".
pub fn left_behind(table: &Table, prior: &State, config: &Config) -> Option<Diagnostic> {
    let (mut lost, mut made) = (Vec::new(), Vec::new());
    walk(table, config.object(), &mut |Visited { row, .. }, path, value| {
        if !value.is_null() {
            return;
        }
        let before = at(prior.object(), path);
        if before.is_null() {
            return;
        }
        match row.initially {
            Initially::Nothing if *before != blank(row) => lost.push(format!("`{path}`")),
            // Also if it is blank: the new object may have it on where this one has it off.
            Initially::Value(given) if *before != given.value() => lost.push(format!("`{path}`")),
            Initially::Made if *before != blank(row) => made.push(format!("`{path}`")),
            Initially::Nothing | Initially::Value(_) | Initially::Made => {}
        }
    });
    let mut told = Vec::new();
    if !lost.is_empty() {
        let keep = if lost.len() == 1 { "Set it to keep it." } else { "Set them to keep them." };
        told.push(format!("The new object starts without what is not managed here: {}. {keep}", lost.join(", ")));
    }
    if !made.is_empty() {
        let made = made.join(", ");
        told.push(format!("What is made for each object is made anew, unless the configuration sets it: {made}."));
    }
    (!told.is_empty()).then(|| Diagnostic::warning("Not carried over to the new object", told.join("\n")))
}

/// An attribute that is managed or not by itself.
#[derive(Clone, Copy)]
struct Visited<'a> {
    row: &'a Attribute,
    /// Whether it, or what it is in, is.
    sensitive: bool,
}

/// Visits each attribute that is managed or not by itself, with its path, and its value in the
/// configuration. What is not known yet is not null.
fn walk(table: &Table, config: &Object, visit: &mut impl FnMut(Visited<'_>, &Trail<'_>, &Value)) {
    nested(table, &|name| attribute(config, name), &Trail::Root, false, visit);
}

fn nested<'a>(
    table: &Table,
    config: &dyn Fn(&str) -> &'a Value,
    above: &Trail<'_>,
    hidden: bool,
    visit: &mut impl FnMut(Visited<'_>, &Trail<'_>, &Value),
) {
    for row in table.attributes.iter().filter(|row| may_be_left_out(row)) {
        let (path, value, sensitive) = (above.attribute(row.name), config(row.name), hidden || row.sensitive);
        match (row.shape, value) {
            (Shape::Object(table), Value::Object(config)) => {
                nested(table, &|name| attribute(config, name), &path, sensitive, visit);
            }
            // Null or unknown, and with it all that is in it.
            (Shape::Object(table), whole) => nested(table, &|_| whole, &path, sensitive, visit),
            (Shape::Leaf(_) | Shape::List(_), _) => visit(Visited { row, sensitive }, &path, value),
        }
    }
}

/// Whether it is the remote system's again if the configuration leaves it out.
fn may_be_left_out(row: &Attribute) -> bool {
    matches!(row.source, Source::Member { .. }) && row.configurability == Configurability::OptionalComputed
}

/// The value at a trail of attributes; null if there is none.
fn at<'a>(object: &'a Object, trail: &Trail<'_>) -> &'a Value {
    match trail {
        Trail::Attribute(Trail::Root, name) => attribute(object, name),
        Trail::Attribute(above, name) => {
            at(object, above).as_object().map_or(&Value::Null, |above| attribute(above, name))
        }
        Trail::Root | Trail::Index(..) => &Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, config, number, object};

    fn room(open: Value, desks: Value) -> Value {
        Value::Object(object([("open", open), ("desks", desks)]))
    }

    fn shelves(boards: Value) -> Value {
        Value::List(vec![Value::Object(object([("name", "a".into()), ("boards", boards)]))])
    }

    /// A branch as an apply of this configuration leaves it, and what is said of another one.
    fn said(before: &Config, after: &Config) -> Option<String> {
        let mut known = object([("id", "B1".into()), ("city", "Ulm".into())]);
        known.extend(before.object().iter().map(|(name, value)| (name, value.clone())));
        let prior = State::stub(BRANCH.table, known);
        released(BRANCH.table, &managed(BRANCH.table, before).into(), &prior, after, "branch B1")
            .map(|told| told.detail)
    }

    #[test]
    fn what_is_managed_is_what_the_remote_system_could_have_instead() {
        let all = config([
            ("name", "Main".into()),
            ("id", "B1".into()),
            ("city", "Ulm".into()),
            ("motto", "".into()),
            ("reading_room", room(false.into(), Value::Null)),
            ("shelves", shelves(number(3))),
            ("opened_by", "Ann".into()),
        ]);
        let expected = ["city", "motto", "reading_room.open", "shelves"].map(str::to_owned);
        assert_eq!(managed(BRANCH.table, &all), expected.into(), "and a place that is the provider's otherwise");
        let book = config([("deletion_protection", true.into()), ("author", "Austen".into())]);
        assert_eq!(managed(BOOK.table, &book), ["author".to_owned()].into(), "a local attribute is no one else's");
    }

    #[test]
    fn what_is_left_out_is_named_at_every_depth_with_what_stays() {
        let before = config([
            ("name", "Main".into()),
            ("motto", "Read".into()),
            ("floors", number(2)),
            ("reading_room", room(true.into(), number(3))),
            ("shelves", shelves(number(3))),
        ]);
        let one = config([
            ("name", "Main".into()),
            ("floors", number(2)),
            ("reading_room", room(true.into(), Value::Null)),
            ("shelves", shelves(number(3))),
        ]);
        let told = said(&before, &one).unwrap();
        assert!(
            told.contains(
                "branch B1 keeps, unless it is replaced:\n- `motto`: \"Read\"\n- `reading_room.desks`: 3\nTo clear"
            ),
            "{told}"
        );
        let told = said(&before, &config([("name", "North".into())])).unwrap();
        for line in ["- `floors`: 2\n", "- `reading_room.open`: true\n", "- `shelves`: [{ boards = 3, name"] {
            assert!(told.contains(line), "{line} is not in {told}");
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_managed_was_not_managed_or_is_not_known_yet() {
        let before = config([("name", "Main".into()), ("reading_room", room(true.into(), Value::Null))]);
        let unknown = config([("name", "Main".into()), ("reading_room", Value::unknown())]);
        let inside = config([("name", "Main".into()), ("reading_room", room(Value::unknown(), Value::Null))]);
        let more = config([("reading_room", room(false.into(), number(3))), ("motto", "Read".into())]);
        for after in [&before, &unknown, &inside, &more] {
            assert_eq!(said(&before, after), None, "{after:?}");
        }
        // What an element leaves out takes its default, which the plan shows.
        let (before, after) = (config([("shelves", shelves(number(3)))]), config([("shelves", shelves(Value::Null))]));
        assert_eq!(said(&before, &after), None);
    }

    #[test]
    fn a_new_object_lacks_what_the_old_one_has_and_the_configuration_leaves_out() {
        let lacks = |known: Object, config: &Config| {
            let told = left_behind(BRANCH.table, &State::stub(BRANCH.table, known), config)?;
            Some(told.detail)
        };
        let name = ("name", Value::from("Main"));
        let plain = object([("id", "B1".into()), name.clone(), ("motto", "".into()), ("floors", number(0))]);
        assert_eq!(lacks(plain, &config([name.clone()])), None, "blank values are not lost");
        // A new branch has an open room anyway.
        let open = object([("reading_room", room(true.into(), number(0)))]);
        assert_eq!(lacks(open, &config([name.clone()])), None);
        let rich = object([
            name.clone(),
            ("motto", "Read".into()),
            ("founder", "Ann".into()),
            ("reading_room", room(false.into(), number(3))),
            ("shelves", shelves(number(3))),
        ]);
        let set =
            config([name.clone(), ("founder", "Bo".into()), ("reading_room", room(Value::Null, Value::unknown()))]);
        assert_eq!(
            lacks(rich, &set).unwrap(),
            "The new object starts without what is not managed here: `motto`, `reading_room.open`, `shelves`. Set \
             them to keep them."
        );
        let one = object([name.clone(), ("founder", "Ann".into())]);
        let told = lacks(one, &config([name])).unwrap();
        assert!(told.ends_with("here: `founder`. Set it to keep it."), "{told}");
    }

    #[test]
    fn what_is_made_for_each_object_is_made_anew() {
        use crate::schema::kind::TEXT;
        static TABLE: Table =
            Table::of(&[Attribute::optional("page", TEXT, "The page.").json("page").initially_made()]);
        let prior = State::stub(&TABLE, object([("page", "https://x.example".into())]));
        let told = left_behind(&TABLE, &prior, &config([])).unwrap().detail;
        assert_eq!(told, "What is made for each object is made anew, unless the configuration sets it: `page`.");
        assert_eq!(left_behind(&TABLE, &prior, &config([("page", "https://y.example".into())])), None);
    }

    #[test]
    fn a_sensitive_value_is_not_shown() {
        use crate::schema::kind::TEXT;
        static SAFE: Table =
            Table::of(&[Attribute::optional("code", TEXT, "Opens it.").json("code").sensitive(), NOTE]);
        const NOTE: Attribute = Attribute::optional("note", TEXT, "About it.").json("note");
        static TABLE: Table = Table::of(&[Attribute::object("safe", &SAFE, "The safe.").json("safe").sensitive()]);
        let codes = object([("code", "1234".into()), ("note", "1234".into())]);
        for (table, known) in [(&SAFE, codes.clone()), (&TABLE, object([("safe", Value::Object(codes))]))] {
            let (prior, was) = (State::stub(table, known.clone()), managed(table, &Config::new(known)));
            let told = released(table, &was.into(), &prior, &Config::new(Object::new()), "it").unwrap().detail;
            assert!(told.contains("code` (sensitive, so it is not shown)"), "{told}");
            assert_eq!(told.contains("1234"), std::ptr::eq(table, &SAFE), "the note is shown unless all is hidden");
        }
    }
}
