// SPDX-License-Identifier: Apache-2.0

//! The client's half of the generated code: the tests' own copy of the messages.

#![allow(clippy::all, dead_code)]

/// Terraform's protocol.
pub mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/client/tfplugin6.rs"));
}

/// go-plugin's services.
pub mod go_plugin {
    include!(concat!(env!("OUT_DIR"), "/client/plugin.rs"));
}

/// The health service.
pub mod health {
    include!(concat!(env!("OUT_DIR"), "/client/grpc.health.v1.rs"));
}
