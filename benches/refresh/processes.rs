// SPDX-License-Identifier: Apache-2.0

//! A plan with many provider configurations. A CLI starts a process for each.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::common::report::Report;
use crate::common::{Told, process, provider};
use crate::scene::{Scene, Size, cli};

/// How many provider configurations there are.
const ALIASES: usize = 50;

/// How late answers come, in milliseconds, so that processes live at the same time as they would.
const LATENCY: u64 = 100;

/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Plans, and looks at the processes meanwhile.
pub fn measure(report: &mut Report) -> Told {
    let scene = Scene::new(&cli()?, Size::Full)?;
    scene.manage_apart(ALIASES)?;
    scene.delay(LATENCY);
    let name = provider().file_name().and_then(|name| name.to_str()).ok_or("no name")?;
    let begun = Instant::now();
    let mut plan =
        scene.workspace.command().args(["plan", "-detailed-exitcode"]).stdout(std::process::Stdio::null()).spawn()?;
    let (mut most, mut at_once, mut peaks) = (0.0_f64, 0, BTreeMap::new());
    let status = loop {
        if let Some(status) = plan.try_wait()? {
            break status;
        }
        let running = process::descendants(plan.id(), name);
        let shares: Vec<f64> = running.iter().filter_map(|pid| process::share(*pid)).collect();
        most = most.max(shares.iter().sum());
        at_once = at_once.max(shares.len());
        for pid in running {
            peaks.extend(process::peak(pid).map(|peak| (pid, peak)));
        }
        std::thread::sleep(LOOK);
    };
    let took = begun.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("the plan ended with {status}").into());
    }
    let all: f64 = peaks.values().sum();
    report.figure(format!("{ALIASES} provider configurations: memory at once, MiB"), most);
    report.figure(format!("{ALIASES} provider configurations: sum of all peaks, MiB"), all);
    report.figure(format!("{ALIASES} provider configurations: time of the plan, s"), took);
    let row = [
        format!("{ALIASES} provider configurations, {LATENCY} ms"),
        format!("{took:.1}"),
        peaks.len().to_string(),
        at_once.to_string(),
        format!("{most:.0}"),
        format!("{all:.0}"),
    ];
    let head = ["", "time, s", "processes", "at once", "memory at once, MiB", "sum of all their peaks, MiB"];
    report.table("A plan with many provider configurations", head, &[row])
}
