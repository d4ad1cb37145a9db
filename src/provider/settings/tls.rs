// SPDX-License-Identifier: Apache-2.0

//! The settings that name files for `https`. Used by `configured`, and by `diagnose` for their names.
//!
//! They are paths and not texts, since a saved plan holds the provider's settings: a private key has no
//! place there.

use std::path::PathBuf;

use super::Environment;
use super::setting::{CA_CERT_FILE, CLIENT_CERT_FILE, CLIENT_KEY_FILE, Origin, Setting, setting, undecided, unfit};
use crate::descope::{TlsFile, TlsFiles, Unusable};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Config;
use crate::value::{Path, Value};

/// The files for `https`, or the setting that another resource has yet to decide.
pub(in crate::provider) enum Tls {
    Files(TlsFiles),
    Undecided(&'static Origin),
}

// === impl Tls ===

impl Tls {
    /// The files that the provider block or the environment names. What a variable names matters only
    /// if the API is called by `https`.
    pub(in crate::provider) fn new(
        config: &Config,
        environment: &Environment,
        encrypted: bool,
    ) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::none();
        let mut of = |origin: &'static Origin, variable: &Option<String>| {
            let variable = variable.as_deref().filter(|_| encrypted);
            let setting = setting(origin, config, variable).unwrap_or_else(|refused| {
                faults.push(refused);
                Setting::Unknown
            });
            (origin, setting.map(PathBuf::from))
        };
        let settings = [
            of(&CA_CERT_FILE, &environment.ca_cert_file),
            of(&CLIENT_CERT_FILE, &environment.client_cert_file),
            of(&CLIENT_KEY_FILE, &environment.client_key_file),
        ];
        if faults.has_errors() {
            return Err(faults);
        }
        if let Some((origin, _)) = settings.iter().find(|(_, setting)| matches!(setting, Setting::Unknown)) {
            return Ok(Self::Undecided(origin));
        }
        let [authorities, certificate, key] = settings.map(|(_, setting)| match setting {
            Setting::Given(path) => Some(path),
            Setting::Unknown | Setting::Missing => None,
        });
        let half = |one: &'static Origin, other: &Origin| {
            let message = other.absent(&format!("{} {}", one.source(config), alone(one)));
            Err(if one.is_in(config) { message.at(Path::of(one.attribute)) } else { message }.into())
        };
        let client = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => return half(&CLIENT_CERT_FILE, &CLIENT_KEY_FILE),
            (None, Some(_)) => return half(&CLIENT_KEY_FILE, &CLIENT_CERT_FILE),
        };
        let files = TlsFiles { authorities, client };
        let told = |Unusable { file, reason }| Some(unusable(origin(file?), config, &reason));
        let faults = files.faults().into_iter().filter_map(told).collect::<Diagnostics>();
        match faults.has_errors() {
            true => Err(faults),
            false => Ok(Self::Files(files)),
        }
    }

    /// What is wrong with the provider block alone: one of two settings that belong together.
    pub(in crate::provider) fn halves(config: &Config, environment: &Environment) -> Diagnostics {
        let pair = [
            (&CLIENT_CERT_FILE, &CLIENT_KEY_FILE, &environment.client_key_file),
            (&CLIENT_KEY_FILE, &CLIENT_CERT_FILE, &environment.client_cert_file),
        ];
        let alone = pair.into_iter().filter(|(one, other, fallback)| {
            let lacks = |name| matches!(config.get(name), Value::Null) || config.get(name).as_str() == Some("");
            one.is_in(config) && lacks(other.attribute) && fallback.is_none()
        });
        let message = |(one, other, _): (&Origin, &Origin, &Option<String>)| {
            let detail = format!(
                "`{}` is set, and `{}` is not. One is of no use without the other: set both or neither. The other \
                 one may also come from the environment variable `{}`.",
                one.attribute, other.attribute, other.variable
            );
            // A machine that validates may lack what the one that applies has.
            Diagnostic::warning("Half of a client certificate", detail).at(Path::of(one.attribute))
        };
        alone.map(message).collect()
    }

    /// The files for an operation, or why it can't have them.
    pub(in crate::provider) fn files(&self) -> Result<&TlsFiles, Diagnostics> {
        match self {
            Self::Files(files) => Ok(files),
            Self::Undecided(origin) => Err(undecided(origin).into()),
        }
    }

    /// The setting that another resource has yet to decide.
    pub(in crate::provider) fn undecided(&self) -> Option<&'static str> {
        match self {
            Self::Undecided(origin) => Some(origin.attribute),
            Self::Files(_) => None,
        }
    }
}

/// What is said of one of two files that belong together, behind its setting.
fn alone(one: &Origin) -> &'static str {
    match one.attribute == CLIENT_CERT_FILE.attribute {
        true => "names a client certificate, which is of no use without its private key",
        false => "names a private key, which is of no use without its client certificate",
    }
}

/// The setting that names a file.
fn origin(file: TlsFile) -> &'static Origin {
    match file {
        TlsFile::Authorities => &CA_CERT_FILE,
        TlsFile::Certificate => &CLIENT_CERT_FILE,
        TlsFile::Key => &CLIENT_KEY_FILE,
    }
}

/// A setting that names a file, for messages.
pub(in crate::provider) fn named(file: TlsFile) -> String {
    let Origin { attribute, variable, .. } = origin(file);
    format!("`{attribute}` (environment variable `{variable}`)")
}

/// What to tell of a file that can't be used.
fn unusable(origin: &Origin, config: &Config, reason: &str) -> Diagnostic {
    let message = unfit(origin, config, &format!("{reason}."));
    match message.path.is_some() {
        true => Diagnostic { summary: "A file that can't be used".to_owned(), ..message },
        false => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::object;

    /// A folder with a certificate, its key, and an empty file.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["x".to_owned()]).unwrap().self_signed(&key).unwrap();
        for (name, text) in [("c.pem", certificate.pem()), ("k.pem", key.serialize_pem()), ("empty", String::new())] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn files_that_are_no_use_are_told_at_once_at_their_settings() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (empty, missing) = (path("empty"), path("missing"));
        let told = |config: &[(&'static str, &str)], environment: &Environment, encrypted| {
            let config = config.iter().map(|(name, path)| (*name, (*path).into())).collect();
            let told = Tls::new(&Config::new(config), environment, encrypted).err().unwrap_or_default();
            let place = |message: &Diagnostic| match &message.path {
                Some(path) => path.to_string(),
                None => format!("{}: {}", message.summary, message.detail),
            };
            told.iter().map(place).collect::<Vec<_>>()
        };
        let none = Environment::default();
        for encrypted in [true, false] {
            assert_eq!(told(&[("ca_cert_file", &empty)], &none, encrypted), ["ca_cert_file"]);
            assert_eq!(told(&[("ca_cert_file", &missing)], &none, encrypted), ["ca_cert_file"]);
            let client = [("client_cert_file", empty.as_str()), ("client_key_file", &missing)];
            assert_eq!(told(&client, &none, encrypted), ["client_cert_file", "client_key_file"]);
            assert_eq!(told(&client[..1], &none, encrypted), ["client_cert_file"], "half of a pair");
        }
        let environment = Environment { ca_cert_file: Some(missing.clone()), ..Environment::default() };
        let of_environment = told(&[], &environment, true);
        let words =
            format!("`DESCOPE_CA_CERT_FILE`: certificates are to be read from {missing}, which does not exist.");
        assert_eq!(of_environment, [format!("Invalid environment variable: {words}")]);
        assert_eq!(told(&[], &environment, false), [""; 0], "plain http needs none");
    }

    #[test]
    fn half_of_a_client_certificate_is_refused_as_soon_as_it_is_known() {
        let with_key = Environment { client_key_file: Some("k".to_owned()), ..Environment::default() };
        let none = Environment::default();
        let told = |one: Value, other: Value, environment: &Environment| {
            let config = Config::new(object([("client_cert_file", one), ("client_key_file", other)]));
            let told = Tls::halves(&config, environment);
            told.iter().map(|message| message.path.as_ref().unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(told("c".into(), Value::Null, &none), ["client_cert_file"]);
        assert_eq!(told("".into(), "k".into(), &none), ["client_key_file"]);
        for (one, other, environment) in [
            ("c".into(), "k".into(), &none),
            ("c".into(), Value::unknown(), &none),
            (Value::unknown(), Value::Null, &none),
            ("c".into(), Value::Null, &with_key),
            (Value::Null, Value::Null, &with_key),
        ] {
            assert_eq!(told(one, other, environment), [""; 0]);
        }
    }

    #[test]
    fn files_come_from_the_block_or_the_environment_and_in_pairs() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        let text = |name: &str| Value::string(path(name).to_str().unwrap());
        let told = |config: Vec<(&'static str, Value)>, environment: &Environment| {
            let config = config.into_iter().collect();
            let files = Tls::new(&Config::new(config), environment, true).and_then(|tls| tls.files().cloned());
            files.map_err(|told| told.iter().map(|message| message.detail.clone()).collect::<String>())
        };
        let key = path("k.pem").to_str().unwrap().to_owned();
        let environment = Environment { client_key_file: Some(key), ..Environment::default() };
        let all = told(vec![("ca_cert_file", text("c.pem")), ("client_cert_file", text("c.pem"))], &environment);
        let client = Some((path("c.pem"), path("k.pem")));
        assert_eq!(all, Ok(TlsFiles { authorities: Some(path("c.pem")), client }));
        assert_eq!(told(vec![], &Environment::default()), Ok(TlsFiles::default()));
        let alone = told(vec![], &environment).unwrap_err();
        assert!(alone.contains("`client_cert_file`") && alone.contains("`DESCOPE_CLIENT_CERT_FILE`"), "{alone}");
        assert!(alone.starts_with("`DESCOPE_CLIENT_KEY_FILE` names a private key, which is of no use"), "{alone}");
        let certificate = Some(path("c.pem").to_str().unwrap().to_owned());
        let alone = told(vec![], &Environment { client_cert_file: certificate, ..Environment::default() }).unwrap_err();
        assert!(alone.starts_with("`DESCOPE_CLIENT_CERT_FILE` names a client certificate, which is of no"), "{alone}");
        assert!(alone.contains("`client_key_file`") && alone.contains("`DESCOPE_CLIENT_KEY_FILE`"), "{alone}");
        let alone = told(vec![("client_cert_file", text("c.pem"))], &Environment::default()).unwrap_err();
        assert!(alone.contains("`client_key_file`"), "{alone}");
        let unknown = told(vec![("ca_cert_file", Value::unknown())], &Environment::default()).unwrap_err();
        assert!(
            unknown.contains("`ca_cert_file`, whose value depends on something that is not applied yet"),
            "{unknown}"
        );
    }
}
