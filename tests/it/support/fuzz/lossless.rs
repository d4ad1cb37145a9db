// SPDX-License-Identifier: Apache-2.0

//! Whether an update loses something: what the configuration does not set must go back as the text
//! that was received. Used by `operations`.

use indexmap::IndexMap;
use serde_json::value::RawValue;
use terraform_provider_descope::raw::{RawMembers, RawObject};
use terraform_provider_descope::schema::{Attribute, Shape, Source, Table};

use super::value::V;

type Members = IndexMap<String, Box<RawValue>>;

/// Panics if the body of an update changed a member that the configuration does not set.
pub fn check(table: &Table, config: &V, loaded: &RawObject, body: &RawObject) {
    let read = |object: &RawObject| members(&object.to_raw()).expect("an object");
    kept(table, config, &read(loaded), &read(body));
}

fn kept(table: &Table, config: &V, loaded: &Members, body: &Members) {
    for (key, text) in loaded {
        match table.attributes.iter().find(|row| owns(row, key)) {
            Some(row) if *config.get(row.name) != V::Null => {
                if let (Shape::Object(table), Some(loaded)) = (row.shape, members(text)) {
                    let body = body.get(key).and_then(|text| members(text)).expect("an object stays one");
                    kept(table, config.get(row.name), &loaded, &body);
                }
            }
            Some(row) if !is_unit(row, key) => same(key, held(row, loaded), held(row, body)),
            _ => same(key, Some(text.get()), body.get(key).map(|text| text.get())),
        }
    }
}

fn same(key: &str, loaded: Option<&str>, body: Option<&str>) {
    assert_eq!(loaded, body, "an update changed {key:?}");
}

/// Whether a row may write a member.
fn owns(row: &Attribute, key: &str) -> bool {
    let Source::Member { key: own, also } = row.source else { return false };
    outer(own) == key || also.contains(&key) || is_unit(row, key)
}

/// Whether a member may be the unit of a row's length of time.
fn is_unit(row: &Attribute, key: &str) -> bool {
    matches!(row.source, Source::Member { key: own, .. } if key.strip_suffix("Unit") == Some(own))
}

/// The text of a row's member by any of its spellings. Null counts as absent.
fn held<'a>(row: &Attribute, members: &'a Members) -> Option<&'a str> {
    let Source::Member { key, also } = row.source else { return None };
    let mut spellings = [outer(key)].into_iter().chain(also.iter().copied());
    spellings.find_map(|key| members.get(key).map(|text| text.get()).filter(|text| *text != "null"))
}

fn outer(key: &str) -> &str {
    key.split('/').next().unwrap_or(key)
}

/// The members by key, or by the text of a key that is not Unicode.
fn members(text: &RawValue) -> Option<Members> {
    let key = |key: &RawValue| serde_json::from_str(key.get()).unwrap_or_else(|_| key.get().to_owned());
    Some(RawMembers::of(text)?.iter().map(|(name, value)| (key(name), value.to_owned())).collect())
}
