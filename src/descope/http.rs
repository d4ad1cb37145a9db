// SPDX-License-Identifier: Apache-2.0

//! Sends one request by an HTTP client, and tells how it ended. Only this file and those
//! below it know `reqwest` and what it stands on. Called by `transport`.

mod clients;
mod exemptions;
mod pem_file;
mod proxies;
mod reason;
mod roots;
mod tls_error;
mod tls_probe;
mod trust;
mod words;

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Request};
use tokio::time::timeout;

pub(super) use self::clients::Clients;
use self::reason::TIMEOUT;
pub(super) use self::reason::reason;
use super::call::{Attempt, Effect, HttpResponse};
use super::cause::{About, Cause};

/// How long a read waits for its answer and for each further part of it, so that it is soon known
/// when the API hangs. A write waits for as long as it may take, because its effect must be known.
const SILENCE: Duration = Duration::from_secs(15);

/// Sends a request with this effect and reads the answer, unless that has more than `limit` bytes.
pub(super) async fn send(client: &Client, request: Request, effect: Effect, limit: usize) -> Attempt {
    let silence = match effect {
        Effect::Read => SILENCE,
        Effect::Idempotent | Effect::Create => TIMEOUT,
    };
    let mut response = match timeout(silence, client.execute(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return unanswered(error),
        Err(_) => {
            let words = format!("it took longer than {} seconds", silence.as_secs());
            return Attempt::Silent(Cause::new(About::Silent, words));
        }
    };
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    let retry_after = header(RETRY_AFTER.as_str());
    let request_id = header("x-request-id").or_else(|| header("x-descope-request-id")).or_else(|| header("cf-ray"));
    if response.content_length().is_some_and(|length| u64::try_from(limit).is_ok_and(|limit| length > limit)) {
        return Attempt::TooLarge { status, limit };
    }
    let length = response.content_length().and_then(|length| usize::try_from(length).ok());
    let mut body = Vec::with_capacity(length.unwrap_or_default());
    loop {
        match timeout(silence, response.chunk()).await {
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() > limit => return Attempt::TooLarge { status, limit },
            Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            Ok(Ok(None)) => return Attempt::Answered(HttpResponse::new(status, retry_after, request_id, body)),
            Ok(Err(error)) => return Attempt::Cut(reason(error)),
            Err(_) => {
                let words = format!("the answer began and then stopped for {} seconds", silence.as_secs());
                return Attempt::Silent(Cause::new(About::Silent, words));
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
        // The server has looked at the request, and may have done what it asks for.
        () if reason.unreadable => Attempt::Cut(reason),
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

#[cfg(test)]
mod tests;
