// SPDX-License-Identifier: Apache-2.0

//! Single settings of the provider: from its block or from the environment, judged, and asked for
//! when they are needed. Used by `configured`.

use super::checks::{BASE_URL as FITS_BASE_URL, FILE, MANAGEMENT_KEY as FITS_KEY, PROJECT_ID as FITS_PROJECT_ID};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Config;
use crate::schema::Check;
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

// === impl Origin ===

impl Origin {
    /// Whether its value comes from the provider block.
    pub(in crate::provider) fn is_in(&self, config: &Config) -> bool {
        config.get(self.attribute).as_str().is_some_and(|text| !text.is_empty())
    }

    /// Where its value comes from, as in a sentence.
    pub(in crate::provider) fn source(&self, config: &Config) -> String {
        format!("`{}`", if self.is_in(config) { self.attribute } else { self.variable })
    }

    /// That it is not set anywhere. `needed` is the beginning of the sentence.
    pub(in crate::provider) fn absent(&self, needed: &str) -> Diagnostic {
        let Self { attribute, variable, elsewhere, .. } = self;
        let detail = format!(
            "{needed}, and none is configured. Set `{attribute}` in the provider block or the environment variable \
             `{variable}`{elsewhere}."
        );
        Diagnostic::error(format!("Missing {}", attribute.replace('_', " ")), detail)
    }
}

/// One setting, as far as it is known.
pub(in crate::provider) enum Setting<T> {
    Given(T),
    /// Set, but to something that another resource has yet to decide.
    Unknown,
    Missing,
}

// === impl Setting ===

impl<T> Setting<T> {
    /// The setting as something made of it.
    pub(in crate::provider) fn map<U>(self, make: impl FnOnce(T) -> U) -> Setting<U> {
        match self {
            Self::Given(value) => Setting::Given(make(value)),
            Self::Unknown => Setting::Unknown,
            Self::Missing => Setting::Missing,
        }
    }

    /// The setting, if it is known.
    pub(in crate::provider) fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Unknown | Self::Missing => None,
        }
    }

    /// The setting for an operation that needs it, or why there is none.
    pub(in crate::provider) fn get(&self, origin: &Origin) -> Result<&T, Diagnostics> {
        match self {
            Self::Given(value) => Ok(value),
            Self::Unknown => Err(undecided(origin).into()),
            Self::Missing => Err(missing(origin).into()),
        }
    }
}

/// The setting in the configuration, else in the environment. An empty text does not count as a
/// value: an unset variable gives that.
pub(in crate::provider) fn setting(
    origin: &Origin,
    config: &Config,
    environment: Option<&str>,
) -> Result<Setting<String>, Diagnostic> {
    let judged = |text: &str| match (origin.check.judge)(text).refusal() {
        Some(reason) => Err(unfit(origin, config, reason)),
        None => Ok(Setting::Given(text.to_owned())),
    };
    match (config.get(origin.attribute), environment) {
        (Value::String(text), _) if !text.is_empty() => judged(text),
        (Value::Unknown(_), _) => Ok(Setting::Unknown),
        (_, Some(text)) => judged(text),
        (_, None) => Ok(Setting::Missing),
    }
}

/// What to tell of a value that can't be used, at the attribute or with the variable that it comes from.
pub(in crate::provider) fn unfit(origin: &Origin, config: &Config, reason: &str) -> Diagnostic {
    let detail = format!("{}: {reason}", origin.source(config));
    match origin.is_in(config) {
        true => Diagnostic::error("Invalid value", detail).at(Path::of(origin.attribute)),
        false => Diagnostic::error("Invalid environment variable", detail),
    }
}

/// That an operation needs a setting that is nowhere.
fn missing(origin: &Origin) -> Diagnostic {
    let again = format!(
        "This operation needs {}, too. Set `{}` or `{}`, as another message of this run says in full.",
        origin.what, origin.attribute, origin.variable
    );
    origin.absent(&format!("This operation needs {}", origin.what)).once(again)
}

/// What is said of settings that can't be used where that was told before.
pub(in crate::provider) const UNUSABLE: &str =
    "Nothing was done: the provider's settings can't be used, as another message of this run says in full.";

pub(super) fn undecided(origin: &Origin) -> Diagnostic {
    let detail = format!(
        "This operation needs the provider's `{}`, whose value depends on something that is not applied yet. Apply that resource \
         first, for example with `-target`, or give the provider a value that is known when planning.",
        origin.attribute
    );
    Diagnostic::error("Provider configuration not known yet", detail).at(Path::root())
}
