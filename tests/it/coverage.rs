// SPDX-License-Identifier: Apache-2.0

//! Every RPC of `proto/tfplugin6.proto` has a case: an answer that a CLI can work with, with
//! messages instead of bare gRPC errors. The report lists them; an RPC without a case fails. (Their
//! behaviour in depth is tested in `properties`, `contract` and with the CLIs.)

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use tonic::transport::Channel;

use crate::support::emulator::{Emulator, KEY, OTHER_PROJECT, PROJECT};
use crate::support::hcl::{FULL_JSON, emulator};
use crate::support::plugin::Plugin;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::support::wire::tfplugin6::{self as tf, Diagnostic, DynamicValue};

const TYPE: &str = "descope_mcp_server";
const ACTION: &str = "descope_verify_mcp_discovery";
const LOAD: &str = "/v1/mgmt/mcp/server/load";
const ID: &str = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs";

/// The cases so far, by RPC.
#[derive(Default)]
struct Report(BTreeMap<&'static str, Vec<&'static str>>);

impl Report {
    fn add(&mut self, rpc: &'static str, case: &'static str) {
        self.0.entry(rpc).or_default().push(case);
    }

    /// A refusal: one error, in words that say what to do.
    fn refuses(&mut self, rpc: &'static str, diagnostics: &[Diagnostic]) {
        let [message] = diagnostics else { panic!("{rpc}: {diagnostics:?}") };
        assert_eq!(message.severity, 1, "{rpc}");
        assert!(message.detail.contains("A newer version may have it"), "{rpc}: {message:?}");
        self.add(rpc, "refuses in words");
    }

    fn accepts(&mut self, rpc: &'static str, case: &'static str, diagnostics: &[Diagnostic]) {
        assert!(diagnostics.is_empty(), "{rpc}, {case}: {diagnostics:?}");
        self.add(rpc, case);
    }
}

fn value(value: serde_json::Value) -> Option<DynamicValue> {
    Some(DynamicValue { json: value.to_string().into_bytes(), msgpack: Vec::new() })
}

fn null() -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: vec![0xc0], json: Vec::new() })
}

fn identity(project: Option<&str>) -> Option<tf::ResourceIdentityData> {
    Some(tf::ResourceIdentityData { identity_data: value(json!({ "project_id": project, "id": ID })) })
}

/// What a MessagePack answer holds, as loosely typed data.
fn unpacked(value: Option<&DynamicValue>) -> rmpv::Value {
    rmpv::decode::read_value(&mut value.expect("a value").msgpack.as_slice()).expect("MessagePack")
}

fn field<'a>(value: &'a rmpv::Value, name: &str) -> &'a rmpv::Value {
    let entries = value.as_map().expect("an object");
    &entries.iter().find(|(key, _)| key.as_str() == Some(name)).expect("the attribute").1
}

#[tokio::test]
async fn every_rpc_has_a_case() {
    let emulator = emulator();
    emulator.plant(ID, FULL_JSON);
    emulator.plant("MS2second00000000000000000001", r#"{"name":"Second"}"#);
    emulator.plant_in(OTHER_PROJECT, ID, r#"{"name":"Other"}"#);
    let plugin = Plugin::start(Path::new(env!("CARGO_BIN_EXE_terraform-provider-descope")), &[]).await;
    let mut client = ProviderClient::new(plugin.channel().await);
    let mut report = Report::default();

    about_the_provider(&mut client, &mut report, &emulator.url()).await;
    about_resources(&mut client, &mut report).await;
    about_identities(&mut client, &mut report).await;
    about_lists(&mut client, &mut report).await;
    about_lookups(&mut client, &mut report).await;
    about_functions(&mut client, &mut report).await;
    about_actions(&mut client, &mut report, &emulator).await;
    refusals(&mut client, &mut report).await;

    let proto = include_str!("../../proto/tfplugin6.proto");
    let rpcs: Vec<&str> =
        proto.lines().filter_map(|line| line.trim().strip_prefix("rpc ")?.split('(').next()).collect();
    assert_eq!(rpcs.len(), 36);
    for rpc in rpcs {
        let cases = report.0.get(rpc).unwrap_or_else(|| panic!("{rpc} has no case"));
        eprintln!("{rpc}: {}", cases.join("; "));
    }
}

async fn about_the_provider(client: &mut ProviderClient<Channel>, report: &mut Report, url: &str) {
    let metadata = client.get_metadata(tf::get_metadata::Request {}).await.unwrap().into_inner();
    assert!(metadata.resources.iter().any(|resource| resource.type_name == TYPE), "{metadata:?}");
    assert!(metadata.list_resources.iter().any(|list| list.type_name == TYPE), "{metadata:?}");
    assert!(metadata.data_sources.iter().any(|source| source.type_name == TYPE), "{metadata:?}");
    assert!(metadata.ephemeral_resources.iter().any(|resource| resource.type_name == TYPE), "{metadata:?}");
    assert_eq!(metadata.functions.len(), 3);
    assert_eq!(metadata.actions[0].type_name, ACTION);
    report.accepts("GetMetadata", "resources, functions, lists, lookups, actions", &metadata.diagnostics);

    let schema = client.get_provider_schema(tf::get_provider_schema::Request {}).await.unwrap().into_inner();
    assert!(schema.resource_schemas.contains_key(TYPE) && schema.list_resource_schemas.contains_key(TYPE));
    let capabilities = schema.server_capabilities.as_ref().unwrap();
    assert!(capabilities.move_resource_state && capabilities.generate_resource_config);
    assert!(schema.data_source_schemas.contains_key(TYPE) && schema.ephemeral_resource_schemas.contains_key(TYPE));
    assert!(schema.action_schemas[ACTION].schema.as_ref().is_some_and(|schema| schema.block.is_some()));
    report.accepts(
        "GetProviderSchema",
        "resources, functions, lists, lookups, actions, capabilities",
        &schema.diagnostics,
    );

    let config = |base_url: &str| value(json!({ "base_url": base_url, "project_id": PROJECT, "management_key": KEY }));
    let validate = |base_url: &str| tf::validate_provider_config::Request { config: config(base_url) };
    let validated = client.validate_provider_config(validate(url)).await.unwrap().into_inner();
    report.accepts("ValidateProviderConfig", "a good block", &validated.diagnostics);
    let refused = client.validate_provider_config(validate("http://x.example")).await.unwrap().into_inner();
    assert_eq!(refused.diagnostics.len(), 1);
    report.add("ValidateProviderConfig", "a bad address");

    let unknown = Some(DynamicValue { msgpack: b"\x83\xaabase_url___".to_vec(), json: Vec::new() });
    let broken = tf::configure_provider::Request { config: unknown, ..Default::default() };
    assert_eq!(client.configure_provider(broken).await.unwrap().into_inner().diagnostics.len(), 1);
    report.add("ConfigureProvider", "broken bytes");
    let configure = tf::configure_provider::Request { config: config(url), ..Default::default() };
    let configured = client.configure_provider(configure.clone()).await.unwrap().into_inner();
    report.accepts("ConfigureProvider", "a good block", &configured.diagnostics);

    let stopped = client.stop_provider(tf::stop_provider::Request {}).await.unwrap().into_inner();
    assert_eq!(stopped.error, "");
    // Work after a stop is refused until the next run configures the provider anew, as in debug mode.
    let read = tf::read_resource::Request {
        type_name: TYPE.to_owned(),
        current_state: value(json!({ "id": ID, "project_id": PROJECT, "name": "x" })),
        ..Default::default()
    };
    let read = client.read_resource(read).await.unwrap().into_inner();
    assert_eq!(read.diagnostics[0].summary, "Stopped");
    report.add("StopProvider", "ends work, keeps the provider");
    assert!(client.configure_provider(configure).await.unwrap().into_inner().diagnostics.is_empty());
    report.add("ConfigureProvider", "again after a stop");
}

async fn about_resources(client: &mut ProviderClient<Channel>, report: &mut Report) {
    let type_name = TYPE.to_owned();
    let config = || value(json!({ "name": "Calendar", "description": "new" }));
    let validate =
        tf::validate_resource_config::Request { type_name: type_name.clone(), config: config(), ..Default::default() };
    let validated = client.validate_resource_config(validate).await.unwrap().into_inner();
    report.accepts("ValidateResourceConfig", "a good block", &validated.diagnostics);

    let imported =
        tf::import_resource_state::Request { type_name: type_name.clone(), id: ID.to_owned(), ..Default::default() };
    let imported = client.import_resource_state(imported).await.unwrap().into_inner();
    report.accepts("ImportResourceState", "by id", &imported.diagnostics);
    let read = tf::read_resource::Request {
        type_name: type_name.clone(),
        current_state: imported.imported_resources[0].state.clone(),
        private: b"kept".to_vec(),
        ..Default::default()
    };
    let read = client.read_resource(read).await.unwrap().into_inner();
    assert_eq!(read.private, b"kept");
    report.accepts("ReadResource", "after an import, private data kept", &read.diagnostics);
    let gone = tf::read_resource::Request {
        type_name: type_name.clone(),
        current_state: value(json!({ "id": "MS2gone", "project_id": PROJECT, "name": "x" })),
        current_identity: identity(Some(PROJECT)),
        ..Default::default()
    };
    let gone = client.read_resource(gone).await.unwrap().into_inner();
    assert!(unpacked(gone.new_state.as_ref()).is_nil() && gone.new_identity.is_some());
    assert_eq!(gone.diagnostics[0].severity, 2);
    report.add("ReadResource", "gone: a warning, no state, the identity kept");

    let generate =
        tf::generate_resource_config::Request { type_name: type_name.clone(), state: read.new_state.clone() };
    let generated = client.generate_resource_config(generate).await.unwrap().into_inner();
    let written = unpacked(generated.config.as_ref());
    assert!(
        field(&written, "id").is_nil() && field(&written, "issuer").is_nil() && field(&written, "project_id").is_nil()
    );
    assert_eq!(field(&written, "name").as_str(), Some("Calendar"));
    report.accepts("GenerateResourceConfig", "what a configuration can say", &generated.diagnostics);

    let plan = tf::plan_resource_change::Request {
        type_name: type_name.clone(),
        prior_state: read.new_state.clone(),
        proposed_new_state: config(),
        config: config(),
        prior_private: b"kept".to_vec(),
        ..Default::default()
    };
    let planned = client.plan_resource_change(plan.clone()).await.unwrap().into_inner();
    assert!(planned.planned_identity.is_some());
    assert_eq!(planned.planned_private, b"kept");
    report.accepts("PlanResourceChange", "an update, private data kept", &planned.diagnostics);
    let destroy = tf::plan_resource_change::Request { proposed_new_state: null(), config: null(), ..plan };
    let destroyed = client.plan_resource_change(destroy).await.unwrap().into_inner();
    assert!(unpacked(destroyed.planned_state.as_ref()).is_nil());
    // The same session planned to keep it, as a CLI only does for two blocks of one server.
    let [refusal] = destroyed.diagnostics.as_slice() else { panic!("{:?}", destroyed.diagnostics) };
    assert_eq!((refusal.severity, refusal.summary.as_str()), (1, "One object, destroyed and kept"));
    report.add("PlanResourceChange", "a destruction of what the same plan keeps: an error");

    let apply = tf::apply_resource_change::Request {
        type_name: type_name.clone(),
        prior_state: read.new_state.clone(),
        planned_state: planned.planned_state,
        config: config(),
        planned_private: b"kept".to_vec(),
        ..Default::default()
    };
    let applied = client.apply_resource_change(apply).await.unwrap().into_inner();
    assert_eq!(field(&unpacked(applied.new_state.as_ref()), "description").as_str(), Some("new"));
    assert!(applied.new_identity.is_some());
    report.accepts("ApplyResourceChange", "an update", &applied.diagnostics);

    let raw = |text: &str| Some(tf::RawState { json: text.as_bytes().to_vec(), flatmap: Default::default() });
    let state = format!(r#"{{"id":"{ID}","project_id":"{PROJECT}","name":"x","gone":1}}"#);
    let upgrade =
        tf::upgrade_resource_state::Request { type_name: type_name.clone(), version: 0, raw_state: raw(&state) };
    let upgraded = client.upgrade_resource_state(upgrade).await.unwrap().into_inner();
    report.accepts("UpgradeResourceState", "the current version", &upgraded.diagnostics);

    let moved = tf::move_resource_state::Request {
        source_provider_address: "registry.terraform.io/other/descope".to_owned(),
        source_type_name: type_name.clone(),
        source_state: raw(&state),
        source_private: b"kept".to_vec(),
        target_type_name: type_name.clone(),
        ..Default::default()
    };
    let answer = client.move_resource_state(moved.clone()).await.unwrap().into_inner();
    assert_eq!(field(&unpacked(answer.target_state.as_ref()), "id").as_str(), Some(ID));
    assert!(answer.target_identity.is_some() && answer.target_private == b"kept");
    report.accepts("MoveResourceState", "the same shape from another provider", &answer.diagnostics);
    for (source_type_name, state) in
        [("descope_inbound_app", state.as_str()), (TYPE, r#"{"name":"x"}"#), (TYPE, r#"{"id":[]}"#)]
    {
        let foreign = tf::move_resource_state::Request {
            source_type_name: source_type_name.to_owned(),
            source_state: raw(state),
            ..moved.clone()
        };
        let answer = client.move_resource_state(foreign).await.unwrap().into_inner();
        assert!(answer.target_state.is_none() && answer.diagnostics[0].detail.contains("`import` block"), "{answer:?}");
    }
    report.add("MoveResourceState", "refuses foreign types and shapes");
}

async fn about_identities(client: &mut ProviderClient<Channel>, report: &mut Report) {
    let schemas =
        client.get_resource_identity_schemas(tf::get_resource_identity_schemas::Request {}).await.unwrap().into_inner();
    let parts: Vec<(&str, bool)> = schemas.identity_schemas[TYPE]
        .identity_attributes
        .iter()
        .map(|part| (part.name.as_str(), part.required_for_import))
        .collect();
    assert_eq!(parts, [("project_id", false), ("id", true)]);
    report.accepts("GetResourceIdentitySchemas", "project and id", &schemas.diagnostics);

    let raw_identity = Some(tf::RawState {
        json: format!(r#"{{"project_id":"P","id":"{ID}"}}"#).into_bytes(),
        flatmap: Default::default(),
    });
    let upgrade = tf::upgrade_resource_identity::Request { type_name: TYPE.to_owned(), version: 0, raw_identity };
    let upgraded = client.upgrade_resource_identity(upgrade.clone()).await.unwrap().into_inner();
    assert!(upgraded.upgraded_identity.is_some());
    report.accepts("UpgradeResourceIdentity", "the current version", &upgraded.diagnostics);
    let newer = tf::upgrade_resource_identity::Request { version: 9, ..upgrade };
    assert_eq!(client.upgrade_resource_identity(newer).await.unwrap().into_inner().diagnostics.len(), 1);
    report.add("UpgradeResourceIdentity", "refuses a version that it does not know");

    for (project, expected) in [(None, PROJECT), (Some(OTHER_PROJECT), OTHER_PROJECT)] {
        let import = tf::import_resource_state::Request {
            type_name: TYPE.to_owned(),
            identity: identity(project),
            ..Default::default()
        };
        let imported = client.import_resource_state(import).await.unwrap().into_inner();
        report.accepts("ImportResourceState", "by identity", &imported.diagnostics);
        let [one] = imported.imported_resources.as_slice() else { panic!("{imported:?}") };
        let identity = unpacked(one.identity.as_ref().unwrap().identity_data.as_ref());
        assert_eq!(
            (field(&identity, "project_id").as_str(), field(&identity, "id").as_str()),
            (Some(expected), Some(ID))
        );
        // OpenTofu refuses an import without a state.
        assert_eq!(field(&unpacked(one.state.as_ref()), "id").as_str(), Some(ID));
    }
}

async fn about_lists(client: &mut ProviderClient<Channel>, report: &mut Report) {
    let config = |project: Option<&str>| value(json!({ "project_id": project }));
    let validate = tf::validate_list_resource_config::Request {
        type_name: TYPE.to_owned(),
        config: config(None),
        ..Default::default()
    };
    let validated = client.validate_list_resource_config(validate).await.unwrap().into_inner();
    report.accepts("ValidateListResourceConfig", "a good block", &validated.diagnostics);
    for (project, whole, limit, names) in [
        (None, true, 100, &["Calendar", "Second"][..]),
        (None, false, 1, &["Calendar"]),
        (Some(OTHER_PROJECT), false, 0, &["Other"]),
    ] {
        let list = tf::list_resource::Request {
            type_name: TYPE.to_owned(),
            config: config(project),
            include_resource_object: whole,
            limit,
        };
        let mut events = client.list_resource(list).await.unwrap().into_inner();
        let mut seen = Vec::new();
        while let Some(event) = events.message().await.unwrap() {
            assert!(event.diagnostic.is_empty() && event.identity.is_some(), "{event:?}");
            assert_eq!(event.resource_object.is_some(), whole);
            seen.push(event.display_name);
        }
        assert_eq!(seen, names);
    }
    report.add("ListResource", "streamed, with and without objects, limited, of another project");
}

async fn about_lookups(client: &mut ProviderClient<Channel>, report: &mut Report) {
    let type_name = || TYPE.to_owned();
    let config = || value(json!({ "name": "Calendar" }));
    let validate = tf::validate_data_resource_config::Request { type_name: type_name(), config: config() };
    let validated = client.validate_data_resource_config(validate).await.unwrap().into_inner();
    report.accepts("ValidateDataResourceConfig", "a good block", &validated.diagnostics);
    let validate = tf::validate_ephemeral_resource_config::Request { type_name: type_name(), config: value(json!({})) };
    let validated = client.validate_ephemeral_resource_config(validate).await.unwrap().into_inner();
    assert!(validated.diagnostics[0].detail.contains("`id` or `name`"), "{validated:?}");
    report.add("ValidateEphemeralResourceConfig", "nothing to look for");

    let read = tf::read_data_source::Request { type_name: type_name(), config: config(), ..Default::default() };
    let read = client.read_data_source(read).await.unwrap().into_inner();
    assert_eq!(field(&unpacked(read.state.as_ref()), "id").as_str(), Some(ID));
    report.accepts("ReadDataSource", "by name", &read.diagnostics);
    let open = |config| tf::open_ephemeral_resource::Request { type_name: type_name(), config, ..Default::default() };
    let opened = client.open_ephemeral_resource(open(config())).await.unwrap().into_inner();
    assert_eq!(unpacked(opened.result.as_ref()), unpacked(read.state.as_ref()));
    assert!(opened.renew_at.is_none());
    report.accepts("OpenEphemeralResource", "by name", &opened.diagnostics);
    let gone = client.open_ephemeral_resource(open(value(json!({ "id": "MS2gone" })))).await.unwrap().into_inner();
    assert_eq!(gone.diagnostics[0].summary, "Not found");
    report.add("OpenEphemeralResource", "what is not there");
    let private = Some(b"kept".to_vec());
    let renew = tf::renew_ephemeral_resource::Request { type_name: type_name(), private: private.clone() };
    let renewed = client.renew_ephemeral_resource(renew).await.unwrap().into_inner();
    assert!(renewed.private == private && renewed.renew_at.is_none());
    report.accepts("RenewEphemeralResource", "private data kept", &renewed.diagnostics);
    let close = tf::close_ephemeral_resource::Request { type_name: type_name(), private };
    let closed = client.close_ephemeral_resource(close).await.unwrap().into_inner();
    report.accepts("CloseEphemeralResource", "quietly", &closed.diagnostics);
}

async fn about_functions(client: &mut ProviderClient<Channel>, report: &mut Report) {
    let functions = client.get_functions(tf::get_functions::Request {}).await.unwrap().into_inner();
    let mut names: Vec<&String> = functions.functions.keys().collect();
    names.sort();
    assert_eq!(names, ["duration_seconds", "mcp_issuer", "parse_mcp_issuer"]);
    report.accepts("GetFunctions", "three", &functions.diagnostics);
    let call = |argument: Option<DynamicValue>| tf::call_function::Request {
        name: "duration_seconds".to_owned(),
        arguments: argument.into_iter().collect(),
    };
    let called = client.call_function(call(value(json!("4 weeks")))).await.unwrap().into_inner();
    assert_eq!(unpacked(called.result.as_ref()).as_i64(), Some(2_419_200));
    report.add("CallFunction", "a result");
    // A null argument comes as an empty message from one CLI and as nil from the other.
    for (argument, blamed) in
        [(value(json!("soon")), Some(0)), (null(), Some(0)), (Some(DynamicValue::default()), Some(0)), (None, None)]
    {
        let error = client.call_function(call(argument)).await.unwrap().into_inner().error.unwrap();
        assert_eq!(error.function_argument, blamed, "{error:?}");
    }
    report.add("CallFunction", "blames the argument");
}

/// The progress of an action, and what came of it: exactly one completion, at the end.
async fn invoked(
    client: &mut ProviderClient<Channel>,
    action: &str,
    config: serde_json::Value,
) -> (Vec<String>, Vec<Diagnostic>) {
    use tf::invoke_action::event::Type;
    let request =
        tf::invoke_action::Request { action_type: action.to_owned(), config: value(config), ..Default::default() };
    let mut events = client.invoke_action(request).await.unwrap().into_inner();
    let mut progress = Vec::new();
    loop {
        match events.message().await.unwrap().expect("an action ends with its completion").r#type.expect("a type") {
            Type::Progress(event) => progress.push(event.message),
            Type::Completed(completed) => {
                assert!(events.message().await.unwrap().is_none(), "nothing follows the completion");
                return (progress, completed.diagnostics);
            }
        }
    }
}

async fn about_actions(client: &mut ProviderClient<Channel>, report: &mut Report, emulator: &Emulator) {
    let config = |timeout: &str| json!({ "id": ID, "timeout": timeout });
    let validate = |config| tf::validate_action_config::Request { type_name: ACTION.to_owned(), config };
    let validated = client.validate_action_config(validate(value(config("1 minute")))).await.unwrap().into_inner();
    report.accepts("ValidateActionConfig", "a good block", &validated.diagnostics);
    let refused = client.validate_action_config(validate(value(config("4 fortnights")))).await.unwrap().into_inner();
    assert!(refused.diagnostics[0].attribute.is_some(), "{refused:?}");
    report.add("ValidateActionConfig", "a bad duration");

    // The id of a server that is to be created is unknown in the plan. (A map of three, two of them nil.)
    let unknown = Some(DynamicValue {
        msgpack: b"\x83\xa2id\xd4\x00\x00\xaaproject_id\xc0\xa7timeout\xc0".to_vec(),
        json: Vec::new(),
    });
    for config in [value(config("1 minute")), unknown] {
        let plan = tf::plan_action::Request { action_type: ACTION.to_owned(), config, ..Default::default() };
        let planned = client.plan_action(plan).await.unwrap().into_inner();
        assert!(planned.deferred.is_none());
        report.accepts("PlanAction", "known or unknown", &planned.diagnostics);
    }

    emulator.forget_requests();
    let missing = r#"{"path":"oauth-authorization-server","kind":"error","status":404}"#;
    emulator.fault(missing);
    let (progress, completed) = invoked(client, ACTION, config("1 minute")).await;
    assert!(progress[0].ends_with("/.well-known/oauth-authorization-server"), "{progress:?}");
    assert!(progress[1].contains("there is no document yet"), "{progress:?}");
    report.accepts("InvokeAction", "progress, and then success", &completed);
    let documents = emulator.requests("oauth-authorization-server");
    assert_eq!(documents.len(), 2);
    assert!(documents.iter().all(|request| request["method"] == "GET" && request["project"] == ""), "no credentials");
    assert!(emulator.requests("").iter().all(|request| request["method"] == "GET" || request["path"] == LOAD));

    let other = r#"{"issuer":"https://api.descope.com/P","scopes_supported":["calendar.read"]}"#;
    // Each time: a quick machine looks more than once in a millisecond.
    let fault = json!({ "path": "oauth-authorization-server", "times": 50, "kind": "body", "status": 200,
        "content_type": "application/json", "body": other });
    emulator.fault(&fault.to_string());
    let (_, completed) = invoked(client, ACTION, config("1ms")).await;
    emulator.control("DELETE", "faults", "");
    assert_eq!(completed[0].summary, "The discovery document differs");
    for words in
        ["its issuer is", "registration is enabled", "CIMD is enabled", "scopes calendar.book, profile, google"]
    {
        assert!(completed[0].detail.contains(words), "{words}: {completed:?}");
    }
    report.add("InvokeAction", "a document that says otherwise");
    let (_, completed) = invoked(client, ACTION, json!({ "id": "MS2gone" })).await;
    assert_eq!(completed[0].summary, "Not found");
    assert!(completed[0].attribute.is_some());
    report.add("InvokeAction", "no such server");
    let unauthorised = r#"{"path":"oauth-authorization-server","kind":"error","status":401}"#;
    emulator.fault(unauthorised);
    let (_, completed) = invoked(client, ACTION, config("1 hour")).await;
    assert_eq!(completed[0].summary, "The discovery document can't be read");
    assert!(!completed[0].detail.contains("key"), "no credentials are sent: {completed:?}");
    report.add("InvokeAction", "a document that is refused");
    emulator.forget_requests();

    emulator.fault(missing);
    let waiting = tokio::spawn({
        let mut client = client.clone();
        async move { invoked(&mut client, ACTION, json!({ "id": ID, "timeout": "1 hour" })).await }
    });
    while emulator.requests("oauth-authorization-server").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    client.stop_provider(tf::stop_provider::Request {}).await.unwrap();
    let (_, completed) = waiting.await.unwrap();
    assert_eq!(completed[0].summary, "Stopped");
    report.add("InvokeAction", "stopped while it waits");
}

async fn refusals(client: &mut ProviderClient<Channel>, report: &mut Report) {
    macro_rules! refused {
        ($( $rpc:literal $method:ident $message:ident; )*) => {
            $(
                let answer = client.$method(tf::$message::Request::default()).await.unwrap().into_inner();
                report.refuses($rpc, &answer.diagnostics);
            )*
        };
    }
    refused! {
        "ValidateDataResourceConfig" validate_data_resource_config validate_data_resource_config;
        "ReadDataSource" read_data_source read_data_source;
        "ValidateEphemeralResourceConfig" validate_ephemeral_resource_config validate_ephemeral_resource_config;
        "OpenEphemeralResource" open_ephemeral_resource open_ephemeral_resource;
        "RenewEphemeralResource" renew_ephemeral_resource renew_ephemeral_resource;
        "CloseEphemeralResource" close_ephemeral_resource close_ephemeral_resource;
        "ValidateActionConfig" validate_action_config validate_action_config;
        "PlanAction" plan_action plan_action;
        "ValidateStateStoreConfig" validate_state_store_config validate_state_store;
        "ConfigureStateStore" configure_state_store configure_state_store;
        "LockState" lock_state lock_state;
        "UnlockState" unlock_state unlock_state;
        "GetStates" get_states get_states;
        "DeleteState" delete_state delete_state;
    }
    let (_, completed) = invoked(client, "", json!({})).await;
    report.refuses("InvokeAction", &completed);
    let mut chunks = client.read_state_bytes(tf::read_state_bytes::Request::default()).await.unwrap().into_inner();
    report.refuses("ReadStateBytes", &chunks.message().await.unwrap().unwrap().diagnostics);
    let written = client.write_state_bytes(tokio_stream::empty()).await.unwrap().into_inner();
    report.refuses("WriteStateBytes", &written.diagnostics);
}
