// SPDX-License-Identifier: Apache-2.0

//! Checks of one text, each with a sentence for the person who wrote it. Rows in `provider` name
//! them.
//!
//! A text whose form is certainly wrong is refused. One that is only unusual draws a warning,
//! because lists of known values go out of date.

mod names;
mod slips;
mod verdict;
mod web;

pub use names::{DOMAIN_PATTERN, NONE_BLANK, NOT_BLANK, SCOPE_NAME};
pub use verdict::{Check, Verdict};
pub use web::{AUDIENCE, IMAGE, REDIRECT_URI, WEB_PAGE, is_loopback};
