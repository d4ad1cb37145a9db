// SPDX-License-Identifier: Apache-2.0

//! Serves the routes, from the handshake to the end of the process. Called by `mod`.

use std::time::Duration;

use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;

use super::bind::{Guard, bind};
use super::ending::{Calls, Ending};
use super::environment::HostEnvironment;
use super::host::Parent;
use super::host_stream::Peers;
use super::output::print;
use super::program::Program;
use super::{handshake, lifetime, reattach, services, tls};

/// How long open calls may take once the process is ending and all writes are done. The host kills it
/// after two seconds.
const GRACE: Duration = Duration::from_secs(1);

/// How the process was started.
pub(super) struct Start<'a> {
    pub(super) program: &'a Program,
    /// The major version of the plugin protocol.
    pub(super) protocol: u16,
    /// Whether a person started it.
    pub(super) debug: bool,
    pub(super) parent: Parent,
    pub(super) environment: HostEnvironment,
}

/// Serves routes. The error is the end of a sentence for the person who reads the host's output.
pub(super) async fn serve(start: &Start<'_>, calls: &Calls, routes: impl FnOnce() -> Routes) -> Result<(), String> {
    let Start { program, protocol, debug, parent, environment } = start;
    let (debug, protocol) = (*debug, *protocol);
    let (peers, ending) = (Peers::default(), Ending::default());
    // A signal that comes before it is handled kills the process, and nothing is cleaned up.
    lifetime::watch(debug, *parent, peers.clone(), ending.clone());
    let tls = match &environment.client_certificate {
        Some(pem) if !debug => Some(tls::acceptor(pem)?),
        _ => None,
    };
    let guard = match &tls {
        Some(_) => Guard::MutualTls,
        None if debug => Guard::Debugging,
        None => Guard::None,
    };
    let mut listener = bind(environment, guard)?;
    let (certificate, acceptor) = tls.map(|tls| (tls.certificate, tls.acceptor)).unzip();
    let announcement = match debug {
        true => reattach::instructions(program, protocol, listener.address()),
        false => handshake::line(environment, protocol, listener.address(), certificate.as_deref()),
    };
    let printed = print(std::io::stdout(), &announcement);
    if !debug {
        // A host that is waiting for the handshake has the pipe open.
        printed.map_err(|error| format!("the host is gone: {error}"))?;
    }
    let routes = services::add(routes(), ending.clone());
    let folder = listener.take_folder();
    let connections = ReceiverStream::new(listener.accept(acceptor, peers.clone(), ending.clone()));
    let server = Server::builder().add_routes(routes);
    let finished = CancellationToken::new();
    let serving = async {
        let ended = ending.clone();
        let server = server.serve_with_incoming_shutdown(connections, async move { ended.begun().await });
        let served = tokio::select! {
            served = server => served.map_err(|error| format!("serving failed: {error}")),
            () = async { finished.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
        };
        ending.begin();
        served
    };
    let finishing = async {
        ending.finish(calls).await;
        finished.cancel();
    };
    let tidying = async {
        // With mutual TLS only one host can connect, and a host connects once. The sooner the
        // folder goes, the less a process leaves behind if it is killed. (Nobody removes a folder
        // that was left in the moment before. For that, each start would have to look through all
        // temporary files.) Without TLS, a host may tell others where the socket is.
        tokio::select! {
            () = peers.came(), if guard == Guard::MutualTls => {}
            () = ending.begun() => {}
        }
        drop(folder);
    };
    let (served, (), ()) = tokio::join!(serving, finishing, tidying);
    served
}
