// SPDX-License-Identifier: Apache-2.0

//! What a remote system must be able to do for each kind of entry in the catalogue. `provider`
//! implements these traits; `lifecycle` calls them. A method with a default costs nothing to a
//! resource that does not need it.

use std::pin::Pin;
use std::sync::Arc;

pub use super::census::{Census, Entry, PortFuture};
use super::context::Context;
use super::phase::{Config, Plan, State};
use super::place::Place;
use super::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::raw::RawObject;
use crate::schema::Attribute;
use crate::value::Object;

/// What a creation comes to.
pub type CreateFuture<'a> = Pin<Box<dyn Future<Output = Result<Created, NotCreated>> + Send + 'a>>;

/// An object, or else the list that proves that there is none, where it is a list that does.
pub type FoundOrProven = Result<RawObject, Option<Arc<dyn Census>>>;

/// Why no object is known to have been created.
#[derive(Debug)]
pub enum NotCreated {
    /// Nothing was created.
    Refused(Diagnostics),
    /// No answer tells whether the object was created.
    Doubtful {
        /// What went wrong.
        reason: Diagnostics,
        /// Whether it hardly was.
        likely_not_done: bool,
    },
}

impl From<Diagnostics> for NotCreated {
    fn from(refused: Diagnostics) -> Self {
        Self::Refused(refused)
    }
}

/// Where a port puts what it finds, one item at a time. The answer is whether more is wanted.
pub type Emit<'a, T> = &'a (dyn Fn(T) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> + Send + Sync + 'a);

/// Makes the object to store of the object as it is. A refusal ends the update.
pub type Revise<'a> = &'a (dyn Fn(&RawObject) -> Result<RawObject, Diagnostics> + Send + Sync);

/// Where work under way says how far it is, one line at a time.
pub type Progress<'a> = &'a (dyn Fn(String) + Send + Sync);

/// What can be done to the objects of one managed resource type.
///
/// An error of `update` or `delete` means that the object may be as it was.
pub trait Remote: Send + Sync {
    /// Creates an object, with one attempt unless an earlier one certainly did nothing.
    fn create<'a>(&'a self, creation: Creation<'a>, context: &'a Context) -> CreateFuture<'a>;

    /// The name by which a listing knows the object of a plan. `None`: it has no name. A type whose
    /// objects have names must implement `list`, too: each creation first lists what is there, so
    /// that one without an answer can be looked for.
    fn name<'a>(&self, _plan: &'a Plan) -> Option<&'a str> {
        None
    }

    /// The object as it is now, or `None` when it is certain that there is none.
    fn load<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, Option<RawObject>>;

    /// The object if it is found now. That it is not found proves nothing, so less is asked for than by `load`.
    fn look<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        self.load(at, context)
    }

    /// The same as `load`. A list that was asked for in order to prove that there is no object answers other reads, too.
    fn load_or_prove<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, FoundOrProven> {
        Box::pin(async move { Ok(self.load(at, context).await?.ok_or(None)) })
    }

    /// All objects at this place, as of now. Reads that come together are answered from it, and what is not
    /// looked for by its identity is found in it. `None`: this type of object can't be listed.
    fn census<'a>(&'a self, _: &'a Place, _: &'a Context) -> Option<PortFuture<'a, Arc<dyn Census>>> {
        None
    }

    /// Loads the object, has it revised, and stores the whole result in its place. Before each
    /// repetition this begins anew, so that nothing is sent that was true a while ago. An object
    /// that the revision leaves as it is needs no call. The answer is `None` when it is certain
    /// that there is no such object.
    fn update<'a>(&'a self, at: &'a Place, revise: Revise<'a>, context: &'a Context)
    -> PortFuture<'a, Option<Updated>>;

    /// Deletes the object. That it is gone already is a success. The answer is what is worth telling of it all the
    /// same.
    fn delete<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, Diagnostics>;

    /// How a message names objects of this type: "MCP server".
    fn noun(&self) -> &'static str;

    /// How a message names the object: "MCP server MS…".
    fn describe(&self, at: &Place) -> String;

    /// What to try if an object that is to be imported does not exist, in whole sentences.
    fn import_advice(&self) -> &'static str {
        "Check the id, and where it is to be looked for."
    }

    /// What is odd or wrong about an import id, given the place that it led to.
    fn judge_import(&self, _id: &str, _at: &Place) -> Diagnostics {
        Diagnostics::none()
    }

    /// What an import id that a person wrote tells of its object: its identity, or other attributes by which a
    /// [`Census`] finds it. `None`: the parts of the identity, joined by `/`, are the only form.
    fn import(&self, _id: &str) -> Option<Result<Object, Diagnostics>> {
        None
    }

    /// Emits the objects that a listing asks for, until no more are wanted. Required if `name`
    /// answers one, or if the catalogue has a list resource of the type.
    fn list<'a>(&'a self, _: Listing<'a>, _found: Emit<'a, Listed>, _: &'a Context) -> PortFuture<'a, ()> {
        unsupported("listing")
    }

    /// Makes the further calls of an apply, such as to read a secret or to rotate it, after the
    /// object was stored. The answer holds the values of the attributes that are wanted.
    fn follow_up<'a>(&'a self, _: FollowUp<'a>, _: &'a Context) -> PortFuture<'a, Object> {
        Box::pin(async { Ok(Object::new()) })
    }

    /// Judges whether an object can be made as planned at the place that a replacement moves it to,
    /// before the old object is destroyed. An error refuses the plan; the answer holds warnings.
    fn before_replacement<'a>(
        &'a self,
        _at: &'a Place,
        _plan: &'a Plan,
        _context: &'a Context,
    ) -> PortFuture<'a, Diagnostics> {
        Box::pin(async { Ok(Diagnostics::none()) })
    }

    /// Judges a deletion before it happens, when it is planned and again when it is applied. An
    /// error refuses it; the answer holds warnings.
    fn before_destroy<'a>(
        &'a self,
        _at: &'a Place,
        _state: &'a State,
        _context: &'a Context,
    ) -> PortFuture<'a, Diagnostics> {
        Box::pin(async { Ok(Diagnostics::none()) })
    }
}

/// A data source with a table of its own.
pub trait Read: Send + Sync {
    /// All attributes of the table, for this configuration.
    fn read<'a>(&'a self, config: &'a Config, context: &'a Context) -> PortFuture<'a, Object>;
}

/// An ephemeral resource with a table of its own.
pub trait Open: Send + Sync {
    /// Opens it for this configuration.
    fn open<'a>(&'a self, config: &'a Config, context: &'a Context) -> PortFuture<'a, Opened>;

    /// Renews what was opened, before it expires.
    fn renew<'a>(&'a self, private: Vec<u8>, _context: &'a Context) -> PortFuture<'a, Renewed> {
        Box::pin(async { Ok(Renewed { renew_at: None, private }) })
    }

    /// Closes what was opened.
    fn close<'a>(&'a self, _private: Vec<u8>, _context: &'a Context) -> PortFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// An action.
pub trait Invoke: Send + Sync {
    /// Carries the action out.
    fn invoke<'a>(&'a self, invocation: Invocation<'a>) -> PortFuture<'a, ()>;
}

/// An invocation of an action.
pub struct Invocation<'a> {
    /// What the user wrote.
    pub config: &'a Config,
    /// Where to say how far the work is.
    pub progress: Progress<'a>,
    /// The session, for looking objects up.
    pub session: &'a Arc<Session>,
}

/// A creation.
pub struct Creation<'a> {
    /// Where the object is to be.
    pub at: &'a Place,
    /// What it is to be.
    pub plan: &'a Plan,
    /// The members to send.
    pub body: RawObject,
}

/// What is known of an object right after it was created.
#[derive(Clone, Debug, Default)]
pub struct Created {
    /// Attributes that the remote system assigned and told, its identity among them. May be empty
    /// if `object` holds them.
    pub assigned: Object,
    /// Values that are told only now, by attribute.
    pub told: Object,
    /// The object, if the answer holds it. Without it, the object is loaded.
    pub object: Option<RawObject>,
}

/// An object that was updated.
#[derive(Clone, Debug)]
pub struct Updated {
    /// The object that was revised.
    pub before: RawObject,
    /// The object as it was stored.
    pub stored: RawObject,
}

/// A listing.
pub struct Listing<'a> {
    /// Where to look.
    pub at: &'a Place,
    /// The whole configuration of the `list` block, filters included.
    pub config: &'a Config,
    /// How many objects are wanted at most. The engine counts, too; this saves pages.
    pub limit: usize,
    /// Whether there were objects before. Then an answer that says nothing at all is an error: it does
    /// not mean that there are none.
    pub had_objects: bool,
}

/// An object that was found by a listing.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The name that a person knows it by.
    pub name: String,
    /// The object as the remote system has it, or why this one can't be read.
    pub object: Result<RawObject, Diagnostics>,
}

/// The further calls of an apply.
pub struct FollowUp<'a> {
    /// Where the object is.
    pub at: &'a Place,
    /// The state before; `None` after a creation.
    pub prior: Option<&'a State>,
    /// The plan that is being applied.
    pub plan: &'a Plan,
    /// The attributes whose values are wanted.
    pub wanted: &'a [&'static Attribute],
}

/// What was opened.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// All attributes of the table.
    pub object: Object,
    /// When it has to be renewed.
    pub renew_at: Option<std::time::SystemTime>,
    /// What is needed to renew and close it.
    pub private: Vec<u8>,
}

/// What was renewed.
#[derive(Clone, Debug, Default)]
pub struct Renewed {
    /// When it has to be renewed again.
    pub renew_at: Option<std::time::SystemTime>,
    /// What is needed to renew and close it.
    pub private: Vec<u8>,
}

fn unsupported<'a, T: Send + 'a>(what: &'static str) -> PortFuture<'a, T> {
    Box::pin(async move {
        let detail = format!("This type of object does not support {what}.");
        Err(Diagnostic::error("Not supported", detail).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::summaries;

    #[tokio::test]
    async fn what_a_type_of_object_does_not_support_is_an_error() {
        let refused = unsupported::<()>("listing").await.unwrap_err();
        assert_eq!(summaries(&refused), ["Not supported"]);
        assert!(matches!(NotCreated::from(refused), NotCreated::Refused(said) if said.has_errors()));
    }
}
