//! The servers of one project: the calls, what to report if one fails, and the search for a server
//! by its name. Called by `remote`.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::table::TABLE;
use crate::descope::{DEFAULT_DEADLINE, Error, Label, Limits, McpServers, label};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Context;
use crate::provider::configured::{Configured, limits};
use crate::provider::diagnose::{Doing, Intent, KnownCode, diagnose};
use crate::raw::{RawObject, Unexpected};
use crate::value::Value;

/// What codes mean for MCP servers.
const CODES: &[KnownCode] = &[KnownCode {
    code: "E102005",
    summary: "Descope refused the consent flow",
    advice: "the flow that `login_page_url` (its `flow` parameter) or `consent_flow_id` names is not a consent flow. It must be of the \
             inbound-apps kind, such as `inbound-apps-user-consent`.",
    attribute: "login_page_url",
}];

/// The servers of one project.
pub(super) struct ProjectServers {
    connection: Arc<Configured>,
    project: String,
    base_url: String,
    limits: Limits,
}

// === impl ProjectServers ===

impl ProjectServers {
    /// The servers of a project, or of the provider's.
    pub(super) fn new(
        connection: &Arc<Configured>,
        project: Option<&str>,
        context: &Context,
    ) -> Result<Self, Diagnostics> {
        let (connection, project) = (connection.clone(), connection.project(project)?);
        let base_url = connection.base_url(&project)?;
        Ok(Self { connection, project, base_url, limits: limits(context) })
    }

    /// The project.
    pub(super) fn project(&self) -> &str {
        &self.project
    }

    /// The calls.
    pub(super) fn calls(&self) -> Result<McpServers<'_>, Diagnostics> {
        let Self { connection, project, base_url, limits } = self;
        Ok(McpServers { api: connection.api()?, base_url, project, limits })
    }

    /// What to report of a call that failed.
    pub(super) fn failed(&self, error: &Error, what: String, intent: Intent) -> Diagnostics {
        let Self { base_url, project, .. } = self;
        diagnose(error, &Doing { what, intent, base_url, project, table: &TABLE, codes: CODES })
    }

    /// What to report of a creation that failed. If it may have happened all the same, or if the
    /// name may be taken, the servers of that name are looked up: no plan would show them.
    pub(super) async fn not_created(&self, error: &Error, what: String, name: &str) -> Diagnostics {
        let aftermath = match (error.may_have_happened(), error.may_mean_conflict()) {
            (true, _) => self.namesakes(name, "Whether the server was created is not known.").await,
            (false, true) => self.namesakes(name, "The name may be taken.").await,
            (false, false) => String::new(),
        };
        self.failed(error, what, Intent::Create { aftermath })
    }

    /// What the project's servers of this name say about a doubt.
    async fn namesakes(&self, name: &str, doubt: &str) -> String {
        // The creation may have used up its time.
        let limits = Limits::within(DEFAULT_DEADLINE, self.limits.stop.clone());
        let listed = match self.calls() {
            Ok(servers) => McpServers { limits: &limits, ..servers }.all().await.ok(),
            Err(_) => None,
        };
        let Some(listed) = listed else {
            return format!(
                "{doubt} The project's servers could not be listed either: look in the Descope console for one named {name:?} before you \
                 apply again."
            );
        };
        let ids: Vec<String> = named(&listed.servers, name).into_iter().map(|(_, id)| id).collect();
        let Some(first) = ids.first() else {
            return format!(
                "{doubt} The project lists no server named {name:?} now. One that was created a moment ago may be missing from the list, so \
                 look again before you apply again."
            );
        };
        format!(
            "{doubt} The project has {} named {name:?}: {}. To manage an existing server, do not apply again, which would ask for another \
             one, but import it:\n\nimport {{\n  to = descope_mcp_server.example # this resource\n  id = {first:?}\n}}",
            if ids.len() == 1 { "a server".to_owned() } else { format!("{} servers", ids.len()) },
            ids.join(", ")
        )
    }

    /// A server in an answer as an object.
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
        let servers = self.calls()?.all().await.map_err(|error| self.failed(&error, doing(), Intent::Read))?;
        let found = named(&servers.servers, name);
        match found.as_slice() {
            [(_, id)] => Ok(id.clone()),
            [] => Err(self.none_of_that_name(name, labels(&servers.servers).collect())),
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

    fn several_of_that_name(&self, name: &str, several: &[(String, String)]) -> Diagnostics {
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

/// The names and ids of servers. Names are in normal form C, as the CLI holds all texts.
fn labels(servers: &[Box<RawValue>]) -> impl Iterator<Item = (String, String)> {
    servers.iter().filter_map(|server| match label(server) {
        Label { id: Some(id), name } => Some((normal(&name.unwrap_or_default()), id)),
        Label { id: None, .. } => None,
    })
}

/// Those of exactly this name.
fn named(servers: &[Box<RawValue>], name: &str) -> Vec<(String, String)> {
    let name = normal(name);
    labels(servers).filter(|(candidate, _)| *candidate == name).collect()
}

/// A text as the CLI holds it.
fn normal(text: &str) -> String {
    Value::string(text).as_str().unwrap_or_default().to_owned()
}
