// SPDX-License-Identifier: Apache-2.0

//! Digests that only mean something within this process: enough to tell two things apart without
//! keeping either. A plan may have thousands of objects. Used by what is remembered of a run.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

/// The digest of anything.
pub fn digest(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Half of a digest, for what is compared with few others.
pub fn short(value: &(impl Hash + ?Sized)) -> u32 {
    u32::try_from(digest(value) >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn what_is_equal_has_one_digest_and_what_differs_has_another() {
        let values = [Value::Null, false.into(), "".into(), "a".into(), Value::List(vec!["a".into()]), Value::set([])];
        for (position, value) in values.iter().enumerate() {
            assert_eq!((digest(value), short(value)), (digest(&value.clone()), short(&value.clone())));
            for other in values.iter().skip(position + 1) {
                assert!(digest(value) != digest(other) && short(value) != short(other), "{value:?} {other:?}");
            }
        }
    }
}
