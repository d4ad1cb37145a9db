// SPDX-License-Identifier: Apache-2.0

//! One list for all who need one at the same time. A proof that an object is gone needs a list that
//! was asked for after something else had ended, and two hundred deletions at the same time need
//! not ask two hundred times. What such a list showed stays known when the list is gone, and so do the last objects
//! that were found, which a list must not lack. Held by `transport`, used by `objects`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};

use tokio::sync::Mutex;

use super::error::{Error, Trouble};
use super::host::host_of;
use super::limits::Limits;
use super::shown::{Proof, Shown};
use super::witnesses::Witnesses;

/// The lists that are being asked for, by base URL, project, path and what is sent.
pub(super) struct SharedLists<T> {
    rooms: StdMutex<Rooms<T>>,
}

/// There are few, so each is looked for in turn.
type Rooms<T> = Vec<([String; 4], Arc<Room<T>>)>;

/// Where those wait who need the same list.
struct Room<T> {
    /// How many lists have been asked for.
    begun: AtomicU64,
    /// Held by whoever asks. It has the number of the last list and how that ended.
    last: Mutex<Option<Last<T>>>,
    /// The number of the last list that came, for as long as somebody uses it.
    used: StdMutex<(u64, Weak<T>)>,
    /// The objects of the last list that proved that one is gone.
    shown: StdMutex<Shown<T>>,
    /// The last objects that were found.
    witnesses: StdMutex<Witnesses>,
}

/// How a list ended.
struct Last<T> {
    number: u64,
    outcome: Result<Arc<T>, Error>,
    /// Whether the one who asked could do without it, and did not try for long.
    hurried: bool,
}

// === impl SharedLists ===

impl<T> Default for SharedLists<T> {
    fn default() -> Self {
        Self { rooms: StdMutex::default() }
    }
}

impl<T> SharedLists<T> {
    /// A list that was asked for when more than `before` had been asked for (see [`Self::asked`]): one that somebody
    /// else asked for or asks for, or else the one that `ask` brings.
    ///
    /// A failure is shared, too, so that many who wait don't fail one after the other. The exception is a failure of
    /// the limits of the one who asked. That of one who could do without the list is for others who can, too.
    pub(super) async fn asked_after(
        &self,
        before: u64,
        wanted @ [base_url, _, path, _]: [&str; 4],
        limits: &Limits,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        let room = self.room(wanted);
        // The one who asks may have to wait for its turn, and then so does everybody here.
        let failed = |trouble| Error::new(path, trouble).held_by(host_of(base_url).gate.wish());
        let mut last = limits.guard(room.last.lock()).await.map_err(failed)?;
        let is_hurried = limits.dispensable.is_some();
        if let Some(Last { number, outcome, hurried }) = &*last
            && *number > before
            && (outcome.is_ok() || is_hurried || !hurried)
        {
            tracing::trace!(path, "another call asked for the same list in the meantime: its answer is taken");
            // One that failed because the API is down is told in full by whoever asked.
            return match (outcome, host_of(base_url).outage.reason()) {
                (Err(_), Some(reason)) => Err(Error::new(path, Trouble::Outage { reason: Box::new(reason) })),
                (outcome, _) => outcome.clone(),
            };
        }
        if let Some(list) = room.used_after(before) {
            return Ok(list);
        }
        let number = room.begun.fetch_add(1, Ordering::SeqCst) + 1;
        // Nothing is left behind if this future is dropped while it asks.
        *last = None;
        let outcome = ask.await.map(Arc::new);
        if let Ok(list) = &outcome {
            *room.used.lock().unwrap_or_else(PoisonError::into_inner) = (number, Arc::downgrade(list));
        }
        let is_own = matches!(&outcome, Err(error) if matches!(error.trouble, Trouble::Stopped | Trouble::TimedOut));
        // The map has the room, and so has everybody who waits in it. Nobody else will want this.
        let is_wanted = Arc::strong_count(&room) > 2;
        *last = (is_wanted && !is_own).then(|| Last { number, outcome: outcome.clone(), hurried: is_hurried });
        outcome
    }

    /// How many lists have been asked for so far.
    pub(super) fn asked(&self, wanted: [&str; 4]) -> u64 {
        self.room(wanted).begun.load(Ordering::SeqCst)
    }

    /// Notes what this list proved by lacking an object, and which ids it has.
    pub(super) fn proved<'a>(
        &self,
        wanted: [&str; 4],
        list: &'a Arc<T>,
        proof: Proof,
        ids: impl FnOnce(&'a T) -> Vec<&'a str>,
    ) {
        self.shown(wanted, |shown| shown.keep(list, proof, ids));
    }

    /// Whether the last list of those that showed a deletion had the object of this id.
    pub(super) fn had(&self, wanted: [&str; 4], id: &str) -> bool {
        self.shown(wanted, |shown| shown.had(id))
    }

    /// Whether the last list of those that proved something lacked the object of this id.
    pub(super) fn lacked(&self, wanted: [&str; 4], id: &str) -> bool {
        self.shown(wanted, |shown| shown.lacked(id))
    }

    /// The last objects that were found, for the list to be compared with.
    pub(super) fn witnesses<R>(&self, wanted: [&str; 4], with: impl FnOnce(&mut Witnesses) -> R) -> R {
        with(&mut self.room(wanted).witnesses.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn shown<R>(&self, wanted: [&str; 4], with: impl FnOnce(&mut Shown<T>) -> R) -> R {
        with(&mut self.room(wanted).shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn room(&self, wanted: [&str; 4]) -> Arc<Room<T>> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, room)) = rooms.iter().find(|(key, _)| *key == wanted) {
            return room.clone();
        }
        let room: Arc<Room<T>> = Arc::default();
        rooms.push((wanted.map(str::to_owned), room.clone()));
        room
    }
}

impl<T> Default for Room<T> {
    fn default() -> Self {
        Self {
            begun: AtomicU64::new(0),
            last: Mutex::default(),
            used: StdMutex::default(),
            shown: StdMutex::default(),
            witnesses: StdMutex::default(),
        }
    }
}

impl<T> Room<T> {
    /// The last list that came, if somebody still uses it and more than so many had been asked for before.
    fn used_after(&self, before: u64) -> Option<Arc<T>> {
        let (number, list) = self.used.lock().unwrap_or_else(PoisonError::into_inner).clone();
        list.upgrade().filter(|_| number > before)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use tokio::time::sleep;
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn limits(seconds: u64) -> Limits {
        Limits::within(Duration::from_secs(seconds), CancellationToken::new())
    }

    /// Needs a list after this many milliseconds; asking takes a second, and the answer is how many
    /// were asked for before.
    async fn needed(
        lists: &SharedLists<usize>,
        asked: &AtomicUsize,
        (project, body): (&str, &str),
        after: u64,
        limits: Limits,
    ) -> Result<usize, Error> {
        sleep(Duration::from_millis(after)).await;
        let ask = async {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            limits.guard(sleep(Duration::from_secs(1))).await.map_err(|trouble| Error::new("/all", trouble))?;
            Ok(number)
        };
        let wanted = ["https://x", project, "/all", body];
        lists.asked_after(lists.asked(wanted), wanted, &limits, ask).await.map(|list| *list)
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_come_while_one_is_under_way_share_the_next() {
        let (lists, asked) = (SharedLists::default(), AtomicUsize::new(0));
        let need = |after| needed(&lists, &asked, ("P", "{}"), after, limits(60));
        let (first, a, b, c) = tokio::join!(need(0), need(200), need(500), need(900));
        assert_eq!((first.unwrap(), a.unwrap(), b.unwrap(), c.unwrap()), (0, 1, 1, 1));
        assert_eq!(need(0).await.unwrap(), 2, "what ended before this call began is not for it");
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_is_in_use_is_there_for_those_who_began_before_it() {
        let (lists, key) = (SharedLists::default(), ["https://x", "P", "/all", "{}"]);
        let before = lists.asked(key);
        let limits = limits(60);
        let need =
            async |before, brings| lists.asked_after(before, key, &limits, async move { Ok(brings) }).await.unwrap();
        let list = need(before, 7).await;
        assert_eq!(*need(before, 8).await, 7);
        assert_eq!(*need(lists.asked(key), 9).await, 9, "the other one was asked for too early");
        drop(list);
        assert_eq!(*need(before, 10).await, 10, "nothing is kept that nobody uses");
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_under_way_is_for_those_who_began_before_it() {
        let (lists, asked, wanted) = (SharedLists::default(), AtomicUsize::new(0), ["https://x", "P", "/all", "{}"]);
        let (before, limits) = (lists.asked(wanted), limits(60));
        let late = async {
            sleep(Duration::from_millis(500)).await;
            lists.asked_after(before, wanted, &limits, async { Ok(99) }).await.unwrap()
        };
        let (first, late) = tokio::join!(needed(&lists, &asked, ("P", "{}"), 0, self::limits(60)), late);
        assert_eq!((first.unwrap(), *late), (0, 0));
    }

    #[test]
    fn what_a_list_showed_counts_for_its_own_address_project_and_owner() {
        let lists = SharedLists::default();
        let key = ["https://x", "P", "/all", "{}"];
        lists.proved(key, &Arc::new(7), Proof::Deletion, |_| vec!["a"]);
        lists.witnesses(key, |witnesses| witnesses.found("a"));
        assert!(lists.had(key, "a") && !lists.had(key, "b") && lists.lacked(key, "b"));
        for (part, other) in ["https://y", "Q", "/most", r#"{"of":"MS1"}"#].into_iter().enumerate() {
            let mut wanted = key;
            wanted[part] = other;
            assert!(!lists.had(wanted, "a") && !lists.lacked(wanted, "b"), "{wanted:?}");
            assert_eq!(lists.witnesses(wanted, |witnesses| witnesses.lacking(|_| true)), None, "{wanted:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn projects_and_owners_have_lists_of_their_own() {
        let (lists, asked) = (SharedLists::default(), AtomicUsize::new(0));
        let need = |after, project, body| needed(&lists, &asked, (project, body), after, limits(60));
        let first = need(0, "P1", "{}");
        let (first, a, b, c) =
            tokio::join!(first, need(10, "P1", "{}"), need(10, "P2", "{}"), need(10, "P1", r#"{"of":"MS1"}"#));
        let mut numbers = [first.unwrap(), a.unwrap(), b.unwrap(), c.unwrap()];
        numbers.sort_unstable();
        assert_eq!(numbers, [0, 1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_of_ones_own_limits_is_not_shared_and_others_are() {
        let (lists, asked) = (SharedLists::default(), AtomicUsize::new(0));
        let need = |after, seconds| needed(&lists, &asked, ("P", "{}"), after, limits(seconds));
        let hurried = needed(
            &lists,
            &asked,
            ("P", "{}"),
            10,
            Limits::within(Duration::from_millis(1500), CancellationToken::new()),
        );
        let (first, hurried, patient) = tokio::join!(need(0, 60), hurried, need(20, 60));
        assert_eq!((first.unwrap(), patient.unwrap()), (0, 2));
        assert!(matches!(hurried.unwrap_err().trouble, Trouble::TimedOut));

        let asked = AtomicUsize::new(0);
        let refused = |after| {
            let (lists, asked) = (&lists, &asked);
            async move {
                sleep(Duration::from_millis(after)).await;
                let limits = limits(60);
                let ask = async {
                    asked.fetch_add(1, Ordering::SeqCst);
                    sleep(Duration::from_secs(1)).await;
                    Err(Error::new("/all", Trouble::NotDescribed { reason: "no".to_owned() }))
                };
                let wanted = ["https://x", "P", "/all", "{}"];
                lists.asked_after(lists.asked(wanted), wanted, &limits, ask).await
            }
        };
        let (a, b, c) = tokio::join!(refused(0), refused(10), refused(20));
        assert!(a.is_err() && b.is_err() && c.is_err());
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_of_one_who_can_do_without_the_list_is_for_others_who_can() {
        let hurried = || limits(60).unless_it_takes(Duration::from_secs(14));
        for (second, expected) in [(hurried(), 1), (limits(60), 2)] {
            let (lists, asked, wanted) =
                (SharedLists::<()>::default(), AtomicUsize::new(0), ["https://x", "P", "/all", "{}"]);
            let before = lists.asked(wanted);
            let fails = async |limits: Limits| {
                let ask = async {
                    asked.fetch_add(1, Ordering::SeqCst);
                    sleep(Duration::from_secs(1)).await;
                    Err(Error::new("/all", Trouble::NotDescribed { reason: "no".to_owned() }))
                };
                lists.asked_after(before, wanted, &limits, ask).await.is_err()
            };
            assert_eq!(tokio::join!(fails(hurried()), fails(second)), (true, true));
            assert_eq!(asked.load(Ordering::SeqCst), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_ends_at_a_limit_and_whoever_leaves_leaves_nothing() {
        let (lists, asked) = (SharedLists::default(), AtomicUsize::new(0));
        let need = |after, limits| needed(&lists, &asked, ("P", "{}"), after, limits);
        let short = Limits::within(Duration::from_millis(100), CancellationToken::new());
        let (_, ended) = tokio::join!(need(0, limits(60)), need(10, short));
        assert!(matches!(ended.unwrap_err().trouble, Trouble::TimedOut));
        let left = tokio::time::timeout(Duration::from_millis(500), need(0, limits(60))).await;
        assert!(left.is_err());
        assert!(need(0, limits(60)).await.is_ok());
    }
}
