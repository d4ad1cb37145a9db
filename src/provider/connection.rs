//! A configured provider as the engine's connection: which operations and actions it has. One more resource or action is chosen here.

use std::sync::Arc;

use super::config::Configured;
use super::mcp_server::McpServerOperations;
use super::verify_discovery;
use crate::diag::Diagnostics;
use crate::engine::{Action, Config, Connection, Operations, Progress, Reply, Resource, Run};
use crate::value::Object;

impl Connection for Configured {
    fn undecided(&self, at: &Object) -> Option<&'static str> {
        self.undecided(at)
    }

    fn faults(&self) -> Diagnostics {
        self.faults()
    }

    fn run(&self) -> &Run {
        self.run()
    }

    fn operations(self: Arc<Self>, _resource: &'static Resource) -> Box<dyn Operations> {
        // There is one resource type so far.
        Box::new(McpServerOperations::new(self))
    }

    fn invoke<'a>(
        self: Arc<Self>,
        _action: &'static Action,
        config: &'a Config,
        progress: Progress<'a>,
    ) -> Reply<'a, ()> {
        // There is one action so far.
        Box::pin(verify_discovery::verify(self, config, progress))
    }
}
