// SPDX-License-Identifier: Apache-2.0

//! Whatever bytes arrive, from the CLI or from the API, the provider answers with messages and with
//! values of its schema. Used by `cargo fuzz`, which makes up inputs, and by the test `fuzzed`,
//! which replays those that are kept in `tests/it/corpus/`.
//!
//! The first byte of an input chooses what is done, and the rest is what is given, in parts. A part
//! ends at byte C1, which neither MessagePack nor UTF-8 uses. There are three kinds of inputs:
//!
//! | first byte | what is done | parts |
//! | --- | --- | --- |
//! | 0 to 13 | one RPC, see `single` | the request's values |
//! | 14 to 21 | operations over a made-up remote system, see `remote` | values, then its answers |
//! | 22 to 29 | the same by the real client, see `http` | values, then the API's answers |

mod clock;
mod http;
mod json;
mod lossless;
mod operations;
mod provider;
mod remote;
#[path = "../core/rules.rs"]
#[allow(clippy::duplicate_mod)] // The fuzz binary has these rules without the rest of the core.
mod rules;
#[path = "../core/schema.rs"]
#[allow(clippy::duplicate_mod)]
mod schema;
mod service;
mod single;
#[path = "../core/value.rs"]
#[allow(clippy::duplicate_mod)]
mod value;

use std::sync::Arc;

use terraform_provider_descope::engine::Clock;
use terraform_provider_descope::protocol;
use terraform_provider_descope::provider::{Descope, Environment};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::wire::tfplugin6::provider_client::ProviderClient;
use super::wire::tfplugin6::{self as tf, DynamicValue};
use clock::{InputClock, pass_time};
use operations::{OPERATIONS, Operations};

const TYPE: &str = "descope_mcp_server";
const ACTION: &str = "descope_verify_mcp_discovery";
const SEPARATOR: u8 = 0xc1;

/// How many first bytes have a meaning of their own.
pub const KINDS: u8 = single::RPCS + 2 * OPERATIONS;

/// The services that inputs act on.
pub struct Fuzzed {
    runtime: Runtime,
    clock: Arc<InputClock>,
    /// Configured without credentials, so that nothing is ever asked of a network.
    alone: ProviderClient<Routes>,
    scripted: Operations,
    real: Operations,
}

impl Fuzzed {
    pub fn start() -> Self {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().start_paused(true).build().expect("a runtime");
        let (clock, alone, scripted, real) = runtime.block_on(async {
            let clock = Arc::new(InputClock::start());
            let provider = Arc::new(Descope::new(Environment::default()));
            let routes = protocol::routes(provider, clock.clone(), CancellationToken::new(), Default::default());
            let mut alone = ProviderClient::new(routes);
            let config = json(br#"{"project_id":"P"}"#);
            let request = tf::configure_provider::Request { config, ..Default::default() };
            let configured = alone.configure_provider(request).await.expect("an answer").into_inner();
            assert!(configured.diagnostics.is_empty());
            let as_clock = || -> Arc<dyn Clock> { clock.clone() };
            let scripted = Operations::scripted(as_clock()).await;
            let real = Operations::real(as_clock()).await;
            (clock, alone, scripted, real)
        });
        Self { runtime, clock, alone, scripted, real }
    }

    /// Does what an input says. Panics if the provider crashed or broke a rule.
    pub fn run(&mut self, input: &[u8]) {
        let Some((kind, rest)) = input.split_first() else { return };
        let mut parts = rest.split(|byte| *byte == SEPARATOR).map(<[u8]>::to_vec);
        let Self { runtime, clock, alone, scripted, real } = self;
        runtime.block_on(async {
            clock.begin();
            match kind % KINDS {
                rpc if rpc < single::RPCS => {
                    let mut next = || parts.next().unwrap_or_default();
                    let (diagnostics, values) = single::call(alone, rpc, &mut next).await;
                    service::failed(&diagnostics);
                    values.into_iter().flatten().for_each(|value| well_formed(&value));
                }
                kind if kind < single::RPCS + OPERATIONS => scripted.run(kind - single::RPCS, &mut parts).await,
                kind => {
                    let operation = real.run(kind - single::RPCS - OPERATIONS, &mut parts);
                    tokio::select! {
                        () = operation => {}
                        () = pass_time() => {}
                    }
                }
            }
        });
    }
}

/// Panics unless a value is nothing, or MessagePack to its end.
fn well_formed(value: &DynamicValue) {
    if value.msgpack.is_empty() {
        return;
    }
    let mut rest = value.msgpack.as_slice();
    rmpv::decode::read_value(&mut rest).expect("an answer is MessagePack");
    assert!(rest.is_empty(), "bytes follow the value");
}

fn msgpack(bytes: Vec<u8>) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: bytes, json: Vec::new() })
}

fn json(bytes: &[u8]) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: Vec::new(), json: bytes.to_vec() })
}
