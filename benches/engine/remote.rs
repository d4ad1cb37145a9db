// SPDX-License-Identifier: Apache-2.0

//! A made-up remote system behind the real resource: it has one text for each server, and reads it anew
//! for each answer, as the client does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::value::RawValue;
use terraform_provider_descope::diag::{Diagnostic, Diagnostics};
use terraform_provider_descope::engine::port::Port;
use terraform_provider_descope::engine::ports::{
    Census, CreateFuture, Created, Creation, Emit, Entry, Listed, Listing, PortFuture, Remote, Revise, Updated,
};
use terraform_provider_descope::engine::{Catalogue, Config, Connection, Context, ManagedResource, Place, Provider};
use terraform_provider_descope::provider::{Descope, Environment};
use terraform_provider_descope::raw::{RawObject, RawView, to_raw};
use terraform_provider_descope::value::Object;

/// The servers' texts by id.
#[derive(Default)]
pub struct Store(Mutex<HashMap<String, Box<RawValue>>>);

/// The provider: the real tables over a [`Store`].
pub struct OverStore {
    catalogue: &'static Catalogue,
    store: Arc<Store>,
}

/// The servers of a store.
struct Servers(Arc<Store>);

/// All of them, as they were when they were asked for.
struct List {
    texts: HashMap<String, Box<RawValue>>,
    store: Arc<Store>,
}

/// The id of a server that is created.
pub const ID: &str = "MS000000";

impl Store {
    fn texts(&self) -> MutexGuard<'_, HashMap<String, Box<RawValue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text of a server.
    pub fn text(&self, id: &str) -> Option<String> {
        self.texts().get(id).map(|text| text.get().to_owned())
    }

    /// Stores a server.
    pub fn put(&self, id: &str, text: String) -> Result<(), serde_json::Error> {
        self.texts().insert(id.to_owned(), RawValue::from_string(text)?);
        Ok(())
    }

    fn object(&self, at: &Place) -> Option<RawObject> {
        let texts = self.texts();
        RawObject::parse(texts.get(at.get("id")?)?).ok()
    }

    fn keep(&self, id: &str, object: &RawObject) {
        self.texts().insert(id.to_owned(), object.to_raw());
    }
}

impl OverStore {
    pub fn new(store: Arc<Store>) -> Option<Self> {
        let real = Descope::new(Environment::default()).catalogue();
        let server = real.resources.first()?;
        let resource: &'static ManagedResource = Box::leak(Box::new(ManagedResource {
            remote: Port::<dyn Remote>::over::<Store, Servers>(),
            type_name: server.type_name,
            docs: server.docs,
            table: server.table,
            upgrades: server.upgrades,
            rules: server.rules,
            creation_rules: server.creation_rules,
            destroy_rules: server.destroy_rules,
            timeouts: server.timeouts,
        }));
        let catalogue = Box::leak(Box::new(Catalogue {
            docs: real.docs,
            table: real.table,
            resources: vec![resource].leak(),
            data_sources: &[],
            ephemeral_resources: &[],
            list_resources: &[],
            actions: &[],
            functions: &[],
        }));
        Some(Self { catalogue, store })
    }

    /// The resource.
    pub fn resource(&self) -> Option<&'static ManagedResource> {
        self.catalogue.resources.first().copied()
    }
}

impl Provider for OverStore {
    fn catalogue(&self) -> &'static Catalogue {
        self.catalogue
    }

    fn configure(&self, _: &Config) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(self.store.clone())
    }
}

impl Connection for Store {
    fn lookup(&self, name: &str, _: &Place) -> Option<String> {
        match name {
            "project_id" => Some("P2abcdefghijklmnopqrstuvwxyz".to_owned()),
            "base_url" => Some("https://api.descope.com".to_owned()),
            _ => None,
        }
    }

    fn undecided(&self, _: &Place) -> Option<&'static str> {
        None
    }

    fn writes(&self) -> u64 {
        0
    }

    fn faults(&self) -> Diagnostics {
        Diagnostics::none()
    }
}

impl From<Arc<Store>> for Servers {
    fn from(store: Arc<Store>) -> Self {
        Self(store)
    }
}

fn ready<'a, T: Send + 'a>(answer: Result<T, Diagnostics>) -> PortFuture<'a, T> {
    Box::pin(std::future::ready(answer))
}

impl Census for List {
    fn entry(&self, at: &Place) -> Entry<'_> {
        match at.get("id").and_then(|id| self.texts.get(id)) {
            Some(text) => RawView::parse(text).map_or(Entry::Unreadable, Entry::Object),
            None => Entry::Lacking,
        }
    }

    fn confirm<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        ready(Ok(self.store.object(at)))
    }

    fn find(&self, _: &Object) -> Result<Place, Diagnostics> {
        Err(Diagnostic::error("Not found", "Nobody looks for a name here.").into())
    }
}

impl Remote for Servers {
    fn create<'a>(&'a self, creation: Creation<'a>, _: &'a Context) -> CreateFuture<'a> {
        let mut object = creation.body;
        object.set("id", to_raw(ID));
        self.0.keep(ID, &object);
        Box::pin(std::future::ready(Ok(Created { object: Some(object), ..Created::default() })))
    }

    fn load<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        ready(Ok(self.0.object(at)))
    }

    fn census<'a>(&'a self, _: &'a Place, _: &'a Context) -> Option<PortFuture<'a, Arc<dyn Census>>> {
        Some(Box::pin(async {
            let list = List { texts: self.0.texts().clone(), store: self.0.clone() };
            Ok(Arc::new(list) as Arc<dyn Census>)
        }))
    }

    fn update<'a>(&'a self, at: &'a Place, revise: Revise<'a>, _: &'a Context) -> PortFuture<'a, Option<Updated>> {
        let Some(before) = self.0.object(at) else { return ready(Ok(None)) };
        ready(revise(&before).map(|stored| {
            self.0.keep(at.get("id").unwrap_or_default(), &stored);
            Some(Updated { before, stored })
        }))
    }

    fn delete<'a>(&'a self, at: &'a Place, _: &'a Context) -> PortFuture<'a, Diagnostics> {
        self.0.texts().remove(at.get("id").unwrap_or_default());
        ready(Ok(Diagnostics::none()))
    }

    fn noun(&self) -> &'static str {
        "server"
    }

    fn describe(&self, at: &Place) -> String {
        format!("server {}", at.get("id").unwrap_or_default())
    }

    fn list<'a>(&'a self, _: Listing<'a>, _: Emit<'a, Listed>, _: &'a Context) -> PortFuture<'a, ()> {
        ready(Ok(()))
    }
}
