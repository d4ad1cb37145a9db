//! The documented API: authentication, faults, dispatch by path, the journal. What each operation does to the store is in
//! `operations`. Called by the router for every path outside `/_emulator/`.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::value::RawValue;

use super::faults::{Fault, Kind};
use super::journal::Entry;
use super::operations::{Refusal, operate};
use super::raw::to_raw;
use super::{Shared, World, discovery};

/// What a request came to.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The JSON body.
    pub body: Box<RawValue>,
    /// Undocumented fields that were dropped.
    pub dropped: Vec<String>,
}

/// Serves one API request.
pub async fn serve(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    let (reply, fault) = served(&shared, &method, &path, &headers, &body);
    if shared.flags.print_requests {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "{method} {path} -> {}", reply.status);
    }
    match fault.map(|fault| fault.kind) {
        Some(Kind::Drop { .. }) => broken(),
        Some(Kind::Delay { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            json(reply.status, &reply.body, None)
        }
        Some(Kind::Error { status, code, message, retry_after, .. }) => {
            let body = Refusal { status, code, description: "Injected fault".to_owned(), message }.body();
            json(status, &to_raw(&body), retry_after)
        }
        Some(Kind::Body { status, content_type, body, .. }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
        }
        None => json(reply.status, &reply.body, None),
    }
}

/// Lets the request take effect, unless a fault prevents that, and records it.
fn served(shared: &Shared, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> (Reply, Option<Fault>) {
    let mut world = shared.world();
    let project = authenticated(shared, headers);
    let fault = world.faults.take(path);
    let body: Option<Box<RawValue>> = serde_json::from_slice(body).ok();
    let reply = match &project {
        _ if fault.as_ref().is_some_and(|fault| !fault.takes_effect()) => Refusal::no_such_path(path).reply(),
        _ if *method == Method::GET => match discovery::document(&mut world, path, headers) {
            Some(body) => Reply { status: 200, body, dropped: Vec::new() },
            None => Refusal::no_such_path(path).reply(),
        },
        Err(refusal) => refusal.reply(),
        Ok(_) if method != Method::POST => Refusal::no_such_path(path).reply(),
        Ok(project) => act(&mut world, project, path, body.as_deref()),
    };
    let status = match fault.as_ref().map(|fault| &fault.kind) {
        Some(Kind::Error { status, .. } | Kind::Body { status, .. }) => *status,
        Some(Kind::Drop { .. }) => 0,
        Some(Kind::Delay { .. }) | None => reply.status,
    };
    world.journal.record(Entry {
        sequence: 0,
        method: method.to_string(),
        path: path.to_owned(),
        project: project.unwrap_or_default(),
        user_agent: text(headers, header::USER_AGENT).unwrap_or_default().to_owned(),
        body: body.unwrap_or_else(|| RawValue::NULL.to_owned()),
        status,
        dropped: reply.dropped.clone(),
    });
    (reply, fault)
}

fn act(world: &mut World, project: &str, path: &str, body: Option<&RawValue>) -> Reply {
    let World { store, switches, .. } = world;
    match body {
        Some(body) => operate(store, switches, project, path, body).unwrap_or_else(|refusal| refusal.reply()),
        None => Refusal::bad_request("E011001", "Bad request", "the body is no JSON").reply(),
    }
}

/// The project of a bearer `<project>:<key>`, if both exist.
fn authenticated(shared: &Shared, headers: &HeaderMap) -> Result<String, Refusal> {
    let bearer = text(headers, header::AUTHORIZATION).and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    let (project, key) = bearer.split_once(':').unwrap_or_default();
    let known = |list: &[String], item: &str| list.iter().any(|known| known == item);
    match known(&shared.flags.projects, project) && known(&shared.flags.keys, key) {
        true => Ok(project.to_owned()),
        false => Err(Refusal {
            status: 401,
            code: "E011008".to_owned(),
            description: "Unauthorized".to_owned(),
            message: "the management key has no access to this project".to_owned(),
        }),
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn json(status: u16, body: &RawValue, retry_after: Option<String>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body.get().to_owned()).into_response();
    if let Some(value) = retry_after.and_then(|text| text.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// A response whose body fails at once: the connection breaks before the client has an answer.
fn broken() -> Response {
    let failing = tokio_stream::once(Err::<Bytes, _>(std::io::Error::other("dropped")));
    Response::new(Body::from_stream(failing))
}
