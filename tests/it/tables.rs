//! What must hold for every row of every table, so that one more attribute needs no test of its own for it.

use std::collections::BTreeSet;

use terraform_provider_descope::engine::{ManagedResource, Provider};
use terraform_provider_descope::provider::{Descope, Environment};
use terraform_provider_descope::schema::{Attribute, Configurability, Shape, Source, Table, Verdict};
use terraform_provider_descope::value::{Type, Value};

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

/// What only a creation carries is laid into the body's top level, and remembered as a digest, which is not good enough for a secret.
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

/// Every key that a row names is one of the API's description, so a misspelt key, which the gateway would drop, can't pass.
#[test]
fn keys_are_the_apis() {
    let described: BTreeSet<&str> = include_str!("golden/mcp_server_fields.txt").lines().collect();
    let mut missing = Vec::new();
    for resource in resources() {
        keys(resource.table, "", &mut |key| {
            if !described.contains(key) {
                missing.push(key.to_owned());
            }
        });
    }
    assert_eq!(missing, Vec::<String>::new());
}

fn keys(table: &'static Table, at: &str, visit: &mut dyn FnMut(&str)) {
    for row in table.attributes {
        let (Source::Member { key, .. } | Source::Assigned { key } | Source::CreationArgument { key }) = row.source
        else {
            continue;
        };
        let key = format!("{at}{}", key.replace('/', "."));
        visit(&key);
        match row.shape {
            Shape::Object(nested) => keys(nested, &format!("{key}."), visit),
            Shape::List(nested) => keys(nested, &format!("{key}[]."), visit),
            Shape::Leaf(_) => {}
        }
    }
}

/// What became of a text is remembered by the name of a resource's own attribute.
#[test]
fn only_texts_of_the_resource_itself_are_rewritten() {
    every_row(&mut |row, table, path| {
        if row.rewritten {
            assert!(resources().iter().any(|resource| std::ptr::eq(resource.table, table)), "{path}");
            assert!(matches!(row.shape, Shape::Leaf(kind) if kind.ty() == Type::String), "{path}");
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
                let (Verdict::Refuse(reason) | Verdict::Warn(reason)) = (check.judge)(text) else { continue };
                assert!(!reason.contains("canary"), "{path}: {reason}");
            }
        }
    });
    assert!(sensitive > 0, "there are sensitive rows with checks");
}
