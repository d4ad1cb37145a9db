// SPDX-License-Identifier: Apache-2.0

//! Updating an object. An update replaces the whole object, so it is built from the object as it is
//! right before each attempt, never from an older answer. Used by `provider`.

use std::sync::{Mutex, PoisonError};

use serde_json::value::RawValue;

use super::absence::Denial;
use super::body::{Body, BodyFuture, MakeBody};
use super::call::{Called, Effect};
use super::envelopes::{not_described, object};
use super::error::{Error, Fate};
use super::error_body::{error_words, words};
use super::kind::Endpoints;
use super::objects::Objects;

/// Makes the object to store of the object as it is. A refusal ends the update.
pub type Revise<'a, E> = &'a (dyn Fn(&RawValue) -> Result<Box<RawValue>, E> + Send + Sync);

/// An object that was updated.
#[derive(Debug)]
pub struct Updated {
    /// The object that was revised.
    pub before: Box<RawValue>,
    /// The object as it was stored.
    pub stored: Box<RawValue>,
}

/// Why an object was not updated.
#[derive(Debug)]
pub enum NotUpdated<E> {
    /// A call failed.
    Failed(Error),
    /// The object as it is was not revised.
    Refused {
        /// What the revision says.
        reason: E,
        /// Whether an earlier attempt may have taken effect.
        may_have_happened: bool,
    },
}

/// The body of an update, made anew for each attempt.
struct Revision<'a, E, R> {
    objects: &'a Objects<'a, E>,
    id: &'a str,
    revise: Revise<'a, R>,
    last: Mutex<Last<R>>,
}

/// What the last attempt to make the body came to.
enum Last<R> {
    /// There certainly is no such object.
    Absent,
    /// The revision refused.
    Refused(R),
    /// The object is as it should be already, or this one is being revised.
    Loaded(Box<RawValue>),
}

impl<E: Endpoints> Objects<'_, E> {
    /// Loads the object of this id, has it revised, and replaces the whole by the result. Before
    /// each repetition it is loaded and revised anew. `None` if there certainly is no such object.
    pub async fn update<R: Send>(&self, id: &str, revise: Revise<'_, R>) -> Result<Option<Updated>, NotUpdated<R>> {
        let path = E::KIND.update;
        let revision = Revision { objects: self, id, revise, last: Mutex::new(Last::Absent) };
        let called = self.send(path, Effect::Idempotent, Body::Made(&revision)).await;
        let last = revision.last.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (called, last) {
            (Ok(Called::Answered(answer)), Last::Loaded(before)) => {
                let stored = match object(E::KIND, path, &answer, id)
                    .map_err(|error| NotUpdated::Failed(error.saying(&words(&answer))))?
                {
                    Some(stored) => stored,
                    None => match (error_words(&answer), self.load(id).await) {
                        // An error in place of the result.
                        (Some(said), Ok(Some(_))) => {
                            let reason = format!("the answer has no `{}`", E::KIND.one);
                            return Err(NotUpdated::Failed(not_described(path, &reason).saying(&said)));
                        }
                        // The update was accepted without showing its result.
                        (None, Ok(Some(stored))) => stored,
                        (_, Ok(None)) => return Ok(None),
                        (_, Err(error)) => return Err(NotUpdated::Failed(error.after(true))),
                    },
                };
                Ok(Some(Updated { before, stored }))
            }
            (Ok(Called::Unneeded(_)), Last::Loaded(before)) => Ok(Some(Updated { stored: before.clone(), before })),
            (Ok(_), Last::Absent) => Ok(None),
            (Ok(called), Last::Refused(reason)) => {
                let may_have_happened = matches!(called, Called::Unneeded(fate) if fate > Fate::NotDone);
                Err(NotUpdated::Refused { reason, may_have_happened })
            }
            (Err(error), _) if Denial::of(&error).is_some() => match self.load(id).await {
                Ok(None) => Ok(None),
                Ok(Some(_)) | Err(_) => Err(NotUpdated::Failed(error)),
            },
            (Err(error), _) => Err(NotUpdated::Failed(error)),
        }
    }
}

impl<E: Endpoints, R: Send> MakeBody for Revision<'_, E, R> {
    fn make(&self) -> BodyFuture<'_> {
        Box::pin(async move {
            let loaded = self.objects.load(self.id).await.map_err(Error::of_a_read)?;
            let (last, body) = match loaded {
                None => (Last::Absent, None),
                Some(loaded) => match (self.revise)(&loaded) {
                    Err(reason) => (Last::Refused(reason), None),
                    Ok(revised) => {
                        let differs = revised.get() != loaded.get();
                        let body = differs.then(|| self.objects.endpoints.storing(&revised));
                        (Last::Loaded(loaded), body)
                    }
                },
            };
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
            Ok(body)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::SecretString;
    use serde_json::json;
    use tokio_util::sync::CancellationToken;

    use super::super::fake_server::{Canned, FakeServer};
    use super::super::limits::Limits;
    use super::super::servers::{McpServers, ServerEndpoints};
    use super::super::transport::{Api, Settings};
    use super::*;

    type Result = std::result::Result<Option<Updated>, NotUpdated<&'static str>>;

    /// An update that sets `name` to "new", whose calls get these answers; all must be used. Also
    /// the objects that were sent.
    async fn updated(answers: &[Canned], refuse: &'static str) -> (Result, Vec<serde_json::Value>) {
        let server = FakeServer::with(answers.to_vec()).await;
        let key = SecretString::from("K".to_owned());
        let api = Api::new(Settings { key, user_agent: "tester/1".to_owned(), local: true, tls: Default::default() });
        let limits = Limits::within(Duration::from_secs(60), CancellationToken::new());
        let (base_url, endpoints) = (&server.url, ServerEndpoints);
        let servers = McpServers { api: &api, base_url, project: "P", limits: &limits, endpoints };
        let revise = |present: &RawValue| {
            if !refuse.is_empty() && present.get().contains(refuse) {
                return Err("refused");
            }
            let mut object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(present.get()).unwrap();
            object.insert("name".to_owned(), json!("new"));
            Ok(serde_json::value::to_raw_value(&object).unwrap())
        };
        let done = servers.update("MS1", &revise).await;
        let received = server.received();
        assert_eq!(received.len(), answers.len(), "{received:?}");
        let sent = received.iter().filter(|request| request.contains("/server/update"));
        let object = |request: &String| {
            let body: serde_json::Value = serde_json::from_str(request.split("\r\n\r\n").nth(1).unwrap()).unwrap();
            body["server"].clone()
        };
        (done, sent.map(object).collect())
    }

    fn refusal(status: u16) -> Canned {
        Canned::answer(status, "", r#"{"errorCode":"E1"}"#)
    }

    fn loaded(x: i32, name: &str) -> Canned {
        Canned::ok(&format!(r#"{{"server":{{"id":"MS1","name":"{name}","x":{x}}}}}"#))
    }

    fn others() -> Canned {
        Canned::ok(r#"{"servers":[{"id":"MS2"}],"total":1}"#)
    }

    #[tokio::test(start_paused = true)]
    async fn each_repetition_is_built_from_the_server_as_it_is_then() {
        for passing in [refusal(503), refusal(500), refusal(429), Canned::Close] {
            let (done, sent) = updated(&[loaded(1, "old"), passing, loaded(2, "old"), loaded(2, "new")], "").await;
            let done = done.unwrap().unwrap();
            assert_eq!(done.before.get(), r#"{"id":"MS1","name":"old","x":2}"#);
            assert_eq!(sent.iter().map(|object| object["x"].clone()).collect::<Vec<_>>(), [1, 2]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_broken_attempt_did_is_not_done_again() {
        let (done, sent) = updated(&[loaded(1, "old"), Canned::Close, loaded(1, "new")], "").await;
        assert_eq!((done.unwrap().unwrap().stored.get(), sent.len()), (r#"{"id":"MS1","name":"new","x":1}"#, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_ends_the_update_and_tells_what_an_earlier_attempt_may_have_done() {
        let (done, _) = updated(&[loaded(7, "old")], "7").await;
        assert!(matches!(done, Err(NotUpdated::Refused { reason: "refused", may_have_happened: false })), "{done:?}");
        for (status, may) in [(503, true), (429, false)] {
            let (done, _) = updated(&[loaded(1, "old"), refusal(status), loaded(7, "old")], "7").await;
            let Err(NotUpdated::Refused { may_have_happened, .. }) = done else { panic!("{done:?}") };
            assert_eq!(may_have_happened, may, "{status}");
        }
    }

    #[tokio::test]
    async fn an_update_that_is_not_shown_is_loaded_and_known_to_have_been_made() {
        let (done, _) = updated(&[loaded(1, "old"), Canned::ok("{}"), loaded(1, "new")], "").await;
        assert_eq!(done.unwrap().unwrap().stored.get(), r#"{"id":"MS1","name":"new","x":1}"#);
        let remark = Canned::ok(r#"{"message":"saved"}"#);
        let (done, _) = updated(&[loaded(1, "old"), remark, loaded(1, "new")], "").await;
        assert_eq!(done.unwrap().unwrap().stored.get(), r#"{"id":"MS1","name":"new","x":1}"#);
        let (done, _) = updated(&[loaded(1, "old"), Canned::ok("{}"), refusal(401)], "").await;
        assert!(matches!(done, Err(NotUpdated::Failed(error)) if error.may_have_happened()));
        let page = Canned::ok("<p>");
        for nothing_sent in [&[loaded(1, "old"), refusal(401)][..], &[page]] {
            let (done, _) = updated(nothing_sent, "").await;
            assert!(matches!(done, Err(NotUpdated::Failed(error)) if !error.may_have_happened()));
        }
    }

    #[tokio::test]
    async fn an_error_in_place_of_the_result_is_one_under_any_status() {
        for body in [r#"{"error":"no quota"}"#, r#"{"errorMessage":"no quota"}"#, r#"{"error":{"message":"no quota"}}"#]
        {
            let (done, _) = updated(&[loaded(1, "old"), Canned::ok(body), loaded(1, "old")], "").await;
            let Err(NotUpdated::Failed(error)) = done else { panic!("{body}: {done:?}") };
            assert!(error.to_string().contains(r#"has no `server` (it says \"no quota\")"#), "{error}");
            assert!(error.may_have_happened(), "{error}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_gone_is_not_updated() {
        let (done, sent) = updated(&[refusal(404), others()], "").await;
        assert!(matches!(done, Ok(None)) && sent.is_empty(), "{done:?}");
        let (done, _) = updated(&[loaded(1, "old"), refusal(404), refusal(404), others()], "").await;
        assert!(matches!(done, Ok(None)), "{done:?}");
        let (done, _) = updated(&[loaded(1, "old"), refusal(404), loaded(1, "old")], "").await;
        assert!(matches!(done, Err(NotUpdated::Failed(error)) if error.status() == Some(404)));
    }
}
