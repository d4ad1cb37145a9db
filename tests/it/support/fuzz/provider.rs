// SPDX-License-Identifier: Apache-2.0

//! The providers that inputs act on: the real one over loopback, and the real resource over a
//! made-up remote system. Both have their connection from the start, so that configuring them again
//! for each input costs nothing.

use std::sync::Arc;

use terraform_provider_descope::diag::Diagnostics;
use terraform_provider_descope::engine::port::Port;
use terraform_provider_descope::engine::ports::Remote;
use terraform_provider_descope::engine::{
    Catalogue, Config, Connection, DataSource, EphemeralResource, ListResource, ManagedResource, Provider,
};
use terraform_provider_descope::provider::{Descope, Environment};
use terraform_provider_descope::schema::kind::TEXT;
use terraform_provider_descope::schema::{Attribute, Table};
use terraform_provider_descope::value::Object;

use super::remote::{Scripted, Things};

/// A provider that is connected already.
pub struct Connected {
    catalogue: &'static Catalogue,
    connection: Arc<dyn Connection>,
}

impl Connected {
    /// The real provider, with an API at this address.
    pub fn to_api(base_url: &str) -> Self {
        let settings = [("project_id", "P"), ("management_key", "K"), ("base_url", base_url)];
        let config: Object = settings.into_iter().map(|(name, text)| (name, text.into())).collect();
        let real = Descope::new(Environment::default());
        let connection = real.configure(&Config::new(config)).expect("a configuration");
        Self { catalogue: real.catalogue(), connection }
    }

    /// The real resource over a made-up remote system. It also has a value that is told only once,
    /// which no real one has.
    pub fn to_script(connection: Arc<Scripted>) -> Self {
        const FOUND_BY: &[&str] = &["id", "name"];
        let real = Descope::new(Environment::default()).catalogue();
        let server = real.resources[0];
        let secret = Attribute::told_once("secret", TEXT, "A secret.").sensitive().renewed_by(&["secret_version"]);
        let version = Attribute::local("secret_version", TEXT, "A change renews the secret.");
        let rows = server.table.attributes.iter().copied().chain([secret, version]);
        let resource: &'static ManagedResource = leak(ManagedResource {
            table: leak(Table::of(leak_all(rows))),
            remote: Port::<dyn Remote>::over::<Scripted, Things>(),
            type_name: server.type_name,
            docs: server.docs,
            upgrades: server.upgrades,
            rules: server.rules,
            creation_rules: server.creation_rules,
            destroy_rules: server.destroy_rules,
            timeouts: server.timeouts,
        });
        let catalogue = leak(Catalogue {
            docs: real.docs,
            table: real.table,
            resources: leak_all([resource]),
            data_sources: leak_all([leak(DataSource::of(resource, FOUND_BY))]),
            ephemeral_resources: leak_all([leak(EphemeralResource::of(resource, FOUND_BY))]),
            list_resources: leak_all([leak(ListResource::of(resource))]),
            actions: &[],
            functions: &[],
        });
        Self { catalogue, connection }
    }

    /// The rows of the managed resource.
    pub fn table(&self) -> &'static Table {
        self.catalogue.resources[0].table
    }
}

impl Provider for Connected {
    fn catalogue(&self) -> &'static Catalogue {
        self.catalogue
    }

    fn configure(&self, _: &Config) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(self.connection.clone())
    }
}

/// Catalogues live as long as the process.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn leak_all<T>(values: impl IntoIterator<Item = T>) -> &'static [T] {
    values.into_iter().collect::<Vec<_>>().leak()
}
