//! `descope_mcp_server`: its tables, its rules, its operations.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::config::Configured;
use super::diagnose::{Doing, diagnose};
use super::import_id::{FORMS, ImportId, Target};
use crate::descope::{Label, McpServers, label};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::phase::attribute;
use crate::engine::{Config, Identifier, Operations, Reply, Resource};
use crate::raw::{RawObject, Unexpected};
use crate::schema::check::{audience, domain_pattern, not_blank, redirect_uri, scope_token, web_page};
use crate::schema::kind::{DURATION, FLAG, TEXT, TEXT_SET, seconds};
use crate::schema::{Attribute, Literal, Table, Verdict};
use crate::value::{Object, Path, Value};

/// The resource type.
pub const RESOURCE: Resource = Resource {
    type_name: "descope_mcp_server",
    docs: "An MCP server in Descope: the OAuth side of a server that speaks the Model Context Protocol.\n\nEvery attribute but \
           `name` may be left out, and is then not managed here: creating leaves it to Descope, updating keeps what Descope has. \
           An explicit empty value (`\"\"`, `false`, `[]`) clears.",
    table: &TABLE,
    upgrades: &[],
    rules: &[session_within_refresh, one_consent_page],
    creation_rules: &[enabled_session_settings_are_whole],
    identity: &[Identifier { name: "project_id", required: false }, Identifier { name: "id", required: true }],
    found_by: &["id", "name"],
};

static TABLE: Table = Table::of(&[
    Attribute::required("name", TEXT, "Name in the console and on the consent screen.").json("name").checks(&[not_blank]),
    Attribute::optional(
        "id",
        TEXT,
        "Identifier that Descope assigns (`MS…`). Set it to adopt that existing server with an update instead of creating one; the \
         server must exist. Changing it asks for another server.",
    )
    .assigned("id")
    .checks(&[not_blank])
    .replaces(),
    Attribute::optional(
        "project_id",
        TEXT,
        "Project that the server belongs to. The provider's `project_id` where it is left out when the server is created. Changing \
         it replaces the server.",
    )
    .template("{provider.project_id}")
    .checks(&[not_blank])
    .replaces(),
    Attribute::optional("description", TEXT, "Free text for operators.").json("description"),
    Attribute::optional("logo", TEXT, "Image on the consent screen: a URL or a `data:` URI.").json("logo"),
    Attribute::optional(
        "login_page_url",
        TEXT,
        "Page that runs the consent flow: Descope's hosted page with `?flow=<flow id>`, or your own page that embeds the flow. The \
         flow must be an inbound-apps consent flow.",
    )
    .json("loginPageURL")
    .also(&["loginPageUrl"])
    .checks(&[web_page]),
    Attribute::at_creation(
        "consent_flow_id",
        TEXT,
        "consentFlowId",
        "Consent flow from which Descope makes the `login_page_url` of a new server. Counts only when the server is created and can't be \
         read back, so it is write-only: neither plan nor state hold it. To change the page later, set `login_page_url`.",
    )
    .checks(&[not_blank]),
    Attribute::at_creation(
        "consent_flow_hosting_url",
        TEXT,
        "consentFlowHostingURL",
        "Page that hosts the consent flow of a new server, such as `https://api.descope.com/login/<project id>`. Write-only, as is \
         `consent_flow_id`.",
    )
    .checks(&[web_page]),
    Attribute::optional(
        "audience_whitelist",
        TEXT_SET,
        "Resources that may be the audience (`aud`) of tokens for this server, usually the URL of the MCP endpoint.",
    )
    .json("audienceWhitelist")
    .checks(&[audience]),
    Attribute::optional("approved_callback_urls", TEXT_SET, "Redirect URIs that clients may use.")
        .json("approvedCallbackUrls")
        .checks(&[redirect_uri]),
    Attribute::optional("tags", TEXT_SET, "Labels; policies can test those of clients.").json("tags").checks(&[not_blank]),
    Attribute::optional("skip_consent_screen", FLAG, "Whether users are not asked for consent. For trusted, internal servers.")
        .json("skipConsentScreen"),
    Attribute::optional(
        "force_add_all_authorization_info",
        FLAG,
        "Whether every token holds all of the user's tenants, roles and permissions.",
    )
    .json("forceAddAllAuthorizationInfo"),
    Attribute::object("dynamic_registration", &DYNAMIC_REGISTRATION, "Clients that register themselves (RFC 7591).")
        .json("dynamicRegistration"),
    Attribute::object("approved_scopes", &APPROVED_SCOPES, "Scopes that clients may ask for.").json("approvedScopes"),
    Attribute::object("session_settings", &SESSION_SETTINGS, "Token lifetimes and templates in place of the project's.")
        .json("sessionSettings"),
    Attribute::object("cimd_settings", &CIMD_SETTINGS, "Clients that identify themselves by the URL of their metadata document.")
        .json("cimdSettings"),
    Attribute::computed("issuer", TEXT, "Issuer in the server's discovery documents.")
        .template("{provider.base_url}/v1/apps/agentic/{project_id}/{id}"),
    Attribute::computed("openid_configuration_url", TEXT, "The server's OpenID discovery document.")
        .template("{issuer}/.well-known/openid-configuration"),
    Attribute::computed(
        "oauth_authorization_server_url",
        TEXT,
        "The server's OAuth discovery document (RFC 8414), for clients and gateways that ask for one.",
    )
    .template("{issuer}/.well-known/oauth-authorization-server"),
    Attribute::computed("authorization_endpoint", TEXT, "Where clients send users to sign in and consent.")
        .template("{provider.base_url}/oauth2/v1/apps/agentic/{project_id}/{id}/authorize"),
    Attribute::computed("token_endpoint", TEXT, "Where clients get tokens.")
        .template("{provider.base_url}/oauth2/v1/apps/agentic/{project_id}/{id}/token"),
    Attribute::computed(
        "registration_endpoint",
        TEXT,
        "Where clients register themselves, if `dynamic_registration` is enabled.",
    )
    .template("{provider.base_url}/v1/mgmt/mcp/client/{project_id}/{id}/register"),
]);

static DYNAMIC_REGISTRATION: Table = Table::of(&[
    Attribute::optional("enabled", FLAG, "Whether clients may register themselves.").json("enabled"),
    Attribute::optional(
        "disable_approved_scopes_as_default",
        FLAG,
        "Whether a client that registers without naming scopes gets none, instead of all approved ones.",
    )
    .json("disableApprovedScopesAsDefault"),
    Attribute::optional("flow_id", TEXT, "Flow that assesses a client as it registers. Empty means none.")
        .json("flowId"),
]);

static APPROVED_SCOPES: Table = Table::of(&[
    Attribute::list("permissions_scopes", &SCOPE, "Scopes that stand for roles of the user (`values`).")
        .json("permissionsScopes"),
    Attribute::list("attributes_scopes", &SCOPE, "Scopes that stand for attributes of the user (`values`).")
        .json("attributesScopes"),
    Attribute::list("connections_scopes", &SCOPE, "Scopes that stand for scopes of a Connection (`values`).")
        .json("connectionsScopes"),
]);

static SCOPE: Table = Table::elements(
    "name",
    &[
        Attribute::required("name", TEXT, "The scope as clients ask for it.").json("name").checks(&[scope_token]),
        Attribute::defaulted("description", TEXT, Literal::Text(""), "Text on the consent screen.").json("description"),
        Attribute::defaulted("optional", FLAG, Literal::Flag(false), "Whether the scope may be left out.")
            .json("optional"),
        Attribute::defaulted(
            "values",
            TEXT_SET,
            Literal::EmptySet,
            "What the scope stands for: roles, user attributes, or scopes of a Connection.",
        )
        .json("values"),
    ],
);

static SESSION_SETTINGS: Table = Table::of(&[
    Attribute::optional("enabled", FLAG, "Whether these settings replace the project's.").json("enabled"),
    Attribute::optional(
        "refresh_token_expiration",
        DURATION,
        "Lifetime of refresh tokens, such as `\"4 weeks\"`: a whole number of seconds, minutes, hours, days or weeks.",
    )
    .json("refreshTokenExpiration")
    .checks(&[three_minutes_at_least]),
    Attribute::optional(
        "session_token_expiration",
        DURATION,
        "Lifetime of users' access tokens, such as `\"10 minutes\"`.",
    )
    .json("sessionTokenExpiration")
    .checks(&[three_minutes_at_least]),
    Attribute::optional(
        "key_session_token_expiration",
        DURATION,
        "Lifetime of access tokens from client credentials, such as `\"10 minutes\"`.",
    )
    .json("keySessionTokenExpiration")
    .checks(&[three_minutes_at_least, a_month_at_most]),
    Attribute::optional("user_template_id", TEXT, "JWT template of users' tokens.").json("userTemplateId"),
    Attribute::optional("key_template_id", TEXT, "JWT template of clients' tokens.").json("keyTemplateId"),
]);

static CIMD_SETTINGS: Table = Table::of(&[
    Attribute::optional("enabled", FLAG, "Whether such clients are accepted.").json("enabled"),
    Attribute::list("domain_policies", &DOMAIN_POLICY, "Domains whose clients are accepted.")
        .json("domainPolicies/policies"),
]);

static DOMAIN_POLICY: Table = Table::elements(
    "domain_pattern",
    &[
        Attribute::required("domain_pattern", TEXT, "A host name, or a wildcard such as `*.example.com`.")
            .json("domainPattern")
            .checks(&[domain_pattern]),
        Attribute::defaulted("enabled", FLAG, Literal::Flag(true), "Whether the entry counts.").json("enabled"),
    ],
);

/// Descope's lower bound for every lifetime. An empty one is not set, and so has none.
fn three_minutes_at_least(text: &str) -> Verdict {
    match seconds(text) {
        Ok(length) if length < 180 => {
            Verdict::Refuse(format!("{text:?} is shorter than the 3 minutes that Descope needs at least."))
        }
        // What is no duration at all, its kind says.
        Ok(_) | Err(_) => Verdict::Accept,
    }
}

/// Descope's upper bound for tokens from client credentials.
fn a_month_at_most(text: &str) -> Verdict {
    match seconds(text) {
        Ok(length) if length > 31 * 86_400 => {
            Verdict::Refuse(format!("{text:?} is longer than the month that Descope allows."))
        }
        Ok(_) | Err(_) => Verdict::Accept,
    }
}

const SESSION: &str = "session_settings";
const REFRESH_EXPIRATION: &str = "refresh_token_expiration";
const SESSION_EXPIRATION: &str = "session_token_expiration";
const KEY_EXPIRATION: &str = "key_session_token_expiration";

/// A session token can't outlive the refresh token that renews it.
fn session_within_refresh(config: &Config) -> Diagnostics {
    let Some(settings) = config.get(SESSION).as_object() else { return Diagnostics::none() };
    let length = |name| attribute(settings, name).as_str().and_then(|text| seconds(text).ok());
    match (length(SESSION_EXPIRATION), length(REFRESH_EXPIRATION)) {
        (Some(session), Some(refresh)) if session > refresh => {
            let detail = format!(
                "`{SESSION_EXPIRATION}` is longer than `{REFRESH_EXPIRATION}`. Descope wants access tokens to end no later than the \
                 refresh tokens that renew them."
            );
            Diagnostic::error("Invalid value", detail).at(Path::of(SESSION).attribute(SESSION_EXPIRATION)).into()
        }
        _ => Diagnostics::none(),
    }
}

/// The page is either given or made of a flow.
fn one_consent_page(config: &Config) -> Diagnostics {
    let given = |name: &str| !config.get(name).is_null() && !config.get(name).is_unknown();
    let mut diagnostics = Diagnostics::none();
    for name in ["consent_flow_id", "consent_flow_hosting_url"] {
        if given("login_page_url") && given(name) {
            let detail = format!(
                "`{name}` and `login_page_url` exclude each other: Descope makes the page of a new server of the consent flow, unless it \
                 is given. Remove one of them."
            );
            diagnostics.push(Diagnostic::error("Conflicting attributes", detail).at(Path::of(name)));
        }
    }
    diagnostics
}

/// Settings that replace the project's need all three lifetimes: a new server has none that could stay.
fn enabled_session_settings_are_whole(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    let Some(settings) = config.get(SESSION).as_object() else { return diagnostics };
    if attribute(settings, "enabled").as_bool() == Some(true) {
        for name in [REFRESH_EXPIRATION, SESSION_EXPIRATION, KEY_EXPIRATION] {
            let value = attribute(settings, name);
            if value.is_null() || value.as_str() == Some("") {
                let detail = format!(
                    "A new server with `{SESSION}.enabled = true` needs `{name}` too: these settings replace all of the project's."
                );
                diagnostics.push(Diagnostic::error("Missing value", detail).at(Path::of(SESSION).attribute(name)));
            }
        }
    }
    diagnostics
}

/// The operations on MCP servers.
pub(super) struct McpServerOperations {
    connection: Arc<Configured>,
}

/// One project's servers, and what to say if a call to them fails.
struct Reach {
    connection: Arc<Configured>,
    project: String,
    base_url: String,
}

// === impl McpServerOperations ===

impl McpServerOperations {
    pub(super) fn new(connection: Arc<Configured>) -> Self {
        Self { connection }
    }

    fn reach(&self, project: String) -> Result<Reach, Diagnostics> {
        let base_url = self.connection.base_url(&project)?;
        Ok(Reach { connection: self.connection.clone(), project, base_url })
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
            let doing = || format!("creating MCP server {:?}", attribute(at, "name").as_str().unwrap_or_default());
            let created = reach.servers()?.create(&body.to_raw()).await;
            reach.object(created.map_err(|error| reach.failed(&error, doing()))?.as_ref(), doing())
        })
    }

    fn load<'a>(&'a self, at: &'a Object) -> Reply<'a, Option<RawObject>> {
        Box::pin(async move {
            let reach = self.reach_at(at)?;
            let doing = || format!("reading {}", self.describe(at));
            let loaded = reach.servers()?.load(id_of(at)).await.map_err(|error| reach.failed(&error, doing()))?;
            loaded.map(|server| reach.object(&server, doing())).transpose()
        })
    }

    fn update<'a>(&'a self, at: &'a Object, body: RawObject) -> Reply<'a, RawObject> {
        Box::pin(async move {
            let reach = self.reach_at(at)?;
            let doing = || format!("updating {}", self.describe(at));
            let updated = reach.servers()?.update(&body.to_raw()).await;
            reach.object(updated.map_err(|error| reach.failed(&error, doing()))?.as_ref(), doing())
        })
    }

    fn delete<'a>(&'a self, at: &'a Object) -> Reply<'a, ()> {
        Box::pin(async move {
            let reach = self.reach_at(at)?;
            let doing = || format!("deleting {}", self.describe(at));
            reach.servers()?.delete(id_of(at)).await.map_err(|error| reach.failed(&error, doing()))
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
            let doing = || format!("listing the MCP servers of project {}", reach.project);
            let servers = reach.servers()?.all().await.map_err(|error| reach.failed(&error, doing()))?;
            let named =
                |server: &RawValue| Ok((label(server).name.unwrap_or_default(), reach.object(server, doing())?));
            servers.iter().map(AsRef::as_ref).map(named).collect()
        })
    }

    fn describe(&self, at: &Object) -> String {
        let project = attribute(at, "project_id").as_str().map(|project| format!(" in project {project}"));
        format!("MCP server {}{}", id_of(at), project.unwrap_or_default())
    }
}

// === impl Reach ===

impl Reach {
    fn servers(&self) -> Result<McpServers<'_>, Diagnostics> {
        Ok(McpServers { api: self.connection.api()?, base_url: &self.base_url, project: &self.project })
    }

    fn failed(&self, error: &crate::descope::Error, what: String) -> Diagnostics {
        diagnose(error, &Doing { what, base_url: &self.base_url, project: &self.project, table: &TABLE })
    }

    fn object(&self, server: &RawValue, what: String) -> Result<RawObject, Diagnostics> {
        RawObject::parse(server).map_err(|Unexpected { expected, found }| {
            let detail =
                format!("While {what}: `server` in the answer of {} is {found}, not {expected}.", self.base_url);
            Diagnostic::error("The API's answer can't be understood", detail).into()
        })
    }

    /// The id of the one server of exactly this name.
    async fn find_by_name(&self, name: &str) -> Result<String, Diagnostics> {
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

fn id_of(at: &Object) -> &str {
    attribute(at, "id").as_str().unwrap_or_default()
}
