// SPDX-License-Identifier: Apache-2.0

//! What proves that an object is gone. Pure: `objects` asks the API, and this file judges the
//! answers.
//!
//! An object that counts as gone leaves the state, and the next apply creates another one. So the
//! proof must not come from what only looks like an answer of Descope: a proxy, a gateway or
//! another service behind a wrong base URL.
//!
//! These are proofs:
//!
//! - The list says which objects there are, with an array, with a `total`, or with null for both,
//!   and the object is not among them. Nothing but the API has such a list.
//!   If `load` was not answered with Descope's own "not found", or if the list is empty and none
//!   was before, both are asked a second time.
//! - The list is a bare `{}`, and Descope answered `load` of this id with an error code and "not
//!   found". Protobuf's JSON may leave an empty list out, so a bare `{}` can be the answer of a
//!   project without any. But it is also what many a stub answers to everything, so somebody
//!   who knows Descope's codes must say so, too.
//!
//! These are none, neither alone nor with a bare `{}`: a gateway's 404, which has no code of
//! Descope's; a success without an object; a bad request for another reason than an unknown id.
//! They only give reason to ask for the list. Nor is a list that has an object whose id can't be
//! read: it may be this one. Nor is one that also lacks an object which `load` finds: it is cut short, or of another
//! time. Half a second is left for that, so that the reads at the same time can load what else the list lacks.
//!
//! An object whose deletion was accepted counts as gone if a list that was asked for later lacks it. Of many
//! deletions, the later ones are proven by a `load` that Descope answers with an error code and "not found", if an
//! earlier list had this object and lacked another one after its deletion. Such a list shows that the address and
//! the project are the right ones, that this object was there, and that deletions take effect there. If no list can
//! be had, or one that proves nothing, Descope's "not found" is enough, since the deletion was accepted. If lists
//! still have the object after the last pause, it is, too, and [`super::Deleted`] says so.
//!
//! If a deletion is refused because there is no such object, an earlier list that lacks it counts, since no id is given
//! twice.
//!
//! A list that has the object contradicts a `load` that does not find it. Then nothing is known:
//! the object may be new, or gone a moment ago, and the machines that answer don't agree yet.

use std::time::Duration;

use super::error::{ApiError, Error, Trouble};
use super::kind::Kind;

/// The pauses between two looks at an object that `load` does not find although the list has it.
/// They are longer together than answers have been seen to differ, which is about 8 seconds.
pub(super) const CONTRADICTION: [Duration; 5] = [ms(500), ms(1000), ms(2000), ms(3000), ms(3000)];

/// The pause before a proof is asked for again that Descope did not confirm with a code of its own:
/// one short list can be a mistake of the moment.
pub(super) const CONFIRMATION: Duration = ms(1000);

/// How old a list has to be before it counts that it lacks an object. Reads at the same time load what else it lacks, and
/// one that is found refutes it.
pub(super) const OBJECTION: Duration = ms(500);

/// How long each answer of a list may take that is asked for after a deletion.
pub(super) const LIST_LIMIT: Duration = ms(14_000);

/// The pauses between two looks at an object that was deleted.
pub(super) const DELETED: [Duration; 6] = [ms(500), ms(1000), ms(2000), ms(3000), ms(4000), ms(4000)];

/// What `load` answered in place of the object.
#[derive(Clone, Debug)]
pub(super) enum Denial {
    /// An error.
    Refused(ApiError),
    /// A success without an object.
    Empty {
        /// What it says in words. Empty if it says nothing.
        says: String,
    },
}

/// What a list says about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// The object is in it.
    Has,
    /// It says which objects there are, and this is not one of them.
    Lacks,
    /// It is a bare `{}`.
    Bare,
    /// The object is not in it, but one with this name is whose id can't be read.
    Unclear(Option<String>),
    /// The object is not in it, nor is the one of this id, which `load` finds.
    Refuted(String),
}

/// What two answers prove together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The object is gone.
    Gone,
    /// The list contradicts what `load` says, for this reason, as a sentence without its full stop.
    Contradiction(String),
    /// Nothing is proven, for this reason, as a sentence without its full stop.
    Unproven(String),
}

// === impl Listing ===

impl Listing {
    /// As the log tells it.
    pub(super) fn told(&self) -> &'static str {
        match self {
            Self::Has => "has it",
            Self::Lacks => "lacks it",
            Self::Bare => "says nothing",
            Self::Unclear(_) => "has an object whose id can't be read",
            Self::Refuted(_) => "lacks others that are there, too",
        }
    }

    /// Whether nothing in the list is this object or may be it.
    pub(super) fn is_without_it(&self) -> bool {
        matches!(self, Self::Lacks | Self::Bare)
    }
}

// === impl Verdict ===

impl Verdict {
    /// As the log tells it.
    pub(super) fn told(&self) -> &str {
        match self {
            Self::Gone => "gone",
            Self::Contradiction(reason) | Self::Unproven(reason) => reason,
        }
    }
}

// === impl Denial ===

impl Denial {
    /// What a failed call says, if it may mean that there is no such object.
    pub(super) fn of(error: &Error) -> Option<Self> {
        let Trouble::Refused(refusal) = &error.trouble else { return None };
        let may = match refusal.status {
            400 | 404 | 410 => true,
            200..=299 => says_not_found(refusal),
            _ => false,
        };
        may.then(|| Self::Refused((**refusal).clone()))
    }

    /// Whether it is Descope's own word that the object does not exist.
    pub(super) fn is_descopes(&self) -> bool {
        match self {
            Self::Refused(refusal) if refusal.code.is_empty() => false,
            Self::Refused(refusal) => match refusal.status {
                404 | 410 => true,
                400 => says_not_found(refusal),
                _ => false,
            },
            Self::Empty { .. } => false,
        }
    }

    /// What was answered, as words that can follow "was answered with".
    pub(super) fn told(&self) -> String {
        match self {
            Self::Refused(ApiError { status, code, .. }) if code.is_empty() => {
                format!("status {status} and no error code of Descope's")
            }
            Self::Refused(ApiError { status, code, description, message, .. }) => {
                let words = [description, message].into_iter().find(|words| !words.is_empty());
                let words = words.map(|words| format!(" ({words:?})")).unwrap_or_default();
                format!("status {status} and the error code {code}{words}")
            }
            Self::Empty { says } if says.is_empty() => "success but without an object".to_owned(),
            Self::Empty { says } => format!("success but without an object, and with {says:?}"),
        }
    }
}

/// What is proven if `load` was answered with this denial, and the list says this.
pub(super) fn judge(kind: &Kind, listing: Listing, denial: &Denial) -> Verdict {
    let but = |list_says: String| {
        format!("reading the {} was answered with {}, and {} {list_says}", kind.one, denial.told(), kind.list_words())
    };
    match listing {
        Listing::Lacks => Verdict::Gone,
        Listing::Has => Verdict::Contradiction(but("has it".to_owned())),
        Listing::Refuted(known) => {
            Verdict::Contradiction(but(format!("lacks it, but also {known}, which can be read")))
        }
        Listing::Bare if denial.is_descopes() => Verdict::Gone,
        Listing::Bare => Verdict::Unproven(but(format!(
            "with an object that says neither which {} there are nor how many",
            kind.many
        ))),
        Listing::Unclear(name) => {
            let name = name.map(|name| format!(" named {name:?}")).unwrap_or_default();
            Verdict::Unproven(but(format!("has one{name} whose `id` can't be read")))
        }
    }
}

fn says_not_found(refusal: &ApiError) -> bool {
    let words = format!("{} {}", refusal.description, refusal.message).to_lowercase();
    ["not found", "does not exist", "doesn't exist", "no such"].iter().any(|said| words.contains(said))
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::super::kind::Endpoints;
    use super::super::servers::ServerEndpoints;
    use super::*;

    fn judge(listing: Listing, denial: &Denial) -> Verdict {
        super::judge(ServerEndpoints::KIND, listing, denial)
    }

    fn empty(says: &str) -> Denial {
        Denial::Empty { says: says.to_owned() }
    }

    fn refused(status: u16, code: &str, message: &str) -> Option<Denial> {
        let error = ApiError { status, code: code.to_owned(), message: message.to_owned(), ..ApiError::default() };
        Denial::of(&Error::new("/load", Trouble::Refused(Box::new(error))))
    }

    #[test]
    fn a_list_that_says_what_there_is_is_a_proof() {
        for denial in [refused(404, "", "no route").unwrap(), refused(400, "E1", "bad id").unwrap(), empty("")] {
            assert_eq!(judge(Listing::Lacks, &denial), Verdict::Gone, "{denial:?}");
            for (listing, told) in [(Listing::Has, "has it"), (Listing::Refuted("MS2".to_owned()), "also MS2, which")] {
                let Verdict::Contradiction(reason) = judge(listing, &denial) else { panic!("{denial:?}") };
                assert!(reason.contains(told), "{reason}");
            }
        }
    }

    #[test]
    fn a_server_without_a_readable_id_may_be_the_one() {
        let unclear = Listing::Unclear(Some("Calendar".to_owned()));
        let Verdict::Unproven(reason) = judge(unclear, &refused(404, "E112102", "").unwrap()) else { panic!() };
        assert!(reason.contains(r#"has one named "Calendar" whose `id` can't be read"#), "{reason}");
    }

    #[test]
    fn a_bare_list_needs_the_word_of_descope() {
        for denial in [
            refused(404, "E112102", ""),
            refused(410, "E1", ""),
            refused(400, "E1", "MCP server not found"),
            refused(400, "E1", "The server does not exist."),
            refused(400, "E1", "No such server"),
        ] {
            assert_eq!(judge(Listing::Bare, &denial.clone().unwrap()), Verdict::Gone, "{denial:?}");
        }
        for (denial, told) in [
            (refused(404, "", "not found"), "status 404 and no error code"),
            (refused(400, "", "not found"), "status 400 and no error code"),
            (refused(400, "E011004", "malformed id"), "status 400 and the error code E011004"),
            (refused(200, "E1", "not found"), "status 200 and the error code E1"),
            (Some(empty("")), "success but without an object, and"),
            (Some(empty("closed")), "success but without an object, and with \"closed\""),
        ] {
            let Verdict::Unproven(reason) = judge(Listing::Bare, &denial.clone().unwrap()) else {
                panic!("{denial:?}")
            };
            assert!(reason.contains(told), "{reason}");
        }
    }

    #[test]
    fn only_some_errors_give_reason_to_ask_for_the_list() {
        for (status, may) in
            [(400, true), (404, true), (410, true), (401, false), (403, false), (429, false), (500, false)]
        {
            assert_eq!(refused(status, "E1", "").is_some(), may, "{status}");
        }
        assert!(refused(200, "E1", "server not found").is_some());
        assert!(refused(200, "E1", "out of luck").is_none());
        let page = Error::new("/load", Trouble::NotJson { status: 404, excerpt: String::new() });
        assert!(Denial::of(&page).is_none(), "a page is not an answer of Descope's");
    }

    #[test]
    fn the_pauses_are_longer_than_answers_differ() {
        let (contradiction, deleted): (Duration, Duration) = (CONTRADICTION.iter().sum(), DELETED.iter().sum());
        assert!(contradiction > Duration::from_secs(8) && deleted > contradiction);
        assert!(deleted < Duration::from_secs(15));
    }
}
