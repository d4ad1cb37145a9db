// SPDX-License-Identifier: Apache-2.0

//! What every API request goes through: faults, the journal, the response. The caller says what the
//! request does. Called by `routes`.

use std::io::Write;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::value::RawValue;

use super::arrived::Arrived;
use super::faults::Misbehaviour;
use super::journal::Entry;
use super::raw::to_raw;
use super::served::{Refusal, Served};
use super::world::{SharedWorld, World};

/// The header of all of the API's answers.
const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// The header by which Descope's support finds a request.
const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");

/// Serves a request: lets it take effect, unless a fault prevents that, and records it.
pub async fn serve(
    shared: &SharedWorld,
    arrived: Arrived,
    effect: impl FnOnce(&mut World, &Arrived) -> Result<Served, Refusal>,
) -> Response {
    let misbehaviour = next_misbehaviour(shared, &arrived);
    if let Some(wait) = misbehaviour.as_ref().and_then(Misbehaviour::wait_before) {
        tokio::time::sleep(wait).await;
    }
    let (served, sequence) = take_effect(shared, &arrived, misbehaviour.as_ref(), effect);
    let _timed = Timed { shared, sequence, began: arrived.began };
    if !shared.flags.latency.is_zero() {
        tokio::time::sleep(shared.flags.latency).await;
    }
    match misbehaviour {
        Some(Misbehaviour::Drop { .. }) => broken(),
        Some(Misbehaviour::Delay { ms, before: false }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            json(served.status, &served.body, [])
        }
        Some(Misbehaviour::Error { status, code, message, retry_after, request_id, .. }) => {
            let body = Refusal::new(status, &code, "Injected fault", &message).body();
            json(status, &to_raw(&body), [(header::RETRY_AFTER, retry_after), (REQUEST_ID, request_id)])
        }
        Some(Misbehaviour::Body { status, content_type, body, latin1, .. }) => {
            let bytes = match latin1 {
                true => body.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
                false => body.into_bytes(),
            };
            (checked(status), [(header::CONTENT_TYPE, content_type)], bytes).into_response()
        }
        Some(Misbehaviour::Big { bytes }) => {
            (checked(served.status), JSON, padded(served.body.get().to_owned(), bytes)).into_response()
        }
        Some(Misbehaviour::Delay { before: true, .. }) | None => json(served.status, &served.body, []),
    }
}

/// A request that took effect. The journal learns how long it took when this is dropped: when the answer
/// is ready, or when the client is gone before that.
struct Timed<'a> {
    shared: &'a SharedWorld,
    sequence: u64,
    began: Instant,
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        self.shared.world().journal.answered(self.sequence, self.began.elapsed());
    }
}

fn next_misbehaviour(shared: &SharedWorld, arrived: &Arrived) -> Option<Misbehaviour> {
    let mut world = shared.world();
    world.one_too_many().or_else(|| world.faults.take(&arrived.path))
}

/// Lets the request take effect, unless a fault prevents that, keeps what changed, and records the request.
/// Returns its number, too.
fn take_effect(
    shared: &SharedWorld,
    arrived: &Arrived,
    misbehaviour: Option<&Misbehaviour>,
    effect: impl FnOnce(&mut World, &Arrived) -> Result<Served, Refusal>,
) -> (Served, u64) {
    let mut world = shared.world();
    let served = match misbehaviour.is_none_or(Misbehaviour::takes_effect) {
        true => effect(&mut world, arrived).unwrap_or_else(Served::from),
        false => Served::from(Refusal::no_such_path(&arrived.path)),
    };
    world.keep();
    let status = misbehaviour.and_then(Misbehaviour::status).unwrap_or(served.status);
    if shared.flags.print_requests {
        let _ = writeln!(std::io::stderr(), "{} {} -> {status}", arrived.method, arrived.path);
    }
    if !served.dropped.is_empty() {
        let _ = writeln!(
            std::io::stderr(),
            "{} {}: dropped what the API does not document, as Descope does without a word: {}",
            arrived.method,
            arrived.path,
            served.dropped.iter().map(|path| format!("{path:?}")).collect::<Vec<_>>().join(", ")
        );
    }
    let sequence = world.journal.record(Entry {
        sequence: 0,
        at_ms: 0,
        time: String::new(),
        method: arrived.method.to_string(),
        path: arrived.path.clone(),
        project: arrived.project.clone().unwrap_or_default(),
        user_agent: arrived.user_agent.clone(),
        body: arrived.body.clone().unwrap_or_else(|| RawValue::NULL.to_owned()),
        status,
        took_ms: None,
        at_once: arrived.under_way.at_once,
        dropped: served.dropped.clone(),
    });
    (served, sequence)
}

fn json(
    status: u16,
    body: &RawValue,
    more: impl IntoIterator<Item = (header::HeaderName, Option<String>)>,
) -> Response {
    let mut response = (checked(status), JSON, body.get().to_owned()).into_response();
    for (name, text) in more {
        if let Some(value) = text.and_then(|text| text.parse().ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn checked(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A JSON text, padded at its end with spaces to this many bytes. It is streamed without a length,
/// so a client has to read it to find out how big it is.
fn padded(text: String, bytes: usize) -> Body {
    static SPACES: [u8; 1 << 16] = [b' '; 1 << 16];
    let missing = bytes.saturating_sub(text.len());
    let whole = std::iter::repeat_n(Bytes::from_static(&SPACES), missing / SPACES.len());
    let rest = Bytes::from_static(&SPACES).slice(..missing % SPACES.len());
    let pieces = std::iter::once(Bytes::from(text)).chain(whole).chain([rest]);
    Body::from_stream(tokio_stream::iter(pieces.map(Ok::<_, std::convert::Infallible>)))
}

/// A response whose body fails at once, so that the connection breaks before the client has an
/// answer.
fn broken() -> Response {
    let failing = tokio_stream::once(Err::<Bytes, _>(std::io::Error::other("dropped")));
    Response::new(Body::from_stream(failing))
}
