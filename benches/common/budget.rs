// SPDX-License-Identifier: Apache-2.0

//! What may be used: `benches/budget.json`, by benchmark and by the name of the figure. Ratios of one
//! run and counted things, as far as possible, so that a slow machine fails nothing.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde::Deserialize;

use super::Told;

/// The limits by section and by the name of the figure.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Budget(BTreeMap<String, BTreeMap<String, Limit>>);

/// What a figure has to keep to.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn holds(&self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= *limit,
            Self::AtLeast(limit) => value >= *limit,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::AtMost(limit) => format!("at most {limit}"),
            Self::AtLeast(limit) => format!("at least {limit}"),
        }
    }
}

impl Budget {
    /// The project's.
    pub fn read() -> Told<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/budget.json");
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Compares figures with their limits, and fails if one misses its own.
    pub fn check(&self, section: &str, figures: &BTreeMap<String, f64>, whole: bool) -> Told {
        let mut out = std::io::stdout().lock();
        let (mut missed, mut kept) = (Vec::new(), 0);
        for (name, limit) in self.0.get(section).into_iter().flatten() {
            match figures.get(name) {
                Some(value) if limit.holds(*value) => kept += 1,
                Some(value) => missed.push(format!("{name}: {value:.2}, and the budget is {}", limit.words())),
                None if whole => missed.push(format!("{name} was not measured")),
                None => {}
            }
        }
        if missed.is_empty() {
            return Ok(writeln!(out, "Budget: all {kept} figures with a limit keep to it.")?);
        }
        for line in &missed {
            writeln!(out, "Over budget: {line}")?;
        }
        Err(format!("{} figures miss their limit in benches/budget.json, section {section}", missed.len()).into())
    }
}
