//! Why a request failed: what lies at the bottom of it, in plain words. Used by `http`, `clients` and
//! `proxies`.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::Url;
use rustls::{AlertDescription as Alert, CertificateError as Fault, InvalidMessage};

use super::super::cause::{About, Cause};

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
    let found = found.or_else(|| tls(bottom, &target)).or_else(|| other_protocol(&error, &target));
    let (about, words) = match found {
        Some(found) => found,
        None if error.is_builder() => (About::Other, format!("no request can be made ({})", in_words(bottom))),
        None if error.is_connect() => no_connection(&error, bottom, &target),
        None if error.is_timeout() => (About::Other, format!("it took longer than {} seconds", TIMEOUT.as_secs())),
        None if error.is_body() || error.is_decode() => {
            (About::Other, format!("the answer broke off ({})", in_words(bottom)))
        }
        None => (About::Other, format!("the connection ended first ({})", in_words(bottom))),
    };
    Cause { layers, unreadable, late: error.is_connect() && error.is_timeout(), ..Cause::new(about, words) }
}

/// The text of an error without what only a program needs.
pub(super) fn in_words(error: &(dyn Error + 'static)) -> String {
    plain(&error.to_string())
}

/// The same of a text. A system's own text begins like a sentence and ends with a number.
pub(super) fn plain(text: &str) -> String {
    let text = text.split(" (os error").next().unwrap_or(text);
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(text);
    let mut rest = text.chars();
    match rest.next() {
        Some(first) if rest.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => text.to_owned(),
    }
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
        _ => format!("no connection to {target} ({})", in_words(bottom)),
    };
    (About::Connection, words)
}

/// What is wrong about TLS, if that is what is wrong.
fn tls(bottom: &(dyn Error + 'static), target: &str) -> Option<(About, String)> {
    Some(match bottom.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            let words = format!("what listens at {target} does not speak TLS; it may be a server of plain http");
            (About::NoTls, words)
        }
        rustls::Error::InvalidCertificate(fault) => (About::Certificate, untrusted(fault, target)),
        rustls::Error::AlertReceived(Alert::CertificateRequired) => {
            (About::ClientCertificate, format!("{target} demands a client certificate, and none was shown"))
        }
        rustls::Error::AlertReceived(
            Alert::BadCertificate
            | Alert::UnknownCA
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::UnsupportedCertificate
            | Alert::AccessDenied,
        ) => (About::ClientCertificate, format!("{target} refused the client certificate ({})", in_words(bottom))),
        _ => (About::Connection, format!("no TLS with {target} ({})", in_words(bottom))),
    })
}

/// Why the certificate of a server does not count.
fn untrusted(fault: &Fault, target: &str) -> String {
    let why = match fault {
        Fault::UnknownIssuer => "comes from an authority that is not trusted here".to_owned(),
        Fault::Expired | Fault::ExpiredContext { .. } => "has expired".to_owned(),
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => {
            "is not valid yet; this machine's clock may be wrong".to_owned()
        }
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => "is for another name".to_owned(),
        Fault::Revoked => "was revoked".to_owned(),
        other => format!("can't be used ({})", plain(&other.to_string())),
    };
    format!("the certificate that {target} shows {why}")
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
