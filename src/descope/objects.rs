// SPDX-License-Identifier: Apache-2.0

//! Loading and listing objects of the API, whatever their kind, all of it by `POST`. The kinds declare their
//! endpoints, `provider` makes the calls, and `update` and `deletion` add others.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::sleep;

use super::absence::{self, Denial, Listing, Verdict, judge};
use super::body::Body;
use super::call::{Call, Called, Effect, Request};
use super::envelopes::object;
use super::error::{Error, Trouble};
use super::error_body::words;
use super::json::Json;
use super::kind::Endpoints;
use super::limits::Limits;
use super::object_list::ObjectList;
use super::shown::Proof;
use super::transport::Api;
use super::witnesses::Witnesses;

/// How long a call waits for others that need the same list. The CLIs begin ten operations within a few milliseconds.
const GATHERING: Duration = Duration::from_millis(10);

/// The objects of one kind in a project, or below one object of it. They are raw JSON, each with an
/// `id`.
pub struct Objects<'a, E> {
    /// The API client.
    pub api: &'a Api,
    /// Where the API is, without a trailing slash.
    pub base_url: &'a str,
    /// The project.
    pub project: &'a str,
    /// When the operation must end.
    pub limits: &'a Limits,
    /// What the requests about them are.
    pub endpoints: E,
}

// === impl Objects ===

impl<E: Endpoints> Objects<'_, E> {
    /// The object of this id, or `None` if there certainly is no such object. What proves that is
    /// told in [`super::absence`].
    ///
    /// An object that only the list has is looked for again, and then an error: an entry of a list
    /// may be shorter than the object, and an update that is built from it would reset the rest.
    pub async fn load(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        Ok(self.load_or_proof(id).await?.ok())
    }

    /// The same, and if there is no such object, the list that proves it.
    pub async fn load_or_proof(&self, id: &str) -> Result<Result<Box<RawValue>, Arc<ObjectList>>, Error> {
        let (mut pauses, mut confirmation) = (absence::CONTRADICTION.iter(), Some(&absence::CONFIRMATION));
        let first = self.first_page();
        loop {
            let asked = self.api.lists.asked(self.list_key(&first));
            let denial = match self.look(id).await? {
                Ok(found) => return Ok(Ok(found)),
                Err(denial) => denial,
            };
            // One that somebody else asked for since this look began proves as much.
            let list = self.all_after(asked).await?;
            let verdict = judge(E::KIND, self.says_in_time(&list, id).await?, &denial);
            tracing::trace!(id, denial = denial.told(), verdict = verdict.told(), "judged whether the object is gone");
            let reason = match verdict {
                Verdict::Gone if self.is_enough(&list, id, &denial) || confirmation.is_none() => {
                    self.api.lists.proved(self.list_key(&first), &list, Proof::Absence, ObjectList::ids);
                    return Ok(Err(list));
                }
                Verdict::Gone if self.paused(confirmation.take()).await? => continue,
                Verdict::Gone => "there was no time to ask for the list a second time".to_owned(),
                Verdict::Contradiction(_) if self.paused(pauses.next()).await? => continue,
                Verdict::Contradiction(reason) | Verdict::Unproven(reason) => reason,
            };
            return Err(Error::new(E::KIND.load, Trouble::Unproven { reason }));
        }
    }

    /// The object of this id if `load` finds it. That it does not proves nothing.
    pub async fn found(&self, id: &str) -> Result<Option<Box<RawValue>>, Error> {
        Ok(self.look(id).await?.ok())
    }

    /// The object of this id, which a list lacks that was asked for before this call, or `None` if there
    /// certainly is no such object. That list counts for the proof, so many who look for objects that are
    /// gone need no list each.
    pub async fn load_unlisted(&self, id: &str, list: &ObjectList) -> Result<Option<Box<RawValue>>, Error> {
        match self.look(id).await? {
            Ok(found) => Ok(Some(found)),
            Err(denial)
                if self.is_enough(list, id, &denial)
                    && judge(E::KIND, self.says_in_time(list, id).await?, &denial) == Verdict::Gone =>
            {
                tracing::trace!(id, denial = denial.told(), "the list that others asked for proves that it is gone");
                Ok(None)
            }
            Err(_) => self.load(id).await,
        }
    }

    /// Whether these two answers are enough for a proof. An empty list may come of a machine that has no objects yet,
    /// and then `load` finds nothing there either.
    fn is_enough(&self, list: &ObjectList, id: &str, denial: &Denial) -> bool {
        let may_be_blank = || list.count() == 0 && !self.api.lists.lacked(self.list_key(&self.first_page()), id);
        denial.is_descopes() && !may_be_blank()
    }

    /// All objects, as of after this call began. Calls that begin at nearly the same time share one list.
    pub async fn all(&self) -> Result<Arc<ObjectList>, Error> {
        let first = self.first_page();
        let asked = self.api.lists.asked(self.list_key(&first));
        self.limits.guard(sleep(GATHERING)).await.map_err(|trouble| Error::new(E::KIND.list, trouble))?;
        self.all_after(asked).await
    }

    /// All objects, as of when more than so many lists had been asked for.
    async fn all_after(&self, before: u64) -> Result<Arc<ObjectList>, Error> {
        let path = E::KIND.list;
        let ask = async {
            let (mut list, mut number) = (ObjectList::default(), 0);
            while let Some(body) = self.endpoints.page(number) {
                let answer = self.call(path, Effect::Read, body).await?;
                number += 1;
                if !list.goes_on_after(E::KIND, answer)? {
                    break;
                }
            }
            list.whole(E::KIND)
        };
        let first = self.first_page();
        self.api.lists.asked_after(before, self.list_key(&first), self.limits, ask).await
    }

    /// What is sent for the first page of a list.
    pub(super) fn first_page(&self) -> String {
        self.endpoints.page(0).unwrap_or_default()
    }

    /// What tells a list from others, if its first page is asked for like this.
    pub(super) fn list_key<'k>(&'k self, first: &'k str) -> [&'k str; 4] {
        [self.base_url, self.project, E::KIND.list, first]
    }

    /// The last objects that were found where this one is.
    pub(super) fn witnesses<R>(&self, with: impl FnOnce(&mut Witnesses) -> R) -> R {
        self.api.lists.witnesses(self.list_key(&self.first_page()), with)
    }

    /// What this list says of the object. That the object is missing counts only if nothing is missing that `load`
    /// finds. Objects that were found before are loaded again if the list lacks them, since they may be gone by now.
    pub(super) async fn says_of(&self, list: &ObjectList, id: &str) -> Result<Listing, Error> {
        let listing = list.says_of(id);
        if !listing.is_without_it() {
            return Ok(listing);
        }
        let is_missing = |known: &str| known != id && list.says_of(known).is_without_it();
        while let Some(known) = self.witnesses(|witnesses| witnesses.lacking(is_missing)) {
            if self.look(&known).await?.is_ok() {
                return Ok(Listing::Refuted(known));
            }
        }
        Ok(listing)
    }

    /// The same, and before it counts that the object is missing, others have time to find what the list lacks, too.
    async fn says_in_time(&self, list: &ObjectList, id: &str) -> Result<Listing, Error> {
        if list.says_of(id).is_without_it() {
            let left = absence::OBJECTION.saturating_sub(list.age());
            self.paused(Some(&left)).await?;
        }
        self.says_of(list, id).await
    }

    /// Whether Descope itself says that it does not find the object of this id.
    pub(super) async fn is_not_found(&self, id: &str) -> bool {
        matches!(self.look_early(id).await, Ok(Err(denial)) if denial.is_descopes())
    }

    /// The same as [`Self::look`] in at most half of the time that is left, so that there is time for a list, too.
    pub(super) async fn look_early(&self, id: &str) -> Result<Result<Box<RawValue>, Denial>, Error> {
        let limits = self.limits.half();
        Objects { limits: &limits, ..*self }.look(id).await
    }

    /// The object of this id as `load` answers it, or what was answered in its place.
    pub(super) async fn look(&self, id: &str) -> Result<Result<Box<RawValue>, Denial>, Error> {
        let looked = match self.call(E::KIND.load, Effect::Read, self.endpoints.naming(id)).await {
            Ok(answer) => match object(E::KIND, E::KIND.load, &answer, id) {
                Ok(found) => found.ok_or_else(|| Denial::Empty { says: words(&answer) }),
                Err(error) => return Err(error.saying(&words(&answer))),
            },
            Err(error) => Err(Denial::of(&error).ok_or(error)?),
        };
        self.witnesses(|witnesses| match &looked {
            Ok(_) => witnesses.found(id),
            Err(_) => witnesses.forget(id),
        });
        Ok(looked)
    }

    /// Waits before another look. False if there was none to wait for, or no time for it.
    pub(super) async fn paused(&self, pause: Option<&Duration>) -> Result<bool, Error> {
        let Some(pause) = pause.filter(|pause| **pause < self.limits.left()) else { return Ok(false) };
        self.limits.guard(sleep(*pause)).await.map_err(|trouble| Error::new(E::KIND.list, trouble))?;
        Ok(true)
    }

    /// Makes a call about these objects whose body is fixed.
    pub(super) async fn call(&self, path: &'static str, effect: Effect, body: String) -> Result<Json, Error> {
        Ok(self.send(path, effect, body.into()).await?.into_json())
    }

    /// Makes a call about these objects.
    pub(super) async fn send(&self, path: &'static str, effect: Effect, body: Body<'_>) -> Result<Called, Error> {
        let request = Request::Operation { project: self.project, body };
        self.api.call(self.base_url, &Call { path, effect, request }, self.limits).await
    }
}

#[cfg(test)]
mod tests;
