// SPDX-License-Identifier: Apache-2.0

//! The go-plugin contract: how a CLI starts this process, talks to it and ends it.
//!
//! This layer handles bytes and lifetimes only. It serves any routes and knows nothing about the
//! Terraform protocol or Descope. Called by `main`.

mod address;
mod arguments;
mod bind;
mod cli_config;
mod ending;
mod environment;
mod handshake;
mod host;
mod host_stream;
mod lifetime;
mod listener;
mod log;
mod output;
mod program;
mod reattach;
mod services;
mod serving;
mod signals;
#[cfg(unix)]
mod socket_group;
mod tcp_port;
mod tls;
#[cfg(unix)]
mod unix_socket;
mod wire;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use tonic::service::Routes;

use arguments::Invocation;
pub use ending::Calls;
use environment::HostEnvironment;
use host::Parent;
use output::print;
pub use program::Program;
use serving::Start;

/// The major version of the plugin protocol that the routes speak.
const PROTOCOL: u16 = 6;

/// Runs the program as its arguments (without its name) say: serves `routes` until the process should
/// end, or prints what was asked for. `calls` are the calls to those routes.
pub fn run(
    program: &Program,
    arguments: impl Iterator<Item = OsString>,
    calls: &Calls,
    routes: impl FnOnce() -> Routes,
) -> ExitCode {
    let asked = match Invocation::of(arguments) {
        Invocation::Version => Ok(format!("{} {} (protocol {PROTOCOL})", program.name, program.version)),
        Invocation::Help => Ok(program.explanation.to_owned()),
        Invocation::CliConfig => std::env::current_exe()
            .map_err(|error| format!("The path of this program is unknown: {error}"))
            .and_then(|executable| cli_config::cli_config(program.addresses, &executable)),
        Invocation::Unknown(argument) => {
            Err(format!("{} has no argument {argument:?}.\n\n{}", program.name, program.explanation))
        }
        Invocation::Plugin => return start(program, false, calls, routes),
        Invocation::Debug => return start(program, true, calls, routes),
    };
    // Such as on a full disk.
    let unwritten = |error| format!("It can't be written: {error}");
    match asked.and_then(|text| print(std::io::stdout(), &text).map_err(unwritten)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = print(std::io::stderr(), &reason);
            ExitCode::from(1)
        }
    }
}

fn start(program: &Program, debug: bool, calls: &Calls, routes: impl FnOnce() -> Routes) -> ExitCode {
    // The parent first, so that its death is noticed from now on.
    let (parent, environment) = (Parent::now(), HostEnvironment::of_process());
    if !debug && !environment.has_cookie() {
        // A person started it. A host would read standard output as a handshake, so that stays
        // empty.
        let _ = print(std::io::stderr(), program.explanation);
        return ExitCode::from(1);
    }
    log::init(&environment);
    let start = Start { program, protocol: PROTOCOL, debug, parent, environment };
    // One thread: operations wait for the network, side by side, and hardly compute. It starts sooner
    // than several threads and needs less memory. What blocks, such as locks of files, has threads
    // of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.map_err(|error| format!("the async runtime failed: {error}")).and_then(|runtime| {
        let served = runtime.block_on(serving::serve(&start, calls, routes));
        // Open streams and hung calls must not keep the process alive. The host would kill it and
        // report that.
        runtime.shutdown_timeout(Duration::from_millis(100));
        served
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            output::cannot_start(program.name, &reason, !debug);
            ExitCode::from(1)
        }
    }
}
