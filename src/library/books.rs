// SPDX-License-Identifier: Apache-2.0

//! What can be done to books. Their creation answers the number and an access code, which no later
//! call tells, and further calls renew that code.

use std::sync::{Arc, Mutex};

use super::store::{Store, update};
use super::town::{Town, object};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::ports::{
    CreateFuture, Created, Creation, Emit, FollowUp, Listed, Listing, PortFuture, Remote, Revise, Updated,
};
use crate::engine::{Context, Place, Plan, State};
use crate::raw::{RawObject, to_raw};
use crate::value::{Object, Value};

pub(super) struct Books(Arc<Mutex<Store>>);

impl From<Arc<Town>> for Books {
    fn from(town: Arc<Town>) -> Self {
        Self(town.store.clone())
    }
}

fn id(at: &Place) -> &str {
    at.get("id").unwrap_or_default()
}

impl Remote for Books {
    fn create<'a>(&'a self, creation: Creation<'a>, _: &'a Context) -> CreateFuture<'a> {
        Box::pin(async move {
            let created = {
                let mut store = self.0.lock().unwrap();
                store.call("create", creation.at.get("branch_id").unwrap_or_default())?;
                store.lose_answer("", &creation.body)?;
                let mut body = creation.body;
                body.set("edition", to_raw(&1));
                let (id, _) = store.create("", body);
                let id = store.answered.pop().map_or(id, str::to_owned);
                let told = match store.failing.contains(&"secret") {
                    true => Object::new(),
                    false => object([("access_code", Value::string(store.new_code()))]),
                };
                Created { assigned: object([("id", Value::string(id))]), told, object: None }
            };
            // The object is there, and its answer on its way.
            tokio::task::yield_now().await;
            Ok(created)
        })
    }

    fn load<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move {
            let found = {
                let mut store = self.0.lock().unwrap();
                store.call("load", id(at))?;
                store.find(id(at))
            };
            tokio::task::yield_now().await;
            Ok(found)
        })
    }

    fn look<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move {
            let mut store = self.0.lock().unwrap();
            store.call("look", id(at))?;
            Ok(store.find(id(at)))
        })
    }

    fn update<'a>(&'a self, at: &'a Place, revise: Revise<'a>, _: &'a Context) -> PortFuture<'a, Option<Updated>> {
        Box::pin(async move {
            let next_edition = |before: &RawObject| {
                let mut body = revise(before)?;
                let edition = body.scalar::<i64>("edition", "a number").ok().flatten().unwrap_or(0);
                body.set("edition", to_raw(&(edition + 1)));
                Ok(body)
            };
            update(&self.0, id(at), &next_edition).await
        })
    }

    fn delete<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Diagnostics> {
        Box::pin(async move {
            let mut store = self.0.lock().unwrap();
            store.call("delete", id(at))?;
            store.objects.remove(id(at));
            Ok(store.told_of_deletions.clone())
        })
    }

    fn name<'a>(&self, plan: &'a Plan) -> Option<&'a str> {
        plan.get("title").as_str()
    }

    fn noun(&self) -> &'static str {
        "book"
    }

    fn describe(&self, at: &Place) -> String {
        format!("book {}", id(at))
    }

    fn follow_up<'a>(&'a self, follow_up: FollowUp<'a>, _: &'a Context) -> PortFuture<'a, Object> {
        Box::pin(async move {
            let mut store = self.0.lock().unwrap();
            let wanted: Vec<&str> = follow_up.wanted.iter().map(|row| row.name).collect();
            let renewed =
                follow_up.prior.is_some_and(|prior| prior.get("code_version") != follow_up.plan.get("code_version"));
            store.call(
                if renewed { "rotate" } else { "secret" },
                &format!("{} {}", id(follow_up.at), wanted.join(",")),
            )?;
            let code = if renewed { store.new_code() } else { store.code() };
            Ok(object([("access_code", Value::string(code)), ("title", "not asked for".into())]))
        })
    }

    fn before_destroy<'a>(&'a self, at: &'a Place, _: &'a State, _: &'a Context) -> PortFuture<'a, Diagnostics> {
        Box::pin(async move {
            let mut store = self.0.lock().unwrap();
            store.call("readers", id(at))?;
            match store.lent {
                0 => Ok(Diagnostics::none()),
                lent @ 1..=9 => Ok(Diagnostic::warning("The book is lent", format!("{lent} readers lose it.")).into()),
                lent => Err(Diagnostic::error("The book is lent", format!("{lent} readers are too many.")).into()),
            }
        })
    }

    fn list<'a>(&'a self, listing: Listing<'a>, found: Emit<'a, Listed>, _: &'a Context) -> PortFuture<'a, ()> {
        Box::pin(async move {
            self.0.lock().unwrap().call("list", listing.at.get("branch_id").unwrap_or_default())?;
            // As a network does, it lets others go on.
            tokio::task::yield_now().await;
            let books: Vec<RawObject> = self.0.lock().unwrap().visible();
            let text = |book: &RawObject, key| book.scalar::<String>(key, "text").ok().flatten().unwrap_or_default();
            for book in books {
                let wanted = listing.config.get("author").as_str().is_none_or(|author| text(&book, "author") == author);
                let title = text(&book, "title");
                let torn = self.0.lock().unwrap().torn.contains(&title.as_str());
                let object = if torn {
                    Err(Diagnostic::error("The book is torn", "Nobody can read it.").into())
                } else {
                    Ok(book)
                };
                if wanted && !found(Listed { name: title, object }).await {
                    break;
                }
            }
            Ok(())
        })
    }
}
