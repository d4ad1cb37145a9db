// SPDX-License-Identifier: Apache-2.0

//! A made-up remote system for the real resource: it answers each call with what the input says, or
//! it behaves well and answers what it was given.
//!
//! An answer that is a JSON object is that object, and an empty one is absence. `@` and a text is
//! an identity without an object. Anything else is an error, and so is a call too many.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use serde_json::value::RawValue;
use terraform_provider_descope::diag::{Diagnostic, Diagnostics};
use terraform_provider_descope::engine::ports::{
    Census, CreateFuture, Created, Creation, Emit, Entry, FollowUp, Listed, Listing, NotCreated, PortFuture, Remote,
    Revise, Updated,
};
use terraform_provider_descope::engine::{Connection, Context, OnConflict, Place, State};
use terraform_provider_descope::raw::{RawObject, to_raw};
use terraform_provider_descope::value::{Object, Value};

/// The connection to the made-up remote system.
#[derive(Default)]
pub struct Scripted(Mutex<Script>);

/// What the remote system is going to do, and what it saw.
#[derive(Default)]
pub struct Script {
    /// What it answers. `None`: what it was given.
    answers: Option<VecDeque<Vec<u8>>>,
    /// The object that it holds while it answers what it was given.
    pub held: Option<RawObject>,
    /// Each update: the object that was loaded before, and the one that was sent.
    pub updates: Vec<(RawObject, RawObject)>,
}

/// The objects of the made-up remote system.
pub struct Things(Arc<Scripted>);

/// A list of them. What it says of one is made up when it is asked, and kept.
struct List {
    script: Arc<Scripted>,
    said: Said,
}

/// Objects that stay where they are while others are added.
#[derive(Default)]
struct Said {
    first: OnceLock<RawObject>,
    others: OnceLock<Box<Said>>,
}

impl Said {
    fn keep(&self, object: RawObject) -> Option<&RawObject> {
        match self.first.set(object) {
            Ok(()) => self.first.get(),
            Err(object) => self.others.get_or_init(Box::default).keep(object),
        }
    }
}

/// The id of the object that is held.
pub const ID: &str = "MS1";

/// What an input answers to one call.
enum Answer {
    Object(RawObject),
    Identity(String),
    Nothing,
}

impl Scripted {
    /// What it is going to do.
    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().expect("no panic goes on")
    }
}

impl Script {
    /// Answers that follow each other.
    pub fn answering(answers: VecDeque<Vec<u8>>) -> Self {
        Self { answers: Some(answers), ..Self::default() }
    }

    fn next(&mut self) -> Result<Answer, Diagnostics> {
        let next = self.answers.as_mut().and_then(VecDeque::pop_front);
        let next = next.ok_or_else(|| refusal("no more answers"))?;
        let text = String::from_utf8_lossy(&next).into_owned();
        match (text.strip_prefix('@'), object(&text)) {
            (Some(id), _) => Ok(Answer::Identity(id.to_owned())),
            (_, Some(object)) => Ok(Answer::Object(object)),
            _ if text.is_empty() => Ok(Answer::Nothing),
            _ => Err(refusal(&text)),
        }
    }

    fn behaves(&self) -> bool {
        self.answers.is_none()
    }

    /// The object at a place.
    fn object_at(&mut self, at: &Place) -> Result<Option<RawObject>, Diagnostics> {
        match self.behaves() {
            true => Ok(self.held.clone().filter(|_| at.get("id") == Some(ID))),
            false => self.next_object(),
        }
    }

    fn next_object(&mut self) -> Result<Option<RawObject>, Diagnostics> {
        match self.next()? {
            Answer::Object(object) => Ok(Some(object)),
            Answer::Identity(_) | Answer::Nothing => Ok(None),
        }
    }

    fn next_place(&mut self) -> Result<Place, Diagnostics> {
        match self.next()? {
            Answer::Identity(id) => Ok(Place::new([("id", id)])),
            Answer::Object(_) | Answer::Nothing => Ok(Place::new([])),
        }
    }
}

/// JSON text as an object, if it is one.
pub fn object(text: &str) -> Option<RawObject> {
    RawObject::parse(&RawValue::from_string(text.to_owned()).ok()?).ok()
}

fn refusal(text: &str) -> Diagnostics {
    Diagnostic::error("Refused", format!("The remote system says: {text:?}.")).into()
}

fn ready<'a, T: Send + 'a>(answer: Result<T, Diagnostics>) -> PortFuture<'a, T> {
    Box::pin(std::future::ready(answer))
}

fn identity(id: impl AsRef<str>) -> Object {
    Object::from([("id", Value::string(id.as_ref()))])
}

impl Connection for Scripted {
    fn lookup(&self, name: &str, _: &Place) -> Option<String> {
        match name {
            "project_id" => Some("P".to_owned()),
            "base_url" => Some("https://api.example".to_owned()),
            _ => None,
        }
    }

    fn writes(&self) -> u64 {
        0
    }

    fn undecided(&self, _: &Place) -> Option<&'static str> {
        None
    }

    fn on_conflict(&self) -> OnConflict {
        // Made-up states and objects hardly ever agree, and most inputs would end here.
        OnConflict::Overwrite
    }

    fn faults(&self) -> Diagnostics {
        Diagnostics::none()
    }
}

impl From<Arc<Scripted>> for Things {
    fn from(connection: Arc<Scripted>) -> Self {
        Self(connection)
    }
}

impl Census for List {
    fn entry(&self, at: &Place) -> Entry<'_> {
        let said = self.script.script().object_at(at);
        match said.map(|object| object.and_then(|object| self.said.keep(object))) {
            Ok(Some(object)) => Entry::Object(object.view()),
            Ok(None) => Entry::Lacking,
            Err(_) => Entry::Unreadable,
        }
    }

    fn confirm<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        ready(self.script.script().object_at(at))
    }

    fn find(&self, _: &Object) -> Result<Place, Diagnostics> {
        self.script.script().next_place()
    }
}

impl Remote for Things {
    fn create<'a>(&'a self, creation: Creation<'a>, _: &'a Context) -> CreateFuture<'a> {
        let mut script = self.0.script();
        let created = match script.behaves() {
            true => {
                let mut object = creation.body;
                object.set("id", to_raw(ID));
                script.held = Some(object.clone());
                Ok(Created { object: Some(object), ..Created::default() })
            }
            false => match script.next() {
                Ok(Answer::Object(object)) => Ok(Created { object: Some(object), ..Created::default() }),
                Ok(Answer::Identity(id)) => Ok(Created { assigned: identity(id), ..Created::default() }),
                Ok(Answer::Nothing) => Ok(Created::default()),
                // An answer that is lost, with or without a hint.
                Err(reason) => Err(NotCreated::Doubtful { reason, likely_not_done: creation.body.contains("name") }),
            },
        };
        Box::pin(std::future::ready(created))
    }

    fn load<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        let mut script = self.0.script();
        ready(script.object_at(at))
    }

    fn update<'a>(&'a self, at: &'a Place, revise: Revise<'a>, _: &'a Context) -> PortFuture<'a, Option<Updated>> {
        let mut script = self.0.script();
        ready(script.object_at(at).and_then(|before| {
            let Some(before) = before else { return Ok(None) };
            let body = revise(&before)?;
            script.updates.push((before.clone(), body.clone()));
            if script.behaves() {
                script.held = Some(body);
            }
            Ok(script.object_at(at)?.map(|stored| Updated { before, stored }))
        }))
    }

    fn delete<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Diagnostics> {
        ready(self.0.script().object_at(at).map(|_| Diagnostics::none()))
    }

    fn noun(&self) -> &'static str {
        "thing"
    }

    fn describe(&self, at: &Place) -> String {
        format!("thing {}", at.get("id").unwrap_or_default())
    }

    fn import(&self, id: &str) -> Option<Result<Object, Diagnostics>> {
        // Some types have no other import id than their identity.
        (!id.contains('/')).then(|| self.0.script().next_place().map(|place| place.object()))
    }

    fn census<'a>(&'a self, _: &'a Place, _: &'a Context) -> Option<PortFuture<'a, Arc<dyn Census>>> {
        Some(Box::pin(async move {
            let mut script = self.0.script();
            match script.behaves() || !matches!(script.next()?, Answer::Nothing) {
                true => Ok(Arc::new(List { script: self.0.clone(), said: Said::default() }) as Arc<dyn Census>),
                false => Err(refusal("no list")),
            }
        }))
    }

    fn list<'a>(&'a self, _: Listing<'a>, found: Emit<'a, Listed>, _: &'a Context) -> PortFuture<'a, ()> {
        Box::pin(async move {
            loop {
                let next = self.0.script().next_object()?;
                let Some(object) = next else { return Ok(()) };
                let name = object.scalar::<String>("name", "text").ok().flatten().unwrap_or_default();
                if !found(Listed { name, object: Ok(object) }).await {
                    return Ok(());
                }
            }
        })
    }

    fn follow_up<'a>(&'a self, follow_up: FollowUp<'a>, _: &'a Context) -> PortFuture<'a, Object> {
        let mut script = self.0.script();
        let told = |text: String| {
            let value = |name| (name, Value::string(&text));
            follow_up.wanted.iter().map(|row| value(row.name)).collect()
        };
        if script.behaves() {
            return ready(Ok(told("secret".to_owned())));
        }
        ready(script.next().map(|answer| match answer {
            Answer::Identity(text) => told(text),
            // More than was asked for, which nobody may take.
            Answer::Object(_) => Object::from([("name", "another".into())]),
            Answer::Nothing => Object::new(),
        }))
    }

    fn before_destroy<'a>(&'a self, _: &'a Place, _: &'a State, _: &'a Context) -> PortFuture<'a, Diagnostics> {
        let mut script = self.0.script();
        if script.behaves() {
            return ready(Ok(Diagnostics::none()));
        }
        ready(script.next().map(|answer| match answer {
            Answer::Identity(text) => Diagnostic::warning("Still used", format!("By {text:?}.")).into(),
            Answer::Object(_) | Answer::Nothing => Diagnostics::none(),
        }))
    }
}
