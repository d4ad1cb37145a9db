//! The settings that name files for `https`. Used by `configured`, and by `diagnose` for their names.
//!
//! They are paths and not texts, since a saved plan holds the provider's settings: a private key has no
//! place there.

use std::path::PathBuf;

use super::Environment;
use super::setting::{CA_CERT_FILE, CLIENT_CERT_FILE, CLIENT_KEY_FILE, Origin, Setting, missing, setting, undecided};
use crate::descope::{TlsFile, TlsFiles, Unusable};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Config;
use crate::value::{Path, Value};

/// The files for `https`, or why they are not known.
pub(in crate::provider) enum Tls {
    Files(TlsFiles),
    Undecided(&'static Origin),
    Refused(Diagnostics),
}

// === impl Tls ===

impl Tls {
    /// The files that the provider block or the environment names.
    pub(in crate::provider) fn new(config: &Config, environment: &Environment) -> Result<Self, Diagnostics> {
        let of = |origin: &'static Origin, variable: &Option<String>| {
            setting(origin, config, variable.as_deref()).map(|setting| (origin, setting.map(PathBuf::from)))
        };
        let settings = [
            of(&CA_CERT_FILE, &environment.ca_cert_file)?,
            of(&CLIENT_CERT_FILE, &environment.client_cert_file)?,
            of(&CLIENT_KEY_FILE, &environment.client_key_file)?,
        ];
        if let Some((origin, _)) = settings.iter().find(|(_, setting)| matches!(setting, Setting::Unknown)) {
            return Ok(Self::Undecided(origin));
        }
        if let Some(fault) = settings.iter().find_map(|(_, setting)| setting.fault()) {
            return Ok(Self::Refused(fault.clone().into()));
        }
        let [authorities, certificate, key] = settings.map(|(_, setting)| match setting {
            Setting::Given(path) => Some(path),
            Setting::Unknown | Setting::Missing | Setting::Refused(_) => None,
        });
        let client = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => return Ok(Self::Refused(missing(&CLIENT_KEY_FILE))),
            (None, Some(_)) => return Ok(Self::Refused(missing(&CLIENT_CERT_FILE))),
        };
        let files = TlsFiles { authorities, client };
        // What the environment names matters only when it is needed.
        let in_block = |fault: &Unusable| fault.file.is_some_and(|file| is_set(config, origin(file)));
        let faults = files.faults().into_iter().filter(in_block).filter_map(unusable).collect::<Diagnostics>();
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
            is_set(config, one) && lacks(other.attribute) && fallback.is_none()
        });
        let message = |(one, other, _): (&Origin, &Origin, &Option<String>)| {
            let detail = format!(
                "`{}` is set, and `{}` is not. The one is of no use without the other: set both, or none. Where the \
                 provider runs, the other one may also come from the environment variable `{}`.",
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
            Self::Undecided(origin) => Err(undecided(origin)),
            Self::Refused(reason) => Err(reason.clone()),
        }
    }

    /// The setting that another resource has yet to decide.
    pub(in crate::provider) fn undecided(&self) -> Option<&'static str> {
        match self {
            Self::Undecided(origin) => Some(origin.attribute),
            Self::Files(_) | Self::Refused(_) => None,
        }
    }

    /// What is wrong with them, if anything.
    pub(in crate::provider) fn fault(&self) -> Option<&Diagnostic> {
        match self {
            Self::Refused(reason) => reason.iter().next(),
            Self::Files(_) | Self::Undecided(_) => None,
        }
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

fn is_set(config: &Config, origin: &Origin) -> bool {
    config.get(origin.attribute).as_str().is_some_and(|text| !text.is_empty())
}

fn unusable(fault: Unusable) -> Option<Diagnostic> {
    let attribute = origin(fault.file?).attribute;
    let detail = format!("`{attribute}`: {}.", fault.reason);
    Some(Diagnostic::error("A file that can't be used", detail).at(Path::of(attribute)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::object;

    #[test]
    fn files_of_the_block_that_are_there_and_no_use_are_told_at_their_settings() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.pem");
        std::fs::write(&path, "").unwrap();
        let (empty, missing) = (path.to_str().unwrap(), "/no/such/file");
        let told = |config: Vec<(&'static str, &str)>, environment: &Environment| {
            let config = config.into_iter().map(|(name, path)| (name, path.into())).collect();
            let told = Tls::new(&Config::new(config), environment).err().unwrap_or_default();
            told.iter().map(|message| message.path.as_ref().unwrap().to_string()).collect::<Vec<_>>()
        };
        let none = Environment::default();
        assert_eq!(told(vec![("ca_cert_file", empty)], &none), ["ca_cert_file"]);
        assert_eq!(
            told(vec![("client_cert_file", empty), ("client_key_file", empty)], &none),
            ["client_cert_file", "client_key_file"]
        );
        assert_eq!(told(vec![("ca_cert_file", missing)], &none), [""; 0], "it may be made before it is needed");
        let environment = Environment { ca_cert_file: Some(empty.to_owned()), ..Environment::default() };
        assert_eq!(told(vec![], &environment), [""; 0], "it is told when it is needed");
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

    fn told<const N: usize>(config: [(&'static str, Value); N], environment: &Environment) -> Result<TlsFiles, String> {
        let config = Config::new(object(config));
        let tls = Tls::new(&config, environment).unwrap();
        tls.files().cloned().map_err(|told| told.iter().map(|message| message.detail.clone()).collect())
    }

    #[test]
    fn files_come_from_the_block_or_the_environment_and_in_pairs() {
        let environment = Environment { client_key_file: Some("k.pem".to_owned()), ..Environment::default() };
        let all = told([("ca_cert_file", "ca.pem".into()), ("client_cert_file", "c.pem".into())], &environment);
        let client = Some(("c.pem".into(), "k.pem".into()));
        assert_eq!(all, Ok(TlsFiles { authorities: Some("ca.pem".into()), client }));
        assert_eq!(told([], &Environment::default()), Ok(TlsFiles::default()));
        let alone = told([], &environment).unwrap_err();
        assert!(alone.contains("`client_cert_file`") && alone.contains("`DESCOPE_CLIENT_CERT_FILE`"), "{alone}");
        let alone = told([("client_cert_file", "c.pem".into())], &Environment::default()).unwrap_err();
        assert!(alone.contains("`client_key_file`"), "{alone}");
        let unknown = told([("ca_cert_file", Value::unknown())], &Environment::default()).unwrap_err();
        assert!(unknown.contains("`ca_cert_file`, which another resource has yet to decide"), "{unknown}");
    }
}
