//! The environment variables that the provider falls back to. Read once, when the process starts.

use secrecy::SecretString;

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

// === impl Environment ===

impl Environment {
    /// This process's environment.
    pub fn of_process() -> Self {
        // A line end at the end of a variable is what `echo` leaves there, and not part of any of these.
        let read =
            |name| std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        Self {
            project_id: read("DESCOPE_PROJECT_ID"),
            management_key: read("DESCOPE_MANAGEMENT_KEY").map(SecretString::from),
            base_url: read("DESCOPE_BASE_URL"),
            append_user_agent: read("TF_APPEND_USER_AGENT"),
        }
    }

    /// What the provider calls itself to the API.
    pub(in crate::provider) fn user_agent(&self) -> String {
        let own = concat!("terraform-provider-descope/", env!("CARGO_PKG_VERSION"));
        match &self.append_user_agent {
            Some(more) => format!("{own} {more}"),
            None => own.to_owned(),
        }
    }
}
