// SPDX-License-Identifier: Apache-2.0

//! `cargo pack`: makes the files of a release in `target/pack/`, or where `--out` says. Without `--binary` it builds
//! the provider for this machine first; the release workflow gives it the binaries that other machines built. It says
//! what it made, and what a release has beyond that.

mod package;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Parser;

use package::archive::Compression;
use package::crates::{Dependencies, TREE};
use package::target::{self, TARGETS, Target};
use package::{Binary, Order, pack};

/// Makes the files of a release: archives, checksums, SBOMs, and mirrors.
#[derive(Parser)]
#[command(name = "cargo pack")]
struct Flags {
    /// A binary that was built, such as `darwin_arm64=PATH`. May be given for each target. By default, the provider is
    /// built for this machine.
    #[arg(long = "binary", value_name = "OS_ARCH=PATH", value_parser = binary)]
    binaries: Vec<(&'static Target, PathBuf)>,
    /// What to build for, as Rust names it, such as `x86_64-unknown-linux-musl`. By default, what the compiler builds
    /// for.
    #[arg(long, value_name = "TRIPLE", conflicts_with = "binaries")]
    target: Option<String>,
    /// Builds the binary as releases have it, prints where it is, and packs nothing.
    #[arg(long, conflicts_with_all = ["binaries", "complete"])]
    only_build: bool,
    /// The folder for the files.
    #[arg(long, default_value = "target/pack")]
    out: PathBuf,
    /// Fails unless there is a binary for each target of a release.
    #[arg(long)]
    complete: bool,
}

/// The variable with the flags, if this program is to call the compiler.
const WRAPS: &str = "DESCOPE_PACK_WRAPS";

fn main() -> ExitCode {
    let done = match std::env::var(WRAPS) {
        Ok(flags) => wrap(&flags),
        Err(_) => run(Flags::parse()).map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "cargo pack: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: Flags) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binaries = match flags.binaries.is_empty() {
        true => vec![build(root, flags.target.as_deref())?],
        false => flags.binaries,
    };
    if flags.only_build {
        for (_, path) in &binaries {
            writeln!(std::io::stdout(), "{}", path.display())?;
        }
        return Ok(());
    }
    let missing: Vec<String> = TARGETS
        .iter()
        .filter(|target| !binaries.iter().any(|(given, _)| given == target))
        .map(Target::to_string)
        .collect();
    if flags.complete && !missing.is_empty() {
        return Err(format!("no binary for {}", missing.join(", ")).into());
    }
    let mut notes = Vec::new();
    let mut order = Order {
        version: env!("CARGO_PKG_VERSION"),
        license: include_bytes!("../LICENSE"),
        binaries: Vec::new(),
        compression: Compression::best(),
    };
    for (target, path) in binaries {
        let content = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let glibc = target::needs_glibc(&content);
        if let Some(version) = &glibc {
            notes.push(format!("The binary for {target} needs glibc {version} or newer, and does not run on Alpine."));
        }
        // Releases are static. What is built for the machine at hand need not be.
        let triple = if glibc.is_some() { target.triple.replace("-musl", "-gnu") } else { target.triple.to_owned() };
        let dependencies = Some(dependencies(root, &triple)?);
        order.binaries.push(Binary { target, path, dependencies });
    }
    let mut made = pack(order, &flags.out)?;
    made.sort();

    let mut out = std::io::stdout().lock();
    for name in made {
        writeln!(out, "{}", flags.out.join(name).display())?;
    }
    if !missing.is_empty() {
        notes.push(format!("Not packed here, but by the release workflow: {}.", missing.join(", ")));
    }
    notes.push(format!("Not built for any release: {}.", target::NEVER));
    writeln!(out, "\n{}", notes.join("\n"))?;
    Ok(())
}

fn binary(argument: &str) -> Result<(&'static Target, PathBuf), String> {
    let (name, path) = argument.split_once('=').ok_or("not of the form OS_ARCH=PATH")?;
    let known = || TARGETS.iter().map(Target::to_string).collect::<Vec<_>>().join(", ");
    let target = Target::named(name).ok_or_else(|| format!("{name} is not a target of a release: {}", known()))?;
    Ok((target, path.into()))
}

/// Builds the provider as it is shipped.
fn build(root: &Path, triple: Option<&str>) -> Result<(&'static Target, PathBuf), Box<dyn Error>> {
    let target = match triple {
        None => Target::here().ok_or("a release has nothing for this machine; see --target")?,
        Some(triple) => {
            TARGETS.iter().find(|target| target.triple == triple).ok_or("not the triple of a release's target")?
        }
    };
    // A folder of its own, since cargo would take what was built without those names.
    let mut folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    folder.push("pack-build");
    let mut command = cargo(root);
    command
        .args(["build", "--release", "--locked", "--bin", "terraform-provider-descope", "--target-dir"])
        .arg(&folder);
    hide_folders(&mut command, root, &folder)?;
    if let Some(triple) = triple {
        command.args(["--target", triple]);
        folder.push(triple);
    }
    match command.status()?.success() {
        true => Ok((target, folder.join("release").join(format!("terraform-provider-descope{}", target.suffix())))),
        false => Err("the provider can't be built".into()),
    }
}

/// Has the compilers write other names for the folders of this machine, which messages of crates contain. Else every
/// folder would give another binary.
fn hide_folders(command: &mut Command, root: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).ok_or("where is cargo's home?")?;
    // The last one that fits counts.
    let names =
        [(home.join("registry").join("src"), "/crates"), (root.to_owned(), "/src"), (target.to_owned(), "/target")];
    let flags = names.each_ref().map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    // As flags of cargo's, they would be part of the digests by which it names folders, and these end up in the binary.
    command.env("RUSTC_WRAPPER", std::env::current_exe()?).env(WRAPS, serde_json::to_string(&flags)?);
    if cfg!(not(target_env = "msvc")) {
        // `cargo run` has set what `.cargo/config.toml` says.
        let mut flags = std::env::var("AWS_LC_SYS_CFLAGS").unwrap_or_default();
        for (folder, name) in &names {
            flags.push_str(&format!(" -ffile-prefix-map={}={name}", folder.display()));
        }
        command.env("AWS_LC_SYS_CFLAGS", flags);
    }
    Ok(())
}

/// Cargo calls this program in place of the compiler: it calls the compiler with these flags more.
fn wrap(flags: &str) -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let mut command = Command::new(arguments.next().ok_or("no compiler is named")?);
    command.args(arguments).args(serde_json::from_str::<Vec<String>>(flags)?);
    // What a build script wrote. The folder's name has a digest in it that depends on too much.
    if let Some(folder) = std::env::var_os("OUT_DIR") {
        command.arg(format!("--remap-path-prefix={}=/out", Path::new(&folder).display()));
    }
    let code = command.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What cargo knows about the crates of a build for this target.
fn dependencies(root: &Path, triple: &str) -> Result<Dependencies, Box<dyn Error>> {
    let print = |arguments: &[&str]| {
        let output = cargo(root).args(arguments).arg(triple).output()?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(Box::<dyn Error>::from(String::from_utf8_lossy(&output.stderr))),
        }
    };
    let metadata = print(&["metadata", "--format-version=1", "--locked", "--filter-platform"])?;
    let (metadata, tree) = (serde_json::from_slice(&metadata)?, String::from_utf8(print(&TREE)?)?);
    Ok(Dependencies { triple: triple.to_owned(), metadata, tree })
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}
