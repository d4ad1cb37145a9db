// SPDX-License-Identifier: Apache-2.0

//! RPCs over real gRPC, where no CLI is needed or none would send such a thing.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::emulator::Emulator;
use crate::support::hcl::emulator;
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

/// A provider that uses an emulator, and the emulator.
pub async fn with_emulator(more: &[(&str, &str)]) -> (Plugin, ProviderClient<Channel>, Emulator) {
    let emulator = emulator();
    let variables = emulator.variables();
    let variables = variables.iter().map(|(name, value)| (*name, value.as_str()));
    let variables: Vec<(&str, &str)> = variables.chain(more.iter().copied()).collect();
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &variables).await;
    let mut client = ProviderClient::new(plugin.channel().await);
    let config = tf::configure_provider::Request { config: json("{}"), ..Default::default() };
    assert!(client.configure_provider(config).await.unwrap().into_inner().diagnostics.is_empty());
    (plugin, client, emulator)
}

/// Waits until something holds. The limit is for a provider that hangs, not for a slow machine.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

/// The planned creation of a server.
pub async fn creation(client: &mut ProviderClient<Channel>) -> tf::apply_resource_change::Request {
    let (type_name, config) = ("descope_mcp_server".to_owned(), json(r#"{"name":"x"}"#));
    let plan = tf::plan_resource_change::Request {
        type_name: type_name.clone(),
        proposed_new_state: config.clone(),
        config: config.clone(),
        ..Default::default()
    };
    let planned = client.plan_resource_change(plan).await.unwrap().into_inner();
    tf::apply_resource_change::Request { type_name, planned_state: planned.planned_state, config, ..Default::default() }
}

#[tokio::test]
async fn a_stop_ends_reads_at_once_and_keeps_what_is_being_created() {
    let (_plugin, mut client, emulator) = with_emulator(&[]).await;
    emulator.plant("MS2slow0000000000000000000001", r#"{"name":"slow"}"#);
    emulator.fault(r#"{"path":"/load","kind":"delay","ms":20000}"#);
    emulator.fault(r#"{"path":"/create","kind":"delay","ms":2000}"#);
    let (mut reader, mut creator, creation) = (client.clone(), client.clone(), creation(&mut client).await);
    let again = creation.clone();
    let ended = Arc::new(Mutex::new(Vec::new()));
    let (read_ended, create_ended) = (ended.clone(), ended.clone());
    let read = tokio::spawn(async move {
        let request = tf::read_resource::Request {
            type_name: "descope_mcp_server".to_owned(),
            current_state: json(
                r#"{"id":"MS2slow0000000000000000000001","project_id":"Ptest22222222222222222222222","name":"slow"}"#,
            ),
            ..Default::default()
        };
        let read = reader.read_resource(request).await.unwrap().into_inner();
        read_ended.lock().unwrap().push("the read");
        read
    });
    let create = tokio::spawn(async move {
        let created = creator.apply_resource_change(creation).await.unwrap().into_inner();
        create_ended.lock().unwrap().push("the creation");
        created
    });
    until("both are under way", || !emulator.requests("/create").is_empty() && !emulator.requests("/load").is_empty())
        .await;
    client.stop_provider(tf::stop_provider::Request {}).await.unwrap();
    let read = read.await.unwrap();
    assert_eq!(read.diagnostics[0].summary, "Stopped");
    assert!(!read.new_state.unwrap().msgpack.is_empty(), "the state as it was is kept");
    let created = create.await.unwrap();
    assert_eq!(*ended.lock().unwrap(), ["the read", "the creation"], "a read does not wait for its answer");
    assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
    let id = emulator.servers().keys().find(|id| *id != "MS2slow0000000000000000000001").unwrap().clone();
    let state = created.new_state.unwrap().msgpack;
    assert!(state.windows(id.len()).any(|window| window == id.as_bytes()), "what was created is known");
    // Nothing new is begun.
    let refused = client.apply_resource_change(again).await.unwrap().into_inner();
    assert_eq!(refused.diagnostics[0].summary, "Stopped");
    assert_eq!(emulator.requests("/create").len(), 1);
}

#[tokio::test]
async fn many_operations_run_side_by_side() {
    let (_plugin, mut client, emulator) = with_emulator(&[]).await;
    // Slow enough that those that may be under way together are.
    emulator.fault(r#"{"path":"/create","times":10,"kind":"delay","ms":2000}"#);
    let creation = creation(&mut client).await;
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let (mut client, creation) = (client.clone(), creation.clone());
            tokio::spawn(async move { client.apply_resource_change(creation).await.unwrap().into_inner() })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().diagnostics.is_empty());
    }
    assert_eq!(emulator.servers().len(), 40);
    let at_once = emulator.requests("/create").iter().filter_map(|request| request["at_once"].as_u64()).max();
    assert_eq!(at_once, Some(10), "as many creations at once as src/descope/host.rs allows");
}

#[tokio::test]
async fn a_call_whose_caller_goes_away_finishes_what_it_began() {
    let (_plugin, mut client, emulator) = with_emulator(&[]).await;
    emulator.fault(r#"{"path":"/create","kind":"error","status":429,"retry_after":"1"}"#);
    let creation = creation(&mut client).await;
    let mut caller = client.clone();
    let call = tokio::spawn(async move { caller.apply_resource_change(creation).await });
    until("the creation is refused once", || !emulator.requests("/create").is_empty()).await;
    call.abort();
    until("the creation is repeated", || emulator.servers().len() == 1).await;
    assert_eq!(emulator.requests("/create").len(), 2);
}

#[tokio::test]
async fn a_write_only_argument_is_refused_for_a_cli_that_would_store_it() {
    let (_plugin, mut client) = started().await;
    for (allowed, refused) in [(true, 0), (false, 1)] {
        let request = tf::validate_resource_config::Request {
            type_name: "descope_mcp_server".to_owned(),
            config: json(r#"{"name":"x","consent_flow_id":"f"}"#),
            client_capabilities: Some(tf::ClientCapabilities {
                write_only_attributes_allowed: allowed,
                ..Default::default()
            }),
        };
        let answer = client.validate_resource_config(request).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics.len(), refused, "{:?}", answer.diagnostics);
    }
    // One that something else wrote into a state goes no further.
    let state = br#"{"name":"x","id":"MS1","consent_flow_id":"a secret"}"#.to_vec();
    let request = tf::upgrade_resource_state::Request {
        type_name: "descope_mcp_server".to_owned(),
        version: 0,
        raw_state: Some(tf::RawState { json: state, flatmap: Default::default() }),
    };
    let upgraded = client.upgrade_resource_state(request).await.unwrap().into_inner().upgraded_state.unwrap();
    assert!(!String::from_utf8_lossy(&upgraded.msgpack).contains("a secret"));
}

#[tokio::test]
async fn stopping_leaves_the_provider_usable() {
    let (_plugin, mut client) = started().await;
    let stopped = client.stop_provider(tf::stop_provider::Request {}).await.unwrap().into_inner();
    assert_eq!(stopped.error, "");
    let config = tf::configure_provider::Request { config: json("{}"), ..Default::default() };
    assert!(client.configure_provider(config).await.unwrap().into_inner().diagnostics.is_empty());
    let metadata = client.get_metadata(tf::get_metadata::Request {}).await.unwrap().into_inner();
    assert!(metadata.resources.iter().any(|resource| resource.type_name == "descope_mcp_server"), "{metadata:?}");
}

#[tokio::test]
async fn writes_that_wait_for_their_turn_do_not_begin_after_a_stop() {
    let (_plugin, mut client, emulator) = with_emulator(&[]).await;
    emulator.fault(r#"{"path":"/create","times":40,"kind":"delay","ms":5000}"#);
    let creation = creation(&mut client).await;
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let (mut client, creation) = (client.clone(), creation.clone());
            tokio::spawn(async move { client.apply_resource_change(creation).await.unwrap().into_inner() })
        })
        .collect();
    until("as many as may be are under way", || emulator.requests("/create").len() >= 10).await;
    client.stop_provider(tf::stop_provider::Request {}).await.unwrap();
    let mut created = 0;
    for task in tasks {
        let answer = task.await.unwrap();
        match answer.diagnostics.as_slice() {
            [] => created += 1,
            [message] => assert_eq!(message.summary, "Stopped"),
            several => panic!("{several:?}"),
        }
    }
    assert_eq!((emulator.servers().len(), emulator.requests("/create").len()), (10, 10));
    assert_eq!(created, 10, "each that was created is known");
}

/// An error or a null would have the CLI replace the server that was just created.
#[tokio::test]
async fn a_creation_with_a_member_that_can_not_be_read_is_kept_with_a_warning() {
    let (_plugin, mut client, emulator) = with_emulator(&[]).await;
    let body = r#"{"server":{"id":"MS2odd","name":"x","tags":{},"logo":5,"sessionSettings":[]}}"#;
    let fault = serde_json::json!({
        "path": "/create", "kind": "body", "status": 200, "content_type": "application/json", "body": body
    });
    emulator.fault(&fault.to_string());
    let creation = creation(&mut client).await;
    let answer = client.apply_resource_change(creation).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics.len(), 3, "{answer:?}");
    assert!(answer.diagnostics.iter().all(|message| message.severity == 2 && message.attribute.is_some()));
    let state = rmpv::decode::read_value(&mut answer.new_state.unwrap().msgpack.as_slice()).unwrap();
    let attribute = |name: &str| {
        let entries = state.as_map().unwrap().iter();
        entries.into_iter().find(|(key, _)| key.as_str() == Some(name)).unwrap().1.clone()
    };
    assert_eq!(attribute("tags").as_array().map(Vec::len), Some(0));
    assert_eq!(attribute("logo").as_str(), Some(""));
    assert!(attribute("session_settings").is_map());
}

#[tokio::test]
async fn one_server_that_can_not_be_read_does_not_end_a_list() {
    let (_plugin, mut client, emulator) = with_emulator(&[]).await;
    emulator.plant("MS2a", r#"{"name":"a"}"#);
    emulator.plant("MS2b", r#"{"name":"b","tags":{}}"#);
    emulator.plant("MS2c", r#"{"name":"c"}"#);
    // No import would take it.
    emulator.plant("RS2d", r#"{"name":"a Resource"}"#);
    let list = tf::list_resource::Request {
        type_name: "descope_mcp_server".to_owned(),
        config: json(r#"{"project_id":""}"#),
        include_resource_object: true,
        limit: 0,
    };
    let mut events = client.list_resource(list).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while let Some(event) = events.message().await.unwrap() {
        match event.diagnostic.as_slice() {
            [] => {
                let identity = event.identity.unwrap().identity_data.unwrap().msgpack;
                assert!(String::from_utf8_lossy(&identity).contains("Ptest22222222222222222222222"), "{identity:?}");
                seen.push(event.display_name);
            }
            [message] => {
                assert!(message.severity == 2 && event.identity.is_none() && event.resource_object.is_none());
                seen.push(format!("not {}", event.display_name));
            }
            several => panic!("{several:?}"),
        }
    }
    assert_eq!(seen, ["a", "not b", "c"]);
}

#[tokio::test]
async fn an_identity_without_a_project_needs_the_providers() {
    let (_plugin, mut client) = started().await;
    let config = tf::configure_provider::Request { config: json("{}"), ..Default::default() };
    assert!(client.configure_provider(config).await.unwrap().into_inner().diagnostics.is_empty());
    for (identity, words) in [
        (r#"{"id":"MS1"}"#, "`DESCOPE_PROJECT_ID`"),
        (r#"{"id":"MS1","project_id":""}"#, "`DESCOPE_PROJECT_ID`"),
        (r#"{"id":"","project_id":"P"}"#, "`id` is missing"),
    ] {
        let request = tf::import_resource_state::Request {
            type_name: "descope_mcp_server".to_owned(),
            identity: Some(tf::ResourceIdentityData { identity_data: json(identity) }),
            ..Default::default()
        };
        let answer = client.import_resource_state(request).await.unwrap().into_inner();
        assert!(answer.imported_resources.is_empty());
        assert!(answer.diagnostics[0].detail.contains(words), "{answer:?}");
    }
}

/// The plan may not know better than the configuration: a project that another resource decides is
/// unknown, whatever the provider's is.
#[tokio::test]
async fn a_project_that_is_not_known_yet_is_planned_as_unknown() {
    let (_plugin, mut client, _emulator) = with_emulator(&[]).await;
    // A configuration of a name and an unknown project. (What is left out is null.)
    let config =
        Some(DynamicValue { msgpack: b"\x82\xa4name\xa1x\xaaproject_id\xd4\x00\x00".to_vec(), json: Vec::new() });
    let plan = tf::plan_resource_change::Request {
        type_name: "descope_mcp_server".to_owned(),
        proposed_new_state: config.clone(),
        config,
        ..Default::default()
    };
    let planned = client.plan_resource_change(plan).await.unwrap().into_inner();
    assert!(planned.diagnostics.is_empty(), "{planned:?}");
    let state = rmpv::decode::read_value(&mut planned.planned_state.unwrap().msgpack.as_slice()).unwrap();
    let entries = state.as_map().unwrap();
    for name in ["project_id", "issuer"] {
        let value = &entries.iter().find(|(key, _)| key.as_str() == Some(name)).unwrap().1;
        assert!(value.is_ext(), "{name}: {value}");
    }
}

/// What a client can do changes nothing that it does not ask about; above all, nothing is deferred.
#[tokio::test]
async fn capabilities_of_the_client_change_no_answer() {
    let (_plugin, mut client, emulator) = with_emulator(&[]).await;
    emulator.plant("MS2a", r#"{"name":"a"}"#);
    let type_name = || "descope_mcp_server".to_owned();
    let mut answers = Vec::new();
    for flags in 0..16 {
        let flag = |bit: u32| flags >> bit & 1 == 1;
        let client_capabilities = Some(tf::ClientCapabilities {
            deferral_allowed: flag(0),
            write_only_attributes_allowed: flag(1),
            store_planned_private: flag(2),
            computed_blocks_allowed: flag(3),
        });
        let configure =
            tf::configure_provider::Request { config: json("{}"), client_capabilities, ..Default::default() };
        let configured = client.configure_provider(configure).await.unwrap().into_inner();
        let config = json(r#"{"name":"a","description":"d"}"#);
        let validate = tf::validate_resource_config::Request {
            type_name: type_name(),
            config: config.clone(),
            client_capabilities,
        };
        let validated = client.validate_resource_config(validate).await.unwrap().into_inner();
        let import = tf::import_resource_state::Request {
            type_name: type_name(),
            id: "MS2a".to_owned(),
            client_capabilities,
            ..Default::default()
        };
        let imported = client.import_resource_state(import).await.unwrap().into_inner();
        let read = tf::read_resource::Request {
            type_name: type_name(),
            current_state: imported.imported_resources[0].state.clone(),
            client_capabilities,
            ..Default::default()
        };
        let read = client.read_resource(read).await.unwrap().into_inner();
        let plan = tf::plan_resource_change::Request {
            type_name: type_name(),
            prior_state: read.new_state.clone(),
            proposed_new_state: config.clone(),
            config: config.clone(),
            client_capabilities,
            ..Default::default()
        };
        let planned = client.plan_resource_change(plan).await.unwrap().into_inner();
        let data = json(r#"{"id":"MS2a"}"#);
        let look = tf::read_data_source::Request {
            type_name: type_name(),
            config: data.clone(),
            client_capabilities,
            ..Default::default()
        };
        let looked = client.read_data_source(look).await.unwrap().into_inner();
        let open = tf::open_ephemeral_resource::Request { type_name: type_name(), config: data, client_capabilities };
        let opened = client.open_ephemeral_resource(open).await.unwrap().into_inner();
        assert!(imported.deferred.is_none() && read.deferred.is_none() && planned.deferred.is_none());
        assert!(looked.deferred.is_none() && opened.deferred.is_none());
        answers.push((configured, validated, imported, read, planned, (looked, opened)));
    }
    assert!(answers[0].1.diagnostics.is_empty() && answers[0].4.diagnostics.is_empty(), "{:?}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

/// Asked after without an id, any object would count as gone, and be created anew.
#[tokio::test]
async fn a_state_without_an_id_is_not_taken_for_one_of_an_object_that_is_gone() {
    let (_plugin, mut client, emulator) = with_emulator(&[]).await;
    for id in ["null", r#""""#, r#"" ""#] {
        let read = tf::read_resource::Request {
            type_name: "descope_mcp_server".to_owned(),
            current_state: json(&format!(r#"{{"id":{id},"project_id":"Ptest22222222222222222222222","name":"x"}}"#)),
            ..Default::default()
        };
        let read = client.read_resource(read).await.unwrap().into_inner();
        assert!(read.diagnostics[0].detail.contains("`id` is missing"), "{read:?}");
        assert_ne!(read.new_state.unwrap().msgpack, [0xc0], "the state is kept");
    }
    assert_eq!(emulator.requests("").len(), 0);
}
