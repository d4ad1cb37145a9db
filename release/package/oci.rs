// SPDX-License-Identifier: Apache-2.0

//! An image layout for OpenTofu's `oci_mirror`: an index for the version, in it a manifest for each target, and in that
//! the archive. Tools such as `oras` copy it to a container registry.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Package, digest, files};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// What OpenTofu asks an index for.
const PROVIDER: &str = "application/vnd.opentofu.provider";

/// What OpenTofu asks the manifest of a target for.
const PROVIDER_TARGET: &str = "application/vnd.opentofu.provider-target";

/// Its files.
pub fn files(packages: &[Package], version: &str) -> Vec<(String, Vec<u8>)> {
    let mut blobs = Blobs::default();
    let manifests: Vec<Value> = packages.iter().map(|package| blobs.manifest(package)).collect();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "artifactType": PROVIDER, "manifests": manifests });
    let mut index = blobs.add(INDEX, files::json(&index));
    // A tag can't have the `+` of a version.
    set(&mut index, "annotations", json!({ "org.opencontainers.image.ref.name": version.replace('+', "_") }));
    let layout = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [index] });
    blobs.files.insert("index.json".to_owned(), files::json(&layout));
    blobs.files.insert("oci-layout".to_owned(), files::json(&json!({ "imageLayoutVersion": "1.0.0" })));
    blobs.files.into_iter().collect()
}

/// Files under the names of their digests.
#[derive(Default)]
struct Blobs {
    files: BTreeMap<String, Vec<u8>>,
}

impl Blobs {
    /// Adds a file. Returns how others refer to it.
    fn add(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let (digest, size) = (digest::hex(&bytes), bytes.len());
        self.files.insert(format!("blobs/sha256/{digest}"), bytes);
        json!({ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": size })
    }

    /// Adds the archive of a target and its manifest.
    fn manifest(&mut self, package: &Package) -> Value {
        let config = self.add(EMPTY, b"{}".to_vec());
        let mut layer = self.add("archive/zip", package.bytes.clone());
        set(&mut layer, "annotations", json!({ "org.opencontainers.image.title": package.name }));
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": PROVIDER_TARGET, "config": config,
            "layers": [layer],
        });
        let mut manifest = self.add(MANIFEST, files::json(&manifest));
        set(&mut manifest, "artifactType", PROVIDER_TARGET.into());
        set(&mut manifest, "platform", json!({ "os": package.target.os, "architecture": package.target.arch }));
        manifest
    }
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}
