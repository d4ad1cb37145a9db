// SPDX-License-Identifier: Apache-2.0

//! A list of what is in a binary, in the format CycloneDX: each crate that is linked, with its version, license and repository.
//! Tools of builds and tests are not in the binary, so they are not in the list.

use std::collections::BTreeSet;
use std::io::{Error, Result};

use serde_json::{Value, json};

use super::crates::{Crates, Dependencies, license};

/// The document for a binary of this name and digest.
pub fn document(dependencies: &Dependencies, name: &str, sha256: &str) -> Result<Value> {
    let crates = Crates::of(dependencies)?;
    let (root, ids) = (crates.root, crates.ids().collect::<Vec<_>>());
    let mut components: Vec<Value> =
        ids.iter().filter(|id| **id != root).filter_map(|id| component(&crates, id)).collect();
    components.sort_by_key(|component| component["bom-ref"].to_string());
    let mut uses: Vec<Value> = ids
        .iter()
        .filter_map(|id| {
            let on: BTreeSet<String> = crates.used_by(id).filter_map(|next| crates.reference(next)).collect();
            Some(json!({ "ref": crates.reference(id)?, "dependsOn": on }))
        })
        .collect();
    uses.sort_by_key(|one| one["ref"].to_string());
    let mut binary =
        component(&crates, root).ok_or_else(|| Error::other("`cargo metadata` does not name the package"))?;
    if let Some(members) = binary.as_object_mut() {
        members.insert("type".to_owned(), "application".into());
        members.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": sha256 }]));
        let about = [("file", name), ("target", dependencies.triple.as_str())];
        let about = about.map(|(name, value)| json!({ "name": format!("descope:{name}"), "value": value }));
        members.insert("properties".to_owned(), about.to_vec().into());
    }
    // Without a time and a serial number, which would make each document another one.
    Ok(json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": binary },
        "components": components, "dependencies": uses,
    }))
}

fn component(crates: &Crates<'_>, id: &str) -> Option<Value> {
    let (package, reference) = (crates.package(id)?, crates.reference(id)?);
    let mut component = json!({
        "type": "library", "bom-ref": reference, "purl": reference,
        "name": package["name"], "version": package["version"],
    });
    let members = component.as_object_mut()?;
    if let Some(license) = license(package) {
        members.insert("licenses".to_owned(), json!([{ "expression": license }]));
    }
    if let Some(repository) = package["repository"].as_str() {
        members.insert("externalReferences".to_owned(), json!([{ "type": "vcs", "url": repository }]));
    }
    Some(component)
}
