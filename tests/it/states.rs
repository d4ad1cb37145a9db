// SPDX-License-Identifier: Apache-2.0

//! States that versions of the provider have stored, one file each in
//! `golden/states/<type>/<version>/`, are read by this one. A file is never changed. A new attribute
//! needs no new file: older states simply lack it, and a state of today's shape is made from the
//! rows. When a name or a type changes, the resource gets an upgrade, and so a next version with a
//! folder of its own. A new type needs a kept state and an entry in [`SET_UPS`].

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use terraform_provider_descope::engine::{ManagedResource, Provider};
use terraform_provider_descope::provider::{Descope, Environment};
use terraform_provider_descope::schema::{Attribute, Configurability, Shape, Table};

use crate::support::cli::each;
use crate::support::core::{Core, V};
use crate::support::emulator::{Emulator, PROJECT};
use crate::support::hcl::{FULL, FULL_JSON, emulator, workspace};
use crate::support::plugin::Plugin;
use crate::support::samples::filled;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::support::wire::tfplugin6::{self as tf};

/// The world that a type's kept states are of.
struct SetUp {
    type_name: &'static str,
    /// A block of the type, labelled `full`, of which they are states. It refers to no other block.
    config: &'static str,
    /// Stores what is in Descope.
    plant: fn(&Emulator),
}

/// One for each resource type.
const SET_UPS: &[SetUp] = &[SetUp {
    type_name: "descope_mcp_server",
    config: FULL,
    plant: |emulator| emulator.plant("MS35d1Xw1Yo6zozsW7n8BU6xLmnAs", FULL_JSON),
}];

fn resources() -> &'static [&'static ManagedResource] {
    Descope::new(Environment::default()).catalogue().resources
}

/// The kept states of a version, each with its file.
fn kept(resource: &ManagedResource, version: i64) -> Vec<(PathBuf, String)> {
    let folder = format!("tests/it/golden/states/{}/{version}", resource.type_name);
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder)).into_iter().flatten();
    let paths = files.map(|file| file.unwrap().path());
    let kept: Vec<_> = paths.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect();
    let example = "the attributes of an instance as `terraform state pull` shows them after an apply";
    assert!(!kept.is_empty(), "There is no kept state: add one as {folder}/full.json ({example}).");
    kept
}

/// A state of today's shape, each attribute filled, is read as it was stored.
#[tokio::test]
async fn a_state_of_todays_shape_is_read_whole() {
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &[]).await;
    let mut core = Core::connect(plugin.channel().await).await.unwrap();
    for resource in resources() {
        let block = core.block(resource.type_name).clone();
        let state = block.complete(&state(resource.table));
        let request = tf::upgrade_resource_state::Request {
            type_name: resource.type_name.to_owned(),
            version: resource.version(),
            raw_state: Some(tf::RawState {
                json: state.to_json().to_string().into_bytes(),
                flatmap: Default::default(),
            }),
        };
        let answer = core.client.upgrade_resource_state(request).await.unwrap().into_inner();
        assert!(answer.diagnostics.is_empty(), "{answer:?}");
        let (V::Object(stored), V::Object(read)) = (&state, block.decode(answer.upgraded_state.as_ref()).unwrap())
        else {
            panic!("a state is an object")
        };
        for (name, stored) in stored {
            let read = &read[name];
            assert_eq!(
                read, stored,
                "{}.{name} changed by being stored and read (src/schema/kind)",
                resource.type_name
            );
        }
    }
}

/// An object of a table with every attribute that a state stores.
fn state(table: &Table) -> V {
    let stored = table.attributes.iter().filter(|row| row.configurability != Configurability::WriteOnly);
    let value = |row: &Attribute| match row.shape {
        Shape::Object(nested) => state(nested),
        Shape::List(nested) => V::List(vec![state(nested), state(nested)]),
        Shape::Leaf(_) => filled(row),
    };
    V::Object(stored.map(|row| (row.name.to_owned(), value(row))).collect())
}

#[tokio::test]
async fn kept_states_are_read_whole() {
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &[]).await;
    let mut client = ProviderClient::new(plugin.channel().await);
    for resource in resources() {
        for version in 0..=resource.version() {
            for (file, state) in kept(resource, version) {
                let request = tf::upgrade_resource_state::Request {
                    type_name: resource.type_name.to_owned(),
                    version,
                    raw_state: Some(tf::RawState { json: state.clone().into_bytes(), flatmap: Default::default() }),
                };
                // Of an unconfigured provider: the CLI upgrades before it configures.
                let answer = client.upgrade_resource_state(request).await.unwrap().into_inner();
                assert!(answer.diagnostics.is_empty(), "{}: {answer:?}", file.display());
                let upgraded = answer.upgraded_state.unwrap().msgpack;
                let upgraded = rmpv::decode::read_value(&mut upgraded.as_slice()).unwrap();
                if version == resource.version() {
                    let stored = serde_json::from_str(&state).unwrap();
                    assert_eq!(lost(&stored, &upgraded, resource.table), Vec::<String>::new(), "{}", file.display());
                }
            }
        }
        let newer = tf::upgrade_resource_state::Request {
            type_name: resource.type_name.to_owned(),
            version: resource.version() + 1,
            raw_state: Some(tf::RawState { json: b"{}".to_vec(), flatmap: Default::default() }),
        };
        let answer = client.upgrade_resource_state(newer).await.unwrap().into_inner();
        assert!(answer.diagnostics[0].detail.contains("A newer version of the provider"), "{answer:?}");
        assert!(answer.upgraded_state.is_none());
    }
}

/// The declared attributes that do not hold what was stored.
fn lost(stored: &Value, upgraded: &rmpv::Value, table: &Table) -> Vec<String> {
    let mut reasons = Vec::new();
    for row in table.attributes {
        let after = upgraded.as_map().unwrap().iter().find(|(key, _)| key.as_str() == Some(row.name));
        let (before, after) = (&stored[row.name], &after.unwrap_or_else(|| panic!("{} is missing", row.name)).1);
        let inner = match (row.shape, before) {
            (_, Value::Null) if after.is_nil() => Vec::new(),
            (Shape::Object(nested), Value::Object(_)) => lost(before, after, nested),
            (Shape::List(nested), Value::Array(elements)) => {
                let pairs = elements.iter().zip(after.as_array().unwrap());
                assert_eq!(elements.len(), after.as_array().unwrap().len());
                pairs.flat_map(|(before, after)| lost(before, after, nested)).collect()
            }
            _ if same(before, after) => Vec::new(),
            _ => vec![format!("{before} became {after}")],
        };
        reasons.extend(inner.into_iter().map(|reason| format!("{}: {reason}", row.name)));
    }
    reasons
}

/// Whether a text, a truth value or a collection of them is the same in both encodings.
fn same(before: &Value, after: &rmpv::Value) -> bool {
    match before {
        Value::String(text) => after.as_str() == Some(text),
        Value::Bool(flag) => after.as_bool() == Some(*flag),
        Value::Array(elements) => after.as_array().is_some_and(|after| {
            elements.len() == after.len() && elements.iter().zip(after).all(|(before, after)| same(before, after))
        }),
        _ => false,
    }
}

#[test]
fn nothing_is_to_be_done_for_an_object_of_a_kept_state() {
    each("kept states", |cli| {
        for resource in resources() {
            let type_name = resource.type_name;
            let set_up = SET_UPS.iter().find(|set_up| set_up.type_name == type_name);
            let set_up = set_up.unwrap_or_else(|| panic!("Add {type_name} to SET_UPS in tests/it/states.rs."));
            for version in 0..=resource.version() {
                for (file, attributes) in kept(resource, version) {
                    let emulator = emulator();
                    (set_up.plant)(&emulator);
                    let workspace = workspace(cli, &emulator, set_up.config);
                    let attributes = attributes.replace("https://api.descope.com", &emulator.url());
                    let host = if cli.name == "tofu" { "registry.opentofu.org" } else { "registry.terraform.io" };
                    let state = json!({
                        "version": 4, "terraform_version": "1.11.4", "serial": 1,
                        "lineage": "00000000-0000-0000-0000-000000000000", "outputs": {},
                        "resources": [{
                            "mode": "managed", "type": type_name, "name": "full",
                            "provider": format!("provider[\"{host}/seed-02068dc7/descope\"]"),
                            "instances": [{
                                "schema_version": version,
                                "attributes": serde_json::from_str::<Value>(&attributes).unwrap(),
                            }],
                        }],
                    });
                    workspace.write("terraform.tfstate", &state.to_string());
                    let plan = workspace.assert_no_changes();
                    assert!(plan.stdout.contains("No changes"), "{}: {}", file.display(), plan.all());
                    workspace.apply();
                    assert_eq!(emulator.requests("/update").len() + emulator.requests("/create").len(), 0);
                    assert_eq!(workspace.state(&format!("{type_name}.full"))["project_id"], PROJECT);
                }
            }
        }
    });
}
