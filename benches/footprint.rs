//! What the provider costs a machine: start, schema call, memory, size. It measures the optimised
//! binary and fails nothing: `cargo bench --bench footprint`. With other builds of the provider
//! (`-- PATH...`) it measures all of them in turn, so that whatever else the machine does meets
//! each alike, and prints their ratios.

#[path = "../tests/it/support/mod.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod support;

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use support::plugin::{HostCertificate, Plugin, command};
use support::wire::tfplugin6::get_provider_schema;
use support::wire::tfplugin6::provider_client::ProviderClient;

/// How often each binary is measured. Each time it is started twice.
const RUNS: usize = 60;

/// What is measured, with its unit.
const FIGURES: [&str; 5] = [
    "exec to handshake, ms",
    "first schema call and TLS, ms",
    "schema call, ms",
    "peak resident memory at the handshake, MiB",
    "peak resident memory after the calls, MiB",
];

/// A build of the provider, and what was measured of it, by [`FIGURES`].
struct Build {
    binary: PathBuf,
    figures: [Vec<f64>; FIGURES.len()],
}

fn main() -> Result<(), Box<dyn Error>> {
    let others = std::env::args_os().skip(1).filter(|argument| argument != "--bench").map(PathBuf::from);
    let mut builds: Vec<Build> = std::iter::once(PathBuf::from(env!("CARGO_BIN_EXE_terraform-provider-descope")))
        .chain(others)
        .map(|binary| Build { binary, figures: Default::default() })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The host's certificate is made once: its key generation is the host's cost, not ours.
    let identity = HostCertificate::generate();
    for _ in 0..RUNS {
        for build in &mut builds {
            let (start, memory) = start(&build.binary, &identity)?;
            let (first, later, peak) = runtime.block_on(calls(&build.binary, &identity))?;
            for (figure, value) in build.figures.iter_mut().zip([start, first, later, memory, peak]) {
                figure.extend(value);
            }
        }
        builds.rotate_left(1);
    }
    let turned = RUNS % builds.len();
    builds.rotate_right(turned);
    print(&mut builds)
}

fn print(builds: &mut [Build]) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{RUNS} starts; minimum / median / maximum, and the median's ratio to the first build's")?;
    let mut sizes = Vec::new();
    for build in builds.iter() {
        sizes.push(f64::from(u32::try_from(std::fs::metadata(&build.binary)?.len())?) / 1e6);
    }
    for (index, name) in FIGURES.iter().enumerate() {
        writeln!(out, "{name}")?;
        let mut first = None;
        for build in builds.iter_mut() {
            let Some(figure) = build.figures.get_mut(index) else { continue };
            figure.sort_unstable_by(f64::total_cmp);
            let at = |at: usize| figure.get(at).copied().unwrap_or(f64::NAN);
            let (least, median, most) = (at(0), at(figure.len() / 2), at(figure.len().saturating_sub(1)));
            let ratio = median / *first.get_or_insert(median);
            writeln!(out, "  {least:7.2} / {median:7.2} / {most:7.2}   {ratio:.3}   {}", build.binary.display())?;
        }
    }
    writeln!(out, "binary, MB")?;
    for (build, size) in builds.iter().zip(&sizes) {
        let ratio = size / sizes.first().unwrap_or(size);
        writeln!(out, "  {size:7.2}   {ratio:.3}   {}", build.binary.display())?;
    }
    Ok(())
}

/// How long the first schema call takes, with the connection and its TLS, and how long the second;
/// and the peak memory after them.
type Calls = (Option<f64>, Option<f64>, Option<f64>);

async fn calls(binary: &Path, identity: &HostCertificate) -> Result<Calls, Box<dyn Error>> {
    let mut plugin = Plugin::start_as(binary, identity, &[]).await;
    let begun = Instant::now();
    let channel = plugin.connect(Some(identity)).await?;
    let mut client = ProviderClient::new(channel).max_decoding_message_size(64 << 20);
    client.get_provider_schema(get_provider_schema::Request {}).await?;
    let first = begun.elapsed();
    let begun = Instant::now();
    client.get_provider_schema(get_provider_schema::Request {}).await?;
    let later = begun.elapsed();
    let peak = plugin.child.id().and_then(peak_memory);
    plugin.child.kill().await?;
    Ok((Some(milliseconds(first)), Some(milliseconds(later)), peak))
}

/// How long it takes from starting the process to having read its handshake, and the peak memory by
/// then. Without a runtime of ours in between, which would add a millisecond of its own.
fn start(binary: &Path, identity: &HostCertificate) -> Result<(Option<f64>, Option<f64>), Box<dyn Error>> {
    let mut command = command(binary, &[("PLUGIN_CLIENT_CERT", &identity.pem)]).into_std();
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no pipe")?).read_line(&mut line)?;
    let took = begun.elapsed();
    let memory = peak_memory(child.id());
    child.kill()?;
    child.wait()?;
    match line.starts_with("1|6|") {
        true => Ok((Some(milliseconds(took)), memory)),
        false => Err(format!("{line:?} is not a handshake").into()),
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The most memory that a process ever had resident, in MiB; nothing on systems without `/proc`.
fn peak_memory(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kibi = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?;
    kibi.parse::<f64>().ok().map(|kibi| kibi / 1024.0)
}
