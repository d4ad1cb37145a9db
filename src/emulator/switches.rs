// SPDX-License-Identifier: Apache-2.0

//! Switches for what Descope's documentation leaves open, and for oddities that a deployment may
//! have. `control` sets them, the endpoints and `answer` read them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::rate_limit::RateLimit;

/// All switches, as the control plane reads and writes them. Those that a request leaves out get
/// their defaults.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// How zero values are answered.
    pub zeros: Zeros,
    /// Arrays are answered in reverse order.
    pub shuffle: bool,
    /// Integers are answered as strings.
    pub numbers_as_strings: bool,
    /// How answers spell `loginPageURL`, if not like this.
    pub login_page_spelling: Option<String>,
    /// A creation answers only the new server's id, `{"id": …}`, instead of the server.
    pub create_answers_id_only: bool,
    /// Loading an unknown id answers 200 and `{"server": null}`, instead of 404.
    pub unknown_is_null: bool,
    /// If a creation leaves out dynamic registration, it is off. By default it is on, like in the
    /// console.
    pub registration_off_by_default: bool,
    /// How long `load` and `all` do not find new objects, in milliseconds.
    pub hide_new_ms: u64,
    /// How long `all` still has deleted objects, in milliseconds.
    pub list_deleted_ms: u64,
    /// Top-level fields, and the value that is stored in each instead of the one that is sent.
    pub rewrite: BTreeMap<String, Box<RawValue>>,
    /// Top-level fields that an update does not change.
    pub ignore_on_update: Vec<String>,
    /// How many requests are accepted within a time.
    pub rate_limit: Option<RateLimit>,
}

/// How zero values are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zeros {
    /// They are sent, which is the gateway's default.
    #[default]
    Sent,
    /// They are left out.
    Omitted,
    /// They are sent as null.
    Null,
}
