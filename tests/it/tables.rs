// SPDX-License-Identifier: Apache-2.0

//! What must hold for every row of every table, so that one more attribute needs no test of its own for it.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use terraform_provider_descope::engine::{ManagedResource, Provider};
use terraform_provider_descope::provider::{Descope, Environment};
use terraform_provider_descope::raw::RawObject;
use terraform_provider_descope::schema::{Attribute, Configurability, Shape, Source, Table, Verdict};
use terraform_provider_descope::value::{Type, Value};

use crate::support::api::{Api, FILE};

fn resources() -> &'static [&'static ManagedResource] {
    Descope::new(Environment::default()).catalogue().resources
}

/// Calls `visit` with each row, its table and its dotted path.
fn walk(table: &'static Table, at: &str, visit: &mut dyn FnMut(&'static Attribute, &'static Table, &str)) {
    for row in table.attributes {
        let path = if at.is_empty() { row.name.to_owned() } else { format!("{at}.{}", row.name) };
        visit(row, table, &path);
        if let Shape::Object(nested) | Shape::List(nested) = row.shape {
            walk(nested, &path, visit);
        }
    }
}

fn every_row(visit: &mut dyn FnMut(&'static Attribute, &'static Table, &str)) {
    walk(Descope::new(Environment::default()).catalogue().table, "provider", visit);
    resources().iter().for_each(|resource| walk(resource.table, resource.type_name, visit));
}

#[test]
fn names_are_well_formed_and_unique() {
    const RESERVED: [&str; 9] =
        ["count", "for_each", "provider", "lifecycle", "depends_on", "connection", "provisioner", "alias", "version"];
    let mut seen = BTreeSet::new();
    every_row(&mut |row, _, path| {
        assert!(row.name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')), "{path}");
        assert!(!RESERVED.contains(&row.name), "{path} is a word of the configuration language");
        assert!(seen.insert(path.to_owned()), "{path} occurs twice");
    });
}

#[test]
fn docs_are_sentences() {
    every_row(&mut |row, _, path| {
        assert!(row.docs.len() >= 15 && row.docs.ends_with('.'), "{path}: {:?}", row.docs);
        assert!(row.docs.starts_with(|c: char| c.is_uppercase()), "{path}: {:?}", row.docs);
    });
}

#[test]
fn defaults_stand_in_elements_only_and_pass_their_own_checks() {
    every_row(&mut |row, table, path| {
        match (row.default, row.configurability) {
            (Some(default), _) => {
                assert!(
                    table.key.is_some() || row.source == Source::Local,
                    "{path}: a default outside a list's element would write what nobody asked for"
                );
                let Shape::Leaf(kind) = row.shape else { panic!("{path}: only a leaf has a default") };
                let value = default.value();
                assert_eq!(kind.check(&value), Ok(()), "{path}");
                let texts = value.elements().unwrap_or(std::slice::from_ref(&value)).iter().filter_map(Value::as_str);
                texts.for_each(|text| {
                    row.checks.iter().for_each(|check| assert_eq!((check.judge)(text), Verdict::Accept, "{path}"))
                });
            }
            // An element is written whole, so each of its attributes has a value: the configuration's or a default.
            (None, Configurability::Required) => {}
            (None, _) => assert!(table.key.is_none(), "{path}"),
        }
    });
}

#[test]
fn the_key_of_an_element_is_a_required_row_of_it() {
    every_row(&mut |_, table, path| {
        if let Some(key) = table.key {
            assert!(
                matches!(table.attribute(key).map(|row| row.configurability), Some(Configurability::Required)),
                "{path}: {key}"
            );
        }
    });
}

/// What only a creation carries is laid into the body's top level, and remembered as a digest,
/// which is not good enough for a secret.
#[test]
fn arguments_of_a_creation_stand_at_the_top_and_are_no_secrets() {
    every_row(&mut |row, table, path| {
        let argument = matches!(row.source, Source::CreationArgument { .. });
        let write_only = row.configurability == Configurability::WriteOnly;
        if argument || write_only {
            assert!(argument && write_only, "{path}");
            assert!(resources().iter().any(|resource| std::ptr::eq(resource.table, table)), "{path}");
            assert!(!row.sensitive, "{path}");
        }
    });
}

#[test]
fn templates_build_on_rows_above_them() {
    for resource in resources() {
        let mut known: Vec<&str> = vec!["provider.base_url", "provider.project_id"];
        for row in resource.table.attributes {
            if let Source::Template(template) = row.source {
                for part in template.split('{').skip(1).map(|part| part.split('}').next().unwrap()) {
                    assert!(known.contains(&part), "{}.{}: {{{part}}}", resource.type_name, row.name);
                }
            }
            known.push(row.name);
        }
    }
}

/// That an object is not found proves nothing if it was looked for at another address than before. The
/// engine notices that by an attribute that contains the address.
#[test]
fn every_resource_remembers_the_address_of_the_api() {
    for resource in resources() {
        let names_it = |template: &str| template.contains("{provider.base_url}");
        let has_address = |row: &Attribute| matches!(row.source, Source::Template(template) if names_it(template));
        assert!(
            resource.table.attributes.iter().any(has_address),
            "{}: give it a computed attribute whose template contains {{provider.base_url}}",
            resource.type_name
        );
    }
}

/// The messages of each resource: the object, and the request that creates one.
const MESSAGES: &[(&str, &str, &str)] = &[("descope_mcp_server", "McpServer", "CreateMcpServerRequest")];

/// The gateway drops a key that it does not know without an error, so a misspelt one must not pass
/// here. And a field that the API has must not be forgotten.
#[test]
fn keys_are_the_apis() {
    let (api, mut wrong) = (Api::described(), Vec::new());
    for resource in resources() {
        let name = resource.type_name;
        let Some((_, object, creation)) = MESSAGES.iter().find(|(resource, ..)| *resource == name) else {
            panic!("Add {name} to MESSAGES in tests/it/tables.rs, with its messages in {FILE}.");
        };
        let mut covered = BTreeSet::new();
        keys(resource.table, name, "", &mut |row, path, key, written| {
            let messages = match row.source {
                Source::CreationArgument { .. } => &[creation][..],
                Source::Assigned { .. } => &[object],
                _ => &[object, creation],
            };
            for message in messages {
                covered.insert((message.to_string(), key.to_owned()));
                let problem = match api.resolve(message, key) {
                    None => format!("{message} has no such field"),
                    Some(ty) if !ty.takes(written) => {
                        format!("in {message} it is {ty:?}, which does not take {written}")
                    }
                    Some(_) => continue,
                };
                wrong.push(format!(
                    "The attribute {path} has the key {key}, but {problem}. Correct the attribute's row, or {FILE} if \
                     Descope's API reference disagrees with it."
                ));
            }
        });
        for message in [object, creation] {
            let fields = api.values(message).into_iter().map(|key| (message.to_string(), key));
            wrong.extend(fields.filter(|field| !covered.contains(field)).map(|(message, key)| {
                format!(
                    "{message} has the field {key}, but no attribute of {name} has that key. Add a row to the \
                     resource's table, or remove the field from {FILE} if Descope's API reference does not have it."
                )
            }));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Calls `visit` with each row that has a key, its dotted path, each key that it writes, and a sample
/// of what it writes there.
fn keys(table: &'static Table, path: &str, at: &str, visit: &mut dyn FnMut(&Attribute, &str, &str, &Json)) {
    for row in table.attributes {
        let (Source::Member { key, .. } | Source::Assigned { key } | Source::CreationArgument { key }) = row.source
        else {
            continue;
        };
        let (path, key) = (format!("{path}.{}", row.name), format!("{at}{}", key.replace('/', ".")));
        match row.shape {
            Shape::Object(nested) => {
                visit(row, &path, &key, &json!({}));
                keys(nested, &path, &format!("{key}."), visit);
            }
            Shape::List(nested) => {
                visit(row, &path, &key, &json!([]));
                keys(nested, &path, &format!("{key}[]."), visit);
            }
            // A kind may write more than one key, such as a number and its unit.
            Shape::Leaf(kind) => {
                let mut object = RawObject::default();
                kind.put(&kind.blank(), &key, &mut object);
                let written: serde_json::Map<String, Json> = serde_json::from_str(object.to_raw().get()).unwrap();
                assert!(written.contains_key(&key), "{path} writes nothing at its key");
                written.iter().for_each(|(key, value)| visit(row, &path, key, value));
            }
        }
    }
}

/// A stored form of a text is remembered by the name of a resource's own attribute.
#[test]
fn only_texts_of_the_resource_itself_are_rewritten() {
    every_row(&mut |row, table, path| {
        if row.rewritten {
            assert!(resources().iter().any(|resource| std::ptr::eq(resource.table, table)), "{path}");
            assert!(matches!(row.shape, Shape::Leaf(kind) if kind.ty() == Type::String), "{path}");
        }
    });
}

/// Pulumi's bridge drops zero values of attributes that need not be set. Another default would then
/// switch on what the program switches off.
#[test]
fn no_default_is_anything_but_a_zero_value() {
    every_row(&mut |row, _, path| {
        if let (Some(default), Shape::Leaf(kind)) = (row.default, row.shape) {
            assert_eq!(default.value(), kind.blank(), "{path}: make the attribute required instead");
        }
    });
}

#[test]
fn what_is_said_of_a_sensitive_value_does_not_quote_it() {
    let mut sensitive = 0;
    every_row(&mut |row, _, path| {
        for check in row.checks.iter().filter(|_| row.sensitive) {
            sensitive += 1;
            for text in ["Kcanary and more", "Kcanary\n", "https://Kcanary/#x", "Kcanary"] {
                let (Verdict::Forbid(reason) | Verdict::Refuse(reason) | Verdict::Warn(reason)) = (check.judge)(text)
                else {
                    continue;
                };
                assert!(!reason.contains("canary"), "{path}: {reason}");
            }
        }
    });
    assert!(sensitive > 0, "there are sensitive rows with checks");
}
