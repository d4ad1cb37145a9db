// SPDX-License-Identifier: Apache-2.0

//! What this provider offers: `CATALOGUE`, one line for each resource, data source, action and so on.
//! The layer also has the provider block, and says what a failed call means to a person. It is the
//! only one that knows both Terraform's names and Descope's.

mod blame;
mod configured;
mod diagnose;
mod doubtful;
mod functions;
mod hidden;
mod issuer;
mod mcp_server;
mod resource_id;
mod settings;
mod verify_discovery;

use std::sync::Arc;

use crate::diag::Diagnostics;
use crate::engine::{Catalogue, Config, Connection, Provider};
use configured::Configured;
use settings::tls::Tls;

pub use settings::Environment;

/// Everything that the provider offers. One line registers an entry.
static CATALOGUE: Catalogue = Catalogue {
    docs: "Governs MCP servers in Descope: who may register clients with them, which scopes they offer, how long their \
           tokens live.\n\nAn attribute beats its environment variable. An empty text counts as not set, in an \
           attribute as in a variable. A setting is needed only when it is used: `validate`, and a plan that only \
           creates, work without credentials.",
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
        // Before anything can be shown.
        hidden::hide(&environment, None);
        Self { environment }
    }
}

impl Provider for Descope {
    fn catalogue(&self) -> &'static Catalogue {
        &CATALOGUE
    }

    fn validate(&self, config: &Config) -> Diagnostics {
        // Messages are written after this, and log lines, too.
        hidden::hide(&self.environment, Some(config));
        Tls::halves(config, &self.environment)
    }

    fn configure(&self, config: &Config) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(Arc::new(Configured::new(config, &self.environment)?))
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::engine::ports::{Listed, Listing};
    use crate::engine::{ManagedResource, Place, Plan, Session};
    use crate::library::{TestClock, object, summaries};
    use crate::schema::Shape;

    /// Whether the objects of a type have names, and whether they can be listed.
    async fn of(resource: &ManagedResource, session: &Session) -> (bool, bool) {
        let remote = resource.remote.open(session.connection()).unwrap();
        let named = resource.table.attributes.iter().filter_map(|row| match row.shape {
            Shape::Leaf(kind) => Some((row.name, kind.example().value())),
            Shape::Object(_) | Shape::List(_) => None,
        });
        let is_named = remote.name(&Plan::new(named.collect())).is_some();
        let (at, config) = (Place::new([]), Config::new(object([])));
        let found = |_: Listed| Box::pin(async { true }) as std::pin::Pin<Box<dyn Future<Output = bool> + Send>>;
        let listed = remote
            .list(Listing { at: &at, config: &config, limit: 1, had_objects: false }, &found, session.context())
            .await;
        (is_named, !summaries(&listed.err().unwrap_or_default()).contains(&"Not supported"))
    }

    /// All work is to stop, so nothing is asked.
    #[tokio::test]
    async fn objects_that_have_names_can_be_listed() {
        let stop = CancellationToken::new();
        stop.cancel();
        let config = Config::new(object([("project_id", "P".into()), ("management_key", "K".into())]));
        let connection = Descope::new(Environment::default()).configure(&config).unwrap();
        let session = Session::new(connection, Arc::new(TestClock::default()), stop);
        for resource in CATALOGUE.resources {
            let (is_named, is_listed) = of(resource, &session).await;
            let has_list = CATALOGUE.list_resources.iter().any(|list| std::ptr::eq(list.resource, *resource));
            assert!(
                is_listed || !(is_named || has_list),
                "{}: implement `list` of its `Remote`. Each creation of an object that has a `name` lists first.",
                resource.type_name
            );
        }
    }
}
