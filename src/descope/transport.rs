//! Sends calls by way of `http`: credentials, limits, repetitions, logging. Called by `servers` and
//! `discovery`. Logs name path, status and time, never a header or a body.

use std::time::{Duration, SystemTime};

use reqwest::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::call::{Attempt, Call, Called, Effect, Request};
use super::envelopes::ServerList;
use super::error::{Error, Fate, Trouble};
use super::http::{Http, reason, send};
use super::limits::Limits;
use super::retry::{Next, Retries};
use super::shared_list::SharedLists;

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
    http: Http,
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
        let (http, permits) = (Http::new(settings.local), Semaphore::new(AT_ONCE));
        Self { settings, http, permits, longest_answer: LONGEST_ANSWER, lists: SharedLists::default() }
    }

    /// Makes a call. Its body, if it is not fixed, is made before each attempt.
    ///
    /// Fails with [`Trouble::Stopped`] or [`Trouble::TimedOut`] only if nothing was sent, or during
    /// a read. A body that can't be made ends the call with that failure.
    pub(super) async fn call(&self, base_url: &str, call: &Call<'_>, limits: &Limits) -> Result<Called, Error> {
        let (path, mut number, mut pause) = (call.path, 1, Duration::ZERO);
        let (mut retries, mut before_it) = (Retries::new(call.effect), Fate::NotDone);
        let outcome = |attempt: Attempt| attempt.into_json(path, self.settings.key.expose_secret());
        let mut last = None;
        loop {
            let attempted = self.attempt_after(pause, base_url, call, number, limits).await;
            if let Some(before) = last.take().map(outcome) {
                match &attempted {
                    // The outcome of the previous attempt says more than the reason why there was
                    // no other one.
                    Err(reason) if matches!(reason.trouble, Trouble::Stopped | Trouble::TimedOut) => {
                        tracing::warn!(path, attempt = number, ?reason, "the attempt was not completed");
                        break before;
                    }
                    _ => before_it = before_it.max(before.map_or_else(|error| error.fate(), |_| Fate::NotDone)),
                }
            }
            let attempt = match attempted {
                Ok(Some(attempt)) => attempt,
                Ok(None) => return Ok(Called::Unneeded),
                Err(error) => break Err(error),
            };
            let next = retries.after(&attempt, SystemTime::now(), limits.left());
            log_next(path, number, next);
            let Next::Repeat(wait) = next else { break outcome(attempt) };
            (number, pause, last) = (number + 1, wait, Some(attempt));
        }
        .map(Called::Answered)
        .map_err(|error| error.after_fate(before_it))
    }

    /// Makes one attempt after a pause. `None`: nothing was left to send. Fails if the attempt was
    /// not completed.
    async fn attempt_after(
        &self,
        pause: Duration,
        base_url: &str,
        call: &Call<'_>,
        number: u32,
        limits: &Limits,
    ) -> Result<Option<Attempt>, Error> {
        let failed = |trouble| Error::new(call.path, trouble);
        if !pause.is_zero() {
            limits.guard(sleep(pause)).await.map_err(failed)?;
        }
        // Nothing is asked of a maker once a limit is reached.
        limits.guard(async {}).await.map_err(failed)?;
        // Before the permit: a maker may make calls of its own, which need one.
        let body = match &call.request {
            Request::Document => None,
            Request::Operation { body, .. } => match body.text().await? {
                Some(text) => Some(text),
                None => return Ok(None),
            },
        };
        self.attempt(base_url, call, body, number, limits).await.map(Some).map_err(failed)
    }

    /// Makes one attempt, or returns the reason why none was completed.
    async fn attempt(
        &self,
        base_url: &str,
        call: &Call<'_>,
        body: Option<String>,
        number: u32,
        limits: &Limits,
    ) -> Result<Attempt, Trouble> {
        let _permit = limits.guard(self.permits.acquire()).await?.map_err(|_| Trouble::Stopped)?;
        let http = self.http.client(call.effect).map_err(|reason| Trouble::NoClient { reason })?;
        let request = self.request(http, base_url, call, body)?;
        let (started, sending) = (Instant::now(), send(http, request, self.longest_answer));
        let attempt = match call.effect {
            Effect::Read => limits.guard(sending).await?,
            // The effect of a write must be known, so no limit ends one.
            Effect::Idempotent | Effect::Create => sending.await,
        };
        log(call.path, &attempt, started, number);
        Ok(attempt)
    }

    fn request(
        &self,
        http: &Client,
        base_url: &str,
        call: &Call<'_>,
        body: Option<String>,
    ) -> Result<reqwest::Request, Trouble> {
        let unfit = |value| Trouble::UnfitHeader { value };
        let url = format!("{base_url}{}", call.path);
        let user_agent = HeaderValue::try_from(&self.settings.user_agent).map_err(|_| unfit("the user agent"))?;
        let request = match &call.request {
            Request::Document => http.get(url),
            Request::Operation { project, .. } => {
                let project_id = HeaderValue::try_from(*project).map_err(|_| unfit("the project id"))?;
                let bearer = format!("Bearer {project}:{}", self.settings.key.expose_secret());
                let mut authorization = HeaderValue::try_from(bearer).map_err(|_| unfit("the management key"))?;
                authorization.set_sensitive(true);
                let request =
                    http.post(url).header(AUTHORIZATION, authorization).header("x-descope-project-id", project_id);
                request.header(CONTENT_TYPE, "application/json").body(body.unwrap_or_default())
            }
        };
        request
            .header(USER_AGENT, user_agent)
            .build()
            .map_err(|error| Trouble::Unreachable { reason: reason(error), fate: Fate::NotDone })
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
        Attempt::NoConnection(reason)
        | Attempt::Unprocessed(reason)
        | Attempt::Broken(reason)
        | Attempt::Silent(reason)
        | Attempt::Cut(reason) => {
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

#[cfg(test)]
mod tests;
