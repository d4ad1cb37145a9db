// SPDX-License-Identifier: Apache-2.0

//! The services that go-plugin expects of every server: controller, stdio, broker and health.

use tokio_stream::StreamExt;
use tonic::codegen::BoxStream;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use super::ending::Ending;
use super::wire::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use super::wire::grpc_controller_server::{GrpcController, GrpcControllerServer};
use super::wire::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use super::wire::health::health_check_response::ServingStatus;
use super::wire::health::health_server::{Health, HealthServer};
use super::wire::health::{HealthCheckRequest, HealthCheckResponse};
use super::wire::{ConnInfo, Empty, StdioData};

/// Adds the services. A Shutdown call begins to end the process, which also ends the open streams.
pub(super) fn add(routes: Routes, ending: Ending) -> Routes {
    let services = Services { ending };
    routes
        .add_service(GrpcControllerServer::new(services.clone()))
        .add_service(GrpcStdioServer::new(services.clone()))
        .add_service(GrpcBrokerServer::new(services.clone()))
        .add_service(HealthServer::new(services))
}

#[derive(Clone)]
struct Services {
    ending: Ending,
}

impl Services {
    /// A stream without messages. It ends when the process is ending.
    fn silent<T: Send + 'static>(&self) -> BoxStream<T> {
        let ending = self.ending.clone();
        let begun = move |()| {
            let ending = ending.clone();
            async move { ending.begun().await }
        };
        Box::pin(tokio_stream::once(()).then(begun).filter_map(|()| None))
    }
}

#[tonic::async_trait]
impl GrpcController for Services {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        // The server waits for running calls, so the host still gets this answer.
        self.ending.begin();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Services {
    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(self.silent()))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Services {
    async fn start_stream(
        &self,
        _request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(self.silent()))
    }
}

#[tonic::async_trait]
impl Health for Services {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        match request.into_inner().service.as_str() {
            "" | "plugin" => Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() })),
            _ => Err(Status::not_found("no such service")),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let status = match request.into_inner().service.as_str() {
            "" | "plugin" => ServingStatus::Serving,
            _ => ServingStatus::ServiceUnknown,
        };
        let now = tokio_stream::once(Ok(HealthCheckResponse { status: status.into() }));
        Ok(Response::new(Box::pin(now.chain(self.silent()))))
    }
}
