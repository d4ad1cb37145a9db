// SPDX-License-Identifier: Apache-2.0

//! Objects that are in the state because a look for one whose creation got no answer found them. Each
//! is most likely the one, and may be somebody else's. Called by `doubt` and by the operations on
//! such an object.

use super::Lifecycle;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::fingerprint::fingerprint;
use crate::engine::memory::{Doubt, Guess, Memory};
use crate::engine::steps::members;
use crate::engine::{Context, Place};
use crate::raw::RawObject;
use crate::value::{Trail, Value};

impl Lifecycle {
    /// An object that was found for a doubt, with what it holds.
    pub(super) fn guess(&self, doubt: &Doubt, found: &RawObject) -> Guess {
        Guess { doubt: key(doubt), content: self.content(found) }
    }

    /// The block of this memory has the object at a place. Refuses one that was found for the doubt of
    /// another block, or is another's and was found for this one's.
    pub(super) fn claim(&self, at: &Place, memory: &Memory) -> Result<(), Diagnostics> {
        let (type_name, claims) = (self.resource.type_name, &self.session.history.claims);
        let claimed = match &memory.guessed {
            _ if !at.is_whole(self.resource.table) => true,
            Some(guess) => claims.guess(type_name, at, guess),
            None => claims.own(type_name, at),
        };
        if claimed {
            return Ok(());
        }
        let detail = format!(
            "Two resources stand for {}, and only one may. One of them has it by a guess: an earlier apply got no \
             answer that said whether its object was created, and found this one in the list. The other has had it \
             all along, or names it by its id. Nothing was changed. Remove the one that guessed from the state with \
             `state rm` (it is tainted, unless you untainted it), and plan again: if its object is still wanted, the \
             plan creates it.",
            self.remote.describe(at)
        );
        Err(Diagnostic::error("One object, found for two resources", detail).into())
    }

    /// Whether an object was found for a doubt, by its own memory or by that of a plan which was made by
    /// a process that knew.
    pub(super) fn guessed<'a>(&self, at: &Place, memory: &'a Memory) -> Option<&'a Guess> {
        memory.guessed.as_ref().or_else(|| memory.guesses.get(&text(at)))
    }

    /// What the plan of a new object has to remember of the guesses of this run: if it replaces one, its
    /// deletion gets this memory.
    pub(super) fn guesses(&self) -> std::collections::BTreeMap<String, Guess> {
        let guesses = self.session.history.claims.guesses(self.resource.type_name);
        guesses.into_iter().map(|(at, guess)| (text(&at), guess)).collect()
    }

    /// Refuses to delete an object that was found for a doubt and has changed since. Answers a warning
    /// that names it.
    pub(super) async fn must_be_as_guessed(
        &self,
        at: &Place,
        guess: &Guess,
        memory: &Memory,
        context: &Context,
    ) -> Result<Diagnostics, Diagnostics> {
        let what = self.remote.describe(at);
        let Some(present) = self.load(at, memory, context).await? else {
            return Ok(Diagnostics::none());
        };
        if self.content(&present) == guess.content {
            let detail = format!(
                "{what} was deleted. It had been found in the list when the creation of this resource's object got no \
                 answer, and it still had exactly the content that was asked for, so it was most likely this \
                 resource's."
            );
            return Ok(Diagnostic::warning(
                "Deleted an object that was found after a creation without an answer",
                detail,
            )
            .into());
        }
        let detail = format!(
            "{what} was not deleted. It had been found in the list when the creation of this resource's object got no \
             answer, and it has been changed since, so it may be somebody else's. If it is this resource's, keep it: \
             `untaint` the resource. If it is not, remove the resource from the state with `state rm`, and import the \
             right object if there is one. To delete it all the same, delete it outside Terraform."
        );
        Err(Diagnostic::error("An object that may be somebody else's", detail).into())
    }

    /// A digest of what the table describes of an object.
    fn content(&self, object: &RawObject) -> String {
        let known = members::read(self.resource.table, &object.view(), &Trail::Root, &mut Vec::new());
        digest(&format!("{known:?}"))
    }
}

/// What tells a doubt from all others.
pub(super) fn key(doubt: &Doubt) -> String {
    digest(&format!("{doubt:?}"))
}

fn digest(text: &str) -> String {
    fingerprint(&Value::string(text)).unwrap_or_default()
}

fn text(at: &Place) -> String {
    at.parts().map(|(_, part)| part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, Bench, raw, summaries};

    fn place() -> Place {
        Place::new([("city", "Ulm".to_owned()), ("branch_id", "B1".to_owned()), ("id", "1".to_owned())])
    }

    const EMMA: &str = r#"{"id":"1","branch":"B1","title":"Emma"}"#;

    #[tokio::test]
    async fn an_object_that_changed_since_it_was_found_is_not_deleted() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BOOK);
        let guess = lifecycle.guess(&Doubt::default(), &raw(EMMA));
        let judged = async |json: Option<&str>| {
            bench.store().objects.clear();
            if let Some(json) = json {
                bench.store().plant("1", json);
            }
            let context = bench.session.context();
            let judged = lifecycle.must_be_as_guessed(&place(), &guess, &Memory::default(), context).await;
            let refused = judged.is_err();
            let told = judged.unwrap_or_else(|refused| refused);
            assert!(told.iter().all(|message| message.detail.contains("book 1")));
            (refused, summaries(&told).len())
        };
        assert_eq!(judged(Some(EMMA)).await, (false, 1));
        assert_eq!(judged(Some(&EMMA.replace("Emma", "Ulysses"))).await, (true, 1));
        assert_eq!(judged(Some(&EMMA.replace("}", r#","odd":1}"#))).await, (false, 1), "nobody knows what that is");
        assert_eq!(judged(None).await, (false, 0));
    }

    #[test]
    fn a_plan_of_a_new_object_remembers_what_was_found_in_this_run() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BOOK);
        let guess = lifecycle.guess(&Doubt::default(), &raw(EMMA));
        let memory = Memory { guessed: Some(guess.clone()), ..Memory::default() };
        assert!(lifecycle.claim(&place(), &memory).is_ok());
        let plan = Memory { guesses: lifecycle.guesses(), ..Memory::default() };
        assert_eq!(lifecycle.guessed(&place(), &plan), Some(&guess));
        assert_eq!(lifecycle.guessed(&Place::new([]), &plan), None);
        assert!(lifecycle.claim(&place(), &Memory::default()).is_err(), "another block's");
    }
}
