//! The documented messages as data: every field with its type, in the description's order. What follows from them (dropping unknown
//! fields, checking types, filling in zero values) is done by walking these lists.

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    Text,
    Flag,
    Int32,
    Texts,
    Message(&'static [Field]),
    Messages(&'static [Field]),
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub ty: Type,
}

const fn field(name: &'static str, ty: Type) -> Field {
    Field { name, ty }
}

/// `McpServer`
pub const SERVER: &[Field] = &[
    field("id", Type::Text),
    field("name", Type::Text),
    field("description", Type::Text),
    field("dynamicRegistration", Type::Message(DYNAMIC_REGISTRATION)),
    field("audienceWhitelist", Type::Texts),
    field("approvedScopes", Type::Message(APPROVED_SCOPES)),
    field("approvedCallbackUrls", Type::Texts),
    field("loginPageURL", Type::Text),
    field("sessionSettings", Type::Message(SESSION_SETTINGS)),
    field("tags", Type::Texts),
    field("logo", Type::Text),
    field("cimdSettings", Type::Message(CIMD_SETTINGS)),
    field("skipConsentScreen", Type::Flag),
    field("forceAddAllAuthorizationInfo", Type::Flag),
];

/// `CreateMcpServerRequest`: no id, but where the consent flow is, which no other message has.
pub const CREATE_SERVER: &[Field] = &[
    field("name", Type::Text),
    field("description", Type::Text),
    field("dynamicRegistration", Type::Message(DYNAMIC_REGISTRATION)),
    field("audienceWhitelist", Type::Texts),
    field("approvedScopes", Type::Message(APPROVED_SCOPES)),
    field("approvedCallbackUrls", Type::Texts),
    field("loginPageURL", Type::Text),
    field("sessionSettings", Type::Message(SESSION_SETTINGS)),
    field("tags", Type::Texts),
    field("logo", Type::Text),
    field("cimdSettings", Type::Message(CIMD_SETTINGS)),
    field("skipConsentScreen", Type::Flag),
    field("consentFlowId", Type::Text),
    field("consentFlowHostingURL", Type::Text),
    field("forceAddAllAuthorizationInfo", Type::Flag),
];

/// `UpdateMcpServerRequest`
pub const UPDATE_SERVER: &[Field] = &[field("server", Type::Message(SERVER))];

/// A request that names one object.
pub const BY_ID: &[Field] = &[field("id", Type::Text)];

/// A request that names several objects.
pub const BY_IDS: &[Field] = &[field("ids", Type::Texts)];

/// A request without fields.
pub const EMPTY: &[Field] = &[];

/// `McpServerDynamicClientRegistration`
const DYNAMIC_REGISTRATION: &[Field] =
    &[field("enabled", Type::Flag), field("disableApprovedScopesAsDefault", Type::Flag), field("flowId", Type::Text)];

/// `DynamicClientRegistrationApprovedScopes`
const APPROVED_SCOPES: &[Field] = &[
    field("permissionsScopes", Type::Messages(SCOPE)),
    field("attributesScopes", Type::Messages(SCOPE)),
    field("connectionsScopes", Type::Messages(SCOPE)),
];

/// `ApplicationScope`
const SCOPE: &[Field] = &[
    field("name", Type::Text),
    field("description", Type::Text),
    field("optional", Type::Flag),
    field("values", Type::Texts),
];

/// `ThirdPartyApplicationSessionSettings`
const SESSION_SETTINGS: &[Field] = &[
    field("enabled", Type::Flag),
    field("refreshTokenExpiration", Type::Int32),
    field("refreshTokenExpirationUnit", Type::Text),
    field("sessionTokenExpiration", Type::Int32),
    field("sessionTokenExpirationUnit", Type::Text),
    field("userTemplateId", Type::Text),
    field("keyTemplateId", Type::Text),
    field("keySessionTokenExpiration", Type::Int32),
    field("keySessionTokenExpirationUnit", Type::Text),
];

/// `CIMDSettings`
const CIMD_SETTINGS: &[Field] =
    &[field("enabled", Type::Flag), field("domainPolicies", Type::Message(DOMAIN_POLICIES))];

/// `CIMDDomainPolicies`
const DOMAIN_POLICIES: &[Field] = &[field("policies", Type::Messages(DOMAIN_POLICY))];

/// `CIMDDomainPolicy`
const DOMAIN_POLICY: &[Field] = &[field("domainPattern", Type::Text), field("enabled", Type::Flag)];

/// `McpServerClient`
pub const CLIENT: &[Field] = &[
    field("id", Type::Text),
    field("name", Type::Text),
    field("clientId", Type::Text),
    field("mcpServerId", Type::Text),
    field("approvedCallbackUrls", Type::Texts),
    field("scopes", Type::Texts),
    field("tags", Type::Texts),
    field("logo", Type::Text),
    field("registrationType", Type::Text),
    field("status", Type::Text),
    field("forceAddAllAuthorizationInfo", Type::Flag),
    field("allowedTenants", Type::Texts),
];

/// `CreateMcpServerClientRequest`
pub const CREATE_CLIENT: &[Field] = &[
    field("name", Type::Text),
    field("mcpServerId", Type::Text),
    field("approvedCallbackUrls", Type::Texts),
    field("scopes", Type::Texts),
    field("tags", Type::Texts),
    field("logo", Type::Text),
    field("forceAddAllAuthorizationInfo", Type::Flag),
    field("allowedTenants", Type::Texts),
];

/// `UpdateMcpServerClientRequest`
pub const UPDATE_CLIENT: &[Field] = &[
    field("id", Type::Text),
    field("name", Type::Text),
    field("mcpServerId", Type::Text),
    field("approvedCallbackUrls", Type::Texts),
    field("scopes", Type::Texts),
    field("tags", Type::Texts),
    field("logo", Type::Text),
    field("forceAddAllAuthorizationInfo", Type::Flag),
    field("allowedTenants", Type::Texts),
];

/// A request that names one client of a server.
pub const CLIENT_BY_ID: &[Field] =
    &[field("id", Type::Text), field("clientId", Type::Text), field("mcpServerId", Type::Text)];

/// `DeleteMcpServerClientsRequest`
pub const CLIENTS_BY_IDS: &[Field] = &[field("ids", Type::Texts), field("mcpServerId", Type::Text)];

/// `SearchMcpServerClientsRequest`, but for `sort`, which is documented with fields of other objects.
pub const SEARCH_CLIENTS: &[Field] = &[
    field("mcpServerId", Type::Text),
    field("page", Type::Int32),
    field("limit", Type::Int32),
    field("text", Type::Text),
    field("name", Type::Text),
    field("clientId", Type::Text),
    field("status", Type::Text),
    field("registrationMethod", Type::Text),
    field("tag", Type::Text),
];
