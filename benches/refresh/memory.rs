// SPDX-License-Identifier: Apache-2.0

//! The memory of a provider, and its CPU time for each server, while it reads thousands of servers.

use crate::common::report::Report;
use crate::common::{Told, process};
use crate::driver::{Driver, Servers};
use crate::support::core::V;
use crate::support::samples::whole;

/// How many servers are read.
const COUNTS: [usize; 3] = [1000, 5000, 10_000];

/// Reads servers in a fresh process for each count.
pub async fn measure(report: &mut Report) -> Told {
    let name = V::text("server 0");
    let small = V::object([("name", name.clone()), ("tags", V::List(vec![V::text("a"), V::text("b")]))]);
    let full = match whole("server 0") {
        V::Object(mut attributes) => {
            // The provider's own project.
            attributes.remove("project_id");
            V::Object(attributes)
        }
        other => other,
    };
    let mut rows = Vec::new();
    for (kind, config) in [("small", small), ("full", full)] {
        let servers = Servers::new(&config).await?;
        let (mut planted, mut peaks) = (0, Vec::new());
        for count in COUNTS {
            servers.plant(planted..count);
            planted = count;
            let driver = Driver::start(&servers.emulator).await?;
            let pid = driver.pid()?;
            let before = process::resident(pid).unwrap_or(f64::NAN);
            let (gone, cpu) = servers.read(&driver, 0..count).await?;
            if gone > 0 {
                return Err(format!("{gone} of {count} servers are gone").into());
            }
            let peak = process::peak(pid).unwrap_or(f64::NAN);
            rows.push([
                format!("{count} {kind} servers of {} bytes", servers.size()),
                format!("{before:.1}"),
                format!("{peak:.1}"),
                format!("{cpu:.0}"),
            ]);
            report.figure(format!("{count} {kind} servers: peak memory, MiB"), peak);
            report.figure(format!("{count} {kind} servers: CPU for each, µs"), cpu);
            peaks.push(peak - before);
        }
        if let [_, half, all] = peaks.as_slice() {
            // In proportion, the memory for twice the servers is twice as much.
            report.figure(format!("{kind} servers: memory for 10,000 / for 5,000"), all / half);
        }
    }
    let head = ["", "memory before, MiB", "peak memory, MiB", "CPU for each server, µs"];
    report.table("Memory and CPU of the provider while servers are read, ten at a time", head, &rows)
}
