// SPDX-License-Identifier: Apache-2.0

//! Where the settings come from that are in use, so that a message names the place to look at. Made by `configured`,
//! used by `diagnose`.

use secrecy::ExposeSecret;

use super::Environment;
use super::setting::{BASE_URL, CA_CERT_FILE, MANAGEMENT_KEY, Origin, PROJECT_ID};
use crate::engine::Config;

/// Where the settings come from that a message may be about.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::provider) struct Sources {
    base_url: Source,
    key: Source,
    project: Source,
    authorities: Source,
}

// === impl Sources ===

impl Sources {
    pub(in crate::provider) fn of(config: &Config, environment: &Environment) -> Self {
        let key = environment.management_key.as_ref().map(ExposeSecret::expose_secret);
        Self {
            base_url: Source::of(&BASE_URL, config, environment.base_url.as_deref()),
            key: Source::of(&MANAGEMENT_KEY, config, key),
            project: Source::of(&PROJECT_ID, config, environment.project_id.as_deref()),
            authorities: Source::of(&CA_CERT_FILE, config, environment.ca_cert_file.as_deref()),
        }
    }

    /// The same for an object that may have a project of its own, which may also be the provider's.
    pub(in crate::provider) fn of_object(self, project: Option<&str>, provided: Option<&str>) -> Self {
        let own = project.filter(|own| !own.is_empty() && Some(*own) != provided);
        own.map_or(self, |_| Self { project: Source::Object, ..self })
    }

    /// The setting of the address, as in a sentence.
    pub(in crate::provider) fn base_url(self) -> String {
        self.base_url.named(&BASE_URL)
    }

    /// What decides where the API is, as in a sentence.
    pub(in crate::provider) fn address(self) -> String {
        match self.has_no_base_url() {
            true => "the project's id, from which the address follows".to_owned(),
            false => self.base_url(),
        }
    }

    /// Whether the address follows from the project's id.
    pub(in crate::provider) fn has_no_base_url(self) -> bool {
        self.base_url == Source::Nowhere
    }

    /// The setting of the key, as in a sentence.
    pub(in crate::provider) fn key(self) -> String {
        self.key.named(&MANAGEMENT_KEY)
    }

    /// The setting of the file of authorities, as in a sentence, if there is one.
    pub(in crate::provider) fn authorities(self) -> Option<String> {
        (self.authorities != Source::Nowhere).then(|| self.authorities.named(&CA_CERT_FILE))
    }

    /// The settings of the key and of the project, as in a sentence.
    pub(in crate::provider) fn key_and_project(self) -> String {
        let (key, project) = (&MANAGEMENT_KEY, &PROJECT_ID);
        match (self.key, self.project) {
            (Source::Variable, Source::Variable) => {
                format!("the environment variables `{}` and `{}`", key.variable, project.variable)
            }
            (Source::Block, Source::Block) => {
                format!("`{}` and `{}` in the provider block", key.attribute, project.attribute)
            }
            _ => format!("{}, and {}", self.key(), self.project()),
        }
    }

    /// The setting of the project, as in a sentence.
    pub(in crate::provider) fn project(self) -> String {
        self.project.named(&PROJECT_ID)
    }
}

/// Where the value of a setting comes from that is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Source {
    /// The provider block.
    Block,
    /// The environment variable.
    Variable,
    /// The object, whose project is not the provider's.
    Object,
    /// It is not set.
    #[default]
    Nowhere,
}

// === impl Source ===

impl Source {
    /// Of a setting with this value in the environment.
    fn of(origin: &Origin, config: &Config, variable: Option<&str>) -> Self {
        match variable {
            _ if origin.is_in(config) => Self::Block,
            Some(_) => Self::Variable,
            None => Self::Nowhere,
        }
    }

    /// What to look at or to set, as in a sentence.
    fn named(self, Origin { attribute, variable, .. }: &Origin) -> String {
        match self {
            Self::Block => format!("`{attribute}` in the provider block"),
            Self::Variable => format!("the environment variable `{variable}`"),
            Self::Object => format!(
                "the {} of this object, which is from its block (`{attribute}`), its import id or its state",
                attribute.trim_end_matches("_id")
            ),
            Self::Nowhere => format!("`{attribute}` (environment variable `{variable}`)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_named_where_it_was_found() {
        let block = |settings: &[(&'static str, &str)]| {
            Config::new(settings.iter().map(|(name, text)| (*name, (*text).into())).collect())
        };
        let environment = Environment {
            base_url: Some("https://x".to_owned()),
            management_key: Some("K".into()),
            ..Environment::default()
        };
        let both = block(&[("base_url", "https://y"), ("management_key", "K2"), ("project_id", "P2")]);
        for (sources, base_url, key, project) in [
            (
                Sources::of(&both, &environment),
                "`base_url` in the provider block",
                "`management_key` in the provider block",
                "`project_id` in the provider block",
            ),
            (
                Sources::of(&block(&[("base_url", "")]), &environment),
                "the environment variable `DESCOPE_BASE_URL`",
                "the environment variable `DESCOPE_MANAGEMENT_KEY`",
                "`project_id` (environment variable `DESCOPE_PROJECT_ID`)",
            ),
            (
                Sources::default().of_object(Some("P3"), None),
                "`base_url` (environment variable `DESCOPE_BASE_URL`)",
                "`management_key` (environment variable `DESCOPE_MANAGEMENT_KEY`)",
                "the project of this object, which is from its block (`project_id`), its import id or its state",
            ),
        ] {
            assert_eq!([sources.base_url(), sources.key(), sources.project()], [base_url, key, project]);
            assert_eq!(sources.has_no_base_url(), base_url.contains('('));
        }
    }

    #[test]
    fn key_and_project_are_named_together_where_they_are_in_one_place() {
        let environment = Environment {
            project_id: Some("P1".to_owned()),
            management_key: Some("K".into()),
            ..Environment::default()
        };
        let block = |settings: &[(&'static str, &str)]| {
            let config = Config::new(settings.iter().map(|(name, text)| (*name, (*text).into())).collect());
            Sources::of(&config, &environment)
        };
        let own = block(&[]).of_object(Some("P3"), None);
        for (sources, named) in [
            (block(&[]), "the environment variables `DESCOPE_MANAGEMENT_KEY` and `DESCOPE_PROJECT_ID`"),
            (
                block(&[("management_key", "K2"), ("project_id", "P2")]),
                "`management_key` and `project_id` in the provider block",
            ),
            (
                block(&[("project_id", "P2")]),
                "the environment variable `DESCOPE_MANAGEMENT_KEY`, and `project_id` in the provider block",
            ),
            (
                own,
                "the environment variable `DESCOPE_MANAGEMENT_KEY`, and the project of this object, which is from its \
                 block (`project_id`), its import id or its state",
            ),
        ] {
            assert_eq!(sources.key_and_project(), named);
        }
        assert_eq!(block(&[]).authorities(), None);
        let named = block(&[("ca_cert_file", "x.pem")]).authorities();
        assert_eq!(named.as_deref(), Some("`ca_cert_file` in the provider block"));
    }

    /// The project of an object in a plan or a state is the provider's where nobody gave it one.
    #[test]
    fn a_project_is_named_where_it_comes_from_and_not_where_it_went() {
        let environment = Environment { project_id: Some("P1".to_owned()), ..Environment::default() };
        let block = Config::new([("project_id", "P1".into())].into());
        let variable = "the environment variable `DESCOPE_PROJECT_ID`";
        let own = "the project of this object, which is from its block (`project_id`), its import id or its state";
        for (config, project, named) in [
            (&Config::new([].into()), None, variable),
            (&Config::new([].into()), Some("P1"), variable),
            (&Config::new([].into()), Some("P2"), own),
            (&block, Some("P1"), "`project_id` in the provider block"),
            (&block, Some("P2"), own),
        ] {
            let sources = Sources::of(config, &environment).of_object(project, Some("P1"));
            assert_eq!(sources.project(), named, "{project:?}");
        }
    }
}
