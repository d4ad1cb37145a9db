// SPDX-License-Identifier: Apache-2.0

//! The licenses of what is in a binary besides this project's own code, as one text. Most of them demand that their text goes
//! with each copy. It is made of the files that the crates bring along.

use std::collections::BTreeMap;
use std::io::{Error, Result};
use std::path::Path;

use serde_json::Value;

use super::crates::{Crates, Dependencies, license};

/// What the names of such files begin with, in small letters.
const NAMES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// What is linked and is not a crate.
const BEFORE: &str = "\
This program contains the software below, each under its own license.

Rust's standard library (https://www.rust-lang.org): MIT OR Apache-2.0, by the Rust project's contributors.
In the static programs for Linux, musl (https://musl.libc.org): MIT, copyright 2005-2020 Rich Felker and others.
";

/// The text for a binary.
pub fn text(dependencies: &Dependencies) -> Result<String> {
    let crates = Crates::of(dependencies)?;
    let mut numbers = BTreeMap::new();
    let (mut list, mut texts) = (BEFORE.to_owned(), String::new());
    let mut packages: Vec<&Value> =
        crates.ids().filter(|id| *id != crates.root).filter_map(|id| crates.package(id)).collect();
    packages.sort_by_key(|package| (package["name"].to_string(), package["version"].to_string()));
    for package in &packages {
        let member = |name: &str| package[name].as_str().unwrap_or("?");
        let mut found = Vec::new();
        let mut own = files(package)?;
        if own.is_empty() {
            // Such as a crate of a workspace: another one of the same repository may bring the text.
            let repository = &package["repository"];
            let others = packages.iter().filter(|other| repository.is_string() && other["repository"] == *repository);
            for other in others {
                if own.is_empty() && other["license"] == package["license"] {
                    own = files(other)?;
                }
            }
        }
        for text in own {
            let next = numbers.len() + 1;
            let number = *numbers.entry(text.clone()).or_insert(next);
            if number == next {
                texts.push_str(&format!("\n{}\nText {number}\n\n{text}\n", "-".repeat(80)));
            }
            found.push(number.to_string());
        }
        let license = license(package).unwrap_or_else(|| "its own license".to_owned());
        let shown = if found.is_empty() { "none with the crate".to_owned() } else { found.join(", ") };
        list.push_str(&format!(
            "\n{} {} ({})\n  {license}; texts: {shown}\n",
            member("name"),
            member("version"),
            package["repository"].as_str().unwrap_or("no repository named"),
        ));
    }
    Ok(list + &texts)
}

/// What the files of a crate that are about its license hold, by their names.
fn files(package: &Value) -> Result<Vec<String>> {
    let manifest = package["manifest_path"].as_str().map(Path::new);
    let folder = manifest.and_then(Path::parent).ok_or_else(|| Error::other("a crate is in no folder"))?;
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if NAMES.iter().any(|begin| name.starts_with(begin)) && entry.path().is_file() {
            let text = String::from_utf8_lossy(&std::fs::read(entry.path())?).replace("\r\n", "\n");
            found.insert(name, text.trim_end().to_owned());
        }
    }
    Ok(found.into_values().collect())
}
