//! The emulator's process. The only place that declares `emulator`.

#[path = "../emulator/mod.rs"]
mod emulator;

use std::io::Write;
use std::process::ExitCode;

use emulator::{Command, Flags};

fn main() -> ExitCode {
    match Flags::parse(std::env::args().skip(1)) {
        Ok(Command::Serve(flags)) => emulator::run(flags),
        Ok(Command::Tell(text)) => {
            let _ = writeln!(std::io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "descope-emulator: {reason}\nTry --help.");
            ExitCode::from(2)
        }
    }
}
