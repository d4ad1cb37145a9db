// SPDX-License-Identifier: Apache-2.0

//! What the log says at each level, as the CLIs print it. That no secret is in it: `acceptance`.

use crate::support::cli::{Cli, Workspace, each};
use crate::support::emulator::{Emulator, PROJECT};
use crate::support::hcl::{emulator, provider, rewrite, workspace};
use crate::support::plugin::Plugin;
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::support::wire::tfplugin6::{self as tf, DynamicValue};

fn servers(names: &[&str], more: &str) -> String {
    let block =
        |name: &&str| format!("resource \"descope_mcp_server\" \"{name}\" {{\n  name = \"{name}\"\n{more}\n}}\n");
    names.iter().map(block).collect()
}

fn logged(cli: &Cli, emulator: &Emulator, level: &str, resources: &str) -> Workspace {
    let mut workspace = workspace(cli, emulator, resources);
    workspace.set("TF_LOG_PROVIDER", level);
    workspace
}

/// The provider's own lines of a level.
fn lines(output: &str, level: &str) -> Vec<String> {
    let ours = output.lines().filter(|line| line.contains("terraform-provider-descope: ") && !line.contains("plugin"));
    ours.filter(|line| line.contains(&format!("[{level}]"))).map(str::to_owned).collect()
}

/// The lines that have all of these words.
fn with<'a>(lines: &'a [String], words: &[&str]) -> Vec<&'a String> {
    lines.iter().filter(|line| words.iter().all(|word| line.contains(word))).collect()
}

#[test]
fn info_is_one_summary_a_run() {
    each("the log at INFO", |cli| {
        let emulator = emulator();
        emulator.fault(
            r#"{"path":"/server/create","times":1,"kind":"error","status":429,"code":"E130429","message":"slow"}"#,
        );
        let workspace = logged(cli, &emulator, "info", &servers(&["a", "b"], ""));
        let output = workspace.apply().stderr;
        let summaries = with(&lines(&output, "INFO"), &["what this run asked of Descope"]).len();
        assert_eq!(summaries, 1, "{output}");
        let info = lines(&output, "INFO");
        let [line] = with(&info, &["what this run asked"])[..] else { panic!("{output}") };
        for words in ["mcp/server/create 3", "mcp/servers/all 1", "429 1", "unanswered=0", "waits=", "waited_ms="] {
            assert!(line.contains(words), "{words}: {line}");
        }
        assert_eq!(lines(&output, "DEBUG").len() + lines(&output, "TRACE").len(), 0, "{output}");
        // Nothing was asked, so there is nothing to sum up.
        let output = workspace.succeed(&["validate"]).stderr;
        assert_eq!(lines(&output, "INFO"), Vec::<String>::new());
    });
}

/// One server, whose request alone is refused: nobody else waits for it.
#[test]
fn each_wait_that_descope_asks_for_is_logged_and_counted_once() {
    each("the log of waits", |cli| {
        let emulator = emulator();
        emulator.fault(
            r#"{"path":"/server/create","times":3,"kind":"error","status":429,"code":"E130429","message":"slow","retry_after":"1"}"#,
        );
        let workspace = logged(cli, &emulator, "info", &servers(&["a"], ""));
        let output = workspace.apply().stderr;
        let info = lines(&output, "INFO");
        assert_eq!(with(&info, &["Descope asks to wait"]).len(), 3, "{output}");
        let [line] = with(&info, &["what this run asked"])[..] else { panic!("{output}") };
        assert!(line.contains("waits=3 "), "{line}");
        let waited = line.split("waited_ms=").nth(1).and_then(|rest| rest.split(' ').next());
        let waited = waited.and_then(|number| number.trim().parse::<u64>().ok());
        assert!(waited.is_some_and(|waited| (3_000..6_000).contains(&waited)), "{line}");
    });
}

#[test]
fn debug_tells_each_operation_and_each_request_with_what_it_is_about() {
    each("the log at DEBUG", |cli| {
        let emulator = emulator();
        emulator.fault(r#"{"path":"/servers/all","kind":"error","status":503,"request_id":"Rq7"}"#);
        let workspace = logged(cli, &emulator, "debug", &servers(&["alpha", "beta"], ""));
        let output = workspace.apply().stderr;
        let debug = lines(&output, "DEBUG");
        let failed = with(&debug, &["called Descope", "/servers/all", "status=503", "request_id=Rq7"]);
        assert_eq!(failed.len(), 1, "{output}");
        for name in ["alpha", "beta"] {
            let name = format!("name={name}");
            let about = ["tf_resource_type=descope_mcp_server", "tf_req_id=", &name];
            let served =
                with(&debug, &[&about[..], &["served", "tf_rpc=ApplyResourceChange", "tf_req_duration_ms="]].concat());
            assert_eq!(served.len(), 1, "{name}: {output}");
            assert!(served[0].contains("id=MS"), "the new server's id: {}", served[0]);
            let asked = with(&debug, &[&about[..], &["called Descope", "/server/create", "status=200"]].concat());
            assert_eq!(asked.len(), 1, "{name}: {output}");
            assert!(asked[0].contains(&format!("project={PROJECT}")), "{}", asked[0]);
        }

        let id = workspace.state("descope_mcp_server.alpha")["id"].as_str().unwrap().to_owned();
        let output = workspace.assert_no_changes().stderr;
        let read = ["called Descope", "/server/load", "tf_rpc=ReadResource", "name=alpha", &format!("id={id}")];
        assert_eq!(with(&lines(&output, "DEBUG"), &read).len(), 1, "{output}");
        let project = format!("project={PROJECT}");
        let served = ["served", "tf_rpc=ReadResource", "name=alpha", &project];
        assert_eq!(with(&lines(&output, "DEBUG"), &served).len(), 1, "{output}");
        assert!(!output.contains("place="), "{output}");
        assert_eq!(lines(&output, "TRACE"), Vec::<String>::new());
    });
}

#[test]
fn debug_tells_what_a_look_up_and_a_function_are_about() {
    each("look-ups at DEBUG", |cli| {
        let emulator = emulator();
        let id = "MS35d1Xw1Yo6zozsW7n8BU6xLmnAs";
        emulator.plant(id, r#"{"name":"alpha","description":"canary"}"#);
        let look_up = "data \"descope_mcp_server\" \"x\" {\n  name = \"alpha\"\n}\n";
        let workspace = logged(cli, &emulator, "debug", look_up);
        let output = workspace.succeed(&["plan"]).stderr;
        let about = ["tf_rpc=ReadDataSource", "tf_resource_type=descope_mcp_server", "name=alpha"];
        let debug = lines(&output, "DEBUG");
        assert!(!with(&debug, &[&about[..], &["called Descope"]].concat()).is_empty(), "{output}");
        let (id, place) = (format!("id={id}"), format!("project={PROJECT}"));
        assert_eq!(with(&debug, &[&about[..], &["served", &id, &place]].concat()).len(), 1, "{output}");
        assert!(!output.contains("canary"), "{output}");

        if cli.has("ephemeral resources", 10, Some(11)) {
            rewrite(&workspace, &look_up.replace("data ", "ephemeral "));
            let output = workspace.succeed(&["plan"]).stderr;
            let opened = ["tf_rpc=OpenEphemeralResource", "name=alpha", "served", &id, &place];
            assert_eq!(with(&lines(&output, "DEBUG"), &opened).len(), 1, "{output}");
        }
        if cli.has("functions", 8, Some(7)) {
            rewrite(&workspace, "output \"x\" { value = provider::descope::duration_seconds(\"4 weeks\") }");
            let output = workspace.succeed(&["plan"]).stderr;
            let debug = lines(&output, "DEBUG");
            let called = with(&debug, &["tf_rpc=CallFunction", "tf_function=duration_seconds"]);
            assert!(!called.is_empty(), "{output}");
            assert!(called.iter().all(|line| !line.contains("tf_resource_type")), "{output}");
        }
    });
}

/// Older CLIs ask for no stream.
#[tokio::test]
async fn debug_tells_each_stream_with_what_it_is_about() {
    let emulator = emulator();
    let variables = emulator.variables();
    let mut variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.push(("TF_LOG_PROVIDER", "debug"));
    let mut plugin = Plugin::start(provider(), &variables).await;
    let mut client = ProviderClient::new(plugin.channel().await);
    client.configure_provider(tf::configure_provider::Request::default()).await.unwrap();
    let config = Some(DynamicValue { json: b"{}".to_vec(), msgpack: Vec::new() });
    let type_name = "descope_mcp_server".to_owned();
    let request = tf::list_resource::Request { type_name, config, ..Default::default() };
    let mut events = client.list_resource(request).await.unwrap().into_inner();
    while events.message().await.unwrap().is_some() {}
    drop((events, client));
    assert!(plugin.shut_down().await.success());
    let log = plugin.log().await;
    let log: Vec<String> = log.lines().map(str::to_owned).collect();
    let about = [r#""tf_rpc":"ListResource""#, r#""tf_resource_type":"descope_mcp_server""#];
    for words in [r#""@message":"called Descope""#, r#""@message":"served""#] {
        assert_eq!(with(&log, &[&about[..], &[words]].concat()).len(), 1, "{words}: {log:?}");
    }
}

#[test]
fn trace_tells_what_was_decided_and_why_without_values() {
    each("the log at TRACE", |cli| {
        let emulator = emulator();
        let before = "session_settings = { session_token_expiration = \"60 minutes\" }\ndescription = \"canary-one\"";
        let after = "session_settings = { session_token_expiration = \"1 hour\" }\ndescription = \"canary-two\"";
        let workspace = logged(cli, &emulator, "trace", &servers(&["alpha"], before));
        let output = workspace.apply().stderr;
        let planned = lines(&output, "TRACE");
        for words in ["configured: name, description", "told by the apply: id", "name=alpha"] {
            assert!(!with(&planned, &["planned", words]).is_empty(), "{words}: {output}");
        }

        rewrite(&workspace, &servers(&["alpha"], after));
        let output = workspace.apply().stderr;
        let trace = lines(&output, "TRACE");
        for words in [
            "configured, changed: description",
            "kept, since another spelling is configured: session_settings.session_token_expiration",
            "kept, since it is not configured: ",
            "no managed value changed since the plan was made",
            "is written over the object as it is now",
            "managed=\"name, description, session_settings\"",
            "differs=none",
        ] {
            assert!(!with(&trace, &["name=alpha", words]).is_empty(), "{words}: {output}");
        }

        emulator.remove(workspace.state("descope_mcp_server.alpha")["id"].as_str().unwrap());
        workspace.age_objects();
        let output = workspace.expect(&["plan", "-detailed-exitcode"], 2).stderr;
        assert!(
            !with(&lines(&output, "TRACE"), &["judged whether the object is gone", "verdict=gone"]).is_empty(),
            "{output}"
        );
        for line in lines(&output, "TRACE").iter().chain(&trace).chain(&planned) {
            assert!(!line.contains("canary"), "{line}");
        }
    });
}

#[test]
fn nothing_is_logged_unless_it_is_asked_for() {
    each("no log", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, &servers(&["alpha"], ""));
        let output = workspace.apply().stderr;
        assert!(!output.contains("terraform-provider-descope: "), "{output}");
    });
}
