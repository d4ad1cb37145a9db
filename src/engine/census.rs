// SPDX-License-Identifier: Apache-2.0

//! All objects of one place, as one answer has them. Many reads are answered from it, and look-ups search it.
//! `provider` makes one by declaring how to list; it comes by way of `ports`, and `shared_reads` and
//! `lifecycle` use it.

use std::pin::Pin;

use super::context::Context;
use super::place::Place;
use crate::diag::Diagnostics;
use crate::raw::{RawObject, RawView};
use crate::value::Object;

/// What a call to a remote system comes to.
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Diagnostics>> + Send + 'a>>;

/// All objects of one place, as one answer has them.
pub trait Census: Send + Sync {
    /// What it says of the object at this place.
    fn entry(&self, at: &Place) -> Entry<'_>;

    /// Asks for the object at a place that is lacking: the object if it is there after all, or `None` when it
    /// is certain that there is none. The census counts for the proof.
    fn confirm<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, Option<RawObject>>;

    /// Finds the one object that has these attributes, which are not its identity.
    fn find(&self, by: &Object) -> Result<Place, Diagnostics>;

    /// A read was answered by it without a request.
    fn answered(&self) {}
}

/// What a census says of one object.
#[derive(Debug)]
pub enum Entry<'a> {
    /// It is this.
    Object(RawView<'a>),
    /// It is there, and can't be read here.
    Unreadable,
    /// It is not there.
    Lacking,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, Bench, object};

    #[tokio::test]
    async fn a_census_says_what_is_there_and_looks_again_for_what_is_not() {
        let bench = Bench::new();
        bench.store().plant("B4", r#"{"id":"B4","name":"Main"}"#);
        let at = |id: &str| Place::new([("city", "Ulm".to_owned()), ("id", id.to_owned())]);
        let context = bench.session.context();
        let remote = BRANCH.remote.open(bench.session.connection()).unwrap();
        let census = remote.census(&at(""), context).unwrap().await.unwrap();
        assert!(matches!(census.entry(&at("B4")), Entry::Object(_)));
        assert!(matches!(census.entry(&at("B5")), Entry::Lacking));
        assert_eq!(census.find(&object([("name", "Main".into())])).unwrap(), at("B4"));
        assert!(census.confirm(&at("B5"), context).await.unwrap().is_none());
        bench.store().plant("B5", r#"{"id":"B5","name":"New"}"#);
        assert!(census.confirm(&at("B5"), context).await.unwrap().is_some());
        assert!(matches!(census.entry(&at("B5")), Entry::Lacking), "it is as it was");
    }
}
