// SPDX-License-Identifier: Apache-2.0

//! The crates that are in a binary, by what cargo says about a build for its target. `sbom` and `licenses` call it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result};

use serde_json::Value;

/// What cargo says about a build.
pub struct Dependencies {
    /// What was built for, as Rust names it.
    pub triple: String,
    /// What `cargo metadata` prints: all that is known about each crate, also those of tests and of builds, and with the features
    /// that tests want.
    pub metadata: Value,
    /// What [`TREE`] prints: the crates that are linked.
    pub tree: String,
}

/// The arguments that have cargo print the name and version of each crate that is linked, after which the target follows.
pub const TREE: [&str; 7] = [
    "tree",
    "--locked",
    "--edges=normal,no-proc-macro",
    "--prefix=none",
    "--format={p}",
    "--charset=ascii",
    "--target",
];

/// The crates of a build, by the ids of packages.
pub struct Crates<'a> {
    /// The package itself.
    pub root: &'a str,
    packages: BTreeMap<&'a str, &'a Value>,
    nodes: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Crates<'a> {
    pub fn of(dependencies: &'a Dependencies) -> Result<Self> {
        Self::read(dependencies).ok_or_else(|| Error::other("not what `cargo metadata` prints"))
    }

    fn read(dependencies: &'a Dependencies) -> Option<Self> {
        // Such as "rustls v0.23.46", perhaps with more behind it.
        let lines = dependencies.tree.lines().filter_map(|line| line.split_once(" v"));
        let linked: BTreeSet<(&str, &str)> =
            lines.map(|(name, rest)| (name, rest.split(' ').next().unwrap_or_default())).collect();
        let is_linked = |package: &&Value| {
            package["name"].as_str().zip(package["version"].as_str()).is_some_and(|known| linked.contains(&known))
        };
        let metadata = &dependencies.metadata;
        let packages = metadata.get("packages")?.as_array()?.iter().filter(is_linked);
        let nodes = metadata.pointer("/resolve/nodes")?.as_array()?.iter();
        let by_id = |one: &'a Value| Some((one["id"].as_str()?, one));
        let root = metadata.pointer("/resolve/root")?.as_str()?;
        Some(Self { root, packages: packages.filter_map(by_id).collect(), nodes: nodes.filter_map(by_id).collect() })
    }

    /// The ids of all crates in the binary, and of the package.
    pub fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.packages.keys().copied()
    }

    /// What is known about a crate.
    pub fn package(&self, id: &str) -> Option<&'a Value> {
        self.packages.get(id).copied()
    }

    /// The crates in the binary that one of them uses.
    pub fn used_by(&self, id: &str) -> impl Iterator<Item = &'a str> {
        let deps = self.nodes.get(id).and_then(|node| node["deps"].as_array()).into_iter().flatten();
        deps.filter(|dep| {
            let kinds = dep["dep_kinds"].as_array().into_iter().flatten();
            kinds.into_iter().any(|kind| kind["kind"].is_null())
        })
        .filter_map(|dep| dep["pkg"].as_str())
        .filter(|id| self.packages.contains_key(id))
    }

    /// The name that tools know a crate by.
    pub fn reference(&self, id: &str) -> Option<String> {
        let package = self.packages.get(id)?;
        Some(format!("pkg:cargo/{}@{}", package["name"].as_str()?, package["version"].as_str()?))
    }
}

/// The license of a crate, as an SPDX expression.
pub fn license(package: &Value) -> Option<String> {
    // An old way to write "or".
    let parts: Vec<&str> = package["license"].as_str()?.split('/').map(str::trim).collect();
    Some(parts.join(" OR "))
}
