// SPDX-License-Identifier: Apache-2.0

//! What a release consists of: what `cargo pack` makes of a binary is what the registries and the CLIs want, and a CLI
//! installs it from each kind of mirror, with no development override.

#[path = "../../../release/package/mod.rs"]
mod package;

mod formats;
mod installing;
mod serving;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::hcl::provider;
use package::archive::Compression;
use package::target::Target;
use package::{Binary, Order, pack};

/// The version of every package here.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The provider of this build, packed for this machine. Nothing is compressed, which takes an unoptimised build long.
fn packed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    order(&[(here(), provider())], Compression::none(), folder.path()).unwrap();
    folder
}

fn order(binaries: &[(&'static Target, &Path)], compression: Compression, out: &Path) -> std::io::Result<()> {
    let binary =
        |(target, path): &(&'static Target, &Path)| Binary { target, path: path.to_path_buf(), dependencies: None };
    let binaries = binaries.iter().map(binary).collect();
    pack(Order { version: VERSION, license: b"the license", binaries, compression }, out).map(drop)
}

fn here() -> &'static Target {
    Target::here().expect("a target of a release")
}

/// The name of the archive for this machine.
fn archive() -> String {
    format!("terraform-provider-descope_{VERSION}_{}.zip", here())
}

/// All files of a folder by their paths in it, with what is in them.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(folder.join(&path)).unwrap().map(|entry| entry.unwrap()) {
            let path = path.join(entry.file_name());
            match entry.path().is_dir() {
                true => open.push(path),
                false => {
                    found.push((path.display().to_string().replace('\\', "/"), std::fs::read(entry.path()).unwrap()))
                }
            }
        }
    }
    found.sort();
    found
}
