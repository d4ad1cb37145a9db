// SPDX-License-Identifier: Apache-2.0

//! What all RPCs need: the provider, its session, and how a response carries messages. Used by
//! `service` and by each module of `rpc`.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Catalogue, Clock, Config, Provider, Session};

/// What the RPCs share.
pub(super) struct Shared {
    provider: Arc<dyn Provider>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    writes: watch::Sender<()>,
    /// What ConfigureProvider made. In debug mode one process is configured again and again: each
    /// session replaces the last.
    session: RwLock<Option<Arc<Session>>>,
}

// === impl Shared ===

impl Shared {
    /// A provider that is not configured yet. `stop` is tripped when the process shall end, and
    /// `writes` has a receiver for each call that may be writing.
    pub(super) fn new(
        provider: Arc<dyn Provider>,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
        writes: watch::Sender<()>,
    ) -> Self {
        Self { provider, clock, stop, writes, session: RwLock::default() }
    }

    /// Says that a call may be writing, as long as the result lives.
    pub(super) fn writing(&self) -> watch::Receiver<()> {
        self.writes.subscribe()
    }

    /// What the provider offers.
    pub(super) fn catalogue(&self) -> &'static Catalogue {
        self.provider.catalogue()
    }

    /// What is wrong with a provider block beyond its rows.
    pub(super) fn validate(&self, config: &Config) -> Diagnostics {
        self.provider.validate(config)
    }

    /// Replaces the session by one of this configuration, with a fresh stop signal.
    pub(super) fn configure(&self, config: &Config) -> Result<(), Diagnostics> {
        let connection = self.provider.configure(config)?;
        let session = Session::new(connection, self.clock.clone(), self.stop.child_token());
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(session));
        Ok(())
    }

    /// The session, or a diagnostic that there is none.
    pub(super) fn session(&self) -> Result<Arc<Session>, Diagnostic> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        session.clone().ok_or_else(|| {
            let detail = "The CLI asked for an operation before it configured the provider. That should not happen: \
                          please report it.";
            Diagnostic::error("The provider is not configured", detail)
        })
    }

    /// All that is to be told by an operation that ends now with these messages.
    pub(super) fn told(&self, mut diagnostics: Diagnostics) -> Diagnostics {
        let Ok(session) = self.session() else { return diagnostics };
        diagnostics.extend(session.connection().asides());
        session.told.shortened(diagnostics)
    }

    /// The response of an operation that either succeeded or is nothing but messages.
    pub(super) fn respond<R: Respond>(&self, response: Result<R, Diagnostics>) -> R {
        response.unwrap_or_else(|failed| R::with(self.told(failed)))
    }

    /// Asks running work to end. The provider stays usable.
    pub(super) fn stop_work(&self) {
        if let Ok(session) = self.session() {
            session.context().stop().cancel();
        }
    }
}

/// A response that can carry messages.
pub(super) trait Respond: Send + 'static {
    /// A response with these messages and nothing else: what a call comes to when it fails as a
    /// whole.
    fn with(diagnostics: Diagnostics) -> Self;
}

/// A response that either is there or is nothing but messages.
pub(super) fn respond<R: Respond>(response: Result<R, Diagnostics>) -> R {
    response.unwrap_or_else(R::with)
}

/// What to report of a call that panicked.
pub(super) fn crashed(rpc: &str) -> Diagnostic {
    let detail = format!(
        "The provider (version {}) crashed in {rpc}; other operations go on. If this was an apply, look whether the \
         object was created or changed before applying again. This is a bug in the provider: please report it, with \
         the line that `TF_LOG=ERROR` shows.",
        env!("CARGO_PKG_VERSION")
    );
    Diagnostic::error("The provider crashed", detail)
}

/// What to report of a type or function that the provider does not have. A configuration that was
/// written for a newer version may name one.
pub(super) fn not_offered(what: &str, name: &str) -> Diagnostic {
    let named = if name.is_empty() { String::new() } else { format!(" {name:?}") };
    let version = env!("CARGO_PKG_VERSION");
    let detail = format!("Version {version} of the provider has no {what}{named}. A newer version may have it.");
    Diagnostic::error("Not in this version of the provider", detail)
}
