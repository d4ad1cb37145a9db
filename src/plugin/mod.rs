//! The go-plugin contract: how a CLI starts this process, talks to it and ends it. Bytes and lifetimes only: it serves whatever
//! routes it is given and knows nothing of the Terraform protocol or of Descope. Called by `main`.

mod arguments;
mod handshake;
mod lifetime;
mod listener;
mod log;
mod reattach;
mod services;
mod tls;
mod wire;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;

use arguments::Mode;
pub use handshake::Environment;
use lifetime::Parent;
use listener::{Listener, Peers};

/// What the process is.
pub struct Identity {
    /// The binary's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its source addresses, one for each registry host that a CLI takes for its default.
    pub addresses: &'static [&'static str],
    /// What a person who started the binary by hand is told.
    pub explanation: &'static str,
}

/// The plugin protocol's major version that the routes speak.
const PROTOCOL: u16 = 6;

/// How long open calls may take to end once the process shall end. The host kills after two seconds.
const GRACE: Duration = Duration::from_secs(1);

/// Serves `routes` as this process was asked to, until it shall end. `stop` is tripped when work under way shall end too.
pub fn run(identity: &Identity, stop: CancellationToken, routes: impl FnOnce() -> Routes) -> ExitCode {
    match arguments::mode(std::env::args_os().skip(1)) {
        Mode::Version => {
            tell(std::io::stdout(), &format!("{} {} (protocol {PROTOCOL})", identity.name, identity.version))
        }
        Mode::Help => tell(std::io::stdout(), identity.explanation),
        Mode::Unknown(argument) => {
            tell(
                std::io::stderr(),
                &format!("{argument:?} is no argument of {}.\n\n{}", identity.name, identity.explanation),
            );
            return ExitCode::from(1);
        }
        mode @ (Mode::Plugin | Mode::Debug) => return start(identity, &mode, stop, routes),
    }
    ExitCode::SUCCESS
}

fn start(identity: &Identity, mode: &Mode, stop: CancellationToken, routes: impl FnOnce() -> Routes) -> ExitCode {
    let parent = Parent::now();
    let environment = Environment::of_process();
    if *mode == Mode::Plugin && !environment.has_cookie() {
        // Somebody started it by hand. Nothing on standard output: a host would take it for a handshake.
        tell(std::io::stderr(), identity.explanation);
        return ExitCode::from(1);
    }
    log::init(&environment);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let served = runtime.map_err(|error| format!("the runtime can't be started: {error}")).and_then(|runtime| {
        let served = runtime.block_on(serve(identity, mode, parent, &environment, stop, routes));
        // Open streams and hung calls must not keep the process: the host would kill it and say so.
        runtime.shutdown_timeout(Duration::from_millis(100));
        served
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            tell(std::io::stderr(), &format!("{} can't start: {reason}", identity.name));
            ExitCode::from(1)
        }
    }
}

async fn serve(
    identity: &Identity,
    mode: &Mode,
    parent: Parent,
    environment: &Environment,
    stop: CancellationToken,
    routes: impl FnOnce() -> Routes,
) -> Result<(), String> {
    let debug = *mode == Mode::Debug;
    let acceptor = match &environment.client_certificate {
        Some(pem) if !debug => Some(tls::acceptor(pem)?),
        _ => None,
    };
    let listener = Listener::bind(environment).await?;
    let (peers, end) = (Peers::default(), CancellationToken::new());
    // Before anybody is told that the process is there, or an early signal would still end it.
    lifetime::watch(debug, parent, peers.clone(), end.clone());
    let (certificate, acceptor) = acceptor.map(|tls| (tls.certificate, tls.acceptor)).unzip();
    match debug {
        true => tell(std::io::stdout(), &reattach::instructions(identity, PROTOCOL, listener.address())),
        false => {
            tell(std::io::stdout(), &handshake::line(environment, PROTOCOL, listener.address(), certificate.as_deref()))
        }
    }
    let routes = services::add(routes(), end.clone());
    // The socket's folder is removed when this goes.
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

/// Writes one line where a person or the host reads it. If nobody does, there is nobody to tell.
fn tell(mut stream: impl Write, text: &str) {
    let _ = writeln!(stream, "{text}");
    let _ = stream.flush();
}
