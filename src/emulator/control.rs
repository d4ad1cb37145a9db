// SPDX-License-Identifier: Apache-2.0

//! The control plane below `/_emulator/`. Tests and the page use it, without credentials, to look into the
//! emulator and to make it misbehave. Called by `routes`, behind the guard in `sites`.
//!
//! | method and path | what it does |
//! | --- | --- |
//! | `GET health` | answers `{"marker": …}` |
//! | `GET requests` | answers the API requests so far (see `journal`) |
//! | `GET requests?path=END` | answers those whose path ends with `END`; with `last=N` the latest of them |
//! | `DELETE requests` | forgets them |
//! | `GET servers`, `GET servers/ID` | answers all stored servers by id, or one, byte for byte |
//! | `PUT servers/ID` | stores this object, whatever is in it |
//! | `PATCH servers/ID` | sets top-level members of a stored object |
//! | `DELETE servers/ID` | removes an object without an API request |
//! | `GET switches`, `PUT switches` | answers and sets the switches (see `switches`) |
//! | `GET faults`, `POST faults`, `DELETE faults` | answers the queue, queues a fault (see `faults`), drops the queue |
//! | `GET overview` | answers what the page shows (see `overview`) |
//! | `POST reset` | forgets everything |
//!
//! The servers are those of the first project; `?project=ID` chooses another one.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::faults::InjectedFault;
use super::overview::overview;
use super::raw::{Members, literal, members, to_raw};
use super::store::Stored;
use super::world::SharedWorld;

/// A test searches a binary for this text to see whether the emulator is in it.
const MARKER: &str = "descope-emulator-marker-7f3a";

/// Serves one control request.
pub async fn serve(State(shared): State<SharedWorld>, method: Method, uri: Uri, body: Bytes) -> Response {
    match controlled(&shared, &method, &uri, &body) {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer.get().to_owned()).into_response(),
        Err((status, reason)) => (status, format!("{reason}\n")).into_response(),
    }
}

/// The answer to a control request: JSON, or a status and the reason in a line of text.
type ControlResult = Result<Box<RawValue>, (StatusCode, String)>;

fn controlled(shared: &SharedWorld, method: &Method, uri: &Uri, body: &[u8]) -> ControlResult {
    let path = uri.path().trim_start_matches("/_emulator/");
    let query = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let project = query("project").or_else(|| shared.flags.projects.first().cloned()).unwrap_or_default();
    let mut world = shared.world();
    // An arm that reads returns its answer. One that changes something ends in the empty answer
    // below.
    match (method.as_str(), path) {
        ("GET", "health") => return Ok(to_raw(&serde_json::json!({ "marker": MARKER }))),
        ("GET", "requests") => {
            let entries = world.journal.entries(&query("path").unwrap_or_default());
            let last = match query("last") {
                Some(last) => last.parse().map_err(|_| bad(format!("last={last} is not a number")))?,
                None => entries.len(),
            };
            return Ok(to_raw(entries.get(entries.len().saturating_sub(last)..).unwrap_or_default()));
        }
        ("DELETE", "requests") => world.journal.clear(),
        ("GET", "switches") => return Ok(to_raw(&world.switches)),
        ("PUT", "switches") => {
            // Serde takes a list for the members in order.
            object(body)?;
            world.switches = parsed(body)?;
            world.counted = Default::default();
        }
        ("GET", "faults") => return Ok(to_raw(world.faults.entries())),
        ("POST", "faults") => {
            let json = std::str::from_utf8(body).map_err(|_| bad("the body is not UTF-8".to_owned()))?;
            world.faults.push(InjectedFault::read(json).map_err(bad)?);
        }
        ("DELETE", "faults") => world.faults.clear(),
        ("POST", "reset") => {
            world.store.clear();
            world.journal.clear();
            world.faults.clear();
            world.switches = Default::default();
            world.counted = Default::default();
        }
        ("GET", "overview") => return Ok(overview(&shared.flags, &world)),
        ("GET", "servers") => {
            let servers = &world.store.project(&project).servers;
            let all = servers.iter().map(|(id, stored)| (id.clone(), to_raw(&stored.members)));
            return Ok(to_raw(&all.collect::<Members>()));
        }
        (_, path) => match path.strip_prefix("servers/") {
            Some(id) => {
                let id = percent_decode_str(id).decode_utf8().map_err(|_| bad("the id is not UTF-8".to_owned()))?;
                let answer = server(&mut world.store.project(&project).servers, method, &id, body)?;
                world.keep();
                return Ok(answer);
            }
            None => return Err((StatusCode::NOT_FOUND, format!("there is no {method} {path}"))),
        },
    }
    world.keep();
    Ok(literal("{}"))
}

fn server(servers: &mut indexmap::IndexMap<String, Stored>, method: &Method, id: &str, body: &[u8]) -> ControlResult {
    let unknown = || (StatusCode::NOT_FOUND, format!("there is no server {id}"));
    match method.as_str() {
        "GET" => return servers.get(id).map(|stored| to_raw(&stored.members)).ok_or_else(unknown),
        "PUT" => {
            let mut planted = object(body)?;
            planted.insert("id".to_owned(), to_raw(id));
            servers.insert(id.to_owned(), Stored::planted(planted));
        }
        "PATCH" => servers.get_mut(id).ok_or_else(unknown)?.members.extend(object(body)?),
        "DELETE" => {
            servers.shift_remove(id).ok_or_else(unknown)?;
        }
        _ => return Err((StatusCode::METHOD_NOT_ALLOWED, format!("there is no {method} for a server"))),
    }
    Ok(literal("{}"))
}

fn object(body: &[u8]) -> Result<Members, (StatusCode, String)> {
    let raw: Box<RawValue> = parsed(body)?;
    members(&raw).ok_or_else(|| (StatusCode::BAD_REQUEST, "the body is not a JSON object".to_owned()))
}

fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(body).map_err(|error| bad(error.to_string()))
}

fn bad(reason: String) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, reason)
}
