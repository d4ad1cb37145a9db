// SPDX-License-Identifier: Apache-2.0

//! The emulator's process. This is the only place that declares `emulator`.

#[path = "../emulator/mod.rs"]
mod emulator;

use std::process::ExitCode;

fn main() -> ExitCode {
    emulator::run(emulator::Flags::from_command_line())
}
