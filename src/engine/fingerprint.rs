//! Digests of texts, for remembering what a text was without holding it. Used by `creation` and `rewrites`.

use aws_lc_rs::digest::{SHA256, digest};

use crate::value::Value;

/// What tells two texts apart without telling either, SHA-256 in hexadecimal; nothing for what is not there or not known.
pub fn fingerprint(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
