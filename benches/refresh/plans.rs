// SPDX-License-Identifier: Apache-2.0

//! Plans of a real CLI: how many requests they make, and what they take against plans of the built-in
//! resource.

use std::time::Instant;

use crate::common::report::Report;
use crate::common::{Told, median, process};
use crate::scene::{Floor, Scene, Size, cli};
use crate::support::cli::Workspace;

/// How often each plan is made.
pub const RUNS: usize = 3;

/// How late answers come, in milliseconds.
const LATENCIES: [u64; 3] = [0, 20, 100];

/// How many servers a plan has, and of which size.
const PLANS: [(usize, Size); 3] = [(500, Size::Small), (1000, Size::Small), (1000, Size::Full)];

/// Counts the requests of plans.
pub fn count(report: &mut Report) -> Told {
    let scene = Scene::new(&cli()?, Size::Full)?;
    let mut rows = Vec::new();
    for (what, managed, gone, others) in [
        ("500 unchanged servers", 500, 0, 0),
        ("1 server among 3,500", 1, 0, 3499),
        ("2,000 servers, 100 of them gone", 2000, 100, 0),
    ] {
        scene.manage(managed, gone)?;
        scene.plant_others(others);
        scene.workspace.expect(&["plan", "-detailed-exitcode"], if gone > 0 { 2 } else { 0 });
        let (loads, lists, more) = scene.asked();
        let all = loads + lists + more;
        rows.push([what.to_owned(), loads.to_string(), lists.to_string(), all.to_string()]);
        report.figure(format!("plan of {what}: requests"), number(all)?);
        report.figure(format!("plan of {what}: lists"), number(lists)?);
    }
    report.table("Requests of a plan by the CLI", ["", "loads", "lists", "all requests"], &rows)
}

fn number(count: usize) -> Told<f64> {
    Ok(f64::from(u32::try_from(count)?))
}

/// What plans took: wall time and CPU of the CLI and its providers together, in seconds.
#[derive(Default)]
struct Took {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Took {
    fn plan(&mut self, workspace: &Workspace) {
        let (cpu, begun) = (process::waited_for_cpu(), Instant::now());
        workspace.expect(&["plan", "-detailed-exitcode"], 0);
        self.wall.push(begun.elapsed().as_secs_f64());
        self.cpu.extend(process::waited_for_cpu().zip(cpu).map(|(after, before)| after - before));
    }
}

/// Times plans, each in turn with that of the built-in resource.
pub fn time(report: &mut Report, runs: usize) -> Told {
    let cli = cli()?;
    let mut rows = Vec::new();
    for (servers, size) in PLANS {
        let scene = Scene::new(&cli, size)?;
        let floor = Floor::new(&cli, &scene)?;
        scene.manage(servers, 0)?;
        floor.manage(servers)?;
        let state = |workspace: &Workspace| format!("{} kB", workspace.read("terraform.tfstate").len() / 1000);
        let (what, our_state) = (format!("{servers} {} servers", size.words()), state(&scene.workspace));
        let mut built_in = Took::default();
        let mut ours = LATENCIES.map(|ms| (ms, Took::default()));
        for _ in 0..runs {
            built_in.plan(&floor.workspace);
            for (ms, took) in &mut ours {
                scene.delay(*ms);
                took.plan(&scene.workspace);
            }
        }
        let (wall, cpu) = (median(built_in.wall), median(built_in.cpu));
        rows.push([
            format!("{servers} terraform_data as large as {} servers", size.words()),
            state(&floor.workspace),
            format!("{wall:.2}"),
            "1.00".to_owned(),
            format!("{cpu:.2}"),
            "1.00".to_owned(),
        ]);
        for (ms, took) in ours {
            let (wall, cpu) = ((median(took.wall.clone()), wall), (median(took.cpu), cpu));
            let ratio = |(ours, floor): (f64, f64)| ours / floor;
            rows.push([
                format!("{what}, {ms} ms"),
                our_state.clone(),
                format!("{:.2}", wall.0),
                format!("{:.2}", ratio(wall)),
                format!("{:.2}", cpu.0),
                format!("{:.2}", ratio(cpu)),
            ]);
            report.figure(format!("plan of {what} at {ms} ms: wall time / built-in"), ratio(wall));
            report.figure(format!("plan of {what} at {ms} ms: CPU / built-in"), ratio(cpu));
        }
    }
    let head = ["", "state", "wall time, s", "times built-in", "CPU of CLI and provider, s", "times built-in"];
    let title = format!("Plans that change nothing, by {} {:?}: median of {runs}", cli.name, cli.version());
    report.table(&title, head, &rows)
}
