// SPDX-License-Identifier: Apache-2.0

//! One change of an object at a time. Several blocks may manage different attributes of one object,
//! and the CLI applies them side by side. Each change loads the object, writes over it and stores
//! the whole, so two at once would lose one of them. Kept by the session, used by
//! `lifecycle/revise`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::context::Context;
use super::place::Place;
use crate::diag::Diagnostics;

type Key = (&'static str, Place);

/// Whose turn it is, by object.
#[derive(Debug, Default)]
pub struct Turns(Mutex<BTreeMap<Key, Arc<tokio::sync::Mutex<()>>>>);

/// A turn. It ends when this is dropped.
#[must_use]
pub struct Turn {
    _held: OwnedMutexGuard<()>,
}

// === impl Turns ===

impl Turns {
    /// Waits for the turn to change the object of a type at a place. Ends early with an error when
    /// work is to stop or the time is over; `what` names the object.
    pub async fn wait(
        &self,
        type_name: &'static str,
        at: &Place,
        what: &str,
        context: &Context,
    ) -> Result<Turn, Diagnostics> {
        let object = {
            let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            objects.entry((type_name, at.clone())).or_default().clone()
        };
        let doing = format!("waiting until another block's change of {what} is done");
        context.limited(object.lock_owned(), &doing).await.map(|held| Turn { _held: held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{Bench, summaries};

    fn place(id: &str) -> Place {
        Place::new([("city", "Ulm".to_owned()), ("id", id.to_owned())])
    }

    #[tokio::test]
    async fn changes_of_one_object_wait_for_each_other_and_others_do_not() {
        let (bench, turns) = (Bench::new(), Turns::default());
        let context = bench.session.context();
        let wait = |id: &'static str| {
            let turns = &turns;
            async move { turns.wait("library_branch", &place(id), "it", context).await }
        };
        let first = wait("B1").await.unwrap();
        drop(wait("B2").await.unwrap());
        let mut second = Box::pin(wait("B1"));
        assert!(futures_pending(&mut second).await, "the first one still has its turn");
        drop(first);
        drop(second.await.unwrap());
    }

    #[tokio::test]
    async fn waiting_ends_when_work_is_to_stop() {
        let (bench, turns) = (Bench::new(), Turns::default());
        let _first = turns.wait("library_branch", &place("B1"), "it", bench.session.context()).await.unwrap();
        bench.stop.cancel();
        let refused = turns.wait("library_branch", &place("B1"), "branch B1", bench.session.context()).await;
        assert_eq!(summaries(&refused.err().unwrap()), ["Stopped"]);
    }

    /// Whether the work can't be done yet.
    async fn futures_pending<T>(work: &mut std::pin::Pin<Box<impl Future<Output = T>>>) -> bool {
        std::future::poll_fn(|context| std::task::Poll::Ready(work.as_mut().poll(context).is_pending())).await
    }
}
