// SPDX-License-Identifier: Apache-2.0

//! The gRPC service, which turns a panic into a diagnostic of that one call. Each RPC runs as a task
//! of its own for that, so a call whose client went away finishes its work, too. The process doesn't
//! end while a call may be writing.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use super::rpc::{
    action, data_source, ephemeral, function, identity, list, provider as provider_rpcs, resource_change,
    resource_config, resource_state, state_store,
};
use super::shared::{Respond, Shared, crashed};
use super::span::span;
use super::wire::provider_server::{Provider as Rpc, ProviderServer};
use super::{encode, wire};
use crate::diag::Diagnostics;
use crate::engine::{Clock, Provider};

/// The largest message, either way; the CLIs' own limit.
const LARGEST_MESSAGE: usize = 256 << 20;

/// The calls that may write. The process waits for them. (InvokeAction, which is a stream,
/// does it itself.)
const WRITES: [&str; 1] = ["ApplyResourceChange"];

/// The provider as a gRPC service. `stop` is tripped when the process shall end. `writes` has a
/// receiver for each call that may be writing.
pub fn routes(
    provider: Arc<dyn Provider>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    writes: watch::Sender<()>,
) -> tonic::service::Routes {
    let service = Service { shared: Arc::new(Shared::new(provider, clock, stop, writes)) };
    let server = ProviderServer::new(service)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    tonic::service::Routes::new(server)
}

struct Service {
    shared: Arc<Shared>,
}

impl Service {
    /// What a call holds while it may be writing; nothing if it never writes.
    fn writing(&self, rpc: &str) -> Option<watch::Receiver<()>> {
        WRITES.contains(&rpc).then(|| self.shared.writing())
    }
}

/// Runs a call as a task and answers with a diagnostic if it panics. Drops `writing` at the end of the
/// task.
async fn run<A: Respond>(
    rpc: &'static str,
    type_name: Option<&str>,
    writing: Option<watch::Receiver<()>>,
    work: impl Future<Output = A> + Send + 'static,
) -> Result<Response<A>, Status> {
    let work = async move {
        let _writing = writing;
        let started = std::time::Instant::now();
        let answer = work.await;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(tf_req_duration_ms = took_ms, "served");
        answer
    };
    let answer =
        tokio::spawn(work.instrument(span(rpc, type_name))).await.unwrap_or_else(|_| A::with(crashed(rpc).into()));
    Ok(Response::new(answer))
}

/// The service: each unary method hands its request to the function of the same name in a module. A
/// macro writes the whole block, since the thirty-odd methods differ in nothing but names.
macro_rules! service {
    ($( $module:ident { $( $method:ident, $message:ident, $rpc:literal $(, $type_name:ident)?; )* } )*) => {
        #[tonic::async_trait]
        impl Rpc for Service {
            $($(
                async fn $method(
                    &self,
                    request: Request<wire::$message::Request>,
                ) -> Result<Response<wire::$message::Response>, Status> {
                    let (shared, request) = (self.shared.clone(), request.into_inner());
                    let type_name: Option<String> = [$( request.$type_name.clone() )?].into_iter().next();
                    // Boxed where it begins: what it is moved through before is small then.
                    let work = async move { Box::pin($module::$method(&shared, request)).await };
                    run($rpc, type_name.as_deref(), self.writing($rpc), work).await
                }
            )*)*

            async fn list_resource(
                &self,
                request: Request<wire::list_resource::Request>,
            ) -> Result<Response<BoxStream<wire::list_resource::Event>>, Status> {
                Ok(Response::new(list::list_resource(self.shared.clone(), request.into_inner())))
            }

            async fn invoke_action(
                &self,
                request: Request<wire::invoke_action::Request>,
            ) -> Result<Response<BoxStream<wire::invoke_action::Event>>, Status> {
                Ok(Response::new(action::invoke_action(self.shared.clone(), request.into_inner())))
            }

            async fn read_state_bytes(
                &self,
                request: Request<wire::read_state_bytes::Request>,
            ) -> Result<Response<BoxStream<wire::read_state_bytes::Response>>, Status> {
                Ok(Response::new(state_store::read_state_bytes(&request.into_inner())))
            }

            async fn write_state_bytes(
                &self,
                _chunks: Request<tonic::Streaming<wire::write_state_bytes::RequestChunk>>,
            ) -> Result<Response<wire::write_state_bytes::Response>, Status> {
                Ok(Response::new(state_store::write_state_bytes()))
            }
        }

        $($(
            answers!($message);
        )*)*
    };
}

/// How an answer carries messages.
macro_rules! answers {
    (stop_provider) => {
        impl Respond for wire::stop_provider::Response {
            fn with(diagnostics: Diagnostics) -> Self {
                Self { error: encode::one_text(&diagnostics) }
            }
        }
    };
    (call_function) => {
        impl Respond for wire::call_function::Response {
            fn with(diagnostics: Diagnostics) -> Self {
                Self { result: None, error: Some(encode::function_error(&encode::one_text(&diagnostics), None)) }
            }
        }
    };
    ($message:ident) => {
        // Some answers have no other field to leave at its default.
        #[allow(clippy::needless_update)]
        impl Respond for wire::$message::Response {
            fn with(diagnostics: Diagnostics) -> Self {
                Self { diagnostics: encode::diagnostics(&diagnostics), ..Default::default() }
            }
        }
    };
}

service! {
    provider_rpcs {
        get_metadata, get_metadata, "GetMetadata";
        get_provider_schema, get_provider_schema, "GetProviderSchema";
        get_functions, get_functions, "GetFunctions";
        validate_provider_config, validate_provider_config, "ValidateProviderConfig";
        configure_provider, configure_provider, "ConfigureProvider";
        stop_provider, stop_provider, "StopProvider";
    }
    resource_config {
        validate_resource_config, validate_resource_config, "ValidateResourceConfig", type_name;
        generate_resource_config, generate_resource_config, "GenerateResourceConfig", type_name;
    }
    resource_state {
        upgrade_resource_state, upgrade_resource_state, "UpgradeResourceState", type_name;
        read_resource, read_resource, "ReadResource", type_name;
        import_resource_state, import_resource_state, "ImportResourceState", type_name;
        move_resource_state, move_resource_state, "MoveResourceState", target_type_name;
    }
    resource_change {
        plan_resource_change, plan_resource_change, "PlanResourceChange", type_name;
        apply_resource_change, apply_resource_change, "ApplyResourceChange", type_name;
    }
    identity {
        get_resource_identity_schemas, get_resource_identity_schemas, "GetResourceIdentitySchemas";
        upgrade_resource_identity, upgrade_resource_identity, "UpgradeResourceIdentity", type_name;
    }
    function {
        call_function, call_function, "CallFunction", name;
    }
    list {
        validate_list_resource_config, validate_list_resource_config, "ValidateListResourceConfig", type_name;
    }
    data_source {
        validate_data_resource_config, validate_data_resource_config, "ValidateDataResourceConfig", type_name;
        read_data_source, read_data_source, "ReadDataSource", type_name;
    }
    ephemeral {
        validate_ephemeral_resource_config, validate_ephemeral_resource_config, "ValidateEphemeralResourceConfig",
            type_name;
        open_ephemeral_resource, open_ephemeral_resource, "OpenEphemeralResource", type_name;
        renew_ephemeral_resource, renew_ephemeral_resource, "RenewEphemeralResource", type_name;
        close_ephemeral_resource, close_ephemeral_resource, "CloseEphemeralResource", type_name;
    }
    action {
        validate_action_config, validate_action_config, "ValidateActionConfig", type_name;
        plan_action, plan_action, "PlanAction", action_type;
    }
    state_store {
        validate_state_store_config, validate_state_store, "ValidateStateStoreConfig";
        configure_state_store, configure_state_store, "ConfigureStateStore";
        lock_state, lock_state, "LockState";
        unlock_state, unlock_state, "UnlockState";
        get_states, get_states, "GetStates";
        delete_state, delete_state, "DeleteState";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_as_a_diagnostic_of_its_own_call() {
        let work = async { panic!("a secret") };
        let answer: wire::read_resource::Response = run("ReadResource", None, None, work).await.unwrap().into_inner();
        let [message] = answer.diagnostics.as_slice() else { panic!("not one message") };
        assert_eq!(message.severity, i32::from(wire::diagnostic::Severity::Error));
        assert!(message.detail.contains("ReadResource") && !message.detail.contains("a secret"), "{}", message.detail);
    }

    #[tokio::test]
    async fn a_call_counts_as_writing_until_it_ends_even_if_nobody_waits_for_it() {
        let writes = watch::Sender::new(());
        let (finish, finished) = tokio::sync::oneshot::channel::<()>();
        let work = async { drop(finished.await) };
        let call = run::<wire::apply_resource_change::Response>(
            "ApplyResourceChange",
            None,
            Some(writes.subscribe()),
            async {
                work.await;
                panic!("even then")
            },
        );
        let call = tokio::spawn(call);
        tokio::task::yield_now().await;
        call.abort();
        assert!(call.await.is_err() && !writes.is_closed());
        finish.send(()).unwrap();
        writes.closed().await;
    }
}
