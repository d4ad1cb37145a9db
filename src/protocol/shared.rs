//! What all RPCs need: the provider, its connection, and how an answer carries messages. Used by `service` and by each module of RPCs.

use std::sync::{Arc, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Connection, Provider};

/// What the RPCs share.
pub(super) struct Shared {
    pub(super) provider: Arc<dyn Provider>,
    stop: CancellationToken,
    session: RwLock<Session>,
}

/// What ConfigureProvider made. In debug mode one process is configured again and again: each replaces the last.
#[derive(Clone, Default)]
struct Session {
    connection: Option<Arc<dyn Connection>>,
    stop: CancellationToken,
}

// === impl Shared ===

impl Shared {
    /// A provider that is not configured yet. `stop` is tripped when the process shall end.
    pub(super) fn new(provider: Arc<dyn Provider>, stop: CancellationToken) -> Self {
        Self { provider, stop, session: RwLock::default() }
    }

    /// Replaces the connection by one made with a fresh stop signal.
    pub(super) fn connect(
        &self,
        make: impl FnOnce(CancellationToken) -> Result<Arc<dyn Connection>, Diagnostics>,
    ) -> Result<(), Diagnostics> {
        let stop = self.stop.child_token();
        let connection = make(stop.clone())?;
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = Session { connection: Some(connection), stop };
        Ok(())
    }

    /// The connection, or a diagnostic that there is none.
    pub(super) fn connection(&self) -> Result<Arc<dyn Connection>, Diagnostic> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        session.connection.clone().ok_or_else(|| {
            let detail = "The CLI asked for an operation before it configured the provider. That should not happen: please report it.";
            Diagnostic::error("The provider is not configured", detail)
        })
    }

    /// Asks running work to end. The provider stays usable.
    pub(super) fn stop_work(&self) {
        self.session.read().unwrap_or_else(PoisonError::into_inner).stop.cancel();
    }
}

/// An answer that can carry messages: what a call comes to when it fails as a whole.
pub(super) trait Answer: Send + 'static {
    /// An answer with these messages and nothing else.
    fn told(diagnostics: Diagnostics) -> Self;
}

/// What to tell of a call that panicked.
pub(super) fn crashed(rpc: &str) -> Diagnostic {
    let detail = format!(
        "The provider (version {}) crashed in {rpc}; other operations go on. If this was an apply, look whether the object was \
         created or changed before applying again. This is a bug in the provider: please report it, with the line that \
         `TF_LOG=ERROR` shows.",
        env!("CARGO_PKG_VERSION")
    );
    Diagnostic::error("The provider crashed", detail)
}
