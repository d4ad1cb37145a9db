// SPDX-License-Identifier: Apache-2.0

//! Makes what a release consists of: archives, manifest, checksums, SBOMs, and mirrors in each form that a CLI reads.
//! The same binaries give the same bytes, whenever and wherever they are packed. It reads the binaries that it is given
//! and writes below one folder. It starts no process and uses no network. `cargo pack` (`release/main.rs`) and the
//! tests call it.

pub mod archive;
pub mod crates;
pub mod digest;
mod files;
pub mod licenses;
mod mirror;
mod oci;
pub mod sbom;
pub mod target;

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

use serde_json::json;

use archive::{Archive, Compression, Entry};
use crates::Dependencies;
use files::write;
use target::Target;

/// The last part of the provider's address.
const TYPE: &str = "descope";

/// Without a host: where the provider is found in each registry, and so in each mirror.
pub const NAMESPACE: &str = "seed-02068dc7";

/// The registries that a configuration may mean by an address without a host.
pub const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// What is to be packed.
pub struct Order<'a> {
    /// The version, without a `v`.
    pub version: &'a str,
    /// The text of the license, which goes with each binary.
    pub license: &'a [u8],
    /// A binary for each target.
    pub binaries: Vec<Binary>,
    /// How small the archives get, and how long that takes.
    pub compression: Compression,
}

/// A provider that was built.
pub struct Binary {
    /// What it was built for.
    pub target: &'static Target,
    /// Its file.
    pub path: PathBuf,
    /// What cargo says about a build for that target, if an SBOM and the licenses of others are wanted.
    pub dependencies: Option<Dependencies>,
}

/// The archive of one target.
struct Package {
    target: &'static Target,
    name: String,
    bytes: Vec<u8>,
    /// The digest of what is inside, by which lock files know a package.
    h1: String,
}

/// Packs an order into a folder. Returns the names of the files at its top.
///
/// - `terraform-provider-descope_VERSION_OS_ARCH.zip`, `…_manifest.json` and `…_SHA256SUMS` are what registries want.
/// - `…_OS_ARCH.cdx.json` are SBOMs.
/// - `mirror/` serves `filesystem_mirror` and `network_mirror`, and `oci/` is an image layout for `oci_mirror`. Beside each is a
///   zip of it.
pub fn pack(order: Order<'_>, out: &Path) -> Result<Vec<String>> {
    let stem = format!("terraform-provider-{TYPE}_{}", order.version);
    let (mut made, mut packages) = (Vec::new(), Vec::new());
    // Nothing is written before all is made: a refused order leaves what was packed before.
    let mut keep = |name: String, bytes: Vec<u8>| made.push((name, bytes));
    for binary in &order.binaries {
        let content = std::fs::read(&binary.path)
            .map_err(|error| Error::new(error.kind(), format!("{}: {error}", binary.path.display())))?;
        binary.target.check(&content).map_err(|found| Error::other(format!("{}: {found}", binary.path.display())))?;
        let name = format!("terraform-provider-{TYPE}_v{}{}", order.version, binary.target.suffix());
        let text = |name: &str, content| Entry { name: name.to_owned(), content, executable: false };
        let mut entries = vec![text("LICENSE", order.license.to_vec())];
        if let Some(dependencies) = &binary.dependencies {
            entries.push(text("THIRD-PARTY-LICENSES.txt", licenses::text(dependencies)?.into_bytes()));
            let document = sbom::document(dependencies, &name, &digest::hex(&content))?;
            keep(format!("{stem}_{}.cdx.json", binary.target), files::json(&document));
        }
        entries.push(Entry { name, content, executable: true });
        let h1 = digest::h1(&entries);
        let bytes = Archive::of(entries, order.compression)?;
        packages.push(Package { target: binary.target, name: format!("{stem}_{}.zip", binary.target), bytes, h1 });
    }
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(twice) = packages.windows(2).find(|pair| matches!(pair, [one, other] if one.name == other.name)) {
        return Err(Error::other(format!(
            "two binaries for one target: {}",
            twice.first().map_or("", |one| &one.name)
        )));
    }

    let manifest = files::json(&json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } }));
    let mut sums = vec![(format!("{stem}_manifest.json"), manifest.as_slice())];
    sums.extend(packages.iter().map(|package| (package.name.clone(), package.bytes.as_slice())));
    sums.sort();
    let lines: String = sums.iter().map(|(name, bytes)| format!("{}  {name}\n", digest::hex(bytes))).collect();
    for (name, bytes) in sums {
        keep(name, bytes.to_vec());
    }
    // Zips and the manifest, and nothing else: the Terraform registry refuses a release whose sums list more.
    keep(format!("{stem}_SHA256SUMS"), lines.into_bytes());

    let folders = [("mirror", mirror::files(&packages, order.version)), ("oci", oci::files(&packages, order.version))];
    for (folder, files) in folders.clone() {
        let entries = files.into_iter().map(|(name, content)| Entry { name, content, executable: false }).collect();
        // What is inside is compressed already. The name is not one that a registry takes for a package.
        let bundle = Archive::of(entries, Compression::none())?;
        keep(format!("{TYPE}-{folder}_{}.zip", order.version), bundle);
    }

    // What an earlier order made for this version. A mirror may have packages of other providers.
    let provider = |host| out.join("mirror").join(host).join(NAMESPACE).join(TYPE);
    for folder in HOSTS.map(provider).into_iter().chain([out.join("oci")]) {
        files::remove(&folder)?;
    }
    files::remove_files(out, &format!("{stem}_"))?;
    for (name, bytes) in &made {
        write(out, name, bytes)?;
    }
    for (folder, files) in folders {
        for (name, bytes) in files {
            write(&out.join(folder), &name, &bytes)?;
        }
    }
    Ok(made.into_iter().map(|(name, _)| name).collect())
}
