//! Creations whose answers are lost: at the end there is one server, and the state or a message
//! names it.

use crate::support::cli::each;
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, workspace};

const SERVER: &str = r#"resource "descope_mcp_server" "x" {
  name        = "x"
  description = "d"
  tags        = ["b", "a"]
}"#;

fn creations(emulator: &Emulator) -> usize {
    emulator.requests("/server/create").len()
}

#[test]
fn a_lost_answer_ends_in_one_server_in_the_state() {
    each("a_lost_answer", |cli| {
        // What happens to the creation, for how long lists lag, and how many creations that takes.
        for (fault, hide_new_ms, expected) in [
            (r#""kind":"drop","after":true"#, 0, 1),
            (r#""kind":"drop","after":true"#, 8000, 1),
            (r#""kind":"error","status":503,"after":true"#, 0, 1),
            (r#""kind":"error","status":524,"after":true"#, 0, 1),
            (r#""kind":"body","status":200,"content_type":"application/json","body":"{}","after":true"#, 0, 1),
            (r#""kind":"body","status":200,"content_type":"text/html","body":"<p>","after":true"#, 0, 1),
            (r#""kind":"drop""#, 0, 2),
            (r#""kind":"error","status":503"#, 0, 2),
        ] {
            let emulator = emulator();
            // Others of the same name and content were there before.
            emulator.plant("MS2old0000000000000000000001", r#"{"name":"x","description":"d","tags":["a","b"]}"#);
            emulator.switch(&format!(r#"{{"hide_new_ms":{hide_new_ms}}}"#));
            emulator.fault(&format!(r#"{{"path":"/server/create",{fault}}}"#));
            let workspace = workspace(cli, &emulator, SERVER);
            let applied = workspace.run(&["apply", "-auto-approve"]);
            assert_eq!(applied.code, 0, "{fault}: {}", applied.all());
            assert_eq!((creations(&emulator), emulator.servers().len()), (expected, 2), "{fault}");
            let id = workspace.state("descope_mcp_server.x")["id"].as_str().unwrap().to_owned();
            assert_ne!(id, "MS2old0000000000000000000001");
            assert!(emulator.servers().contains_key(&id), "{fault}");
            emulator.switch(r#"{"hide_new_ms":0}"#);
            workspace.assert_no_changes();
        }
    });
}

#[test]
fn applying_again_after_a_doubt_makes_no_second_server() {
    each("applying_again_after_a_doubt", |cli| {
        for done in [true, false] {
            let emulator = emulator();
            let fault = |path: &str, times: u32, after: bool| {
                emulator.fault(&format!(
                    r#"{{"path":"{path}","times":{times},"kind":"error","status":500,"after":{after}}}"#
                ));
            };
            let workspace = workspace(cli, &emulator, SERVER);
            fault("/server/create", 1, done);
            emulator.switch(r#"{"hide_new_ms":600000}"#);
            let failed = workspace.expect(&["apply", "-auto-approve"], 1);
            assert!(failed.prose().contains("It is not known whether the object was created"), "{}", failed.all());
            assert_eq!((creations(&emulator), emulator.servers().len()), (1, usize::from(done)));

            // A moment later nothing is known yet, and nothing is done.
            let soon = workspace.expect(&["apply", "-auto-approve"], 1);
            assert!(soon.prose().contains("not known yet"), "{}", soon.all());
            assert_eq!(creations(&emulator), 1);

            // Later the list tells.
            emulator.switch(r#"{"hide_new_ms":0}"#);
            workspace.age_objects();
            if done {
                let first = emulator.only_server();
                let plan = workspace.expect(&["plan", "-detailed-exitcode"], 2);
                assert!(plan.prose().contains(&first), "{}", plan.all());
                // Whoever wants to keep it says so.
                workspace.succeed(&["apply", "-auto-approve", "-refresh-only"]);
                workspace.succeed(&["untaint", "descope_mcp_server.x"]);
                workspace.apply();
                assert_eq!(emulator.only_server(), first);
            } else {
                workspace.apply();
            }
            let id = emulator.only_server();
            assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str());
            workspace.assert_no_changes();
        }
    });
}

#[test]
fn a_doubtful_server_is_replaced_or_destroyed_like_any_tainted_one() {
    each("a_doubtful_server_is_replaced", |cli| {
        for destroy in [false, true] {
            let emulator = emulator();
            let workspace = workspace(cli, &emulator, SERVER);
            emulator.fault(r#"{"path":"/server/create","kind":"error","status":500,"after":true}"#);
            emulator.switch(r#"{"hide_new_ms":600000}"#);
            workspace.expect(&["apply", "-auto-approve"], 1);
            emulator.switch(r#"{"hide_new_ms":0}"#);
            workspace.age_objects();
            match destroy {
                true => {
                    workspace.succeed(&["destroy", "-auto-approve"]);
                    assert!(emulator.servers().is_empty());
                }
                false => {
                    workspace.apply();
                    let id = emulator.only_server();
                    assert_eq!(workspace.state("descope_mcp_server.x")["id"], id.as_str());
                }
            }
        }
    });
}

#[test]
fn several_servers_that_may_be_the_one_are_all_named() {
    each("several_servers_that_may_be", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, SERVER);
        emulator.fault(r#"{"path":"/server/create","kind":"error","status":500,"after":true}"#);
        emulator.switch(r#"{"hide_new_ms":600000}"#);
        workspace.expect(&["apply", "-auto-approve"], 1);
        emulator.switch(r#"{"hide_new_ms":0}"#);
        emulator.plant("MS2other000000000000000000001", r#"{"name":"x","description":"d","tags":["a","b"]}"#);
        workspace.age_objects();
        let again = workspace.expect(&["apply", "-auto-approve"], 1);
        for id in emulator.servers().keys() {
            assert!(again.prose().contains(id.as_str()), "{id}: {}", again.all());
        }
        assert_eq!(again.stdout.matches("import {").count() + again.stderr.matches("import {").count(), 2);
        assert_eq!(creations(&emulator), 1);
    });
}

#[test]
fn a_project_that_can_not_be_listed_gets_no_server() {
    each("a_project_that_can_not_be_listed", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, SERVER);
        emulator.fault(r#"{"path":"/servers/all","kind":"error","status":403,"code":"E011008"}"#);
        let refused = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(refused.prose().contains("Descope refused the credentials"), "{}", refused.all());
        assert_eq!(creations(&emulator), 0);
        workspace.apply();
        workspace.assert_no_changes();
    });
}

/// An answer that belongs to another request names a server that is not ours.
#[test]
fn an_answer_about_another_server_is_not_believed() {
    each("an_answer_about_another_server", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, SERVER);
        let other = r#"{\"server\":{\"id\":\"MS2nowhere0000000000000000001\",\"name\":\"Q\"}}"#;
        emulator.fault(&format!(
            r#"{{"path":"/server/create","kind":"body","status":200,"content_type":"application/json","body":"{other}","after":true}}"#
        ));
        workspace.apply();
        assert_eq!(workspace.state("descope_mcp_server.x")["id"], emulator.only_server().as_str());
        workspace.assert_no_changes();
    });
}
