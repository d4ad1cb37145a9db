//! The emulator's process. This is the only place that declares `emulator`.

#[path = "../emulator/mod.rs"]
mod emulator;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    emulator::run(emulator::Flags::parse())
}
