// SPDX-License-Identifier: Apache-2.0

//! Why a request failed: what lies at the bottom of it, in plain words. Used by `http`, `clients` and
//! `proxies`.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::Url;

use super::super::cause::{About, Cause};
use super::tls_error::no_tls;
use super::words::in_words;

/// How long one attempt may take. Descope's own SDKs wait as long.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// How long connecting may take. Nothing was sent before, so such an attempt can be repeated.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a request failed. The address is named by its host and port alone, since the rest of it says
/// nothing about that.
pub(in crate::descope) fn reason(error: reqwest::Error) -> Cause {
    let target = error.url().map(host_and_port).unwrap_or_else(|| "the host".to_owned());
    let error = error.without_url();
    let layers = layers(&error);
    let bottom = bottom(&error);
    let unreadable = causes(&error).any(is_malformed_header);
    let malformed = || (About::Other, format!("{target} answered with a header that is not valid HTTP"));
    let found = unreadable.then(malformed);
    let found =
        found.or_else(|| Some(no_tls(bottom.downcast_ref()?, &target))).or_else(|| other_protocol(&error, &target));
    let (about, words) = match found {
        Some(found) => found,
        None if error.is_builder() => (About::Other, format!("no request can be made ({})", in_words(bottom))),
        None if error.is_connect() => no_connection(&error, bottom, &target),
        None if error.is_timeout() => (About::Silent, format!("it took longer than {} seconds", TIMEOUT.as_secs())),
        None if error.is_body() || error.is_decode() => {
            (About::Other, format!("the answer broke off ({})", in_words(bottom)))
        }
        None => (About::Other, format!("the connection ended first ({})", in_words(bottom))),
    };
    Cause { layers, unreadable, late: error.is_connect() && error.is_timeout(), ..Cause::new(about, words) }
}

/// Why there is no connection.
fn no_connection(error: &reqwest::Error, bottom: &(dyn Error + 'static), target: &str) -> (About, String) {
    let host = target.rsplit_once(':').map_or(target, |(host, _)| host);
    let is_of_the_system = last(error).is::<io::Error>();
    if error.is_dns() && is_of_the_system {
        return (About::Name, format!("the host name {host} has no address ({})", in_words(bottom)));
    }
    let kind = last(error).downcast_ref::<io::Error>().map(io::Error::kind);
    let words = match kind {
        _ if error.is_timeout() => format!("no connection to {target} within {} seconds", CONNECT_TIMEOUT.as_secs()),
        Some(io::ErrorKind::ConnectionRefused) => format!("{target} refused the connection"),
        // A text is all that `tokio-rustls` says of it.
        _ if bottom.to_string() == "tls handshake eof" => {
            format!("the connection to {target} ended during the TLS handshake")
        }
        _ => format!("no connection to {target} ({})", in_words(bottom)),
    };
    (About::Connection, words)
}

/// What is wrong if what listens at the address answers in another protocol.
fn other_protocol(error: &reqwest::Error, target: &str) -> Option<(About, String)> {
    let no_http =
        |cause: &(dyn Error + 'static)| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse);
    let words = || format!("what listens at {target} answers with something that is not HTTP");
    causes(error).any(no_http).then(|| (About::NotHttp, words()))
}

/// Whether an answer began like one, and then had a header that can't be read. `hyper` tells that by its words alone.
fn is_malformed_header(cause: &(dyn Error + 'static)) -> bool {
    let is_parse = |error: &hyper::Error| error.is_parse() && error.to_string().contains("header");
    cause.downcast_ref::<hyper::Error>().is_some_and(is_parse)
}

/// An error and all its causes.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let outermost: &(dyn Error + 'static) = error;
    std::iter::successors(Some(outermost), |&cause| cause.source())
}

fn layers(error: &reqwest::Error) -> Vec<String> {
    let mut layers: Vec<String> = causes(error).map(ToString::to_string).collect();
    layers.dedup();
    layers
}

/// The last cause.
fn last(error: &reqwest::Error) -> &(dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

/// What lies at the bottom. An I/O error may hold another one, which `source` passes over.
fn bottom(error: &reqwest::Error) -> &(dyn Error + 'static) {
    let mut inner = last(error);
    while let Some(held) = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        inner = held;
    }
    inner
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
