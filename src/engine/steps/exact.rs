// SPDX-License-Identifier: Apache-2.0

//! Whether an object holds more than its creation asked for. Then somebody else made or changed it.

use super::members::blank;
use crate::engine::phase::attribute;
use crate::schema::{Attribute, Initially, Shape, Source, Table};
use crate::value::{Object, Value};

/// Whether an object holds anything that was not asked for, as far as the table describes it. What
/// the remote system makes itself is not counted: identities, texts in a form of its own, and what
/// it gives to every new object.
pub fn holds_more(table: &Table, asked: &Object, stored: &Object) -> bool {
    table.attributes.iter().any(|row| more(row, attribute(asked, row.name), attribute(stored, row.name)))
}

fn more(row: &Attribute, asked: &Value, stored: &Value) -> bool {
    if !matches!(row.source, Source::Member { .. }) {
        return false;
    }
    let is_blank = |value: &Value| value.is_null() || *value == blank(row);
    match (row.shape, asked, stored) {
        (Shape::Object(table), asked, Value::Object(stored)) => match asked.as_object() {
            Some(asked) => holds_more(table, asked, stored),
            None => holds_more(table, &Object::new(), stored),
        },
        (_, Value::Null, stored) => match row.initially {
            Initially::Nothing => !is_blank(stored),
            Initially::Value(given) => !is_blank(stored) && given.value() != *stored,
            Initially::Made => false,
        },
        // Two texts that differ may be one in two forms, but nothing has no other form.
        (_, asked, stored) => row.rewritten && is_blank(asked) && !is_blank(stored),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::steps::members;
    use crate::library::{BOOK, BRANCH, number, object, raw};
    use crate::value::Trail;

    fn more_than(asked: &[(&'static str, Value)], json: &str) -> bool {
        let table = if json.contains("title") { BOOK.table } else { BRANCH.table };
        let stored = members::read(table, &raw(json).view(), &Trail::Root, &mut Vec::new());
        let asked = asked.iter().cloned().collect();
        holds_more(table, &asked, &stored)
    }

    #[test]
    fn nothing_zero_and_empty_are_no_more_than_nothing() {
        let name = [("name", Value::from("Main"))];
        for json in [
            r#"{"name":"Main"}"#,
            r#"{"name":"Main","founder":null,"building":{"floors":0},"labels":{},"genres":[],"shelves":null}"#,
            r#"{"name":"Main","id":"B1","odd":{"more":1}}"#,
            r#"{"name":"Main","readingRoom":{"open":true,"desks":0}}"#,
        ] {
            assert!(!more_than(&name, json), "{json}");
        }
        let motto = |asked: &'static str| [("name", Value::from("Main")), ("motto", asked.into())];
        assert!(!more_than(&motto("Read"), r#"{"name":"Main","motto":"in a form of its own"}"#));
        assert!(more_than(&motto(""), r#"{"name":"Main","motto":"somebody's"}"#));
        assert!(!more_than(&[("title", "Emma".into())], r#"{"title":"Emma","edition":7}"#), "it is assigned");
    }

    #[test]
    fn everything_else_that_was_not_asked_for_is_more() {
        let room = |desks| Value::Object(object([("desks", number(desks))]));
        let asked = [("name", Value::from("Main")), ("reading_room", room(3))];
        assert!(!more_than(&asked, r#"{"name":"Main","readingRoom":{"desks":3}}"#));
        for json in [
            r#"{"name":"Main","founder":"Ann"}"#,
            r#"{"name":"Main","motto":"somebody's"}"#,
            r#"{"name":"Main","building":{"floors":1}}"#,
            r#"{"name":"Main","labels":{"a":"b"}}"#,
            r#"{"name":"Main","genres":["a"]}"#,
            r#"{"name":"Main","shelves":[{"name":"a"}]}"#,
            r#"{"name":"Main","loanPeriod":7,"loanPeriodUnit":"days"}"#,
        ] {
            assert!(more_than(&asked, json), "{json}");
        }
        assert!(more_than(&asked[..1], r#"{"name":"Main","readingRoom":{"open":true,"desks":3}}"#));
    }
}
