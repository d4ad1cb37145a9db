// SPDX-License-Identifier: Apache-2.0

//! The tables of `descope_mcp_server`: everything about one attribute stands in its row.

use super::rules::{AT_LEAST_THREE_MINUTES, AT_MOST_A_MONTH, CONSENT_FLOW, SERVER_ID};
use crate::engine::timeouts::timeouts;
use crate::provider::settings::checks::PROJECT_ID;
use crate::schema::check::{
    AUDIENCE, DOMAIN_PATTERN, IMAGE, NONE_BLANK, NOT_BLANK, REDIRECT_URI, SCOPE_NAME, WEB_PAGE,
};
use crate::schema::kind::{DURATION, FLAG, TEXT, TEXT_SET};
use crate::schema::{Attribute, Literal, Table};

pub(super) static TABLE: Table = Table::of(&[
    Attribute::required("name", TEXT, "Name in the console and on the consent screen.")
        .json("name")
        .checks(&[NOT_BLANK]),
    Attribute::optional(
        "id",
        TEXT,
        "Identifier that Descope assigns (`MS…`). Set it to adopt that existing server with an update instead of \
         creating one. The server must exist. The data source `descope_mcp_server` finds the id by the server's name. \
         Changing it to the id of another server is refused.",
    )
    .assigned("id")
    .id()
    .adopts()
    .example(Literal::Text("MS35d1Xw1Yo6zozsW7n8BU6xLmnAs"))
    .checks(&[SERVER_ID]),
    Attribute::optional(
        "project_id",
        TEXT,
        "Project that the server belongs to. If left out, a new server is created in the provider's `project_id`, and \
         an existing one stays where it is.",
    )
    .from_provider("project_id")
    .place()
    .checks(&[NOT_BLANK, PROJECT_ID])
    .replaces(),
    Attribute::optional("description", TEXT, "Free text for operators.").json("description"),
    Attribute::optional("logo", TEXT, "Image on the consent screen.")
        .json("logo")
        .example(Literal::Text("https://x.example/logo.png"))
        .rewritten()
        .checks(&[IMAGE]),
    Attribute::optional(
        "login_page_url",
        TEXT,
        "Page that runs the consent flow: Descope's hosted page with `?flow=FLOW_ID`, or your own page that embeds the \
         flow.",
    )
    .json("loginPageURL")
    .also(&["loginPageUrl"])
    .example(Literal::Text("https://x.example/login?flow=inbound-apps-user-consent"))
    .rewritten()
    .initially_made()
    .checks(&[WEB_PAGE, CONSENT_FLOW]),
    Attribute::creation_argument(
        "consent_flow_id",
        TEXT,
        "consentFlowId",
        "Consent flow from which Descope makes the `login_page_url` of a new server. To change the page \
         later, set `login_page_url`.",
    )
    .example(Literal::Text("inbound-apps-user-consent"))
    .checks(&[NOT_BLANK]),
    Attribute::creation_argument(
        "consent_flow_hosting_url",
        TEXT,
        "consentFlowHostingURL",
        "Page that hosts the consent flow of a new server, such as `https://api.descope.com/login/PROJECT_ID`.",
    )
    .example(Literal::Text("https://x.example/login"))
    .checks(&[WEB_PAGE]),
    Attribute::optional(
        "audience_whitelist",
        TEXT_SET,
        "Resources that may be the audience (`aud`) of tokens for this server, usually the URL of the MCP endpoint.",
    )
    .json("audienceWhitelist")
    .example(Literal::Texts(&["https://a.example/mcp", "https://b.example/mcp"]))
    .checks(&[AUDIENCE]),
    Attribute::optional("approved_callback_urls", TEXT_SET, "Redirect URIs that clients may use.")
        .json("approvedCallbackUrls")
        .example(Literal::Texts(&["cursor://oauth/callback", "https://x.example/callback"]))
        .checks(&[REDIRECT_URI]),
    Attribute::optional("tags", TEXT_SET, "Labels; policies can test those of clients.")
        .json("tags")
        .checks(&[NONE_BLANK]),
    Attribute::optional(
        "skip_consent_screen",
        FLAG,
        "Whether to skip the consent screen. For trusted, internal servers.",
    )
    .json("skipConsentScreen"),
    Attribute::optional(
        "force_add_all_authorization_info",
        FLAG,
        "Whether every token contains all of the user's tenants, roles and permissions.",
    )
    .json("forceAddAllAuthorizationInfo"),
    Attribute::object(
        "dynamic_registration",
        &DYNAMIC_REGISTRATION,
        "How clients register themselves (RFC 7591). Setting this object alone does not allow it: set `enabled` in \
         it, too, or Descope decides.",
    )
    .json("dynamicRegistration"),
    Attribute::object("approved_scopes", &APPROVED_SCOPES, "Scopes that clients may ask for.").json("approvedScopes"),
    Attribute::object(
        "session_settings",
        &SESSION_SETTINGS,
        "Token lifetimes and templates in place of the project's. Setting this object alone does not turn them on: set \
         `enabled` in it, too, or Descope decides.",
    )
    .json("sessionSettings"),
    Attribute::object(
        "cimd_settings",
        &CIMD_SETTINGS,
        "Clients that identify themselves by the URL of their metadata document (CIMD). Setting this object alone does \
         not allow it: set `enabled` in it, too, or Descope decides.",
    )
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
    timeouts(),
]);

static DYNAMIC_REGISTRATION: Table = Table::of(&[
    Attribute::optional("enabled", FLAG, "Whether clients may register themselves.")
        .json("enabled")
        .initially(Literal::Flag(true)),
    Attribute::optional(
        "disable_approved_scopes_as_default",
        FLAG,
        "Whether a client that registers without naming scopes gets none, instead of all approved ones.",
    )
    .json("disableApprovedScopesAsDefault"),
    Attribute::optional("flow_id", TEXT, "Flow that assesses a client as it registers.").json("flowId"),
]);

static APPROVED_SCOPES: Table = Table::of(&[
    Attribute::list("permissions_scopes", &PERMISSIONS_SCOPE, "Scopes that stand for roles of the user.")
        .json("permissionsScopes"),
    Attribute::list("attributes_scopes", &ATTRIBUTES_SCOPE, "Scopes that stand for attributes of the user.")
        .json("attributesScopes"),
    Attribute::list("connections_scopes", &CONNECTIONS_SCOPE, "Scopes that stand for scopes of a Connection.")
        .json("connectionsScopes"),
]);

static PERMISSIONS_SCOPE: Table = Table::elements("name", &OF_ROLES);
static ATTRIBUTES_SCOPE: Table = Table::elements("name", &OF_USER_ATTRIBUTES);
static CONNECTIONS_SCOPE: Table = Table::elements("name", &OF_CONNECTIONS);

static OF_ROLES: [Attribute; 4] = scope("Names of the roles that the scope stands for.");
static OF_USER_ATTRIBUTES: [Attribute; 4] = scope("Names of the user's attributes that the scope stands for.");
static OF_CONNECTIONS: [Attribute; 4] = scope("Names of the Connection's scopes that the scope stands for.");

/// A scope, with what its `values` are.
const fn scope(values: &'static str) -> [Attribute; 4] {
    [
        Attribute::required("name", TEXT, "The scope as clients ask for it.")
            .json("name")
            .example(Literal::Text("calendar.read"))
            .checks(&[SCOPE_NAME]),
        Attribute::defaulted("description", TEXT, Literal::Text(""), "What the consent screen says about the scope.")
            .json("description"),
        Attribute::defaulted(
            "optional",
            FLAG,
            Literal::Flag(false),
            "Whether the scope may be left out: by a client that does not ask for it, or by a user who declines it on \
             the consent screen.",
        )
        .json("optional"),
        Attribute::defaulted("values", TEXT_SET, Literal::Texts(&[]), values).json("values"),
    ]
}

static SESSION_SETTINGS: Table = Table::of(&[
    Attribute::optional("enabled", FLAG, "Whether these settings replace the project's.").json("enabled"),
    Attribute::optional("refresh_token_expiration", DURATION, "Lifetime of refresh tokens.")
        .json("refreshTokenExpiration")
        .example(Literal::Text("4 weeks"))
        .checks(&[AT_LEAST_THREE_MINUTES]),
    Attribute::optional("session_token_expiration", DURATION, "Lifetime of users' access tokens.")
        .json("sessionTokenExpiration")
        .checks(&[AT_LEAST_THREE_MINUTES]),
    Attribute::optional("key_session_token_expiration", DURATION, "Lifetime of access tokens from client credentials.")
        .json("keySessionTokenExpiration")
        .example(Literal::Text("1 hour"))
        .checks(&[AT_LEAST_THREE_MINUTES, AT_MOST_A_MONTH]),
    Attribute::optional("user_template_id", TEXT, "Id of the JWT template of users' tokens.").json("userTemplateId"),
    Attribute::optional("key_template_id", TEXT, "Id of the JWT template of clients' tokens.").json("keyTemplateId"),
]);

static CIMD_SETTINGS: Table = Table::of(&[
    Attribute::optional("enabled", FLAG, "Whether such clients are accepted.").json("enabled"),
    Attribute::list("domain_policies", &DOMAIN_POLICY, "Domains whose clients are accepted.")
        .json("domainPolicies/policies"),
]);

static DOMAIN_POLICY: Table = Table::elements(
    "domain_pattern",
    &[
        Attribute::required("domain_pattern", TEXT, "The domain, such as `*.example.com`.")
            .json("domainPattern")
            .example(Literal::Text("*.example.com"))
            .checks(&[DOMAIN_PATTERN]),
        Attribute::required("enabled", FLAG, "Whether the entry counts.").json("enabled"),
    ],
);
