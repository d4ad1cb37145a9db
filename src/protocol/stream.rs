// SPDX-License-Identifier: Apache-2.0

//! Responses that come as a stream of events. Used by `rpc::list` and `rpc::action`.

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use tonic::codegen::BoxStream;
use tracing::Instrument;

use super::shared::crashed;
use super::span::span;
use crate::diag::Diagnostics;

/// How many events may wait for the CLI to take them.
const AHEAD: usize = 16;

/// Where the work of a stream puts its events.
pub(super) struct Events<E>(mpsc::Sender<Result<E, Status>>);

impl<E: Send + 'static> Events<E> {
    /// Puts an event, waiting until there is room; false when nobody listens any more.
    pub(super) async fn put(&self, event: E) -> bool {
        self.0.send(Ok(event)).await.is_ok()
    }

    /// Puts an event if there is room: for what only tells how far the work is.
    pub(super) fn offer(&self, event: E) {
        let _ = self.0.try_send(Ok(event));
    }
}

/// Runs work as a task of its own and streams its events. If it fails or panics, that is the last
/// event.
pub(super) fn stream<E, W>(
    rpc: &'static str,
    type_name: &str,
    work: impl FnOnce(Events<E>) -> W,
    last: impl FnOnce(Result<(), Diagnostics>) -> Option<E> + Send + 'static,
) -> BoxStream<E>
where
    E: Send + 'static,
    W: Future<Output = Result<(), Diagnostics>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(AHEAD);
    let work = work(Events(sender.clone()));
    let work = async move {
        let came = work.await;
        tracing::debug!("served");
        came
    };
    let work = tokio::spawn(work.instrument(span(rpc, Some(type_name))));
    tokio::spawn(async move {
        let came = work.await.unwrap_or_else(|_| Err(crashed(rpc).into()));
        if let Some(event) = last(came) {
            let _ = sender.send(Ok(event)).await;
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_the_last_event() {
        let work = |events: Events<String>| async move {
            events.put("one".to_owned()).await;
            panic!("a secret")
        };
        let last = |came: Result<(), Diagnostics>| {
            came.err().and_then(|told| told.iter().next().map(|message| message.summary.clone()))
        };
        let events: Vec<String> =
            stream("InvokeAction", "ring", work, last).map(|event| event.unwrap()).collect().await;
        assert_eq!(events, ["one", "The provider crashed"]);
    }
}
