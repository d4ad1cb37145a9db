//! Why a request failed, in words. Used by `http` and `clients`.

use std::error::Error;
use std::io;
use std::time::Duration;

/// How long one attempt may take. Descope's own SDKs wait as long.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// An error with all its causes, without the URL.
pub(in crate::descope) fn reason(error: reqwest::Error) -> String {
    let timed_out = error.is_timeout() && !error.is_connect();
    let plain = error.url().is_some_and(|url| url.scheme() == "http");
    let error = error.without_url();
    let mut reasons = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(words) = other_protocol(inner, plain) {
            reasons.push(words.to_owned());
            break;
        }
        let text = inner.to_string();
        if !reasons.contains(&text) {
            reasons.push(text);
        }
        cause = inner.source();
    }
    match timed_out {
        true => format!("no answer within {} seconds", TIMEOUT.as_secs()),
        false => reasons.join(": "),
    }
}

/// What is wrong if what listens at the address speaks another protocol: plain HTTP in place of TLS,
/// or TLS in place of plain HTTP.
fn other_protocol(cause: &(dyn Error + 'static), plain: bool) -> Option<&'static str> {
    // An I/O error may hold another one, which `source` passes over.
    let (mut inner, mut layer) = (cause, cause.downcast_ref::<io::Error>());
    while let Some(held) = layer.and_then(io::Error::get_ref) {
        (inner, layer) = (held, held.downcast_ref());
    }
    if let Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) = inner.downcast_ref() {
        return Some("what listens there does not speak TLS; it may be a server of plain http");
    }
    let no_http = cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse);
    (plain && no_http).then_some("what listens there does not answer in plain http; it may want TLS (https)")
}
