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
        // `echo` leaves a line end at the end of a variable. None of these values has one.
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
