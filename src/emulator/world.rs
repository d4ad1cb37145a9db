// SPDX-License-Identifier: Apache-2.0

//! What all requests share. `routes` passes it to the handlers.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::faults::{FaultQueue, Misbehaviour};
use super::flags::Flags;
use super::journal::Journal;
use super::messages::Messages;
use super::rate_limit::Counted;
use super::state_file::StateFile;
use super::store::Store;
use super::switches::Switches;
use super::under_way::Counter;

/// What all requests share.
#[derive(Clone)]
pub struct SharedWorld {
    world: Arc<Mutex<World>>,
    /// The command line.
    pub flags: Arc<Flags>,
    /// The messages of the API.
    pub messages: Arc<Messages>,
    /// The API requests that are under way.
    pub under_way: Counter,
}

/// What requests read and change. It is behind one lock, so requests take effect one at a time.
#[derive(Default)]
pub struct World {
    pub store: Store,
    pub switches: Switches,
    pub faults: FaultQueue,
    pub journal: Journal,
    /// What counts against the limit of requests.
    pub counted: Counted,
    /// The file that keeps the store, if the command line names one.
    pub state_file: Option<StateFile>,
}

impl SharedWorld {
    /// Shares a world.
    pub fn new(world: World, flags: Flags, messages: Messages) -> Self {
        Self {
            world: Arc::new(Mutex::new(world)),
            flags: Arc::new(flags),
            messages: Arc::new(messages),
            under_way: Counter::default(),
        }
    }

    /// Locks the world. Hold the lock only for a moment, never across an `await`.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Writes the store to its file, if it has changed. If that fails, the next request tries it again.
    pub fn keep(&mut self) {
        if let Some(Err(reason)) = self.state_file.as_mut().map(|file| file.keep(&self.store)) {
            let _ = writeln!(std::io::stderr(), "descope-emulator: {reason}. What changed is in memory only.");
        }
    }

    /// What happens to a request that arrives now, if it is one too many.
    pub fn one_too_many(&mut self) -> Option<Misbehaviour> {
        self.counted.refuses(self.switches.rate_limit.as_ref()?, Instant::now())
    }
}
