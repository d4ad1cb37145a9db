// SPDX-License-Identifier: Apache-2.0

//! What is logged of a call: path, project, status, request id, time, and what comes next. Never a
//! header that has a secret, and never a body. Used by `transport`.

use std::time::Duration;

use tokio::time::Instant;

use super::super::call::{Attempt, Call, Request};
use super::super::retry::Next;

/// Logs an attempt.
pub(super) fn log(call: &Call<'_>, attempt: &Attempt, started: Instant, number: u32) {
    let (path, took_ms) = (call.path, milliseconds(started.elapsed()));
    let project = match call.request {
        Request::Operation { project, .. } => Some(project),
        Request::Document => None,
    };
    match attempt {
        Attempt::Answered(response) => {
            let (status, request_id) = (response.status, response.request_id.as_deref());
            tracing::debug!(path, project, status, request_id, took_ms, attempt = number, "called Descope");
        }
        Attempt::TooLarge { status, limit } => {
            tracing::debug!(
                path,
                project,
                status,
                limit,
                took_ms,
                attempt = number,
                "called Descope: the answer is too large"
            );
        }
        Attempt::NoConnection(reason)
        | Attempt::Unprocessed(reason)
        | Attempt::Broken(reason)
        | Attempt::Silent(reason)
        | Attempt::Cut(reason) => {
            tracing::debug!(
                path,
                project,
                reason = reason.logged(),
                took_ms,
                attempt = number,
                "called Descope: no answer came"
            );
        }
    }
}

/// Logs what comes after an attempt.
pub(super) fn log_next(path: &str, number: u32, next: Next) {
    let attempt = number;
    match next {
        Next::Keep => {
            tracing::trace!(path, attempt, "the call is not repeated: its outcome is final")
        }
        Next::Repeat(pause) => {
            tracing::warn!(path, attempt, wait_ms = milliseconds(pause), "the call will be repeated");
        }
        Next::Queue => tracing::debug!(path, attempt, "the call will be repeated when it is its turn"),
        Next::GiveUp => tracing::warn!(path, attempt, "giving up: the call was repeated often enough"),
        Next::NoTimeLeft => {
            tracing::warn!(path, attempt, "giving up: the deadline would pass before the next attempt");
        }
    }
}

fn milliseconds(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
