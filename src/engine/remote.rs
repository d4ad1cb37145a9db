//! Reading a remote object by a table: JSON members become an object's attributes. Every attribute that the API sends is read;
//! a member that is not of its described type is reported by its place in the answer and its attribute.

use crate::diag::{Diagnostic, Diagnostics};
use crate::raw::{RawObject, Unexpected};
use crate::schema::{Attribute, Shape, Table, Wire};
use crate::value::{Object, Path, Value};

/// A member of an answer that is not what the API's description says.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The attribute that it belongs to.
    pub path: Path,
    /// The member's key.
    pub key: &'static str,
    /// What was expected and found.
    pub unexpected: Unexpected,
}

/// Reads an object's attributes; those that no member holds are null, faulty ones are null and reported.
pub fn read(table: &Table, raw: &RawObject, at: &Path, faults: &mut Vec<Fault>) -> Object {
    let read_row = |row: &Attribute| (row.name.to_owned(), read_attribute(row, raw, &at.attribute(row.name), faults));
    table.attributes.iter().map(read_row).collect()
}

/// What a faulty answer is worth telling.
pub fn report(faults: &[Fault]) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    for Fault { path, key, unexpected } in faults {
        let detail = format!(
            "The member `{key}` of the answer is not what the API's description says: {unexpected}. Something between the \
             provider and the API may have changed the answer, or the API has changed; then a newer version of the provider is needed."
        );
        diagnostics.push(Diagnostic::error("The API's answer can't be understood", detail).at(path.clone()));
    }
    diagnostics
}

/// Reads one attribute of an object.
pub fn read_attribute(row: &Attribute, raw: &RawObject, at: &Path, faults: &mut Vec<Fault>) -> Value {
    let (key, also) = match row.wire {
        Wire::Field { key, also } => (key, also),
        Wire::Assigned(key) => (key, &[] as &[_]),
        Wire::Nowhere | Wire::Creation(_) | Wire::Template(_) => return Value::Null,
    };
    let value = locate(raw, key, also).and_then(|(holder, key)| match row.shape {
        Shape::Leaf(kind) => kind.take(key, &holder),
        Shape::Object(table) => Ok(read(table, &holder.object(key)?, at, faults).into()),
        Shape::List(table) => {
            let elements = holder.objects(key)?;
            let read_element = |(index, element)| read(table, element, &at.index(index), faults).into();
            Ok(Value::List(elements.iter().enumerate().map(read_element).collect()))
        }
    });
    value.unwrap_or_else(|unexpected| {
        faults.push(Fault { path: at.clone(), key, unexpected });
        Value::Null
    })
}

/// The object that holds a key, and the key's spelling in it: `/` steps into nested objects.
fn locate(raw: &RawObject, key: &'static str, also: &[&'static str]) -> Result<(RawObject, &'static str), Unexpected> {
    match key.split_once('/') {
        Some((outer, inner)) => locate(&raw.object(outer)?, inner, also),
        None => {
            let spelling = also.iter().find(|spelling| raw.get(key).is_none() && raw.get(spelling).is_some());
            Ok((raw.clone(), spelling.copied().unwrap_or(key)))
        }
    }
}
