//! How the emulator behaves where the API's documentation leaves it open, and lasting oddities of some deployment. Set through the
//! control plane; read by the endpoints and `answer`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The switches, as the control plane reads and writes them. A document may name only some: the others get their defaults.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// How zero values are answered.
    pub zeros: Zeros,
    /// Every array is answered in another order than it was sent in.
    pub shuffle: bool,
    /// Integers are answered as text.
    pub numbers_as_strings: bool,
    /// Another spelling of `loginPageURL` in answers.
    pub login_page_spelling: Option<String>,
    /// A creation is answered with the new server's id alone, `{"id": …}`, instead of with the server.
    pub create_answers_id_only: bool,
    /// An unknown id is answered with 200 and no server, instead of with 404.
    pub unknown_is_null: bool,
    /// Dynamic registration that a creation leaves out is off, instead of on as in the console.
    pub registration_off_by_default: bool,
    /// New objects are not found by `load` and `all` for so long.
    pub hide_new_ms: u64,
    /// Top-level fields that are stored as something else whenever they are written.
    pub rewrite: BTreeMap<String, Box<RawValue>>,
    /// Top-level fields that an update leaves as they were.
    pub ignore_on_update: Vec<String>,
}

/// How zero values are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zeros {
    /// As they are, which is the gateway's default.
    #[default]
    Sent,
    /// Not at all.
    Omitted,
    /// As null.
    Null,
}
