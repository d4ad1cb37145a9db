// SPDX-License-Identifier: Apache-2.0

//! Rules of `descope_mcp_server` beyond one kind of value: Descope's bounds for lifetimes, and
//! rules across attributes. Named by `table` and by the resource.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Rule;
use crate::engine::phase::attribute;
use crate::provider::resource_id::resource_id;
use crate::schema::kind::seconds;
use crate::schema::{Check, Verdict};
use crate::value::{Object, Path};

/// The form of an id. Ids may carry a region, so their length is not judged.
pub(super) const SERVER_ID: Check = Check { says: "`MS`, followed by letters and digits.", judge: server_id };

/// The page must run a consent flow.
pub(super) const CONSENT_FLOW: Check =
    Check { says: "The flow must be an inbound-apps consent flow.", judge: consent_flow };

/// Descope's lower bound for every lifetime.
pub(super) const AT_LEAST_THREE_MINUTES: Check = Check { says: "At least 3 minutes.", judge: three_minutes_at_least };

/// Descope's upper bound for tokens from client credentials.
pub(super) const AT_MOST_A_MONTH: Check = Check { says: "At most one month (31 days).", judge: a_month_at_most };

fn server_id(text: &str) -> Verdict {
    if text.trim().is_empty() {
        return Verdict::Refuse(format!("{text:?} is blank, so it names no server."));
    }
    if let Some(reason) = resource_id(text) {
        return Verdict::Forbid(reason);
    }
    let rest = text.strip_prefix("MS").unwrap_or_default();
    match !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => Verdict::Accept,
        false => Verdict::Refuse(format!(
            "{text:?} is not the id of an MCP server, which is `MS` followed by letters and digits. The console shows \
             it."
        )),
    }
}

/// The page of a flow that signs users in is easily taken for the one that asks for consent.
/// Descope then answers E102005. Only flows that every project has by these names are certainly not
/// consent flows.
fn consent_flow(text: &str) -> Verdict {
    const OTHERS: [&str; 5] = ["sign-up", "sign-in", "sign-up-or-in", "step-up", "invite"];
    let flow = url::Url::parse(text).ok().and_then(|url| {
        let mut parameters = url.query_pairs();
        parameters.find(|(name, _)| name == "flow").map(|(_, flow)| flow.into_owned())
    });
    match flow.filter(|flow| OTHERS.contains(&flow.as_str())) {
        Some(flow) => Verdict::Warn(format!(
            "The flow {flow:?} is not a consent flow. Descope wants one of the inbound-apps kind, such as \
             `inbound-apps-user-consent`."
        )),
        None => Verdict::Accept,
    }
}

/// An empty lifetime is not set, so it has no bound.
fn three_minutes_at_least(text: &str) -> Verdict {
    match seconds(text) {
        Ok(length) if length < 180 => {
            Verdict::Refuse(format!("{text:?} is shorter than 3 minutes, the minimum that Descope accepts."))
        }
        // Its kind reports what is not a duration at all.
        Ok(_) | Err(_) => Verdict::Accept,
    }
}

fn a_month_at_most(text: &str) -> Verdict {
    match seconds(text) {
        Ok(length) if length > 31 * 86_400 => {
            Verdict::Refuse(format!("{text:?} is longer than one month (31 days), the maximum that Descope accepts."))
        }
        Ok(_) | Err(_) => Verdict::Accept,
    }
}

const SESSION: &str = "session_settings";
const REFRESH_EXPIRATION: &str = "refresh_token_expiration";
const SESSION_EXPIRATION: &str = "session_token_expiration";
const KEY_EXPIRATION: &str = "key_session_token_expiration";

/// A session token can't outlive the refresh token that renews it.
pub(super) const SESSION_WITHIN_REFRESH: Rule = Rule {
    says: &[
        ("session_settings.session_token_expiration", "No longer than `refresh_token_expiration`."),
        ("session_settings.refresh_token_expiration", "No shorter than `session_token_expiration`."),
    ],
    judge: session_within_refresh,
};

fn session_within_refresh(object: &Object) -> Diagnostics {
    let Some(settings) = attribute(object, SESSION).as_object() else { return Diagnostics::none() };
    let length = |name| attribute(settings, name).as_str().and_then(|text| Some((text, seconds(text).ok()?)));
    match (length(SESSION_EXPIRATION), length(REFRESH_EXPIRATION)) {
        (Some((session, longer)), Some((refresh, shorter))) if longer > shorter => {
            let [at, renewal] = [SESSION_EXPIRATION, REFRESH_EXPIRATION].map(|name| Path::of(SESSION).attribute(name));
            let detail = format!(
                "`{at}` ({session:?}) is longer than `{renewal}` ({refresh:?}). Descope wants access tokens to end no \
                 later than the refresh tokens that renew them."
            );
            Diagnostic::error("Invalid value", detail).at(at).into()
        }
        _ => Diagnostics::none(),
    }
}

/// Clients that register without naming scopes would get none, and Claude is one of them.
pub(super) const REGISTERED_CLIENTS_GET_SCOPES: Rule = Rule {
    says: &[(
        "dynamic_registration.disable_approved_scopes_as_default",
        "Together with `enabled` it draws a warning: some clients, such as Claude, never name any.",
    )],
    judge: registered_clients_get_scopes,
};

fn registered_clients_get_scopes(object: &Object) -> Diagnostics {
    const REGISTRATION: &str = "dynamic_registration";
    const NONE_BY_DEFAULT: &str = "disable_approved_scopes_as_default";
    let Some(settings) = attribute(object, REGISTRATION).as_object() else { return Diagnostics::none() };
    let set = |name| attribute(settings, name).as_bool() == Some(true);
    if !(set("enabled") && set(NONE_BY_DEFAULT)) {
        return Diagnostics::none();
    }
    let at = Path::of(REGISTRATION).attribute(NONE_BY_DEFAULT);
    let detail = format!(
        "With `{REGISTRATION}.enabled` and `{at}`, a client that registers without naming scopes gets none. Some \
         clients never name any when they register, Claude among them."
    );
    Diagnostic::warning("Clients may get no scopes", detail).at(at).into()
}

/// A client asks for a scope by its name alone, so one name can't tell which of two scopes is meant.
pub(super) const ONE_SCOPE_OF_A_NAME: Rule = Rule {
    says: &[
        ("approved_scopes.permissions_scopes", IN_ONE_LIST),
        ("approved_scopes.attributes_scopes", IN_ONE_LIST),
        ("approved_scopes.connections_scopes", IN_ONE_LIST),
    ],
    judge: one_scope_of_a_name,
};

const IN_ONE_LIST: &str = "A name that is also in another of the three lists draws a warning.";

fn one_scope_of_a_name(object: &Object) -> Diagnostics {
    const SCOPES: &str = "approved_scopes";
    let mut diagnostics = Diagnostics::none();
    let Some(scopes) = attribute(object, SCOPES).as_object() else { return diagnostics };
    let mut seen = BTreeMap::new();
    for list in ["permissions_scopes", "attributes_scopes", "connections_scopes"] {
        let elements = attribute(scopes, list).elements().unwrap_or_default();
        for (index, element) in elements.iter().enumerate() {
            let name = element.as_object().and_then(|scope| attribute(scope, "name").as_str());
            let Some(name) = name else { continue };
            let first = *seen.entry(name).or_insert(list);
            if first != list {
                let at = Path::of(SCOPES).attribute(list).index(index).attribute("name");
                let detail = format!(
                    "`{at}`: {name:?} is in `{SCOPES}.{first}`, too. Clients ask for a scope by its name, and Descope \
                     does not document which of the two they get."
                );
                diagnostics.push(Diagnostic::warning("Two scopes of one name", detail).at(at));
            }
        }
    }
    diagnostics
}

/// The page is either given or made of a flow.
pub(super) const ONE_CONSENT_PAGE: Rule = Rule {
    says: &[
        ("login_page_url", "Excludes `consent_flow_id` and `consent_flow_hosting_url`."),
        ("consent_flow_id", "Excludes `login_page_url`."),
        ("consent_flow_hosting_url", "Excludes `login_page_url`, and needs `consent_flow_id`."),
    ],
    judge: one_consent_page,
};

fn one_consent_page(object: &Object) -> Diagnostics {
    let given = |name: &str| !attribute(object, name).is_null() && !attribute(object, name).is_unknown();
    let mut diagnostics = Diagnostics::none();
    for name in ["consent_flow_id", "consent_flow_hosting_url"] {
        if given("login_page_url") && given(name) {
            let detail = format!(
                "`{name}` and `login_page_url` exclude each other: Descope builds the page of a new server from the \
                 consent flow, unless you give the page. Remove one of them."
            );
            diagnostics.push(Diagnostic::error("Conflicting attributes", detail).at(Path::of(name)));
        }
    }
    if given("consent_flow_hosting_url") && attribute(object, "consent_flow_id").is_null() {
        let detail = "`consent_flow_hosting_url` is set without `consent_flow_id`, so the page of a new server would \
                      have no flow to run. Set both, or give the whole address as `login_page_url`.";
        let at = Path::of("consent_flow_hosting_url");
        diagnostics.push(Diagnostic::warning("A consent page without a flow", detail).at(at));
    }
    diagnostics
}

/// Settings that replace the project's need all three lifetimes. A new server has no earlier ones, and another one may
/// have none either.
pub(super) const ENABLED_SESSION_SETTINGS_ARE_WHOLE: Rule = Rule {
    says: &[
        (
            "session_settings.enabled",
            "If it is `true`, all three lifetimes must be set, unless the server has them already.",
        ),
        ("session_settings.refresh_token_expiration", NEEDED_IF_ENABLED),
        ("session_settings.session_token_expiration", NEEDED_IF_ENABLED),
        ("session_settings.key_session_token_expiration", NEEDED_IF_ENABLED),
    ],
    judge: enabled_session_settings_are_whole,
};

const NEEDED_IF_ENABLED: &str = "Needed with `enabled = true`, unless the server has one already.";

/// The CLIs drop what the schema of a nested attribute does not know, so a misspelled name is missing here, and
/// nothing tells how it was spelled.
fn enabled_session_settings_are_whole(object: &Object) -> Diagnostics {
    let Some(settings) = attribute(object, SESSION).as_object() else { return Diagnostics::none() };
    let is_set = |name: &&str| {
        let value = attribute(settings, name);
        !value.is_null() && value.as_str() != Some("")
    };
    let named = |names: &[&'static str]| {
        names.iter().map(|name| format!("`{}`", Path::of(SESSION).attribute(name))).collect::<Vec<_>>().join(", ")
    };
    let lifetimes = [REFRESH_EXPIRATION, SESSION_EXPIRATION, KEY_EXPIRATION];
    let missing: Vec<&'static str> = lifetimes.into_iter().filter(|name| !is_set(name)).collect();
    if attribute(settings, "enabled").as_bool() != Some(true) || missing.is_empty() {
        return Diagnostics::none();
    }
    let set: Vec<&'static str> = settings.keys().filter(is_set).collect();
    let (plural, them) = if missing.len() == 1 { ("", "it") } else { ("s", "them") };
    let detail = format!(
        "With `{SESSION}.enabled = true`, all three lifetimes are needed, since these settings replace all of the \
         project's.\nMissing: {}\nSet: {}\nAdd the missing one{plural}. If you did set {them}, look for a \
         misspelled name: without a word, the CLI drops what it doesn't know in `{SESSION}`.",
        named(&missing),
        named(&set)
    );
    Diagnostic::error("Missing value", detail).at(Path::of(SESSION)).into()
}
