//! Sends calls: credentials, timeouts, limits, repetitions, logging. The only I/O of this layer,
//! called by `servers` and `discovery`. Logs name path, status and time, never a header or a body.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::call::{Attempt, Call, Effect, HttpResponse, Request};
use super::envelopes::ServerList;
use super::error::{Error, Trouble};
use super::json::Json;
use super::limits::Limits;
use super::retry::{Next, Retries};
use super::shared_list::SharedLists;

/// How long one attempt may take. Descope's own SDKs wait as long.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long connecting may take. Nothing was sent before, so such an attempt can be repeated.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes. A list of all servers of a project, with images in
/// it, is far smaller.
const LONGEST_ANSWER: usize = 64 << 20;

/// How many requests may be under way at the same time. The CLI runs ten operations in parallel,
/// and the API limits the requests of an address.
const AT_ONCE: usize = 10;

/// What the API client needs to know.
pub struct Settings {
    /// The management key.
    pub key: SecretString,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Whether the API is on this machine. It is then called without a proxy, which would see the
    /// key unencrypted.
    pub local: bool,
}

/// The API client. It opens nothing before the first call.
pub struct Api {
    settings: Settings,
    /// Made at the first call, because it reads the machine's root certificates and most provider
    /// processes never need them.
    http: OnceLock<Result<reqwest::Client, String>>,
    permits: Semaphore,
    /// The largest answer that is read, in bytes.
    longest_answer: usize,
    /// The lists of servers that are being asked for.
    pub(super) lists: SharedLists<ServerList>,
}

// === impl Api ===

impl Api {
    /// A client with these settings.
    pub fn new(settings: Settings) -> Self {
        let (http, permits) = (OnceLock::new(), Semaphore::new(AT_ONCE));
        Self { settings, http, permits, longest_answer: LONGEST_ANSWER, lists: SharedLists::default() }
    }

    /// Makes a call and returns the JSON body of its success.
    ///
    /// Fails with [`Trouble::Stopped`] or [`Trouble::TimedOut`] only if nothing was sent, or during
    /// a read.
    pub(super) async fn call(&self, base_url: &str, call: &Call<'_>, limits: &Limits) -> Result<Json, Error> {
        let (path, mut number) = (call.path, 1_u32);
        let first = self.attempt(base_url, call, number, limits).await;
        let mut attempt = first.map_err(|trouble| Error::new(path, trouble))?;
        let (mut retries, mut changed_before) = (Retries::new(call.effect), false);
        let outcome = |attempt: Attempt| attempt.into_json(path, self.settings.key.expose_secret());
        loop {
            let next = retries.after(&attempt, SystemTime::now(), limits.left());
            log_next(path, number, next);
            let Next::Repeat(pause) = next else { break };
            number += 1;
            match self.attempt_after(pause, base_url, call, number, limits).await {
                Ok(next) => {
                    let before = outcome(std::mem::replace(&mut attempt, next));
                    changed_before |= before.is_err_and(|error| error.may_have_happened());
                }
                // The outcome of the previous attempt says more than the reason why there was no
                // other one.
                Err(reason) => {
                    tracing::warn!(path, attempt = number, ?reason, "the attempt was not completed");
                    break;
                }
            }
        }
        outcome(attempt).map_err(|error| error.after(changed_before))
    }

    async fn attempt_after(
        &self,
        pause: Duration,
        base_url: &str,
        call: &Call<'_>,
        number: u32,
        limits: &Limits,
    ) -> Result<Attempt, Trouble> {
        limits.guard(sleep(pause)).await?;
        self.attempt(base_url, call, number, limits).await
    }

    /// Makes one attempt, or returns the reason why none was completed.
    async fn attempt(&self, base_url: &str, call: &Call<'_>, number: u32, limits: &Limits) -> Result<Attempt, Trouble> {
        let _permit = limits.guard(self.permits.acquire()).await?.map_err(|_| Trouble::Stopped)?;
        let http = self.http().map_err(|reason| Trouble::NoClient { reason })?;
        let request = self.request(http, base_url, call)?;
        let (started, sending) = (Instant::now(), send(http, request, self.longest_answer));
        let attempt = match call.effect {
            Effect::Read => limits.guard(sending).await?,
            // The effect of a write must be known, so no limit ends one.
            Effect::Idempotent | Effect::Create => sending.await,
        };
        log(call.path, &attempt, started, number);
        Ok(attempt)
    }

    fn request(&self, http: &reqwest::Client, base_url: &str, call: &Call<'_>) -> Result<reqwest::Request, Trouble> {
        let unfit = |value| Trouble::UnfitHeader { value };
        let url = format!("{base_url}{}", call.path);
        let user_agent = HeaderValue::try_from(&self.settings.user_agent).map_err(|_| unfit("the user agent"))?;
        let request = match &call.request {
            Request::Document => http.get(url),
            Request::Operation { project, body } => {
                let project_id = HeaderValue::try_from(*project).map_err(|_| unfit("the project id"))?;
                let bearer = format!("Bearer {project}:{}", self.settings.key.expose_secret());
                let mut authorization = HeaderValue::try_from(bearer).map_err(|_| unfit("the management key"))?;
                authorization.set_sensitive(true);
                let request =
                    http.post(url).header(AUTHORIZATION, authorization).header("x-descope-project-id", project_id);
                request.header(CONTENT_TYPE, "application/json").body(body.clone())
            }
        };
        request
            .header(USER_AGENT, user_agent)
            .build()
            .map_err(|error| Trouble::Unreachable { reason: reason(error), may_have_happened: false })
    }

    fn http(&self) -> Result<&reqwest::Client, String> {
        let build = || {
            let builder = reqwest::Client::builder();
            let builder = if self.settings.local { builder.no_proxy() } else { builder };
            builder
                .timeout(TIMEOUT)
                .connect_timeout(CONNECT_TIMEOUT)
                // A redirected POST would lose its body or send the key to another host.
                .redirect(reqwest::redirect::Policy::none())
                // `retry` decides about repetitions, because it knows what a call does.
                .retry(reqwest::retry::never())
                .build()
                .map_err(reason)
        };
        self.http.get_or_init(build).as_ref().map_err(Clone::clone)
    }
}

/// Sends a request and reads the answer, unless that has more than `limit` bytes.
async fn send(http: &reqwest::Client, request: reqwest::Request, limit: usize) -> Attempt {
    let mut response = match http.execute(request).await {
        Ok(response) => response,
        Err(error) if error.is_connect() => return Attempt::NoConnection(reason(error)),
        Err(error) => return Attempt::Broken(reason(error)),
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
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Attempt::TooLarge { status, limit },
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Attempt::Answered(HttpResponse { status, retry_after, request_id, body }),
            Err(error) => return Attempt::Broken(reason(error)),
        }
    }
}

fn log(path: &str, attempt: &Attempt, started: Instant, number: u32) {
    let took_ms = milliseconds(started.elapsed());
    match attempt {
        Attempt::Answered(response) => {
            tracing::debug!(path, status = response.status, took_ms, attempt = number, "called Descope");
        }
        Attempt::TooLarge { status, limit } => {
            tracing::debug!(path, status, limit, took_ms, attempt = number, "called Descope: the answer is too large");
        }
        Attempt::NoConnection(reason) | Attempt::Broken(reason) => {
            tracing::debug!(
                path,
                reason = reason.as_str(),
                took_ms,
                attempt = number,
                "called Descope: no answer came"
            );
        }
    }
}

fn log_next(path: &str, number: u32, next: Next) {
    let attempt = number;
    match next {
        Next::Keep => {}
        Next::Repeat(pause) => {
            tracing::warn!(path, attempt, wait_ms = milliseconds(pause), "the call will be repeated");
        }
        Next::GiveUp => tracing::warn!(path, attempt, "giving up: the call was repeated often enough"),
        Next::NoTimeLeft => {
            tracing::warn!(path, attempt, "giving up: the deadline would pass before the next attempt");
        }
    }
}

fn milliseconds(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// An error with all its causes, without the URL.
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

#[cfg(test)]
mod tests;
