// SPDX-License-Identifier: Apache-2.0

//! The arguments of a benchmark. All of them take the same, so that one command can run several.

use std::path::PathBuf;

use super::{Told, kept};

/// The arguments behind `--`.
pub struct Arguments {
    /// The parts that are wanted, by their names. None: all of them.
    words: Vec<String>,
    /// The official provider's binary, against which the budget has ratios.
    pub official: Option<PathBuf>,
    /// Other binaries that are measured beside ours.
    pub against: Vec<PathBuf>,
    /// The folder for the figures as JSON.
    pub json: PathBuf,
    /// How often each thing is measured, if not as often as usual.
    pub runs: Option<usize>,
}

impl Arguments {
    /// Those of this process.
    pub fn of_process() -> Told<Self> {
        let mut arguments = Self { words: Vec::new(), official: None, against: Vec::new(), json: kept(), runs: None };
        let mut given = std::env::args_os().skip(1);
        while let Some(argument) = given.next() {
            let mut path = || given.next().map(PathBuf::from).ok_or(format!("a path is missing after {argument:?}"));
            match argument.to_str() {
                // What cargo itself hands on.
                Some("--bench") => {}
                Some("--official") => arguments.official = Some(path()?),
                Some("--against") => arguments.against.push(path()?),
                Some("--json") => arguments.json = path()?,
                Some("--runs") => {
                    let count = given.next().and_then(|count| count.to_str()?.parse().ok());
                    arguments.runs = Some(count.filter(|count| *count > 0).ok_or("a number is missing after --runs")?);
                }
                Some(word) if !word.starts_with('-') => arguments.words.push(word.to_owned()),
                _ => return Err(format!("{argument:?} is not known; see CONTRIBUTING.md").into()),
            }
        }
        Ok(arguments)
    }

    /// Refuses words that name no part.
    pub fn know(&self, parts: &[&str]) -> Told {
        match self.words.iter().find(|word| !parts.contains(&word.as_str())) {
            Some(word) => {
                Err(format!("{word:?} is not a part of this benchmark. Its parts are: {}", parts.join(", ")).into())
            }
            None => Ok(()),
        }
    }

    /// Whether a part is wanted by its name.
    pub fn name(&self, part: &str) -> bool {
        self.words.iter().any(|word| word == part)
    }

    /// Whether a part is wanted, by its name or since none is named.
    pub fn want(&self, part: &str) -> bool {
        self.words.is_empty() || self.name(part)
    }
}
