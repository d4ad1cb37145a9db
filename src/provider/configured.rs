// SPDX-License-Identifier: Apache-2.0

//! A configured provider: the engine's connection to Descope. Nothing is required until it is used,
//! so `validate` and a plan that only creates need neither credentials nor network. Used by
//! everything that calls the API.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::diagnose::waited;
use super::hidden::hide;
use super::settings::Environment;
use super::settings::address::canonical_base_url;
use super::settings::count::count;
use super::settings::setting::{BASE_URL, MANAGEMENT_KEY, Origin, PROJECT_ID, Setting, UNUSABLE, setting};
use super::settings::sources::Sources;
use super::settings::tls::Tls;
use crate::descope::{Api, Caps, DEFAULT_DEADLINE, Limits, Settings, TlsFiles, base_url_of, untold_hold, writes};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Config, Connection, Context, OnConflict, Place};
use crate::schema::check::is_loopback;
use crate::value::{Path, Value};

/// A configured provider.
pub struct Configured {
    /// What is wrong with the environment. If there is no provider block, it is told by the operations and not when the
    /// provider is configured: Terraform would add that the provider needs a block, which it does not.
    refused: Option<Diagnostics>,
    project_id: Setting<String>,
    base_url: Setting<String>,
    sources: Sources,
    api: Setting<Api>,
    tls: Tls,
    on_conflict: OnConflict,
}

// === impl Configured ===

impl Configured {
    /// Combines the provider block and the environment; configuration wins.
    pub fn new(config: &Config, environment: &Environment) -> Result<Self, Diagnostics> {
        // Before anything is told.
        hide(environment, Some(config));
        let mut faults = Diagnostics::none();
        let mut of = |origin: &Origin, variable: Option<&str>| {
            setting(origin, config, variable).unwrap_or_else(|refused| {
                faults.push(refused);
                Setting::Unknown
            })
        };
        let project_id = of(&PROJECT_ID, environment.project_id.as_deref());
        let base_url = of(&BASE_URL, environment.base_url.as_deref()).map(|url| canonical_base_url(&url));
        let key = of(&MANAGEMENT_KEY, environment.management_key.as_ref().map(ExposeSecret::expose_secret));
        let key = key.map(SecretString::from);
        let local = matches!(&base_url, Setting::Given(url) if Url::parse(url).is_ok_and(|url| is_loopback(&url)));
        let encrypted = !matches!(&base_url, Setting::Given(url) if url.starts_with("http:"));
        let user_agent = environment.user_agent();
        let mut limit = |name| {
            count(name, config).unwrap_or_else(|refused| {
                faults.extend(refused);
                None
            })
        };
        let caps = Caps { per_minute: limit("max_requests_per_minute"), at_once: limit("max_concurrent_requests") };
        let tls = Tls::new(config, environment, encrypted).unwrap_or_else(|refused| {
            faults.extend(refused);
            Tls::Files(TlsFiles::default())
        });
        if let (Setting::Given(project), Setting::Given(key)) = (&project_id, &key)
            && project == key.expose_secret()
        {
            faults.push(one_text(config, project.starts_with('P')));
        }
        let refused = match faults.has_errors() {
            true => Some(with_what_is_missing(faults, &project_id, &key)),
            false => None,
        };
        if let (Some(refused), false) = (&refused, config.object().values().all(Value::is_null)) {
            return Err(refused.clone());
        }
        // Without these files, nobody gets to use the client.
        let files = tls.files().cloned().unwrap_or_default();
        let api = key.map(|key| Api::new(Settings { key, user_agent, local, tls: files }).within(caps));
        let on_conflict = match config.get("on_conflict").as_str() {
            Some("overwrite") => OnConflict::Overwrite,
            _ => OnConflict::Refuse,
        };
        let sources = Sources::of(config, environment);
        Ok(Self { refused, project_id, base_url, sources, api, tls, on_conflict })
    }

    /// Where the settings come from.
    pub(super) fn sources(&self) -> Sources {
        self.sources
    }

    /// Fails if the settings can't be used.
    pub fn usable(&self) -> Result<(), Diagnostics> {
        let told = |refused: &Diagnostics| refused.iter().map(|fault| fault.clone().once(UNUSABLE)).collect();
        self.refused.as_ref().map_or(Ok(()), |refused| Err(told(refused)))
    }

    /// The way to the API, or what is missing for it.
    pub fn api(&self) -> Result<&Api, Diagnostics> {
        self.usable()?;
        let api = self.api.get(&MANAGEMENT_KEY)?;
        self.tls.files().map(|_| api)
    }

    /// The project of an object that names its own, or else of the provider.
    pub fn project(&self, own: Option<&str>) -> Result<String, Diagnostics> {
        match own.filter(|project| !project.is_empty()) {
            Some(project) => Ok(project.to_owned()),
            None => self.usable().and_then(|()| self.project_id.get(&PROJECT_ID).cloned()),
        }
    }

    /// Where the API of a project is.
    pub fn base_url(&self, project: &str) -> Result<String, Diagnostics> {
        self.usable()?;
        match &self.base_url {
            Setting::Missing => Ok(base_url_of(project)),
            given => given.get(&BASE_URL).cloned(),
        }
    }
}

/// The project's id and the key are the same text. A project is no secret: it is shown, and stored in plans and
/// states.
fn one_text(config: &Config, is_project: bool) -> Diagnostic {
    let (wrong, other) = if is_project { (&MANAGEMENT_KEY, &PROJECT_ID) } else { (&PROJECT_ID, &MANAGEMENT_KEY) };
    let (wrong, other) = if wrong.is_in(config) || !other.is_in(config) { (wrong, other) } else { (other, wrong) };
    let detail = format!(
        "{} and {} are the same text, so one of them is in the wrong place. A project's id begins with `P`, and a \
         management key with `K`.",
        wrong.source(config),
        other.source(config)
    );
    let message = Diagnostic::error("One text as project and as key", detail);
    if wrong.is_in(config) { message.at(Path::of(wrong.attribute)) } else { message }
}

/// All that is wrong with the settings, together with what will be missing once that is mended.
fn with_what_is_missing(
    mut faults: Diagnostics,
    project_id: &Setting<String>,
    key: &Setting<SecretString>,
) -> Diagnostics {
    if matches!(key, Setting::Missing) {
        faults.push(MANAGEMENT_KEY.absent("Each call to Descope needs a management key"));
    }
    if matches!(project_id, Setting::Missing) {
        // Each object may have one of its own.
        faults.extend(Diagnostics::from(PROJECT_ID.absent("Each object needs a project")).softened());
    }
    faults
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
        // What is wrong is not going to be decided.
        if self.refused.is_some() {
            return None;
        }
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

    fn faults(&self) -> Diagnostics {
        self.usable().err().unwrap_or_default()
    }

    fn asides(&self) -> Diagnostics {
        untold_hold().map_or_else(Diagnostics::none, |held| waited(held).into())
    }
}

/// The limits of an operation, as the client takes them.
pub(super) fn limits(context: &Context) -> Limits {
    let limits = Limits::within(context.remaining().unwrap_or(DEFAULT_DEADLINE), context.stop().clone());
    Limits { dispensable: context.dispensable(), ..limits }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;

    fn configured(block: &[(&'static str, &str)], environment: &Environment) -> Result<Configured, Diagnostics> {
        let block = block.iter().map(|(name, text)| (*name, (*text).into())).collect();
        Configured::new(&Config::new(block), environment)
    }

    fn environment(project: &str, key: &str) -> Environment {
        let project_id = (!project.is_empty()).then(|| project.to_owned());
        let management_key = (!key.is_empty()).then(|| key.into());
        Environment { project_id, management_key, ..Environment::default() }
    }

    /// The first message: its summary, its place, and its detail.
    fn first(told: &Diagnostics) -> (&str, Option<String>, &str) {
        let told = told.iter().next().unwrap();
        (told.summary.as_str(), told.path.as_ref().map(ToString::to_string), told.detail.as_str())
    }

    #[test]
    fn one_text_as_project_and_key_is_told_where_it_is_wrong_and_not_quoted() {
        const SUMMARY: &str = "One text as project and as key";
        for (text, wrong, other) in
            [("Xshort", "project_id", "management_key"), ("P2text", "management_key", "project_id")]
        {
            let variable = |name: &str| format!("`DESCOPE_{}`", name.to_uppercase());
            let of = |name| if name == "project_id" { environment(text, "") } else { environment("", text) };
            let both = configured(&[("project_id", text), ("management_key", text)], &Environment::default());
            let told = both.err().unwrap();
            let detail = format!("`{wrong}` and `{other}` are the same text");
            let (summary, path, said) = first(&told);
            assert_eq!((summary, path.as_deref()), (SUMMARY, Some(wrong)));
            assert!(said.starts_with(&detail) && !said.contains(text), "{said}");
            // Where only one is in the configuration, it is told there.
            for (here, there) in [(wrong, other), (other, wrong)] {
                let told = configured(&[(here, text)], &of(there)).err().unwrap();
                let (summary, path, said) = first(&told);
                assert_eq!((summary, path.as_deref()), (SUMMARY, Some(here)));
                assert!(said.starts_with(&format!("`{here}` and {} are", variable(there))), "{said}");
            }
            let told = configured(&[], &environment(text, text)).unwrap().usable().unwrap_err();
            let (summary, path, said) = first(&told);
            assert_eq!((summary, path), (SUMMARY, None));
            assert!(said.starts_with(&format!("{} and {} are", variable(wrong), variable(other))), "{said}");
        }
    }

    #[test]
    fn a_variable_that_can_not_be_used_is_told_in_full_once() {
        let bad = environment("P 2", "K2abc");
        let configured_so = configured(&[], &bad).unwrap();
        let told = configured_so.api().err().unwrap();
        let (summary, path, detail) = first(&told);
        assert_eq!((summary, path), ("Invalid environment variable", None));
        assert!(detail.starts_with("`DESCOPE_PROJECT_ID`: \"P 2\" is not a project id"), "{detail}");
        for told in
            [configured_so.project(None).err(), configured_so.base_url("P2").err(), configured_so.usable().err()]
        {
            assert_eq!(told.unwrap().iter().next().unwrap().again.as_ref().unwrap().detail, UNUSABLE);
        }
        // With a block, the CLI tells it when the provider is configured.
        let told = configured(&[("management_key", "K2abc")], &bad).err().unwrap();
        assert_eq!(first(&told).0, "Invalid environment variable");
    }

    #[test]
    fn what_will_be_missing_is_told_with_what_is_wrong() {
        let bad = Environment { base_url: Some("ftp://x".to_owned()), ..Environment::default() };
        let told = configured(&[], &bad).unwrap().usable().unwrap_err();
        let told: Vec<_> = told.iter().map(|told| (told.summary.as_str(), told.severity)).collect();
        let [error, warning] = [Severity::Error, Severity::Warning];
        assert_eq!(
            told,
            [
                ("Invalid environment variable", error),
                ("Missing management key", error),
                ("Missing project id", warning)
            ]
        );
    }
}
