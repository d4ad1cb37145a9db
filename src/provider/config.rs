//! The provider block: its table, the environment variables behind it, and the connection that is made of both. Nothing is
//! required until it is used, so `validate` and a plan that only creates need neither credentials nor network.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::mcp_server::McpServerOperations;
use super::verify_discovery;
use crate::descope::{Api, Settings, base_url_of};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::adoption::Adoptions;
use crate::engine::phase::attribute;
use crate::engine::{Action, Config, Connection, Operations, Progress, Reply, Resource, Surroundings};
use crate::schema::check::is_loopback;
use crate::schema::kind::TEXT;
use crate::schema::{Attribute, Table, Verdict};
use crate::value::{Object, Path, Value};

/// The provider block.
pub static TABLE: Table = Table::of(&[
    Attribute::local(
        "project_id",
        TEXT,
        "Project that resources belong to unless they set their own `project_id`. Falls back to the environment variable \
         `DESCOPE_PROJECT_ID`.",
    ),
    Attribute::local(
        "management_key",
        TEXT,
        "Management key with rights on the project, from the Descope console (Company > Management Keys). Falls back to the \
         environment variable `DESCOPE_MANAGEMENT_KEY`, which keeps it out of configuration files.",
    )
    .sensitive()
    .checks(&[fits_header]),
    Attribute::local(
        "base_url",
        TEXT,
        "Where the Management API is, for example `https://api.descope.com`. Falls back to the environment variable \
         `DESCOPE_BASE_URL`, else to the region that the project's id tells. Plain `http` is accepted for loopback addresses \
         only.",
    )
    .checks(&[base_url]),
]);

/// The environment variables that the provider falls back to, read once.
#[derive(Default)]
pub struct Environment {
    /// `DESCOPE_PROJECT_ID`
    pub project_id: Option<String>,
    /// `DESCOPE_MANAGEMENT_KEY`
    pub management_key: Option<SecretString>,
    /// `DESCOPE_BASE_URL`
    pub base_url: Option<String>,
    /// `TF_APPEND_USER_AGENT`
    pub append_user_agent: Option<String>,
}

/// One setting, as far as it is known.
enum Setting<T> {
    Given(T),
    /// Set, but to something that another resource has yet to decide.
    Unknown,
    Missing,
}

/// A configured provider.
pub struct Configured {
    project_id: Setting<String>,
    base_url: Setting<String>,
    api: Setting<Api>,
    adoptions: Adoptions,
}

// === impl Environment ===

impl Environment {
    /// This process's environment.
    pub fn of_process() -> Self {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            project_id: read("DESCOPE_PROJECT_ID"),
            management_key: read("DESCOPE_MANAGEMENT_KEY").map(SecretString::from),
            base_url: read("DESCOPE_BASE_URL"),
            append_user_agent: read("TF_APPEND_USER_AGENT"),
        }
    }

    fn user_agent(&self) -> String {
        let own = concat!("terraform-provider-descope/", env!("CARGO_PKG_VERSION"));
        match &self.append_user_agent {
            Some(more) => format!("{own} {more}"),
            None => own.to_owned(),
        }
    }
}

// === impl Configured ===

impl Configured {
    /// Combines the provider block and the environment; configuration wins.
    pub fn new(config: &Config, environment: &Environment, stop: CancellationToken) -> Result<Self, Diagnostics> {
        let project_id = setting(config.get("project_id"), environment.project_id.as_deref());
        let base_url = match setting(config.get("base_url"), environment.base_url.as_deref()) {
            Setting::Given(url) => Setting::Given(accepted_base_url(&url, config)?),
            other => other,
        };
        let key = match config.get("management_key") {
            Value::String(key) if !key.is_empty() => Setting::Given(SecretString::from(key.as_str())),
            Value::Unknown(_) => Setting::Unknown,
            _ => environment.management_key.clone().map_or(Setting::Missing, Setting::Given),
        };
        let api = match key {
            Setting::Given(key) => {
                let url = if let Setting::Given(url) = &base_url { Url::parse(url).ok() } else { None };
                let local = url.is_some_and(|url| is_loopback(&url));
                Setting::Given(Api::new(Settings {
                    key: accepted_key(key, config)?,
                    user_agent: environment.user_agent(),
                    local,
                    stop,
                }))
            }
            Setting::Unknown => Setting::Unknown,
            Setting::Missing => Setting::Missing,
        };
        Ok(Self { project_id, base_url, api, adoptions: Adoptions::default() })
    }

    /// The way to the API, or what is missing for it.
    pub fn api(&self) -> Result<&Api, Diagnostics> {
        match &self.api {
            Setting::Given(api) => Ok(api),
            Setting::Unknown => Err(undecided("management_key")),
            Setting::Missing => Err(missing("management_key", "DESCOPE_MANAGEMENT_KEY", "a management key")),
        }
    }

    /// The project of an object, or of the provider.
    pub fn project(&self, at: &Object) -> Result<String, Diagnostics> {
        match attribute(at, "project_id").as_str() {
            Some(project) if !project.is_empty() => Ok(project.to_owned()),
            _ => self.default_project(),
        }
    }

    /// The provider's project.
    pub fn default_project(&self) -> Result<String, Diagnostics> {
        match &self.project_id {
            Setting::Given(project) => Ok(project.clone()),
            Setting::Unknown => Err(undecided("project_id")),
            Setting::Missing => Err(missing("project_id", "DESCOPE_PROJECT_ID", "a project")),
        }
    }

    /// Where the API of a project is.
    pub fn base_url(&self, project: &str) -> Result<String, Diagnostics> {
        match &self.base_url {
            Setting::Given(url) => Ok(url.clone()),
            Setting::Unknown => Err(undecided("base_url")),
            Setting::Missing => Ok(base_url_of(project)),
        }
    }
}

impl Surroundings for Configured {
    fn lookup(&self, name: &str, object: &Object) -> Option<String> {
        match name {
            "project_id" => self.default_project().ok(),
            "base_url" => self.base_url(attribute(object, "project_id").as_str()?).ok(),
            _ => None,
        }
    }
}

impl Connection for Configured {
    fn undecided(&self, at: &Object) -> Option<&'static str> {
        let settings = [
            ("management_key", matches!(self.api, Setting::Unknown)),
            ("base_url", matches!(self.base_url, Setting::Unknown)),
            ("project_id", attribute(at, "project_id").is_null() && matches!(self.project_id, Setting::Unknown)),
        ];
        settings.into_iter().find(|(_, unknown)| *unknown).map(|(name, _)| name)
    }

    fn adoptions(&self) -> &Adoptions {
        &self.adoptions
    }

    fn operations(self: Arc<Self>, _resource: &'static Resource) -> Box<dyn Operations> {
        // There is one resource type so far; the next one chooses here.
        Box::new(McpServerOperations::new(self))
    }

    fn invoke<'a>(
        self: Arc<Self>,
        _action: &'static Action,
        config: &'a Config,
        progress: Progress<'a>,
    ) -> Reply<'a, ()> {
        // There is one action so far; the next one chooses here.
        Box::pin(verify_discovery::verify(self, config, progress))
    }
}

/// The setting in the configuration, else in the environment. An empty text is no value: it is what an unset variable gives.
fn setting(config: &Value, environment: Option<&str>) -> Setting<String> {
    match config {
        Value::String(text) if !text.is_empty() => Setting::Given(text.clone()),
        Value::Unknown(_) => Setting::Unknown,
        _ => environment.map_or(Setting::Missing, |text| Setting::Given(text.to_owned())),
    }
}

fn accepted_base_url(url: &str, config: &Config) -> Result<String, Diagnostics> {
    match base_url(url) {
        Verdict::Refuse(reason) => {
            let message = match config.get("base_url").is_null() {
                true => Diagnostic::error("Invalid value", format!("`DESCOPE_BASE_URL`: {reason}")),
                false => Diagnostic::error("Invalid value", format!("`base_url`: {reason}")).at(Path::of("base_url")),
            };
            Err(message.into())
        }
        Verdict::Accept | Verdict::Warn(_) => Ok(url.trim_end_matches('/').to_owned()),
    }
}

/// A rule for `base_url`: `https`, or `http` on this machine; nothing behind the path, and no credentials in it.
fn base_url(text: &str) -> Verdict {
    if text.is_empty() {
        return Verdict::Accept;
    }
    // The parser trims; requests would get the untrimmed text.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Verdict::Refuse("It has white space in it, which no URL has.".to_owned());
    }
    // The text may hold credentials, so no message quotes it.
    let Ok(url) = Url::parse(text) else {
        return Verdict::Refuse("It is no absolute URL such as https://api.descope.com.".to_owned());
    };
    let fault = if !url.has_host() || !matches!(url.scheme(), "http" | "https") {
        "It is no web address such as https://api.descope.com."
    } else if url.scheme() == "http" && !is_loopback(&url) {
        "It is not encrypted, and the management key would travel in the clear. Use https; http is for loopback addresses only."
    } else if !url.username().is_empty() || url.password().is_some() {
        "It holds a user name or password. Give the management key by `management_key`."
    } else if url.query().is_some() || url.fragment().is_some() {
        "It has a query or a fragment. Give the address alone, such as https://api.descope.com."
    } else {
        return Verdict::Accept;
    };
    Verdict::Refuse(fault.to_owned())
}

/// A rule for the management key: what an HTTP header can carry.
fn fits_header(text: &str) -> Verdict {
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Verdict::Accept,
        false => Verdict::Refuse(
            "It has white space, perhaps a line end at its end, or characters that are not ASCII.".to_owned(),
        ),
    }
}

/// The management key, if a header can carry it. The block's checks have not looked at the environment's.
fn accepted_key(key: SecretString, config: &Config) -> Result<SecretString, Diagnostics> {
    let Verdict::Refuse(reason) = fits_header(key.expose_secret()) else { return Ok(key) };
    let message = match config.get("management_key").as_str().is_none_or(str::is_empty) {
        true => Diagnostic::error("Invalid value", format!("`DESCOPE_MANAGEMENT_KEY`: {reason}")),
        false => {
            Diagnostic::error("Invalid value", format!("`management_key`: {reason}")).at(Path::of("management_key"))
        }
    };
    Err(message.into())
}

fn missing(attribute: &str, variable: &str, what: &str) -> Diagnostics {
    let detail = format!(
        "This operation needs {what}, and none is configured. Set `{attribute}` in the provider block or the environment variable \
         `{variable}`."
    );
    Diagnostic::error(format!("Missing {}", attribute.replace('_', " ")), detail).into()
}

fn undecided(attribute: &str) -> Diagnostics {
    let detail = format!(
        "This operation needs the provider's `{attribute}`, which another resource has yet to decide. Apply that resource first, \
         for example with `-target`, or give the provider a value that is known when planning."
    );
    Diagnostic::error("Provider configuration not known yet", detail).at(Path::root()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for accepted in [
            "",
            "https://api.descope.com",
            "https://x.example/descope/",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]",
        ] {
            assert_eq!(base_url(accepted), Verdict::Accept, "{accepted}");
        }
        for refused in [
            "x",
            "api.descope.com",
            "http://api.descope.com",
            "ftp://x",
            "https://u:p@x",
            "https://x?y",
            "https://x#y",
            "file:///x",
            "http://10.0.0.1",
            "https://x.example ",
            "https://x.example\n",
        ] {
            assert!(matches!(base_url(refused), Verdict::Refuse(_)), "{refused}");
        }
    }
}
