// SPDX-License-Identifier: Apache-2.0

//! States that an older version of the provider stored, brought into today's shape. Only shapes
//! change, never meanings, and nothing remote is asked: the CLI upgrades before it configures
//! anything. Called by `protocol`.

use serde_json::value::RawValue;

use crate::engine::ManagedResource;
use crate::raw::{RawObject, Unexpected};

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

/// Stored attributes in today's shape. `None` where they have it already, so that their text can be
/// read as it is.
pub fn upgrade(resource: &ManagedResource, version: i64, stored: &RawValue) -> Result<Option<RawObject>, NotUpgraded> {
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
    use crate::library::BOOK;

    fn upgraded(version: i64, stored: &str) -> Result<Option<String>, NotUpgraded> {
        let stored = RawValue::from_string(stored.to_owned()).unwrap();
        let attributes = upgrade(&BOOK, version, &stored)?;
        Ok(attributes.map(|attributes| attributes.to_raw().get().to_owned()))
    }

    /// Version 1 of a book calls `title` what version 0 called `name`.
    #[test]
    fn each_version_goes_through_all_later_steps() {
        let today = r#"{"title":"a","other":[1.10]}"#;
        assert_eq!(upgraded(0, r#"{"name":"a","other":[1.10]}"#), Ok(Some(today.to_owned())));
        assert_eq!(upgraded(1, today), Ok(None));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for version in [2, -1, i64::MAX] {
            assert_eq!(upgraded(version, "{}"), Err(NotUpgraded::Version(version, 1)));
        }
        assert!(matches!(upgraded(0, "[]"), Err(NotUpgraded::Content(_))));
    }
}
