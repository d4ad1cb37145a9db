// SPDX-License-Identifier: Apache-2.0

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
            let found = applied.prose().contains("was found in the list and taken into the state");
            assert_eq!(found, expected == 1, "{fault}: {}", applied.all());
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

/// Two servers of one name, of which the first creation fails without effect: the other one's is
/// never taken for it.
#[test]
fn the_server_of_a_sibling_is_never_taken_for_a_doubtful_one() {
    each("the_server_of_a_sibling", |cli| {
        for (targeted, untaint) in [(false, false), (false, true), (true, false)] {
            let emulator = emulator();
            let two = |which: &str| {
                format!("resource \"descope_mcp_server\" \"x\" {{\n  for_each = toset([{which}])\n  name = \"x\"\n}}\n")
            };
            let workspace = workspace(cli, &emulator, &two(if targeted { r#""a""# } else { r#""a", "b""# }));
            emulator.fault(r#"{"path":"/server/create","kind":"error","status":500}"#);
            workspace.expect(&["apply", "-auto-approve"], 1);
            let doubtful = match workspace.state(r#"descope_mcp_server.x["a"]"#)["id"].is_null() {
                true => "a",
                false => "b",
            };
            if targeted {
                // The sibling is made by a later run.
                workspace.write("main.tf", &format!("{}{}", crate::support::hcl::HEAD, two(r#""a", "b""#)));
                workspace.succeed(&["apply", "-auto-approve", r#"-target=descope_mcp_server.x["b"]"#]);
            }
            let sibling = emulator.only_server();
            workspace.age_objects();
            if untaint {
                workspace.succeed(&["untaint", &format!(r#"descope_mcp_server.x["{doubtful}"]"#)]);
            }
            workspace.apply();
            assert!(emulator.servers().contains_key(&sibling), "it is the sibling's");
            assert_eq!(emulator.servers().len(), 2);
            assert_ne!(
                workspace.state(r#"descope_mcp_server.x["a"]"#)["id"],
                workspace.state(r#"descope_mcp_server.x["b"]"#)["id"]
            );
            workspace.assert_no_changes();
        }
    });
}

/// A server of the same name that somebody else made, with other content or changed since.
#[test]
fn a_server_of_a_colleague_is_neither_taken_nor_deleted() {
    const PLAIN: &str = "resource \"descope_mcp_server\" \"x\" {\n  name = \"x\"\n}\n";
    const COLLEAGUES: &str = "MS2colleague0000000000000001";
    each("a_server_of_a_colleague", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, PLAIN);
        emulator.fault(r#"{"path":"/server/create","kind":"error","status":500}"#);
        workspace.expect(&["apply", "-auto-approve"], 1);
        workspace.age_objects();
        emulator.plant(COLLEAGUES, r#"{"name":"x","description":"theirs","tags":["prod"]}"#);
        for command in [&["apply", "-auto-approve"], &["destroy", "-auto-approve"]] {
            let refused = workspace.expect(command, 1);
            assert!(refused.prose().contains(COLLEAGUES), "{}", refused.all());
            assert!(emulator.servers().contains_key(COLLEAGUES));
        }
        // It looks like ours when it is found, and does not any more when it is to be deleted.
        emulator.edit(COLLEAGUES, r#"{"description":"","tags":[]}"#);
        let found = workspace.succeed(&["apply", "-auto-approve", "-refresh-only"]);
        assert!(found.prose().contains(COLLEAGUES), "{}", found.all());
        emulator.edit(COLLEAGUES, r#"{"tags":["prod"]}"#);
        for command in [&["apply", "-auto-approve"], &["destroy", "-auto-approve"]] {
            let refused = workspace.expect(command, 1);
            assert!(refused.prose().contains("may be somebody else's"), "{}", refused.all());
            assert!(refused.prose().contains(COLLEAGUES), "{}", refused.all());
            assert!(emulator.servers().contains_key(COLLEAGUES));
        }
        emulator.edit(COLLEAGUES, r#"{"tags":[]}"#);
        let destroyed = workspace.succeed(&["destroy", "-auto-approve"]);
        assert!(destroyed.prose().contains("Deleted an object that was found"), "{}", destroyed.all());
        assert!(emulator.servers().is_empty());
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
        for words in ["The management key lacks a permission", "Nothing was created."] {
            assert!(refused.prose().contains(words), "{words}: {}", refused.all());
        }
        assert_eq!(creations(&emulator), 0);
        workspace.apply();
        workspace.assert_no_changes();
    });
}

/// A stub that answers `{}` to everything says nothing about what was created.
#[test]
fn an_empty_answer_does_not_mean_that_nothing_was_created() {
    each("an_empty_answer_does_not_mean", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, SERVER);
        emulator.plant("MS2other000000000000000000001", r#"{"name":"other"}"#);
        emulator.fault(r#"{"path":"/server/create","kind":"error","status":500,"after":true}"#);
        emulator.switch(r#"{"hide_new_ms":600000}"#);
        workspace.expect(&["apply", "-auto-approve"], 1);
        workspace.age_objects();
        let bare = r#"{"path":"/servers/all","times":20,"kind":"body","status":200,
            "content_type":"application/json","body":"{}"}"#;
        emulator.fault(bare);
        let refused = workspace.expect(&["apply", "-auto-approve"], 1);
        assert!(refused.prose().contains("does not say that there are none"), "{}", refused.all());
        assert_eq!(creations(&emulator), 1);
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
            r#"{{"path":"/server/create","kind":"body","status":200,"content_type":"application/json",
                "body":"{other}","after":true}}"#
        ));
        workspace.apply();
        assert_eq!(workspace.state("descope_mcp_server.x")["id"], emulator.only_server().as_str());
        workspace.assert_no_changes();
    });
    each("an_answer_with_an_existing_server", |cli| {
        let emulator = emulator();
        let workspace = workspace(cli, &emulator, SERVER);
        emulator.plant("MS2prod000000000000000000001", r#"{"name":"prod","tags":["prod"]}"#);
        let other = r#"{\"server\":{\"id\":\"MS2prod000000000000000000001\",\"name\":\"prod\"}}"#;
        emulator.fault(&format!(
            r#"{{"path":"/server/create","kind":"body","status":200,"content_type":"application/json",
                "body":"{other}","after":true}}"#
        ));
        let applied = workspace.apply();
        assert!(applied.prose().contains("The answer is about another object"), "{}", applied.all());
        let id = workspace.state("descope_mcp_server.x")["id"].as_str().unwrap().to_owned();
        assert!(id != "MS2prod000000000000000000001" && emulator.servers().contains_key(&id));
        assert_eq!(emulator.servers().len(), 2);
        workspace.assert_no_changes();
    });
}
