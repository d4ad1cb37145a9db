// SPDX-License-Identifier: Apache-2.0

//! What the provider costs a machine: start, schema call, CPU, memory, size: `cargo bench --bench
//! footprint`. With the official provider's binary (`-- --official PATH`) or other builds (`--against
//! PATH`) it measures all of them in turn, so that whatever else the machine does meets each alike, and
//! prints how many times more each of them needs. Only what is held against the official provider has a
//! ratio in the budget.

mod common;
#[path = "../tests/it/support/mod.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::arguments::Arguments;
use common::report::{Report, spread};
use common::{Told, median, process};
use support::plugin::{HostCertificate, Plugin, command};
use support::wire::tfplugin6::get_provider_schema;
use support::wire::tfplugin6::provider_client::ProviderClient;

/// How often each binary is measured. Each time it is started twice.
const RUNS: usize = 60;

/// How long a process is left alone before its CPU time is read: a thread that sleeps is told precisely.
const IDLE: Duration = Duration::from_millis(5);

/// What is measured: its short name, and what it is, with its unit.
const FIGURES: [(&str, &str); 8] = [
    ("handshake", "exec to handshake, ms"),
    ("first schema", "first schema call and TLS, ms"),
    ("later schema", "another schema call, ms"),
    ("CPU", "CPU of start and first schema call, ms"),
    ("memory at handshake", "peak resident memory at the handshake, MiB"),
    ("memory", "resident memory after the schema call, MiB"),
    ("peak memory", "peak resident memory after the schema call, MiB"),
    ("size", "binary, MB"),
];

/// What was measured once, by [`FIGURES`].
type Measured = [Option<f64>; FIGURES.len()];

/// A build of the provider, and what was measured of it.
struct Build {
    name: String,
    binary: PathBuf,
    figures: [Vec<f64>; FIGURES.len()],
}

impl Build {
    fn new(name: String, binary: PathBuf) -> Self {
        Self { name, binary, figures: Default::default() }
    }
}

/// The provider as it is shipped. `cargo bench` builds it with what crates offer to tests, too, so that it is larger
/// and its functions do not have the names that `link/start.ld` knows.
fn shipped() -> Told<PathBuf> {
    let binary = common::provider().to_owned();
    if cfg!(debug_assertions) {
        return Ok(binary);
    }
    let mut folder = binary.parent().and_then(Path::parent).ok_or("the build folder is not where it should be")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "--quiet", "--bin", "terraform-provider-descope"]);
    // Cargo has a folder for each target that is named. This benchmark knows of one that may be.
    if cfg!(target_env = "musl") {
        let target = folder.file_name().ok_or("the build folder has no name")?;
        command.arg("--target").arg(target);
        folder = folder.parent().ok_or("the build folder is not where it should be")?;
    }
    command.arg("--target-dir").arg(folder).current_dir(env!("CARGO_MANIFEST_DIR"));
    let built = command.status()?;
    if built.success() { Ok(binary) } else { Err("the provider as it is shipped could not be built".into()) }
}

fn main() -> Told {
    let arguments = Arguments::of_process()?;
    let runs = arguments.runs.unwrap_or(RUNS);
    let mut builds = vec![Build::new("ours".to_owned(), shipped()?)];
    builds.extend(arguments.official.iter().map(|binary| Build::new("official".to_owned(), binary.clone())));
    let others = arguments.against.iter().zip(1..);
    builds.extend(others.map(|(binary, number)| Build::new(format!("other {number}"), binary.clone())));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The host's certificate is made once: its key generation is the host's cost, not ours.
    let identity = HostCertificate::generate();
    for _ in 0..runs {
        for build in &mut builds {
            let (start, memory) = start(&build.binary, &identity)?;
            let mut measured = runtime.block_on(calls(&build.binary, &identity))?;
            let size = f64::from(u32::try_from(std::fs::metadata(&build.binary)?.len())?) / 1e6;
            for (name, value) in [("handshake", Some(start)), ("memory at handshake", memory), ("size", Some(size))] {
                set(&mut measured, name, value);
            }
            for (figure, value) in build.figures.iter_mut().zip(measured) {
                figure.extend(value);
            }
        }
        builds.rotate_left(1);
    }
    let turned = runs % builds.len();
    builds.rotate_right(turned);
    show(&builds, runs, &arguments)
}

fn set(measured: &mut Measured, name: &str, value: Option<f64>) {
    let known = FIGURES.iter().position(|(figure, _)| *figure == name);
    if let Some(slot) = known.and_then(|index| measured.get_mut(index)) {
        *slot = value;
    }
}

fn show(builds: &[Build], runs: usize, arguments: &Arguments) -> Told {
    let mut report = Report::new("footprint");
    let mut rows = Vec::new();
    for (index, (short, what)) in FIGURES.iter().enumerate() {
        let mut ours = None;
        for build in builds {
            let values = build.figures.get(index).map(Vec::as_slice).unwrap_or_default();
            if values.is_empty() {
                continue;
            }
            let middle = median(values.to_vec());
            let ratio = middle / *ours.get_or_insert(middle);
            rows.push([(*what).to_owned(), build.name.clone(), spread(values, 2), format!("{ratio:.2}")]);
            match build.name.as_str() {
                "ours" => report.figure(*what, middle),
                name => report.figure(format!("{short}: {name} / ours"), ratio),
            }
        }
    }
    let title = format!("Start, memory and size: {runs} starts, minimum / median / maximum");
    report.table(&title, ["", "binary", "measured", "times ours"], &rows)?;
    report.end(arguments, false)
}

/// What the schema call, which includes the connection and its TLS, and one more take; and what the process used by
/// the end of the first.
async fn calls(binary: &Path, identity: &HostCertificate) -> Told<Measured> {
    let mut plugin = Plugin::start_as(binary, identity, &[]).await;
    let pid = plugin.child.id().ok_or("the provider has ended")?;
    let begun = Instant::now();
    let channel = plugin.connect_to_any(identity).await?;
    let mut client = ProviderClient::new(channel).max_decoding_message_size(64 << 20);
    client.get_provider_schema(get_provider_schema::Request {}).await?;
    let first = begun.elapsed();
    tokio::time::sleep(IDLE).await;
    let used = process::cpu(pid);
    let (resident, peak) = (process::resident(pid), process::peak(pid));
    let begun = Instant::now();
    client.get_provider_schema(get_provider_schema::Request {}).await?;
    let later = begun.elapsed();
    plugin.child.kill().await?;
    let mut measured = Measured::default();
    for (name, value) in [
        ("first schema", Some(milliseconds(first))),
        ("later schema", Some(milliseconds(later))),
        ("CPU", used.map(milliseconds)),
        ("memory", resident),
        ("peak memory", peak),
    ] {
        set(&mut measured, name, value);
    }
    Ok(measured)
}

/// How many milliseconds it takes from starting the process to having read its handshake, and the peak memory by
/// then. Without a runtime of ours in between, which would add a millisecond of its own.
fn start(binary: &Path, identity: &HostCertificate) -> Told<(f64, Option<f64>)> {
    // A provider that is killed can't remove its files.
    let folder = tempfile::tempdir()?;
    let mut command = command(binary, &[("PLUGIN_CLIENT_CERT", &identity.pem)]).into_std();
    command.env("TMPDIR", folder.path());
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no pipe")?).read_line(&mut line)?;
    let took = begun.elapsed();
    let memory = process::peak(child.id());
    child.kill()?;
    child.wait()?;
    match line.starts_with("1|6|") {
        true => Ok((milliseconds(took), memory)),
        false => Err(format!("{line:?} is not a handshake").into()),
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
