// SPDX-License-Identifier: Apache-2.0

//! Which members that a table describes an answer has at all, whatever is in them. Lists may leave out what the
//! object has. Pure; called by `lifecycle/shared`.

use std::borrow::Cow;

use super::members::{blank, keys, read_attribute};
use crate::raw::RawView;
use crate::schema::{Shape, Table};
use crate::value::{Path, Trail};

/// What is handed each attribute with whether its member is there, and a way to find out whether it is blank.
type Found<'a> = &'a mut dyn FnMut(&Trail<'_>, bool, &dyn Fn() -> bool);

/// Where a member is.
enum Member<'v, 'a> {
    /// In this object, with this key.
    In(Cow<'v, RawView<'a>>, &'static str),
    /// In an object that is null.
    InNull,
    /// Nowhere.
    Nowhere,
}

/// The members that an object does not have, not even as null, by attribute. Of an object that is missing as a
/// whole, no members are named. Elements of lists are not looked at.
pub fn lacking(table: &Table, raw: &RawView<'_>) -> Vec<Path> {
    let mut lacking = Vec::new();
    look(table, raw, &Trail::Root, &mut |at, is_there, _| {
        if !is_there {
            lacking.push(at.path());
        }
    });
    lacking
}

/// The members that an object has although they are blank, by attribute.
pub fn blanks(table: &Table, raw: &RawView<'_>) -> Vec<Path> {
    let mut blanks = Vec::new();
    look(table, raw, &Trail::Root, &mut |at, is_there, is_blank| {
        if is_there && is_blank() {
            blanks.push(at.path());
        }
    });
    blanks
}

/// Hands on each member. Members of nested objects come in place of these.
fn look(table: &Table, raw: &RawView<'_>, at: &Trail<'_>, found: Found<'_>) {
    for row in table.attributes {
        let Some((key, also)) = keys(row) else { continue };
        let at = at.attribute(row.name);
        match (member(Cow::Borrowed(raw), key, also), row.shape) {
            (Member::Nowhere, _) => found(&at, false, &|| true),
            (Member::InNull, _) => found(&at, true, &|| true),
            (Member::In(holder, key), Shape::Object(table)) if holder.get(key).is_some() => {
                if let Ok(nested) = holder.object(key) {
                    look(table, &nested, &at, found);
                }
            }
            (Member::In(..), _) => {
                let is_blank = || read_attribute(row, raw, &Trail::Root, &mut Vec::new()) == blank(row);
                found(&at, true, &is_blank);
            }
        }
    }
}

/// Finds a member. `/` steps into nested objects.
fn member<'v, 'a>(raw: Cow<'v, RawView<'a>>, key: &'static str, also: &[&'static str]) -> Member<'v, 'a> {
    match key.split_once('/') {
        Some((outer, _)) if !raw.contains(outer) => Member::Nowhere,
        Some((outer, inner)) => match (raw.get(outer), raw.object(outer)) {
            (Some(_), Ok(nested)) => member(Cow::Owned(nested), inner, also),
            _ => Member::InNull,
        },
        None => match std::iter::once(&key).chain(also).find(|key| raw.contains(key)) {
            Some(key) => Member::In(raw, key),
            None => Member::Nowhere,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, raw};

    #[test]
    fn what_is_there_and_blank_is_named_at_every_depth() {
        let json = r#"{"id":"B1","name":"","founder":null,"building":{"floors":0},"readingRoom":{"open":false,
            "desks":3},"genres":["x"]}"#;
        let names = |paths: Vec<Path>| paths.iter().map(Path::to_string).collect::<Vec<_>>();
        assert_eq!(names(blanks(BRANCH.table, &raw(json).view())), ["name", "founder", "floors", "reading_room.open"]);
        assert_eq!(names(lacking(BRANCH.table, &raw(json).view())), ["motto", "loan_period", "labels", "shelves"]);
    }

    #[test]
    fn what_an_object_lacks_is_each_described_member_in_no_spelling() {
        let complete = |json: &str| lacking(BRANCH.table, &raw(json).view()).is_empty();
        let whole = r#"{"id":"B1","name":"x","slogan":"","founder":null,"loanPeriod":null,"building":{"floors":0},
            "labels":{},"genres":[],"readingRoom":{"open":false,"desks":0},"shelves":[{}],"more":1}"#;
        assert!(complete(whole));
        assert!(complete(&whole.replace(r#"{"open":false,"desks":0}"#, "null").replace(r#"{"floors":0}"#, "null")));
        for (member, without) in [
            (r#""founder":null,"#, ""),
            (r#""slogan":"","#, ""),
            (r#""floors":0"#, ""),
            (r#","desks":0"#, ""),
            (r#""genres":[],"#, ""),
        ] {
            assert!(whole.contains(member) && !complete(&whole.replace(member, without)), "{member}");
        }
    }
}
