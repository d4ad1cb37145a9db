// SPDX-License-Identifier: Apache-2.0

//! The messages and services generated from `proto/go_plugin.proto` and `proto/health.proto`.

#![allow(missing_docs, clippy::all, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, dead_code)]

include!(concat!(env!("OUT_DIR"), "/plugin.rs"));

/// The standard health service.
pub(super) mod health {
    include!(concat!(env!("OUT_DIR"), "/grpc.health.v1.rs"));
}
