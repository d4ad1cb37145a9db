// SPDX-License-Identifier: Apache-2.0

//! Importing: finds an object by what a person wrote, or by an identity. The read that follows
//! fills in the rest.

use super::{Lifecycle, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::steps::identity;
use crate::engine::{Place, State};
use crate::value::Object;

impl Lifecycle {
    /// Finds the object of an import id.
    pub async fn import(&self, id: &str) -> Outcome {
        let context = self.searching();
        let by = match self.remote.import(id) {
            Some(by) => by,
            None => identity::parse(self.resource, id).map(|place| place.object()),
        };
        let found = match by {
            Ok(by) => self.sought(&by, true, &context).await.map(|(at, _)| at),
            Err(malformed) => Err(malformed),
        };
        let judged = found.map(|at| (self.remote.judge_import(id, &at), at));
        match judged {
            Ok((said, _)) if said.has_errors() => Outcome::with(None, said),
            Ok((said, at)) => Outcome { diagnostics: said, ..self.stub(Ok(at)) },
            Err(failed) => self.stub(Err(failed)),
        }
    }

    /// Finds the object of an identity. Parts that may be left out are the provider's.
    pub async fn import_identified(&self, identity: &Object) -> Outcome {
        let place = self.place(identity);
        let context = self.searching();
        let whole = identity::must_be_whole(self.resource.table, &place);
        let found = match whole.and_then(|()| self.has_form(&place)) {
            Ok(()) => self.sought(&place.object(), true, &context).await.map(|(at, _)| at),
            Err(failed) => Err(failed),
        };
        self.stub(found)
    }

    /// Fails if a part of an identity can't be what it is to be: then nothing of that id needs to be looked for.
    fn has_form(&self, place: &Place) -> Result<(), Diagnostics> {
        for row in self.resource.table.attributes.iter().filter(|row| row.adopts) {
            let text = place.get(row.name).unwrap_or_default();
            let told = row.checks.iter().find_map(|check| (check.judge)(text).refusal().map(str::to_owned));
            if let Some(reason) = told {
                let detail = format!("`{}` in the identity: {reason}", row.name);
                return Err(Diagnostic::error("Malformed identity", detail).into());
            }
        }
        Ok(())
    }

    /// The stub of an object that was found.
    fn stub(&self, found: Result<Place, Diagnostics>) -> Outcome {
        match found {
            Ok(place) => {
                let place = self.place(&place.object());
                // If it was found for a doubt, the read that follows says so.
                self.session.history.claims.own(self.resource.type_name, &place);
                Outcome::done(Some(State::stub(self.resource.table, place.object())))
            }
            Err(failed) => Outcome::with(None, failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::library::{BOOK, Bench, object, summaries};
    use crate::value::Value;

    #[tokio::test]
    async fn an_import_id_is_the_identity_and_the_provider_fills_in_its_part() {
        let bench = Bench::new();
        let outcome = bench.of(&BOOK).import("B1/7").await;
        let state = outcome.state.unwrap();
        assert_eq!(
            (state.get("city"), state.get("branch_id"), state.get("id")),
            (&"Ulm".into(), &"B1".into(), &"7".into())
        );
        assert_eq!(state.get("deletion_protection"), &Value::Bool(false), "a local default needs no first apply");
        let state = bench.of(&BOOK).import("Bonn/B1/7").await.state.unwrap();
        assert_eq!(state.get("city"), &"Bonn".into());
    }

    #[tokio::test]
    async fn a_malformed_import_id_is_refused_with_the_form() {
        let bench = Bench::new();
        for id in ["7", "a/b/c/d", "", "B1/", "/7"] {
            let outcome = bench.of(&BOOK).import(id).await;
            let message = outcome.diagnostics.iter().next().unwrap();
            assert!(message.detail.contains("CITY/BRANCH_ID/ID"), "{id:?}: {message:?}");
        }
    }

    #[tokio::test]
    async fn an_identity_has_to_tell_what_the_provider_does_not_know() {
        let bench = Bench::new();
        let outcome =
            bench.of(&BOOK).import_identified(&object([("branch_id", "B1".into()), ("id", "7".into())])).await;
        assert_eq!(outcome.state.unwrap().get("city"), &"Ulm".into());
        let outcome = bench.of(&BOOK).import_identified(&object([("id", "7".into())])).await;
        assert_eq!(summaries(&outcome.diagnostics), ["Incomplete identity"]);
    }
}
