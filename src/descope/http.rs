//! The HTTP clients, and how a request ended that one of them sent. The only file that knows
//! `reqwest` and what it stands on. Called by `transport`.
//!
//! A connection that was kept open may be closed by the server at the very moment when the next
//! request is sent on it. Nobody can tell then whether the server read the request. Calls that may
//! be repeated anyway use such connections. A creation gets a connection of its own.

use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, ClientBuilder, Request};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::timeout;

use super::call::{Attempt, Effect, HttpResponse};

/// How long one attempt may take. Descope's own SDKs wait as long.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a read waits for its answer and for each further part of it, so that it is soon known
/// when the API hangs. A write waits for as long as it may take, because its effect must be known.
const SILENCE: Duration = Duration::from_secs(15);

/// How long connecting may take. Nothing was sent before, so such an attempt can be repeated.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The HTTP clients. They share root certificates and TLS sessions.
///
/// Each is made when it is first needed, because that reads the machine's root certificates and
/// most provider processes never need them.
pub(super) struct Http {
    /// Whether the API is on this machine.
    local: bool,
    tls: OnceLock<Result<ClientConfig, String>>,
    /// Keeps connections open for later requests.
    kept: OnceLock<Result<Client, String>>,
    /// Makes a connection for each request.
    fresh: OnceLock<Result<Client, String>>,
}

// === impl Http ===

impl Http {
    /// No clients so far. An API on this machine is called without a proxy, which would see the
    /// key unencrypted.
    pub(super) const fn new(local: bool) -> Self {
        Self { local, tls: OnceLock::new(), kept: OnceLock::new(), fresh: OnceLock::new() }
    }

    /// The client for calls with this effect, or the reason why there is none.
    pub(super) fn client(&self, effect: Effect) -> Result<&Client, String> {
        let made = match effect {
            Effect::Read | Effect::Idempotent => &self.kept,
            Effect::Create => &self.fresh,
        };
        made.get_or_init(|| self.builder(effect)?.build().map_err(reason)).as_ref().map_err(Clone::clone)
    }

    fn builder(&self, effect: Effect) -> Result<ClientBuilder, String> {
        let tls = self.tls.get_or_init(|| tls().map_err(|error| error.to_string())).clone()?;
        let builder = Client::builder().tls_backend_preconfigured(tls);
        let builder = if self.local { builder.no_proxy() } else { builder };
        let builder = match effect {
            Effect::Read | Effect::Idempotent => builder,
            // HTTP/2 requests share a connection by way of the pool, so without one they don't.
            Effect::Create => builder.pool_max_idle_per_host(0),
        };
        Ok(builder
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // A redirected POST would lose its body or send the key to another host.
            .redirect(reqwest::redirect::Policy::none())
            // `retry` decides about repetitions, because it knows what a call does.
            .retry(reqwest::retry::never()))
    }
}

/// Trusts what the machine trusts.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut tls = versions.with_platform_verifier()?.with_no_client_auth();
    tls.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
    Ok(tls)
}

/// Sends a request with this effect and reads the answer, unless that has more than `limit` bytes.
pub(super) async fn send(client: &Client, request: Request, effect: Effect, limit: usize) -> Attempt {
    let silence = match effect {
        Effect::Read => SILENCE,
        Effect::Idempotent | Effect::Create => TIMEOUT,
    };
    let mut response = match timeout(silence, client.execute(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return unanswered(error),
        Err(_) => return Attempt::Silent(format!("no answer within {} seconds", silence.as_secs())),
    };
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    let retry_after = header(RETRY_AFTER.as_str());
    let request_id = header("x-request-id").or_else(|| header("x-descope-request-id")).or_else(|| header("cf-ray"));
    if response.content_length().is_some_and(|length| u64::try_from(limit).is_ok_and(|limit| length > limit)) {
        return Attempt::TooLarge { status, limit };
    }
    let mut body = Vec::new();
    loop {
        match timeout(silence, response.chunk()).await {
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() > limit => return Attempt::TooLarge { status, limit },
            Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            Ok(Ok(None)) => return Attempt::Answered(HttpResponse { status, retry_after, request_id, body }),
            Ok(Err(error)) => return Attempt::Cut(reason(error)),
            Err(_) => {
                return Attempt::Silent(format!("the answer began and then stopped for {} seconds", silence.as_secs()));
            }
        }
    }
}

/// How an attempt ended of whose answer nothing came.
fn unanswered(error: reqwest::Error) -> Attempt {
    let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
    let unprocessed = was_unprocessed(&error);
    let reason = reason(error);
    match () {
        () if is_connect => Attempt::NoConnection(reason),
        () if unprocessed => Attempt::Unprocessed(reason),
        () if is_timeout => Attempt::Silent(reason),
        () => Attempt::Broken(reason),
    }
}

/// Whether the server certainly did not look at the request.
fn was_unprocessed(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        // The request was never written: the connection had ended before.
        if inner.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled) {
            return true;
        }
        // HTTP/2 has words for it: a refused stream, and a GOAWAY. `h2` gives the error of a GOAWAY
        // to those streams only that are above the last one that the server looks at, and to those
        // that would be opened later.
        if let Some(error) = inner.downcast_ref::<h2::Error>() {
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (refused || error.is_go_away());
        }
        cause = inner.source();
    }
    false
}

/// An error with all its causes, without the URL.
pub(super) fn reason(error: reqwest::Error) -> String {
    let timed_out = error.is_timeout() && !error.is_connect();
    let error = error.without_url();
    let mut reasons = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
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

#[cfg(test)]
mod tests;
