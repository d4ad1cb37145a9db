// SPDX-License-Identifier: Apache-2.0

//! What the benchmarks share: their arguments, what they measured and how it is shown, the budget, and
//! what the system says of processes.

#![allow(dead_code)] // Each benchmark needs a part of it.

pub mod arguments;
pub mod budget;
pub mod process;
pub mod report;

use std::error::Error;
use std::path::{Path, PathBuf};

/// What a benchmark comes to.
pub type Told<T = ()> = Result<T, Box<dyn Error>>;

/// The provider that was built, optimised or not like the benchmark.
pub fn provider() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope"))
}

/// The emulator that was built.
pub fn emulator() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_descope-emulator"))
}

/// Where the figures of a run are kept, if no folder is named.
pub fn kept() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().unwrap_or(temporary).join("bench")
}

/// The value in the middle; with an even number of values, the greater one of the two. `NaN` if there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
