// SPDX-License-Identifier: Apache-2.0

//! The action `descope_verify_mcp_discovery`: waits until a server's public discovery document says
//! what its settings say.

use std::sync::Arc;
use std::time::Duration;

use super::configured::{Configured, limits};
use super::diagnose::{Doing, Intent, diagnose};
use super::mcp_server::LOOK_UP;
use super::settings::checks::PROJECT_ID;
use crate::descope::{Error, Metadata, Trouble, discover, document_path};
use crate::diag::{Diagnostic, Diagnostics, length};
use crate::engine::lifecycle::look_up;
use crate::engine::phase::attribute;
use crate::engine::port::Port;
use crate::engine::ports::{Invocation, Invoke, PortFuture};
use crate::engine::{Action, Config, Session};
use crate::schema::check::NOT_BLANK;
use crate::schema::kind::{TEXT, TIME_LIMIT, time_limit};
use crate::schema::{Attribute, Table};
use crate::value::{Object, Value};

/// The action.
pub(super) static ACTION: Action = Action {
    type_name: "descope_verify_mcp_discovery",
    docs: "Waits until the discovery document (RFC 8414) of an MCP server says what the server's settings say: its \
           issuer, its scopes, and whether clients may register themselves or identify themselves by a document. Fails \
           if it does not within `timeout`. Changes nothing, and reads the document as clients do: without \
           credentials.\n\nTriggered after a server is created or updated, it keeps what depends on the server from \
           being set up before clients can find it.",
    table: &TABLE,
    rules: &[],
    port: Port::<dyn Invoke>::over::<Configured, VerifyDiscovery>(),
};

struct VerifyDiscovery(Arc<Configured>);

static TABLE: Table = Table::of(&[
    Attribute::required("id", TEXT, "The server's identifier (`MS…`).").checks(&[NOT_BLANK]),
    Attribute::local("project_id", TEXT, "The server's project. The provider's `project_id` if left out.")
        .checks(&[NOT_BLANK, PROJECT_ID]),
    Attribute::local("timeout", TIME_LIMIT, "How long to wait at most. Default: `\"1 minute\"`."),
]);

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// The first wait between two looks; each next one is twice as long, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// How long one look may take at least, however little time is left.
const SHORTEST_LOOK: Duration = Duration::from_secs(5);

// === impl VerifyDiscovery ===

impl From<Arc<Configured>> for VerifyDiscovery {
    fn from(connection: Arc<Configured>) -> Self {
        Self(connection)
    }
}

impl Invoke for VerifyDiscovery {
    fn invoke<'a>(&'a self, invocation: Invocation<'a>) -> PortFuture<'a, ()> {
        Box::pin(verify(&self.0, invocation))
    }
}

async fn verify(connection: &Configured, invocation: Invocation<'_>) -> Result<(), Diagnostics> {
    let Invocation { config, progress, session } = invocation;
    let id = config.get("id").as_str().unwrap_or_default();
    let project = connection.project(config.get("project_id").as_str())?;
    let base_url = connection.base_url(&project)?;
    let expected = described(&settings(session, &project, id).await?, &project, id);
    let path = document_path(&project, id);
    let what = format!("reading the discovery document of MCP server {id}");
    let doing = Doing {
        what: what.clone(),
        intent: Intent::Document,
        base_url: &base_url,
        project: &project,
        sources: connection.sources().of_object(Some(&project), connection.project(None).ok().as_deref()),
        table: &TABLE,
        limit: "The limit is `timeout` of the action. Raise it to allow more time.",
        codes: &[],
    };
    let (api, limit) = (connection.api()?, timeout(config));
    let context = session.context().within(limit);
    let left = || context.remaining().unwrap_or_default();
    let mut pause = FIRST_WAIT;
    progress(format!("Reading {base_url}{path}"));
    loop {
        let look = limits(&session.context().within(left().max(SHORTEST_LOOK)));
        let look = discover(api, &base_url, &path, &look).await;
        // A new server's document may not be there at once, and what is on the way to it may be
        // having a bad moment.
        let (missing, trouble) = match look {
            Ok(document) => (differences(&expected, &document), None),
            Err(Error { trouble: Trouble::TimedOut, .. }) => (vec!["no answer came in time".to_owned()], None),
            Err(error) if passes(&error) => (vec!["there is no document yet".to_owned()], Some(error)),
            Err(error) => return Err(diagnose(&error, &doing)),
        };
        if missing.is_empty() {
            progress("The document agrees with the server's settings.".to_owned());
            return Ok(());
        }
        if left().is_zero() {
            return Err(match trouble {
                Some(error) => diagnose(&error, &doing),
                None => late(&missing, &doing, &path, limit),
            });
        }
        progress(format!("Not yet: {}. Looking again.", missing.join("; ")));
        context.pause(pause.min(left()), &what).await?;
        pause = (pause * 2).min(LONGEST_WAIT);
    }
}

fn timeout(config: &Config) -> Duration {
    config.get("timeout").as_str().and_then(time_limit).unwrap_or(DEFAULT_TIMEOUT)
}

/// Whether a failure may pass by itself.
fn passes(error: &Error) -> bool {
    matches!(error.trouble, Trouble::Unreachable { .. } | Trouble::Outage { .. })
        || matches!(error.status(), Some(404 | 500..=599))
}

/// The server's settings. One that was created a moment ago is waited for.
async fn settings(session: &Arc<Session>, project: &str, id: &str) -> Result<Object, Diagnostics> {
    let at = [("project_id", project), ("id", id)].map(|(name, text)| (name, Value::string(text)));
    match look_up(&LOOK_UP, session, &Config::new(Object::from(at))).await? {
        (Some(settings), diagnostics) if !diagnostics.has_errors() => Ok(settings),
        (_, diagnostics) => Err(diagnostics),
    }
}

/// The document that follows from a server's settings, without the host of its addresses, which may
/// be a custom domain.
fn described(settings: &Object, project: &str, id: &str) -> Metadata {
    let nested = |name: &str, inner: &str| {
        attribute(settings, name).as_object().map_or(&Value::Null, |object| attribute(object, inner)).clone()
    };
    let scopes = ["permissions_scopes", "attributes_scopes", "connections_scopes"].map(|list| {
        let list = nested("approved_scopes", list);
        let names = list
            .elements()
            .unwrap_or_default()
            .iter()
            .filter_map(|scope| attribute(scope.as_object()?, "name").as_str());
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    let enabled = |name| nested(name, "enabled").as_bool() == Some(true);
    Metadata {
        issuer: Some(format!("/v1/apps/agentic/{project}/{id}")),
        registration_endpoint: enabled("dynamic_registration")
            .then(|| format!("/v1/mgmt/mcp/client/{project}/{id}/register")),
        client_id_metadata_document_supported: enabled("cimd_settings").then_some(true),
        scopes_supported: Some(scopes.concat()),
    }
}

/// What a document does not say yet. Further scopes don't count, since Descope adds some.
fn differences(expected: &Metadata, document: &Metadata) -> Vec<String> {
    let mut missing = Vec::new();
    let addressed = |given: &Option<String>, path: &Option<String>| match (given, path) {
        (Some(given), Some(path)) => given.trim_end_matches('/').ends_with(path.as_str()),
        (None, None) => true,
        _ => false,
    };
    if !addressed(&document.issuer, &expected.issuer) {
        missing.push(format!("its issuer is {:?}", document.issuer.as_deref().unwrap_or_default()));
    }
    if !addressed(&document.registration_endpoint, &expected.registration_endpoint) {
        let enabled = expected.registration_endpoint.is_some();
        missing.push(format!(
            "registration is {}, but the document says otherwise",
            if enabled { "enabled" } else { "disabled" }
        ));
    }
    let by_document = |metadata: &Metadata| metadata.client_id_metadata_document_supported == Some(true);
    if by_document(document) != by_document(expected) {
        let enabled = by_document(expected);
        missing
            .push(format!("CIMD is {}, but the document says otherwise", if enabled { "enabled" } else { "disabled" }));
    }
    let listed = document.scopes_supported.as_deref().unwrap_or_default();
    let absent: Vec<&str> = expected
        .scopes_supported
        .iter()
        .flatten()
        .filter(|scope| !listed.contains(scope))
        .map(String::as_str)
        .collect();
    if !absent.is_empty() {
        missing.push(format!("it does not list the scopes {}", absent.join(", ")));
    }
    missing
}

/// What to tell when the time is up.
fn late(missing: &[String], doing: &Doing<'_>, path: &str, waited: Duration) -> Diagnostics {
    let detail = format!(
        "After {}, {}{path} still does not agree with the server's settings: {}. Clients that read it now \
         will not see the settings. Descope may need longer: set a longer `timeout`, or run the action again later.",
        length(waited),
        doing.base_url,
        missing.join("; ")
    );
    Diagnostic::error("The discovery document differs", detail).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Metadata {
        Metadata {
            issuer: Some("/v1/apps/agentic/P/MS".to_owned()),
            registration_endpoint: Some("/v1/mgmt/mcp/client/P/MS/register".to_owned()),
            client_id_metadata_document_supported: None,
            scopes_supported: Some(vec!["a".to_owned(), "b".to_owned()]),
        }
    }

    #[test]
    fn what_a_document_lacks_is_named() {
        let served = Metadata {
            issuer: Some("https://auth.example.com/v1/apps/agentic/P/MS".to_owned()),
            registration_endpoint: Some("https://x.example/v1/mgmt/mcp/client/P/MS/register".to_owned()),
            client_id_metadata_document_supported: Some(false),
            scopes_supported: Some(vec!["b".to_owned(), "outbound.token.fetch".to_owned(), "a".to_owned()]),
        };
        assert_eq!(differences(&document(), &served), Vec::<String>::new());
        for (wrong, words) in [
            (
                Metadata { issuer: Some("https://api.descope.com/P".to_owned()), ..served.clone() },
                "its issuer is \"https://api.descope.com/P\"",
            ),
            (
                Metadata { registration_endpoint: None, ..served.clone() },
                "registration is enabled, but the document says otherwise",
            ),
            (
                Metadata { client_id_metadata_document_supported: Some(true), ..served.clone() },
                "CIMD is disabled, but the document says otherwise",
            ),
            (Metadata { scopes_supported: None, ..served.clone() }, "it does not list the scopes a, b"),
        ] {
            assert_eq!(differences(&document(), &wrong), [words]);
        }
    }
}
