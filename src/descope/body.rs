// SPDX-License-Identifier: Apache-2.0

//! What a call sends: a fixed text, or one that is made anew for each attempt. Used by `call`;
//! `update` implements `MakeBody`, `transport` runs it.

use std::fmt;
use std::pin::Pin;

use super::error::Error;

/// What a call sends.
#[derive(Clone)]
pub(super) enum Body<'a> {
    /// The same text in each attempt.
    Fixed(String),
    /// A text that is made before each attempt, so that a repetition does not send what was true
    /// before the pause.
    Made(&'a dyn MakeBody),
}

/// Makes the body of a call.
pub(super) trait MakeBody: Send + Sync {
    /// Makes it. This may make calls of its own. `None`: nothing is left to send. A failure ends
    /// the call.
    fn make(&self) -> BodyFuture<'_>;
}

/// A body that is being made.
pub(super) type BodyFuture<'a> = Pin<Box<dyn Future<Output = Result<Option<String>, Error>> + Send + 'a>>;

// === impl Body ===

impl Body<'_> {
    /// Whether it is made anew for each attempt.
    pub(super) fn is_made(&self) -> bool {
        matches!(self, Self::Made(_))
    }

    /// The text for the next attempt, or `None` if nothing is left to send.
    pub(super) async fn text(&self) -> Result<Option<String>, Error> {
        match self {
            Self::Fixed(text) => Ok(Some(text.clone())),
            Self::Made(maker) => maker.make().await,
        }
    }
}

impl From<String> for Body<'_> {
    fn from(text: String) -> Self {
        Self::Fixed(text)
    }
}

impl fmt::Debug for Body<'_> {
    /// A body may hold secrets, so it is not shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Fixed(_) => "Fixed",
            Self::Made(_) => "Made",
        })
    }
}
