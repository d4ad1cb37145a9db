// SPDX-License-Identifier: Apache-2.0

//! A configured provider: its connection, and what happened over it so far. Made by `protocol` for
//! each ConfigureProvider, used by `lifecycle`.

use std::any::Any;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::context::{Clock, Context};
use super::history::History;
use super::place::Place;
use super::shared_reads::SharedReads;
use super::siblings::Siblings;
use super::told::Told;
use super::turns::Turns;
use crate::diag::Diagnostics;

/// What a provider makes of its configuration.
pub trait Connection: Any + Send + Sync {
    /// The value of a setting for an object at this place, if it is known: what
    /// [`crate::schema::Source::Provider`] and `{provider.NAME}` in templates stand for.
    fn lookup(&self, name: &str, at: &Place) -> Option<String>;

    /// The setting that depends on something that is not applied yet, if there is one: then nothing
    /// remote can be asked of an object at this place.
    fn undecided(&self, at: &Place) -> Option<&'static str>;

    /// What to do if a managed value changed remotely since a plan was made.
    fn on_conflict(&self) -> OnConflict {
        OnConflict::Refuse
    }

    /// What happened on the way and concerns all operations, such as a long wait. It is told once, by
    /// the operation that ends next.
    fn asides(&self) -> Diagnostics {
        Diagnostics::none()
    }

    /// How many writes this process has begun and ended, through whatever connection: what was read before one
    /// may not be true any more.
    fn writes(&self) -> u64;

    /// What is wrong with the settings, so that each operation would fail. A plan tells it already.
    fn faults(&self) -> Diagnostics;
}

/// What to do if a managed value changed remotely since a plan was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Write nothing and report it.
    #[default]
    Refuse,
    /// Write what was planned.
    Overwrite,
}

// === impl OnConflict ===

impl OnConflict {
    /// As the log tells it.
    pub fn told(self) -> &'static str {
        match self {
            Self::Refuse => "error",
            Self::Overwrite => "overwrite",
        }
    }
}

/// A configured provider.
pub struct Session {
    connection: Arc<dyn Connection>,
    context: Context,
    /// What happened so far.
    pub history: History,
    /// What was there before this run created anything.
    pub siblings: Siblings,
    /// Whose turn it is to change an object.
    pub turns: Turns,
    /// The reads that may share an answer.
    pub reads: SharedReads,
    /// What was told in full.
    pub told: Told,
}

// === impl Session ===

impl Session {
    /// A session over a connection. `stop` is tripped when running work shall end.
    pub fn new(connection: Arc<dyn Connection>, clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self {
            connection,
            context: Context::new(clock, stop),
            history: History::default(),
            siblings: Siblings::default(),
            turns: Turns::default(),
            reads: SharedReads::default(),
            told: Told::default(),
        }
    }

    /// The connection.
    pub fn connection(&self) -> &Arc<dyn Connection> {
        &self.connection
    }

    /// The clock and the stop signal, without a deadline.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Bench;

    #[test]
    fn a_session_has_the_connection_and_the_stop_signal_of_its_configuration() {
        let bench = Bench::new();
        let place = Place::new([]);
        assert_eq!(bench.session.connection().lookup("city", &place).as_deref(), Some("Ulm"));
        assert_eq!(bench.session.context().remaining(), None);
        bench.stop.cancel();
        assert!(bench.session.context().stop().is_cancelled());
    }
}
