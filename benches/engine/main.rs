// SPDX-License-Identifier: Apache-2.0

//! What the provider's own work costs, without network and processes: `cargo bench --bench engine`. It
//! prints the CPU time of codecs, of steps of the engine, and of whole calls from the bytes of a request to
//! those of its answer, for a server with every attribute set.
//!
//! `cargo test --bench engine -- instructions` counts CPU instructions instead, which `.ci/run` does.

#[path = "../common/mod.rs"]
mod common;
mod instructions;
mod operations;
mod remote;
mod servers;
mod service;
mod steps;
#[path = "../../tests/it/support/mod.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod support;

use std::time::{Duration, Instant};

use common::arguments::Arguments;
use common::report::Report;
use common::{Told, process};
use operations::{Fixture, Operation};

/// The provider's, see `src/main.rs`.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// How often each operation is measured, each time with all servers. The least counts: all else is the
/// machine's.
const RUNS: usize = 15;

/// How many servers there are.
const SERVERS: usize = 1000;

fn main() -> Told {
    let arguments = Arguments::of_process()?;
    if arguments.name(instructions::COUNTED) {
        return instructions::counted();
    }
    if arguments.want("time") {
        let mut report = Report::new("engine");
        time(&mut report, arguments.runs.unwrap_or(RUNS))?;
        report.end(&arguments, true)?;
    }
    if arguments.want("instructions") {
        let mut report = Report::new("instructions");
        if instructions::compare(&mut report)? {
            report.end(&arguments, true)?;
        }
    }
    Ok(())
}

fn time(report: &mut Report, runs: usize) -> Told {
    let fixture = Fixture::new(SERVERS)?;
    let fields = fixture.fields()?;
    let mut rows = Vec::new();
    for mut operation in fixture.calls()?.into_iter().chain(fixture.steps()?) {
        let mut least = f64::INFINITY;
        for _ in 0..runs {
            least = least.min(measured(&mut operation, fixture.count())?);
        }
        rows.push([operation.name.to_owned(), format!("{least:.1}")]);
        report.figure(format!("{}, µs", operation.name), least);
    }
    let title = format!("A server with {fields} values, {} bytes of JSON", fixture.text().len());
    report.table(&title, ["", "CPU, µs"], &rows)
}

/// The CPU time of one call in microseconds.
fn measured(operation: &mut Operation, servers: usize) -> Told<f64> {
    (operation.prepare)()?;
    // On systems that don't tell, the time that passes has to do.
    let (cpu, begun) = (process::thread_cpu(), Instant::now());
    for number in operation.first..servers {
        (operation.call)(number)?;
    }
    let passed = begun.elapsed();
    let used = process::thread_cpu().zip(cpu).map_or(passed, |(after, before)| after.saturating_sub(before));
    Ok(microseconds(used) / f64::from(u32::try_from(servers - operation.first)?))
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
