// SPDX-License-Identifier: Apache-2.0

//! What limits of requests cost: the real CLI creates servers at the emulator, which limits the
//! rate. It prints requests, refusals and seconds against the least that the limit allows, and
//! fails nothing. A word after `--` keeps the cases that contain it:
//! `cargo bench --bench pace -- 20/s`. All cases take a quarter of an hour.

#[path = "../tests/it/support/mod.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod support;

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use support::cli::{Workspace, installed};
use support::emulator::Emulator;

const HEAD: &str =
    "terraform {\n  required_providers {\n    descope = { source = \"seed-02068dc7/descope\" }\n  }\n}\n";

fn main() -> Result<(), Box<dyn Error>> {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let cli = installed().into_iter().next().ok_or("neither terraform nor tofu is on PATH")?;
    let mut out = std::io::stdout().lock();
    for (limit, requests, per_ms) in [("20/s", 20_u32, 1000_u32), ("5/s", 5, 1000), ("100/60s", 100, 60_000)] {
        for counts in [false, true] {
            for (tells, retry_after) in
                [("Retry-After: 1", "\"1\""), ("right Retry-After", "\"exact\""), ("no Retry-After", "null")]
            {
                for (count, parallelism) in [(100_u32, 40_u32), (300, 10)] {
                    let counted = if counts { "refusals counted" } else { "refusals not counted" };
                    let case = format!("{count} creations, -parallelism={parallelism}, {limit}, {counted}, {tells}");
                    if !case.contains(&wanted) {
                        continue;
                    }
                    let emulator = Emulator::start(Path::new(env!("CARGO_BIN_EXE_descope-emulator")));
                    emulator.switch(&format!(
                        r#"{{"rate_limit":{{"requests":{requests},"per_ms":{per_ms},"counts_refusals":{counts},
                            "retry_after":{retry_after}}}}}"#
                    ));
                    let servers = format!(
                        "resource \"descope_mcp_server\" \"x\" {{\n  count = {count}\n  \
                         name  = \"server ${{count.index}}\"\n}}\n"
                    );
                    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope"));
                    let mut workspace = Workspace::new(&cli, binary, &format!("{HEAD}{servers}"));
                    for (name, value) in emulator.variables() {
                        workspace.set(name, &value);
                    }
                    let begun = Instant::now();
                    let applied = workspace.run(&["apply", "-auto-approve", &format!("-parallelism={parallelism}")]);
                    let took = begun.elapsed().as_secs_f64();
                    let sent = emulator.requests("");
                    let refused = sent.iter().filter(|request| request["status"] == 429).count();
                    // So many requests at the limit's rate. A burst at the beginning may be faster.
                    let floor = f64::from(count) * f64::from(per_ms) / 1000.0 / f64::from(requests);
                    let failed = if applied.code == 0 { "" } else { ", FAILED" };
                    writeln!(
                        out,
                        "{case}: {} requests, {refused} refused, {took:.1} s of {floor:.1} s, {} created{failed}",
                        sent.len(),
                        emulator.servers().len()
                    )?;
                }
            }
        }
    }
    Ok(())
}
