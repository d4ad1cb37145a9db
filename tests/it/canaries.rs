// SPDX-License-Identifier: Apache-2.0

//! The management key and the password of a proxy are searched for in everything that leaves the
//! process, through the life of a server at `TF_LOG=TRACE`, while answers echo them in every form.

use std::path::Path;
use std::sync::Arc;

use prost::Message;
use serde_json::json;
use terraform_provider_descope::diag::Diagnostics;
use terraform_provider_descope::engine::{Catalogue, Config, Connection, Provider, SystemClock};
use terraform_provider_descope::plugin::{self, Calls, Program};
use terraform_provider_descope::protocol;
use terraform_provider_descope::provider::{Descope, Environment};
use tonic::transport::Channel;

use crate::support::canary::Canary;
use crate::support::cli::each;
use crate::support::emulator::{Emulator, OTHER_PROJECT, PROJECT};
use crate::support::hcl::{FULL, provider, workspace};
use crate::support::plugin::{Plugin, command};
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::support::wire::tfplugin6::{self as tf, DynamicValue};

const TYPE: &str = "descope_mcp_server";
const ID: &str = "MS2canary0000000000000000001";

/// Both ends and the middle can't be told from other words, so that no escape changes them.
const KEY: Canary = Canary { name: "the key", text: r#"K2aNaRyQv9Zt/+"<&>:Yx-_sLm4TzLx7mJcEdWh4s"# };
const PASSWORD: Canary = Canary { name: "the password", text: "pRoXyWoRd9Kq/+\"<&>:Zt-_vNb5RzQw8nHcUeVj3d" };

fn emulator() -> Emulator {
    Emulator::start_keyed(Path::new(env!("CARGO_BIN_EXE_descope-emulator")), OTHER_PROJECT, KEY.text)
}

/// The address of a proxy that needs the password. Nobody listens there.
fn proxy() -> String {
    let password: String = PASSWORD.text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("http://me:{password}@127.0.0.1:1")
}

/// What left the process so far.
#[derive(Default)]
struct Seen(Vec<u8>);

impl Seen {
    fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        self.0.push(b'\n');
    }

    /// Asserts that no secret is in it, and that secrets were hidden in it so often.
    #[track_caller]
    fn is_clean(&self, at_least: &[(&str, usize)]) {
        for canary in [KEY, PASSWORD] {
            let found = canary.found_in(&self.0);
            if let Some(first) = found.first() {
                let text = String::from_utf8_lossy(&self.0);
                let raw = first.split_once(": ").unwrap().1.trim_start_matches("any case: ");
                let at = text.find(raw).unwrap_or(0);
                let near =
                    String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(400)..(at + 400).min(text.len())]);
                panic!("{} parts are shown, such as {first} in {near}", found.len());
            }
        }
        let text = String::from_utf8_lossy(&self.0);
        for (words, times) in at_least {
            let hidden = text.matches(words).count();
            assert!(hidden >= *times, "{words} only {hidden} times, so this test would prove nothing");
        }
    }
}

/// Calls an RPC and keeps the bytes of its answer.
macro_rules! told {
    ($seen:expr, $client:ident.$method:ident($request:expr)) => {{
        let answer = $client.$method($request).await.expect("messages, not a bare gRPC error").into_inner();
        $seen.add(&answer.encode_to_vec());
        answer
    }};
}

fn value(value: serde_json::Value) -> Option<DynamicValue> {
    Some(DynamicValue { json: value.to_string().into_bytes(), msgpack: Vec::new() })
}

fn null() -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: vec![0xc0], json: Vec::new() })
}

/// An answer that echoes a text, in one of the ways in which an API or what stands before it may.
fn echo(way: usize, path: &str, echoed: &str) -> String {
    let html = format!("<html><title>{echoed}</title>");
    let fault = match way % 4 {
        0 => json!({ "kind": "error", "status": 400, "code": "E1", "message": format!("it said {echoed}.") }),
        1 => json!({ "kind": "error", "status": 403, "code": echoed, "request_id": echoed }),
        2 => json!({ "kind": "body", "status": 400, "content_type": "text/html", "body": html }),
        _ => json!({ "kind": "body", "status": 200, "content_type": "application/json",
                     "body": json!({ "errorCode": "E1", "errorDescription": echoed }).to_string() }),
    };
    let mut fault = fault;
    fault["path"] = path.into();
    fault["times"] = 99.into();
    fault.to_string()
}

/// A host that asks a provider for everything that can be asked, and keeps what it says.
struct Host {
    client: ProviderClient<Channel>,
    seen: Seen,
}

impl Host {
    async fn plan(
        &mut self,
        prior: Option<DynamicValue>,
        config: Option<DynamicValue>,
    ) -> tf::plan_resource_change::Response {
        let request = tf::plan_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: prior,
            proposed_new_state: config.clone(),
            config,
            ..Default::default()
        };
        let client = &mut self.client;
        told!(self.seen, client.plan_resource_change(request))
    }

    /// Plans and applies. Returns the new state.
    async fn apply(&mut self, prior: Option<DynamicValue>, config: Option<DynamicValue>) -> Option<DynamicValue> {
        let planned = self.plan(prior.clone(), config.clone()).await;
        let request = tf::apply_resource_change::Request {
            type_name: TYPE.to_owned(),
            prior_state: prior,
            planned_state: planned.planned_state,
            config,
            planned_private: planned.planned_private,
            ..Default::default()
        };
        let client = &mut self.client;
        told!(self.seen, client.apply_resource_change(request)).new_state
    }

    async fn read(&mut self, state: Option<DynamicValue>) -> Option<DynamicValue> {
        let request =
            tf::read_resource::Request { type_name: TYPE.to_owned(), current_state: state, ..Default::default() };
        let client = &mut self.client;
        told!(self.seen, client.read_resource(request)).new_state
    }

    async fn import(&mut self, id: &str) {
        let request =
            tf::import_resource_state::Request { type_name: TYPE.to_owned(), id: id.to_owned(), ..Default::default() };
        let client = &mut self.client;
        told!(self.seen, client.import_resource_state(request));
    }

    async fn list(&mut self) {
        let request = tf::list_resource::Request {
            type_name: TYPE.to_owned(),
            config: value(json!({})),
            include_resource_object: true,
            limit: 10,
        };
        let mut events = self.client.list_resource(request).await.unwrap().into_inner();
        while let Some(event) = events.message().await.unwrap() {
            self.seen.add(&event.encode_to_vec());
        }
    }

    async fn look_up(&mut self, config: serde_json::Value) {
        let (type_name, config, client) = (TYPE.to_owned(), value(config), &mut self.client);
        let read = tf::read_data_source::Request {
            type_name: type_name.clone(),
            config: config.clone(),
            ..Default::default()
        };
        told!(self.seen, client.read_data_source(read));
        let open = tf::open_ephemeral_resource::Request { type_name: type_name.clone(), config, ..Default::default() };
        let private = told!(self.seen, client.open_ephemeral_resource(open)).private;
        let renew = tf::renew_ephemeral_resource::Request { type_name: type_name.clone(), private: private.clone() };
        told!(self.seen, client.renew_ephemeral_resource(renew));
        told!(self.seen, client.close_ephemeral_resource(tf::close_ephemeral_resource::Request { type_name, private }));
    }

    async fn invoke(&mut self) {
        let request = tf::invoke_action::Request {
            action_type: "descope_verify_mcp_discovery".to_owned(),
            config: value(json!({ "id": ID, "timeout": "1ms" })),
            ..Default::default()
        };
        let mut events = self.client.invoke_action(request).await.unwrap().into_inner();
        while let Some(event) = events.message().await.unwrap() {
            self.seen.add(&event.encode_to_vec());
        }
    }

    /// Configures the provider, first with what it refuses.
    async fn configure(&mut self, config: serde_json::Value) {
        let client = &mut self.client;
        for wrong in [format!("{PROJECT}:{}", KEY.text), format!("{} ", KEY.text), KEY.text.replace('/', "/ü")] {
            let config = value(json!({ "management_key": wrong }));
            let validate = tf::validate_provider_config::Request { config: config.clone() };
            assert_eq!(told!(self.seen, client.validate_provider_config(validate)).diagnostics.len(), 1);
            let configure = tf::configure_provider::Request { config, ..Default::default() };
            assert_eq!(told!(self.seen, client.configure_provider(configure)).diagnostics.len(), 1);
        }
        let configure = tf::configure_provider::Request { config: value(config), ..Default::default() };
        assert_eq!(told!(self.seen, client.configure_provider(configure)).diagnostics, []);
    }
}

/// Everything that is asked of a provider in the life of a server, with each of these texts in answers,
/// and without.
async fn life(host: &mut Host, emulator: &Emulator, forms: &[String]) {
    let config = |description: &str| value(json!({ "name": "x", "description": description }));
    let first = host.apply(null(), config("first")).await;
    let mut state = host.read(first).await;
    for (way, form) in forms.iter().enumerate() {
        for operation in 0..8 {
            // A creation that is answered by a page is looked for, which takes its time.
            let page = (way + operation) % 4 == 2;
            emulator.fault(&echo(way + operation, if operation == 3 { "server/create" } else { "" }, form));
            match operation {
                0 => host.list().await,
                1 => host.look_up(json!({ "id": ID })).await,
                2 => host.import("name:y").await,
                3 if page => {}
                3 => drop(host.apply(null(), config("another")).await),
                4 => drop(host.apply(state.clone(), config(&format!("changed {way}"))).await),
                5 => drop(host.apply(state.clone(), null()).await),
                6 => host.invoke().await,
                _ => drop(host.read(state.clone()).await),
            }
            emulator.control("DELETE", "faults", "");
        }
    }
    // Without echoes, and with faults that are waited out.
    emulator.fault(r#"{"path":"/server/load","kind":"drop"}"#);
    emulator.fault(r#"{"path":"/server/load","kind":"error","status":503}"#);
    state = host.read(state).await;
    state = host.apply(state, config("second")).await;
    host.import(ID).await;
    host.import("name:y").await;
    host.list().await;
    host.look_up(json!({ "name": "y" })).await;
    host.invoke().await;
    let generate = tf::generate_resource_config::Request { type_name: TYPE.to_owned(), state: state.clone() };
    let client = &mut host.client;
    told!(host.seen, client.generate_resource_config(generate));
    host.apply(state, null()).await;
}

/// The files below a folder.
fn files(folder: &Path, seen: &mut Seen) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        seen.add(entry.path().to_string_lossy().as_bytes());
        match entry.path().is_dir() {
            true => files(&entry.path(), seen),
            false => seen.add(&std::fs::read(entry.path()).unwrap_or_default()),
        }
    }
}

#[tokio::test]
async fn no_answer_message_state_or_log_line_of_a_whole_life_holds_the_key() {
    // They are looked for in the same way, so the second one is echoed in some forms only.
    let (keys, passwords) = (KEY.forms(PROJECT), PASSWORD.forms(PROJECT).into_iter().step_by(4));
    let (of_key, of_password) = (keys.len(), passwords.len());
    let forms: Vec<String> = keys.into_iter().chain(passwords).map(|(_, form)| form).collect();
    // The key comes from the environment, with every echo, or from the configuration, with a few.
    for configured in [false, true] {
        let (emulator, folder) = (emulator(), tempfile::tempdir().unwrap());
        emulator.plant(ID, r#"{"name":"y"}"#);
        let (url, proxy) = (emulator.url(), proxy());
        let mut variables = vec![
            ("TF_LOG", "TRACE"),
            ("TMPDIR", folder.path().to_str().unwrap()),
            ("DESCOPE_PROJECT_ID", PROJECT),
            ("DESCOPE_BASE_URL", &url),
            ("HTTPS_PROXY", &proxy),
        ];
        let mut config = json!({ "max_requests_per_minute": 100_000 });
        match configured {
            true => config["management_key"] = KEY.text.into(),
            false => variables.push(("DESCOPE_MANAGEMENT_KEY", KEY.text)),
        }
        let mut plugin = Plugin::start(provider(), &variables).await;
        let mut errors = plugin.child.stderr.take().unwrap();
        let log = tokio::spawn(async move {
            let mut log = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut errors, &mut log).await.map(|_| log).unwrap()
        });
        let mut host = Host { client: ProviderClient::new(plugin.channel().await), seen: Seen::default() };
        host.configure(config).await;
        let echoed = if configured { 0..4 } else { 0..forms.len() };
        life(&mut host, &emulator, &forms[echoed.clone()]).await;
        let Host { client, mut seen } = host;
        files(folder.path(), &mut seen);
        drop(client);
        assert!(plugin.shut_down().await.success());
        let log = log.await.unwrap();
        assert!(log.iter().filter(|byte| **byte == b'\n').count() > 50, "the log has hardly any lines");
        seen.add(&log);
        match configured {
            false => {
                seen.is_clean(&[("(the management key)", of_key * 4), ("(the proxy's password)", of_password * 4)]);
            }
            true => seen.is_clean(&[("(the management key)", echoed.len() * 4)]),
        }
    }
}

/// A key in the wrong place is known before the provider is configured, and `validate` never configures it.
#[tokio::test]
async fn a_key_in_a_wrong_place_is_hidden_before_the_provider_is_configured() {
    for configured in [false, true] {
        let mut variables = vec![("TF_LOG", "TRACE")];
        let key = if configured { json!(KEY.text) } else { json!(null) };
        if !configured {
            variables.push(("DESCOPE_MANAGEMENT_KEY", KEY.text));
        }
        let mut plugin = Plugin::start(provider(), &variables).await;
        let mut client = ProviderClient::new(plugin.channel().await);
        let mut seen = Seen::default();
        for wrong in ["base_url", "on_conflict", "project_id", "ca_cert_file"] {
            let config = value(json!({ "management_key": key, wrong: KEY.text }));
            told!(seen, client.validate_provider_config(tf::validate_provider_config::Request { config }));
        }
        let type_name = || TYPE.to_owned();
        let config = value(json!({ "id": KEY.text }));
        let request = tf::validate_data_resource_config::Request { type_name: type_name(), config };
        told!(seen, client.validate_data_resource_config(request));
        for wrong in ["id", "project_id", "login_page_url", "logo"] {
            let config = value(json!({ "name": "x", wrong: KEY.text }));
            let request =
                tf::validate_resource_config::Request { type_name: type_name(), config, ..Default::default() };
            told!(seen, client.validate_resource_config(request));
        }
        drop(client);
        assert!(plugin.shut_down().await.success());
        seen.add(plugin.log().await.as_bytes());
        seen.is_clean(&[("(the management key)", 4)]);
    }
}

/// A provider that crashes with the key in its hands, wherever the configuration says so.
struct Crashing(Descope);

impl Provider for Crashing {
    fn catalogue(&self) -> &'static Catalogue {
        self.0.catalogue()
    }

    fn configure(&self, config: &Config) -> Result<Arc<dyn Connection>, Diagnostics> {
        match config.get("on_conflict").as_str() {
            Some("overwrite") => panic!("no header can be made of Bearer {PROJECT}:{}", KEY.text),
            Some(_) => std::panic::panic_any(KEY.text.to_owned()),
            None => self.0.configure(config),
        }
    }
}

/// The process that the next test starts. In the test run itself it does nothing.
#[test]
fn a_process_of_a_provider_that_crashes() {
    const PROGRAM: Program = Program { name: "crashing", version: "0", addresses: &[], explanation: "" };
    if std::env::var_os("CANARY_CRASHES").is_none() {
        return;
    }
    let calls = Calls::default();
    let served = plugin::run(&PROGRAM, std::iter::empty(), &calls, || {
        let provider = Arc::new(Crashing(Descope::new(Environment::of_process())));
        protocol::routes(provider, Arc::new(SystemClock::default()), calls.stop.clone(), calls.writes.clone())
    });
    assert_eq!(served, std::process::ExitCode::SUCCESS);
}

#[tokio::test]
async fn a_panic_does_not_show_the_key() {
    let variables = [("TF_LOG", "TRACE"), ("DESCOPE_MANAGEMENT_KEY", KEY.text), ("CANARY_CRASHES", "1")];
    let mut command = command(&std::env::current_exe().unwrap(), &variables);
    command.args(["canaries::a_process_of_a_provider_that_crashes", "--exact", "--nocapture"]);
    let mut plugin = Plugin::spawn(command, &variables, |line| {
        let fields: Vec<String> = line.trim_end().split('|').map(str::to_owned).collect();
        (fields.len() == 6).then_some(fields)
    })
    .await;
    let mut client = ProviderClient::new(plugin.channel().await);
    let mut seen = Seen::default();
    for (config, crashes) in
        [(json!({}), 0), (json!({ "on_conflict": "overwrite" }), 1), (json!({ "on_conflict": "error" }), 1)]
    {
        let configure = tf::configure_provider::Request { config: value(config), ..Default::default() };
        assert_eq!(told!(seen, client.configure_provider(configure)).diagnostics.len(), crashes);
    }
    drop(client);
    assert!(plugin.shut_down().await.success());
    seen.add(plugin.log().await.as_bytes());
    seen.is_clean(&[("The provider crashed", 2), ("the provider panicked", 2), ("(message withheld)", 2)]);
}

/// What a CLI prints, logs and stores, with its own log at TRACE.
#[test]
fn no_output_log_or_state_of_a_cli_holds_the_key() {
    each("no_output_of_a_cli", |cli| {
        let emulator = emulator();
        let mut workspace = workspace(cli, &emulator, FULL);
        let log = workspace.path().join("trace.log");
        workspace
            .set("DESCOPE_MANAGEMENT_KEY", KEY.text)
            .set("HTTPS_PROXY", &proxy())
            .set("TF_LOG", "TRACE")
            .set("TF_LOG_PATH", log.to_str().unwrap());
        let mut seen = Seen::default();
        let mut run = |arguments: &[&str], code: i32| {
            let output = workspace.expect(arguments, code);
            seen.add(output.stdout.as_bytes());
            seen.add(output.stderr.as_bytes());
        };
        run(&["apply", "-auto-approve"], 0);
        for (way, (_, form)) in KEY.forms(PROJECT).iter().enumerate().step_by(5) {
            emulator.fault(&echo(way, "/server/load", form));
            run(&["plan"], 1);
            emulator.control("DELETE", "faults", "");
        }
        run(&["plan", "-out=saved.plan"], 0);
        run(&["show", "-json", "saved.plan"], 0);
        run(&["show", "-json"], 0);
        run(&["destroy", "-auto-approve"], 0);
        files(&workspace.path(), &mut seen);
        seen.is_clean(&[("(the management key)", 3), ("provider.descope", 20)]);
    });
}
