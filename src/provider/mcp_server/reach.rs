//! One project's servers within reach of a connection: the calls, what to say if one fails, and looking for a server by name.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::TABLE;
use crate::descope::{Error, Label, McpServers, label};
use crate::diag::{Diagnostic, Diagnostics};
use crate::provider::config::Configured;
use crate::provider::diagnose::{Doing, diagnose};
use crate::raw::{RawObject, Unexpected};
use crate::value::Value;

/// One project's servers, and what to say if a call to them fails.
pub(super) struct Reach {
    connection: Arc<Configured>,
    project: String,
    base_url: String,
}

// === impl Reach ===

impl Reach {
    /// The servers of a project.
    pub(super) fn new(connection: Arc<Configured>, project: String) -> Result<Self, Diagnostics> {
        let base_url = connection.base_url(&project)?;
        Ok(Self { connection, project, base_url })
    }

    /// The project.
    pub(super) fn project(&self) -> &str {
        &self.project
    }

    pub(super) fn servers(&self) -> Result<McpServers<'_>, Diagnostics> {
        Ok(McpServers { api: self.connection.api()?, base_url: &self.base_url, project: &self.project })
    }

    pub(super) fn failed(&self, error: &Error, what: String) -> Diagnostics {
        diagnose(error, &Doing { what, base_url: &self.base_url, project: &self.project, table: &TABLE })
    }

    pub(super) fn object(&self, server: &RawValue, what: String) -> Result<RawObject, Diagnostics> {
        RawObject::parse(server).map_err(|Unexpected { expected, found }| {
            let detail =
                format!("While {what}: `server` in the answer of {} is {found}, not {expected}.", self.base_url);
            Diagnostic::error("The API's answer can't be understood", detail).into()
        })
    }

    /// The id of the one server of exactly this name.
    pub(super) async fn find_by_name(&self, name: &str) -> Result<String, Diagnostics> {
        let doing = || format!("looking for the MCP server named {name:?}");
        let servers = self.servers()?.all().await.map_err(|error| self.failed(&error, doing()))?;
        // The CLI holds all texts in normal form C, so names are compared in it.
        let name = &*normal(name);
        let labels: Vec<(String, String)> = servers
            .iter()
            .filter_map(|server| match label(server) {
                Label { id: Some(id), name } => Some((normal(&name.unwrap_or_default()), id)),
                Label { id: None, .. } => None,
            })
            .collect();
        let found: Vec<&(String, String)> = labels.iter().filter(|(candidate, _)| candidate == name).collect();
        match found.as_slice() {
            [(_, id)] => Ok(id.clone()),
            [] => Err(self.none_of_that_name(name, labels)),
            several => Err(self.several_of_that_name(name, several)),
        }
    }

    fn none_of_that_name(&self, name: &str, mut labels: Vec<(String, String)>) -> Diagnostics {
        const NEAREST: usize = 5;
        let total = labels.len();
        labels.sort_by_key(|(candidate, _)| strsim::levenshtein(&candidate.to_lowercase(), &name.to_lowercase()));
        let nearest: Vec<String> = labels.iter().take(NEAREST).map(|(name, id)| format!("  {name:?}: {id}")).collect();
        let candidates = match total {
            0 => "The project has no MCP servers.".to_owned(),
            _ => format!("Of its {total}, the nearest are:\n{}", nearest.join("\n")),
        };
        let detail = format!("Project {} has no MCP server named exactly {name:?}. {candidates}", self.project);
        Diagnostic::error("No MCP server of that name", detail).into()
    }

    fn several_of_that_name(&self, name: &str, several: &[&(String, String)]) -> Diagnostics {
        let ids: Vec<String> = several.iter().map(|(_, id)| format!("  {id}")).collect();
        let detail = format!(
            "Project {} has {} MCP servers named {name:?}. Use the id of the one you mean:\n{}",
            self.project,
            several.len(),
            ids.join("\n")
        );
        Diagnostic::error("More than one MCP server of that name", detail).into()
    }
}

/// A text as the CLI holds it.
fn normal(text: &str) -> String {
    Value::string(text).as_str().unwrap_or_default().to_owned()
}
