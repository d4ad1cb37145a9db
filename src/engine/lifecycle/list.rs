// SPDX-License-Identifier: Apache-2.0

//! Listing the objects of a type, one at a time, so that the CLI can stop when it has enough.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Lifecycle, Outcome};
use crate::diag::Diagnostics;
use crate::engine::ports::{Emit, Listed, Listing};
use crate::engine::steps::members;
use crate::engine::{Config, Place, State};
use crate::raw::RawObject;
use crate::value::Trail;

/// An object that was found.
#[derive(Debug)]
pub struct ListedObject {
    /// The name that a person knows it by.
    pub name: String,
    /// Its attributes; `None` if they can't be read.
    pub state: Option<State>,
    /// Warnings about this object alone.
    pub diagnostics: Diagnostics,
}

impl Lifecycle {
    /// Emits the objects that a `list` block asks for, up to the limit.
    pub async fn list<'a>(
        &'a self,
        config: &'a Config,
        limit: usize,
        found: Emit<'a, ListedObject>,
    ) -> Result<(), Diagnostics> {
        let (at, context) = (self.place(config.object()), self.searching());
        let emitted = AtomicUsize::new(0);
        let emit = |listed: Listed| {
            let before = emitted.fetch_add(1, Ordering::Relaxed);
            let object = (before < limit).then(|| self.listed(&at, listed));
            let sent = object.map(found);
            let more = async move {
                match sent {
                    Some(sent) => sent.await && before.saturating_add(1) < limit,
                    None => false,
                }
            };
            Box::pin(more) as std::pin::Pin<Box<dyn Future<Output = bool> + Send>>
        };
        self.remote.list(Listing { at: &at, config, limit, had_objects: false }, &emit, &context).await
    }

    /// An object that can't be read, or whose members can't, is only warned about: an error would
    /// end the whole list.
    fn listed(&self, at: &Place, Listed { name, object }: Listed) -> ListedObject {
        let Outcome { state, diagnostics, .. } = match object {
            Ok(object) => {
                let placed = self.placed(at, &object.view());
                Outcome { diagnostics: placed.diagnostics.about(&self.named(at, &object, &name)), ..placed }
            }
            Err(failed) => Outcome::with(None, failed),
        };
        let state = state.filter(|_| !diagnostics.has_errors());
        ListedObject { name, state, diagnostics: diagnostics.softened() }
    }

    /// How a message names an object of a list, which has no address in a configuration.
    fn named(&self, at: &Place, object: &RawObject, name: &str) -> String {
        let table = self.resource.table;
        let mut known = members::read(table, &object.view(), &Trail::Root, &mut Vec::new());
        known.extend(at.object());
        format!("{} (named {name:?})", self.remote.describe(&Place::of(table, &known)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::library::{BOOK, BOOKS, BRANCH, Bench, config};

    /// Names of what was found, and of what could not be read.
    async fn found(bench: &Bench, config: &Config, limit: usize) -> (Vec<String>, Vec<String>) {
        let seen = Mutex::new((Vec::new(), Vec::new()));
        let put = |found: ListedObject| {
            let mut seen = seen.lock().unwrap();
            match found.state {
                Some(state) => seen.0.push(format!("{} {}", found.name, state.get("id").as_str().unwrap())),
                None => seen.1.push(found.name),
            }
            Box::pin(std::future::ready(true)) as std::pin::Pin<Box<dyn Future<Output = bool> + Send>>
        };
        bench.of(BOOKS.resource).list(config, limit, &put).await.unwrap();
        seen.into_inner().unwrap()
    }

    fn shelf() -> Bench {
        let bench = Bench::new();
        let mut store = bench.store();
        store.plant("1", r#"{"id":"1","branch":"B1","title":"Emma","author":"Austen"}"#);
        store.plant("2", r#"{"id":"2","branch":"B1","title":"Ulysses","author":"Joyce"}"#);
        store.plant("3", r#"{"id":"3","branch":"B1","title":"Persuasion","author":"Austen"}"#);
        drop(store);
        bench
    }

    #[tokio::test]
    async fn a_list_is_filtered_and_limited() {
        let bench = shelf();
        let all = config([("branch_id", "B1".into())]);
        assert_eq!(found(&bench, &all, usize::MAX).await.0, ["Emma 1", "Ulysses 2", "Persuasion 3"]);
        assert_eq!(found(&bench, &all, 2).await.0, ["Emma 1", "Ulysses 2"]);
        assert_eq!(found(&bench, &all, 0).await.0, Vec::<String>::new());
        let austen = config([("branch_id", "B1".into()), ("author", "Austen".into())]);
        assert_eq!(found(&bench, &austen, usize::MAX).await.0, ["Emma 1", "Persuasion 3"]);
    }

    #[tokio::test]
    async fn one_object_that_can_not_be_read_does_not_end_the_list() {
        let bench = shelf();
        bench.store().plant("2", r#"{"id":"2","branch":"B1","title":"Ulysses","author":7}"#);
        let (read, unread) = found(&bench, &config([("branch_id", "B1".into())]), usize::MAX).await;
        assert_eq!((read.len(), unread), (2, vec!["Ulysses".to_owned()]));
        let listed = Listed { name: "Ulysses".to_owned(), object: Ok(bench.store().objects["2"].clone()) };
        let told = bench.of(BOOKS.resource).listed(&Place::default(), listed).diagnostics;
        let detail = &told.iter().next().unwrap().detail;
        assert!(detail.starts_with("book 2 (named \"Ulysses\"): The member `author`"), "{detail}");
        bench.store().torn = vec!["Emma"];
        let (read, unread) = found(&bench, &config([("branch_id", "B1".into())]), usize::MAX).await;
        assert_eq!((read, unread), (vec!["Persuasion 3".to_owned()], vec!["Emma".to_owned(), "Ulysses".to_owned()]));
    }

    #[tokio::test]
    async fn a_type_without_a_list_says_so() {
        let bench = Bench::new();
        let put = |_: ListedObject| {
            Box::pin(std::future::ready(true)) as std::pin::Pin<Box<dyn Future<Output = bool> + Send>>
        };
        let failed = bench.of(&BRANCH).list(&config([]), 1, &put).await.unwrap_err();
        assert_eq!(crate::library::summaries(&failed), ["Not supported"]);
        assert_eq!(BOOK.type_name, BOOKS.resource.type_name);
    }
}
