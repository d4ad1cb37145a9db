//! States that an older version of the provider stored, brought into today's shape. Only shapes change, never meanings, and nothing
//! remote is asked: the CLI upgrades before it configures anything. Called by `protocol`.

use serde_json::value::RawValue;

use super::Resource;
use crate::raw::{RawObject, Unexpected};

/// Turns the stored attributes of one version into those of the next.
///
/// Attributes that were added or dropped need none: absent ones read as null, unknown ones are passed over. Names and types that
/// changed do.
pub type Upgrade = fn(RawObject) -> Result<RawObject, Unexpected>;

/// Why a stored state can't be upgraded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUpgraded {
    /// It is of no version up to today's.
    #[error("it has version {0}, and this version of the provider knows versions 0 to {1}")]
    Version(i64, i64),
    /// Its attributes are not what its version says.
    #[error("it is not what its version says: {0}")]
    Content(#[from] Unexpected),
}

/// Stored attributes in today's shape; `None` where they have it already, so that their text can be read as it is.
pub fn upgrade(resource: &Resource, version: i64, stored: &RawValue) -> Result<Option<RawObject>, NotUpgraded> {
    let today = resource.version();
    let unknown = || NotUpgraded::Version(version, today);
    let steps = usize::try_from(version).ok().and_then(|done| resource.upgrades.get(done..)).ok_or_else(unknown)?;
    let Some((first, rest)) = steps.split_first() else { return Ok(None) };
    let mut attributes = first(RawObject::parse(stored)?)?;
    for step in rest {
        attributes = step(attributes)?;
    }
    Ok(Some(attributes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::to_raw;
    use crate::schema::Table;

    static TABLE: Table = Table::of(&[]);

    /// Version 1 called `title` `name`; version 2 counts in seconds.
    const RESOURCE: Resource = Resource {
        type_name: "x",
        docs: "",
        table: &TABLE,
        upgrades: &[
            |mut attributes| {
                attributes.rename("title", "name");
                Ok(attributes)
            },
            |mut attributes| {
                let minutes: i64 = attributes.scalar("length", "a number")?.unwrap_or_default();
                attributes.set("length", to_raw(&(minutes * 60)));
                Ok(attributes)
            },
        ],
        rules: &[],
        creation_rules: &[],
        identity: &[],
        found_by: &[],
    };

    fn upgraded(version: i64, stored: &str) -> Result<Option<String>, NotUpgraded> {
        let stored = RawValue::from_string(stored.to_owned()).unwrap();
        let attributes = upgrade(&RESOURCE, version, &stored)?;
        Ok(attributes.map(|attributes| attributes.to_raw().get().to_owned()))
    }

    #[test]
    fn each_version_goes_through_all_later_steps() {
        assert_eq!(RESOURCE.version(), 2);
        let today = r#"{"name":"a","length":120,"other":[1.10]}"#;
        assert_eq!(upgraded(0, r#"{"title":"a","length":2,"other":[1.10]}"#), Ok(Some(today.to_owned())));
        assert_eq!(upgraded(1, r#"{"name":"a","length":2,"other":[1.10]}"#), Ok(Some(today.to_owned())));
        assert_eq!(upgraded(2, today), Ok(None));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for version in [3, -1, i64::MAX] {
            assert_eq!(upgraded(version, "{}"), Err(NotUpgraded::Version(version, 2)));
        }
        assert!(matches!(upgraded(0, "[]"), Err(NotUpgraded::Content(_))));
        assert!(matches!(upgraded(1, r#"{"length":"long"}"#), Err(NotUpgraded::Content(_))));
    }
}
