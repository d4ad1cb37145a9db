// SPDX-License-Identifier: Apache-2.0

//! Generated lives of a server: what is declared first, what somebody does in the console, what is
//! declared then. All of it comes from the provider's rows, so one more row is covered without an
//! edit here.

use std::collections::BTreeMap;
use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value as Json, json};
use terraform_provider_descope::schema::{Attribute, Configurability, Shape, Source, Table};

use super::core::V;
use super::emulator::PROJECT;
use super::samples::{accepts, blank, filled, table};
use super::sent::members;

/// A server's life.
pub struct Life {
    /// Its first configuration.
    pub first: V,
    /// What somebody does in the console then.
    pub edit: Json,
    /// Its second configuration.
    pub second: V,
    /// Which values are unknown when the configurations are planned.
    veil: Vec<bool>,
}

/// Any life.
pub fn lives() -> impl Strategy<Value = Life> {
    let veil = vec(prop::bool::weighted(1.0 / 8.0), 40);
    (configuration(), edit(), configuration(), veil).prop_map(|(first, edit, second, veil)| Life {
        first,
        edit,
        second,
        veil,
    })
}

impl Life {
    /// The first configuration while some of what it says is not known yet.
    pub fn first_in_plan(&self) -> V {
        veiled(&self.first, &mut self.veil.iter().cycle())
    }

    /// The second one, likewise. A project that is not known yet would be a replacement.
    pub fn second_in_plan(&self) -> V {
        let mut veiled = veiled(&self.second, &mut self.veil.iter().rev().cycle());
        if let V::Object(attributes) = &mut veiled {
            attributes.insert("project_id".to_owned(), self.second.get("project_id").clone());
        }
        veiled
    }
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |config: &V| without_nulls(config).to_json();
        write!(f, "first {}", said(&self.first_in_plan()))?;
        write!(f, "\nknown as {}\nedited {}", said(&self.first), self.edit)?;
        write!(f, "\nthen {}\nknown as {}", said(&self.second_in_plan()), said(&self.second))
    }
}

/// An object with some of its values unknown. It is itself always known.
fn veiled<'a>(object: &V, veil: &mut impl Iterator<Item = &'a bool>) -> V {
    let mut inner = |value: &V| match value {
        V::Null => V::Null,
        _ if veil.next() == Some(&true) => V::Unknown,
        value => veiled(value, veil),
    };
    match object {
        V::Object(attributes) => {
            V::Object(attributes.iter().map(|(name, value)| (name.clone(), inner(value))).collect())
        }
        V::List(elements) => V::List(elements.iter().map(inner).collect()),
        known => known.clone(),
    }
}

fn without_nulls(value: &V) -> V {
    match value {
        V::Object(attributes) => {
            let said = attributes.iter().filter(|(_, value)| **value != V::Null);
            V::Object(said.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        V::List(elements) => V::List(elements.iter().map(without_nulls).collect()),
        value => value.clone(),
    }
}

fn configuration() -> BoxedStrategy<V> {
    object(table()).prop_map(consistent).boxed()
}

/// An object of a table. Adoption needs a server that exists, and the arguments of a creation
/// exclude `login_page_url`: both have tests of their own.
fn object(table: &'static Table) -> BoxedStrategy<V> {
    let generated =
        |row: &&Attribute| row.is_configurable() && !row.adopts && row.configurability != Configurability::WriteOnly;
    let rows: Vec<&'static Attribute> = table.attributes.iter().filter(generated).collect();
    let values: Vec<BoxedStrategy<V>> = rows.iter().map(|row| attribute(row)).collect();
    let named = move |values: Vec<V>| {
        V::Object(rows.iter().map(|row| row.name.to_owned()).zip(values).collect::<BTreeMap<_, _>>())
    };
    values.prop_map(named).boxed()
}

fn attribute(row: &'static Attribute) -> BoxedStrategy<V> {
    let value = match row.shape {
        Shape::Object(nested) => object(nested),
        Shape::List(nested) => elements(nested),
        Shape::Leaf(_) => leaf(row),
    };
    match row.configurability {
        Configurability::Required => value,
        _ => prop::option::of(value).prop_map(|value| value.unwrap_or(V::Null)).boxed(),
    }
}

/// Up to three elements with different keys, in any order.
fn elements(table: &'static Table) -> BoxedStrategy<V> {
    let key = table.key.expect("the elements of a list have a key");
    let keys: Vec<V> = texts(table.attribute(key).expect("the key is a row")).into_iter().take(3).collect();
    let most = keys.len();
    (Just(keys).prop_shuffle(), vec(object(table), 0..=most))
        .prop_map(move |(keys, mut elements)| {
            for (key_value, element) in keys.into_iter().zip(&mut elements) {
                let V::Object(attributes) = element else { unreachable!("an element is an object") };
                attributes.insert(key.to_owned(), key_value);
            }
            V::List(elements)
        })
        .boxed()
}

fn leaf(row: &'static Attribute) -> BoxedStrategy<V> {
    match filled(row) {
        // Another project would be a replacement.
        V::Text(_) if matches!(row.source, Source::Provider(_)) => Just(V::text(PROJECT)).boxed(),
        V::Text(_) => select(blank(row).into_iter().chain(texts(row)).collect::<Vec<V>>()).boxed(),
        V::List(_) => {
            let texts: Vec<V> = texts(row).into_iter().take(3).collect();
            let most = texts.len();
            subsequence(texts, 0..=most).prop_map(V::List).boxed()
        }
        V::Bool(_) => any::<bool>().prop_map(V::Bool).boxed(),
        filled => select(blank(row).into_iter().chain([filled]).collect::<Vec<V>>()).boxed(),
    }
}

/// Texts that a row's checks accept, different from each other.
fn texts(row: &Attribute) -> Vec<V> {
    let examples = match filled(row) {
        V::List(texts) => texts,
        text => vec![text],
    };
    let mut all = Vec::new();
    for example in &examples {
        let V::Text(example) = example else { panic!("{}: {example:?} is no text", row.name) };
        all.extend([example.clone(), format!("{example}2"), format!("{example}3")]);
    }
    all.extend(["é", "a \"quoted\"\nline", "60 minutes", "1 hour", "28 days"].map(str::to_owned));
    let all = all.into_iter().map(V::Text);
    match row.shape {
        Shape::Leaf(kind) if kind.ty() == terraform_provider_descope::value::Type::String => {
            all.filter(|text| accepts(row, text)).collect()
        }
        _ => all.filter(|text| accepts(row, &V::List(vec![text.clone()]))).collect(),
    }
}

/// The configuration, changed where it breaks a rule across attributes.
fn consistent(mut config: V) -> V {
    let V::Object(attributes) = &mut config else { unreachable!("a configuration is an object") };
    let Some(V::Object(settings)) = attributes.get_mut("session_settings") else { return config };
    let is_set = |settings: &BTreeMap<String, V>, name: &str| {
        !matches!(&settings[name], V::Null) && settings[name] != V::text("")
    };
    let (session, refresh) = ("session_token_expiration", "refresh_token_expiration");
    // Sessions last no longer than the refresh token that renews them.
    if is_set(settings, session) && is_set(settings, refresh) {
        settings.insert(refresh.to_owned(), V::text("4 weeks"));
    }
    // A new server with enabled session settings needs all three lifetimes.
    if [session, refresh, "key_session_token_expiration"].iter().any(|name| !is_set(settings, name))
        && settings["enabled"] == V::Bool(true)
    {
        settings.insert("enabled".to_owned(), V::Bool(false));
    }
    config
}

/// What somebody does in the console: other values for some attributes, none for them, or something
/// that no configuration can say.
fn edit() -> BoxedStrategy<Json> {
    let values = configuration().prop_map(|config| members(&config));
    let cleared = configuration().prop_map(|config| {
        let Json::Object(members) = members(&config) else { unreachable!("members are an object") };
        members.into_iter().map(|(name, _)| (name, Json::Null)).collect::<serde_json::Map<_, _>>().into()
    });
    prop_oneof![select(odd_edits()), values, cleared].boxed()
}

fn odd_edits() -> Vec<Json> {
    vec![
        json!({}),
        // Not in normal form C, in which the CLI holds all texts.
        json!({ "description": "e\u{301}" }),
        json!({ "dynamicRegistration": { "enabled": true, "unheardOf": 1.5 } }),
        json!({ "dynamicRegistration": {} }),
        json!({ "approvedScopes": {
            "permissionsScopes": [{ "name": "write", "values": ["r2", "r1"] }, { "name": "console" }],
        } }),
        json!({ "approvedScopes": { "attributesScopes": [{ "name": "read", "optional": true, "more": "x" }] } }),
        json!({ "sessionSettings": {
            "enabled": true, "sessionTokenExpiration": 3600, "sessionTokenExpirationUnit": "seconds",
        } }),
        json!({ "sessionSettings": { "refreshTokenExpiration": 3, "refreshTokenExpirationUnit": "fortnights" } }),
        json!({ "cimdSettings": {
            "enabled": true, "domainPolicies": { "policies": [{ "domainPattern": "c.example" }] },
        } }),
        json!({ "cimdSettings": { "domainPolicies": null } }),
        json!({ "unheardOf": { "deep": [1, 2, { "x": "y" }] } }),
    ]
}
