// SPDX-License-Identifier: Apache-2.0

//! The attributes that a configuration managed, as they are remembered beside the state. Nearly every
//! operation hands them on unread, so they stay the text that was stored. A part of `memory`; made by
//! `lifecycle/applied` and read by `steps/managed`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::raw::to_raw;

/// Paths of attributes, as a JSON list of texts.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct ManagedPaths(Option<Box<RawValue>>);

// === impl ManagedPaths ===

impl ManagedPaths {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The paths. A text of another form has none.
    pub fn read(&self) -> BTreeSet<String> {
        self.0.as_ref().and_then(|text| serde_json::from_str(text.get()).ok()).unwrap_or_default()
    }
}

impl From<BTreeSet<String>> for ManagedPaths {
    fn from(paths: BTreeSet<String>) -> Self {
        Self((!paths.is_empty()).then(|| to_raw(&paths)))
    }
}

impl PartialEq for ManagedPaths {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_deref().map(RawValue::get) == other.0.as_deref().map(RawValue::get)
    }
}

impl Eq for ManagedPaths {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_and_read_and_what_is_none_is_nothing() {
        let paths = BTreeSet::from(["name".to_owned(), "room.desks".to_owned()]);
        let managed = ManagedPaths::from(paths.clone());
        let text = serde_json::to_string(&managed).unwrap();
        assert_eq!(text, r#"["name","room.desks"]"#);
        let read: ManagedPaths = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, read.read(), read.is_empty()), (&managed, paths, false));
        assert!(ManagedPaths::from(BTreeSet::new()).is_empty() && managed != ManagedPaths::default());
        let foreign: ManagedPaths = serde_json::from_str(r#"{"name":true}"#).unwrap();
        assert_eq!(foreign.read(), BTreeSet::new());
    }
}
