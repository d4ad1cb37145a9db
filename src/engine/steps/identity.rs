// SPDX-License-Identifier: Apache-2.0

//! The identity of an object: the few attributes that tell it from all others. The CLI keeps it
//! beside the state and takes it for imports.

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Identity;
use crate::engine::{ManagedResource, Place};
use crate::schema::Table;
use crate::value::{Object, Value};

/// The version of the shape of identities. To be raised, with an upgrade, when the parts of one
/// change.
pub const VERSION: i64 = 0;

/// The identity of an object, `None` while a part of it is not known: an identity is whole or
/// absent.
pub fn of(table: &Table, object: &Object) -> Option<Value> {
    let place = Place::of(table, object);
    place.is_whole(table).then(|| Value::Object(place.object()))
}

/// The identity of an object as plain texts, for remembering it.
pub fn texts(table: &Table, object: &Object) -> Option<Identity> {
    let place = Place::of(table, object);
    place.is_whole(table).then(|| place.parts().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
}

/// Takes an import id apart that is nothing but the parts of an identity, joined by `/`. Parts that
/// the provider has a value for may be left out from the front.
pub fn parse(resource: &ManagedResource, id: &str) -> Result<Place, Diagnostics> {
    let names: Vec<&'static str> = resource.table.identity().map(|row| row.name).collect();
    let needed = resource.table.identity().filter(|row| !row.is_from_provider()).count();
    let texts: Vec<&str> = id.split('/').collect();
    let blank = texts.iter().any(|text| text.trim().is_empty());
    if blank || texts.len() < needed || texts.len() > names.len() {
        let form = names.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>().join("/");
        let detail =
            format!("{id:?} does not have the form {form}, where parts that the provider knows may be left out.");
        return Err(Diagnostic::error("Malformed import id", detail).into());
    }
    let given = names.iter().skip(names.len().saturating_sub(texts.len()));
    Ok(Place::new(given.copied().zip(texts.into_iter().map(str::to_owned))))
}

/// The part of an identity that can't be one, if there is such a part.
pub fn malformed<'a>(table: &Table, place: &'a Place) -> Option<(&'static str, &'a str)> {
    let refused = |name: &str, text: &str| {
        let checks = table.attribute(name).map(|row| row.checks).unwrap_or_default();
        checks.iter().any(|check| (check.judge)(text).refusal().is_some())
    };
    place.parts().find(|(name, text)| refused(name, text))
}

/// Refuses to ask for an object whose identity is not whole: without it, any object would count as
/// gone. Parts that the provider has a value for may be missing.
pub fn must_be_whole(table: &Table, place: &Place) -> Result<(), Diagnostics> {
    let Some(part) = place.missing(table) else { return Ok(()) };
    let detail = format!(
        "`{part}` is missing, and without it the object can't be told from others. Nothing was asked and nothing \
         changed. If the state lacks it, remove the object from the state with `state rm` and import it again."
    );
    Err(Diagnostic::error("Incomplete identity", detail).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, object};

    #[test]
    fn an_identity_is_whole_or_absent() {
        let whole =
            object([("id", "7".into()), ("branch_id", "B1".into()), ("city", "Ulm".into()), ("title", "x".into())]);
        let Some(Value::Object(parts)) = of(BOOK.table, &whole) else { panic!("no identity") };
        assert_eq!(parts.keys().collect::<Vec<_>>(), ["branch_id", "city", "id"]);
        assert_eq!(
            BOOK.table.identity_ty().constraint(),
            br#"["object",{"branch_id":"string","city":"string","id":"string"}]"#
        );
        for missing in ["id", "branch_id", "city"] {
            let mut half = whole.clone();
            half.insert(missing, Value::unknown());
            assert_eq!((of(BOOK.table, &half), texts(BOOK.table, &half)), (None, None), "{missing}");
        }
    }

    #[test]
    fn an_import_id_may_leave_out_what_the_provider_knows() {
        let parts = |id| parse(&BOOK, id).map(|place| place.object());
        assert_eq!(parts("B1/7"), Ok(object([("branch_id", "B1".into()), ("id", "7".into())])));
        assert_eq!(parts("Ulm/B1/7").unwrap().len(), 3);
        assert!(parts("7").is_err() && parts("a/b/c/d").is_err());
    }

    #[test]
    fn nothing_is_asked_of_half_an_identity() {
        let place = |parts: Object| Place::of(BOOK.table, &parts);
        let told = must_be_whole(BOOK.table, &place(object([("branch_id", "B1".into())]))).unwrap_err();
        assert!(told.iter().next().unwrap().detail.starts_with("`id` is missing"), "{told:?}");
        assert_eq!(must_be_whole(BOOK.table, &place(object([("branch_id", "B1".into()), ("id", "7".into())]))), Ok(()));
    }
}
