// SPDX-License-Identifier: Apache-2.0

//! The README's first command: the main job, from nothing, on this machine. It builds the provider
//! and the emulator, starts the emulator, and takes `main.tf` beside this file through plan, apply,
//! change, import and destroy, with the CLI that is installed. It prints what the CLI prints and
//! what the API received. Without a CLI it takes the same steps with a protocol client of its own.
//!
//! `--without-cli` takes those steps even where a CLI is installed.

#[path = "../../tests/it/support/mod.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod support;

mod screen;
mod with_cli;
mod without_cli;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::cli;
use support::emulator::Emulator;

type Outcome = Result<(), Box<dyn Error>>;

/// Where things are.
struct Setting {
    /// The provider that was built.
    provider: PathBuf,
    /// The emulator, running.
    emulator: Emulator,
    /// How many API requests were shown already.
    shown: usize,
}

fn main() -> Outcome {
    let without_cli = std::env::args().any(|argument| argument == "--without-cli");
    say(
        "This takes an MCP server through its whole life on this machine, without an account. Once everything is built, it \
         takes less than half a minute.",
    );
    let binaries = build()?;
    let emulator = Emulator::start(&binaries.join(executable("descope-emulator")));
    say(&format!("The emulator stands in for Descope at {}.", emulator.url()));
    let setting = Setting { provider: binaries.join(executable("terraform-provider-descope")), emulator, shown: 0 };
    match cli::installed().first().filter(|_| !without_cli) {
        Some(cli) => with_cli::run(cli, setting)?,
        None => {
            say("Neither terraform nor tofu is used (none is on PATH, or --without-cli was given): taking the same \
                 steps with a protocol client.");
            without_cli::run(setting)?;
        }
    }
    say("\nDone: planned, applied, changed, imported and destroyed.\n\nWhat next:\n- \
         docs/guides/getting-started.md: the same by hand, in a folder of your own\n- docs/guides/install.md: the provider and \
         the emulator on your PATH\n- docs/guides/existing-servers.md: servers that exist already\n- \
         examples/modules/mcp-gateway: a module for many servers");
    Ok(())
}

/// Builds both binaries and answers the folder they are in. Naming this example too keeps cargo
/// from building the dependencies a second time with other features.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    say("Building the provider and the emulator.");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--bins", "--example", "quickstart"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    if !command.status()?.success() {
        return Err("the build failed".into());
    }
    // This program is in the `examples` folder beside them.
    let this = std::env::current_exe()?;
    let folder = this.parent().and_then(Path::parent).ok_or("the build folder is not where it should be")?;
    Ok(folder.to_owned())
}

fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

impl Setting {
    /// Shows the requests that the API got since the last time.
    fn show_requests(&mut self) {
        let requests = self.emulator.requests("");
        for request in requests.iter().skip(self.shown) {
            say(&screen::request(request));
        }
        self.shown = requests.len();
    }
}

/// Prints a line; if nobody reads it, there is nobody to tell.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
