// SPDX-License-Identifier: Apache-2.0

//! How an API request ends: with a success or a refusal, both as JSON. Used by `gateway` and the
//! endpoints.

use serde_json::json;
use serde_json::value::RawValue;

use super::raw::to_raw;

/// The answer to a request.
pub struct Served {
    /// The status.
    pub status: u16,
    /// The JSON body.
    pub body: Box<RawValue>,
    /// The paths of fields that were dropped because the API does not document them.
    pub dropped: Vec<String>,
}

/// An error as Descope's SDKs describe it.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub description: String,
    pub message: String,
    /// The paths of fields that were dropped before.
    pub dropped: Vec<String>,
}

// === impl Served ===

impl Served {
    /// A success.
    pub fn ok(body: Box<RawValue>, dropped: Vec<String>) -> Self {
        Self { status: 200, body, dropped }
    }
}

impl From<Refusal> for Served {
    fn from(refusal: Refusal) -> Self {
        Self { status: refusal.status, body: to_raw(&refusal.body()), dropped: refusal.dropped }
    }
}

// === impl Refusal ===

impl Refusal {
    /// A refusal with this status.
    pub fn new(status: u16, code: &str, description: &str, message: &str) -> Self {
        let [code, description, message] = [code, description, message].map(str::to_owned);
        Self { status, code, description, message, dropped: Vec::new() }
    }

    /// A request that is wrong in itself.
    pub fn bad_request(code: &str, description: &str, message: &str) -> Self {
        Self::new(400, code, description, message)
    }

    /// Credentials that name no project and key of this emulator.
    pub fn unauthorized() -> Self {
        Self::new(401, "E011008", "Unauthorized", "the management key has no access to this project")
    }

    /// An id that names nothing. Descope does not document this error; 404 is likely.
    pub fn not_found(what: &str) -> Self {
        Self::new(404, "E112102", "Not found", &format!("{what} not found"))
    }

    /// A path that the API does not have. This error comes from the gateway in front of Descope
    /// and has a shape of its own.
    pub fn no_such_path(path: &str) -> Self {
        Self::new(404, "", "", &format!("no operation {path}"))
    }

    /// Its body.
    pub fn body(&self) -> serde_json::Value {
        match self.code.is_empty() {
            true => json!({ "code": 5, "message": self.message, "details": [] }),
            false => {
                json!({ "errorCode": self.code, "errorDescription": self.description, "errorMessage": self.message })
            }
        }
    }
}
