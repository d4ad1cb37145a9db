//! Single settings of the provider: from its block or from the environment, judged, and asked for when they are needed. Used by `config`.

use url::Url;

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Config;
use crate::schema::check::is_loopback;
use crate::schema::{Check, Verdict};
use crate::value::{Path, Value};

/// Where a setting comes from, and what it is.
pub(super) struct Source {
    /// Its attribute in the provider block.
    pub(super) attribute: &'static str,
    /// The environment variable that it falls back to.
    pub(super) variable: &'static str,
    /// As in "This operation needs …".
    what: &'static str,
    /// As in "Set … in the provider block, …".
    elsewhere: &'static str,
    check: Check,
}

pub(super) const PROJECT_ID: Source = Source {
    attribute: "project_id",
    variable: "DESCOPE_PROJECT_ID",
    what: "a project",
    elsewhere: ", or `project_id` where the operation is declared",
    check: project_word,
};

pub(super) const MANAGEMENT_KEY: Source = Source {
    attribute: "management_key",
    variable: "DESCOPE_MANAGEMENT_KEY",
    what: "a management key",
    elsewhere: "",
    check: fits_header,
};

pub(super) const BASE_URL: Source = Source {
    attribute: "base_url",
    variable: "DESCOPE_BASE_URL",
    what: "the API's address",
    elsewhere: "",
    check: base_url,
};

/// One setting, as far as it is known.
pub(super) enum Setting<T> {
    Given(T),
    /// Set, but to something that another resource has yet to decide.
    Unknown,
    Missing,
    /// Not usable. Only from the environment: what is wrong there matters when the setting is needed, as if it were missing.
    Refused(Diagnostic),
}

impl<T> Setting<T> {
    /// The setting as something made of it.
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Setting<U> {
        match self {
            Self::Given(value) => Setting::Given(make(value)),
            Self::Unknown => Setting::Unknown,
            Self::Missing => Setting::Missing,
            Self::Refused(message) => Setting::Refused(message),
        }
    }

    /// What is wrong with it, if anything.
    pub(super) fn fault(&self) -> Option<&Diagnostic> {
        match self {
            Self::Refused(message) => Some(message),
            Self::Given(_) | Self::Unknown | Self::Missing => None,
        }
    }

    /// The setting for an operation that needs it, or why there is none.
    pub(super) fn get(&self, source: &Source) -> Result<&T, Diagnostics> {
        match self {
            Self::Given(value) => Ok(value),
            Self::Unknown => Err(undecided(source)),
            Self::Missing => Err(missing(source)),
            Self::Refused(message) => Err(message.clone().into()),
        }
    }
}

/// The setting in the configuration, else in the environment. An empty text is no value: it is what an unset variable gives.
pub(super) fn setting(
    source: &Source,
    config: &Config,
    environment: Option<&str>,
) -> Result<Setting<String>, Diagnostics> {
    let refused = |text: &str, name: &str| match (source.check)(text) {
        Verdict::Refuse(reason) => Some(Diagnostic::error("Invalid value", format!("`{name}`: {reason}"))),
        Verdict::Accept | Verdict::Warn(_) => None,
    };
    Ok(match (config.get(source.attribute), environment) {
        (Value::String(text), _) if !text.is_empty() => match refused(text, source.attribute) {
            Some(message) => return Err(message.at(Path::of(source.attribute)).into()),
            None => Setting::Given(text.clone()),
        },
        (Value::Unknown(_), _) => Setting::Unknown,
        (_, Some(text)) => {
            refused(text, source.variable).map_or_else(|| Setting::Given(text.to_owned()), Setting::Refused)
        }
        (_, None) => Setting::Missing,
    })
}

/// A rule for `base_url`: `https`, or `http` on this machine; nothing behind the path, and no credentials in it.
pub(super) fn base_url(text: &str) -> Verdict {
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

/// A rule for the management key: what an HTTP header can carry. It never quotes the key.
pub(super) fn fits_header(text: &str) -> Verdict {
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Verdict::Accept,
        false => Verdict::Refuse(
            "It has white space, perhaps a line end at its end, or characters that are not ASCII.".to_owned(),
        ),
    }
}

/// A rule for a project's id, which goes into a header and into addresses. Empty is not set.
pub(super) fn project_word(text: &str) -> Verdict {
    match text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        true => Verdict::Accept,
        false => Verdict::Refuse(format!("{text:?} is no project id: one has only letters, digits, `-` and `_`.")),
    }
}

fn missing(source: &Source) -> Diagnostics {
    let Source { attribute, variable, what, elsewhere, .. } = source;
    let detail = format!(
        "This operation needs {what}, and none is configured. Set `{attribute}` in the provider block or the environment variable \
         `{variable}`{elsewhere}."
    );
    Diagnostic::error(format!("Missing {}", attribute.replace('_', " ")), detail).into()
}

fn undecided(source: &Source) -> Diagnostics {
    let detail = format!(
        "This operation needs the provider's `{}`, which another resource has yet to decide. Apply that resource first, \
         for example with `-target`, or give the provider a value that is known when planning.",
        source.attribute
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
