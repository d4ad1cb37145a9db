// SPDX-License-Identifier: Apache-2.0

//! What the system says of processes. Nothing on systems without `/proc`.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::time::Duration;

/// How many ticks Linux tells for a second, on each machine.
const TICKS: f64 = 100.0;

/// The CPU time, user's and system's, that the threads of a process have used so far. To the nanosecond for
/// threads that sleep; those that have ended are lacking.
pub fn cpu(pid: u32) -> Option<Duration> {
    let threads = read_dir(format!("/proc/{pid}/task")).ok()?;
    threads.map(|thread| on_cpu(&format!("{}/schedstat", thread.ok()?.path().display()))).sum()
}

/// The CPU time of this thread.
pub fn thread_cpu() -> Option<Duration> {
    on_cpu("/proc/thread-self/schedstat")
}

fn on_cpu(path: &str) -> Option<Duration> {
    read_to_string(path).ok()?.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// The CPU seconds of all processes that this one has started and waited for, and of those that they waited
/// for.
pub fn waited_for_cpu() -> Option<f64> {
    let line = read_to_string("/proc/self/stat").ok()?;
    // What precedes holds the program's name, in which anything may be.
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / TICKS)
}

/// The memory that a process has resident, in MiB.
pub fn resident(pid: u32) -> Option<f64> {
    memory(pid, "status", "VmRSS:")
}

/// The most memory that a process ever had resident, in MiB.
pub fn peak(pid: u32) -> Option<f64> {
    memory(pid, "status", "VmHWM:")
}

/// The memory of a process in MiB, where what it shares with others is divided among them.
pub fn share(pid: u32) -> Option<f64> {
    memory(pid, "smaps_rollup", "Pss:")
}

fn memory(pid: u32, file: &str, name: &str) -> Option<f64> {
    let text = read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let kibi = text.lines().find_map(|line| line.strip_prefix(name))?.trim().strip_suffix(" kB")?;
    kibi.parse::<f64>().ok().map(|kibi| kibi / 1024.0)
}

/// The processes that a process has started, and what those started, whose program is called like this.
pub fn descendants(pid: u32, program: &str) -> BTreeSet<u32> {
    let (mut found, mut parents) = (BTreeSet::new(), vec![pid]);
    while let Some(parent) = parents.pop() {
        for thread in read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten() {
            let children = read_to_string(thread.path().join("children")).unwrap_or_default();
            parents.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
        let link = std::fs::read_link(format!("/proc/{parent}/exe")).unwrap_or_default();
        if link.file_name().is_some_and(|name| name == program) {
            found.insert(parent);
        }
    }
    found
}

/// How busy the machine is, in words.
pub fn busy() -> String {
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = load.split(' ').next().unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores; {minute} threads were busy on average during the last minute")
}
