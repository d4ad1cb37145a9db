//! Single settings of the provider: from its block or from the environment, judged, and asked for
//! when they are needed. Used by `configured`.

use std::sync::atomic::{AtomicBool, Ordering};

use super::checks::{BASE_URL as FITS_BASE_URL, FILE, MANAGEMENT_KEY as FITS_KEY, PROJECT_ID as FITS_PROJECT_ID};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Config;
use crate::schema::{Check, Verdict};
use crate::value::{Path, Value};

/// Where a setting comes from, and what it is for.
pub(in crate::provider) struct Origin {
    /// Its attribute in the provider block.
    pub(in crate::provider) attribute: &'static str,
    /// The environment variable that it falls back to.
    pub(in crate::provider) variable: &'static str,
    /// As in "This operation needs …".
    what: &'static str,
    /// As in "Set … in the provider block, …".
    elsewhere: &'static str,
    check: Check,
}

pub(in crate::provider) const PROJECT_ID: Origin = Origin {
    attribute: "project_id",
    variable: "DESCOPE_PROJECT_ID",
    what: "a project",
    elsewhere: ", or `project_id` in the block of this object",
    check: FITS_PROJECT_ID,
};

pub(in crate::provider) const MANAGEMENT_KEY: Origin = Origin {
    attribute: "management_key",
    variable: "DESCOPE_MANAGEMENT_KEY",
    what: "a management key",
    elsewhere: "",
    check: FITS_KEY,
};

pub(in crate::provider) const BASE_URL: Origin = Origin {
    attribute: "base_url",
    variable: "DESCOPE_BASE_URL",
    what: "the API's address",
    elsewhere: "",
    check: FITS_BASE_URL,
};

pub(in crate::provider) const CA_CERT_FILE: Origin = Origin {
    attribute: "ca_cert_file",
    variable: "DESCOPE_CA_CERT_FILE",
    what: "a file of certificates",
    elsewhere: "",
    check: FILE,
};

pub(in crate::provider) const CLIENT_CERT_FILE: Origin = Origin {
    attribute: "client_cert_file",
    variable: "DESCOPE_CLIENT_CERT_FILE",
    what: "a client certificate, since there is a private key",
    elsewhere: "",
    check: FILE,
};

pub(in crate::provider) const CLIENT_KEY_FILE: Origin = Origin {
    attribute: "client_key_file",
    variable: "DESCOPE_CLIENT_KEY_FILE",
    what: "the private key of the client certificate",
    elsewhere: "",
    check: FILE,
};

/// One setting, as far as it is known.
pub(in crate::provider) enum Setting<T> {
    Given(T),
    /// Set, but to something that another resource has yet to decide.
    Unknown,
    Missing,
    /// Not usable. Only a value from the environment can be: what is wrong with it matters only
    /// when the setting is needed, like a missing one.
    Refused(Refused),
}

/// Why a value from the environment can't be used. It is told in full once, and then shortly: each
/// operation needs an error, and they are about one thing.
pub(in crate::provider) struct Refused {
    variable: &'static str,
    message: Diagnostic,
    told: AtomicBool,
}

// === impl Refused ===

impl Refused {
    fn tell(&self) -> Diagnostic {
        match self.told.swap(true, Ordering::Relaxed) {
            false => self.message.clone(),
            true => {
                let detail =
                    format!("`{}` can't be used, as another message of this run tells in full.", self.variable);
                Diagnostic::error("Invalid value", detail)
            }
        }
    }
}

// === impl Setting ===

impl<T> Setting<T> {
    /// The setting as something made of it.
    pub(in crate::provider) fn map<U>(self, make: impl FnOnce(T) -> U) -> Setting<U> {
        match self {
            Self::Given(value) => Setting::Given(make(value)),
            Self::Unknown => Setting::Unknown,
            Self::Missing => Setting::Missing,
            Self::Refused(message) => Setting::Refused(message),
        }
    }

    /// The setting, if it is known.
    pub(in crate::provider) fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Unknown | Self::Missing | Self::Refused(_) => None,
        }
    }

    /// What to tell of what is wrong with it, if anything.
    pub(in crate::provider) fn fault(&self) -> Option<Diagnostic> {
        match self {
            Self::Refused(refused) => Some(refused.tell()),
            Self::Given(_) | Self::Unknown | Self::Missing => None,
        }
    }

    /// The setting for an operation that needs it, or why there is none.
    pub(in crate::provider) fn get(&self, origin: &Origin) -> Result<&T, Diagnostics> {
        match self {
            Self::Given(value) => Ok(value),
            Self::Unknown => Err(undecided(origin)),
            Self::Missing => Err(missing(origin)),
            Self::Refused(refused) => Err(refused.tell().into()),
        }
    }
}

/// The setting in the configuration, else in the environment. An empty text does not count as a
/// value: an unset variable gives that.
pub(in crate::provider) fn setting(
    origin: &Origin,
    config: &Config,
    environment: Option<&str>,
) -> Result<Setting<String>, Diagnostics> {
    let refused = |text: &str, name: &str| match (origin.check.judge)(text) {
        Verdict::Refuse(reason) | Verdict::Forbid(reason) => {
            Some(Diagnostic::error("Invalid value", format!("`{name}`: {reason}")))
        }
        Verdict::Accept | Verdict::Warn(_) => None,
    };
    Ok(match (config.get(origin.attribute), environment) {
        (Value::String(text), _) if !text.is_empty() => match refused(text, origin.attribute) {
            Some(message) => return Err(message.at(Path::of(origin.attribute)).into()),
            None => Setting::Given(text.clone()),
        },
        (Value::Unknown(_), _) => Setting::Unknown,
        (_, Some(text)) => match refused(text, origin.variable) {
            Some(message) => {
                Setting::Refused(Refused { variable: origin.variable, message, told: AtomicBool::new(false) })
            }
            None => Setting::Given(text.to_owned()),
        },
        (_, None) => Setting::Missing,
    })
}

pub(super) fn missing(origin: &Origin) -> Diagnostics {
    let Origin { attribute, variable, what, elsewhere, .. } = origin;
    let detail = format!(
        "This operation needs {what}, and none is configured. Set `{attribute}` in the provider block or the \
         environment variable `{variable}`{elsewhere}."
    );
    Diagnostic::error(format!("Missing {}", attribute.replace('_', " ")), detail).into()
}

pub(super) fn undecided(origin: &Origin) -> Diagnostics {
    let detail = format!(
        "This operation needs the provider's `{}`, which another resource has yet to decide. Apply that resource \
         first, for example with `-target`, or give the provider a value that is known when planning.",
        origin.attribute
    );
    Diagnostic::error("Provider configuration not known yet", detail).at(Path::root()).into()
}
