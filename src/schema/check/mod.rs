//! Checks of one text, each with a sentence for the person who wrote it. Rows in `provider` name
//! them.
//!
//! A text whose form is certainly wrong is refused. One that is only unusual draws a warning,
//! because lists of known values go out of date.

mod names;
mod verdict;
mod web;

pub use names::{domain_pattern, not_blank, scope_token};
pub use verdict::Verdict;
pub use web::{audience, image, is_loopback, redirect_uri, web_page};

/// A rule for one text, or for each text of a set.
pub type Check = fn(&str) -> Verdict;
