// SPDX-License-Identifier: Apache-2.0

//! The CPU instructions of each operation, counted by valgrind, as multiples of those of a yardstick in
//! the same run: serde_json parsing the same server. So they depend on no machine, and hardly on the
//! compiler, and each run has the same.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::Told;
use crate::common::report::Report;
use crate::operations::{Fixture, Operation, TOGETHER};
use crate::steps::YARDSTICK;

/// The argument that makes this program do what is counted.
pub const COUNTED: &str = "counted";

/// How many elements the long lists have whose costs are compared.
const ELEMENTS: [usize; 2] = [100, 200];

/// What is counted: once with two elements in each list, and then with many.
pub fn counted() -> Told {
    // One more is done before it counts: what is built for the first one only.
    let fixture = Fixture::new(TOGETHER + 2)?;
    for mut operation in fixture.calls()?.into_iter().chain(fixture.steps()?) {
        (operation.prepare)()?;
        (operation.call)(operation.first)?;
        measure(&mut operation, "")?;
    }
    for elements in ELEMENTS {
        for mut operation in fixture.long_steps(elements)? {
            measure(&mut operation, &elements.to_string())?;
        }
    }
    Ok(())
}

fn measure(operation: &mut Operation, elements: &str) -> Told {
    mark();
    let done = (operation.call)(operation.first + 1);
    mark();
    done?;
    Ok(writeln!(std::io::stdout().lock(), "{}\t{elements}", operation.name)?)
}

/// Valgrind tells what it has counted since the last time whenever this function is called.
#[inline(never)]
fn mark() {
    std::hint::black_box(());
}

/// Counts, and notes the figures; answers whether it could. With `REQUIRE_VALGRIND=1` a missing valgrind is an error.
pub fn compare(report: &mut Report) -> Told<bool> {
    // An optimised build is stripped, so valgrind does not see when `mark` is called.
    if cfg!(not(debug_assertions)) {
        report.say("skipped: instructions are counted by `cargo test --bench engine -- instructions`")?;
        return Ok(false);
    }
    let required = std::env::var_os("REQUIRE_VALGRIND").is_some_and(|value| value == "1");
    let Some(counts) = by_valgrind()? else {
        if required {
            return Err("REQUIRE_VALGRIND=1, but valgrind is not on PATH".into());
        }
        report.say("skipped: valgrind is not on PATH")?;
        return Ok(false);
    };
    let of = |name: &str, elements: &str| {
        let found = counts.iter().find(|count| count.name == name && count.elements == elements);
        found.map(|count| count.instructions)
    };
    let yardstick = of(YARDSTICK, "").ok_or("no yardstick")?;
    let mut rows = Vec::new();
    for Count { name, instructions, .. } in counts.iter().filter(|count| count.elements.is_empty()) {
        let ratio = instructions / yardstick;
        let [few, many] = ELEMENTS.map(|elements| of(name, &elements.to_string()));
        let growth = few.zip(many).map(|(few, many)| many / few);
        let shown = growth.map_or("-".to_owned(), |growth| format!("{growth:.3}"));
        rows.push([name.clone(), format!("{instructions:.0}"), format!("{ratio:.2}"), shown]);
        if name != YARDSTICK {
            report.figure(format!("{name}: times the yardstick"), ratio);
            growth.into_iter().for_each(|growth| report.figure(format!("{name}: 200 elements / 100"), growth));
        }
    }
    let head = ["", "instructions", "times the yardstick", "200 elements / 100 elements"];
    report.table("CPU instructions of one call, unoptimised build", head, &rows)?;
    Ok(true)
}

/// The instructions of one call.
struct Count {
    name: String,
    /// How many elements the long lists have, if any is long.
    elements: String,
    instructions: f64,
}

fn by_valgrind() -> Told<Option<Vec<Count>>> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let child = Command::new("valgrind")
        .args(["--tool=callgrind", "--dump-before=*instructions*mark*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe()?)
        .arg(COUNTED)
        .stdin(Stdio::null())
        .output();
    let output = match child {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        child => child?,
    };
    if !output.status.success() {
        return Err(format!("valgrind failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let lines = String::from_utf8(output.stdout)?;
    let count = |(line, number): (&str, usize)| {
        let (name, elements) = line.split_once('\t').ok_or("a line is too short")?;
        // One file before each operation and one behind it.
        let instructions = total(&out.with_extension((2 * number).to_string()))?;
        Ok(Count { name: name.to_owned(), elements: elements.to_owned(), instructions })
    };
    lines.lines().zip(1..).map(count).collect::<Told<Vec<_>>>().map(Some)
}

/// The instructions that valgrind counted until it wrote this file.
fn total(file: &Path) -> Told<f64> {
    let text = std::fs::read_to_string(file)?;
    if !text.contains("desc: Trigger: --dump-before=") {
        return Err(format!("{} is not what was to be counted", file.display()).into());
    }
    let total = text.lines().find_map(|line| line.strip_prefix("summary: ")).ok_or("no summary")?;
    Ok(total.trim().parse()?)
}
