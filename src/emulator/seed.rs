// SPDX-License-Identifier: Apache-2.0

//! A seed: the servers in a JSON file, in the form in which the control plane shows them or in a form in
//! which the API answers them. Called by `opening`.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::accept::{WrongType, accept};
use super::messages::Messages;
use super::raw::{Members, elements, members, text, to_raw};
use super::servers::SERVER;

/// What a seed holds.
#[derive(Debug)]
pub struct Seed {
    /// The servers. One without an `id` is to be given one.
    pub servers: Vec<Members>,
    /// The places of fields that the API does not document. They are kept.
    pub undocumented: Vec<String>,
}

/// The members of an object in order, also those that occur twice.
struct Pairs(Vec<(String, Box<RawValue>)>);

/// A server in the file: its place, the id under which it stands if it stands under one, and itself.
type Listed = (String, Option<String>, Box<RawValue>);

/// Reads a seed. A reason says where something is wrong, and what is expected there.
pub fn read(json: &str, messages: &Messages) -> Result<Seed, String> {
    // Some editors begin a file with a byte order mark.
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let whole: Box<RawValue> = serde_json::from_str(json).map_err(|error| format!("it is not JSON: {error}"))?;
    let mut seed = Seed { servers: Vec::new(), undocumented: Vec::new() };
    let mut ids = BTreeSet::new();
    for (place, id, server) in listed(&whole)? {
        let read = server_at(&place, &server, messages, &mut seed.undocumented)?;
        let own = read.get("id").and_then(|id| text(id));
        match (&id, &own) {
            (Some(id), Some(own)) if id != own => {
                return Err(format!("{place}.id: expected {id:?}, since the server stands under this id"));
            }
            _ => {}
        }
        let id = id.or(own).filter(|id| !id.is_empty());
        if let Some(id) = &id
            && !ids.insert(id.clone())
        {
            return Err(format!("{place}: there is another server with the id {id:?}"));
        }
        seed.servers.push(with_id(read, id));
    }
    Ok(seed)
}

/// The servers of any of the forms.
fn listed(whole: &RawValue) -> Result<Vec<Listed>, String> {
    let list = |place: &str, list: &RawValue| {
        let list = elements(list).ok_or_else(|| format!("{place}: expected a list of servers"))?;
        let numbered = list.into_iter().enumerate();
        Ok(numbered.map(|(index, server)| (format!("{place}[{index}]"), None, server)).collect())
    };
    if elements(whole).is_some() {
        return list("", whole);
    }
    let forms = "expected servers by id, {\"servers\": [...]}, {\"server\": {...}} or a list";
    let Pairs(pairs) = serde_json::from_str(whole.get()).map_err(|_| forms.to_owned())?;
    let find = |name: &str| pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value);
    match (find("servers"), find("server")) {
        _ if find("descope_emulator_state").is_some() => Err("it is a state file: name it by --state".to_owned()),
        (Some(servers), _) => only("servers", &pairs).and_then(|()| list("servers", servers)),
        (None, Some(server)) => only("server", &pairs).map(|()| vec![("server".to_owned(), None, server.clone())]),
        (None, None) => Ok(pairs.into_iter().map(|(id, server)| (id.clone(), Some(id), server)).collect()),
    }
}

/// Refuses objects and lists beside the servers that the API answers, since they may be servers, too. Numbers
/// and texts, such as a total, are not.
fn only(name: &str, pairs: &[(String, Box<RawValue>)]) -> Result<(), String> {
    let held = |(other, value): &&(String, Box<RawValue>)| other != name && value.get().starts_with(['{', '[']);
    match pairs.iter().find(held) {
        Some((other, _)) => Err(format!(
            "it has {other:?} beside {name:?}, and only one of them would be used. Write all servers in one form"
        )),
        None if pairs.iter().filter(|(other, _)| other == name).count() > 1 => Err(format!("it has {name:?} twice")),
        None => Ok(()),
    }
}

/// One server, with its types checked. What the API does not document is kept, as if a test had planted it.
fn server_at(
    place: &str,
    server: &RawValue,
    messages: &Messages,
    undocumented: &mut Vec<String>,
) -> Result<Members, String> {
    let given = members(server).ok_or_else(|| format!("{place}: expected an object with a server's settings"))?;
    let at = |WrongType(reason): WrongType| format!("{place}.{reason}");
    let documented = accept(messages, SERVER, server, None).map_err(at)?;
    undocumented.extend(documented.dropped.iter().map(|dropped| format!("{place}.{dropped}")));
    let accepted = accept(messages, SERVER, server, Some(&given)).map_err(at)?.members;
    match accepted.get("name").and_then(|name| text(name)).is_some_and(|name| !name.trim().is_empty()) {
        true => Ok(accepted),
        false => Err(format!("{place}.name: expected a text that is not empty")),
    }
}

/// The server with this id as its first member, or without one.
fn with_id(mut server: Members, id: Option<String>) -> Members {
    server.shift_remove("id");
    if let Some(id) = id {
        server.shift_insert(0, "id".to_owned(), to_raw(&id));
    }
    server
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(json: &str) -> Result<Seed, String> {
        read(json, &Messages::built_in([]).unwrap())
    }

    #[test]
    fn every_form_is_read() {
        let server = r#"{"id":"MS1","name":"a","odd":1.10}"#;
        for json in [
            format!(r#"{{"MS1":{server}}}"#),
            r#"{"MS1":{"name":"a","odd":1.10}}"#.to_owned(),
            format!(r#"{{"servers":[{server}],"total":1}}"#),
            format!(r#"{{"server":{server}}}"#),
            format!("[{server}]"),
            format!("\u{feff}[{server}]"),
            // Unset messages are null in the API's answers.
            r#"[{"id":"MS1","name":"a","sessionSettings":null,"odd":1.10}]"#.to_owned(),
        ] {
            let seed = seed(&json).unwrap();
            let texts: Vec<String> = seed.servers.iter().map(|server| to_raw(server).get().to_owned()).collect();
            assert_eq!(texts, [server], "{json}");
            assert!(seed.undocumented.len() == 1 && seed.undocumented[0].ends_with(".odd"), "{:?}", seed.undocumented);
        }
        assert!(seed("{}").unwrap().servers.is_empty() && seed(r#"{"servers":[]}"#).unwrap().servers.is_empty());
        assert!(!seed(r#"[{"name":"a"},{"id":"","name":"a"}]"#).unwrap().servers[1].contains_key("id"));
    }

    #[test]
    fn a_reason_names_the_place() {
        for (wrong, reason) in [
            ("", "it is not JSON: EOF while parsing a value at line 1 column 0"),
            ("{\n  \"MS1\": {,}\n}", "it is not JSON: key must be a string at line 2 column 11"),
            ("7", "expected servers by id, "),
            (r#"{"servers":{}}"#, "servers: expected a list of servers"),
            (r#"{"servers":[1]}"#, "servers[0]: expected an object with a server's settings"),
            (r#"{"name":"a"}"#, "name: expected an object with a server's settings"),
            (r#"{"MS1":{}}"#, "MS1.name: expected a text that is not empty"),
            (r#"{"MS1":{"name":" "}}"#, "MS1.name: expected a text that is not empty"),
            (r#"[{"name":"a"},{"name":1}]"#, "[1].name: expected a string"),
            (
                r#"[{"name":"a","approvedScopes":{"permissionsScopes":[{"name":"a"},{"name":[]}]}}]"#,
                "[0].approvedScopes.permissionsScopes[1].name: expected a string",
            ),
            (r#"{"MS1":{"id":"MS2","name":"a"}}"#, r#"MS1.id: expected "MS1""#),
            (r#"{"MS1":{"name":"a"},"MS1":{"name":"b"}}"#, r#"MS1: there is another server with the id "MS1""#),
            (
                r#"[{"id":"MS1","name":"a"},{"id":"MS1","name":"b"}]"#,
                r#"[1]: there is another server with the id "MS1""#,
            ),
            (r#"{"servers":[],"server":{"name":"a"}}"#, r#"it has "server" beside "servers""#),
            (r#"{"MS4":{"name":"a"},"servers":[]}"#, r#"it has "MS4" beside "servers""#),
            (r#"{"server":{"name":"a"},"MS4":{"name":"b"}}"#, r#"it has "MS4" beside "server""#),
            (r#"{"servers":[],"servers":[{"name":"a"}]}"#, r#"it has "servers" twice"#),
            (r#"{"descope_emulator_state":1}"#, "it is a state file: name it by --state"),
        ] {
            let refused = seed(wrong).unwrap_err();
            assert!(refused.starts_with(reason), "{wrong}: {refused}");
        }
    }
}
