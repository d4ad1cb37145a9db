// SPDX-License-Identifier: Apache-2.0

//! Inputs that are one RPC of the service, without a remote system: what decodes, judges, plans and
//! converts values. The parts of an input are the values of the request.

use tonic::service::Routes;

use super::super::wire::tfplugin6::provider_client::ProviderClient;
use super::super::wire::tfplugin6::{self as tf, Diagnostic, DynamicValue, RawState};
use super::{ACTION, TYPE, msgpack};

const FUNCTIONS: [&str; 3] = ["duration_seconds", "parse_mcp_issuer", "mcp_issuer"];

/// How many RPCs there are here.
pub const RPCS: u8 = 14;

fn raw(json: Vec<u8>) -> Option<RawState> {
    Some(RawState { json, flatmap: Default::default() })
}

fn identity(bytes: Vec<u8>) -> Option<tf::ResourceIdentityData> {
    Some(tf::ResourceIdentityData { identity_data: msgpack(bytes) })
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The messages of an answer, and its values.
pub type Answer = (Vec<Diagnostic>, Vec<Option<DynamicValue>>);

/// Sends one RPC, whose number is below [`RPCS`].
pub async fn call(client: &mut ProviderClient<Routes>, rpc: u8, next: &mut dyn FnMut() -> Vec<u8>) -> Answer {
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
