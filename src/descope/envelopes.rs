//! The envelopes of requests and answers about MCP servers: what they hold, and what contradicts
//! the API's description. Pure. Used by `servers`, and by `provider` for labels.

use indexmap::IndexMap;
use serde_json::value::RawValue;

use super::absence::Listing;
use super::error::{Error, Trouble};

/// What identifies a server to the API and to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// `MS`, followed by letters and digits.
    pub id: Option<String>,
    /// Its display name.
    pub name: Option<String>,
}

/// The servers of a project.
#[derive(Debug)]
pub struct ServerList {
    /// The servers, each as it was received.
    pub servers: Vec<Box<RawValue>>,
    /// Whether the answer said which servers there are, or how many. A bare `{}` says neither.
    is_explicit: bool,
}

/// What is known of a server right after its creation.
#[derive(Debug)]
pub struct Created {
    /// Its id.
    pub id: String,
    /// The server, if the answer shows it.
    pub server: Option<Box<RawValue>>,
}

// === impl ServerList ===

impl ServerList {
    /// What the list says about a server.
    pub(super) fn says_of(&self, id: &str) -> Listing {
        match self.servers.iter().any(|server| label(server).id.as_deref() == Some(id)) {
            true => Listing::Has,
            false if self.is_explicit => Listing::Lacks,
            false => Listing::Bare,
        }
    }
}

/// The id and name of a server object. Each is `None` if it is missing or not a text, whatever the
/// other is.
pub fn label(server: &RawValue) -> Label {
    let members: IndexMap<String, Box<RawValue>> = serde_json::from_str(server.get()).unwrap_or_default();
    let text = |key| members.get(key).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    Label { id: text("id"), name: text("name") }
}

/// What a creation answers: the id of the new server, and the server if the answer shows more of it
/// than that. The id counts wherever it is, since a server without a known id is lost.
pub(super) fn created(path: &'static str, answer: &RawValue) -> Result<Created, Error> {
    let mut members = members(path, answer)?;
    let id = |text: Option<String>| text.filter(|id| !id.is_empty());
    match present(members.swap_remove("server")) {
        Some(server) => {
            let id = id(label(&server).id).ok_or_else(|| not_described(path, "`server` in the answer has no `id`"))?;
            let shown: IndexMap<String, Box<RawValue>> = serde_json::from_str(server.get()).unwrap_or_default();
            Ok(Created { id, server: (shown.len() > 1).then_some(server) })
        }
        None => {
            let id = id(members.get("id").and_then(|raw| serde_json::from_str(raw.get()).ok()));
            let id = id.ok_or_else(|| not_described(path, "the answer has no `server`"))?;
            Ok(Created { id, server: None })
        }
    }
}

/// The object in a `{server: …}` envelope, or `None` if it is missing or null. An object without an
/// id is not a server, and one with another id than was asked for is an error, because the next
/// call would change the wrong server.
pub(super) fn server(path: &'static str, answer: &RawValue, asked: &str) -> Result<Option<Box<RawValue>>, Error> {
    let Some(server) = present(members(path, answer)?.swap_remove("server")) else { return Ok(None) };
    match label(&server).id.filter(|id| !id.is_empty()) {
        None => Err(not_described(path, "`server` in the answer has no `id`")),
        Some(id) if id != asked => {
            Err(not_described(path, &format!("`server` in the answer is {id:?}, not the one that was asked for")))
        }
        Some(_) => Ok(Some(server)),
    }
}

/// What a deletion answers: an object, about which nothing else is described. Everything else
/// comes from something that is not the API.
pub(super) fn deleted(path: &'static str, answer: &RawValue) -> Result<(), Error> {
    members(path, answer).map(|_| ())
}

/// The servers in an answer. An answer of another shape, or one that contradicts itself, is an
/// error, because a server that is missing from the list may count as gone.
pub(super) fn listing(path: &'static str, answer: &RawValue) -> Result<ServerList, Error> {
    let mut members = members(path, answer)?;
    let is_bare = members.is_empty();
    let (servers, total) = (members.swap_remove("servers"), members.swap_remove("total"));
    if servers.is_none() && total.is_none() && !is_bare {
        return Err(not_described(path, "the answer has no `servers`"));
    }
    let (servers, total) = (present(servers), present(total));
    let is_explicit = servers.is_some() || total.is_some();
    let servers: Vec<Box<RawValue>> = match servers {
        Some(servers) => serde_json::from_str(servers.get())
            .map_err(|_| not_described(path, "`servers` in the answer is not a list"))?,
        None => Vec::new(),
    };
    if servers.iter().any(|server| label(server).id.is_none_or(|id| id.is_empty())) {
        return Err(not_described(path, "one of the listed servers has no `id`"));
    }
    if let Some(total) = total
        && total.get().trim_matches('"').parse() != Ok(servers.len())
    {
        return Err(not_described(
            path,
            &format!("the answer lists {} servers and has another `total`", servers.len()),
        ));
    }
    Ok(ServerList { servers, is_explicit })
}

/// The members of an answer.
fn members(path: &'static str, answer: &RawValue) -> Result<IndexMap<String, Box<RawValue>>, Error> {
    // A map, not a struct: serde would take an array for a struct.
    serde_json::from_str(answer.get()).map_err(|_| not_described(path, "the answer is not a JSON object"))
}

/// A member that is neither missing nor null.
fn present(member: Option<Box<RawValue>>) -> Option<Box<RawValue>> {
    member.filter(|member| member.get() != "null")
}

fn not_described(path: &'static str, reason: &str) -> Error {
    Error::new(path, Trouble::NotDescribed { reason: reason.to_owned() })
}

pub(super) fn id_body(id: &str) -> String {
    serde_json::json!({ "id": id }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(text: &str) -> Result<Option<Box<RawValue>>, Error> {
        server("/load", &raw(text), "MS1")
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn a_missing_or_null_server_is_absent() {
        assert!(matches!(envelope("{}"), Ok(None)));
        assert!(matches!(envelope(r#"{"server":null}"#), Ok(None)));
    }

    #[test]
    fn a_server_is_an_object_with_an_id_and_stays_text() {
        assert_eq!(
            envelope(r#"{"server":{"id":"MS1","x":1e400}}"#).unwrap().unwrap().get(),
            r#"{"id":"MS1","x":1e400}"#
        );
        for wrong in [
            "[]",
            r#"{"server":{"id":"MS2"}}"#,
            r#"{"server":{}}"#,
            r#"{"server":{"id":""}}"#,
            r#"{"server":{"name":"x"}}"#,
            r#"{"server":[]}"#,
        ] {
            assert!(envelope(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_list_of_servers_shows_that_one_is_not_there() {
        for (text, says) in [
            ("{}", Listing::Bare),
            (r#"{"servers":null}"#, Listing::Bare),
            (r#"{"servers":null,"total":null}"#, Listing::Bare),
            (r#"{"servers":[]}"#, Listing::Lacks),
            (r#"{"servers":null,"total":0}"#, Listing::Lacks),
            (r#"{"servers":[{"id":"MS1"}]}"#, Listing::Has),
            (r#"{"servers":[{"id":"MS2"}],"total":"1"}"#, Listing::Lacks),
            (r#"{"total":0,"next":""}"#, Listing::Lacks),
        ] {
            assert_eq!(listing("/all", &raw(text)).unwrap().says_of("MS1"), says, "{text}");
        }
        for text in [
            "[]",
            r#"{"status":"ok"}"#,
            r#"{"servers":{}}"#,
            r#"{"servers":[],"total":5}"#,
            r#"{"total":1}"#,
            r#"{"servers":[],"total":-1}"#,
            r#"{"servers":[],"total":true}"#,
            r#"{"servers":["x"],"total":1}"#,
            r#"{"servers":[null],"total":1}"#,
            r#"{"servers":[{"name":"q"}]}"#,
            r#"{"servers":[{"id":5}]}"#,
            r#"{"servers":[{"id":"MS1"}],"total":0}"#,
        ] {
            assert!(listing("/all", &raw(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn an_odd_name_does_not_hide_the_id() {
        for json in
            [r#"{"id":"MS1","name":5}"#, r#"{"id":"MS1","name":"\ud800"}"#, r#"{"name":[],"name":{},"id":"MS1"}"#]
        {
            assert_eq!(label(&raw(json)), Label { id: Some("MS1".to_owned()), name: None }, "{json}");
        }
        assert_eq!(listing("/all", &raw(r#"{"servers":[{"id":"MS1","name":5}],"total":1}"#)).unwrap().servers.len(), 1);
    }

    #[test]
    fn only_an_object_says_that_a_server_is_deleted() {
        assert!(deleted("/delete", &raw("{}")).is_ok() && deleted("/delete", &raw(r#"{"x":1}"#)).is_ok());
        for text in ["null", "[]", r#""ok""#, "true", "1"] {
            assert!(deleted("/delete", &raw(text)).unwrap_err().may_have_happened(), "{text}");
        }
    }

    #[test]
    fn the_id_of_a_new_server_is_never_thrown_away() {
        for (json, shown) in [
            (r#"{"server":{"id":"MS1","name":"x"}}"#, true),
            (r#"{"server":{"id":"MS1","name":7}}"#, true),
            (r#"{"server":{"id":"MS1"}}"#, false),
            (r#"{"id":"MS1"}"#, false),
            (r#"{"id":"MS1","server":null}"#, false),
        ] {
            let created = created("/create", &raw(json)).unwrap();
            assert_eq!((created.id.as_str(), created.server.is_some()), ("MS1", shown), "{json}");
        }
        for json in ["{}", r#"{"id":""}"#, r#"{"id":7}"#, r#"{"server":{}}"#, "[]"] {
            assert!(created("/create", &raw(json)).is_err(), "{json}");
        }
    }
}
