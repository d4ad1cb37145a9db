// SPDX-License-Identifier: Apache-2.0

//! The objects that a creation of unknown fate may have made: new ones of its name. Used by
//! `create_once` right after the creation, and by `doubt` in a later run.

use std::sync::Mutex;

use super::Lifecycle;
use crate::diag::Diagnostics;
use crate::engine::ports::{Listed, Listing};
use crate::engine::rewrites::Rewrites;
use crate::engine::siblings::Places;
use crate::engine::steps::exact::holds_more;
use crate::engine::steps::members;
use crate::engine::steps::settle::{Before, settle};
use crate::engine::{Config, Context, Place, Plan};
use crate::raw::RawObject;
use crate::value::{Object, Trail, normalized};

/// An object that a creation may have made.
pub(super) struct Candidate {
    /// Where it is.
    pub(super) at: Place,
    /// The object as the list has it.
    pub(super) object: RawObject,
    /// Whether it has exactly what the creation asked for.
    pub(super) is_same: bool,
}

/// An object beside the one that is wanted.
pub(super) struct Beside {
    /// Where it is.
    pub(super) at: Place,
    name: String,
    object: RawObject,
}

/// What a creation asked for.
pub(super) struct Wanted<'a> {
    /// Where the object was to be, without its own id.
    pub(super) parent: &'a Place,
    /// What it was to be.
    pub(super) plan: &'a Plan,
    /// What is managed of it.
    pub(super) config: &'a Config,
    /// The doubt of an earlier run that the creation left, as a digest.
    pub(super) doubt: Option<&'a str>,
}

impl Lifecycle {
    /// All objects beside the one that is wanted, by place, each with its name. `had_objects` is
    /// whether there were any before.
    pub(super) async fn listed_beside(
        &self,
        parent: &Place,
        had_objects: bool,
        context: &Context,
    ) -> Result<Vec<Beside>, Diagnostics> {
        let (all, everything) = (Mutex::new(Vec::new()), Config::new(Object::new()));
        let keep = |Listed { name, object }: Listed| {
            // One that can't be read can't be the one: what this creation makes can be.
            if let (Ok(object), Ok(mut all)) = (object, all.lock()) {
                let mut known = members::read(self.resource.table, &object.view(), &Trail::Root, &mut Vec::new());
                known.extend(parent.object());
                all.push(Beside { at: Place::of(self.resource.table, &known), name, object });
            }
            Box::pin(std::future::ready(true)) as std::pin::Pin<Box<dyn Future<Output = bool> + Send>>
        };
        let listing = Listing { at: parent, config: &everything, limit: usize::MAX, had_objects };
        self.remote.list(listing, &keep, context).await?;
        Ok(all.into_inner().unwrap_or_default())
    }

    /// The objects of the wanted name that are not among the known ones, and not another block's.
    pub(super) async fn candidates(
        &self,
        wanted: &Wanted<'_>,
        known: &Places,
        context: &Context,
    ) -> Result<Vec<Candidate>, Diagnostics> {
        let name = self.remote.name(wanted.plan).map(normalized);
        let listed = self.listed_beside(wanted.parent, !known.is_empty(), context).await?;
        let is_new = |Beside { at, name: other, .. }: &Beside| {
            let named = name.as_ref().is_none_or(|name| *name == normalized(other));
            let (type_name, history) = (self.resource.type_name, &self.session.history);
            let taken = history.created.since(type_name, at).is_some()
                || history.claims.is_anothers(type_name, at, wanted.doubt);
            named && !taken && !known.contains(at) && at.is_whole(self.resource.table)
        };
        let candidate = |Beside { at, object, .. }| {
            let is_same = self.is_same(wanted, &object);
            Candidate { at, object, is_same }
        };
        Ok(listed.into_iter().filter(is_new).map(candidate).collect())
    }

    /// Whether an object is what a creation could have made: it has everything that was asked for, and
    /// nothing else.
    pub(super) fn is_same(&self, wanted: &Wanted<'_>, object: &RawObject) -> bool {
        let mut misfits = Vec::new();
        let stored = members::read(self.resource.table, &object.view(), &Trail::Root, &mut misfits);
        let before = Before { remote: None, rewrites: &Rewrites::default() };
        let settled = settle(self.resource, wanted.plan, wanted.config, &stored, &before);
        let more = holds_more(self.resource.table, wanted.config.object(), &stored);
        misfits.is_empty() && settled.deviations.is_empty() && !more
    }
}

/// What to do with the blocks below.
pub(super) const IMPORT: &str = "Remove the resource from the state with `state rm`, and import the one that is \
                                 yours, if any. As `to`, put this resource's address, with its index if it has \
                                 `count` or `for_each`:";

/// How to manage one of the candidates, as blocks for a configuration.
pub(super) fn import_blocks(type_name: &str, candidates: &[Candidate]) -> String {
    let block = |candidate: &Candidate| {
        let id: Vec<&str> = candidate.at.parts().map(|(_, text)| text).collect();
        format!("import {{\n  to = {type_name}.NAME # this resource\n  id = {:?}\n}}", id.join("/"))
    };
    candidates.iter().map(block).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, Bench, config};

    async fn found(bench: &Bench, known: &Places) -> Vec<(String, bool)> {
        let config = config([("branch_id", "B1".into()), ("title", "Emma".into()), ("author", "Austen".into())]);
        let parent = Place::new([("city", "Ulm".to_owned()), ("branch_id", "B1".to_owned())]);
        let plan = bench.of(&BOOK).plan(None, &config, &Default::default()).plan.unwrap();
        let wanted = Wanted { parent: &parent, plan: &plan, config: &config, doubt: None };
        let found = bench.of(&BOOK).candidates(&wanted, known, bench.session.context()).await.unwrap();
        found.into_iter().map(|found| (found.at.get("id").unwrap().to_owned(), found.is_same)).collect()
    }

    #[tokio::test]
    async fn new_objects_of_the_name_are_candidates() {
        let bench = Bench::new();
        for (id, title, author) in [("1", "Emma", "Austen"), ("2", "Emma", "Nobody"), ("3", "Ulysses", "Joyce")] {
            let book = format!(r#"{{"id":"{id}","branch":"B1","title":"{title}","author":"{author}"}}"#);
            bench.store().plant(id, &book);
        }
        let place =
            |id: &str| Place::new([("city", "Ulm".to_owned()), ("branch_id", "B1".to_owned()), ("id", id.to_owned())]);
        assert_eq!(found(&bench, &Places::new()).await, [("1".to_owned(), true), ("2".to_owned(), false)]);
        assert_eq!(found(&bench, &Places::from([place("1")])).await, [("2".to_owned(), false)]);
        bench.session.history.created.note(BOOK.type_name, &place("2"), bench.session.context().elapsed());
        assert_eq!(found(&bench, &Places::from([place("1")])).await, [], "this run made it for another block");
    }

    #[test]
    fn each_candidate_gets_a_block() {
        let candidate = |id: &str| Candidate {
            at: Place::new([("branch_id", "B1".to_owned()), ("id", id.to_owned())]),
            object: RawObject::default(),
            is_same: true,
        };
        let blocks = import_blocks("library_book", &[candidate("1"), candidate("2")]);
        assert_eq!(blocks.matches("to = library_book.NAME").count(), 2);
        assert!(blocks.contains("id = \"B1/1\"") && blocks.contains("id = \"B1/2\""), "{blocks}");
    }
}
