//! What this provider offers: `CATALOGUE`, one line for each resource, data source, action and so on.
//! The layer also has the provider block, and says what a failed call means to a person. It is the
//! only one that knows both Terraform's names and Descope's.

mod blame;
mod configured;
mod diagnose;
mod doubtful;
mod functions;
mod issuer;
mod mcp_server;
mod resource_id;
mod settings;
mod verify_discovery;

use std::sync::Arc;

use crate::diag::Diagnostics;
use crate::engine::{Catalogue, Config, Connection, Provider};
use configured::Configured;

pub use settings::Environment;

/// Everything that the provider offers. One line registers an entry.
static CATALOGUE: Catalogue = Catalogue {
    docs: "Governs MCP servers in Descope: who may register clients with them, which scopes they offer, how long their tokens live.",
    table: &settings::TABLE,
    resources: &[&mcp_server::RESOURCE],
    data_sources: &[&mcp_server::DATA_SOURCE],
    ephemeral_resources: &[&mcp_server::EPHEMERAL_RESOURCE],
    list_resources: &[&mcp_server::LIST_RESOURCE],
    actions: &[&verify_discovery::ACTION],
    functions: &[&functions::DURATION_SECONDS, &functions::PARSE_MCP_ISSUER, &functions::MCP_ISSUER],
};

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
    fn catalogue(&self) -> &'static Catalogue {
        &CATALOGUE
    }

    fn configure(&self, config: &Config) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(Arc::new(Configured::new(config, &self.environment)?))
    }
}
