// SPDX-License-Identifier: Apache-2.0

//! Loading, deleting and listing objects of the API, whatever their kind, all of it by `POST`. The
//! kinds declare their endpoints, `provider` makes the calls, and `update` adds another.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::sleep;

use super::absence::{self, Denial, Listing, Verdict, judge};
use super::body::Body;
use super::call::{Call, Called, Effect, Request};
use super::envelopes::{deleted, object};
use super::error::{Error, Trouble};
use super::error_body::{error_words, words};
use super::json::Json;
use super::kind::Endpoints;
use super::limits::Limits;
use super::object_list::ObjectList;
use super::transport::Api;

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
        let first = self.endpoints.page(0).unwrap_or_default();
        loop {
            let asked = self.api.lists.asked(self.list_key(&first));
            let denial = match self.look(id).await? {
                Ok(found) => return Ok(Ok(found)),
                Err(denial) => denial,
            };
            // One that somebody else asked for since this look began proves as much.
            let list = self.all_after(asked).await?;
            let verdict = judge(E::KIND, list.says_of(id), &denial);
            tracing::trace!(id, denial = denial.told(), verdict = verdict.told(), "judged whether the object is gone");
            let reason = match verdict {
                Verdict::Gone if denial.is_descopes() || confirmation.is_none() => return Ok(Err(list)),
                Verdict::Gone if self.paused(confirmation.take()).await? => continue,
                Verdict::Gone => "there was no time to ask for the list a second time".to_owned(),
                Verdict::Contradiction if self.paused(pauses.next()).await? => continue,
                Verdict::Contradiction => format!(
                    "reading the {} was answered with {}, and {} has it",
                    E::KIND.one,
                    denial.told(),
                    E::KIND.list_words()
                ),
                Verdict::Unproven(reason) => reason,
            };
            return Err(Error::new(E::KIND.load, Trouble::Unproven { reason }));
        }
    }

    /// The object of this id, which a list lacks that was asked for before this call, or `None` if there
    /// certainly is no such object. That list counts for the proof, so many who look for objects that are
    /// gone need no list each.
    pub async fn load_unlisted(&self, id: &str, list: &ObjectList) -> Result<Option<Box<RawValue>>, Error> {
        match self.look(id).await? {
            Ok(found) => Ok(Some(found)),
            Err(denial) if denial.is_descopes() && judge(E::KIND, list.says_of(id), &denial) == Verdict::Gone => {
                tracing::trace!(id, denial = denial.told(), "the list that others asked for proves that it is gone");
                Ok(None)
            }
            Err(_) => self.load(id).await,
        }
    }

    /// Deletes the object of this id. It is a success only if there certainly is no such object any
    /// more.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        match self.call(E::KIND.delete, Effect::Idempotent, self.endpoints.naming(id)).await {
            Ok(answer) => {
                deleted(E::KIND.delete, &answer).map_err(|error| error.saying(&words(&answer)))?;
                // Also when a limit has been reached: it was deleted, so the state must not keep it.
                let limits = self.limits.for_a_proof();
                let proof = Objects { limits: &limits, ..*self };
                let said = error_words(&answer).unwrap_or_default();
                proof.must_be_gone(id).await.map_err(|error| error.after(true).not_done_since(&said))
            }
            Err(error) if Denial::of(&error).is_some() => match self.load(id).await {
                Ok(Some(_)) => Err(error),
                Ok(None) => Ok(()),
                Err(unproven) => Err(unproven.after(error.may_have_happened())),
            },
            Err(error) => Err(error),
        }
    }

    /// All objects, as of after this call began.
    pub async fn all(&self) -> Result<Arc<ObjectList>, Error> {
        let first = self.endpoints.page(0).unwrap_or_default();
        self.all_after(self.api.lists.asked(self.list_key(&first))).await
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
        let first = self.endpoints.page(0).unwrap_or_default();
        self.api.lists.asked_after(before, self.list_key(&first), self.limits, ask).await
    }

    /// What tells a list from others, if its first page is asked for like this.
    fn list_key<'k>(&'k self, first: &'k str) -> [&'k str; 4] {
        [self.base_url, self.project, E::KIND.list, first]
    }

    /// Waits until an object that was deleted is gone. Lists and loads may have it for some seconds.
    async fn must_be_gone(&self, id: &str) -> Result<(), Error> {
        let first = self.endpoints.page(0).unwrap_or_default();
        if self.api.lists.showed(self.list_key(&first), id) && self.is_not_found(id).await {
            tracing::trace!(id, "a list had the deleted object, and now Descope does not find it");
            return Ok(());
        }
        let mut pauses = absence::DELETED.iter();
        loop {
            // The list itself is not needed any more during a pause.
            let listing = {
                let list = self.all().await?;
                let listing = list.says_of(id);
                if listing == Listing::Lacks {
                    self.api.lists.showed_a_deletion(self.list_key(&first), &list, ObjectList::ids);
                }
                listing
            };
            tracing::trace!(id, listing = listing.told(), "looked whether the deleted object is gone");
            if listing == Listing::Lacks {
                return Ok(());
            }
            if listing == Listing::Has && self.paused(pauses.next()).await? {
                continue;
            }
            match self.look(id).await? {
                Err(denial) if denial.is_descopes() => return Ok(()),
                Err(denial) => {
                    let reason = format!(
                        "the deletion was accepted, but then reading the {} was answered with {}, and {} does not say \
                         that it is gone",
                        E::KIND.one,
                        denial.told(),
                        E::KIND.list_words()
                    );
                    return Err(Error::new(E::KIND.load, Trouble::Unproven { reason }));
                }
                Ok(_) if self.paused(pauses.next()).await? => {}
                Ok(_) => return Err(Error::new(E::KIND.delete, Trouble::StillThere { what: E::KIND.one })),
            }
        }
    }

    /// Whether Descope itself says that it does not find the object of this id. That takes at most half of the time
    /// that is left, so that there is time for a list, too.
    async fn is_not_found(&self, id: &str) -> bool {
        let limits = self.limits.half();
        let looked = Objects { limits: &limits, ..*self }.look(id).await;
        matches!(looked, Ok(Err(denial)) if denial.is_descopes())
    }

    /// The object of this id as `load` answers it, or what was answered in its place.
    async fn look(&self, id: &str) -> Result<Result<Box<RawValue>, Denial>, Error> {
        match self.call(E::KIND.load, Effect::Read, self.endpoints.naming(id)).await {
            Ok(answer) => match object(E::KIND, E::KIND.load, &answer, id) {
                Ok(found) => Ok(found.ok_or_else(|| Denial::Empty { says: words(&answer) })),
                Err(error) => Err(error.saying(&words(&answer))),
            },
            Err(error) => Denial::of(&error).map(Err).ok_or(error),
        }
    }

    /// Waits before another look. False if there was none to wait for, or no time for it.
    async fn paused(&self, pause: Option<&Duration>) -> Result<bool, Error> {
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
