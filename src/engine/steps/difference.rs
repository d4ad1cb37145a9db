// SPDX-License-Identifier: Apache-2.0

//! Values in messages, and how two of them differ, in few words: what was added to a list and what was removed, and
//! the place from which two long texts differ. Whole lists would bury that. Used by `conflict`, `deviations` and
//! others.

use std::collections::BTreeMap;

use crate::value::Value;

/// How many elements are named.
const MOST: usize = 5;

/// How two values differ. `key` is what tells the elements of a list of objects apart.
pub fn change(key: Option<&str>, from: &Value, to: &Value) -> String {
    parts(key, from, to).unwrap_or_else(|| {
        let [from, to] = excerpts([from, to]);
        format!("{from} becomes {to}")
    })
}

/// What was added to a list, a set or a map, removed from it, and changed in it. `None` if it is none, or if that is
/// not how the two differ.
pub fn parts(key: Option<&str>, from: &Value, to: &Value) -> Option<String> {
    let (from, to) = (elements(key, from)?, elements(key, to)?);
    let name = |((name, _), _): (&(String, usize), &&Value)| name.clone();
    let added = limited(to.iter().filter(|(place, _)| !from.contains_key(*place)).map(name));
    let removed = limited(from.iter().filter(|(place, _)| !to.contains_key(*place)).map(name));
    let differs = |(place, before): (&(String, usize), &&Value)| {
        let after = to.get(place).filter(|after| *after != before)?;
        Some(format!("{}{}", place.0, members(before, after)))
    };
    let changed = limited(from.iter().filter_map(differs));
    let told = [("added", added), ("removed", removed), ("changed", changed)];
    let told: Vec<String> = told.into_iter().filter_map(|(what, names)| Some(format!("{what} {}", names?))).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// Values as they are shown beside each other: long texts from where they differ.
pub fn excerpts<const N: usize>(values: [&Value; N]) -> [String; N] {
    const LONG: usize = 80;
    const KEPT: usize = 20;
    let texts = values.map(Value::as_str);
    let Some(first) = texts.first().copied().flatten() else { return values.map(show) };
    let same = |text: &str| first.chars().zip(text.chars()).take_while(|(a, b)| a == b).count();
    let common = texts.iter().map(|text| text.map_or(0, same)).min().unwrap_or_default();
    match texts.iter().flatten().any(|text| text.chars().count() > LONG) && common > 2 * KEPT {
        true => texts.map(|text| {
            let rest: String = text.unwrap_or_default().chars().skip(common - KEPT).collect();
            format!("…{}", show(&rest.as_str().into()))
        }),
        false => values.map(show),
    }
}

/// A value in a message, short.
pub fn show(value: &Value) -> String {
    const LONGEST: usize = 200;
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::Unknown(_) => "an unknown value".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::List(elements) | Value::Set(elements) => {
            format!("[{}]", elements.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => pairs(entries.iter().map(|(key, value)| (key.as_str(), value))),
        Value::Object(attributes) => pairs(attributes.iter().map(|(name, value)| (name as &str, value))),
    };
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text,
    }
}

fn pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a Value)>) -> String {
    let shown: Vec<String> = pairs.map(|(name, value)| format!("{name} = {}", show(value))).collect();
    format!("{{ {} }}", shown.join(", "))
}

/// Elements by what they are called; those of one name are counted. Nothing has none.
fn elements<'a>(key: Option<&str>, value: &'a Value) -> Option<BTreeMap<(String, usize), &'a Value>> {
    let named: Vec<(String, &Value)> = match value {
        Value::Null => Vec::new(),
        Value::Map(entries) => entries.iter().map(|(name, value)| (format!("{name:?}"), value)).collect(),
        Value::List(elements) | Value::Set(elements) => {
            let own = |element: &Value| {
                let key = key.and_then(|key| element.as_object()?.get(key)?.as_str());
                key.map_or_else(|| show(element), |key| format!("{key:?}"))
            };
            elements.iter().map(|element| (own(element), element)).collect()
        }
        _ => return None,
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut numbered = BTreeMap::new();
    for (name, value) in named {
        let count = counts.entry(name.clone()).or_default();
        numbered.insert((name, *count), value);
        *count += 1;
    }
    Some(numbered)
}

/// The names of the attributes in which two objects differ.
fn members(before: &Value, after: &Value) -> String {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return String::new() };
    let names = after.iter().filter(|(name, value)| before.get(name) != Some(*value)).map(|(name, _)| name.to_owned());
    limited(names).map(|names| format!(" ({names})")).unwrap_or_default()
}

fn limited(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    let named = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        count if count > MOST => Some(format!("{named} and {} more", count - MOST)),
        _ => Some(named),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{number, object};

    fn set<const N: usize>(texts: [&str; N]) -> Value {
        Value::set(texts.map(Value::from))
    }

    #[test]
    fn only_what_differs_of_a_collection_is_named() {
        assert_eq!(change(None, &set(["a", "b"]), &set(["b", "c"])), "added \"c\"; removed \"a\"");
        assert_eq!(change(None, &Value::Null, &set(["c"])), "added \"c\"");
        let many = Value::set((0..200).map(|index| format!("{index:03}").as_str().into()));
        let told = change(None, &set([]), &many);
        assert_eq!(told, "added \"000\", \"001\", \"002\", \"003\", \"004\" and 195 more");
        let map = |value: &str| Value::Map([("k".to_owned(), value.into())].into());
        assert_eq!(change(None, &map("a"), &map("b")), "changed \"k\"");
    }

    #[test]
    fn elements_with_a_key_are_called_by_it() {
        let shelf =
            |name: &str, boards: i64| Value::Object(object([("name", name.into()), ("boards", number(boards))]));
        let list =
            |shelves: &[(&str, i64)]| Value::List(shelves.iter().map(|(name, count)| shelf(name, *count)).collect());
        let (from, to) = (list(&[("a", 1), ("b", 1), ("c", 1)]), list(&[("c", 1), ("b", 2), ("d", 1)]));
        assert_eq!(change(Some("name"), &from, &to), "added \"d\"; removed \"a\"; changed \"b\" (boards)");
        let twice = list(&[("a", 1), ("a", 1)]);
        assert_eq!(change(Some("name"), &list(&[("a", 1)]), &twice), "added \"a\"");
        assert_eq!(change(None, &from, &list(&[("a", 1), ("b", 1)])), "removed { boards = 1, name = \"c\" }");
    }

    #[test]
    fn values_are_shown_short() {
        let nested = Value::Object(object([("a", Value::List(vec![number(1), true.into()])), ("b", Value::Null)]));
        assert_eq!(show(&nested), "{ a = [1, true], b = nothing }");
        assert_eq!(show(&"x".repeat(500).as_str().into()).chars().count(), 201);
        assert_eq!(show(&Value::unknown()), "an unknown value");
    }

    #[test]
    fn long_texts_are_shown_from_where_they_differ() {
        let long = |end: &str| Value::from(format!("{}{end}", "x".repeat(5_000)).as_str());
        let told = change(None, &long("a"), &long("b"));
        assert_eq!(told, format!("…\"{0}a\" becomes …\"{0}b\"", "x".repeat(20)));
        assert_eq!(change(None, &"a".into(), &"b".into()), "\"a\" becomes \"b\"");
        assert_eq!(change(None, &true.into(), &Value::Null), "true becomes nothing");
    }
}
