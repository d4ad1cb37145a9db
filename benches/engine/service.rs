// SPDX-License-Identifier: Apache-2.0

//! The provider's service in this process. Requests are encoded beforehand and answers are not decoded,
//! so that nothing but the provider's own work is measured: from the bytes of a gRPC message to the
//! bytes of the answer.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use prost::Message;
use terraform_provider_descope::engine::{Provider, SystemClock};
use terraform_provider_descope::protocol;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tonic::codegen::{Bytes, Service as _, http};
use tonic::service::Routes;

use crate::common::Told;

/// What precedes a gRPC message: whether it is compressed, and its length.
const HEAD: usize = 5;

/// The service.
pub struct Service {
    runtime: Runtime,
    routes: Routes,
}

/// A request as bytes.
#[derive(Clone)]
pub struct Frame {
    path: &'static str,
    bytes: Bytes,
}

impl Frame {
    /// A request of this method.
    pub fn new(path: &'static str, message: &impl Message) -> Told<Self> {
        let message = message.encode_to_vec();
        let length = u32::try_from(message.len())?.to_be_bytes();
        Ok(Self { path, bytes: [&[0][..], &length, &message].concat().into() })
    }
}

impl Service {
    /// The service of a provider.
    pub fn start(provider: impl Provider) -> Told<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let clock = Arc::new(SystemClock::default());
        let routes = protocol::routes(Arc::new(provider), clock, CancellationToken::new(), Default::default());
        Ok(Self { runtime, routes })
    }

    /// Sends a request. The answer is the message as bytes.
    pub fn call(&mut self, frame: &Frame) -> Told<Bytes> {
        self.runtime.block_on(sent(&mut self.routes, frame))
    }

    /// Sends a request and reads the answer.
    pub fn ask<A: Message + Default>(&mut self, path: &'static str, message: &impl Message) -> Told<A> {
        let answer = self.call(&Frame::new(path, message)?)?;
        Ok(A::decode(answer)?)
    }

    /// Sends requests all at once.
    pub fn call_together(&mut self, frames: Vec<Frame>) -> Told {
        self.runtime.block_on(async {
            let mut calls = tokio::task::JoinSet::new();
            for frame in frames {
                let mut routes = self.routes.clone();
                calls.spawn(async move { sent(&mut routes, &frame).await.map_err(|error| error.to_string()) });
            }
            while let Some(call) = calls.join_next().await {
                call??;
            }
            Ok(())
        })
    }
}

async fn sent(routes: &mut Routes, frame: &Frame) -> Told<Bytes> {
    let request = http::Request::post(frame.path)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(tonic::body::Body::new(Body::from(frame.bytes.clone())))?;
    let response = routes.call(request).await?;
    if let Some(status) = response.headers().get("grpc-status") {
        return Err(format!("{}: a bare gRPC error, status {status:?}", frame.path).into());
    }
    let mut answer = to_bytes(Body::new(response.into_body()), usize::MAX).await?;
    if answer.len() < HEAD {
        return Err(format!("{}: no answer", frame.path).into());
    }
    Ok(answer.split_off(HEAD))
}
