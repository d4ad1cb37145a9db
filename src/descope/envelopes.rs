//! The envelopes of requests and answers about MCP servers: what they hold, and what contradicts
//! the API's description. Pure. Used by `servers`, and by `provider` for labels.
//!
//! A server that can't be read is refused for itself, with its id and name: the other servers of
//! the same list stay usable.

use serde_json::value::RawValue;

use super::absence::Listing;
use super::error::{Error, Trouble};
use super::json::{Json, NotText};
use crate::raw::RawMembers;

/// What identifies a server to the API and to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// `MS`, followed by letters and digits.
    pub id: Option<String>,
    /// Its display name.
    pub name: Option<String>,
}

/// A server in a list.
#[derive(Debug)]
pub struct Listed {
    /// Its id and name, as far as they can be read.
    pub label: Label,
    /// The server as it was received, unless it holds bytes that are not UTF-8.
    pub server: Result<Box<RawValue>, NotText>,
}

/// The servers of a project.
#[derive(Debug)]
pub struct ServerList {
    /// The servers in the order received.
    pub servers: Vec<Listed>,
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
        if self.servers.iter().any(|server| server.label.id.as_deref() == Some(id)) {
            return Listing::Has;
        }
        match self.servers.iter().find(|server| server.label.id.is_none()) {
            Some(unknown) => Listing::Unclear(unknown.label.name.clone()),
            None if self.is_explicit => Listing::Lacks,
            None => Listing::Bare,
        }
    }
}

// === impl Label ===

impl Label {
    /// The id and name of a server in an answer. Each is `None` if it can't be read, whatever the
    /// other is.
    fn of(answer: &Json, server: &RawValue) -> Self {
        let Some(members) = RawMembers::of(server) else { return Self::default() };
        let text = |key| members.text(key).filter(|text| answer.is_faithful(text));
        Self { id: text("id").filter(|id| !id.is_empty()), name: text("name") }
    }
}

/// What a creation answers: the id of the new server, and the server if the answer shows more of it
/// than that. The id counts wherever it is, since a server without a known id is lost.
pub(super) fn created(path: &'static str, answer: &Json) -> Result<Created, Error> {
    let members = members(path, answer)?;
    let mut shown = members.all("server");
    match (shown.next(), shown.next()) {
        (Some(server), other) => {
            let id = Label::of(answer, server).id;
            let id = id.ok_or_else(|| not_described(path, "`server` in the answer has no `id`"))?;
            let says_more = RawMembers::of(server).is_some_and(|members| members.iter().count() > 1);
            let usable = other.is_none() && says_more && answer.not_text(server).is_none();
            Ok(Created { id, server: usable.then(|| server.to_owned()) })
        }
        (None, _) => {
            let id = members.text("id").filter(|id| !id.is_empty() && answer.is_faithful(id));
            let id = id.ok_or_else(|| not_described(path, "the answer has no `server`"))?;
            Ok(Created { id, server: None })
        }
    }
}

/// The object in a `{server: …}` envelope, or `None` if it is missing or null. An object without an
/// id is not a server, and one with another id than was asked for is an error, because the next
/// call would change the wrong server.
pub(super) fn server(path: &'static str, answer: &Json, asked: &str) -> Result<Option<Box<RawValue>>, Error> {
    let Some(server) = only(path, &members(path, answer)?, "server")? else { return Ok(None) };
    let Label { id, name } = Label::of(answer, server);
    match id {
        None => Err(not_described(path, "`server` in the answer has no `id`")),
        Some(id) if id != asked => {
            Err(not_described(path, &format!("`server` in the answer is {id:?}, not the one that was asked for")))
        }
        Some(_) => match answer.not_text(server) {
            Some(place) => Err(Error::new(path, Trouble::NotText { name, place })),
            None => Ok(Some(server.to_owned())),
        },
    }
}

/// What a deletion answers: an object, about which nothing else is described. Everything else
/// comes from something that is not the API.
pub(super) fn deleted(path: &'static str, answer: &Json) -> Result<(), Error> {
    members(path, answer).map(|_| ())
}

/// The servers in an answer. An answer of another shape, or one that contradicts itself, is an
/// error, because a server that is missing from the list may count as gone.
pub(super) fn listing(path: &'static str, answer: &Json) -> Result<ServerList, Error> {
    let members = members(path, answer)?;
    let (servers, total) = (only(path, &members, "servers")?, only(path, &members, "total")?);
    if members.iter().next().is_some() && !members.contains("servers") && !members.contains("total") {
        return Err(not_described(path, "the answer has no `servers`"));
    }
    let elements: Vec<&RawValue> = match servers {
        Some(servers) => serde_json::from_str(servers.get())
            .map_err(|_| not_described(path, "`servers` in the answer is not a list"))?,
        None => Vec::new(),
    };
    if let Some(total) = total
        && total.get().trim_matches('"').parse() != Ok(elements.len())
    {
        let reason = format!("the answer lists {} servers and has another `total`", elements.len());
        return Err(not_described(path, &reason));
    }
    let listed = |server: &RawValue| Listed {
        label: Label::of(answer, server),
        server: answer.not_text(server).map_or_else(|| Ok(server.to_owned()), Err),
    };
    // Nothing but the API names both and says null.
    let names_both = members.contains("servers") && members.contains("total");
    let is_explicit = servers.is_some() || total.is_some() || names_both;
    Ok(ServerList { servers: elements.into_iter().map(listed).collect(), is_explicit })
}

/// The members of an answer.
fn members<'a>(path: &'static str, answer: &'a Json) -> Result<RawMembers<'a>, Error> {
    RawMembers::of(answer.text()).ok_or_else(|| not_described(path, "the answer is not a JSON object"))
}

/// The value of a key, if it is neither missing nor null. More than one contradict each other.
fn only<'a>(path: &'static str, members: &RawMembers<'a>, key: &str) -> Result<Option<&'a RawValue>, Error> {
    let mut values = members.all(key);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(not_described(path, &format!("the answer has `{key}` more than once"))),
        (value, None) => Ok(value),
    }
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

    fn raw(text: &str) -> Json {
        Json::read(text.as_bytes()).unwrap()
    }

    fn label(text: &str) -> Label {
        let answer = raw(text);
        Label::of(&answer, answer.text())
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
            r#"{"server":{"id":"MS1"},"server":{"id":"MS1"}}"#,
            r#"{"server":{"id":"MS1","id":"MS2"}}"#,
        ] {
            assert!(envelope(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_list_of_servers_shows_that_one_is_not_there() {
        for (text, says) in [
            ("{}", Listing::Bare),
            (r#"{"servers":null}"#, Listing::Bare),
            (r#"{"total":null}"#, Listing::Bare),
            (r#"{"servers":null,"total":null}"#, Listing::Lacks),
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
            r#"{"servers":[{"id":"MS1"}],"total":0}"#,
            r#"{"servers":[],"servers":[]}"#,
            r#"{"servers":[],"total":0,"total":1}"#,
        ] {
            assert!(listing("/all", &raw(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn an_odd_name_does_not_hide_the_id() {
        for json in [
            r#"{"id":"MS1","name":5}"#,
            r#"{"id":"MS1","name":"\ud800"}"#,
            r#"{"name":[],"name":{},"id":"MS1"}"#,
            r#"{"\ud800":1,"id":"MS1"}"#,
        ] {
            assert_eq!(label(json), Label { id: Some("MS1".to_owned()), name: None }, "{json}");
        }
    }

    #[test]
    fn one_server_that_can_not_be_read_does_not_hide_the_others() {
        let body = b"{\"servers\":[{\"id\":\"MS1\",\"name\":\"a\"},{\"id\":\"MS2\",\"name\":\"b\",\"note\":\"\xff\"},{\"\\ud800\":1,\"id\":\"MS3\",\"id\":\"MS3\"}]}";
        let list = listing("/all", &Json::read(body).unwrap()).unwrap();
        let ids: Vec<_> = list.servers.iter().map(|server| server.label.id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["MS1", "MS2", "MS3"]);
        assert_eq!(list.servers[0].server.as_ref().unwrap().get(), r#"{"id":"MS1","name":"a"}"#);
        assert_eq!(list.servers[1].server.as_ref().unwrap_err().keys, ["note"]);
        assert_eq!((list.says_of("MS2"), list.says_of("MS4")), (Listing::Has, Listing::Lacks));
    }

    /// The server that has no readable id may be the one that is looked for.
    #[test]
    fn a_list_with_an_unknown_server_in_it_shows_no_absence() {
        for server in [r#""x""#, "null", r#"{"name":"q"}"#, r#"{"id":5}"#, r#"{"id":""}"#, r#"{"id":"MS2","id":"MS3"}"#]
        {
            let list = listing("/all", &raw(&format!(r#"{{"servers":[{{"id":"MS1"}},{server}],"total":2}}"#))).unwrap();
            assert_eq!(list.says_of("MS1"), Listing::Has, "{server}");
            assert!(matches!(list.says_of("MS4"), Listing::Unclear(_)), "{server}");
        }
    }

    #[test]
    fn a_server_with_other_bytes_is_refused_by_its_name() {
        let answer =
            Json::read(b"{\"server\":{\"id\":\"MS1\",\"name\":\"a\",\"note\":\"\xff\"},\"x\":\"\xfe\"}").unwrap();
        let Trouble::NotText { name, place } = server("/load", &answer, "MS1").unwrap_err().trouble else { panic!() };
        assert_eq!((name.as_deref(), place.keys), (Some("a"), vec!["note".to_owned()]));
        let new = created("/create", &answer).unwrap();
        assert_eq!((new.id.as_str(), new.server.is_some()), ("MS1", false));
        let beside = Json::read(b"{\"server\":{\"id\":\"MS1\"},\"x\":\"\xfe\"}").unwrap();
        assert!(server("/load", &beside, "MS1").unwrap().is_some());
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
