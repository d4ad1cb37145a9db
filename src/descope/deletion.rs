// SPDX-License-Identifier: Apache-2.0

//! Deleting an object and finding out that it is gone. `provider` deletes; what proves a deletion is told in
//! [`super::absence`].

use std::slice::Iter;
use std::time::Duration;

use super::absence::{self, Denial, LIST_LIMIT, Listing};
use super::call::Effect;
use super::envelopes::deleted;
use super::error::{Error, Trouble};
use super::error_body::{error_words, words};
use super::kind::Endpoints;
use super::limits::Limits;
use super::object_list::ObjectList;
use super::objects::Objects;
use super::shown::Proof;

/// What shows that an object was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// Nothing speaks against it.
    Proven,
    /// Descope says that it does not find the object, but lists still had it in the end.
    StillListed,
}

impl<E: Endpoints> Objects<'_, E> {
    /// Deletes the object of this id. It is a success only if there certainly is no such object any
    /// more.
    pub async fn delete(&self, id: &str) -> Result<Deleted, Error> {
        self.witnesses(|witnesses| witnesses.forget(id));
        match self.call(E::KIND.delete, Effect::Idempotent, self.endpoints.naming(id)).await {
            Ok(answer) => {
                deleted(E::KIND.delete, &answer).map_err(|error| error.saying(&words(&answer)))?;
                // Also when a limit has been reached: it was deleted, so the state must not keep it.
                let proof = async |limits: &Limits| Objects { limits, ..*self }.must_be_gone(id).await;
                let gone = self.limits.prove(proof).await;
                self.witnesses(|witnesses| witnesses.forget(id));
                let said = error_words(&answer).unwrap_or_default();
                let gone = gone.unwrap_or_else(|trouble| Err(Error::new(E::KIND.delete, trouble)));
                gone.map_err(|error| error.after(true).not_done_since(&said))
            }
            Err(error) => match Denial::of(&error) {
                Some(denial) => self.must_not_be_there(id, &denial, error).await,
                None => Err(error),
            },
        }
    }

    /// Finds out whether the object was gone before, since its deletion was refused with this error.
    async fn must_not_be_there(&self, id: &str, denial: &Denial, error: Error) -> Result<Deleted, Error> {
        let key = self.first_page();
        // No id is given twice, so a list of before counts, too.
        if denial.is_descopes() && self.api.lists.lacked(self.list_key(&key), id) && self.is_not_found(id).await {
            tracing::trace!(id, "an earlier list lacks the object, and Descope does not find it");
            return Ok(Deleted::Proven);
        }
        match self.load_or_proof(id).await {
            Ok(Ok(_)) => Err(error),
            Ok(Err(_)) => Ok(Deleted::Proven),
            Err(unproven) => Err(unproven.after(error.may_have_happened())),
        }
    }

    /// Waits until an object whose deletion was accepted is gone. Lists and loads may have it for some seconds.
    async fn must_be_gone(&self, id: &str) -> Result<Deleted, Error> {
        let mut pauses = absence::DELETED.iter();
        let was_shown = self.api.lists.had(self.list_key(&self.first_page()), id);
        if was_shown && self.until_not_found(id, &mut pauses).await?.is_none() {
            tracing::trace!(id, "a list had the deleted object, and now Descope does not find it");
            return Ok(Deleted::Proven);
        }
        let mut listing = self.listing_after_deletion(id).await;
        if let Ok(Listing::Has) = listing {
            self.paused(pauses.next()).await?;
        }
        while !matches!(listing, Ok(Listing::Lacks)) {
            match (self.until_not_found(id, &mut pauses).await?, listing) {
                (None, Ok(Listing::Has)) => return self.until_unlisted(id, pauses).await,
                (None, _) => break,
                (Some(_), Ok(Listing::Has)) if self.paused(pauses.next()).await? => {
                    listing = self.listing_after_deletion(id).await;
                }
                (Some(undecided), Ok(_)) => return Err(undecided),
                (Some(_), Err(no_list)) => return Err(no_list),
            }
        }
        Ok(Deleted::Proven)
    }

    /// Looks until `load` does not find the object any more. `None`: Descope itself says so. Otherwise, what was
    /// answered proves nothing, for this reason. Fails if the object stays.
    async fn until_not_found(&self, id: &str, pauses: &mut Iter<'_, Duration>) -> Result<Option<Error>, Error> {
        loop {
            return match self.look_early(id).await {
                Ok(Ok(_)) if self.paused(pauses.next()).await? => continue,
                Ok(Ok(_)) => Err(Error::new(E::KIND.delete, Trouble::StillThere { what: E::KIND.one })),
                Ok(Err(denial)) if denial.is_descopes() => Ok(None),
                Ok(Err(denial)) => {
                    let reason = format!(
                        "the deletion was accepted, but then reading the {} was answered with {}, and {} does not say \
                         that it is gone",
                        E::KIND.one,
                        denial.told(),
                        E::KIND.list_words()
                    );
                    Ok(Some(Error::new(E::KIND.load, Trouble::Unproven { reason })))
                }
                Err(error) => Ok(Some(error)),
            };
        }
    }

    /// Waits until lists lack an object that Descope does not find any more.
    async fn until_unlisted(&self, id: &str, mut pauses: Iter<'_, Duration>) -> Result<Deleted, Error> {
        while let Ok(Listing::Has) = self.listing_after_deletion(id).await {
            if !self.paused(pauses.next()).await? {
                return Ok(Deleted::StillListed);
            }
        }
        Ok(Deleted::Proven)
    }

    /// What a list of now says of an object that was deleted. There are other ways to find out, so it is not tried
    /// for long.
    async fn listing_after_deletion(&self, id: &str) -> Result<Listing, Error> {
        let limits = self.limits.unless_it_takes(LIST_LIMIT);
        let hurried = Objects { limits: &limits, ..*self };
        // The list itself is not needed any more during a pause.
        let list = hurried.all().await?;
        let listing = self.says_of(&list, id).await?;
        tracing::trace!(id, listing = listing.told(), "looked whether the deleted object is in a list");
        if listing == Listing::Lacks {
            self.api.lists.proved(self.list_key(&self.first_page()), &list, Proof::Deletion, ObjectList::ids);
        }
        Ok(listing)
    }
}
