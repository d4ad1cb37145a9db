// SPDX-License-Identifier: Apache-2.0

//! Every description of an attribute is composed here, from what its row says (that of a whole entry is
//! in `engine`). Called by `protocol` for schemas and by `engine` for entries that are derived from
//! others.

use super::source::{Literal, Source};
use super::table::{Attribute, Configurability, Initially, Shape, Table};
use crate::value::Type;

/// What a rule across attributes says of one of them: its dotted path, and a sentence.
pub type Saying = (&'static str, &'static str);

/// What descriptions need to know about the entry that a table belongs to.
pub struct Entry<'a> {
    /// Whether its objects are managed, so that it matters what is left out, cleared and changed.
    pub managed: bool,
    /// What its rules say of the rows of this table.
    pub sayings: Vec<&'a Saying>,
    /// Where the table is in the entry: the dotted path of the nested attribute, ended by a dot.
    pub at: String,
}

// === impl Entry ===

impl<'a> Entry<'a> {
    /// An entry that is described from its top.
    pub fn new(managed: bool, sayings: &'a [Saying]) -> Self {
        Self { managed, sayings: sayings.iter().collect(), at: String::new() }
    }

    /// The same entry, at the table of a nested attribute.
    #[must_use]
    pub fn nested(&self, row: &Attribute) -> Self {
        Self { managed: self.managed, sayings: self.sayings.clone(), at: format!("{}{}.", self.at, row.name) }
    }

    /// The whole description of an attribute: what it is, what its kind, its checks and rules across
    /// attributes ask of a value, its default, and what leaving it out or changing it does.
    pub fn description(&self, row: &Attribute) -> String {
        let mut text = row.docs.to_owned();
        let mut add = |sentence: &str| {
            if !sentence.is_empty() && !text.contains(sentence) {
                text.push(' ');
                text.push_str(sentence);
            }
        };
        if row.is_configurable() {
            if let Shape::Leaf(kind) = row.shape {
                add(kind.says());
            }
            if let Shape::List(Table { key: Some(key), .. }) = row.shape {
                add(&format!("Each `{key}` may occur once."));
            }
            // Without such an attribute, a misspelled name leaves out one that is required.
            if let Shape::List(table) = row.shape
                && table.attributes.iter().any(|row| row.configurability != Configurability::Required)
            {
                add("The CLI silently ignores unknown names in an entry, so check the spelling.");
            }
            row.checks.iter().for_each(|check| add(check.says));
            for (at, says) in &self.sayings {
                if at.strip_prefix(&self.at) == Some(row.name) {
                    add(says);
                }
            }
        }
        if let Some(default) = row.default {
            add(&format!("Default: `{}`.", shown(default)));
        }
        if self.managed {
            add(&if_left_out(row));
            add(&if_changed(row));
        }
        text
    }
}

/// What happens to a managed object's attribute that a configuration leaves out, and how to clear it.
fn if_left_out(row: &Attribute) -> String {
    let is_kept = row.configurability == Configurability::OptionalComputed
        && matches!(row.source, Source::Member { .. })
        && row.default.is_none();
    if !is_kept {
        return String::new();
    }
    let mut text = "Not managed if left out".to_owned();
    match (row.shape, clearing(row)) {
        (Shape::Object(_), _) => text.push_str(", and neither is an attribute that is left out in it"),
        (Shape::List(_), _) => text.push_str("; written as a whole otherwise, so that `[]` removes all"),
        (Shape::Leaf(_), Some(blank)) => text.push_str(&format!("; `{blank}` clears it")),
        (Shape::Leaf(_), None) => {}
    }
    text.push('.');
    match row.initially {
        Initially::Nothing => {}
        Initially::Value(initial) => text.push_str(&format!(" A new object may then have `{}`.", shown(initial))),
        Initially::Made => text.push_str(" A new object may then get one that is made for it."),
    }
    text
}

/// The value that clears a leaf, if it has one that says so and its checks accept it.
fn clearing(row: &Attribute) -> Option<&'static str> {
    let Shape::Leaf(kind) = row.shape else { return None };
    let is_fine = kind.check(&kind.blank()).is_ok();
    match kind.ty() {
        Type::String if is_fine => {
            row.checks.iter().all(|check| (check.judge)("").refusal().is_none()).then_some("\"\"")
        }
        Type::Set(_) if is_fine => Some("[]"),
        Type::Map(_) if is_fine => Some("{}"),
        _ => None,
    }
}

/// What a change of a managed object's attribute does, unless it is an update like any other.
fn if_changed(row: &Attribute) -> String {
    match row.source {
        Source::CreationArgument { .. } => "It counts only when the object is created, so changing it later does \
                                            nothing. Write-only: neither plan nor state store it, and only its \
                                            fingerprint (SHA-256) is in the state, among the private data. CLIs before \
                                            Terraform 1.11 and OpenTofu 1.11 can't set it."
            .to_owned(),
        _ if row.replaces => "Changing it replaces the object: the old one is destroyed, and the new one starts \
                              without what is not managed here."
            .to_owned(),
        _ if row.rewritten => {
            "The API may store it at another URL or in another form, which is not reported as drift.".to_owned()
        }
        _ if !row.renewed_by.is_empty() => format!("Renewed by a change of {}.", alternatives(row.renewed_by)),
        _ => String::new(),
    }
}

/// The row of a place in an entry that looks for objects there. `purpose` ends the description.
pub fn place(row: &Attribute, purpose: &str) -> &'static str {
    let default = match row.source {
        Source::Provider(setting) => format!(" If left out, it is the provider's `{setting}`."),
        _ => String::new(),
    };
    format!("{}{purpose}{default}", summary(row)).leak()
}

/// What an attribute is: the first sentence about it. The others are about managing it.
pub fn summary(row: &Attribute) -> &'static str {
    let docs = row.docs;
    docs.split_once(". ").and_then(|(first, _)| docs.get(..=first.len())).unwrap_or(docs)
}

/// Names of attributes as a sentence lists them: "`id` or `name`".
pub fn alternatives(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

fn shown(literal: Literal) -> String {
    match literal {
        Literal::Text(text) => format!("{text:?}"),
        Literal::Flag(flag) => flag.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Texts(texts) => format!("{texts:?}"),
        Literal::Pairs([]) => "{}".to_owned(),
        Literal::Pairs(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(key, text)| format!("{key} = {text:?}")).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Check;
    use crate::schema::Verdict;
    use crate::schema::check::NOT_BLANK;
    use crate::schema::kind::{DURATION, FLAG, TEXT, TEXT_MAP, TEXT_SET};

    fn description(row: &Attribute) -> String {
        Entry::new(false, &[]).description(row)
    }

    fn managed(row: &Attribute) -> String {
        Entry::new(true, &[]).description(row)
    }

    const SHORT: Check = Check { says: "At most 3 letters.", judge: |_| Verdict::Accept };

    #[test]
    fn checks_and_defaults_are_described() {
        let row = Attribute::optional("x", TEXT, "A word. Set it.").checks(&[SHORT]);
        assert_eq!(description(&row), "A word. Set it. At most 3 letters.");
        assert_eq!(summary(&row), "A word.");
        let row = Attribute::local("x", FLAG, "A switch.").or(Literal::Flag(false));
        assert_eq!(description(&row), "A switch. Default: `false`.");
        let row = Attribute::computed("x", TEXT, "A word.").checks(&[SHORT]);
        assert_eq!(description(&row), "A word.", "nobody sets it, so no rule concerns the reader");
    }

    #[test]
    fn rules_are_described_at_the_attributes_that_they_concern() {
        const SAYINGS: [Saying; 2] = [("room.x", "At most `y`."), ("x", "Excludes `z`.")];
        static ROOM: Table = Table::of(&[]);
        let (row, room) = (Attribute::local("x", TEXT, "A word."), Attribute::object("room", &ROOM, "A room."));
        let entry = Entry::new(false, &SAYINGS);
        assert_eq!(entry.description(&row), "A word. Excludes `z`.");
        assert_eq!(entry.nested(&room).description(&row), "A word. At most `y`.");
        let computed = Attribute::computed("x", TEXT, "A word.");
        assert_eq!(entry.description(&computed), "A word.");
    }

    #[test]
    fn what_leaving_out_clearing_and_changing_do_is_described() {
        static ELEMENTS: Table = Table::elements("name", &[Attribute::required("name", TEXT, "Its name.")]);
        const NOTE: Attribute = Attribute::defaulted("note", TEXT, Literal::Text(""), "About it.");
        static NOTED: Table = Table::elements("name", &[Attribute::required("name", TEXT, "Its name."), NOTE]);
        let text = Attribute::optional("x", TEXT, "A word.").json("x");
        let flag = Attribute::optional("x", FLAG, "A switch.").json("x");
        for (row, expected) in [
            (text, "A word. Not managed if left out; `\"\"` clears it."),
            (text.checks(&[NOT_BLANK]), "A word. Must not be blank. Not managed if left out."),
            (
                text.rewritten(),
                "A word. Not managed if left out; `\"\"` clears it. The API may store it at another URL or in \
                 another form, which is not reported as drift.",
            ),
            (flag, "A switch. Not managed if left out."),
            (
                flag.initially(Literal::Flag(true)),
                "A switch. Not managed if left out. A new object may then have `true`.",
            ),
            (Attribute::optional("x", TEXT_SET, "Words.").json("x"), "Words. Not managed if left out; `[]` clears it."),
            (Attribute::optional("x", TEXT_MAP, "Words.").json("x"), "Words. Not managed if left out; `{}` clears it."),
            (
                Attribute::object("x", &ELEMENTS, "A room.").json("x"),
                "A room. Not managed if left out, and neither is an attribute that is left out in it.",
            ),
            (
                Attribute::list("x", &ELEMENTS, "Rooms.").json("x"),
                "Rooms. Each `name` may occur once. Not managed if left out; written as a whole otherwise, so that \
                 `[]` removes all.",
            ),
            (
                Attribute::list("x", &NOTED, "Rooms.").json("x"),
                "Rooms. Each `name` may occur once. The CLI silently ignores unknown names in an entry, so check the \
                 spelling. Not managed if left out; written as a whole otherwise, so that \
                 `[]` removes all.",
            ),
            (Attribute::required("x", TEXT, "A word.").json("x"), "A word."),
            (
                Attribute::required("x", TEXT, "A word.").replaces(),
                "A word. Changing it replaces the object: the old one is destroyed, and the new one starts without \
                 what is not managed here.",
            ),
            (Attribute::computed("x", TEXT, "A word.").renewed_by(&["y"]), "A word. Renewed by a change of `y`."),
        ] {
            assert_eq!(managed(&row), expected);
        }
        assert_eq!(description(&text), "A word.", "an entry without managed objects keeps nothing");
        let duration = managed(&Attribute::optional("x", DURATION, "A while.").json("x"));
        assert!(
            duration.ends_with("such as `\"10 minutes\"`. Not managed if left out; `\"\"` clears it."),
            "{duration}"
        );
        let argument = managed(&Attribute::creation_argument("x", TEXT, "x", "A word."));
        assert!(argument.contains("only when the object is created") && argument.contains("Write-only"), "{argument}");
        assert!(argument.contains("fingerprint (SHA-256) is in the state, among the private data"), "{argument}");
    }

    #[test]
    fn a_place_says_what_it_is_where_it_is_left_out() {
        let row = Attribute::optional("x", TEXT, "A place. Choose it.");
        assert_eq!(place(&row, ""), "A place.");
        assert_eq!(
            place(&row.from_provider("y"), " Look there."),
            "A place. Look there. If left out, it is the provider's `y`."
        );
    }

    #[test]
    fn alternatives_read_as_a_sentence() {
        assert_eq!(alternatives(&["id", "name"]), "`id` or `name`");
        assert_eq!(shown(Literal::Pairs(&[("a", "b")])), r#"{ a = "b" }"#);
    }
}
