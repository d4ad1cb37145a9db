//! What the provider costs a machine: start, schema call, memory, size. It measures the optimised binary and fails nothing:
//! `cargo bench --bench footprint`.

#[path = "../tests/it/support/mod.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod support;

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use support::plugin::{HostCertificate, Plugin, command};
use support::wire::tfplugin6::get_provider_schema;
use support::wire::tfplugin6::provider_client::ProviderClient;

/// How often the provider is started.
const RUNS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The host's certificate is made once: its key generation is the host's cost, not ours.
    let identity = HostCertificate::generate();
    let (mut starts, mut firsts, mut laters, mut peaks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        starts.push(start(binary, &identity)?);
        runtime.block_on(async {
            let mut plugin = Plugin::start_as(binary, &identity, &[]).await;
            let begun = Instant::now();
            let channel = plugin.connect(Some(&identity)).await?;
            let mut client = ProviderClient::new(channel).max_decoding_message_size(64 << 20);
            client.get_provider_schema(get_provider_schema::Request {}).await?;
            firsts.push(begun.elapsed());
            let begun = Instant::now();
            client.get_provider_schema(get_provider_schema::Request {}).await?;
            laters.push(begun.elapsed());
            peaks.extend(plugin.child.id().and_then(peak_memory));
            plugin.child.kill().await?;
            Ok::<_, Box<dyn Error>>(())
        })?;
    }
    let size = std::fs::metadata(binary)?.len();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{RUNS} starts; minimum / median / maximum")?;
    writeln!(out, "exec to handshake         {}", spread(&mut starts))?;
    writeln!(out, "first schema call and TLS {}", spread(&mut firsts))?;
    writeln!(out, "schema call               {}", spread(&mut laters))?;
    peaks.sort_unstable();
    match peaks.get(peaks.len() / 2) {
        Some(median) => writeln!(out, "peak resident memory      {:.1} MiB (median)", mebi(*median))?,
        None => writeln!(out, "peak resident memory      not told by this system")?,
    }
    writeln!(out, "stripped binary           {:.2} MB", f64::from(u32::try_from(size)?) / 1e6)?;
    Ok(())
}

/// How long it takes from starting the process to having read its handshake. Without a runtime of ours in between, which would add a
/// millisecond of its own.
fn start(binary: &Path, identity: &HostCertificate) -> Result<Duration, Box<dyn Error>> {
    let mut command = command(binary, &[("PLUGIN_CLIENT_CERT", &identity.pem)]).into_std();
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no pipe")?).read_line(&mut line)?;
    let took = begun.elapsed();
    child.kill()?;
    child.wait()?;
    match line.starts_with("1|6|") {
        true => Ok(took),
        false => Err(format!("{line:?} is no handshake").into()),
    }
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |index: usize| times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    format!("{:.2} / {:.2} / {:.2} ms", at(0), at(times.len() / 2), at(times.len().saturating_sub(1)))
}

/// The most memory that a process ever had resident, in KiB.
fn peak_memory(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

fn mebi(kibi: u32) -> f64 {
    f64::from(kibi) / 1024.0
}
