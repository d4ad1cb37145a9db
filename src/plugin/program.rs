// SPDX-License-Identifier: Apache-2.0

//! What this binary says about itself: to a person who starts it by hand, and in debug mode.

/// The program that serves as a plugin.
pub struct Program {
    /// The binary's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its source addresses, one for each CLI's default registry.
    pub addresses: &'static [&'static str],
    /// The text for a person who starts the binary by hand.
    pub explanation: &'static str,
}
