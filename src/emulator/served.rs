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
        Self { status: refusal.status, body: to_raw(&refusal.body()), dropped: Vec::new() }
    }
}

// === impl Refusal ===

impl Refusal {
    /// A request that is wrong in itself.
    pub fn bad_request(code: &str, description: &str, message: &str) -> Self {
        Self { status: 400, code: code.to_owned(), description: description.to_owned(), message: message.to_owned() }
    }

    /// Credentials that name no project and key of this emulator.
    pub fn unauthorized() -> Self {
        Self {
            status: 401,
            code: "E011008".to_owned(),
            description: "Unauthorized".to_owned(),
            message: "the management key has no access to this project".to_owned(),
        }
    }

    /// An id that names nothing. Descope does not document this error; 404 is likely.
    pub fn not_found(what: &str) -> Self {
        let message = format!("{what} not found");
        Self { status: 404, code: "E112102".to_owned(), description: "Not found".to_owned(), message }
    }

    /// A path that the API does not have. This error comes from the gateway in front of Descope
    /// and has a shape of its own.
    pub fn no_such_path(path: &str) -> Self {
        Self { status: 404, code: String::new(), description: String::new(), message: format!("no operation {path}") }
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
