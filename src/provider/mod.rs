//! What is Descope about this provider: the provider block, the resources' tables, the operations on them, and what a failed
//! call means to a person. The only layer that knows both Terraform's names and Descope's.

mod blame;
mod config;
mod connection;
mod diagnose;
mod functions;
mod import_id;
mod issuer;
mod mcp_server;
mod settings;
mod verify_discovery;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::diag::Diagnostics;
use crate::engine::{Action, Config, Connection, Function, Provider, Resource};
use crate::schema::Table;

pub use config::Environment;

/// The managed resources, in the order of the docs.
static RESOURCES: [Resource; 1] = [mcp_server::RESOURCE];

/// The actions, in the order of the docs.
static ACTIONS: [Action; 1] = [verify_discovery::ACTION];

/// The provider `descope`.
pub struct Descope {
    environment: Environment,
}

// === impl Descope ===

impl Descope {
    /// A provider that falls back to these environment variables.
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }
}

impl Provider for Descope {
    fn docs(&self) -> &'static str {
        "Governs MCP servers in Descope: who may register clients with them, which scopes they offer, how long their tokens live."
    }

    fn table(&self) -> &'static Table {
        &config::TABLE
    }

    fn resources(&self) -> &'static [Resource] {
        &RESOURCES
    }

    fn functions(&self) -> &'static [Function] {
        &functions::FUNCTIONS
    }

    fn actions(&self) -> &'static [Action] {
        &ACTIONS
    }

    fn configure(&self, config: &Config, stop: CancellationToken) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(Arc::new(config::Configured::new(config, &self.environment, stop)?))
    }
}
