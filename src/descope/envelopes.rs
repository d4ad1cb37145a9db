// SPDX-License-Identifier: Apache-2.0

//! The envelopes of answers about objects of any kind: what they hold, and what contradicts the
//! API's description. Pure. Used by `objects`, and by `provider` for labels.
//!
//! An object that can't be read is refused for itself, with its id and name. What a list holds is in
//! `object_list`.

use serde_json::value::RawValue;

use super::error::{Error, Trouble};
use super::json::Json;
use super::kind::Kind;
use crate::raw::RawMembers;

/// What identifies an object to the API and to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// What Descope knows it by.
    pub id: Option<String>,
    /// Its display name.
    pub name: Option<String>,
}

/// What is known of an object right after its creation.
#[derive(Debug)]
pub struct Created {
    /// Its id.
    pub id: String,
    /// The object, if the answer shows it.
    pub object: Option<Box<RawValue>>,
}

// === impl Label ===

impl Label {
    /// The id and name of an object in an answer. Each is `None` if it can't be read, whatever the
    /// other is.
    pub(super) fn of(answer: &Json, object: &RawValue) -> Self {
        let Some(members) = RawMembers::of(object) else { return Self::default() };
        let text = |key| members.text(key).filter(|text| answer.is_faithful(text));
        Self { id: text("id").filter(|id| !id.is_empty()), name: text("name") }
    }
}

/// What a creation answers: the id of the new object, and the object if the answer shows more of it
/// than that. The id counts wherever it is, since an object without a known id is lost.
pub(super) fn created(kind: &Kind, path: &str, answer: &Json) -> Result<Created, Error> {
    let (members, Kind { one, .. }) = (members(path, answer)?, kind);
    let mut shown = members.all(one);
    match (shown.next(), shown.next()) {
        (Some(object), other) => {
            let id = Label::of(answer, object).id;
            let id = id.ok_or_else(|| without_id(path, one))?;
            let says_more = RawMembers::of(object).is_some_and(|members| members.iter().count() > 1);
            let usable = other.is_none() && says_more && answer.not_text(object).is_none();
            Ok(Created { id, object: usable.then(|| object.to_owned()) })
        }
        (None, _) => {
            let id = members.text("id").filter(|id| !id.is_empty() && answer.is_faithful(id));
            let id = id.ok_or_else(|| not_described(path, &format!("the answer has no `{one}`")))?;
            Ok(Created { id, object: None })
        }
    }
}

/// The object in an envelope such as `{server: …}`, or `None` if it is missing or null. It must have
/// the id that was asked for. Otherwise the next call would change the wrong object.
pub(super) fn object(kind: &Kind, path: &str, answer: &Json, asked: &str) -> Result<Option<Box<RawValue>>, Error> {
    let Kind { one, .. } = kind;
    let Some(object) = only(path, &members(path, answer)?, one)? else { return Ok(None) };
    let Label { id, name } = Label::of(answer, object);
    match id {
        None => Err(without_id(path, one)),
        Some(id) if id != asked => {
            Err(not_described(path, &format!("`{one}` in the answer is {id:?}, not the one that was asked for")))
        }
        Some(_) => match answer.not_text(object) {
            Some(place) => Err(Error::new(path, Trouble::NotText { name, place })),
            None => Ok(Some(object.to_owned())),
        },
    }
}

/// What a deletion answers: an object, about which nothing else is described. Everything else
/// comes from something that is not the API.
pub(super) fn deleted(path: &str, answer: &Json) -> Result<(), Error> {
    members(path, answer).map(|_| ())
}

/// The members of an answer.
pub(super) fn members<'a>(path: &str, answer: &'a Json) -> Result<RawMembers<'a>, Error> {
    RawMembers::of(answer.text()).ok_or_else(|| not_described(path, "the answer is not a JSON object"))
}

/// The value of a key, if it is neither missing nor null. More than one contradict each other.
pub(super) fn only<'a>(path: &str, members: &RawMembers<'a>, key: &str) -> Result<Option<&'a RawValue>, Error> {
    let mut values = members.all(key);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(not_described(path, &format!("the answer has `{key}` more than once"))),
        (value, None) => Ok(value),
    }
}

fn without_id(path: &str, one: &str) -> Error {
    not_described(path, &format!("`{one}` in the answer has no `id`"))
}

pub(super) fn not_described(path: &str, reason: &str) -> Error {
    Error::new(path, Trouble::NotDescribed { reason: reason.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::kind::Endpoints;
    use super::super::servers::ServerEndpoints;
    use super::*;

    const KIND: &Kind = ServerEndpoints::KIND;

    fn envelope(text: &str) -> Result<Option<Box<RawValue>>, Error> {
        object(KIND, KIND.load, &raw(text), "MS1")
    }

    fn raw(text: &str) -> Json {
        Json::read(text.into()).unwrap()
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
    fn a_server_with_other_bytes_is_refused_by_its_name() {
        let answer =
            Json::read(b"{\"server\":{\"id\":\"MS1\",\"name\":\"a\",\"note\":\"\xff\"},\"x\":\"\xfe\"}".into())
                .unwrap();
        let Trouble::NotText { name, place } = object(KIND, KIND.load, &answer, "MS1").unwrap_err().trouble else {
            panic!()
        };
        assert_eq!((name.as_deref(), place.keys), (Some("a"), vec!["note".to_owned()]));
        let new = created(KIND, "/create", &answer).unwrap();
        assert_eq!((new.id.as_str(), new.object.is_some()), ("MS1", false));
        let beside = Json::read(b"{\"server\":{\"id\":\"MS1\"},\"x\":\"\xfe\"}".into()).unwrap();
        assert!(object(KIND, KIND.load, &beside, "MS1").unwrap().is_some());
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
            let created = created(KIND, "/create", &raw(json)).unwrap();
            assert_eq!((created.id.as_str(), created.object.is_some()), ("MS1", shown), "{json}");
        }
        for json in ["{}", r#"{"id":""}"#, r#"{"id":7}"#, r#"{"server":{}}"#, "[]"] {
            assert!(created(KIND, "/create", &raw(json)).is_err(), "{json}");
        }
    }
}
