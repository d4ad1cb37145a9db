//! What is done to MCP servers: the engine's operations as calls to one project's servers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;

use super::TABLE;
use super::reach::Reach;
use crate::descope::{DEFAULT_DEADLINE, label};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::phase::attribute;
use crate::engine::{Operations, Reply};
use crate::provider::config::Configured;
use crate::provider::diagnose::{Doing, Intent, diagnose};
use crate::provider::import_id::{FORMS, ImportId, Target};
use crate::raw::RawObject;
use crate::value::{Object, Value};

/// The operations on MCP servers.
pub(in crate::provider) struct McpServerOperations {
    connection: Arc<Configured>,
}

// === impl McpServerOperations ===

impl McpServerOperations {
    pub(in crate::provider) fn new(connection: Arc<Configured>) -> Self {
        Self { connection }
    }

    fn reach(&self, project: String) -> Result<Reach, Diagnostics> {
        Reach::new(self.connection.clone(), project)
    }

    fn reach_at(&self, at: &Object) -> Result<Reach, Diagnostics> {
        self.reach(self.connection.project(at)?)
    }

    /// Where a server is, in this project or the provider's.
    async fn place(&self, project: Option<&str>, target: Target<'_>) -> Result<Object, Diagnostics> {
        let project = match project {
            Some(project) => project.to_owned(),
            None => self.connection.default_project()?,
        };
        let id = match target {
            Target::Id(id) => id.to_owned(),
            Target::Name(name) => self.reach(project.clone())?.find_by_name(name).await?,
        };
        Ok(Object::from([("project_id".to_owned(), Value::string(project)), ("id".to_owned(), Value::string(id))]))
    }
}

impl Operations for McpServerOperations {
    fn create<'a>(&'a self, at: &'a Object, body: RawObject) -> Reply<'a, RawObject> {
        Box::pin(async move {
            let reach = self.reach_at(at)?;
            let name = attribute(at, "name").as_str().unwrap_or_default();
            let doing = || format!("creating MCP server {name:?}");
            match reach.servers()?.create(&body.to_raw()).await {
                Ok(created) => reach.object(&created, doing()),
                Err(error) => Err(reach.not_created(&error, doing(), name).await),
            }
        })
    }

    fn load<'a>(&'a self, at: &'a Object) -> Reply<'a, Option<RawObject>> {
        Box::pin(async move {
            let reach = self.reach_at(at)?;
            let doing = || format!("reading {}", self.describe(at));
            let loaded = reach.servers()?.load(id_of(at)).await;
            let loaded = loaded.map_err(|error| reach.failed(&error, doing(), Intent::Read))?;
            loaded.map(|server| reach.object(&server, doing())).transpose()
        })
    }

    fn update<'a>(&'a self, at: &'a Object, body: RawObject) -> Reply<'a, Option<RawObject>> {
        Box::pin(async move {
            let reach = self.reach_at(at)?;
            let doing = || format!("updating {}", self.describe(at));
            let updated = reach.servers()?.update(id_of(at), &body.to_raw()).await;
            let updated = updated.map_err(|error| reach.failed(&error, doing(), Intent::Change))?;
            updated.map(|server| reach.object(&server, doing())).transpose()
        })
    }

    fn delete<'a>(&'a self, at: &'a Object) -> Reply<'a, ()> {
        Box::pin(async move {
            let reach = self.reach_at(at)?;
            let doing = || format!("deleting {}", self.describe(at));
            let deleted = reach.servers()?.delete(id_of(at)).await;
            deleted.map_err(|error| reach.failed(&error, doing(), Intent::Change))
        })
    }

    fn find<'a>(&'a self, by: &'a Object) -> Reply<'a, Object> {
        let text = |name| attribute(by, name).as_str().filter(|text| !text.is_empty());
        let target = match text("id") {
            Some(id) => Target::Id(id),
            None => Target::Name(text("name").unwrap_or_default()),
        };
        Box::pin(self.place(text("project_id"), target))
    }

    fn import<'a>(&'a self, id: &'a str) -> Reply<'a, Object> {
        Box::pin(async move {
            let Some(ImportId { project, target }) = ImportId::parse(id) else {
                let detail = format!("{id:?} is none of the forms of an import id: {FORMS}.");
                return Err(Diagnostic::error("Malformed import id", detail).into());
            };
            self.place(project, target).await
        })
    }

    fn list<'a>(&'a self, at: &'a Object) -> Reply<'a, Vec<(String, RawObject)>> {
        Box::pin(async move {
            let reach = self.reach_at(at)?;
            let doing = || format!("listing the MCP servers of project {}", reach.project());
            let servers = reach.servers()?.all().await.map_err(|error| reach.failed(&error, doing(), Intent::Read))?;
            let named =
                |server: &RawValue| Ok((label(server).name.unwrap_or_default(), reach.object(server, doing())?));
            servers.iter().map(AsRef::as_ref).map(named).collect()
        })
    }

    fn pause(&self, length: Duration) -> Reply<'_, ()> {
        Box::pin(async move {
            let doing = "waiting for a new MCP server to be found".to_owned();
            self.connection.limits(DEFAULT_DEADLINE).pause(length).await.map_err(|error| {
                let doing = Doing { what: doing, intent: Intent::Read, base_url: "", project: "", table: &TABLE };
                diagnose(&error, &doing)
            })
        })
    }

    fn describe(&self, at: &Object) -> String {
        let project = attribute(at, "project_id").as_str().map(|project| format!(" in project {project}"));
        format!("MCP server {}{}", id_of(at), project.unwrap_or_default())
    }
}

fn id_of(at: &Object) -> &str {
    attribute(at, "id").as_str().unwrap_or_default()
}
