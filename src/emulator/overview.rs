// SPDX-License-Identifier: Apache-2.0

//! What the page shows, all of one moment: servers, clients, the latest requests, faults and switches.
//! Called by `control`.

use serde::Serialize;

use super::faults::InjectedFault;
use super::flags::Flags;
use super::hidden::Hidden;
use super::journal::Entry;
use super::raw::{Members, to_raw};
use super::store::{Project, Stored};
use super::switches::Switches;
use super::world::World;

/// How many servers and clients it has at most, and how many requests: those that came last.
const OBJECTS: usize = 200;
const REQUESTS: usize = 100;

/// How many bytes of an object or of a body it shows. A page is no place for more.
const LONGEST: usize = 64 << 10;

#[derive(Serialize)]
struct Overview<'a> {
    version: &'static str,
    projects: &'a [String],
    latency_ms: u128,
    state_file: Option<String>,
    servers: Latest<Object>,
    clients: Latest<Object>,
    requests: Latest<Request<'a>>,
    faults: Vec<Fault>,
    switches: &'a Switches,
    default_switches: Switches,
}

/// The latest of a kind, newest first, and how many there are.
#[derive(Serialize)]
struct Latest<T> {
    total: usize,
    latest: Vec<T>,
}

/// A server or client. JSON goes as text, since a browser would change its numbers.
#[derive(Serialize)]
struct Object {
    project: String,
    id: String,
    name: String,
    /// The object; `null` if it is too long.
    json: Option<String>,
}

#[derive(Serialize)]
struct Request<'a> {
    sequence: u64,
    time: &'a str,
    method: &'a str,
    path: String,
    project: &'a str,
    user_agent: String,
    status: u16,
    took_ms: Option<u64>,
    at_once: usize,
    dropped: Vec<String>,
    /// How long the body is in bytes.
    length: usize,
    /// The body; `null` if it is too long.
    body: Option<String>,
}

/// A queued fault.
#[derive(Serialize)]
struct Fault {
    path: String,
    times: u32,
    json: String,
}

/// What the page shows.
pub fn overview(flags: &Flags, world: &World) -> Box<serde_json::value::RawValue> {
    let hidden = Hidden(&flags.keys);
    to_raw(&Overview {
        version: env!("CARGO_PKG_VERSION"),
        projects: &flags.projects,
        latency_ms: flags.latency.as_millis(),
        state_file: world.state_file.as_ref().map(|file| file.path().display().to_string()),
        servers: objects(world, |project| &project.servers, &hidden),
        clients: objects(world, |project| &project.clients, &hidden),
        requests: requests(world, &hidden),
        faults: world.faults.entries().iter().map(|fault| self::fault(fault, &hidden)).collect(),
        switches: &world.switches,
        default_switches: Switches::default(),
    })
}

fn objects(
    world: &World,
    of: impl Fn(&Project) -> &indexmap::IndexMap<String, Stored>,
    hidden: &Hidden<'_>,
) -> Latest<Object> {
    let projects = world.store.projects().iter();
    let all: Vec<(&String, &String, &Stored)> = projects
        .flat_map(|(project, objects)| of(objects).iter().map(move |(id, stored)| (project, id, stored)))
        .collect();
    let object = |(project, id, stored): &(&String, &String, &Stored)| Object {
        project: (*project).clone(),
        id: hidden.text(id),
        name: hidden.text(&stored.text("name")),
        json: json(&stored.members, hidden),
    };
    Latest { total: all.len(), latest: all.iter().rev().take(OBJECTS).map(object).collect() }
}

fn requests<'a>(world: &'a World, hidden: &Hidden<'_>) -> Latest<Request<'a>> {
    let entries = world.journal.entries("");
    let request = |entry: &&'a Entry| Request {
        sequence: entry.sequence,
        time: &entry.time,
        method: &entry.method,
        path: hidden.text(&entry.path),
        project: &entry.project,
        user_agent: hidden.text(&entry.user_agent),
        status: entry.status,
        took_ms: entry.took_ms,
        at_once: entry.at_once,
        dropped: entry.dropped.iter().map(|path| hidden.text(path)).collect(),
        length: entry.body.get().len(),
        body: short(entry.body.get()).map(|body| hidden.text(body)),
    };
    Latest { total: entries.len(), latest: entries.iter().rev().take(REQUESTS).map(request).collect() }
}

fn fault(fault: &InjectedFault, hidden: &Hidden<'_>) -> Fault {
    let json = to_raw(fault);
    Fault {
        path: hidden.text(fault.path()),
        times: fault.times(),
        json: hidden.text(short(json.get()).unwrap_or_default()),
    }
}

fn json(members: &Members, hidden: &Hidden<'_>) -> Option<String> {
    short(to_raw(members).get()).map(|json| hidden.text(json))
}

fn short(text: &str) -> Option<&str> {
    (text.len() <= LONGEST).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::super::raw::members;
    use super::*;

    fn shown(flags: &[&str], world: &World) -> Value {
        let flags = Flags::read([&["descope-emulator"], flags].concat()).unwrap();
        serde_json::from_str(overview(&flags, world).get()).unwrap()
    }

    fn planted(json: &str) -> Stored {
        Stored::planted(members(&RawValue::from_string(json.to_owned()).unwrap()).unwrap())
    }

    #[test]
    fn the_newest_server_is_first_and_its_numbers_stay() {
        let mut world = World::default();
        let project = world.store.project("P1");
        project.servers.insert("MS1".to_owned(), planted(r#"{"id":"MS1","name":"a","odd":1.10}"#));
        project.servers.insert("MS2".to_owned(), planted(r#"{"id":"MS2","name":"<b>"}"#));
        let shown = shown(&[], &world);
        let servers = &shown["servers"];
        assert_eq!((&servers["total"], &servers["latest"][0]["name"]), (&Value::from(2), &Value::from("<b>")));
        assert_eq!(servers["latest"][1]["json"], r#"{"id":"MS1","name":"a","odd":1.10}"#);
    }

    #[test]
    fn a_key_is_never_shown() {
        const KEY: &str = r#"K2long"er/key"#;
        let mut world = World::default();
        let json = serde_json::json!({ "id": "MS1", "name": KEY, "description": KEY }).to_string();
        world.store.project("P1").servers.insert(KEY.to_owned(), planted(&json));
        let fault = serde_json::json!({ "path": KEY, "kind": "error", "status": 500, "message": KEY }).to_string();
        world.faults.push(InjectedFault::read(&fault).unwrap());
        let shown = shown(&["--key", KEY], &world).to_string();
        assert!(!shown.contains("K2long") && shown.matches("(a key)").count() == 7, "{shown}");
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        let mut world = World::default();
        let json = serde_json::json!({ "name": "a", "description": "x".repeat(LONGEST) }).to_string();
        world.store.project("P1").servers.insert("MS1".to_owned(), planted(&json));
        for number in 0..OBJECTS {
            world.store.project("P1").clients.insert(format!("TPA{number}"), planted("{}"));
        }
        world.store.project("P2").clients.insert("TPAx".to_owned(), planted("{}"));
        let shown = shown(&[], &world);
        assert_eq!(shown["servers"]["latest"][0]["json"], Value::Null);
        let clients = &shown["clients"];
        assert_eq!((clients["total"].as_u64(), clients["latest"].as_array().map(Vec::len)), (Some(201), Some(200)));
        assert_eq!(clients["latest"][0]["project"], "P2");
    }
}
