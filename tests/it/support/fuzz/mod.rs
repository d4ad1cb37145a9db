//! Whatever bytes arrive, the provider answers with messages: one input is one RPC to the service in this process, built of its bytes.
//! Used by `cargo fuzz`, which makes up inputs, and by the test `fuzzed`, which replays those that are kept in `tests/it/corpus/`.
//!
//! The first byte of an input names the RPC; the rest is what the RPC is given, in parts where it takes several. A part ends at byte
//! C1, which MessagePack never uses and UTF-8 neither.

use std::sync::Arc;

use terraform_provider_descope::engine::SystemClock;
use terraform_provider_descope::protocol;
use terraform_provider_descope::provider::{Descope, Environment};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::wire::tfplugin6::provider_client::ProviderClient;
use super::wire::tfplugin6::{self as tf, Diagnostic, DynamicValue, RawState};

const TYPE: &str = "descope_mcp_server";
const ACTION: &str = "descope_verify_mcp_discovery";
const FUNCTIONS: [&str; 3] = ["duration_seconds", "parse_mcp_issuer", "mcp_issuer"];
const SEPARATOR: u8 = 0xc1;

/// The service, configured without credentials, so that nothing is ever asked of a network.
pub struct Fuzzed {
    runtime: Runtime,
    client: ProviderClient<Routes>,
}

impl Fuzzed {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let provider = Arc::new(Descope::new(Environment::default()));
        let mut client =
            ProviderClient::new(protocol::routes(provider, Arc::new(SystemClock::default()), CancellationToken::new()));
        let config = json(br#"{"project_id":"P"}"#);
        let configured = client.configure_provider(tf::configure_provider::Request { config, ..Default::default() });
        assert!(runtime.block_on(configured).expect("an answer").into_inner().diagnostics.is_empty());
        Self { runtime, client }
    }

    /// Sends what an input says. Panics if the provider crashed, answered with a bare gRPC error, or with a value that is none.
    pub fn run(&mut self, input: &[u8]) {
        let Some((rpc, rest)) = input.split_first() else { return };
        let mut parts = rest.split(|byte| *byte == SEPARATOR).map(<[u8]>::to_vec);
        let mut next = || parts.next().unwrap_or_default();
        let Self { runtime, client } = self;
        let (diagnostics, values) = runtime.block_on(call(client, rpc % 14, &mut next));
        for message in &diagnostics {
            assert!(message.summary != "The provider crashed", "{message:?}");
            assert!(matches!(message.severity, 1 | 2) && !message.detail.is_empty(), "{message:?}");
        }
        for value in values.into_iter().flatten().filter(|value| !value.msgpack.is_empty()) {
            let mut rest = value.msgpack.as_slice();
            rmpv::decode::read_value(&mut rest).expect("an answer is MessagePack");
            assert!(rest.is_empty(), "bytes follow the value");
        }
    }
}

fn msgpack(bytes: Vec<u8>) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: bytes, json: Vec::new() })
}

fn json(bytes: &[u8]) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: Vec::new(), json: bytes.to_vec() })
}

fn raw(json: Vec<u8>) -> Option<RawState> {
    Some(RawState { json, flatmap: Default::default() })
}

fn identity(bytes: Vec<u8>) -> Option<tf::ResourceIdentityData> {
    Some(tf::ResourceIdentityData { identity_data: msgpack(bytes) })
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

type Answer = (Vec<Diagnostic>, Vec<Option<DynamicValue>>);

async fn call(client: &mut ProviderClient<Routes>, rpc: u8, next: &mut dyn FnMut() -> Vec<u8>) -> Answer {
    let type_name = TYPE.to_owned();
    macro_rules! answer {
        ($method:ident, $request:expr) => {
            client.$method($request).await.expect("messages, not a bare gRPC error").into_inner()
        };
    }
    match rpc {
        0 => {
            let config = msgpack(next());
            let request = tf::validate_resource_config::Request { type_name, config, ..Default::default() };
            (answer!(validate_resource_config, request).diagnostics, Vec::new())
        }
        1 => {
            let request = tf::upgrade_resource_state::Request { type_name, version: 0, raw_state: raw(next()) };
            let answer = answer!(upgrade_resource_state, request);
            (answer.diagnostics, vec![answer.upgraded_state])
        }
        2 => {
            let request = tf::import_resource_state::Request { type_name, id: text(next()), ..Default::default() };
            let answer = answer!(import_resource_state, request);
            (answer.diagnostics, answer.imported_resources.into_iter().map(|resource| resource.state).collect())
        }
        3 => {
            let (prior_state, config, prior_private) = (msgpack(next()), msgpack(next()), next());
            let proposed_new_state = config.clone();
            let request = tf::plan_resource_change::Request {
                type_name,
                prior_state,
                config,
                proposed_new_state,
                prior_private,
                ..Default::default()
            };
            let answer = answer!(plan_resource_change, request);
            (answer.diagnostics, vec![answer.planned_state])
        }
        4 => {
            // Not configured for good: that would open the way to the network.
            let request = tf::validate_provider_config::Request { config: msgpack(next()) };
            (answer!(validate_provider_config, request).diagnostics, Vec::new())
        }
        5 => {
            let name = FUNCTIONS[usize::from(next().first().copied().unwrap_or_default()) % FUNCTIONS.len()].to_owned();
            let arguments = (0..3).filter_map(|_| msgpack(next())).filter(|value| !value.msgpack.is_empty()).collect();
            let answer = answer!(call_function, tf::call_function::Request { name, arguments });
            assert!(answer.result.is_some() != answer.error.is_some());
            (Vec::new(), vec![answer.result])
        }
        6 => {
            let request = tf::generate_resource_config::Request { type_name, state: msgpack(next()) };
            let answer = answer!(generate_resource_config, request);
            (answer.diagnostics, vec![answer.config])
        }
        7 => {
            let request = tf::move_resource_state::Request {
                source_type_name: type_name.clone(),
                target_type_name: type_name,
                source_state: raw(next()),
                ..Default::default()
            };
            let answer = answer!(move_resource_state, request);
            (answer.diagnostics, vec![answer.target_state])
        }
        8 => {
            let request = tf::upgrade_resource_identity::Request { type_name, version: 0, raw_identity: raw(next()) };
            let answer = answer!(upgrade_resource_identity, request);
            (answer.diagnostics, vec![answer.upgraded_identity.and_then(|identity| identity.identity_data)])
        }
        9 => {
            let request =
                tf::import_resource_state::Request { type_name, identity: identity(next()), ..Default::default() };
            let answer = answer!(import_resource_state, request);
            (answer.diagnostics, answer.imported_resources.into_iter().map(|resource| resource.state).collect())
        }
        10 => {
            let request = tf::read_data_source::Request { type_name, config: msgpack(next()), ..Default::default() };
            let answer = answer!(read_data_source, request);
            (answer.diagnostics, vec![answer.state])
        }
        11 => {
            let request =
                tf::validate_list_resource_config::Request { type_name, config: msgpack(next()), ..Default::default() };
            (answer!(validate_list_resource_config, request).diagnostics, Vec::new())
        }
        12 => {
            let type_name = ACTION.to_owned();
            let request = tf::validate_action_config::Request { type_name, config: msgpack(next()) };
            (answer!(validate_action_config, request).diagnostics, Vec::new())
        }
        _ => {
            let (prior_state, planned_state, config) = (msgpack(next()), msgpack(next()), msgpack(next()));
            let request = tf::apply_resource_change::Request {
                type_name,
                prior_state,
                planned_state,
                config,
                ..Default::default()
            };
            let answer = answer!(apply_resource_change, request);
            (answer.diagnostics, vec![answer.new_state])
        }
    }
}
