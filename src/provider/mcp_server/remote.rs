//! What can be done to MCP servers: the engine's port as calls to one project's servers.

use std::sync::Arc;

use super::import_id::{FORMS, ImportId, Target};
use super::project_servers::ProjectServers;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::phase::attribute;
use crate::engine::ports::{Created, Creation, Emit, Freshness, Listed, Listing, PortFuture, Remote};
use crate::engine::{Context, Place};
use crate::provider::configured::Configured;
use crate::provider::diagnose::Intent;
use crate::raw::RawObject;
use crate::value::{Object, Value};

/// The MCP servers of a configured provider.
pub(super) struct McpServers {
    connection: Arc<Configured>,
}

/// Where a server is.
struct ServerAt<'a> {
    project: Option<&'a str>,
    id: &'a str,
}

// === impl ServerAt ===

impl<'a> From<&'a Place> for ServerAt<'a> {
    fn from(place: &'a Place) -> Self {
        Self { project: place.get("project_id"), id: place.get("id").unwrap_or_default() }
    }
}

// === impl McpServers ===

impl From<Arc<Configured>> for McpServers {
    fn from(connection: Arc<Configured>) -> Self {
        Self { connection }
    }
}

impl McpServers {
    fn of_project(&self, project: Option<&str>, context: &Context) -> Result<ProjectServers, Diagnostics> {
        ProjectServers::new(&self.connection, project, context)
    }

    /// Where a server is, in this project or the provider's.
    async fn target(&self, project: Option<&str>, target: Target<'_>, context: &Context) -> Result<Place, Diagnostics> {
        let servers = self.of_project(project, context)?;
        let id = match target {
            Target::Id(id) => id.to_owned(),
            Target::Name(name) => servers.find_by_name(name).await?,
        };
        Ok(Place::new([("project_id", servers.project().to_owned()), ("id", id)]))
    }
}

impl Remote for McpServers {
    fn create<'a>(&'a self, creation: Creation<'a>, context: &'a Context) -> PortFuture<'a, Created> {
        Box::pin(async move {
            let servers = self.of_project(ServerAt::from(creation.at).project, context)?;
            let name = creation.plan.get("name").as_str().unwrap_or_default();
            let doing = || format!("creating MCP server {name:?}");
            match servers.calls()?.create(&creation.body.to_raw()).await {
                Ok(created) => Ok(Created {
                    assigned: Object::from([("id".to_owned(), Value::string(created.id))]),
                    // An object that can't be read is loaded: the server exists, whatever was shown
                    // of it.
                    object: created.server.and_then(|server| servers.object(&server, doing()).ok()),
                    ..Created::default()
                }),
                Err(error) => Err(servers.not_created(&error, doing(), name).await),
            }
        })
    }

    fn load<'a>(&'a self, at: &'a Place, _: Freshness, context: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move {
            let ServerAt { project, id } = at.into();
            let servers = self.of_project(project, context)?;
            let doing = || format!("reading {}", self.describe(at));
            let loaded = servers.calls()?.load(id).await;
            let loaded = loaded.map_err(|error| servers.failed(&error, doing(), Intent::Read))?;
            loaded.map(|server| servers.object(&server, doing())).transpose()
        })
    }

    fn update<'a>(&'a self, at: &'a Place, body: RawObject, context: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move {
            let ServerAt { project, id } = at.into();
            let servers = self.of_project(project, context)?;
            let doing = || format!("updating {}", self.describe(at));
            let updated = servers.calls()?.update(id, &body.to_raw()).await;
            let updated = updated.map_err(|error| servers.failed(&error, doing(), Intent::Change))?;
            updated.map(|server| servers.object(&server, doing())).transpose()
        })
    }

    fn delete<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, ()> {
        Box::pin(async move {
            let ServerAt { project, id } = at.into();
            let servers = self.of_project(project, context)?;
            let deleted = servers.calls()?.delete(id).await;
            deleted.map_err(|error| servers.failed(&error, format!("deleting {}", self.describe(at)), Intent::Change))
        })
    }

    fn describe(&self, at: &Place) -> String {
        let ServerAt { project, id } = at.into();
        let project = project.map(|project| format!(" in project {project}"));
        format!("MCP server {id}{}", project.unwrap_or_default())
    }

    fn import<'a>(&'a self, id: &'a str, context: &'a Context) -> Option<PortFuture<'a, Place>> {
        Some(Box::pin(async move {
            let Some(ImportId { project, target }) = ImportId::parse(id) else {
                let detail = format!("{id:?} has none of the forms of an import id: {FORMS}.");
                return Err(Diagnostic::error("Malformed import id", detail).into());
            };
            self.target(project, target, context).await
        }))
    }

    fn find<'a>(&'a self, by: &'a Object, context: &'a Context) -> Option<PortFuture<'a, Place>> {
        let text = |name| attribute(by, name).as_str().filter(|text| !text.is_empty());
        let target = match text("id") {
            Some(id) => Target::Id(id),
            None => Target::Name(text("name").unwrap_or_default()),
        };
        Some(Box::pin(self.target(text("project_id"), target, context)))
    }

    fn list<'a>(&'a self, listing: Listing<'a>, found: Emit<'a, Listed>, context: &'a Context) -> PortFuture<'a, ()> {
        Box::pin(async move {
            let servers = self.of_project(ServerAt::from(listing.at).project, context)?;
            let doing = || format!("listing the MCP servers of project {}", servers.project());
            let all = servers.calls()?.all().await.map_err(|error| servers.failed(&error, doing(), Intent::Read))?;
            for server in &all.servers {
                let name = server.label.name.clone().unwrap_or_default();
                if !found(Listed { name, object: servers.listed(server) }).await {
                    break;
                }
            }
            Ok(())
        })
    }
}
