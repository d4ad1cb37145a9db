//! RPCs over real gRPC, where no CLI is needed or none would send such a thing.

use std::path::Path;

use crate::support::plugin::Plugin;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::support::wire::tfplugin6::{self as tf, DynamicValue};
use tonic::transport::Channel;

async fn started() -> (Plugin, ProviderClient<Channel>) {
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &[]).await;
    let client = ProviderClient::new(plugin.channel().await);
    (plugin, client)
}

fn json(text: &str) -> Option<DynamicValue> {
    Some(DynamicValue { json: text.as_bytes().to_vec(), msgpack: Vec::new() })
}

#[tokio::test]
async fn the_schema_keeps_cores_rules() {
    let (_plugin, mut client) = started().await;
    let schema = client.get_provider_schema(tf::get_provider_schema::Request {}).await.unwrap().into_inner();
    assert!(schema.provider.as_ref().unwrap().block.is_some());
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.get_provider_schema_optional && capabilities.plan_destroy);
    let server = &schema.resource_schemas["descope_mcp_server"];
    fn check(attributes: &[tf::schema::Attribute]) {
        for attribute in attributes {
            let name = &attribute.name;
            assert!(attribute.required || attribute.optional || attribute.computed, "{name}");
            assert!(!(attribute.required && (attribute.optional || attribute.computed)), "{name}");
            assert_eq!(attribute.r#type.is_empty(), attribute.nested_type.is_some(), "{name}: one of the two");
            if let Some(nested) = &attribute.nested_type {
                assert_ne!(nested.nesting, 0, "{name}");
                check(&nested.attributes);
            }
        }
    }
    check(&server.block.as_ref().unwrap().attributes);
    check(&schema.provider.unwrap().block.unwrap().attributes);
}

#[tokio::test]
async fn work_before_configuration_is_a_diagnostic() {
    let (_plugin, mut client) = started().await;
    let request = tf::read_resource::Request {
        type_name: "descope_mcp_server".to_owned(),
        current_state: json(r#"{"id":"MS1","name":"x"}"#),
        ..Default::default()
    };
    let answer = client.read_resource(request).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].severity, 1);
    assert!(answer.diagnostics[0].summary.contains("not configured"));
}

#[tokio::test]
async fn unknown_types_are_refused_in_words_everywhere() {
    let (_plugin, mut client) = started().await;
    let type_name = "descope_frobnicator".to_owned();
    let config = json("{}");
    let mut told = Vec::new();
    let validate = tf::validate_resource_config::Request {
        type_name: type_name.clone(),
        config: config.clone(),
        ..Default::default()
    };
    told.push(client.validate_resource_config(validate).await.unwrap().into_inner().diagnostics);
    let data =
        tf::read_data_source::Request { type_name: type_name.clone(), config: config.clone(), ..Default::default() };
    told.push(client.read_data_source(data).await.unwrap().into_inner().diagnostics);
    let open = tf::open_ephemeral_resource::Request {
        type_name: type_name.clone(),
        config: config.clone(),
        ..Default::default()
    };
    told.push(client.open_ephemeral_resource(open).await.unwrap().into_inner().diagnostics);
    let moved = tf::move_resource_state::Request { target_type_name: type_name.clone(), ..Default::default() };
    told.push(client.move_resource_state(moved).await.unwrap().into_inner().diagnostics);
    let list = tf::list_resource::Request { type_name: type_name.clone(), ..Default::default() };
    let mut events = client.list_resource(list).await.unwrap().into_inner();
    told.push(events.message().await.unwrap().unwrap().diagnostic);
    assert!(events.message().await.unwrap().is_none());
    for diagnostics in told {
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].severity, 1);
        assert!(
            diagnostics[0].detail.contains("newer version") || diagnostics[0].summary.contains("Move"),
            "{diagnostics:?}"
        );
    }
    let call = tf::call_function::Request { name: "frobnicate".to_owned(), arguments: Vec::new() };
    let error = client.call_function(call).await.unwrap().into_inner().error.unwrap();
    assert!(error.text.contains("frobnicate"), "{}", error.text);
}

#[tokio::test]
async fn broken_values_are_diagnostics_at_their_place() {
    let (_plugin, mut client) = started().await;
    let type_name = "descope_mcp_server".to_owned();
    for msgpack in [&b"\x81\xa4name\x01"[..], b"\x81\xa4name", b"\xc1", b"\xdf\xff\xff\xff\xff"] {
        let config = Some(DynamicValue { msgpack: msgpack.to_vec(), json: Vec::new() });
        let request =
            tf::validate_resource_config::Request { type_name: type_name.clone(), config, ..Default::default() };
        let answer = client.validate_resource_config(request).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics.len(), 1, "{msgpack:02x?}");
        assert!(answer.diagnostics[0].detail.contains("does not fit"), "{:?}", answer.diagnostics);
    }
}

#[tokio::test]
async fn a_stored_state_is_upgraded_leniently() {
    let (_plugin, mut client) = started().await;
    let raw = |text: &str| Some(tf::RawState { json: text.as_bytes().to_vec(), flatmap: Default::default() });
    let request = |version, raw_state| tf::upgrade_resource_state::Request {
        type_name: "descope_mcp_server".to_owned(),
        version,
        raw_state,
    };
    let known = request(0, raw(" {\n \"name\": \"x\", \"gone\": 1.5 } "));
    let answer = client.upgrade_resource_state(known).await.unwrap().into_inner();
    assert!(answer.diagnostics.is_empty() && !answer.upgraded_state.unwrap().msgpack.is_empty());
    for refused in [request(0, raw("null")), request(0, None), request(0, raw("{")), request(7, raw("{}"))] {
        let answer = client.upgrade_resource_state(refused.clone()).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics.len(), 1, "{refused:?}");
        assert!(answer.upgraded_state.is_none(), "a null state would drop the object: {refused:?}");
    }
}

#[tokio::test]
async fn stopping_leaves_the_provider_usable() {
    let (_plugin, mut client) = started().await;
    let stopped = client.stop_provider(tf::stop_provider::Request {}).await.unwrap().into_inner();
    assert_eq!(stopped.error, "");
    let config = tf::configure_provider::Request { config: json("{}"), ..Default::default() };
    assert!(client.configure_provider(config).await.unwrap().into_inner().diagnostics.is_empty());
    assert!(client.get_metadata(tf::get_metadata::Request {}).await.unwrap().into_inner().resources.len() == 1);
}
