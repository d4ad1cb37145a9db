// SPDX-License-Identifier: Apache-2.0

//! Looking an object up that is not managed here: a data source or ephemeral resource that is
//! derived from a managed resource type.

use std::sync::Arc;

use super::{Lifecycle, Outcome};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::lookup_table::LookUp;
use crate::engine::memory::Memory;
use crate::engine::{Config, Session};
use crate::value::{Object, Path};

/// All attributes of the look-up's table, for the object that a configuration finds.
pub async fn look_up(
    look_up: &LookUp,
    session: &Arc<Session>,
    config: &Config,
) -> Result<(Option<Object>, Diagnostics), Diagnostics> {
    let Outcome { state, diagnostics, .. } =
        Lifecycle::new(look_up.resource, session)?.look_up(config, look_up.found_by).await?;
    let rows = look_up.table().attributes;
    let part = |mut object: Object| rows.iter().filter_map(|row| Some((row.name, object.remove(row.name)?))).collect();
    Ok((state.map(|state| part(state.object().clone())), diagnostics))
}

impl Lifecycle {
    async fn look_up(&self, config: &Config, found_by: &[&'static str]) -> Result<Outcome, Diagnostics> {
        let context = self.searching();
        let (at, loaded) = match self.sought(config.object(), self.session.history.seen.is_any(), &context).await? {
            (at, Some(entry)) => (at, Some(entry)),
            (at, None) => {
                let loaded = self.look_at(&at, &context).await?;
                let loaded = self.waited_for(loaded, &at, &Memory::default(), &context).await?;
                (at, loaded)
            }
        };
        match loaded {
            Some(loaded) => Ok(self.placed(&at, &loaded.view())),
            None => {
                let given = found_by.iter().find(|name| !config.get(name).is_null());
                let wrong = given.into_iter().copied().chain(self.resource.table.places().map(|row| row.name));
                let wrong = wrong.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
                let detail = format!("{} does not exist. Check {wrong}.", self.remote.describe(&at));
                let message = Diagnostic::error("Not found", detail);
                Err(given.map_or(message.clone(), |name| message.at(Path::of(name))).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BOOK, BRANCH, Bench, config, summaries};

    static BRANCHES: LookUp = LookUp::new(&BRANCH, &["id", "name"]);
    static BOOKS: LookUp = LookUp::new(&BOOK, &["id"]);

    #[tokio::test]
    async fn an_object_is_found_by_any_of_its_finders() {
        let bench = Bench::new();
        bench.store().plant("B4", r#"{"id":"B4","name":"Main","motto":"Read"}"#);
        for by in [config([("id", "B4".into())]), config([("name", "Main".into())])] {
            let (object, said) = look_up(&BRANCHES, &bench.session, &by).await.unwrap();
            let object = object.unwrap();
            assert!(said == Diagnostics::none());
            assert_eq!((&object["id"], &object["motto"]), (&"B4".into(), &"Read".into()));
            assert_eq!(object["page_url"], "https://library.example/Ulm/B4".into());
            assert!(!object.contains_key("opened_by"), "nothing tells it");
        }
    }

    #[tokio::test]
    async fn without_a_port_for_finding_the_identity_finds() {
        let bench = Bench::new();
        bench.store().plant("7", r#"{"id":"7","branch":"B1","title":"Emma"}"#);
        let by = config([("branch_id", "B1".into()), ("id", "7".into())]);
        let (object, _) = look_up(&BOOKS, &bench.session, &by).await.unwrap();
        assert_eq!(object.unwrap()["title"], "Emma".into());
    }

    #[tokio::test]
    async fn what_is_not_there_is_an_error_at_what_was_given() {
        let bench = Bench::new();
        let failed = look_up(&BRANCHES, &bench.session, &config([("id", "B4".into())])).await.unwrap_err();
        assert_eq!(summaries(&failed), ["Not found"]);
        let told = failed.iter().next().unwrap();
        assert_eq!(
            (&told.path, told.detail.as_str()),
            (&Some(Path::of("id")), "branch B4 does not exist. Check `id` and `city`.")
        );
        let failed = look_up(&BRANCHES, &bench.session, &config([("name", "None".into())])).await.unwrap_err();
        let told = failed.iter().next().unwrap();
        assert_eq!((&told.path, told.summary.as_str()), (&Some(Path::of("name")), "No branch of that name"));
    }
}
