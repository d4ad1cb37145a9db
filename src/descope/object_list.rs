// SPDX-License-Identifier: Apache-2.0

//! The list of the objects of one kind and owner, made of the answers that hold it. The answers are kept
//! as they were received, and each object is a part of one of them: a project may have thousands of
//! objects. Made by `objects`; used by `provider`.
//!
//! An object that can't be read is refused for itself, with its id and name: the others stay usable.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::Instant;

use super::absence::Listing;
use super::envelopes::{Label, members, not_described, only};
use super::error::Error;
use super::error_body::words;
use super::json::{Json, NotText};
use super::kind::Kind;

/// An object in a list.
#[derive(Debug)]
pub struct Listed<'a> {
    /// Its id and name, as far as they can be read.
    pub label: &'a Label,
    /// The object as it was received, unless it holds bytes that are not UTF-8.
    pub object: Result<&'a RawValue, NotText>,
}

/// The objects of one kind and owner.
#[derive(Debug, Default)]
pub struct ObjectList {
    answers: Vec<Json>,
    /// In the order received.
    entries: Vec<Entry>,
    by_id: HashMap<String, Position>,
    /// The first object whose id can't be read.
    without_id: Option<usize>,
    /// How many there are, as far as an answer said so.
    total: Option<usize>,
    /// Whether an answer said which objects there are, or how many. A bare `{}` says neither.
    is_explicit: bool,
    /// When the last answer came.
    came: Option<Instant>,
}

/// Where an object is.
#[derive(Debug)]
struct Entry {
    label: Label,
    answer: usize,
    /// The bytes of that answer's text.
    bytes: Range<usize>,
}

/// Where the objects of one id are among the entries.
#[derive(Clone, Copy, Debug)]
enum Position {
    Once(usize),
    /// They contradict each other.
    Several,
}

// === impl ObjectList ===

impl ObjectList {
    /// Adds the objects of an answer, and says whether its `total` counts more of them. An answer
    /// of another shape, or one that contradicts itself or an earlier one, is an error, because an
    /// object that is missing from the list may count as gone.
    pub(super) fn goes_on_after(&mut self, kind: &Kind, answer: Json) -> Result<bool, Error> {
        let goes_on = self.read(kind, &answer).map_err(|error| error.saying(&words(&answer)))?;
        self.answers.push(answer);
        Ok(goes_on)
    }

    fn read(&mut self, kind: &Kind, answer: &Json) -> Result<bool, Error> {
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
        // Nothing but the API names both and says null.
        let names_both = members.contains(many) && members.contains("total");
        self.is_explicit |= listed.is_some() || total.is_some() || names_both;
        let has_more = !elements.is_empty();
        let entries: Vec<Entry> = elements.into_iter().map(|object| self.entry(answer, object)).collect();
        for entry in entries {
            self.add(entry);
        }
        Ok(has_more && self.total.is_some_and(|total| self.entries.len() < total))
    }

    fn entry(&self, answer: &Json, object: &RawValue) -> Entry {
        // The object is a part of the answer's text, so this is where it begins in it.
        let begin = object.get().as_ptr().addr().saturating_sub(answer.text().get().as_ptr().addr());
        let bytes = begin..begin + object.get().len();
        Entry { label: Label::of(answer, object), answer: self.answers.len(), bytes }
    }

    fn add(&mut self, entry: Entry) {
        let position = self.entries.len();
        match &entry.label.id {
            Some(id) => {
                let known = self.by_id.entry(id.clone());
                known.and_modify(|known| *known = Position::Several).or_insert(Position::Once(position));
            }
            None => self.without_id = self.without_id.or(Some(position)),
        }
        self.entries.push(entry);
    }

    /// The list, unless it has more or fewer objects than it says.
    pub(super) fn whole(self, kind: &Kind) -> Result<Self, Error> {
        let Kind { list, many, .. } = kind;
        match self.total {
            Some(total) if total != self.entries.len() => {
                let reason = format!("the answer lists {} {many} and has another `total`", self.entries.len());
                Err(not_described(list, &reason))
            }
            _ => Ok(Self { came: Some(Instant::now()), ..self }),
        }
    }

    /// How long ago it came.
    pub(super) fn age(&self) -> Duration {
        self.came.map_or(Duration::ZERO, |came| came.elapsed())
    }

    /// Whether it neither has objects nor says that there are none: a bare `{}`.
    pub fn says_nothing(&self) -> bool {
        self.entries.is_empty() && !self.is_explicit
    }

    /// How many objects it has.
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// The objects in the order received.
    pub fn iter(&self) -> impl Iterator<Item = Listed<'_>> {
        self.entries.iter().map(|entry| self.listed(entry))
    }

    /// The ids and names of the objects in the order received.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.entries.iter().map(|entry| &entry.label)
    }

    /// The ids that can be read.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.labels().filter_map(|label| label.id.as_deref()).collect()
    }

    /// The one object of an id. `None` if there is none, or more than one.
    pub fn get(&self, id: &str) -> Option<Listed<'_>> {
        match self.by_id.get(id)? {
            Position::Once(position) => self.entries.get(*position).map(|entry| self.listed(entry)),
            Position::Several => None,
        }
    }

    fn listed<'a>(&'a self, Entry { label, answer, bytes }: &'a Entry) -> Listed<'a> {
        let object = self.answers.get(*answer).ok_or_else(NotText::default).and_then(|answer| {
            let text = answer.text().get().get(bytes.clone()).and_then(|text| serde_json::from_str(text).ok());
            let object: &RawValue = text.ok_or_else(NotText::default)?;
            answer.not_text(object).map_or(Ok(object), Err)
        });
        Listed { label, object }
    }

    /// What the list says about an object.
    pub(super) fn says_of(&self, id: &str) -> Listing {
        if self.by_id.contains_key(id) {
            return Listing::Has;
        }
        match self.without_id.and_then(|position| self.entries.get(position)) {
            Some(unknown) => Listing::Unclear(unknown.label.name.clone()),
            None if self.is_explicit => Listing::Lacks,
            None => Listing::Bare,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind::Endpoints;
    use super::super::servers::ServerEndpoints;
    use super::*;

    const KIND: &Kind = ServerEndpoints::KIND;

    /// The list that these answers make together, as long as each says that more is to come.
    fn pages<const N: usize>(answers: [Json; N]) -> Result<ObjectList, Error> {
        let mut list = ObjectList::default();
        for (position, answer) in answers.into_iter().enumerate() {
            let goes_on = list.goes_on_after(KIND, answer)?;
            assert_eq!(goes_on, position + 1 < N, "{list:?}");
        }
        list.whole(KIND)
    }

    /// The list that an answer makes alone.
    fn listing(answer: Json) -> Result<ObjectList, Error> {
        let mut list = ObjectList::default();
        list.goes_on_after(KIND, answer)?;
        list.whole(KIND)
    }

    fn raw(text: &str) -> Json {
        Json::read(text.into()).unwrap()
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
            assert_eq!(listing(raw(text)).unwrap().says_of("MS1"), says, "{text}");
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
            assert!(listing(raw(text)).is_err(), "{text}");
        }
    }

    /// An object that moves to an earlier page while the list is asked for would be missing.
    #[test]
    fn pages_make_a_list_only_if_they_agree_on_its_length() {
        let page = |id: &str, total: &str| raw(&format!(r#"{{"servers":[{{"id":"{id}"}}],"total":{total}}}"#));
        let whole = pages([page("MS1", "2"), page("MS2", "2")]).unwrap();
        assert_eq!(
            (whole.says_of("MS1"), whole.says_of("MS2"), whole.says_of("MS3")),
            (Listing::Has, Listing::Has, Listing::Lacks)
        );
        assert!(pages([page("MS1", "3"), page("MS2", "2")]).is_err());
        assert!(pages([page("MS1", "2"), raw(r#"{"servers":[],"total":2}"#)]).is_err());
    }

    #[test]
    fn one_server_that_can_not_be_read_does_not_hide_the_others() {
        let body = b"{\"servers\":[{\"id\":\"MS1\",\"name\":\"a\"},{\"id\":\"MS2\",\"name\":\"b\",\
            \"note\":\"\xff\"},{\"\\ud800\":1,\"id\":\"MS3\",\"id\":\"MS3\"}]}";
        let list = listing(Json::read(body.into()).unwrap()).unwrap();
        let listed: Vec<_> = list.iter().collect();
        let ids: Vec<_> = listed.iter().map(|listed| listed.label.id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["MS1", "MS2", "MS3"]);
        assert_eq!(listed[0].object.as_ref().unwrap().get(), r#"{"id":"MS1","name":"a"}"#);
        assert_eq!(listed[1].object.as_ref().unwrap_err().keys, ["note"]);
        assert_eq!((list.says_of("MS2"), list.says_of("MS4")), (Listing::Has, Listing::Lacks));
    }

    /// The server that has no readable id may be the one that is looked for.
    #[test]
    fn a_list_with_an_unknown_server_in_it_shows_no_absence() {
        for server in [r#""x""#, "null", r#"{"name":"q"}"#, r#"{"id":5}"#, r#"{"id":""}"#, r#"{"id":"MS2","id":"MS3"}"#]
        {
            let list = listing(raw(&format!(r#"{{"servers":[{{"id":"MS1"}},{server}],"total":2}}"#))).unwrap();
            assert_eq!(list.says_of("MS1"), Listing::Has, "{server}");
            assert!(matches!(list.says_of("MS4"), Listing::Unclear(_)), "{server}");
        }
    }

    #[test]
    fn an_object_is_found_by_its_id_on_any_page_as_it_was_received() {
        let page = |object: &str| raw(&format!(r#"{{"total":3, "servers": [ {object} ]}}"#));
        let pages = [page(r#"{"id":"MS1","x":1.10}"#), page(r#"{"id":"\u004dS2"}"#), page(r#"{"id":"MS3","y":[ ]}"#)];
        let list = super::tests::pages(pages).unwrap();
        let text = |id| list.get(id).map(|found| found.object.unwrap().get().to_owned());
        assert_eq!(text("MS1").as_deref(), Some(r#"{"id":"MS1","x":1.10}"#));
        assert_eq!(text("MS2").as_deref(), Some(r#"{"id":"\u004dS2"}"#));
        assert_eq!((text("MS3").as_deref(), text("MS4")), (Some(r#"{"id":"MS3","y":[ ]}"#), None));
        assert_eq!(list.count(), 3);
    }

    #[test]
    fn two_objects_of_one_id_are_there_and_none_of_them_counts() {
        let list = listing(raw(r#"{"servers":[{"id":"MS1","name":"a"},{"id":"MS1","name":"b"}]}"#)).unwrap();
        assert!(list.get("MS1").is_none());
        assert_eq!(list.says_of("MS1"), Listing::Has);
    }
}
