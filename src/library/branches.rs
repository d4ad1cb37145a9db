// SPDX-License-Identifier: Apache-2.0

//! What can be done to branches. Their creation answers the whole object.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::store::{Store, update};
use super::town::Town;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::ports::{Census, CreateFuture, Created, Creation, Entry, PortFuture, Remote, Revise, Updated};
use crate::engine::{Context, Place, Plan};
use crate::raw::RawObject;
use crate::value::Object;

pub(super) struct Branches(Arc<Mutex<Store>>);

impl From<Arc<Town>> for Branches {
    fn from(town: Arc<Town>) -> Self {
        Self(town.store.clone())
    }
}

fn id(at: &Place) -> &str {
    at.get("id").unwrap_or_default()
}

impl Remote for Branches {
    fn create<'a>(&'a self, creation: Creation<'a>, _: &'a Context) -> CreateFuture<'a> {
        Box::pin(async move {
            let mut store = self.0.lock().unwrap();
            store.call("create", creation.at.get("city").unwrap_or_default())?;
            store.lose_answer("B", &creation.body)?;
            let (_, object) = store.create("B", creation.body);
            Ok(Created { object: Some(object), ..Created::default() })
        })
    }

    fn load<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move {
            let mut store = self.0.lock().unwrap();
            store.call("load", id(at))?;
            Ok(store.find(id(at)))
        })
    }

    fn update<'a>(&'a self, at: &'a Place, revise: Revise<'a>, _: &'a Context) -> PortFuture<'a, Option<Updated>> {
        Box::pin(update(&self.0, id(at), revise))
    }

    fn delete<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Diagnostics> {
        Box::pin(async move {
            let mut store = self.0.lock().unwrap();
            store.call("delete", id(at))?;
            store.objects.remove(id(at));
            Ok(store.told_of_deletions.clone())
        })
    }

    fn before_replacement<'a>(&'a self, at: &'a Place, _: &'a Plan, _: &'a Context) -> PortFuture<'a, Diagnostics> {
        Box::pin(async move {
            self.0.lock().unwrap().call("visit", at.get("city").unwrap_or_default())?;
            Ok(Diagnostics::none())
        })
    }

    fn noun(&self) -> &'static str {
        "branch"
    }

    fn describe(&self, at: &Place) -> String {
        format!("branch {}", id(at))
    }

    fn census<'a>(&'a self, at: &'a Place, context: &'a Context) -> Option<PortFuture<'a, Arc<dyn Census>>> {
        Some(Box::pin(async move {
            self.0.lock().unwrap().call("census", at.get("city").unwrap_or_default())?;
            if self.0.lock().unwrap().no_list {
                let limit = context.dispensable().unwrap_or(Duration::MAX);
                context.pause(limit, "listing").await?;
                return Err(Diagnostic::error("No answer", "The list took too long.").into());
            }
            let held = self.0.lock().unwrap().held;
            match held.is_zero() {
                // As a network does, it lets others go on.
                true => tokio::task::yield_now().await,
                false => context.pause(held, "listing").await?,
            }
            let store = self.0.lock().unwrap();
            let city = at.get("city").unwrap_or_default().to_owned();
            Ok(Arc::new(Register { store: self.0.clone(), city, branches: store.listed() }) as Arc<dyn Census>)
        }))
    }
}

/// The branches of a city, as a list had them.
struct Register {
    store: Arc<Mutex<Store>>,
    city: String,
    branches: BTreeMap<String, RawObject>,
}

impl Census for Register {
    fn entry(&self, at: &Place) -> Entry<'_> {
        self.branches.get(id(at)).map_or(Entry::Lacking, |branch| Entry::Object(branch.view()))
    }

    fn confirm<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move {
            let mut store = self.store.lock().unwrap();
            store.call("confirm", id(at))?;
            Ok(store.find(id(at)))
        })
    }

    fn find(&self, by: &Object) -> Result<Place, Diagnostics> {
        let name = by.get("name").and_then(|value| value.as_str()).unwrap_or_default();
        let named =
            |object: &RawObject| object.scalar::<String>("name", "text").ok().flatten().as_deref() == Some(name);
        let found = self.branches.iter().find(|(_, object)| named(object)).map(|(id, _)| id.clone());
        let missing = || Diagnostic::error("No branch of that name", format!("No branch is named {name:?}.")).into();
        found.map(|id| Place::new([("city", self.city.clone()), ("id", id)])).ok_or_else(missing)
    }
}
