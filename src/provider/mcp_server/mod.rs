//! `descope_mcp_server`: its tables. Everything about one attribute stands in its row; rules across attributes are in `rules`, what is done
//! to servers in `operations`.

mod operations;
mod reach;
mod rules;

use super::settings::project_word;
use crate::engine::{Identifier, Resource};
use crate::schema::check::{audience, domain_pattern, image, not_blank, redirect_uri, scope_token, web_page};
use crate::schema::kind::{DURATION, FLAG, TEXT, TEXT_SET};
use crate::schema::{Attribute, Literal, Table};

pub(super) use operations::McpServerOperations;
use rules::{
    a_month_at_most, consent_flow, enabled_session_settings_are_whole, one_consent_page, session_within_refresh,
    three_minutes_at_least,
};

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
    .checks(&[not_blank, project_word])
    .replaces(),
    Attribute::optional("description", TEXT, "Free text for operators.").json("description"),
    Attribute::optional("logo", TEXT, "Image on the consent screen: a URL or a `data:` URI.").json("logo").rewritten().checks(&[image]),
    Attribute::optional(
        "login_page_url",
        TEXT,
        "Page that runs the consent flow: Descope's hosted page with `?flow=<flow id>`, or your own page that embeds the flow. The \
         flow must be an inbound-apps consent flow.",
    )
    .json("loginPageURL")
    .also(&["loginPageUrl"])
    .rewritten()
    .checks(&[web_page, consent_flow]),
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
