//! The provider block: its table, the environment variables behind it, and what is made of both. Nothing is required until it is used, so
//! `validate` and a plan that only creates need neither credentials nor network. Used by `connection` and by what acts over one.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::settings::{BASE_URL, MANAGEMENT_KEY, PROJECT_ID, Setting, base_url, fits_header, project_word, setting};
use crate::descope::{Api, Limits, Settings, base_url_of};
use crate::diag::Diagnostics;
use crate::engine::phase::attribute;
use crate::engine::{Config, Run, Surroundings};
use crate::schema::check::is_loopback;
use crate::schema::kind::TEXT;
use crate::schema::{Attribute, Table};
use crate::value::Object;

/// The provider block.
pub static TABLE: Table = Table::of(&[
    Attribute::local(
        "project_id",
        TEXT,
        "Project that resources belong to unless they set their own `project_id`. Falls back to the environment variable \
         `DESCOPE_PROJECT_ID`.",
    )
    .checks(&[project_word]),
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

/// A configured provider.
pub struct Configured {
    project_id: Setting<String>,
    base_url: Setting<String>,
    api: Setting<Api>,
    stop: CancellationToken,
    run: Run,
}

// === impl Environment ===

impl Environment {
    /// This process's environment.
    pub fn of_process() -> Self {
        // A line end at the end of a variable is what `echo` leaves there, and no part of any of these.
        let read =
            |name| std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        Self {
            project_id: read("DESCOPE_PROJECT_ID"),
            management_key: read("DESCOPE_MANAGEMENT_KEY").map(SecretString::from),
            base_url: read("DESCOPE_BASE_URL"),
            append_user_agent: read("TF_APPEND_USER_AGENT"),
        }
    }

    fn user_agent(&self) -> String {
        let own = concat!("terraform-provider-descope/", env!("CARGO_PKG_VERSION"));
        let Some(more) = &self.append_user_agent else { return own.to_owned() };
        // What this variable adds is a decoration, so it must not stop an apply.
        if more.contains(char::is_control) {
            tracing::warn!(
                "`TF_APPEND_USER_AGENT` has characters that no HTTP header can carry, such as a \
                 line break: spaces are sent instead"
            );
        }
        format!("{own} {}", more.replace(char::is_control, " "))
    }
}

// === impl Configured ===

impl Configured {
    /// Combines the provider block and the environment; configuration wins.
    pub fn new(config: &Config, environment: &Environment, stop: CancellationToken) -> Result<Self, Diagnostics> {
        let key = environment.management_key.as_ref().map(ExposeSecret::expose_secret);
        let project_id = setting(&PROJECT_ID, config, environment.project_id.as_deref())?;
        let base_url = setting(&BASE_URL, config, environment.base_url.as_deref())?;
        let base_url = base_url.map(|url| url.trim_end_matches('/').to_owned());
        let local = matches!(&base_url, Setting::Given(url) if Url::parse(url).is_ok_and(|url| is_loopback(&url)));
        let user_agent = environment.user_agent();
        let api = setting(&MANAGEMENT_KEY, config, key)?
            .map(|key| Api::new(Settings { key: SecretString::from(key), user_agent, local }));
        Ok(Self { project_id, base_url, api, stop, run: Run::default() })
    }

    /// The way to the API, or what is missing for it.
    pub fn api(&self) -> Result<&Api, Diagnostics> {
        self.api.get(&MANAGEMENT_KEY)
    }

    /// The limits of an operation that begins now and may take this long.
    pub fn limits(&self, length: Duration) -> Limits {
        Limits::within(length, self.stop.clone())
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
        self.project_id.get(&PROJECT_ID).cloned()
    }

    /// Where the API of a project is.
    pub fn base_url(&self, project: &str) -> Result<String, Diagnostics> {
        match &self.base_url {
            Setting::Missing => Ok(base_url_of(project)),
            given => given.get(&BASE_URL).cloned(),
        }
    }

    /// The setting that depends on something not applied yet, if there is one that an object needs.
    pub fn undecided(&self, at: &Object) -> Option<&'static str> {
        let settings = [
            ("management_key", matches!(self.api, Setting::Unknown)),
            ("base_url", matches!(self.base_url, Setting::Unknown)),
            ("project_id", attribute(at, "project_id").is_null() && matches!(self.project_id, Setting::Unknown)),
        ];
        settings.into_iter().find(|(_, unknown)| *unknown).map(|(name, _)| name)
    }

    /// What is wrong with the settings.
    pub fn faults(&self) -> Diagnostics {
        let faults = [self.project_id.fault(), self.base_url.fault(), self.api.fault()];
        faults.into_iter().flatten().fold(Diagnostics::none(), |mut told, message| {
            told.push(message.clone());
            told
        })
    }

    /// What happened so far.
    pub fn run(&self) -> &Run {
        &self.run
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appended_user_agent_never_stops_an_apply() {
        let agent = |more: &str| {
            Environment { append_user_agent: Some(more.to_owned()), ..Environment::default() }.user_agent()
        };
        let own = Environment::default().user_agent();
        assert_eq!(agent("ci/1 (é)"), format!("{own} ci/1 (é)"));
        assert_eq!(agent("ci/1\r\nX-Other: 1\u{7f}"), format!("{own} ci/1  X-Other: 1 "));
    }
}
