//! RPCs whose features this provider does not have, state stores so far: each answers in words that a user can act on, since a bare gRPC
//! error would be shown as "unsupported plugin method". The CLIs only call them for types and functions that a schema lists, so these
//! answers are seen when a configuration was written for a newer version. Called by `service`.

use tonic::codegen::BoxStream;
use tonic::codegen::tokio_stream;

use super::shared::{Answer, Shared};
use super::{encode, wire};
use crate::diag::Diagnostic;

/// Unary RPCs that refuse: a function per RPC, with what it is about in words and the field that names it.
macro_rules! refusals {
    ($( $method:ident, $message:ident, $what:literal, $name:ident; )*) => {
        $(
            pub(super) async fn $method(_: &Shared, request: wire::$message::Request) -> wire::$message::Response {
                Answer::told(unknown($what, &request.$name).into())
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

pub(super) fn read_state_bytes(
    request: &wire::read_state_bytes::Request,
) -> BoxStream<wire::read_state_bytes::Response> {
    let diagnostics = encode::diagnostics(&unknown("state store", &request.type_name).into());
    once(wire::read_state_bytes::Response { diagnostics, ..Default::default() })
}

pub(super) fn write_state_bytes() -> wire::write_state_bytes::Response {
    wire::write_state_bytes::Response { diagnostics: encode::diagnostics(&unknown("state store", "").into()) }
}

/// What to say of a feature, or a type of it, that the provider does not have.
pub(super) fn unknown(what: &str, name: &str) -> Diagnostic {
    let named = if name.is_empty() { String::new() } else { format!(" {name:?}") };
    let detail = format!(
        "Version {} of the provider has no {what}{named}. A newer version may have it.",
        env!("CARGO_PKG_VERSION")
    );
    Diagnostic::error("Not in this version of the provider", detail)
}

fn once<T: Send + 'static>(event: T) -> BoxStream<T> {
    Box::pin(tokio_stream::once(Ok(event)))
}
