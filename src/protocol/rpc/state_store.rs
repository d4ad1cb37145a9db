// SPDX-License-Identifier: Apache-2.0

//! The RPCs of state stores, which this provider does not have. Each answers in words that a user
//! can act on, since a bare gRPC error would be shown as "unsupported plugin method". The CLIs call
//! them only for types that a schema lists, so these answers are seen when a configuration was
//! written for a newer version.

use tonic::codegen::BoxStream;
use tonic::codegen::tokio_stream;

use super::super::shared::{Respond, Shared, not_offered};
use super::super::{encode, wire};

/// One function for each unary RPC: the words for what it is about, and the field that names it.
macro_rules! refusals {
    ($( $method:ident, $message:ident, $what:literal, $name:ident; )*) => {
        $(
            pub(in crate::protocol) async fn $method(
                _: &Shared,
                request: wire::$message::Request,
            ) -> wire::$message::Response {
                Respond::with(not_offered($what, &request.$name).into())
            }
        )*
    };
}

refusals! {
    validate_state_store_config, validate_state_store, "state store", type_name;
    configure_state_store, configure_state_store, "state store", type_name;
    lock_state, lock_state, "state store", type_name;
    unlock_state, unlock_state, "state store", type_name;
    get_states, get_states, "state store", type_name;
    delete_state, delete_state, "state store", type_name;
}

pub(in crate::protocol) fn read_state_bytes(
    request: &wire::read_state_bytes::Request,
) -> BoxStream<wire::read_state_bytes::Response> {
    let diagnostics = encode::diagnostics(&not_offered("state store", &request.type_name).into());
    once(wire::read_state_bytes::Response { diagnostics, ..Default::default() })
}

pub(in crate::protocol) fn write_state_bytes() -> wire::write_state_bytes::Response {
    wire::write_state_bytes::Response { diagnostics: encode::diagnostics(&not_offered("state store", "").into()) }
}

fn once<T: Send + 'static>(event: T) -> BoxStream<T> {
    Box::pin(tokio_stream::once(Ok(event)))
}
