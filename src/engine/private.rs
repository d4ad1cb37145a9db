//! What is remembered of an object beside its state, in the bytes that the CLI keeps for the provider. Used by `creation`, `adoption`
//! and `lifecycle`.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::rewrites::Rewrites;

/// For how long after its creation an object may not be found yet.
const FRESH_SECONDS: u64 = 30;

/// The private data of an object. Anything else in it, or no JSON at all, is taken for nothing.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Private {
    /// SHA-256 of each argument of the creation as it was sent, by attribute: enough to see a change, and not the value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub creation: BTreeMap<String, String>,
    /// The identity of the object that the configuration holds on to by its id, as of its last plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<BTreeMap<String, String>>,
    /// The identity of the object that a plan for a new one is going to adopt. Only in plans: a deletion that belongs to such a plan, which
    /// is handed its private data, must not delete that object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopting: Option<BTreeMap<String, String>>,
    /// When it was created, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<u64>,
    /// What became of texts that the remote system stores otherwise.
    #[serde(default, skip_serializing_if = "Rewrites::is_empty")]
    pub rewrites: Rewrites,
}

// === impl Private ===

impl Private {
    /// Reads private data.
    pub fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The data as bytes; none where there is nothing to remember.
    pub fn write(&self) -> Vec<u8> {
        match *self == Self::default() {
            true => Vec::new(),
            false => serde_json::to_vec(self).unwrap_or_default(),
        }
    }

    /// Whether the object was created so short a time ago that the remote system may not find it yet.
    pub fn is_fresh(&self) -> bool {
        self.created.zip(now()).is_some_and(|(created, now)| now.saturating_sub(created) < FRESH_SECONDS)
    }
}

/// The time in seconds since 1970.
pub fn now() -> Option<u64> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}
