//! The settings that name files for `https`. Used by `configured`.
//!
//! They are paths and not texts, since a saved plan holds the provider's settings: a private key has no
//! place there.

use std::path::PathBuf;

use super::Environment;
use super::setting::{CA_CERT_FILE, CLIENT_CERT_FILE, CLIENT_KEY_FILE, Origin, Setting, missing, setting, undecided};
use crate::descope::TlsFiles;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Config;

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
        Ok(Self::Files(TlsFiles { authorities, client }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::object;
    use crate::value::Value;

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
