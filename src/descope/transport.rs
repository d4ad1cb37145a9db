// SPDX-License-Identifier: Apache-2.0

//! Sends calls by way of `http`: credentials, limits, repetitions, logging. Called by `objects` and
//! `discovery`. Logs name path, status and time, never a header or a body.

mod log;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use hyper::body::Bytes;
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep, timeout};

use self::log::{log, log_next};
use super::call::{Attempt, Call, Called, Effect, Request};
use super::cause::{About, Cause};
use super::error::{Error, Fate, Trouble};
use super::host::{Host, host_of};
use super::http::{Clients, reason, send};
use super::limits::Limits;
use super::object_list::ObjectList;
use super::outage::{Admitted, Sign};
use super::pace::{Caps, Outcome, Pass};
use super::retry::{self, Next, Retries};
use super::shared_list::SharedLists;
use super::tally;
use super::tls_files::TlsFiles;

/// The largest answer that is read, in bytes. A list of all servers of a project, with images in
/// it, is far smaller.
const LONGEST_ANSWER: usize = 64 << 20;

/// How old what a body was made of may be when it is sent, and how often it is made anew for that.
const FRESH: (Duration, u32) = (Duration::from_secs(5), 3);

/// How often a read that the caller can do without waits because of the API's limit.
const MOST_REFUSED: u32 = 3;

/// How many requests of this process that may change something have begun and ended.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// What the API client needs to know.
pub struct Settings {
    /// The management key.
    pub key: SecretString,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Whether the API is on this machine. It is then called without a proxy, which would see the
    /// key unencrypted.
    pub local: bool,
    /// Files for `https`.
    pub tls: TlsFiles,
}

/// The API client. It opens nothing before the first call.
pub struct Api {
    settings: Settings,
    caps: Caps,
    clients: Clients,
    /// The largest answer that is read, in bytes.
    longest_answer: usize,
    /// The lists of objects that are being asked for.
    pub(super) lists: SharedLists<ObjectList>,
}

/// What an attempt needs.
struct Turn<'a> {
    body: Option<String>,
    admitted: Admitted<'a>,
    pass: Pass<'a>,
}

/// An attempt that was completed.
struct Ended {
    attempt: Attempt,
    /// Whether it showed, before anybody else, that the API is down.
    found_outage: bool,
    /// When it was made, if the API had no time for it, although all had waited for that.
    in_vain: Option<Instant>,
}

// === impl Api ===

impl Api {
    /// A client with these settings.
    pub fn new(settings: Settings) -> Self {
        let clients = Clients::new(settings.local, settings.tls.clone());
        let lists = SharedLists::default();
        Self { settings, caps: Caps::default(), clients, longest_answer: LONGEST_ANSWER, lists }
    }

    /// The same client, which keeps to these limits.
    pub fn within(self, caps: Caps) -> Self {
        Self { caps, ..self }
    }

    /// Makes a call. Its body, if it is not fixed, is made before each attempt.
    ///
    /// Fails with [`Trouble::Stopped`] or [`Trouble::TimedOut`] only if nothing was sent, or during
    /// a read. A body that can't be made ends the call with that failure.
    pub(super) async fn call(&self, base_url: &str, call: &Call<'_>, limits: &Limits) -> Result<Called, Error> {
        let (path, mut number, mut pause) = (call.path, 1, Duration::ZERO);
        let (host, began) = (host_of(base_url), Instant::now());
        let (mut retries, mut before_it) = (Retries::new(call.effect), Fate::NotDone);
        let outcome = |attempt: Attempt| attempt.into_json(path);
        let mut last = None;
        loop {
            // What an attempt needs is large, and whoever calls would move it around.
            let attempted = Box::pin(self.attempt_after(pause, &host, base_url, call, number, limits)).await;
            if let Some(before) = last.take().map(outcome) {
                match &attempted {
                    // The outcome of the previous attempt says more than the reason why there was
                    // no other one.
                    Err(reason) if matches!(reason.trouble, Trouble::Stopped | Trouble::TimedOut) => {
                        let reason_told = if reason.is_out_of_time() { "the time was over" } else { "stopped" };
                        tracing::warn!(path, attempt = number, reason = reason_told, "the attempt was not completed");
                        break before.map_err(|error| error.ended_by(reason));
                    }
                    _ => before_it = before_it.max(before.map_or_else(|error| error.fate(), |_| Fate::NotDone)),
                }
            }
            let (attempt, in_vain) = match attempted {
                // Its outcome is the one that tells in full that the API is down.
                Ok(Some(Ended { attempt, found_outage: true, .. })) => break outcome(attempt),
                Ok(Some(Ended { attempt, in_vain, .. })) => (attempt, in_vain),
                Ok(None) => return Ok(Called::Unneeded(before_it)),
                Err(error) => break Err(error),
            };
            let is_dispensable = limits.dispensable.is_some();
            let next = match in_vain {
                Some(_) => Next::GiveUp,
                None => match retries.after(&attempt, host.gate.held_for(), limits.left()) {
                    // The API's limit concerns all requests, unless it is one for this kind alone.
                    Next::Queue if is_dispensable && number > MOST_REFUSED => Next::GiveUp,
                    // What the caller does without it takes less time than more repetitions.
                    Next::Repeat(_) if is_dispensable && (number > 1 || retry::sign(&attempt) == Sign::Silent) => {
                        Next::GiveUp
                    }
                    next => next,
                },
            };
            let gave_up = || match in_vain {
                // The trouble may be with this call alone.
                _ if is_dispensable => false,
                Some(made) => host.outage.lasts(made, &attempt.reason()),
                None => host.outage.gave_up(began, &attempt.reason()),
            };
            log_next(path, number, next);
            pause = match next {
                Next::Repeat(pause) => pause,
                Next::Queue => Duration::ZERO,
                Next::GiveUp if gave_up() => match host.outage.reason() {
                    Some(reason) => {
                        before_it =
                            before_it.max(outcome(attempt).map_or_else(|error| error.fate(), |_| Fate::NotDone));
                        break Err(Error::new(path, Trouble::Outage { reason: Box::new(reason) }));
                    }
                    None => break outcome(attempt),
                },
                Next::Keep | Next::GiveUp => break outcome(attempt),
                Next::NoTimeLeft => match host.outage.reason() {
                    // Somebody else found that out and tells it in full.
                    Some(reason) if call.effect == Effect::Read && retry::sign(&attempt) != Sign::Alive => {
                        break Err(Error::new(path, Trouble::Outage { reason: Box::new(reason) }).out_of_time());
                    }
                    _ => break outcome(attempt).map_err(|error| error.out_of_time().held_by(host.gate.wish())),
                },
            };
            (number, last) = (number + 1, Some(attempt));
        }
        .map(Called::Answered)
        .map_err(|error| match call.effect {
            Effect::Read => error.of_a_read(),
            Effect::Idempotent | Effect::Create => error.after_fate(before_it),
        })
    }

    /// Makes one attempt after a pause, when it is its turn. `None`: nothing was left to send. Fails
    /// if the attempt was not completed.
    async fn attempt_after(
        &self,
        pause: Duration,
        host: &Host,
        base_url: &str,
        call: &Call<'_>,
        number: u32,
        limits: &Limits,
    ) -> Result<Option<Ended>, Error> {
        let failed = |trouble| Error::new(call.path, trouble);
        if !pause.is_zero() {
            let (begun, slept) = (Instant::now(), limits.guard(unless_down(host, sleep(pause))).await);
            tally::wait(begun.elapsed());
            slept.flatten().map_err(failed)?;
        }
        let Some(turn) = self.turn(host, call, number == 1, limits).await? else { return Ok(None) };
        let started = Instant::now();
        let attempt = self.attempt(base_url, call, turn.body, number, limits).await.map_err(failed)?;
        let asked = retry::outcome(&attempt, SystemTime::now());
        // While the API is down, one that goes ahead and finds that it has no time makes nobody wait.
        let still_down = turn.admitted.is_probe() && matches!(asked, Outcome::Unavailable(_));
        let lasts = still_down || turn.pass.lasts(asked);
        turn.pass.end(if lasts { Outcome::Unanswered } else { asked });
        let sign = match retry::sign(&attempt) {
            Sign::Silent if limits.dispensable.is_some() => Sign::None,
            _ if lasts => Sign::None,
            sign => sign,
        };
        let found_outage = turn.admitted.end(started, sign, &attempt.reason());
        Ok(Some(Ended { attempt, found_outage, in_vain: lasts.then_some(started) }))
    }

    /// Waits for a call's turn. `None`: nothing is left to send. Only the first attempt of a call may
    /// find out whether the API is still down.
    async fn turn<'a>(
        &self,
        host: &'a Host,
        call: &Call<'_>,
        first: bool,
        limits: &Limits,
    ) -> Result<Option<Turn<'a>>, Error> {
        let failed = |trouble| Error::new(call.path, trouble).held_by(host.gate.wish());
        let (fresh, mut left) = FRESH;
        loop {
            // Before the rest: a maker may make calls of its own, which wait for the same.
            let (body, is_made, _making) = match &call.request {
                Request::Document => (None, false, None),
                Request::Operation { body, .. } => {
                    // Nothing is asked of a maker once a limit is reached, and what it makes must not
                    // get old while all wait.
                    let caps = if body.is_made() { self.caps } else { Caps::default() };
                    // Where the API has asked to wait, the wait is mostly here.
                    let (begun, making) = (Instant::now(), limits.guard(host.gate.to_make(caps)).await);
                    tally::queue(begun.elapsed());
                    let making = making.map_err(failed)?;
                    let Some(text) = body.text().await? else { return Ok(None) };
                    (Some(text), body.is_made(), making)
                }
            };
            let made = Instant::now();
            let admitted = limits.guard(host.outage.admit(first)).await.map_err(failed)?;
            let admitted = admitted.map_err(|reason| failed(Trouble::Outage { reason: Box::new(reason) }))?;
            // What gets old in the meantime need not wait any longer.
            let keeps = if is_made && left > 0 { fresh } else { Duration::MAX };
            let passing = timeout(keeps.saturating_sub(made.elapsed()), host.gate.pass(is_made, self.caps));
            let pass = match admitted.is_probe() {
                true => limits.guard(passing).await,
                false => limits.guard(unless_down(host, passing)).await.flatten(),
            };
            tally::queue(made.elapsed());
            match pass.map_err(|trouble| failed(trouble).under(self.caps))? {
                Ok(pass) if made.elapsed() < keeps => return Ok(Some(Turn { body, admitted, pass })),
                _ => left -= 1,
            }
        }
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
        let http = self.clients.client(base_url, call.effect).map_err(Trouble::NoClient)?;
        let request = self.request(http, base_url, call, body)?;
        let (started, sent) = (Instant::now(), tally::sent(call.path, &call.request));
        let sending = async {
            let attempt = send(http, request, call.effect, self.longest_answer).await;
            self.clients.blamed(base_url, attempt).await
        };
        let attempt = match (call.effect, limits.dispensable) {
            (Effect::Read, None) => limits.guard(sending).await?,
            (Effect::Read, Some(limit)) => limits.guard(timeout(limit, sending)).await?.unwrap_or_else(|_| {
                let words = format!("the whole answer took longer than {} seconds", limit.as_secs());
                Attempt::Silent(Cause::new(About::Silent, words))
            }),
            // The effect of a write must be known, so no limit ends one.
            (Effect::Idempotent | Effect::Create, _) => {
                let _write = Write::begins();
                sending.await
            }
        };
        log(call, &attempt, started, number);
        sent.ended(&attempt);
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
                let authorization =
                    authorization(project, &self.settings.key).ok_or_else(|| unfit("the management key"))?;
                let request =
                    http.post(url).header(AUTHORIZATION, authorization).header("x-descope-project-id", project_id);
                request.header(CONTENT_TYPE, "application/json").body(body.unwrap_or_default())
            }
        };
        request
            .header(USER_AGENT, user_agent)
            .build()
            .map_err(|error| Trouble::Unreachable { reason: Box::new(reason(error)), fate: Fate::NotDone })
    }
}

/// A request under way that may change something. It counts once more when it ends, however it does.
struct Write;

impl Write {
    fn begins() -> Self {
        WRITES.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        WRITES.fetch_add(1, Ordering::SeqCst);
    }
}

/// How many writes this process has begun and ended.
pub fn writes() -> u64 {
    WRITES.load(Ordering::SeqCst)
}

/// The header with the key, unless it can't carry that. Its text is overwritten when it is dropped.
fn authorization(project: &str, key: &SecretString) -> Option<HeaderValue> {
    let parts = ["Bearer ", project, ":", key.expose_secret()];
    // A text that grows would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| text.extend_from_slice(part.as_bytes()));
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// Does the work unless somebody finds out that the API is down.
async fn unless_down<T>(host: &Host, work: impl Future<Output = T>) -> Result<T, Trouble> {
    tokio::select! {
        biased;
        reason = host.outage.begins() => Err(Trouble::Outage { reason: Box::new(reason) }),
        done = work => Ok(done),
    }
}

#[cfg(test)]
mod tests;
