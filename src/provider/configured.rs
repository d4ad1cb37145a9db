//! A configured provider: the engine's connection to Descope. Nothing is required until it is used,
//! so `validate` and a plan that only creates need neither credentials nor network. Used by
//! everything that calls the API.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::diagnose::waited;
use super::settings::Environment;
use super::settings::checks::canonical_base_url;
use super::settings::count::count;
use super::settings::setting::{BASE_URL, MANAGEMENT_KEY, PROJECT_ID, Setting, setting};
use super::settings::tls::Tls;
use crate::descope::{Api, Caps, DEFAULT_DEADLINE, Limits, Settings, base_url_of, untold_hold, writes};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Config, Connection, Context, OnConflict, Place};
use crate::schema::check::is_loopback;
use crate::shown::keep_secret;

/// A configured provider.
pub struct Configured {
    project_id: Setting<String>,
    base_url: Setting<String>,
    api: Setting<Api>,
    tls: Tls,
    on_conflict: OnConflict,
}

// === impl Configured ===

impl Configured {
    /// Combines the provider block and the environment; configuration wins.
    pub fn new(config: &Config, environment: &Environment) -> Result<Self, Diagnostics> {
        let key = environment.management_key.as_ref().map(ExposeSecret::expose_secret);
        let project_id = setting(&PROJECT_ID, config, environment.project_id.as_deref())?;
        let base_url = setting(&BASE_URL, config, environment.base_url.as_deref())?;
        let base_url = base_url.map(|url| canonical_base_url(&url));
        let local = matches!(&base_url, Setting::Given(url) if Url::parse(url).is_ok_and(|url| is_loopback(&url)));
        let user_agent = environment.user_agent();
        for password in &environment.proxy_passwords {
            keep_secret("the proxy's password", password.expose_secret(), &[]);
        }
        let caps = Caps {
            per_minute: count("max_requests_per_minute", config)?,
            at_once: count("max_concurrent_requests", config)?,
        };
        let tls = Tls::new(config, environment)?;
        // Without these files, nobody gets to use the client.
        let files = tls.files().cloned().unwrap_or_default();
        let key = setting(&MANAGEMENT_KEY, config, key)?;
        if let (Setting::Given(project), Setting::Given(key)) = (&project_id, &key)
            && project == key
        {
            // A project is no secret: it is shown, and stored in plans and states.
            let detail = "`project_id` (`DESCOPE_PROJECT_ID`) and `management_key` (`DESCOPE_MANAGEMENT_KEY`) are the \
                          same text, so one of them is in the wrong place. A project's id begins with `P`.";
            return Err(Diagnostic::error("One text as project and as key", detail).into());
        }
        let api = key
            .map(|key| hidden(key, &project_id))
            .map(|key| Api::new(Settings { key, user_agent, local, tls: files }).within(caps));
        let on_conflict = match config.get("on_conflict").as_str() {
            Some("overwrite") => OnConflict::Overwrite,
            _ => OnConflict::Refuse,
        };
        Ok(Self { project_id, base_url, api, tls, on_conflict })
    }

    /// The way to the API, or what is missing for it.
    pub fn api(&self) -> Result<&Api, Diagnostics> {
        let api = self.api.get(&MANAGEMENT_KEY)?;
        self.tls.files().map(|_| api)
    }

    /// The project of an object that names its own, or else of the provider.
    pub fn project(&self, own: Option<&str>) -> Result<String, Diagnostics> {
        match own.filter(|project| !project.is_empty()) {
            Some(project) => Ok(project.to_owned()),
            None => self.project_id.get(&PROJECT_ID).cloned(),
        }
    }

    /// Where the API of a project is.
    pub fn base_url(&self, project: &str) -> Result<String, Diagnostics> {
        match &self.base_url {
            Setting::Missing => Ok(base_url_of(project)),
            given => given.get(&BASE_URL).cloned(),
        }
    }
}

/// A key that is hidden in all that is shown from now on.
fn hidden(key: String, project_id: &Setting<String>) -> SecretString {
    let public = match project_id {
        Setting::Given(project) => vec![project.as_str()],
        Setting::Unknown | Setting::Missing | Setting::Refused(_) => Vec::new(),
    };
    let key = SecretString::from(key);
    keep_secret("the management key", key.expose_secret(), &public);
    key
}

impl Connection for Configured {
    fn lookup(&self, name: &str, at: &Place) -> Option<String> {
        match name {
            "project_id" => self.project_id.given().cloned(),
            "base_url" => match &self.base_url {
                Setting::Missing => Some(base_url_of(at.get("project_id")?)),
                setting => setting.given().filter(|_| at.get("project_id").is_some()).cloned(),
            },
            _ => None,
        }
    }

    fn undecided(&self, at: &Place) -> Option<&'static str> {
        let settings = [
            ("management_key", matches!(self.api, Setting::Unknown)),
            ("base_url", matches!(self.base_url, Setting::Unknown)),
            ("project_id", at.get("project_id").is_none() && matches!(self.project_id, Setting::Unknown)),
        ];
        settings.into_iter().find(|(_, unknown)| *unknown).map(|(name, _)| name).or_else(|| self.tls.undecided())
    }

    fn on_conflict(&self) -> OnConflict {
        self.on_conflict
    }

    fn writes(&self) -> u64 {
        writes()
    }

    fn asides(&self) -> Diagnostics {
        untold_hold().map_or_else(Diagnostics::none, |held| waited(held).into())
    }

    fn faults(&self) -> Diagnostics {
        let faults = [self.project_id.fault(), self.base_url.fault(), self.api.fault(), self.tls.fault().cloned()];
        faults.into_iter().flatten().fold(Diagnostics::none(), |mut faults, message| {
            faults.push(message);
            faults
        })
    }
}

/// The limits of an operation, as the client takes them.
pub(super) fn limits(context: &Context) -> Limits {
    Limits::within(context.remaining().unwrap_or(DEFAULT_DEADLINE), context.stop().clone())
}
