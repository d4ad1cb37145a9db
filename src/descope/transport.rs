//! Sending calls: credentials, timeouts, retries, cancellation, logging. The only I/O of this layer. Logs name path, status and
//! time, never a header or a body.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::call::{Attempt, Call, Effect, HttpResponse, Request};
use super::error::{Error, Trouble};
use super::retry::{DEADLINE, wait};

/// How long one attempt may take; Descope's own SDKs wait as long.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long making a connection may take. Without one nothing has happened yet, so the attempt can be repeated.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest answer that is read. A project's whole list of servers, with images inside, stays far below.
const LONGEST_ANSWER: usize = 64 << 20;

/// How many requests are under way at once. The CLI runs ten operations; the API limits requests by address.
const AT_ONCE: usize = 10;

/// How to reach the API.
pub struct Settings {
    /// The management key.
    pub key: SecretString,
    /// What the provider calls itself to the API.
    pub user_agent: String,
    /// Whether the API is on this machine, so that proxies are none of its business: they would get the key unencrypted.
    pub local: bool,
    /// Tripped when running work shall end.
    pub stop: CancellationToken,
}

/// A way to the API. Nothing is opened before the first call.
pub struct Api {
    settings: Settings,
    /// Made at the first call: it reads the machine's root certificates, which most provider processes never need.
    http: OnceLock<Result<reqwest::Client, String>>,
    permits: Semaphore,
}

// === impl Api ===

impl Api {
    /// A way to the API with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings, http: OnceLock::new(), permits: Semaphore::new(AT_ONCE) }
    }

    /// Waits, unless work is to end before.
    pub async fn pause(&self, length: Duration) -> Result<(), Error> {
        tokio::select! {
            () = tokio::time::sleep(length) => Ok(()),
            () = self.settings.stop.cancelled() => Err(Error::new("", Trouble::Stopped)),
        }
    }

    /// Makes a call and answers the JSON body of its success.
    pub(super) async fn call(&self, base_url: &str, call: Call<'_>) -> Result<Box<RawValue>, Error> {
        let fail = |trouble| Error::new(call.path, trouble);
        let stop = &self.settings.stop;
        if stop.is_cancelled() {
            return Err(fail(Trouble::Stopped));
        }
        let http = self.http().map_err(|reason| fail(Trouble::NoClient { reason }))?;
        let url = format!("{base_url}{}", call.path);
        let headers = self.headers(&call.request).map_err(|reason| fail(Trouble::NoClient { reason }))?;
        let deadline = Instant::now() + DEADLINE;
        let mut number = 0;
        loop {
            // Nothing begins once work is to stop, however long it has waited for its turn.
            let permit = tokio::select! {
                permit = self.permits.acquire() => permit.map_err(|_| fail(Trouble::Stopped))?,
                () = stop.cancelled() => return Err(fail(Trouble::Stopped)),
            };
            let started = Instant::now();
            let attempt = tokio::select! {
                attempt = attempt_once(http, &url, headers.clone(), &call) => attempt,
                // A write under way is awaited: what it did must be known. A read has nothing to lose.
                () = stop.cancelled(), if call.effect == Effect::Read => return Err(fail(Trouble::Stopped)),
            };
            drop(permit);
            let pause = pause_after(&attempt, call.effect, number, call.path);
            log(call.path, &attempt, started, number);
            match pause.filter(|pause| Instant::now() + *pause < deadline) {
                Some(pause) => tokio::select! {
                    () = tokio::time::sleep(pause) => number += 1,
                    // What the last attempt came to says more than that no other one was made.
                    () = stop.cancelled() => return self.conclude(attempt, call.path),
                },
                None => return self.conclude(attempt, call.path),
            }
        }
    }

    fn headers(&self, request: &Request<'_>) -> Result<HeaderMap, String> {
        let unfit = |what| format!("the {what} has characters that no HTTP header can carry");
        let user_agent = HeaderValue::try_from(&self.settings.user_agent).map_err(|_| unfit("user agent"))?;
        let Request::Operation { project, .. } = request else {
            return Ok(HeaderMap::from_iter([(USER_AGENT, user_agent)]));
        };
        let bearer = format!("Bearer {project}:{}", self.settings.key.expose_secret());
        let mut authorization = HeaderValue::try_from(bearer).map_err(|_| unfit("project id or the management key"))?;
        authorization.set_sensitive(true);
        Ok(HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (USER_AGENT, user_agent),
            (
                reqwest::header::HeaderName::from_static("x-descope-project-id"),
                HeaderValue::try_from(*project).map_err(|_| unfit("project id"))?,
            ),
        ]))
    }

    fn conclude(&self, attempt: Attempt, path: &str) -> Result<Box<RawValue>, Error> {
        attempt.into_json(path, self.settings.key.expose_secret())
    }

    fn http(&self) -> Result<&reqwest::Client, String> {
        let build = || {
            let builder = reqwest::Client::builder();
            let builder = if self.settings.local { builder.no_proxy() } else { builder };
            builder
                .timeout(TIMEOUT)
                .connect_timeout(CONNECT_TIMEOUT)
                // A redirected POST would lose its body or send the key elsewhere.
                .redirect(reqwest::redirect::Policy::none())
                // Every repetition is decided here, by what the call does.
                .retry(reqwest::retry::never())
                .build()
                .map_err(reason)
        };
        self.http.get_or_init(build).as_ref().map_err(Clone::clone)
    }
}

/// Sends the call and reads the answer.
async fn attempt_once(http: &reqwest::Client, url: &str, headers: HeaderMap, call: &Call<'_>) -> Attempt {
    let request = match &call.request {
        Request::Operation { body, .. } => http.post(url).body(body.clone()),
        Request::Document => http.get(url),
    };
    let mut response = match request.headers(headers).send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() || error.is_builder() => return Attempt::NoConnection(reason(error)),
        Err(error) => return Attempt::Broken(reason(error)),
    };
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    let retry_after = header(RETRY_AFTER.as_str());
    let request_id = header("x-request-id").or_else(|| header("x-descope-request-id")).or_else(|| header("cf-ray"));
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST_ANSWER => {
                return Attempt::Broken(format!("an answer of more than {LONGEST_ANSWER} bytes"));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Attempt::Answered(HttpResponse { status, retry_after, request_id, body }),
            Err(error) => return Attempt::Broken(reason(error)),
        }
    }
}

fn pause_after(attempt: &Attempt, effect: Effect, number: u32, path: &str) -> Option<Duration> {
    let pause = wait(attempt, effect, number, SystemTime::now())?;
    let wait_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    tracing::warn!(path, attempt = number, wait_ms, "the call will be repeated");
    Some(pause)
}

fn log(path: &str, attempt: &Attempt, started: Instant, number: u32) {
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match attempt {
        Attempt::Answered(response) => {
            tracing::debug!(path, status = response.status, took_ms, attempt = number, "called Descope");
        }
        Attempt::NoConnection(reason) | Attempt::Broken(reason) => {
            tracing::debug!(path, reason = reason.as_str(), took_ms, attempt = number, "called Descope, no answer");
        }
    }
}

/// The whole chain of causes, without the URL.
fn reason(error: reqwest::Error) -> String {
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
