// SPDX-License-Identifier: Apache-2.0

//! What the log lines of one RPC have in common: the RPC, the type, and the object that it is about.
//! Made by `service` and `stream`, filled in by `decode`. If nothing is logged, nothing is
//! formatted.

use std::sync::atomic::{AtomicU64, Ordering};

use tracing::Span;
use tracing::field::Empty;

use crate::engine::Place;
use crate::engine::catalogue::Reads;
use crate::schema::{Configurability, IdentityPart, Table};
use crate::value::{Object, Type};

/// The span of an RPC that is about this type, or this function, if about any.
pub(super) fn span(rpc: &'static str, about: Option<&str>) -> Span {
    let (type_name, function) = if rpc == "CallFunction" { (None, about) } else { (about, None) };
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let request = REQUESTS.fetch_add(1, Ordering::Relaxed);
    // Warnings and errors need to be told apart, too.
    tracing::error_span!(
        "rpc",
        tf_rpc = rpc,
        tf_req_id = request,
        tf_resource_type = type_name,
        tf_function = function,
        place = Empty,
        id = Empty,
        name = Empty,
    )
}

/// Says which object the RPC is about, as far as these attributes tell. What they don't tell stays.
pub(super) fn about(table: &Table, object: &Object) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    let place = Place::of(table, object);
    let part = |which| {
        let of = table.identity().filter(move |row| row.identity == Some(which));
        of.filter_map(|row| Some(format!("{}={}", row.name, place.get(row.name)?))).collect::<Vec<_>>().join(" ")
    };
    for (field, parts) in [("place", part(IdentityPart::Place)), ("id", part(IdentityPart::Id))] {
        if !parts.is_empty() {
            span.record(field, parts.strip_prefix("id=").unwrap_or(&parts));
        }
    }
    if let Some(name) = name(table, object) {
        span.record("name", name);
    }
}

/// Says which object a look-up is about, as far as the attributes of its configuration, or of what it
/// found, tell. Others than its own finders are values that are not logged.
pub(super) fn about_look_up<T: ?Sized>(reads: &Reads<T>, object: &Object) {
    about(reads.table(), object);
    if let Reads::LookUp(found) = reads
        && let Some(name) = finder(found.table(), found.found_by, object)
    {
        Span::current().record("name", name);
    }
}

/// What a person calls the object: its first text that every configuration sets, and that is no part
/// of its identity.
fn name<'a>(table: &Table, object: &'a Object) -> Option<&'a str> {
    let mut rows = table.attributes.iter().filter(|row| {
        row.configurability == Configurability::Required && row.identity.is_none() && row.ty() == Type::String
    });
    rows.find(|row| !row.sensitive).and_then(|row| object.get(row.name)?.as_str())
}

/// What a title calls an object that has no id yet: its name in quotation marks, or the beginning of a long one.
pub(super) fn called(table: &Table, object: &Object) -> Option<String> {
    const LONGEST: usize = 40;
    let name = name(table, object).filter(|name| !name.trim().is_empty())?;
    match name.char_indices().nth(LONGEST) {
        Some((cut, _)) => Some(format!("\"{}…\"", name.get(..cut).unwrap_or_default())),
        None => Some(format!("\"{name}\"")),
    }
}

/// The text by which an object is looked for, unless that is its identity.
fn finder<'a>(table: &Table, found_by: &[&str], object: &'a Object) -> Option<&'a str> {
    let rows = found_by.iter().filter_map(|name| table.attribute(name));
    let mut rows = rows.filter(|row| row.identity.is_none() && row.ty() == Type::String && !row.sensitive);
    rows.find_map(|row| object.get(row.name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, object};

    #[test]
    fn an_object_is_called_by_a_text_that_is_no_secret() {
        let branch = object([("name", "Main".into()), ("id", "B4".into())]);
        assert_eq!(name(BRANCH.table, &branch), Some("Main"));
        assert_eq!(name(BOOK.table, &object([("title", "Emma".into()), ("branch_id", "B4".into())])), Some("Emma"));
        assert_eq!(name(BRANCH.table, &object([])), None);
    }

    #[test]
    fn a_title_has_the_beginning_of_a_name() {
        let named = |name: &str| called(BRANCH.table, &object([("name", name.into())]));
        assert_eq!(named("Main"), Some("\"Main\"".to_owned()));
        assert_eq!(named(&"x".repeat(500)), Some(format!("\"{}…\"", "x".repeat(40))));
        assert_eq!((named(" "), called(BRANCH.table, &object([("id", "B4".into())]))), (None, None));
    }

    #[test]
    fn what_is_looked_for_is_called_by_what_finds_it() {
        let both = object([("motto", "Read".into()), ("name", "Main".into()), ("id", "B4".into())]);
        assert_eq!(finder(BRANCH.table, &["id", "name"], &both), Some("Main"));
        assert_eq!(finder(BRANCH.table, &["id"], &both), None);
        assert_eq!(finder(BRANCH.table, &["name"], &object([])), None);
    }
}
