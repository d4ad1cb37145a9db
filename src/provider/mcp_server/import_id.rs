// SPDX-License-Identifier: Apache-2.0

//! The forms of an import id: `MS…`, `PROJECT_ID/MS…`, `name:EXACT_NAME`, `PROJECT_ID/name:EXACT_NAME`,
//! and the address that clients are given: the server's issuer or
//! one of its discovery documents.

use crate::provider::issuer::Issuer;
use crate::provider::resource_id::resource_id;
use crate::provider::settings::checks::PROJECT_ID;
use crate::schema::Verdict;

/// An import id, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ImportId<'a> {
    /// The project, where it is not the provider's.
    pub(super) project: Option<&'a str>,
    /// What in the project.
    pub(super) target: Target<'a>,
}

/// What in a project is meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// The server of this id.
    Id(&'a str),
    /// The one server of exactly this name.
    Name(&'a str),
}

/// What comes before a name.
const NAME: &str = "name:";

/// The forms, for messages.
const FORMS: &str = "`MS…` (the server's id), `PROJECT_ID/MS…`, `name:EXACT_NAME`, `PROJECT_ID/name:EXACT_NAME`, or the \
                     server's issuer";

impl<'a> ImportId<'a> {
    /// Takes an import id apart. Fails with what is wrong if it has none of the forms. A name may hold
    /// any character, also `/`.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let id = match Issuer::parse(text) {
            Some(issuer) => issuer.id,
            None if text.starts_with(NAME) => "",
            None => text.split_once('/').map_or(text, |(_, rest)| rest),
        };
        if let Some(reason) = resource_id(id) {
            return Err(reason);
        }
        Self::of(text).ok_or_else(|| match meant(text) {
            Some((fault, meant)) => format!("{text:?} {fault}. Write {meant:?}."),
            None if text.trim_end().ends_with(NAME) => format!("{text:?} has no name after `{NAME}`."),
            None => format!("{text:?} has none of the forms of an import id: {FORMS}."),
        })
    }

    fn of(text: &'a str) -> Option<Self> {
        if let Some(target) = Target::parse(text) {
            return Some(Self { project: None, target });
        }
        if let Some(Issuer { project, id, .. }) = Issuer::parse(text) {
            let target = Target::parse(id)?;
            return Some(Self { project: Some(project), target });
        }
        let (project, rest) = text.split_once('/')?;
        let is_project = !project.is_empty() && (PROJECT_ID.judge)(project) == Verdict::Accept;
        let target = Target::parse(rest)?;
        is_project.then_some(Self { project: Some(project), target })
    }
}

/// What is wrong with a text that is nearly an import id, and the one that it may be meant to be.
fn meant(text: &str) -> Option<(&'static str, String)> {
    const ID: &str = "id:";
    let trimmed = text.trim();
    let without_prefix = |text: &str| match text.split_at_checked(ID.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(ID) => Some(rest.trim_start().to_owned()),
        _ => None,
    };
    let behind_project = || {
        let (project, rest) = trimmed.split_once('/')?;
        Some(format!("{project}/{}", without_prefix(rest)?))
    };
    let unprefixed = without_prefix(trimmed).or_else(behind_project);
    let (fault, meant) = match unprefixed {
        Some(meant) => ("has `id:` in it, and an id needs no prefix", meant),
        None => ("has white space around it", trimmed.to_owned()),
    };
    ImportId::of(&meant).is_some().then_some((fault, meant))
}

impl<'a> Target<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if let Some(name) = text.strip_prefix(NAME) {
            return (!name.is_empty()).then_some(Self::Name(name));
        }
        // Today, ids are `MS` and 27 letters and digits. Longer ones may come, so this check is
        // loose.
        let rest = text.strip_prefix("MS")?;
        let fits =
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        fits.then_some(Self::Id(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let id = |project, target| Ok(ImportId { project, target });
        assert_eq!(ImportId::parse("MS35d1"), id(None, Target::Id("MS35d1")));
        assert_eq!(ImportId::parse("P2x/MS35d1"), id(Some("P2x"), Target::Id("MS35d1")));
        assert_eq!(ImportId::parse("name:A / B: C"), id(None, Target::Name("A / B: C")));
        assert_eq!(ImportId::parse("name:Events/RSVP"), id(None, Target::Name("Events/RSVP")));
        assert_eq!(ImportId::parse("P2x/name:A/B"), id(Some("P2x"), Target::Name("A/B")));
        let issuer = "https://api.descope.com/v1/apps/agentic/P2x/MS35d1";
        for text in [issuer, &format!("{issuer}/.well-known/oauth-authorization-server")] {
            assert_eq!(ImportId::parse(text), id(Some("P2x"), Target::Id("MS35d1")));
        }
        for wrong in [
            "https://api.descope.com/P2x",
            "",
            "x",
            "MS",
            "/MS35d1",
            "P2x/",
            "P 2/MS1",
            "MS1/MS2/MS3",
            "MS a",
            "https://api.descope.com/v1/apps/agentic/P2x/XX1",
        ] {
            let reason = ImportId::parse(wrong).unwrap_err();
            assert!(reason.contains("none of the forms"), "{wrong:?}: {reason}");
            for form in ["MS…", "PROJECT_ID/MS…", "name:EXACT_NAME", "PROJECT_ID/name:EXACT_NAME"] {
                assert!(reason.contains(&format!("`{form}`")), "{form}: {reason}");
            }
        }
        for (near, words) in [
            (" MS35d1", r#"" MS35d1" has white space around it. Write "MS35d1"."#),
            ("P2x/MS35d1\n", r#"has white space around it. Write "P2x/MS35d1"."#),
            (" name:A ", r#"Write "name:A"."#),
            ("name:", r#""name:" has no name after `name:`."#),
            ("P2x/name:", r#"has no name after `name:`."#),
            ("id:MS35d1", r#""id:MS35d1" has `id:` in it, and an id needs no prefix. Write "MS35d1"."#),
            ("ID: MS35d1 ", r#"Write "MS35d1"."#),
            ("P2x/id:MS35d1", r#"Write "P2x/MS35d1"."#),
        ] {
            let reason = ImportId::parse(near).unwrap_err();
            assert!(reason.ends_with(words), "{near:?}: {reason}");
        }
        assert_eq!(ImportId::parse("name:A "), id(None, Target::Name("A ")), "the name may have it");
        for resource in ["RS1", "P2x/RS1", "https://api.descope.com/v1/apps/agentic/P2x/RS1"] {
            let reason = ImportId::parse(resource).unwrap_err();
            assert!(reason.contains("\"RS1\" is the id of a Resource"), "{resource:?}: {reason}");
        }
    }
}
