// SPDX-License-Identifier: Apache-2.0

//! What is hidden in everything that is shown: the management key and the passwords of proxies. They are hidden as
//! soon as they are known, since a text that holds one may be anywhere in a configuration. Called by
//! `mod` when the provider is made, and by `mod` and `configured` for each provider block.

use secrecy::ExposeSecret;

use super::settings::Environment;
use super::settings::checks;
use crate::engine::Config;
use crate::shown::{keep_password, keep_secret};

/// What stands in place of a key.
const KEY: &str = "the management key";

/// How long a part of a key must be that is hidden without the rest.
const PART: usize = 12;

/// Hides what the environment and the provider block hold.
pub(super) fn hide(environment: &Environment, config: Option<&Config>) {
    for password in &environment.proxy_passwords {
        hide_password(password.expose_secret());
    }
    let of_config = |name| config.and_then(|config| config.get(name).as_str());
    let projects = [environment.project_id.as_deref(), of_config("project_id")];
    let keys = [environment.management_key.as_ref().map(ExposeSecret::expose_secret), of_config("management_key")];
    for key in keys.into_iter().flatten() {
        hide_key(key, &projects);
    }
}

fn hide_key(text: &str, projects: &[Option<&str>]) {
    let key = text.trim();
    // No key is one, and messages would no longer make sense, or tell by their gaps what it is.
    if key.len() < PART && key.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return;
    }
    // A project is shown. One that holds the key, in the wrong place, is not.
    let is_public = |project: &&str| project.starts_with('P') && (*project == key || !project.contains(key));
    let public: Vec<&str> = projects.iter().copied().flatten().filter(is_public).collect();
    if (checks::MANAGEMENT_KEY.judge)(key).refusal().is_none() {
        return keep_secret(KEY, key, &public);
    }
    // It has more in it than the key, such as the project.
    let parts = key.split(|c: char| !c.is_ascii_alphanumeric());
    for part in parts.filter(|part| part.starts_with('K') && part.len() >= PART) {
        keep_secret(KEY, part, &public);
    }
}

/// The password of a proxy, unless it may stand in any text: where that is hidden, the gaps tell it. Addresses of
/// proxies are shown without passwords anyway.
fn hide_password(password: &str) {
    const SHORTEST: usize = 8;
    let mut letters = password.chars();
    let first = letters.next();
    let is_word = first.is_none_or(|first| first.is_alphabetic())
        && (letters.clone().all(|c| c.is_lowercase() || c == '_') || letters.all(|c| c.is_uppercase() || c == '_'));
    if password.chars().count() >= SHORTEST && !is_word {
        keep_password("the proxy's password", password);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::object;
    use crate::shown::shown;

    #[test]
    fn keys_are_hidden_before_anything_is_configured_and_words_are_not() {
        let environment = Environment { management_key: Some("K7hZq3vWm9Tx".into()), ..Environment::default() };
        hide(&environment, None);
        assert_eq!(shown("x \"K7hZq3vWm9Tx\" y"), "x \"(the management key)\" y");
        for (text, key) in [
            ("K8jYr4bNk2Lp/+c", "K8jYr4bNk2Lp/+c"),
            (" K9cVt5gHd3Sw\n", "K9cVt5gHd3Sw"),
            ("P2abc:K4mXe6fJs8Qz", "K4mXe6fJs8Qz"),
            ("Bearer P2abc:K5nWd7eRa9Uy", "K5nWd7eRa9Uy"),
        ] {
            hide(&Environment::default(), Some(&Config::new(object([("management_key", text.into())]))));
            assert_eq!(shown(key), "(the management key)", "{text}");
            assert_eq!(shown("P2abc"), "P2abc");
        }
        for word in ["error", "overwrite", "id"] {
            hide(&Environment::default(), Some(&Config::new(object([("management_key", word.into())]))));
            assert_eq!(shown(word), word);
        }
    }

    #[test]
    fn a_project_that_shares_a_part_with_the_key_is_shown_as_soon_as_it_is_known() {
        let (key, project) = ("Kwq7ewq7e33445566778899", "Pwq7ewq7e33445566778899");
        let environment = Environment { management_key: Some(key.into()), ..Environment::default() };
        hide(&environment, None);
        hide(&environment, Some(&Config::new(object([("project_id", project.into())]))));
        assert_eq!((shown(project).as_str(), shown(key).as_str()), (project, "(the management key)"));
        // Unless it holds the key itself.
        let joined = format!("P2:{key}");
        hide(&environment, Some(&Config::new(object([("project_id", joined.as_str().into())]))));
        assert!(!shown(&joined).contains("3344"), "{}", shown(&joined));
    }

    #[test]
    fn passwords_that_are_words_are_not_hidden() {
        for word in ["password", "proxy", "environment", "Environment", "HTTPS_PROXY", "s3cret", ""] {
            hide_password(word);
            assert_eq!(shown(&format!("({word})")), format!("({word})"));
        }
        for password in ["pAs5word", "horse-Battery9", "xYzzyXyzzY", "12345678"] {
            hide_password(password);
            assert_eq!(shown(password), "(the proxy's password)");
        }
    }
}
