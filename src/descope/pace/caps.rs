// SPDX-License-Identifier: Apache-2.0

//! What an instance of the client must keep to by its settings. Made by its caller, passed on by
//! `transport`, obeyed by `machine` and `gate`.

use std::num::NonZeroUsize;

/// Limits that the user set, for each host. Nothing is limited without them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// How many requests may be sent within any minute.
    pub per_minute: Option<NonZeroUsize>,
    /// How many requests may be under way at the same time.
    pub at_once: Option<NonZeroUsize>,
}

// === impl Caps ===

impl Caps {
    /// Whether there are any.
    pub(super) const fn limits_nothing(self) -> bool {
        self.per_minute.is_none() && self.at_once.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_them_is_a_limit() {
        let one = NonZeroUsize::new(1);
        assert!(Caps::default().limits_nothing());
        assert!(!Caps { per_minute: one, at_once: None }.limits_nothing());
        assert!(!Caps { per_minute: None, at_once: one }.limits_nothing());
    }
}
