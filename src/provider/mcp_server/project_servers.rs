// SPDX-License-Identifier: Apache-2.0

//! The servers of one project: the calls, what to report if one fails, and the search for a server
//! by its name. Called by `remote`.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::table::TABLE;
use crate::descope::{Error, Label, Limits, Listed, McpServers, ObjectList, ServerEndpoints};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Context;
use crate::provider::configured::{Configured, limits};
use crate::provider::diagnose::{Doing, Intent, KnownCode, diagnose};
use crate::provider::doubtful::{named, not_text};
use crate::provider::settings::sources::Sources;
use crate::raw::{RawMembers, RawObject};
use crate::value::normalized;

/// What codes mean for MCP servers.
const CODES: &[KnownCode] = &[KnownCode {
    code: "E102005",
    summary: "Descope refused the consent flow",
    advice: "the flow that `login_page_url` (its `flow` parameter) or `consent_flow_id` names is not a consent flow. \
             It must be of the inbound-apps kind, such as `inbound-apps-user-consent`.",
    attribute: "login_page_url",
}];

/// The servers of one project.
pub(super) struct ProjectServers {
    connection: Arc<Configured>,
    project: String,
    base_url: String,
    sources: Sources,
    limits: Limits,
    /// Which time limit holds and how to raise it.
    limit: String,
}

// === impl ProjectServers ===

impl ProjectServers {
    /// The servers of a project, or of the provider's.
    pub(super) fn new(
        connection: &Arc<Configured>,
        project: Option<&str>,
        context: &Context,
    ) -> Result<Self, Diagnostics> {
        connection.usable()?;
        let sources = connection.sources().of_object(project, connection.project(None).ok().as_deref());
        let project = connection.project(project);
        let base_url = connection.base_url(project.as_deref().unwrap_or_default());
        let (project, base_url) = match (project, base_url) {
            (Ok(project), Ok(base_url)) => (project, base_url),
            (project, base_url) => {
                // All that is missing or wrong is told at once.
                let faults = [project.err(), connection.api().err(), base_url.err()].into_iter().flatten();
                return Err(faults.fold(Diagnostics::none(), |mut all, some| {
                    all.extend(some);
                    all
                }));
            }
        };
        let connection = connection.clone();
        Ok(Self { connection, project, base_url, sources, limits: limits(context), limit: context.limit() })
    }

    /// The project.
    pub(super) fn project(&self) -> &str {
        &self.project
    }

    /// Where the API is.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The calls.
    pub(super) fn calls(&self) -> Result<McpServers<'_>, Diagnostics> {
        let Self { connection, project, base_url, limits, .. } = self;
        Ok(McpServers { api: connection.api()?, base_url, project, limits, endpoints: ServerEndpoints })
    }

    /// What to report of a call that failed.
    pub(super) fn failed(&self, error: &Error, what: String, intent: Intent) -> Diagnostics {
        let Self { base_url, project, sources, limit, .. } = self;
        let sources = *sources;
        diagnose(error, &Doing { what, intent, base_url, project, sources, table: &TABLE, limit, codes: CODES })
    }

    /// Whether the project certainly has no server of this id.
    pub(super) async fn lacks(&self, id: &str) -> bool {
        match self.calls() {
            Ok(servers) => matches!(servers.load(id).await, Ok(None)),
            Err(_) => false,
        }
    }

    /// All servers.
    pub(super) async fn all(&self) -> Result<Arc<ObjectList>, Diagnostics> {
        let doing = || format!("listing the MCP servers of project {}", self.project);
        self.calls()?.all().await.map_err(|error| self.failed(&error, doing(), Intent::Read))
    }

    /// What a load of this server came to.
    pub(super) fn loaded(
        &self,
        id: &str,
        loaded: Result<Option<Box<RawValue>>, Error>,
    ) -> Result<Option<RawObject>, Diagnostics> {
        let doing = || format!("reading {}", server_words(id, Some(&self.project)));
        let loaded = loaded.map_err(|error| self.failed(&error, doing(), Intent::Read))?;
        loaded.map(|server| self.object(&server, doing())).transpose()
    }

    /// What to report of a creation that did nothing. If its name may be taken, the servers of that
    /// name are looked up.
    pub(super) async fn not_created(&self, error: &Error, what: String, name: &str) -> Diagnostics {
        let aftermath = if error.may_mean_conflict() { self.namesakes(name).await } else { String::new() };
        self.failed(error, what, Intent::Create { aftermath })
    }

    /// The project's servers of this name, as sentences and import blocks. Empty if there are none.
    async fn namesakes(&self, name: &str) -> String {
        let listed = match self.calls() {
            Ok(servers) => servers.all().await.ok(),
            Err(_) => None,
        };
        let ids: Vec<&str> = listed.iter().flat_map(|listed| labelled(listed, name)).flatten().collect();
        if ids.is_empty() {
            return String::new();
        }
        let block = |id: &&str| {
            let id = format!("{}/{id}", self.project);
            format!("import {{\n  to = descope_mcp_server.NAME # this resource\n  id = {id:?}\n}}")
        };
        format!(
            "The name may be taken: the project has {} of that name. To manage one here, import it:\n\n{}",
            if ids.len() == 1 { "a server".to_owned() } else { format!("{} servers", ids.len()) },
            ids.iter().map(block).collect::<Vec<_>>().join("\n\n")
        )
    }

    /// A server in an answer as an object.
    pub(super) fn object(&self, server: &RawValue, what: String) -> Result<RawObject, Diagnostics> {
        RawObject::parse(server).map_err(|unexpected| {
            let name = RawMembers::of(server).and_then(|members| members.text("name"));
            let detail = format!(
                "While {what}{}: in the answer of {}, `server` is not what the API's description says: {unexpected}. \
                 Writing it back would lose something, so it is left alone. Other servers are not affected.",
                named(name.as_deref()),
                self.base_url
            );
            Diagnostic::error("The API's answer can't be understood", detail).into()
        })
    }

    /// A server of a list as an object, or what is wrong with this one.
    pub(super) fn listed(&self, Listed { label, object }: &Listed<'_>) -> Result<RawObject, Diagnostics> {
        let id = label.id.as_deref().unwrap_or("without a readable id");
        let what = format!("reading MCP server {id} in project {}", self.project);
        match object {
            Ok(object) => self.object(object, what),
            Err(place) => Err(not_text(&what, label.name.as_deref(), place).into()),
        }
    }

    /// The id of the one server of exactly this name.
    pub(super) fn find_by_name(&self, name: &str, all: &ObjectList) -> Result<String, Diagnostics> {
        let found = labelled(all, name);
        match found.as_slice() {
            [Some(id)] => Ok((*id).to_owned()),
            [None] => {
                let detail = format!(
                    "Project {} has an MCP server named {name:?}, but its id can't be read, so nothing can be done \
                     with it. Look at it in the Descope console.",
                    self.project
                );
                Err(Diagnostic::error("An MCP server without an id", detail).into())
            }
            [] => Err(self.none_of_that_name(name, all)),
            several => Err(self.several_of_that_name(name, several)),
        }
    }

    fn none_of_that_name(&self, name: &str, servers: &ObjectList) -> Diagnostics {
        let label = |label: &Label| Some((normalized(label.name.as_deref()?).to_string(), label.id.clone()?));
        let nearest: Vec<String> = nearest(name, servers.labels().filter_map(label))
            .into_iter()
            .map(|(name, id)| format!("  {name:?}: {id}"))
            .collect();
        let candidates = match (servers.count(), nearest.is_empty()) {
            (0, _) => "The project has no MCP servers.".to_owned(),
            (1, true) => "It has one, whose name is not similar.".to_owned(),
            (1, false) => format!("It has one:\n{}", nearest.join("\n")),
            (total, true) => format!("It has {total} servers, none of which has a similar name."),
            (total, false) => format!("Of its {total} servers, these have the nearest names:\n{}", nearest.join("\n")),
        };
        let is_id = servers.labels().any(|label| label.id.as_deref() == Some(name.trim()));
        let candidates = match is_id {
            true => "That is the id of one. Give it as the id.".to_owned(),
            false => candidates,
        };
        let detail = format!("Project {} has no MCP server named exactly {name:?}. {candidates}", self.project);
        Diagnostic::error("No MCP server of that name", detail).into()
    }

    /// A warning about the servers that have the name of one that is to be made here. It is not an
    /// error, since Descope does not say whether names must be unique.
    pub(super) fn warn_of_namesakes(&self, name: &str, servers: &ObjectList) -> Option<Diagnostic> {
        let ids = labelled(servers, name);
        if ids.is_empty() {
            return None;
        }
        let detail = format!(
            "Project {} already has an MCP server named {name:?}:\n{}\nDescope may refuse a second server of this \
             name. Unless `create_before_destroy` is set, the old server is destroyed first, and then neither is \
             left. If you mean a server that is listed here, import it instead.",
            self.project,
            lines(&ids)
        );
        Some(Diagnostic::warning("The name is taken in the other project", detail))
    }

    fn several_of_that_name(&self, name: &str, several: &[Option<&str>]) -> Diagnostics {
        let detail = format!(
            "Project {} has {} MCP servers named {name:?}. Use the id of the one you mean:\n{}",
            self.project,
            several.len(),
            lines(several)
        );
        Diagnostic::error("More than one MCP server of that name", detail).into()
    }
}

/// The few names that are similar to this one, the nearest first, each with what belongs to it.
fn nearest<T>(name: &str, others: impl Iterator<Item = (String, T)>) -> Vec<(String, T)> {
    const NEAREST: usize = 5;
    // Comparing two names takes the product of their lengths.
    const COMPARED: usize = 100;
    let beginning = |name: &str| name.to_lowercase().chars().take(COMPARED).collect::<String>();
    let wanted = beginning(name);
    let near = |(other, more): (String, T)| {
        let candidate = beginning(&other);
        let distance = strsim::levenshtein(&candidate, &wanted);
        let longer = candidate.chars().count().max(wanted.chars().count());
        // A few letters are in most names.
        let is_word = |part: &str| part.trim().chars().count() >= 4;
        let within = |part: &str, whole: &str| is_word(part) && whole.contains(part);
        let similar = distance * 2 <= longer || within(&candidate, &wanted) || within(&wanted, &candidate);
        similar.then_some((distance, (other, more)))
    };
    let mut near: Vec<(usize, (String, T))> = others.filter_map(near).collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().take(NEAREST).map(|(_, other)| other).collect()
}

/// How a message names a server.
pub(super) fn server_words(id: &str, project: Option<&str>) -> String {
    let project = project.map(|project| format!(" in project {project}"));
    format!("MCP server {id}{}", project.unwrap_or_default())
}

/// Ids, one on each line.
fn lines(ids: &[Option<&str>]) -> String {
    let lines: Vec<String> = ids.iter().map(|id| format!("  {}", id.unwrap_or("(an id that can't be read)"))).collect();
    lines.join("\n")
}

/// The ids of the servers of exactly this name; `None` for an id that can't be read.
fn labelled<'a>(servers: &'a ObjectList, name: &str) -> Vec<Option<&'a str>> {
    let name = normalized(name);
    let is_named = |label: &&Label| label.name.as_deref().map(normalized).as_ref() == Some(&name);
    servers.labels().filter(is_named).map(|label| label.id.as_deref()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_similar_names_are_near_and_the_nearest_comes_first() {
        let near = |name: &str, others: &[&str]| {
            let others = others.iter().map(|other| ((*other).to_owned(), ()));
            nearest(name, others).into_iter().map(|(name, ())| name).collect::<Vec<_>>()
        };
        let all = ["Calendar 2", "Calendar", "Mail", "Work calendar of the whole company", ""];
        let expected = ["Calendar", "Calendar 2", "Work calendar of the whole company"];
        assert_eq!(near("calender", &all), expected[..2]);
        assert_eq!(near("CALENDAR", &all), expected);
        assert_eq!(near("Nope", &all), Vec::<String>::new());
        assert_eq!(near("B", &["Billing and more", "A"]), Vec::<String>::new());
        assert_eq!(near("Calendar ", &["A", "r", "Calendar"]), ["Calendar"]);
        assert_eq!(near("", &all[..3]), Vec::<String>::new());
        assert_eq!(near("a1", &["a2", "a3", "a4", "a5", "a6", "a7"]).len(), 5);
    }
}
