// SPDX-License-Identifier: Apache-2.0

//! What a refresh costs: requests, time, CPU and memory: `cargo bench --bench refresh`. Its parts, each
//! of which runs alone if it is named (`-- plans memory`):
//!
//! | part | what it measures |
//! | --- | --- |
//! | `requests` | how many requests each operation and a refresh of many servers makes, by a client of its own |
//! | `counts` | the same of whole plans of a real CLI |
//! | `plans` | time and CPU of plans at several latencies, against plans of the built-in `terraform_data` |
//! | `memory` | the provider's memory and CPU while thousands of servers are read, ten at a time |
//! | `aliases` | time and memory of a plan with fifty provider configurations, each a process of its own |
//!
//! The CLI is the first of `terraform` (`TF_BIN`) and `tofu` (`TOFU_BIN`) that is found. `.ci/run`
//! counts the requests of an unoptimised build: `cargo test --bench refresh -- requests`.

#[path = "../common/mod.rs"]
mod common;
mod driver;
mod memory;
mod plans;
mod processes;
mod requests;
mod scene;
#[path = "../../tests/it/support/mod.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod support;

use common::Told;
use common::arguments::Arguments;
use common::report::Report;

const PARTS: [&str; 5] = ["requests", "counts", "plans", "memory", "aliases"];

fn main() -> Told {
    let arguments = Arguments::of_process()?;
    arguments.know(&PARTS)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if arguments.want("requests") {
        let mut report = Report::new("requests");
        runtime.block_on(requests::count(&mut report))?;
        report.end(&arguments, true)?;
    }
    let mut report = Report::new("refresh");
    if arguments.want("counts") {
        plans::count(&mut report)?;
    }
    if arguments.want("plans") {
        plans::time(&mut report, arguments.runs.unwrap_or(plans::RUNS))?;
    }
    if arguments.want("memory") {
        runtime.block_on(memory::measure(&mut report))?;
    }
    if arguments.want("aliases") {
        processes::measure(&mut report)?;
    }
    match PARTS.iter().skip(1).any(|part| arguments.want(part)) {
        true => report.end(&arguments, PARTS.iter().skip(1).all(|part| arguments.want(part))),
        false => Ok(()),
    }
}
