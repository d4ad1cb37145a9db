// SPDX-License-Identifier: Apache-2.0

//! Which of its two plannings a CLI is at. It plans each change again while it applies, when more is
//! known, and ends the run in words of its own if the two differ. A place that was unknown and turns
//! out to be another one would do that, once for each attribute of the object, so the second planning
//! refuses it before.
//!
//! Newer CLIs hand on what the first planning remembered. Older ones ask for both in the same way; but
//! the first comes right after a look at the object, and the second does not. So without such a look
//! no object is replaced for its place.

use super::{Lifecycle, Planned};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::memory::Memory;
use crate::engine::steps::adoption;
use crate::engine::steps::managed::{left_behind, released};
use crate::engine::{Config, State};
use crate::schema::Attribute;
use crate::value::{Path, Value};

/// What the CLI tells of which planning it is at.
#[derive(Clone, Copy, Debug)]
pub enum Round<'a> {
    /// It would hand on what a first planning remembered, and this is that.
    Told(&'a [u8]),
    /// Nothing.
    Untold,
}

impl Lifecycle {
    /// Plans a creation (`prior` is `None`) or a change of an object, in whichever planning this is.
    pub async fn plan_in(&self, round: Round<'_>, prior: Option<&State>, config: &Config, memory: &Memory) -> Planned {
        match (round, prior) {
            (Round::Told(planned), Some(own)) => {
                let memory = Memory { assumed: Memory::read(planned).assumed, ..memory.clone() };
                let made = self.plan_and_judge(prior, config, &memory).await;
                if planned.is_empty() { self.telling_unmanaged(made, own, config, &memory) } else { made }
            }
            (Round::Untold, Some(own)) => match self.moves_unseen(own, config) {
                refused if refused.has_errors() => {
                    Planned { plan: None, replace: Vec::new(), diagnostics: refused, memory: None }
                }
                _ => {
                    let made = self.plan_and_judge(prior, config, memory).await;
                    let seen = self.session.history.seen.has(self.resource.type_name, &self.place(own.object()));
                    if seen { self.telling_unmanaged(made, own, config, memory) } else { made }
                }
            },
            (_, None) => self.plan_and_judge(prior, config, memory).await,
        }
    }

    /// The plan, with what it says of attributes that the configuration has ceased to manage, or that a
    /// new object won't have. Only the first planning says it, since the CLI shows what both say.
    fn telling_unmanaged(&self, mut planned: Planned, prior: &State, config: &Config, memory: &Memory) -> Planned {
        // Of what may not exist nothing is known.
        if planned.plan.is_none() || memory.doubt.is_some() {
            return planned;
        }
        let table = self.resource.table;
        let told = if planned.replace.is_empty() {
            let what = self.remote.describe(&self.place(prior.object()));
            released(table, &memory.managed, prior, config, &what)
        } else if adoption::adopts(self.resource, config).is_some() {
            // The other object exists, and keeps what it has.
            None
        } else {
            left_behind(table, prior, config)
        };
        told.into_iter().for_each(|message| planned.diagnostics.push(message));
        planned
    }

    /// Refuses to replace an object for its place if nobody has looked at it in this run.
    fn moves_unseen(&self, prior: &State, config: &Config) -> Diagnostics {
        let type_name = self.resource.type_name;
        let differs = |row: &&Attribute| {
            let (own, now) = (prior.get(row.name), config.get(row.name));
            row.replaces && !own.is_null() && now.as_str().is_some() && now != own
        };
        let Some(row) = self.resource.table.identity().find(differs) else { return Diagnostics::none() };
        let at = self.place(prior.object());
        if self.session.history.seen.has(type_name, &at) {
            return Diagnostics::none();
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let detail = format!(
            "{} has `{2}` {1:?}, and the configuration says {3:?}. Nothing was done to it. If `{2}` was not known when \
             the plan was made, the plan assumed that it stays, and it has turned out to be another one: plan again to \
             see what that means. If this is a plan with `-refresh=false`, make it with a refresh: an object is not \
             destroyed for one at another place by a plan that did not look at it.",
            self.remote.describe(&at),
            text(prior.get(row.name)),
            row.name,
            text(config.get(row.name)),
        );
        Diagnostic::error("Another identity than planned", detail).at(Path::of(row.name)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{BRANCH, Bench, config, object, summaries};

    fn main() -> State {
        State::stub(BRANCH.table, object([("id", "B1".into()), ("city", "Ulm".into()), ("name", "Main".into())]))
    }

    fn in_city(city: Value) -> Config {
        config([("name", "Main".into()), ("city", city)])
    }

    #[tokio::test]
    async fn an_object_is_not_replaced_for_its_place_without_a_look_at_it() {
        let bench = Bench::new();
        bench.store().plant("B1", r#"{"id":"B1","name":"Main"}"#);
        let (lifecycle, bonn) = (bench.of(&BRANCH), in_city("Bonn".into()));
        let planned = async || lifecycle.plan_in(Round::Untold, Some(&main()), &bonn, &Memory::default()).await;
        let unseen = planned().await;
        assert_eq!(summaries(&unseen.diagnostics), ["Another identity than planned"]);
        assert!(unseen.plan.is_none() && unseen.replace.is_empty());
        lifecycle.read(&main(), &Memory::default()).await;
        assert_eq!(planned().await.replace, [Path::of("city")]);
        // What stays needs no look.
        for city in [Value::Null, "Ulm".into(), Value::unknown()] {
            let planned = bench.again().of(&BRANCH);
            let planned = planned.plan_in(Round::Untold, Some(&main()), &in_city(city), &Memory::default()).await;
            assert!(!planned.diagnostics.has_errors() && planned.replace.is_empty());
        }
    }

    #[tokio::test]
    async fn what_a_first_planning_assumed_is_held_against_the_second() {
        let bench = Bench::new();
        let lifecycle = bench.of(&BRANCH);
        let planned = async |kept: &[u8], city: Value| {
            lifecycle.plan_in(Round::Told(kept), Some(&main()), &in_city(city), &Memory::default()).await
        };
        let first = planned(b"", Value::unknown()).await;
        let kept = first.memory.unwrap().write();
        let second = planned(&kept, "Bonn".into()).await;
        assert_eq!(summaries(&second.diagnostics), ["Another identity than planned"]);
        assert!(!planned(&kept, "Ulm".into()).await.diagnostics.has_errors());
        // Without an assumption, it is a first planning, and no look is needed to tell.
        assert_eq!(planned(b"", "Bonn".into()).await.replace, [Path::of("city")]);
    }

    /// A branch that was created with a motto, and what is remembered of it.
    async fn with_a_motto(bench: &Bench) -> (State, Memory) {
        let (lifecycle, config) = (bench.of(&BRANCH), config([("name", "Main".into()), ("motto", "Read".into())]));
        let planned = lifecycle.plan(None, &config, &Memory::default());
        let created = lifecycle.create(&planned.plan.unwrap(), &config, &planned.memory.unwrap()).await;
        (created.state.unwrap(), created.memory.unwrap())
    }

    #[tokio::test]
    async fn what_is_no_longer_managed_is_told_until_a_change_is_applied() {
        let bench = Bench::new();
        let (state, memory) = with_a_motto(&bench).await;
        let bench = bench.again();
        let lifecycle = bench.of(&BRANCH);
        let told = async |name: &str, memory: &Memory| {
            let config = config([("name", name.into())]);
            let planned = lifecycle.plan_in(Round::Told(b""), Some(&state), &config, memory).await;
            (summaries(&planned.diagnostics).contains(&"No longer managed here"), planned.plan.unwrap())
        };
        // Nothing changes, so nothing is applied and stored: the next plan says it once more.
        let (said, plan) = told("Main", &memory).await;
        assert!(said && plan.object() == state.object());
        assert!(told("Main", &memory).await.0);
        let (said, plan) = told("North", &memory).await;
        assert!(said);
        let outcome = lifecycle.update(&state, &plan, &config([("name", "North".into())]), &memory).await;
        assert_eq!(bench.store().text("B1"), r#"{"name":"North","motto":"Read","id":"B1"}"#);
        assert!(!told("North", &outcome.memory.unwrap()).await.0);
        // What was never applied here was not managed, as after an import.
        assert!(!told("Main", &Memory::default()).await.0);
    }

    #[tokio::test]
    async fn what_is_no_longer_managed_is_told_by_the_first_planning_and_of_what_is_kept() {
        let bench = Bench::new();
        let (state, memory) = with_a_motto(&bench).await;
        let bench = bench.again();
        let lifecycle = bench.of(&BRANCH);
        let told = async |round: Round<'_>, city: Value, memory: &Memory| {
            let config = config([("name", "Main".into()), ("city", city)]);
            let planned = lifecycle.plan_in(round, Some(&state), &config, memory).await;
            summaries(&planned.diagnostics).contains(&"No longer managed here")
        };
        let kept = memory.write();
        assert!(told(Round::Told(b""), Value::Null, &memory).await);
        assert!(!told(Round::Told(&kept), Value::Null, &memory).await, "the second planning");
        assert!(!told(Round::Untold, Value::Null, &memory).await, "no look, so it may be the second");
        lifecycle.read(&state, &memory).await;
        assert!(told(Round::Untold, Value::Null, &memory).await);
        assert!(!told(Round::Untold, "Bonn".into(), &memory).await, "a new object takes its place");
        let doubtful = Memory { doubt: Some(Default::default()), ..memory.clone() };
        assert!(!told(Round::Untold, Value::Null, &doubtful).await);
    }

    #[tokio::test]
    async fn what_a_new_object_lacks_is_told_by_the_first_planning_of_a_replacement() {
        let bench = Bench::new();
        let (state, memory) = with_a_motto(&bench).await;
        let bench = bench.again();
        let lifecycle = bench.of(&BRANCH);
        let told = async |kept: &[u8], config: Config, memory: &Memory| {
            let planned = lifecycle.plan_in(Round::Told(kept), Some(&state), &config, memory).await;
            let own = planned.diagnostics.iter().find(|told| told.summary == "Not carried over to the new object");
            own.map(|told| told.detail.clone())
        };
        let moved = || in_city("Bonn".into());
        let lost = "here: `motto`, `reading_room.open`. Set them to keep them.";
        assert!(told(b"", moved(), &memory).await.unwrap().ends_with(lost));
        assert_eq!(told(b"", in_city(Value::Null), &memory).await, None, "a change in place");
        assert_eq!(told(&memory.write(), moved(), &memory).await, None, "the second planning");
        let room = Value::Object(object([("open", false.into())]));
        let own = [("name", "Main".into()), ("city", "Bonn".into()), ("motto", "Read".into()), ("reading_room", room)];
        let all = config(own);
        assert_eq!(told(b"", all, &memory).await, None, "all is managed");
        let doubtful = Memory { doubt: Some(Default::default()), ..memory.clone() };
        assert_eq!(told(b"", moved(), &doubtful).await, None);
    }
}
