//! The envelopes of answers about objects of any kind: what they hold, and what contradicts the
//! API's description. Pure. Used by `objects`, and by `provider` for labels.
//!
//! An object that can't be read is refused for itself, with its id and name: the other objects of
//! the same list stay usable.

use serde_json::value::RawValue;

use super::absence::Listing;
use super::error::{Error, Trouble};
use super::json::{Json, NotText};
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

/// An object in a list.
#[derive(Debug)]
pub struct Listed {
    /// Its id and name, as far as they can be read.
    pub label: Label,
    /// The object as it was received, unless it holds bytes that are not UTF-8.
    pub object: Result<Box<RawValue>, NotText>,
}

/// The objects of one kind and owner.
#[derive(Debug, Default)]
pub struct ObjectList {
    /// The objects in the order received.
    pub objects: Vec<Listed>,
    /// How many there are, as far as an answer said so.
    total: Option<usize>,
    /// Whether an answer said which objects there are, or how many. A bare `{}` says neither.
    is_explicit: bool,
}

/// What is known of an object right after its creation.
#[derive(Debug)]
pub struct Created {
    /// Its id.
    pub id: String,
    /// The object, if the answer shows it.
    pub object: Option<Box<RawValue>>,
}

// === impl ObjectList ===

impl ObjectList {
    /// Adds the objects of an answer, and says whether its `total` counts more of them. An answer
    /// of another shape, or one that contradicts itself or an earlier one, is an error, because an
    /// object that is missing from the list may count as gone.
    pub(super) fn goes_on_after(&mut self, kind: &Kind, answer: &Json) -> Result<bool, Error> {
        let (path, Kind { many, .. }) = (kind.list, kind);
        let members = members(path, answer)?;
        let (listed, total) = (only(path, &members, many)?, only(path, &members, "total")?);
        if members.iter().next().is_some() && !members.contains(many) && !members.contains("total") {
            return Err(not_described(path, &format!("the answer has no `{many}`")));
        }
        let elements: Vec<&RawValue> = match listed {
            Some(listed) => serde_json::from_str(listed.get())
                .map_err(|_| not_described(path, &format!("`{many}` in the answer is not a list")))?,
            None => Vec::new(),
        };
        if let Some(total) = total {
            let number = total.get().trim_matches('"').parse().ok();
            if number.is_none() || self.total.is_some_and(|earlier| number != Some(earlier)) {
                let reason = format!("`total` in the answer is {total}, which can't be how many {many} there are");
                return Err(not_described(path, &reason));
            }
            self.total = number;
        }
        let object = |object: &RawValue| Listed {
            label: Label::of(answer, object),
            object: answer.not_text(object).map_or_else(|| Ok(object.to_owned()), Err),
        };
        // Nothing but the API names both and says null.
        let names_both = members.contains(many) && members.contains("total");
        self.is_explicit |= listed.is_some() || total.is_some() || names_both;
        self.objects.extend(elements.iter().copied().map(object));
        Ok(!elements.is_empty() && self.total.is_some_and(|total| self.objects.len() < total))
    }

    /// The list, unless it has more or fewer objects than it says.
    pub(super) fn whole(self, kind: &Kind) -> Result<Self, Error> {
        let Kind { list, many, .. } = kind;
        match self.total {
            Some(total) if total != self.objects.len() => {
                let reason = format!("the answer lists {} {many} and has another `total`", self.objects.len());
                Err(not_described(list, &reason))
            }
            _ => Ok(self),
        }
    }

    /// Whether it neither has objects nor says that there are none: a bare `{}`.
    pub fn says_nothing(&self) -> bool {
        self.objects.is_empty() && !self.is_explicit
    }

    /// What the list says about an object.
    pub(super) fn says_of(&self, id: &str) -> Listing {
        if self.objects.iter().any(|object| object.label.id.as_deref() == Some(id)) {
            return Listing::Has;
        }
        match self.objects.iter().find(|object| object.label.id.is_none()) {
            Some(unknown) => Listing::Unclear(unknown.label.name.clone()),
            None if self.is_explicit => Listing::Lacks,
            None => Listing::Bare,
        }
    }
}

// === impl Label ===

impl Label {
    /// The id and name of an object in an answer. Each is `None` if it can't be read, whatever the
    /// other is.
    fn of(answer: &Json, object: &RawValue) -> Self {
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
fn members<'a>(path: &str, answer: &'a Json) -> Result<RawMembers<'a>, Error> {
    RawMembers::of(answer.text()).ok_or_else(|| not_described(path, "the answer is not a JSON object"))
}

/// The value of a key, if it is neither missing nor null. More than one contradict each other.
fn only<'a>(path: &str, members: &RawMembers<'a>, key: &str) -> Result<Option<&'a RawValue>, Error> {
    let mut values = members.all(key);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(not_described(path, &format!("the answer has `{key}` more than once"))),
        (value, None) => Ok(value),
    }
}

fn without_id(path: &str, one: &str) -> Error {
    not_described(path, &format!("`{one}` in the answer has no `id`"))
}

fn not_described(path: &str, reason: &str) -> Error {
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

    /// The list that these answers make together, as long as each says that more is to come.
    fn pages(answers: &[Json]) -> Result<ObjectList, Error> {
        let mut list = ObjectList::default();
        for (position, answer) in answers.iter().enumerate() {
            let goes_on = list.goes_on_after(KIND, answer)?;
            assert_eq!(goes_on, position + 1 < answers.len(), "{list:?}");
        }
        list.whole(KIND)
    }

    /// The list that an answer makes alone.
    fn listing(answer: &Json) -> Result<ObjectList, Error> {
        let mut list = ObjectList::default();
        list.goes_on_after(KIND, answer)?;
        list.whole(KIND)
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
            assert_eq!(listing(&raw(text)).unwrap().says_of("MS1"), says, "{text}");
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
            assert!(listing(&raw(text)).is_err(), "{text}");
        }
    }

    /// An object that moves to an earlier page while the list is asked for would be missing.
    #[test]
    fn pages_make_a_list_only_if_they_agree_on_its_length() {
        let page = |id: &str, total: &str| raw(&format!(r#"{{"servers":[{{"id":"{id}"}}],"total":{total}}}"#));
        let whole = pages(&[page("MS1", "2"), page("MS2", "2")]).unwrap();
        assert_eq!(
            (whole.says_of("MS1"), whole.says_of("MS2"), whole.says_of("MS3")),
            (Listing::Has, Listing::Has, Listing::Lacks)
        );
        assert!(pages(&[page("MS1", "3"), page("MS2", "2")]).is_err());
        assert!(pages(&[page("MS1", "2"), raw(r#"{"servers":[],"total":2}"#)]).is_err());
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
        let list = listing(&Json::read(body).unwrap()).unwrap();
        let ids: Vec<_> = list.objects.iter().map(|listed| listed.label.id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["MS1", "MS2", "MS3"]);
        assert_eq!(list.objects[0].object.as_ref().unwrap().get(), r#"{"id":"MS1","name":"a"}"#);
        assert_eq!(list.objects[1].object.as_ref().unwrap_err().keys, ["note"]);
        assert_eq!((list.says_of("MS2"), list.says_of("MS4")), (Listing::Has, Listing::Lacks));
    }

    /// The server that has no readable id may be the one that is looked for.
    #[test]
    fn a_list_with_an_unknown_server_in_it_shows_no_absence() {
        for server in [r#""x""#, "null", r#"{"name":"q"}"#, r#"{"id":5}"#, r#"{"id":""}"#, r#"{"id":"MS2","id":"MS3"}"#]
        {
            let list = listing(&raw(&format!(r#"{{"servers":[{{"id":"MS1"}},{server}],"total":2}}"#))).unwrap();
            assert_eq!(list.says_of("MS1"), Listing::Has, "{server}");
            assert!(matches!(list.says_of("MS4"), Listing::Unclear(_)), "{server}");
        }
    }

    #[test]
    fn a_server_with_other_bytes_is_refused_by_its_name() {
        let answer =
            Json::read(b"{\"server\":{\"id\":\"MS1\",\"name\":\"a\",\"note\":\"\xff\"},\"x\":\"\xfe\"}").unwrap();
        let Trouble::NotText { name, place } = object(KIND, KIND.load, &answer, "MS1").unwrap_err().trouble else {
            panic!()
        };
        assert_eq!((name.as_deref(), place.keys), (Some("a"), vec!["note".to_owned()]));
        let new = created(KIND, "/create", &answer).unwrap();
        assert_eq!((new.id.as_str(), new.object.is_some()), ("MS1", false));
        let beside = Json::read(b"{\"server\":{\"id\":\"MS1\"},\"x\":\"\xfe\"}").unwrap();
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
