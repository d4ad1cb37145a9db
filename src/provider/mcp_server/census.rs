// SPDX-License-Identifier: Apache-2.0

//! All MCP servers of a project as one list has them: the engine's port for reads that share an answer, and for
//! look-ups by name. Made by `remote`.

use std::sync::Arc;

use super::project_servers::ProjectServers;
use crate::descope::{Listed, ObjectList, answered_from_a_list};
use crate::diag::Diagnostics;
use crate::engine::phase::attribute;
use crate::engine::ports::{Census, Entry, PortFuture};
use crate::engine::{Context, Place};
use crate::provider::configured::Configured;
use crate::provider::resource_id::resource_id;
use crate::raw::{RawObject, RawView};
use crate::value::Object;

/// The MCP servers of a project.
pub(super) struct ServerCensus {
    pub(super) connection: Arc<Configured>,
    pub(super) servers: ProjectServers,
    pub(super) list: Arc<ObjectList>,
}

impl Census for ServerCensus {
    fn entry(&self, at: &Place) -> Entry<'_> {
        let id = at.get("id").unwrap_or_default();
        if resource_id(id).is_some() {
            return Entry::Unreadable;
        }
        let Some(Listed { object, .. }) = self.list.get(id) else { return Entry::Lacking };
        object.ok().and_then(|server| RawView::parse(server).ok()).map_or(Entry::Unreadable, Entry::Object)
    }

    fn confirm<'a>(&'a self, at: &'a Place, context: &'a Context) -> PortFuture<'a, Option<RawObject>> {
        Box::pin(async move {
            let id = at.get("id").unwrap_or_default();
            // Within the limits of this read, not of the one that asked for the list.
            let servers = ProjectServers::new(&self.connection, Some(self.servers.project()), context)?;
            servers.loaded(id, servers.calls()?.load_unlisted(id, &self.list).await)
        })
    }

    fn find(&self, by: &Object) -> Result<Place, Diagnostics> {
        let name = attribute(by, "name").as_str().unwrap_or_default();
        let id = self.servers.find_by_name(name, &self.list)?;
        Ok(Place::new([("project_id", self.servers.project().to_owned()), ("id", id)]))
    }

    fn answered(&self) {
        answered_from_a_list();
    }
}
