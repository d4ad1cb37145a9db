// SPDX-License-Identifier: Apache-2.0

//! How often the provider's own work asks for memory, and for how many bytes: `cargo bench --bench
//! allocations`. The operations are those of the benchmark `engine`, which measures their time in another
//! program, since counting takes time, too.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code)] // The other benchmark needs more of it.
mod operations;
mod remote;
mod servers;
mod service;
mod steps;
#[path = "../../tests/it/support/mod.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod support;

use common::Told;
use common::arguments::Arguments;
use common::report::Report;
use operations::{Fixture, Operation};

/// One call is made before the one that is counted, with another server.
const SERVERS: usize = operations::TOGETHER + 2;

fn main() -> Told {
    let arguments = Arguments::of_process()?;
    let mut report = Report::new("allocations");
    let fixture = Fixture::new(SERVERS)?;
    let fields = fixture.fields()?;
    let mut rows = Vec::new();
    for mut operation in fixture.calls()?.into_iter().chain(fixture.steps()?) {
        let (count, bytes) = allocations(&mut operation)?;
        let each = count / f64::from(u32::try_from(fields)?);
        rows.push([operation.name.to_owned(), format!("{count:.0}"), format!("{each:.2}"), format!("{bytes:.0}")]);
        report.figure(operation.name, count);
    }
    let title = format!("A server with {fields} values, {} bytes of JSON", fixture.text().len());
    report.table(&title, ["", "allocations", "for each value", "bytes allocated"], &rows)?;
    report.end(&arguments, true)
}

/// How often one call asks for memory, and for how many bytes.
fn allocations(operation: &mut Operation) -> Told<(f64, f64)> {
    (operation.prepare)()?;
    (operation.call)(operation.first)?;
    let mut called = Ok(());
    let number = operation.first + 1;
    let used = allocation_counter::measure(|| called = (operation.call)(number));
    called?;
    Ok((f64::from(u32::try_from(used.count_total)?), f64::from(u32::try_from(used.bytes_total)?)))
}
