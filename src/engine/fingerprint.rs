// SPDX-License-Identifier: Apache-2.0

//! Digests of texts, for remembering what a text was without holding it. Used by
//! `creation_arguments` and `rewrites`.

use aws_lc_rs::digest::{SHA256, digest};

use crate::value::Value;

/// What tells two texts apart without revealing either: SHA-256 in hexadecimal. `None` for what is
/// null or unknown.
pub fn fingerprint(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_digests_and_nulls_have_none() {
        let digest = fingerprint(&"abc".into()).unwrap();
        assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_ne!(fingerprint(&"abd".into()), Some(digest));
        assert_eq!((fingerprint(&Value::Null), fingerprint(&Value::unknown())), (None, None));
    }
}
