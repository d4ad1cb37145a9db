// SPDX-License-Identifier: Apache-2.0

//! What can be done to MCP servers: the engine's port as calls to one project's servers.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::census::ServerCensus;
use super::import_id::{ImportId, Target};
use super::project_servers::{ProjectServers, server_words};
use crate::descope::{Deleted, NotUpdated, ObjectList};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::ports::{
    Census, CreateFuture, Created, Creation, Emit, FoundOrProven, Listed, Listing, NotCreated, PortFuture, Remote,
    Revise, Updated,
};
use crate::engine::{Context, Place, Plan};
use crate::provider::configured::Configured;
use crate::provider::diagnose::Intent;
use crate::provider::issuer::{Issuer, at_another_address};
use crate::provider::resource_id::resource_id;
use crate::raw::{RawMembers, RawObject};
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

    fn census_of(&self, servers: ProjectServers, list: Arc<ObjectList>) -> Arc<dyn Census> {
        Arc::new(ServerCensus { connection: self.connection.clone(), servers, list })
    }
}

impl Remote for McpServers {
    fn create<'a>(&'a self, creation: Creation<'a>, context: &'a Context) -> CreateFuture<'a> {
        Box::pin(async move {
            let servers = self.of_project(ServerAt::from(creation.at).project, context)?;
            let name = creation.plan.get("name").as_str().unwrap_or_default();
            let doing = || format!("creating MCP server {name:?} in project {}", servers.project());
            match servers.calls()?.create(&creation.body.to_raw()).await {
                Ok(created) if named_otherwise(&created, name) && servers.lacks(&created.id).await => {
                    let detail = format!(
                        "While {}: the answer was about another server, {}, which the project does not have.",
                        doing(),
                        created.id
                    );
                    let reason = Diagnostic::error("The API's answer can't be understood", detail).into();
                    Err(NotCreated::Doubtful { reason, likely_not_done: false })
                }
                Ok(created) => Ok(Created {
                    assigned: Object::from([("id", Value::string(created.id))]),
                    // An object that can't be read is loaded: the server exists, whatever was shown
                    // of it.
                    object: created.object.and_then(|server| servers.object(&server, doing()).ok()),
                    ..Created::default()
                }),
                Err(error) if error.may_have_happened() => {
                    let intent = Intent::Create { aftermath: String::new() };
                    let reason = servers.failed(&error, doing(), intent);
                    Err(NotCreated::Doubtful { reason, likely_not_done: error.likely_not_done() })
                }
                Err(error) => Err(NotCreated::Refused(servers.not_created(&error, doing(), name).await)),
            }
        })
    }

    fn load<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move { Ok(self.load_or_prove(at, context).await?.ok()) })
    }

    fn look<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move {
            let ServerAt { project, id } = at.into();
            let servers = self.of_project(project, context)?;
            servers.loaded(id, servers.calls()?.found(id).await)
        })
    }

    fn load_or_prove<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, FoundOrProven> {
        Box::pin(async move {
            let ServerAt { project, id } = at.into();
            if let Some(reason) = resource_id(id) {
                return Err(Diagnostic::error("Not an MCP server of this type", reason).into());
            }
            let servers = self.of_project(project, context)?;
            match servers.calls()?.load_or_proof(id).await {
                Ok(Err(list)) => Ok(Err(Some(self.census_of(servers, list)))),
                Ok(Ok(found)) => Ok(servers.loaded(id, Ok(Some(found)))?.ok_or(None)),
                Err(error) => Ok(servers.loaded(id, Err(error))?.ok_or(None)),
            }
        })
    }

    fn census<'a>(&'a self, at: &'a Place, context: &'a Context) -> Option<PortFuture<'a, Arc<dyn Census>>> {
        Some(Box::pin(async move {
            let servers = self.of_project(ServerAt::from(at).project, context)?;
            let list = servers.all().await?;
            Ok(self.census_of(servers, list))
        }))
    }

    fn update<'a>(
        &'a self,
        at: &'a Place,
        revise: Revise<'a>,
        context: &'a Context,
    ) -> PortFuture<'a, Option<Updated>> {
        Box::pin(async move {
            let ServerAt { project, id } = at.into();
            let servers = self.of_project(project, context)?;
            let doing = || format!("updating {}", self.describe(at));
            let object = |server: &RawValue| servers.object(server, doing());
            let revise = |server: &RawValue| Ok(revise(&object(server)?)?.to_raw());
            match servers.calls()?.update(id, &revise).await {
                Ok(None) => Ok(None),
                Ok(Some(updated)) => {
                    Ok(Some(Updated { before: object(&updated.before)?, stored: object(&updated.stored)? }))
                }
                Err(NotUpdated::Failed(error)) => Err(servers.failed(&error, doing(), Intent::Change)),
                Err(NotUpdated::Refused { reason, may_have_happened: false }) => Err(reason),
                Err(NotUpdated::Refused { reason, may_have_happened: true }) => {
                    let doing = doing();
                    let doubt =
                        format!("An earlier attempt at {doing} got no usable answer and may have taken effect.");
                    Err(reason.ending(&doubt))
                }
            }
        })
    }

    fn delete<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, Diagnostics> {
        Box::pin(async move {
            let ServerAt { project, id } = at.into();
            let servers = self.of_project(project, context)?;
            match servers.calls()?.delete(id).await {
                Ok(Deleted::Proven) => Ok(Diagnostics::none()),
                Ok(Deleted::StillListed) => {
                    let detail = format!(
                        "{} was deleted: Descope accepted that and does not find the server any more. But its list of \
                         all servers still had it some seconds later. If the Descope console still shows the server in \
                         a few minutes, delete it there.",
                        self.describe(at)
                    );
                    Ok(Diagnostic::warning("Deleted, but still listed", detail).into())
                }
                Err(error) => Err(servers.failed(&error, format!("deleting {}", self.describe(at)), Intent::Change)),
            }
        })
    }

    fn name<'a>(&self, plan: &'a Plan) -> Option<&'a str> {
        plan.get("name").as_str()
    }

    fn before_replacement<'a>(
        &'a self,
        at: &'a Place,
        plan: &'a Plan,
        context: &'a Context,
    ) -> PortFuture<'a, Diagnostics> {
        Box::pin(async move {
            // Whether the project answers at all: a wrong project or key would refuse the creation.
            let servers = self.of_project(ServerAt::from(at).project, context)?;
            let doing =
                || format!("checking that project {} can hold the server that replaces this one", servers.project());
            let listed = servers.calls()?.all().await;
            let listed = listed.map_err(|error| servers.failed(&error, doing(), Intent::Read))?;
            let warning = self.name(plan).and_then(|name| servers.warn_of_namesakes(name, &listed));
            Ok(warning.into_iter().collect())
        })
    }

    fn noun(&self) -> &'static str {
        "MCP server"
    }

    fn describe(&self, at: &Place) -> String {
        let ServerAt { project, id } = at.into();
        server_words(id, project)
    }

    fn import_advice(&self) -> &'static str {
        "Check the id. A server of another project is imported by `PROJECT_ID/MS…`. For one of another region or \
         environment, set `base_url` (environment variable `DESCOPE_BASE_URL`)."
    }

    fn judge_import(&self, id: &str, at: &Place) -> Diagnostics {
        let base_url = at.get("project_id").and_then(|project| self.connection.base_url(project).ok());
        let issuer = Issuer::parse(id).zip(base_url);
        issuer.and_then(|(issuer, base_url)| at_another_address(&issuer, &base_url)).into_iter().collect()
    }

    fn import(&self, id: &str) -> Option<Result<Object, Diagnostics>> {
        let by = |ImportId { project, target }: ImportId<'_>| {
            let target = match target {
                Target::Id(id) => ("id", id),
                Target::Name(name) => ("name", name),
            };
            let project = project.map(|project| ("project_id", project));
            project.into_iter().chain([target]).map(|(key, text)| (key, Value::string(text))).collect()
        };
        let malformed = |reason| Diagnostic::error("Malformed import id", reason).into();
        Some(ImportId::parse(id).map(by).map_err(malformed))
    }

    fn list<'a>(&'a self, listing: Listing<'a>, found: Emit<'a, Listed>, context: &'a Context) -> PortFuture<'a, ()> {
        Box::pin(async move {
            let servers = self.of_project(ServerAt::from(listing.at).project, context)?;
            let all = servers.all().await?;
            if listing.had_objects && all.says_nothing() {
                let detail = format!(
                    "While listing the MCP servers of project {}: the answer of {} names no servers and does not say \
                     that there are none, although there were some before. So it proves nothing.",
                    servers.project(),
                    servers.base_url()
                );
                return Err(Diagnostic::error("The API's answer can't be understood", detail).into());
            }
            let managed =
                |server: &crate::descope::Listed<'_>| server.label.id.as_deref().and_then(resource_id).is_none();
            for server in all.iter().filter(managed) {
                let name = server.label.name.clone().unwrap_or_default();
                if !found(Listed { name, object: servers.listed(&server) }).await {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// Whether the answer to a creation shows a server of another name. Descope may have changed the
/// name, or the answer may be another request's.
fn named_otherwise(created: &crate::descope::Created, name: &str) -> bool {
    let members = created.object.as_deref().and_then(RawMembers::of);
    let shown = members.and_then(|members| members.text("name")).map(Value::string);
    shown.is_some_and(|shown| shown.as_str() != Some(name))
}
