// SPDX-License-Identifier: Apache-2.0

//! Creating exactly once. A creation whose fate is unknown is neither repeated blindly nor given
//! up: the list tells whether the object is there. Called by `create`.

use std::sync::Arc;
use std::time::Duration;

use super::Lifecycle;
use super::candidates::{Candidate, IMPORT, Wanted, import_blocks};
use crate::diag::{Diagnostic, Diagnostics, length};
use crate::engine::ports::{Created, Creation, NotCreated};
use crate::engine::siblings::Places;
use crate::engine::steps::{identity, members};
use crate::engine::{Context, Place};
use crate::raw::RawObject;
use crate::value::{Object, Trail};

/// The pauses before each look at the list. Lists may lag some seconds behind a creation; eight
/// have been seen.
pub(super) const LOOKS: [Duration; 7] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
    Duration::from_secs(4),
    Duration::from_secs(4),
];

/// How long all looks together may take.
pub(super) const LOOK_FOR: Duration = Duration::from_secs(60);

/// What a creation came to for good.
pub(super) enum Once {
    /// The object exists.
    Created(Created, Diagnostics),
    /// Nothing was created, for certain.
    Failed(Diagnostics),
    /// Something may have been created, and it can't be looked for.
    Lost(Diagnostics),
    /// Something may have been created, and it can't be told what.
    Unknown {
        /// What to report.
        diagnostics: Diagnostics,
        /// What was there before.
        before: Arc<Places>,
    },
}

/// What the looks came to.
enum Seen {
    /// The one new object of the wanted name and content.
    One(Candidate),
    /// Nothing new of that name.
    None,
    /// New objects of that name, of which none is certainly the one.
    Several(Vec<Candidate>),
    /// The list could not be asked.
    NotAsked(Diagnostics),
}

/// How often a creation may have reached the remote system.
#[derive(Clone, Copy)]
enum Sent {
    Once,
    Twice,
}

impl Lifecycle {
    /// Creates an object. A creation of unknown fate is looked for; if it is not there and was
    /// hardly done, it is made once more.
    pub(super) async fn create_once(&self, wanted: &Wanted<'_>, body: RawObject, context: &Context) -> Once {
        let Some(name) = self.remote.name(wanted.plan) else {
            return self.create_unnamed(wanted, &body, context).await;
        };
        // Without knowing what is there, a creation of unknown fate could never be told from others.
        let before = match self.before(wanted.parent, context).await {
            Ok(before) => before,
            Err(failed) => return Once::Failed(failed),
        };
        let named = self.session.siblings.named(self.resource.type_name, name);
        let under_way = match context.limited(named.read(), "waiting for a creation of the same name").await {
            Ok(under_way) => under_way,
            Err(failed) => return Once::Failed(failed),
        };
        let (reason, likely_not_done) = match self.attempt(wanted, &body, &before, context).await {
            Ok(created) => return Once::Created(created, Diagnostics::none()),
            Err(NotCreated::Refused(refused)) => return Once::Failed(refused),
            Err(NotCreated::Doubtful { reason, likely_not_done }) => (reason, likely_not_done),
        };
        drop(under_way);
        // Whoever looks for an object of this name may look for as long as that, and go on after a stop.
        let patient = context.unstopped().within(LOOK_FOR);
        let _alone = match patient.limited(named.write(), "waiting for creations of the same name").await {
            Ok(alone) => alone,
            Err(failed) => return self.ended(wanted, Seen::NotAsked(failed), reason, Sent::Once, before),
        };
        let seen = self.look(wanted, &before, context).await;
        let has_time = context.remaining().is_none_or(|left| !left.is_zero());
        let again = likely_not_done && has_time && !context.stop().is_cancelled();
        if !(again && matches!(seen, Seen::None)) {
            return self.ended(wanted, seen, reason, Sent::Once, before);
        }
        tracing::warn!("a creation without an answer was not done: it is made once more");
        match self.attempt(wanted, &body, &before, context).await {
            Ok(created) => {
                let told = self.twins(wanted, &before, &created, context).await;
                Once::Created(created, told)
            }
            // What refused the second one says nothing about the first.
            Err(NotCreated::Refused(_)) => {
                let seen = self.look(wanted, &before, context).await;
                self.ended(wanted, seen, reason, Sent::Once, before)
            }
            Err(NotCreated::Doubtful { reason, .. }) => {
                let seen = self.look(wanted, &before, context).await;
                self.ended(wanted, seen, reason, Sent::Twice, before)
            }
        }
    }

    /// Creates an object that has no name to be looked for by.
    async fn create_unnamed(&self, wanted: &Wanted<'_>, body: &RawObject, context: &Context) -> Once {
        match self.attempt(wanted, body, &Places::new(), context).await {
            Ok(created) => Once::Created(created, Diagnostics::none()),
            Err(NotCreated::Refused(refused)) => Once::Failed(refused),
            Err(NotCreated::Doubtful { reason, .. }) => {
                let detail = format!(
                    "No answer said whether {} was created, and such an object can't be looked for. Look for it in the \
                     remote system, and import it before you apply again.",
                    self.nameless(wanted.plan.object())
                );
                let mut diagnostics = reason;
                diagnostics.push(Diagnostic::error("It is not known whether the object was created", detail));
                Once::Lost(diagnostics)
            }
        }
    }

    /// Makes the creation once. What it creates is known to be of this run before another creation
    /// can look for an object of the same name.
    async fn attempt(
        &self,
        wanted: &Wanted<'_>,
        body: &RawObject,
        before: &Places,
        context: &Context,
    ) -> Result<Created, NotCreated> {
        let creation = Creation { at: wanted.parent, plan: wanted.plan, body: body.clone() };
        let created = self.remote.create(creation, context).await?;
        let at = self.place_of(wanted, &created);
        if let Some(reason) = self.not_new(&at, before) {
            return Err(NotCreated::Doubtful { reason: reason.into(), likely_not_done: false });
        }
        if at.is_whole(self.resource.table) {
            self.session.history.created.note(self.resource.type_name, &at, context.elapsed());
        }
        Ok(created)
    }

    /// Why the answer to a creation can't be about a new object.
    fn not_new(&self, at: &Place, before: &Places) -> Option<Diagnostic> {
        let what = self.remote.describe(at);
        if let Some((name, text)) = identity::malformed(self.resource.table, at) {
            let detail = format!("The creation was answered with an object whose `{name}` can't be one: {text:?}.");
            return Some(Diagnostic::error("The API's answer can't be understood", detail));
        }
        let (type_name, history) = (self.resource.type_name, &self.session.history);
        let of_this_run = history.created.since(type_name, at).is_some();
        if !before.contains(at) && !of_this_run && !history.claims.is_anothers(type_name, at, None) {
            return None;
        }
        let detail = format!(
            "The creation was answered with another object, which existed before: {what}. It was left alone. The \
             answer does not say whether the object that was asked for was created."
        );
        Some(Diagnostic::error("The answer is about another object", detail))
    }

    /// Where a new object is.
    pub(super) fn place_of(&self, wanted: &Wanted<'_>, created: &Created) -> Place {
        let mut known = match &created.object {
            Some(object) => members::read(self.resource.table, &object.view(), &Trail::Root, &mut Vec::new()),
            None => Object::new(),
        };
        known.extend(created.assigned.clone());
        known.extend(wanted.parent.object());
        Place::of(self.resource.table, &known)
    }

    /// What was there before the first creation of this run.
    async fn before(&self, parent: &Place, context: &Context) -> Result<Arc<Places>, Diagnostics> {
        let list = async {
            let listed = self.listed_beside(parent, false, context).await?;
            Ok(listed.into_iter().map(|beside| beside.at).collect())
        };
        let known = self.session.siblings.before(self.resource.type_name, parent, list);
        context.limited(known, "waiting for the list of what is there").await?
    }

    /// Looks for the object of a creation without an answer. This goes on although work is to stop:
    /// an object that nobody knows of is worse than a few seconds.
    async fn look(&self, wanted: &Wanted<'_>, before: &Places, context: &Context) -> Seen {
        let context = context.unstopped().within(LOOK_FOR);
        let mut last = Seen::None;
        for pause in LOOKS {
            if context.pause(pause, "looking for the new object").await.is_err() {
                break;
            }
            last = match self.candidates(wanted, before, &context).await {
                Err(failed) => return Seen::NotAsked(failed),
                Ok(found) if found.is_empty() => Seen::None,
                Ok(found) => Seen::Several(found),
            };
            if let Seen::Several(found) = &mut last {
                let same = found.iter().filter(|candidate| candidate.is_same).count();
                if same == 1
                    && let Some(position) = found.iter().position(|one| one.is_same)
                {
                    return Seen::One(found.swap_remove(position));
                }
            }
        }
        last
    }

    fn ended(&self, wanted: &Wanted<'_>, seen: Seen, reason: Diagnostics, sent: Sent, before: Arc<Places>) -> Once {
        let (type_name, what) = (self.resource.type_name, self.nameless(wanted.plan.object()));
        let (summary, detail) = match seen {
            Seen::One(Candidate { at, object, .. }) => {
                tracing::warn!("a creation without an answer was done: the list has the object");
                // Before another look for an object of this name begins.
                self.session.history.created.note(type_name, &at, self.session.context().elapsed());
                let told = self.found(&at, &reason);
                let created = Created { assigned: at.object(), object: Some(object), ..Created::default() };
                return Once::Created(created, told.into());
            }
            Seen::None => (
                "It is not known whether the object was created",
                format!(
                    "No answer said whether {what} was created. The provider then looked for it for {} \
                     after that, and the list has no new object of that name.",
                    length(LOOKS.iter().sum())
                ),
            ),
            Seen::Several(candidates) => (
                "It is not known which object was created",
                format!(
                    "No answer said whether {what} was created. There are new objects with its name, perhaps this one \
                     among them. {IMPORT}\n\n{}",
                    import_blocks(type_name, &candidates)
                ),
            ),
            Seen::NotAsked(failed) => {
                let why: Vec<&str> = failed.iter().map(|message| message.summary.as_str()).collect();
                (
                    "It is not known whether the object was created",
                    format!(
                        "No answer said whether {what} was created, and the list could not be asked ({}).",
                        why.join(", ")
                    ),
                )
            }
        };
        let remembered = "The resource is in the state as tainted, without an id. Each plan looks for a new object of \
                          its name again. If there is one with exactly the content that was asked for, the plan takes \
                          it for this resource's and replaces it (after `untaint`, it keeps it). If there are others, \
                          they are named and left alone. If there is none, the plan creates it.";
        let twice = match sent {
            Sent::Once => "",
            Sent::Twice => {
                " The creation was sent twice, so there may be two objects in the end: delete the one that is not kept."
            }
        };
        let mut diagnostics = reason;
        diagnostics.push(Diagnostic::error(summary, format!("{detail}{twice}\n\n{remembered}")));
        Once::Unknown { diagnostics, before }
    }

    /// What to report of an object that was not answered but found.
    fn found(&self, at: &Place, reason: &Diagnostics) -> Diagnostic {
        let why: Vec<&str> = reason.iter().map(|message| message.summary.as_str()).collect();
        let detail = format!(
            "The creation got no usable answer ({}). Then {} was found in the list and taken into the state: it is \
             new, and has exactly the name and content that were asked for. Another run or person could have made it \
             at the same moment. If so, remove it from the state with `state rm`.",
            why.join(", "),
            self.remote.describe(at)
        );
        Diagnostic::warning("Found in the list after a creation without an answer", detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::memory::Memory;
    use crate::library::{BOOK, BRANCH, Bench, Doubtful, config, object, summaries};

    use crate::value::Value;

    const FOUND: &str = "Found in the list after a creation without an answer";

    fn plant(bench: &Bench, id: &str, author: &str) {
        let book = format!(r#"{{"id":"{id}","branch":"B1","title":"Emma","author":"{author}"}}"#);
        bench.store().plant(id, &book);
    }

    #[tokio::test]
    async fn a_creation_whose_answer_is_lost_is_found_although_the_list_lags() {
        for lag in [0, 8] {
            let bench = Bench::new();
            plant(&bench, "9", "Austen");
            bench.store().hide_new = Duration::from_secs(lag);
            bench.store().doubtful = vec![Doubtful { done: true, likely_not_done: true }];
            let outcome = bench.create_emma().await;
            assert_eq!(summaries(&outcome.diagnostics), [FOUND]);
            let told = &outcome.diagnostics.iter().next().unwrap().detail;
            assert!(told.contains("The library is closed") && told.contains("book 1"), "{told}");
            assert_eq!(outcome.state.unwrap().get("id"), &"1".into(), "and not the one that was there before");
            assert_eq!((bench.creations(), bench.store().objects.len()), (1, 2));
        }
    }

    #[tokio::test]
    async fn a_creation_that_may_well_be_done_is_not_made_once_more() {
        let bench = Bench::new();
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: false }];
        let outcome = bench.create_emma().await;
        assert_eq!(
            summaries(&outcome.diagnostics),
            ["The library is closed", "It is not known whether the object was created"]
        );
        assert_eq!((bench.creations(), bench.store().objects.len()), (1, 0));
    }

    #[tokio::test]
    async fn a_creation_is_made_once_more_at_most() {
        let bench = Bench::new();
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: true }; 5];
        let outcome = bench.create_emma().await;
        assert!(outcome.diagnostics.iter().any(|message| message.detail.contains("sent twice")));
        assert_eq!(bench.creations(), 2);
    }

    #[tokio::test]
    async fn a_creation_is_not_made_once_more_when_its_time_is_over() {
        let bench = Bench::new();
        bench.store().doubtful = vec![Doubtful { done: true, likely_not_done: true }];
        bench.store().hide_new = Duration::from_secs(60);
        let limits = Value::Object(object([("create", "10s".into())]));
        let config = config([
            ("branch_id", "B1".into()),
            ("title", "Emma".into()),
            ("author", "Austen".into()),
            ("timeouts", limits),
        ]);
        let lifecycle = bench.of(&BOOK);
        let planned = lifecycle.plan(None, &config, &Memory::default());
        let outcome = lifecycle.create(&planned.plan.unwrap(), &config, &planned.memory.unwrap()).await;
        assert_eq!(
            summaries(&outcome.diagnostics),
            ["The library is closed", "It is not known whether the object was created"]
        );
        assert!(outcome.diagnostics.iter().all(|message| !message.detail.contains("sent twice")));
        assert_eq!(bench.creations(), 1);
    }

    #[tokio::test]
    async fn new_objects_of_other_content_are_named_and_not_taken() {
        let bench = Bench::new();
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: true }];
        bench.store().appear = Some(("8", r#"{"id":"8","branch":"B1","title":"Emma","author":"Nobody"}"#));
        let outcome = bench.create_emma().await;
        assert_eq!(summaries(&outcome.diagnostics)[1], "It is not known which object was created");
        assert!(outcome.diagnostics.iter().any(|message| message.detail.contains("/8\"")));
        assert_eq!(bench.creations(), 1);
    }

    #[tokio::test]
    async fn a_new_object_that_holds_more_than_was_asked_for_is_named_and_not_taken() {
        let bench = Bench::new();
        let book = config([("branch_id", "B1".into()), ("title", "Emma".into())]);
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: true }];
        bench.store().appear = Some(("8", r#"{"id":"8","branch":"B1","title":"Emma","author":"Nobody"}"#));
        let plan = bench.of(&BOOK).plan(None, &book, &Memory::default()).plan.unwrap();
        let outcome = bench.of(&BOOK).create(&plan, &book, &Memory::default()).await;
        assert_eq!(summaries(&outcome.diagnostics)[1], "It is not known which object was created");
        assert_eq!((outcome.state.unwrap().get("id"), bench.creations()), (&crate::value::Value::Null, 1));
    }

    #[tokio::test]
    async fn an_object_that_a_block_of_this_run_has_is_not_taken() {
        let bench = Bench::new();
        plant(&bench, "8", "Austen");
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: false }];
        bench.store().hide_new = Duration::from_secs(1);
        // The list of what was there before did not have it yet.
        let book = bench.store().objects.remove("8").unwrap();
        let text: &'static str = Box::leak(book.to_raw().get().to_owned().into_boxed_str());
        bench.store().appear = Some(("8", text));
        let known = crate::library::object([("id", "8".into()), ("branch_id", "B1".into()), ("city", "Ulm".into())]);
        bench.of(&BOOK).read(&crate::engine::State::stub(BOOK.table, known), &Memory::default()).await;
        let outcome = bench.create_emma().await;
        assert_eq!(summaries(&outcome.diagnostics)[1], "It is not known whether the object was created");
    }

    #[tokio::test]
    async fn an_answer_about_an_object_that_was_there_before_is_no_answer() {
        for (answered, told) in
            [("9", "The answer is about another object"), ("../x", "The API's answer can't be understood")]
        {
            let bench = Bench::new();
            plant(&bench, "9", "Austen");
            let before = bench.store().text("9");
            bench.store().answered = vec![answered];
            let outcome = bench.create_emma().await;
            assert_eq!(summaries(&outcome.diagnostics), [FOUND], "{answered}");
            assert!(outcome.diagnostics.iter().next().unwrap().detail.contains(told));
            assert_eq!(outcome.state.unwrap().get("id"), &"1".into());
            assert_eq!(bench.store().text("9"), before);
            assert_eq!(bench.creations(), 1);
        }
        let bench = Bench::new();
        assert_eq!(bench.create_emma().await.state.unwrap().get("id"), &"1".into());
        bench.store().answered = vec!["1"];
        assert_eq!(bench.create_emma().await.state.unwrap().get("id"), &"2".into(), "not another block's");
    }

    #[tokio::test]
    async fn without_knowing_what_is_there_nothing_is_created() {
        let bench = Bench::new();
        bench.store().failing = vec!["list"];
        let outcome = bench.create_emma().await;
        assert_eq!(summaries(&outcome.diagnostics), ["The library is closed"]);
        assert!(outcome.diagnostics.iter().all(|told| told.detail.ends_with(" Nothing was created.")));
        assert_eq!((bench.creations(), outcome.state), (0, None));
        assert!(bench.create_emma().await.state.is_some(), "the next one asks again");
    }

    #[tokio::test]
    async fn an_interruption_does_not_lose_the_object_and_makes_no_other() {
        let bench = Bench::new();
        bench.store().doubtful = vec![Doubtful { done: true, likely_not_done: true }];
        bench.store().stop_at_create = Some(bench.stop.clone());
        assert_eq!(bench.create_emma().await.state.unwrap().get("id"), &"1".into());
        let bench = Bench::new();
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: true }];
        bench.store().stop_at_create = Some(bench.stop.clone());
        assert!(bench.create_emma().await.diagnostics.has_errors());
        assert_eq!(bench.creations(), 1);
    }

    #[tokio::test]
    async fn an_object_without_a_name_is_created_without_a_list_and_never_twice() {
        let bench = Bench::new();
        let branch = config([("name", "Main".into())]);
        bench.store().doubtful = vec![Doubtful { done: false, likely_not_done: true }];
        let plan = bench.of(&BRANCH).plan(None, &branch, &Memory::default()).plan.unwrap();
        let outcome = bench.of(&BRANCH).create(&plan, &branch, &Memory::default()).await;
        assert_eq!(summaries(&outcome.diagnostics)[1], "It is not known whether the object was created");
        assert_eq!((bench.store().taken_calls(), outcome.state), (vec!["create Ulm".to_owned()], None));
    }

    #[tokio::test]
    async fn what_is_there_is_listed_once_a_run() {
        let bench = Bench::new();
        for _ in 0..3 {
            assert!(bench.create_emma().await.state.is_some(), "equal names are allowed");
        }
        assert_eq!(bench.store().calls.iter().filter(|call| call.starts_with("list")).count(), 1);
    }
}
