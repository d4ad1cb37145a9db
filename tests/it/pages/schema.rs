// SPDX-License-Identifier: Apache-2.0

//! The section of a page that lists attributes, nested ones after those that they are in.

use serde_json::Value as Json;

use crate::support::wire::tfplugin6::schema::{Attribute, object::NestingMode};

/// How a page divides attributes: a heading, and which ones stand below it.
type Division = (&'static str, fn(&Attribute) -> bool);

const DIVISIONS: [Division; 3] = [
    ("Required", |row| row.required),
    ("Optional", |row| row.optional),
    ("Read-Only", |row| !row.required && !row.optional),
];

/// The attributes of an entry.
pub fn section(attributes: &[Attribute]) -> String {
    let mut text = "## Schema\n".to_owned();
    divided(attributes, "", &mut text, |heading| format!("### {heading}"));
    nested(attributes, "", &mut text);
    text
}

fn divided(attributes: &[Attribute], at: &str, text: &mut String, heading: impl Fn(&str) -> String) {
    for (name, belongs) in DIVISIONS {
        let mut rows: Vec<&Attribute> = attributes.iter().filter(|row| belongs(row)).collect();
        if rows.is_empty() {
            continue;
        }
        rows.sort_by_key(|row| &row.name);
        text.push_str(&format!("\n{}\n\n", heading(name)));
        rows.iter().for_each(|row| text.push_str(&line(row, at)));
    }
}

fn line(row: &Attribute, at: &str) -> String {
    let mut words = vec![ty(row)];
    words.extend(row.sensitive.then(|| "Sensitive".to_owned()));
    words.extend(row.write_only.then(|| {
        "[Write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments)"
            .to_owned()
    }));
    let below = match row.nested_type {
        Some(_) => format!(" (see [below for nested schema](#{}))", anchor(&format!("{at}{}", row.name))),
        None => String::new(),
    };
    format!("- `{}` ({}) {}{below}\n", row.name, words.join(", "), paragraph(&row.description))
}

/// A description in one line of a list: its paragraphs follow each other.
fn paragraph(description: &str) -> String {
    description.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn nested(attributes: &[Attribute], at: &str, text: &mut String) {
    let mut rows: Vec<&Attribute> = attributes.iter().filter(|row| row.nested_type.is_some()).collect();
    rows.sort_by_key(|row| &row.name);
    for row in rows {
        let path = format!("{at}{}", row.name);
        text.push_str(&format!("\n<a id=\"{}\"></a>\n### Nested Schema for `{path}`\n", anchor(&path)));
        let inner = &row.nested_type.as_ref().unwrap().attributes;
        divided(inner, &format!("{path}."), text, |heading| format!("{heading}:"));
        nested(inner, &format!("{path}."), text);
    }
}

fn anchor(path: &str) -> String {
    format!("nestedatt--{}", path.replace('.', "--"))
}

fn ty(row: &Attribute) -> String {
    match row.nested_type.as_ref().map(|nested| nested.nesting()) {
        Some(NestingMode::List) => "Attributes List".to_owned(),
        Some(NestingMode::Set) => "Attributes Set".to_owned(),
        Some(NestingMode::Map) => "Attributes Map".to_owned(),
        Some(NestingMode::Single | NestingMode::Invalid) => "Attributes".to_owned(),
        None => type_name(&row.r#type),
    }
}

/// A type constraint in the words of the registries.
pub fn type_name(json: &[u8]) -> String {
    named(&serde_json::from_slice(json).unwrap())
}

fn named(ty: &Json) -> String {
    match ty {
        Json::String(name) => match name.as_str() {
            "bool" => "Boolean".to_owned(),
            "dynamic" => "Dynamic".to_owned(),
            other => format!("{}{}", other[..1].to_uppercase(), &other[1..]),
        },
        Json::Array(parts) => match (parts[0].as_str().unwrap(), &parts[1]) {
            ("object", Json::Object(_)) => "Object".to_owned(),
            (collection, element) => format!("{} of {}", named(&collection.into()), named(element)),
        },
        other => panic!("{other} is no type"),
    }
}

/// A type constraint as a signature has it.
pub fn in_signature(json: &[u8]) -> String {
    type_name(json).to_lowercase()
}
