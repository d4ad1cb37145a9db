// SPDX-License-Identifier: Apache-2.0

//! Reading a remote object by a table: JSON members become attributes. Every attribute that the API
//! sends is read; a member that is not of its described type is reported by its key and attribute.

use std::borrow::Cow;

use crate::diag::{Diagnostic, Diagnostics};
use crate::raw::{RawView, Unexpected};
use crate::schema::{Attribute, Shape, Source, Table};
use crate::value::{Object, Path, Trail, Value};

/// A member of an answer that is not what the API's description says.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// The attribute that it belongs to.
    pub path: Path,
    /// The member's key.
    pub key: &'static str,
    /// What was expected and found.
    pub unexpected: Unexpected,
}

/// Reads an object's attributes. Those that no member holds are null; misfits are null and
/// reported.
pub fn read(table: &Table, raw: &RawView<'_>, at: &Trail<'_>, misfits: &mut Vec<Misfit>) -> Object {
    table.object(|_, row| read_attribute(row, raw, &at.attribute(row.name), misfits))
}

/// What to report of the misfits in an answer about this object.
pub fn report(misfits: &[Misfit], object: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for Misfit { path, key, unexpected } in misfits {
        let detail = format!(
            "The member `{key}` of {object} is not what the API's description says: {unexpected}. Something \
             between the provider and the API may have changed the answer, or the API has changed; then a newer \
             version of the provider is needed."
        );
        diagnostics.push(Diagnostic::error("The API's answer can't be understood", detail).at(path.clone()));
    }
    diagnostics
}

/// Reads one attribute. A misfit is null and reported.
pub fn read_attribute(row: &Attribute, raw: &RawView<'_>, at: &Trail<'_>, misfits: &mut Vec<Misfit>) -> Value {
    let Some((key, also)) = keys(row) else { return Value::Null };
    read_member(row, raw, key, also, at, misfits).unwrap_or_else(|unexpected| {
        misfits.push(Misfit { path: at.path(), key, unexpected });
        Value::Null
    })
}

/// The key of the member that holds an attribute, and its other spellings.
pub fn keys(row: &Attribute) -> Option<(&'static str, &'static [&'static str])> {
    match row.source {
        Source::Member { key, also } => Some((key, also)),
        Source::Assigned { key } => Some((key, &[])),
        Source::Local
        | Source::CreationArgument { .. }
        | Source::ToldOnce
        | Source::Template(_)
        | Source::Provider(_) => None,
    }
}

/// What an answer without a member for this attribute would hold. Null for what no member holds,
/// and for what may be null.
pub fn blank(row: &Attribute) -> Value {
    read_attribute(row, &RawView::default(), &Trail::Root, &mut Vec::new())
}

fn read_member(
    row: &Attribute,
    raw: &RawView<'_>,
    key: &'static str,
    also: &[&'static str],
    at: &Trail<'_>,
    misfits: &mut Vec<Misfit>,
) -> Result<Value, Unexpected> {
    let (holder, key) = locate(Cow::Borrowed(raw), key, also)?;
    if row.nullable && holder.get(key).is_none() {
        return Ok(Value::Null);
    }
    Ok(match row.shape {
        Shape::Leaf(kind) => kind.take(key, &holder)?,
        Shape::Object(table) => read(table, &holder.object(key)?, at, misfits).into(),
        Shape::List(table) => {
            let elements = holder.objects(key)?;
            let read_element = |(index, element)| read(table, element, &at.index(index), misfits).into();
            Value::List(elements.iter().enumerate().map(read_element).collect())
        }
    })
}

/// The object that holds a key, and the key's spelling in it. `/` steps into nested objects.
fn locate<'v, 'a>(
    raw: Cow<'v, RawView<'a>>,
    key: &'static str,
    also: &[&'static str],
) -> Result<(Cow<'v, RawView<'a>>, &'static str), Unexpected> {
    match key.split_once('/') {
        Some((outer, inner)) => locate(Cow::Owned(raw.object(outer)?), inner, also),
        None => {
            let spelling = also.iter().find(|spelling| raw.get(key).is_none() && raw.get(spelling).is_some());
            Ok((raw, spelling.copied().unwrap_or(key)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, number, object, raw};

    fn taken(json: &str) -> (Object, Vec<String>) {
        let mut misfits = Vec::new();
        let object = read(BRANCH.table, &raw(json).view(), &Trail::Root, &mut misfits);
        (object, misfits.iter().map(|misfit| format!("{} {}", misfit.path, misfit.key)).collect())
    }

    #[test]
    fn members_are_read_at_their_keys_and_depths() {
        let (branch, misfits) = taken(
            r#"{"id":"B1","slogan":"Read","building":{"floors":"2"},"readingRoom":{"open":true},
                "shelves":[{"name":"a","boards":3}],"labels":{"k":"v"},"odd":1}"#,
        );
        assert_eq!(misfits, Vec::<String>::new());
        assert_eq!((&branch["id"], &branch["motto"], &branch["floors"]), (&"B1".into(), &"Read".into(), &number(2)));
        assert_eq!(branch["reading_room"], Value::Object(object([("open", true.into()), ("desks", number(0))])));
        let shelf = [("name", "a".into()), ("boards", number(3)), ("genres", Value::set([]))];
        assert_eq!(branch["shelves"], Value::List(vec![Value::Object(object(shelf))]));
        assert_eq!((&branch["page_url"], &branch["opened_by"]), (&Value::Null, &Value::Null));
    }

    /// What no row describes may be large, such as an image. There are many rows, and each of them
    /// looks at the object.
    #[test]
    fn what_no_row_describes_is_not_copied() {
        let branch = raw(&format!(r#"{{"name":"a","odd":"{}"}}"#, "x".repeat(1 << 20)));
        let used =
            allocation_counter::measure(|| drop(read(BRANCH.table, &branch.view(), &Trail::Root, &mut Vec::new())));
        assert!(used.bytes_total < 1 << 20, "{used:?}");
    }

    #[test]
    fn absent_members_are_blank_or_null_where_the_row_says_so() {
        for json in ["{}", r#"{"name":null,"founder":null,"shelves":null}"#] {
            let (branch, _) = taken(json);
            assert_eq!((&branch["name"], &branch["founder"]), (&"".into(), &Value::Null), "{json}");
            assert_eq!(branch["shelves"], Value::List(Vec::new()));
        }
        assert_eq!(taken(r#"{"founder":""}"#).0["founder"], "".into());
    }

    #[test]
    fn misfits_are_reported_with_attribute_and_key() {
        let (branch, misfits) =
            taken(r#"{"name":5,"building":[],"shelves":[{"name":"a"},{"name":[]}],"readingRoom":1}"#);
        assert_eq!(
            misfits,
            ["floors building/floors", "name name", "reading_room readingRoom", "shelves[1].name name"]
        );
        assert!(branch["name"].is_null() && branch["reading_room"].is_null());
        let misfit = Misfit {
            path: Path::of("name"),
            key: "name",
            unexpected: Unexpected { expected: "text", found: "a number".into() },
        };
        let told = report(&[misfit], "branch B1");
        let detail = &told.iter().next().unwrap().detail;
        assert!(detail.contains("`name` of branch B1") && detail.contains("expected text, found a number"), "{detail}");
    }
}
