// SPDX-License-Identifier: Apache-2.0

//! A second, made-up provider for unit tests: a library whose branches hold books. It uses every
//! extension point of the engine over a remote system in memory, with a clock that tests move. So
//! it proves that the engine and the protocol layer know nothing of Descope, and tests of every
//! rule run without a process, TLS or a network. Compiled for tests only.

mod books;
mod branches;
mod clock;
mod others;
mod store;
mod tables;
mod town;

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::diag::Diagnostics;
use crate::engine::lifecycle::{Lifecycle, Outcome};
use crate::engine::memory::Memory;
use crate::engine::port::Port;
use crate::engine::ports::{Invoke, Open, Read, Remote};
use crate::engine::timeouts::Timeouts;
use crate::engine::{
    Action, Catalogue, Config, Connection, DataSource, EphemeralResource, ListResource, ManagedResource, Provider,
    Session,
};
use crate::value::Value;

pub(crate) use clock::TestClock;
pub(crate) use store::{Doubtful, Store, raw};
use town::Town;
pub(crate) use town::{config, number, object, summaries};

/// A branch: adopted by id, with nested values of every kind.
pub(crate) static BRANCH: ManagedResource = ManagedResource {
    type_name: "library_branch",
    docs: "A branch of the library.",
    table: &tables::BRANCH,
    upgrades: &[],
    rules: &[tables::DESKS_NEED_A_READING_ROOM],
    creation_rules: &[tables::A_NEW_BRANCH_HAS_FLOORS],
    destroy_rules: &[],
    timeouts: Timeouts::DEFAULT,
    remote: Port::<dyn Remote>::over::<Town, branches::Branches>(),
};

/// A book inside a branch: its creation answers ids and a code, but no object.
pub(crate) static BOOK: ManagedResource = ManagedResource {
    type_name: "library_book",
    docs: "A book in a branch.",
    table: &tables::BOOK,
    upgrades: &[|mut attributes| {
        attributes.rename("name", "title");
        Ok(attributes)
    }],
    rules: &[],
    creation_rules: &[],
    destroy_rules: &[tables::protected_books_stay],
    timeouts: Timeouts::DEFAULT,
    remote: Port::<dyn Remote>::over::<Town, books::Books>(),
};

/// The books of a branch, perhaps of one author.
pub(crate) static BOOKS: ListResource = ListResource::filtered(&BOOK, tables::BOOK_FILTERS);

static BRANCH_DATA: DataSource = DataSource::of(&BRANCH, &["id", "name"]);

static HOURS: DataSource = DataSource {
    type_name: "library_opening_hours",
    reads: crate::engine::catalogue::Reads::Own {
        docs: "The opening hours of a branch.",
        table: &tables::HOURS,
        rules: &[],
        port: Port::<dyn Read>::over::<Town, others::Hours>(),
    },
};

static PASS: EphemeralResource = EphemeralResource {
    type_name: "library_visitor_pass",
    reads: crate::engine::catalogue::Reads::Own {
        docs: "A pass for a visitor.",
        table: &tables::PASS,
        rules: &[],
        port: Port::<dyn Open>::over::<Town, others::Passes>(),
    },
};

static BELL: Action = Action {
    type_name: "library_ring_bell",
    docs: "Rings the bell of a branch.",
    table: &tables::BELL,
    rules: &[],
    port: Port::<dyn Invoke>::over::<Town, others::Bell>(),
};

static CATALOGUE: Catalogue = Catalogue {
    docs: "Runs a library.",
    table: &tables::PROVIDER,
    resources: &[&BRANCH, &BOOK],
    data_sources: &[&BRANCH_DATA, &HOURS],
    ephemeral_resources: &[&PASS],
    list_resources: &[&BOOKS],
    actions: &[&BELL],
    functions: &[],
};

/// The provider.
pub(crate) struct Library {
    pub(crate) store: Arc<Mutex<Store>>,
}

impl Provider for Library {
    fn catalogue(&self) -> &'static Catalogue {
        &CATALOGUE
    }

    fn configure(&self, config: &Config) -> Result<Arc<dyn Connection>, Diagnostics> {
        let overwrites = self.store.lock().unwrap_or_else(PoisonError::into_inner).overwrites.clone();
        Ok(Arc::new(Town { store: self.store.clone(), city: config.get("city").clone(), overwrites }))
    }
}

/// A session in the city of Ulm with a remote system and a clock of its own.
pub(crate) struct Bench {
    pub(crate) store: Arc<Mutex<Store>>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) session: Arc<Session>,
    pub(crate) stop: CancellationToken,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with("Ulm".into())
    }

    /// A session whose provider block sets this city.
    pub(crate) fn with(city: Value) -> Self {
        let clock = Arc::new(TestClock::default());
        let store = Arc::new(Mutex::new(Store::new(clock.clone())));
        Self::over(store, clock, city)
    }

    /// Another session over the same remote system: the next run of the CLI.
    pub(crate) fn again(&self) -> Self {
        Self::over(self.store.clone(), self.clock.clone(), "Ulm".into())
    }

    fn over(store: Arc<Mutex<Store>>, clock: Arc<TestClock>, city: Value) -> Self {
        let stop = CancellationToken::new();
        let config = Config::new(object([("city", city)]));
        let connection = Library { store: store.clone() }.configure(&config).unwrap();
        let session = Arc::new(Session::new(connection, clock.clone(), stop.clone()));
        Self { store, clock, session, stop }
    }

    pub(crate) fn of(&self, resource: &'static ManagedResource) -> Lifecycle {
        Lifecycle::new(resource, &self.session).unwrap()
    }

    /// Creates the book "Emma" by Austen in the branch B1.
    pub(crate) async fn create_emma(&self) -> Outcome {
        let emma = [("branch_id", "B1".into()), ("title", "Emma".into()), ("author", "Austen".into())];
        let (lifecycle, config) = (self.of(&BOOK), config(emma));
        let planned = lifecycle.plan(None, &config, &Memory::default());
        lifecycle.create(&planned.plan.unwrap(), &config, &planned.memory.unwrap()).await
    }

    /// How often a creation was asked for.
    pub(crate) fn creations(&self) -> usize {
        self.store().calls.iter().filter(|call| call.starts_with("create")).count()
    }

    pub(crate) fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap()
    }

    /// The connection, for pure steps.
    pub(crate) fn connection(&self) -> &dyn Connection {
        &**self.session.connection()
    }
}
