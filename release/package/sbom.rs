//! A list of what is in a binary, in the format CycloneDX, made of what `cargo metadata` says about a build for its
//! target: each crate that is linked, with its version, license and repository. Tools of builds and tests are not
//! in the binary, so they are not in the list.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result};

use serde_json::{Value, json};

use super::target::Target;

/// The document for a binary of this name and digest.
pub fn document(metadata: &Value, name: &str, sha256: &str, target: &Target) -> Result<Value> {
    let crates = Crates::of(metadata).ok_or_else(|| Error::other("not what `cargo metadata` prints"))?;
    let root = crates.root;
    let mut reached = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        for next in crates.linked(id) {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    let mut components: Vec<Value> =
        reached.iter().filter(|id| **id != root).filter_map(|id| crates.component(id)).collect();
    components.sort_by_key(|component| component["bom-ref"].to_string());
    let mut dependencies: Vec<Value> = reached
        .iter()
        .filter_map(|id| {
            let on: BTreeSet<String> = crates.linked(id).filter_map(|next| crates.reference(next)).collect();
            Some(json!({ "ref": crates.reference(id)?, "dependsOn": on }))
        })
        .collect();
    dependencies.sort_by_key(|dependency| dependency["ref"].to_string());
    let mut binary =
        crates.component(root).ok_or_else(|| Error::other("`cargo metadata` does not name the package"))?;
    if let Some(members) = binary.as_object_mut() {
        members.insert("type".to_owned(), "application".into());
        members.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": sha256 }]));
        let about = [("file", name), ("target", target.triple)];
        let about = about.map(|(name, value)| json!({ "name": format!("descope:{name}"), "value": value }));
        members.insert("properties".to_owned(), about.to_vec().into());
    }
    // Without a time and a serial number, which would make each document another one.
    Ok(json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": binary },
        "components": components, "dependencies": dependencies,
    }))
}

/// What `cargo metadata` says, by the ids of packages.
struct Crates<'a> {
    root: &'a str,
    packages: BTreeMap<&'a str, &'a Value>,
    nodes: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Crates<'a> {
    fn of(metadata: &'a Value) -> Option<Self> {
        let by_id = |list: &'a Value| -> Option<BTreeMap<&'a str, &'a Value>> {
            Some(list.as_array()?.iter().filter_map(|one| Some((one["id"].as_str()?, one))).collect())
        };
        let root = metadata.pointer("/resolve/root")?.as_str()?;
        Some(Self {
            root,
            packages: by_id(metadata.get("packages")?)?,
            nodes: by_id(metadata.pointer("/resolve/nodes")?)?,
        })
    }

    /// The crates that one is linked with: neither those of its build nor those of its tests.
    fn linked(&self, id: &str) -> impl Iterator<Item = &'a str> {
        let deps = self.nodes.get(id).and_then(|node| node["deps"].as_array()).into_iter().flatten();
        deps.filter(|dep| {
            let kinds = dep["dep_kinds"].as_array().into_iter().flatten();
            kinds.into_iter().any(|kind| kind["kind"].is_null())
        })
        .filter_map(|dep| dep["pkg"].as_str())
    }

    /// The name that tools know a crate by.
    fn reference(&self, id: &str) -> Option<String> {
        let package = self.packages.get(id)?;
        Some(format!("pkg:cargo/{}@{}", package["name"].as_str()?, package["version"].as_str()?))
    }

    fn component(&self, id: &str) -> Option<Value> {
        let (package, reference) = (self.packages.get(id)?, self.reference(id)?);
        let mut component = json!({
            "type": "library", "bom-ref": reference, "purl": reference,
            "name": package["name"], "version": package["version"],
        });
        let members = component.as_object_mut()?;
        if let Some(license) = package["license"].as_str() {
            // An old way to write "or".
            let license: Vec<&str> = license.split('/').map(str::trim).collect();
            members.insert("licenses".to_owned(), json!([{ "expression": license.join(" OR ") }]));
        }
        if let Some(repository) = package["repository"].as_str() {
            members.insert("externalReferences".to_owned(), json!([{ "type": "vcs", "url": repository }]));
        }
        Some(component)
    }
}
