//! The go-plugin contract: how a CLI starts this process, talks to it and ends it.
//!
//! This layer handles bytes and lifetimes only. It serves any routes and knows nothing about the
//! Terraform protocol or Descope. Called by `main`.

mod address;
mod arguments;
mod environment;
mod handshake;
mod host_stream;
mod lifetime;
mod listener;
mod log;
mod program;
mod reattach;
mod services;
#[cfg(unix)]
mod socket_group;
mod tls;
mod wire;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;

use arguments::Invocation;
use environment::HostEnvironment;
use host_stream::Peers;
use lifetime::Parent;
use listener::Listener;
pub use program::Program;

/// The major version of the plugin protocol that the routes speak.
const PROTOCOL: u16 = 6;

/// How long open calls may take once the process is ending. The host kills it after two seconds.
const GRACE: Duration = Duration::from_secs(1);

/// Runs the program as its arguments say: serves `routes` until the process should end, or prints
/// what was asked for. Cancels `stop` when calls that are still running should end too.
pub fn run(program: &Program, stop: CancellationToken, routes: impl FnOnce() -> Routes) -> ExitCode {
    match Invocation::of(std::env::args_os().skip(1)) {
        Invocation::Version => {
            print(std::io::stdout(), &format!("{} {} (protocol {PROTOCOL})", program.name, program.version))
        }
        Invocation::Help => print(std::io::stdout(), program.explanation),
        Invocation::Unknown(argument) => {
            let text = format!("{} has no argument {argument:?}.\n\n{}", program.name, program.explanation);
            print(std::io::stderr(), &text);
            return ExitCode::from(1);
        }
        invocation @ (Invocation::Plugin | Invocation::Debug) => return start(program, &invocation, stop, routes),
    }
    ExitCode::SUCCESS
}

fn start(
    program: &Program,
    invocation: &Invocation,
    stop: CancellationToken,
    routes: impl FnOnce() -> Routes,
) -> ExitCode {
    let parent = Parent::now();
    let environment = HostEnvironment::of_process();
    if *invocation == Invocation::Plugin && !environment.has_cookie() {
        // A person started it. A host would read standard output as a handshake, so that stays
        // empty.
        print(std::io::stderr(), program.explanation);
        return ExitCode::from(1);
    }
    log::init(&environment);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let served = runtime.map_err(|error| format!("the async runtime failed: {error}")).and_then(|runtime| {
        let served = runtime.block_on(serve(program, invocation, parent, &environment, stop, routes));
        // Open streams and hung calls must not keep the process alive. The host would kill it and
        // report that.
        runtime.shutdown_timeout(Duration::from_millis(100));
        served
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            print(std::io::stderr(), &format!("{} can't start: {reason}", program.name));
            ExitCode::from(1)
        }
    }
}

async fn serve(
    program: &Program,
    invocation: &Invocation,
    parent: Parent,
    environment: &HostEnvironment,
    stop: CancellationToken,
    routes: impl FnOnce() -> Routes,
) -> Result<(), String> {
    let debug = *invocation == Invocation::Debug;
    let acceptor = match &environment.client_certificate {
        Some(pem) if !debug => Some(tls::acceptor(pem)?),
        _ => None,
    };
    let listener = Listener::bind(environment).await?;
    let (peers, end) = (Peers::default(), CancellationToken::new());
    // Signals must be handled before anybody knows of the process. An earlier one would kill it.
    lifetime::watch(debug, parent, peers.clone(), end.clone());
    let (certificate, acceptor) = acceptor.map(|tls| (tls.certificate, tls.acceptor)).unzip();
    let announcement = match debug {
        true => reattach::instructions(program, PROTOCOL, listener.address()),
        false => handshake::line(environment, PROTOCOL, listener.address(), certificate.as_deref()),
    };
    print(std::io::stdout(), &announcement);
    let routes = services::add(routes(), end.clone());
    // Dropping this at the end removes the socket's folder.
    let _folder = listener.folder();
    let connections = ReceiverStream::new(listener.accept(acceptor, peers, end.clone()));
    let server =
        Server::builder().add_routes(routes).serve_with_incoming_shutdown(connections, end.clone().cancelled_owned());
    tokio::select! {
        served = server => served.map_err(|error| format!("serving failed: {error}"))?,
        () = async { end.cancelled().await; stop.cancel(); tokio::time::sleep(GRACE).await } => {}
    }
    Ok(())
}

/// Writes a line for the person or the host. A failure is ignored, since nobody is there to read
/// it.
fn print(mut stream: impl Write, text: &str) {
    let _ = writeln!(stream, "{text}");
    let _ = stream.flush();
}
