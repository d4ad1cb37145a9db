//! Why a request failed, in words. Used by `http` and `clients`.

use std::error::Error as _;
use std::time::Duration;

/// How long one attempt may take. Descope's own SDKs wait as long.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// An error with all its causes, without the URL.
pub(in crate::descope) fn reason(error: reqwest::Error) -> String {
    let timed_out = error.is_timeout() && !error.is_connect();
    let error = error.without_url();
    let mut reasons = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !reasons.contains(&text) {
            reasons.push(text);
        }
        cause = inner.source();
    }
    match timed_out {
        true => format!("no answer within {} seconds", TIMEOUT.as_secs()),
        false => reasons.join(": "),
    }
}
