// SPDX-License-Identifier: Apache-2.0

//! The pages that the registries show: one for each entry of the schema below `docs/`, made of what the
//! schema says and of the files below `examples/`. To make them anew: `BLESS=1 cargo test --test it pages`.

mod entry;
mod function;
mod guides;
mod links;
mod schema;
mod terminal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::plugin::Plugin;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::support::wire::tfplugin6::{self as tf};

/// How to make all pages anew.
const ANEW: &str = "BLESS=1 cargo test --test it pages";

/// The repository's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Markdown files of a folder and of those in it.
fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => found.extend(markdown(&path)),
            false if path.extension().is_some_and(|extension| extension == "md") => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// Every generated page with its path below `docs/`.
async fn pages() -> BTreeMap<String, String> {
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &[]).await;
    let mut client = ProviderClient::new(plugin.channel().await);
    let schema = client.get_provider_schema(tf::get_provider_schema::Request {}).await.unwrap().into_inner();
    let request = tf::get_resource_identity_schemas::Request {};
    let identities = client.get_resource_identity_schemas(request).await.unwrap().into_inner().identity_schemas;
    let mut pages = BTreeMap::new();
    let mut add = |folder: &str, name: &str, page: String| {
        let name = name.strip_prefix("descope_").unwrap_or(name);
        pages.insert(format!("{folder}{name}.md"), page);
    };
    add("", "index", entry::provider(schema.provider.as_ref().unwrap()));
    for (kind, schemas) in [
        (&entry::RESOURCE, &schema.resource_schemas),
        (&entry::DATA_SOURCE, &schema.data_source_schemas),
        (&entry::EPHEMERAL_RESOURCE, &schema.ephemeral_resource_schemas),
        (&entry::LIST_RESOURCE, &schema.list_resource_schemas),
    ] {
        for (name, schema) in schemas {
            add(kind.folder, name, kind.page(name, schema, identities.get(name)));
        }
    }
    for (name, action) in &schema.action_schemas {
        add(entry::ACTION.folder, name, entry::ACTION.page(name, action.schema.as_ref().unwrap(), None));
    }
    for (name, function) in &schema.functions {
        add("functions/", name, function::page(name, function));
    }
    pages
}

/// What a generated page is told apart by from one that is written by hand.
const GENERATED: &str = "<!-- Generated from the schema and from examples/. Do not edit: ";

#[tokio::test]
async fn pages_are_current() {
    let pages = pages().await;
    let docs = root().join("docs");
    for (path, page) in &pages {
        let file = docs.join(path);
        if std::env::var_os("BLESS").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, page).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == *page, "docs/{path} is not what the schema and the examples say. Make it anew: {ANEW}");
    }
    for file in markdown(&docs) {
        let path = file.strip_prefix(&docs).unwrap().display().to_string().replace('\\', "/");
        let is_generated = std::fs::read_to_string(&file).unwrap().contains(GENERATED);
        let is_guide = path.starts_with("guides/");
        assert!(
            pages.contains_key(&path) || (is_guide && !is_generated),
            "docs/{path} belongs to nothing in the schema, and registries refuse it: remove it"
        );
    }
}
