// SPDX-License-Identifier: Apache-2.0

//! What was measured: tables in Markdown, and figures by name, as JSON and for the budget.

use std::collections::BTreeMap;
use std::io::Write;

use super::arguments::Arguments;
use super::budget::Budget;
use super::process::busy;
use super::{Told, median};

/// What a benchmark has measured.
pub struct Report {
    name: &'static str,
    figures: BTreeMap<String, f64>,
}

impl Report {
    /// An empty report. The name is that of its section of the budget and of its file.
    pub fn new(name: &'static str) -> Self {
        Self { name, figures: BTreeMap::new() }
    }

    /// Notes a figure. The name says what it is, with its unit.
    pub fn figure(&mut self, name: impl Into<String>, value: f64) {
        self.figures.insert(name.into(), value);
    }

    /// Prints a table.
    pub fn table<const N: usize>(&self, title: &str, head: [&str; N], rows: &[[String; N]]) -> Told {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let widths = cells.map(|cell| cell.chars().count()).chain(head.get(column).map(|cell| cell.len()));
            widths.max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..N).map(width).collect();
        let line = |cells: Vec<&str>| {
            let cells = cells.into_iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                0 => format!(" {cell:<width$} "),
                _ => format!(" {cell:>width$} "),
            });
            format!("|{}|", cells.collect::<Vec<_>>().join("|"))
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n**{title}**\n\n{}", line(head.to_vec()))?;
        let rule = widths.iter().enumerate().map(|(column, width)| match column {
            0 => format!("-{}-", "-".repeat(*width)),
            _ => format!("-{}:", "-".repeat(*width)),
        });
        writeln!(out, "|{}|", rule.collect::<Vec<_>>().join("|"))?;
        for row in rows {
            writeln!(out, "{}", line(row.iter().map(String::as_str).collect()))?;
        }
        Ok(())
    }

    /// Prints a sentence below a table.
    pub fn say(&self, sentence: &str) -> Told {
        Ok(writeln!(std::io::stdout().lock(), "\n{sentence}")?)
    }

    /// Writes the figures as JSON, and fails if one misses its budget. `whole`: if one of the budget was not
    /// measured, too.
    pub fn end(self, arguments: &Arguments, whole: bool) -> Told {
        let path = arguments.json.join(format!("{}.json", self.name));
        std::fs::create_dir_all(&arguments.json)?;
        let document = serde_json::json!({ "machine": busy(), "figures": self.figures });
        std::fs::write(&path, format!("{document:#}\n"))?;
        self.say(&format!("{}. Figures: {}", busy(), path.display()))?;
        Budget::read()?.check(self.name, &self.figures, whole)
    }
}

/// Minimum, median and maximum of what was measured repeatedly.
pub fn spread(values: &[f64], decimals: usize) -> String {
    let least = values.iter().copied().fold(f64::NAN, f64::min);
    let most = values.iter().copied().fold(f64::NAN, f64::max);
    format!("{least:.decimals$} / {:.decimals$} / {most:.decimals$}", median(values.to_vec()))
}
