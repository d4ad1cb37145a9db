// SPDX-License-Identifier: Apache-2.0

//! A mirror for the CLIs. As a folder it is the packed form that `filesystem_mirror` reads; behind a web server it
//! speaks the protocol of `network_mirror`. The archives are the same for both, and only the latter reads the JSON
//! files.

use serde_json::{Map, Value, json};

use super::{HOSTS, NAMESPACE, Package, TYPE, digest, files};

/// Its files, under the name of each registry.
pub fn files(packages: &[Package], version: &str) -> Vec<(String, Vec<u8>)> {
    let mut archives = Map::new();
    for package in packages {
        let hashes = [&package.h1, &digest::zh(&package.bytes)];
        archives.insert(package.target.to_string(), json!({ "url": package.name, "hashes": hashes }));
    }
    let archives = files::json(&json!({ "archives": Value::Object(archives) }));
    let versions = files::json(&json!({ "versions": { version: {} } }));
    let mut all = Vec::new();
    for host in HOSTS {
        let mut add =
            |name: &str, bytes: &[u8]| all.push((format!("{host}/{NAMESPACE}/{TYPE}/{name}"), bytes.to_vec()));
        add("index.json", &versions);
        add(&format!("{version}.json"), &archives);
        for package in packages {
            add(&package.name, &package.bytes);
        }
    }
    all
}
