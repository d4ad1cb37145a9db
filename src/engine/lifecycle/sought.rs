// SPDX-License-Identifier: Apache-2.0

//! Finding the place of an object by other attributes than its identity, in a list. Called by look-ups and imports.

use std::sync::Arc;
use std::time::Duration;

use super::Lifecycle;
use super::shared::WAITING_FOR_A_LIST;
use crate::diag::Diagnostics;
use crate::engine::ports::{Census, Entry};
use crate::engine::shared_reads::{Looks, Room};
use crate::engine::steps::presence;
use crate::engine::{Context, Place};
use crate::raw::{RawObject, RawView};
use crate::value::{Object, Path};

/// The pauses before lists are searched again that may lag behind what this process has written. They have been seen to
/// lag for about 8 seconds.
const LAG: [Duration; 5] = [ms(500), ms(1000), ms(2000), ms(3000), ms(3000)];

impl Lifecycle {
    /// Where the object of these attributes is. If a list was searched for it, the entry that counts comes along.
    /// `shares` is whether it may be a list that was asked for before.
    pub(super) async fn sought(
        &self,
        by: &Object,
        shares: bool,
        context: &Context,
    ) -> Result<(Place, Option<RawObject>), Diagnostics> {
        let at = self.place(by);
        let parent = at.parent(self.resource.table);
        if at.is_whole(self.resource.table) {
            return Ok((at, None));
        }
        let room = self.session.reads.room(self.resource.type_name, parent.clone());
        let _asking = match shares {
            true => Some(context.limited(room.asking.lock(), WAITING_FOR_A_LIST).await?),
            false => None,
        };
        let known = room.current(self.moment(context)).filter(|_| shares);
        let found = match known.and_then(|list| list.find(by).ok().map(|at| (list, at))) {
            Some(found) => Some(found),
            None => self.searched(&room, &parent, by, context).await?,
        };
        let Some((list, at)) = found else { return Ok((at, None)) };
        let is_current = !self.may_lag();
        let counts = |entry: &RawView<'_>| {
            let lacking = presence::lacking(self.resource.table, entry);
            is_current && room.counts(Looks::New, &lacking, self.moment(context)) == Some(true)
        };
        match list.entry(&at) {
            Entry::Object(entry) if counts(&entry) => Ok((at, Some(entry.to_object()))),
            _ => Ok((at, None)),
        }
    }

    /// A new list that has the object, and where it is. `None`: there are no lists.
    async fn searched(
        &self,
        room: &Room,
        parent: &Place,
        by: &Object,
        context: &Context,
    ) -> Result<Option<(Arc<dyn Census>, Place)>, Diagnostics> {
        let mut pauses = LAG.iter();
        loop {
            let asked = self.moment(context);
            let searching = room.search(asked);
            let Some(list) = self.remote.census(parent, context) else { return Ok(None) };
            let list = list.await?;
            drop(searching);
            self.answer_from(room, &list, asked, context);
            match (list.find(by), pauses.next().filter(|_| self.may_lag())) {
                (Ok(at), _) => return Ok(Some((list, at))),
                (Err(_), Some(pause)) => context.pause(*pause, "waiting for a list that has the object").await?,
                (Err(failed), None) => return Err(self.at_finder(by, failed)),
            }
        }
    }

    /// Whether lists may lag behind what this process has written.
    fn may_lag(&self) -> bool {
        self.connection().writes() > 0
    }

    /// These messages, about the attribute that finds the object, other than its place.
    fn at_finder(&self, by: &Object, failed: Diagnostics) -> Diagnostics {
        let is_place = |name: &str| self.resource.table.places().any(|row| row.name == name);
        match by.iter().find(|(name, value)| !value.is_null() && !is_place(name)) {
            Some((name, _)) => failed.at(&Path::of(name)),
            None => failed,
        }
    }
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lifecycle::look_up;
    use crate::engine::lookup_table::LookUp;
    use crate::library::{BRANCH, Bench, config, raw, summaries};

    static BRANCHES: LookUp = LookUp::new(&BRANCH, &["id", "name"]);

    async fn found(bench: &Bench) -> Result<String, Vec<String>> {
        let found = look_up(&BRANCHES, &bench.session, &config([("name", "New".into())])).await;
        let id = |(object, _): (Option<Object>, _)| object.unwrap()["id"].as_str().unwrap().to_owned();
        found.map(id).map_err(|failed| summaries(&failed).into_iter().map(str::to_owned).collect())
    }

    #[tokio::test]
    async fn a_list_that_lags_behind_a_write_is_searched_again() {
        let bench = Bench::new();
        bench.store().create("B", raw(r#"{"name":"New"}"#));
        bench.store().hide_new = Duration::from_secs(5);
        bench.store().call("update", "B1").unwrap();
        let began = bench.session.context().elapsed();
        assert_eq!(found(&bench).await, Ok("B1".to_owned()));
        assert!(bench.session.context().elapsed() - began < Duration::from_secs(8));
    }

    #[tokio::test]
    async fn a_name_that_is_missing_is_an_error_at_once_unless_something_was_written() {
        let bench = Bench::new();
        let began = bench.session.context().elapsed();
        assert_eq!(found(&bench).await, Err(vec!["No branch of that name".to_owned()]));
        assert_eq!(bench.session.context().elapsed(), began);
        bench.store().plant("B1", r#"{"id":"B1","name":"Other"}"#);
        bench.store().call("update", "B1").unwrap();
        assert_eq!(found(&bench).await, Err(vec!["No branch of that name".to_owned()]));
        assert_eq!(bench.session.context().elapsed() - began, LAG.iter().sum::<Duration>());
    }
}
