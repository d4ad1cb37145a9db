// SPDX-License-Identifier: Apache-2.0

//! The guides, which are written by hand: each has the front matter that registries read, and its
//! configurations are ones that a CLI accepts.

use std::collections::BTreeMap;

use super::{markdown, root};
use crate::support::cli::each;
use crate::support::hcl::{HEAD, emulator, workspace};

/// A guide, as the first page links to it.
pub struct Guide {
    pub file: String,
    pub title: String,
    pub description: String,
    text: String,
}

/// All guides in the order of their titles.
pub fn all() -> Vec<Guide> {
    let folder = root().join("docs/guides");
    let mut guides: Vec<Guide> = markdown(&folder)
        .into_iter()
        .map(|path| {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let front = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
            let (front, _) = front.unwrap_or_else(|| panic!("docs/guides/{file} has no front matter"));
            let of = |key: &str| {
                let value = front.lines().find_map(|line| line.strip_prefix(key));
                value.unwrap_or_else(|| panic!("docs/guides/{file} has no {key:?}")).trim().trim_matches('"').to_owned()
            };
            assert_eq!(of("subcategory:"), "", "docs/guides/{file}: guides have no subcategory");
            let description = front.lines().skip_while(|line| *line != "description: |-").nth(1);
            let description = description.unwrap_or_else(|| panic!("docs/guides/{file} has no description"));
            Guide { title: of("page_title:"), description: description.trim().to_owned(), text, file }
        })
        .collect();
    guides.sort_by(|one, other| one.title.cmp(&other.title));
    guides
}

/// The fenced blocks of a language, by the file that the line above names (`In `main.tf`:`). Blocks of one
/// file follow each other in it.
fn files(guide: &Guide) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut rest = guide.text.as_str();
    while let Some((before, block)) = rest.split_once("\n```terraform\n") {
        let (block, after) = block.split_once("\n```\n").expect("a block that ends");
        let said = before.trim_end().lines().last().unwrap_or_default();
        let name = said.split('`').find(|word| word.ends_with(".tf") || word.ends_with(".hcl"));
        let name = name.unwrap_or_else(|| panic!("{}: the line above a block names no file: {said:?}", guide.file));
        let file: &mut String = files.entry(name.to_owned()).or_default();
        file.push_str(block);
        file.push('\n');
        rest = after;
    }
    files
}

/// What is in a guide can be copied. Each of its files is valid with the others.
#[test]
fn configurations_of_guides_are_valid() {
    each("guides", |cli| {
        let emulator = emulator();
        for guide in all() {
            let files = files(&guide);
            let uses = |words: &str| files.values().any(|text| text.contains(words));
            let new = [("ephemeral ", 10, Some(11)), ("for_each = local", 7, Some(7)), ("check \"", 5, Some(6))];
            if files.is_empty() || new.iter().any(|(words, tf, tofu)| uses(words) && !cli.has(words, *tf, *tofu)) {
                continue;
            }
            let workspace = workspace(cli, &emulator, "");
            // Those that don't say where the provider comes from follow one that does.
            if !uses("required_providers") {
                workspace.write("head.tf", HEAD);
            }
            for (name, text) in &files {
                workspace.write(name, text);
            }
            let validated = workspace.expect(&["validate", "-no-color"], 0);
            // That of the development override.
            let warnings = validated.all().matches("Warning: ").count();
            assert_eq!(warnings, 1, "{}: {}", guide.file, validated.all());
        }
    });
}
