//! What is remembered of an object beside its state, in the bytes that the CLI keeps for the provider. Used by `creation` and `adoption`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The private data of an object. Anything else in it, or no JSON at all, is taken for nothing.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Private {
    /// SHA-256 of each argument of the creation as it was sent, by attribute: enough to see a change, and not the value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub creation: BTreeMap<String, String>,
    /// The id by which the configuration adopted the object, as of its last plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<String>,
}

// === impl Private ===

impl Private {
    /// Reads private data.
    pub fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The data as bytes; none where there is nothing to remember.
    pub fn write(&self) -> Vec<u8> {
        match self.creation.is_empty() && self.adopted.is_none() {
            true => Vec::new(),
            false => serde_json::to_vec(self).unwrap_or_default(),
        }
    }
}
