// SPDX-License-Identifier: Apache-2.0

//! Servers, and objects of a made-up kind, against a server of canned answers.

use std::time::Duration;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::super::fake_server::{Canned, FakeServer};
use super::super::kind::Kind;
use super::super::servers::{McpServers, ServerEndpoints};
use super::super::transport::Settings;
use super::*;

fn api() -> Api {
    let key = SecretString::from("K".to_owned());
    Api::new(Settings { key, user_agent: "tester/1".to_owned(), local: true, tls: Default::default() })
}

/// The result of an operation on servers whose calls get these answers.
async fn answered<T>(answers: &[Canned], operation: impl AsyncFnOnce(McpServers<'_>) -> T) -> T {
    asked(ServerEndpoints, answers, operation).await.0
}

/// The result of an operation whose calls get these answers, all of which must be used, and the
/// requests. Pauses take little time, since the clock is moved by small steps: a clock that is only
/// paused would jump to the time limit of a request.
async fn asked<E: Endpoints, T>(
    endpoints: E,
    answers: &[Canned],
    operation: impl AsyncFnOnce(Objects<'_, E>) -> T,
) -> (T, Vec<String>) {
    let server = FakeServer::with(answers.to_vec()).await;
    let (api, limits) = (api(), Limits::within(Duration::from_secs(300), CancellationToken::new()));
    tokio::time::pause();
    let passing = async {
        loop {
            tokio::task::yield_now().await;
            // Sockets need a little time that really passes.
            std::thread::sleep(Duration::from_micros(100));
            tokio::time::advance(Duration::from_millis(5)).await;
        }
    };
    let objects = Objects { api: &api, base_url: &server.url, project: "P", limits: &limits, endpoints };
    let done = tokio::select! {
        done = operation(objects) => done,
        () = passing => unreachable!(),
    };
    tokio::time::resume();
    let received = server.received();
    assert_eq!(received.len(), answers.len(), "{received:?}");
    (done, received)
}

/// Parts of an engine, listed two at a time.
#[derive(Clone, Copy)]
struct Parts<'a> {
    engine: &'a str,
}

impl Endpoints for Parts<'_> {
    const KIND: &'static Kind = &Kind {
        load: "/part/load",
        update: "/part/update",
        delete: "/part/delete",
        list: "/parts",
        one: "part",
        many: "parts",
        owner: "engine",
    };

    fn naming(&self, id: &str) -> String {
        format!(r#"{{"engine":"{}","id":"{id}"}}"#, self.engine)
    }

    fn storing(&self, object: &RawValue) -> String {
        object.get().to_owned()
    }

    fn page(&self, number: usize) -> Option<String> {
        Some(format!(r#"{{"engine":"{}","page":{number}}}"#, self.engine))
    }
}

#[tokio::test]
async fn another_kind_has_its_own_paths_bodies_and_pages() {
    let page = |ids: &str| Canned::ok(&format!(r#"{{"parts":[{ids}],"total":3}}"#));
    let answers = [refusal(404), page(r#"{"id":"a"},{"id":"b"}"#), page(r#"{"id":"c"}"#)];
    let parts = Parts { engine: "V8" };
    let (loaded, received) = asked(parts, &answers, async |parts| parts.load("d").await).await;
    assert!(loaded.unwrap().is_none());
    let expected = [
        ("/part/load", r#"{"engine":"V8","id":"d"}"#),
        ("/parts", r#"{"engine":"V8","page":0}"#),
        ("/parts", r#"{"engine":"V8","page":1}"#),
    ];
    for (request, (path, body)) in received.iter().zip(expected) {
        assert!(request.starts_with(&format!("POST {path} ")) && request.ends_with(body), "{request}");
    }

    let stored = Canned::ok(r#"{"part":{"id":"a","x":2}}"#);
    let answers = [Canned::ok(r#"{"part":{"id":"a","x":1}}"#), stored];
    let revise = |_: &RawValue| Ok::<_, ()>(RawValue::from_string(r#"{"id":"a","x":2}"#.to_owned()).unwrap());
    let (updated, received) = asked(parts, &answers, async |parts| parts.update("a", &revise).await).await;
    assert_eq!(updated.unwrap().unwrap().stored.get(), r#"{"id":"a","x":2}"#);
    assert!(received[1].starts_with("POST /part/update ") && received[1].ends_with(r#"{"id":"a","x":2}"#));
}

#[tokio::test]
async fn another_kind_has_its_own_words() {
    let reason = |failed: Error| match failed.trouble {
        Trouble::Unproven { reason } => reason,
        Trouble::StillThere { what } => what.to_owned(),
        other => panic!("{other:?}"),
    };
    let (parts, listed) = (Parts { engine: "V8" }, Canned::ok(r#"{"parts":[{"id":"a"}],"total":1}"#));
    let unclear = Canned::ok(r#"{"parts":[{"name":"q"}]}"#);
    for (second, words) in [
        (
            bare(),
            "reading the part was answered with status 404 and no error code of Descope's, and the list of the \
             engine's parts with",
        ),
        (bare(), "says neither which parts there are nor how many"),
        (unclear, "and the list of the engine's parts has one named \"q\""),
    ] {
        let (loaded, _) = asked(parts, &[gateway(), second], async |parts| parts.load("a").await).await;
        let reason = reason(loaded.unwrap_err());
        assert!(reason.contains(words), "{reason}");
    }
    let contradiction = [gateway(), listed.clone()].into_iter().cycle().take(12).collect::<Vec<_>>();
    let (loaded, _) = asked(parts, &contradiction, async |parts| parts.load("a").await).await;
    assert!(reason(loaded.unwrap_err()).ends_with("and the list of the engine's parts has it"));

    let found = Canned::ok(r#"{"part":{"id":"a"}}"#);
    let still = [vec![bare()], vec![listed; 7], vec![found]].concat();
    let (deleted, _) = asked(parts, &still, async |parts| parts.delete("a").await).await;
    assert_eq!(reason(deleted.unwrap_err()), "part");
    let (deleted, _) = asked(parts, &[bare(), bare(), gateway()], async |parts| parts.delete("a").await).await;
    let reason = reason(deleted.unwrap_err());
    assert!(
        reason.contains("reading the part was") && reason.contains("the list of the engine's parts does not"),
        "{reason}"
    );
}

fn refusal(status: u16) -> Canned {
    Canned::answer(status, "", r#"{"errorCode":"E1"}"#)
}

/// What a gateway says of a path that it does not have.
fn gateway() -> Canned {
    Canned::answer(404, "", r#"{"code":5,"message":"Not Found","details":[]}"#)
}

fn found() -> Canned {
    Canned::ok(r#"{"server":{"id":"MS1","x":1}}"#)
}

fn listed() -> Canned {
    Canned::ok(r#"{"servers":[{"id":"MS2"},{"id":"MS1"}],"total":2}"#)
}

fn unlisted() -> Canned {
    Canned::ok(r#"{"servers":[{"id":"MS2"}],"total":1}"#)
}

fn bare() -> Canned {
    Canned::ok("{}")
}

async fn load(servers: McpServers<'_>) -> Result<Option<Box<RawValue>>, Error> {
    servers.load("MS1").await
}

async fn delete(servers: McpServers<'_>) -> Result<(), Error> {
    servers.delete("MS1").await
}

#[tokio::test]
async fn a_server_is_gone_only_if_that_is_proven() {
    for answers in [
        vec![refusal(404), unlisted()],
        vec![refusal(404), bare()],
        // Without a code of Descope's, the proof is asked for twice.
        vec![gateway(), unlisted(), gateway(), unlisted()],
        vec![Canned::ok(r#"{"server":null}"#), Canned::ok(r#"{"servers":[],"total":0}"#), bare(), unlisted()],
        vec![gateway(), unlisted(), refusal(404), bare()],
    ] {
        assert!(answered(&answers, load).await.unwrap().is_none());
    }
    let once = [bare(), unlisted(), found()];
    assert!(answered(&once, load).await.unwrap().is_some(), "one short list is no proof");
    for answers in [
        vec![gateway(), bare()],
        vec![bare(), bare()],
        vec![Canned::ok(r#"{"server":null}"#), bare()],
        vec![refusal(400), bare()],
    ] {
        let unproven = answered(&answers, load).await.unwrap_err();
        assert!(matches!(unproven.trouble, Trouble::Unproven { .. }), "{unproven}");
    }
    for answers in [vec![refusal(404), refusal(404)], vec![refusal(404), Canned::ok(r#"{"errorCode":"E1"}"#)]] {
        assert!(matches!(answered(&answers, load).await.unwrap_err().trouble, Trouble::Refused(_)));
    }
}

#[tokio::test]
async fn the_entry_of_a_list_is_never_taken_for_the_server() {
    let contradiction = |times: usize| [refusal(404), listed()].into_iter().cycle().take(2 * times).collect::<Vec<_>>();
    let failed = answered(&contradiction(6), load).await.unwrap_err();
    assert!(matches!(&failed.trouble, Trouble::Unproven { reason } if reason.contains("the list")), "{failed}");
    let late = [contradiction(2), vec![found()]].concat();
    assert_eq!(answered(&late, load).await.unwrap().unwrap().get(), r#"{"id":"MS1","x":1}"#);
    let gone = [contradiction(2), vec![refusal(404), unlisted()]].concat();
    assert!(answered(&gone, load).await.unwrap().is_none());
}

#[tokio::test]
async fn a_deletion_is_done_when_the_server_is_gone() {
    for answers in [
        vec![bare(), unlisted()],
        vec![bare(), listed(), listed(), unlisted()],
        vec![bare(), bare(), refusal(404)],
        vec![bare(), bare(), found(), bare(), refusal(404)],
        vec![refusal(404), refusal(404), unlisted()],
        vec![refusal(404), refusal(404), bare()],
    ] {
        assert!(answered(&answers, delete).await.is_ok());
    }
}

#[tokio::test]
async fn a_deletion_that_is_accepted_and_not_done_is_an_error() {
    let still = [vec![bare()], vec![listed(); 7], vec![found()]].concat();
    let failed = answered(&still, delete).await.unwrap_err();
    assert!(matches!(failed.trouble, Trouble::StillThere { .. }) && failed.may_have_happened(), "{failed}");
    // A list that lags for longer than that does not stand against Descope's own word.
    let lagging = [vec![bare()], vec![listed(); 7], vec![refusal(404)]].concat();
    assert!(answered(&lagging, delete).await.is_ok());
    for answers in [vec![bare(), refusal(401)], vec![bare(), bare(), gateway()], vec![bare(), bare(), bare()]] {
        let failed = answered(&answers, delete).await.unwrap_err();
        assert!(failed.may_have_happened(), "{failed}");
    }
}

/// A list of these servers.
fn list_of(ids: &[&str]) -> Canned {
    let servers: Vec<String> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    Canned::ok(&format!(r#"{{"servers":[{}],"total":{}}}"#, servers.join(","), ids.len()))
}

/// Deletes these servers, one after the other, until one can't be deleted.
async fn delete_all(servers: McpServers<'_>, ids: &[&str]) -> Result<(), Error> {
    for id in ids {
        servers.delete(id).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_deletion_of_what_a_list_showed_beside_an_earlier_one_needs_no_list() {
    let shown = [bare(), list_of(&["MS2", "MS3"]), bare(), refusal(404), bare(), refusal(404)];
    let delete = async |servers: McpServers<'_>| delete_all(servers, &["MS1", "MS2", "MS3"]).await;
    let (deleted, received) = asked(ServerEndpoints, &shown, delete).await;
    deleted.unwrap();
    let lists = received.iter().filter(|request| request.starts_with("POST /v1/mgmt/mcp/servers/all ")).count();
    assert_eq!(lists, 1);
    // What that list lacked, such as a server that is newer, has to be missing from a later one, which then counts.
    let newer = [bare(), list_of(&["MS9"]), bare(), list_of(&["MS3"]), bare(), refusal(404)];
    answered(&newer, delete).await.unwrap();
}

#[tokio::test]
async fn a_list_counts_for_later_deletions_only_if_it_showed_that_deletions_are_done() {
    // The first server is in the list for as long as that is waited for.
    let stays = || [vec![bare()], vec![list_of(&["MS1", "MS2"]); 7]].concat();
    let delete = async |servers: McpServers<'_>| delete_all(servers, &["MS1", "MS2"]).await;
    let second = [stays(), vec![refusal(404), bare(), list_of(&["MS1"])]].concat();
    answered(&second, delete).await.unwrap();
    let unclear = Canned::ok(r#"{"servers":[{"id":"MS2"},{"name":"q"}],"total":2}"#);
    answered(&[bare(), unclear, refusal(404), bare(), list_of(&[])], delete).await.unwrap();
}

#[tokio::test]
async fn any_other_answer_than_not_found_leaves_the_proof_to_the_list() {
    let delete = async |servers: McpServers<'_>| delete_all(servers, &["MS1", "MS2"]).await;
    let first = || vec![bare(), list_of(&["MS2"])];
    let server = || Canned::ok(r#"{"server":{"id":"MS2"}}"#);
    for load in [server(), gateway(), bare(), refusal(400), refusal(401), Canned::ok("<html>")] {
        let listed = [first(), vec![bare(), load.clone(), list_of(&[])]].concat();
        answered(&listed, delete).await.unwrap();
        let not_done = [first(), vec![bare(), load], vec![list_of(&["MS2"]); 7], vec![server()]].concat();
        let failed = answered(&not_done, delete).await.unwrap_err();
        assert!(matches!(failed.trouble, Trouble::StillThere { .. }) && failed.may_have_happened(), "{failed}");
    }
}

#[tokio::test]
async fn what_is_no_success_of_the_api_deletes_nothing() {
    for text in ["null", "[]", r#""ok""#, "<html>"] {
        assert!(answered(&[Canned::ok(text)], delete).await.unwrap_err().may_have_happened(), "{text}");
    }
    let refused = answered(&[Canned::ok(r#"{"errorCode":"E1"}"#)], delete).await.unwrap_err();
    assert!(matches!(refused.trouble, Trouble::Refused(_)) && !refused.may_have_happened());
}

#[tokio::test]
async fn a_deletion_that_may_have_been_made_before_is_not_said_to_have_done_nothing() {
    let failed = answered(&[Canned::Close, refusal(404), refusal(401)], delete).await.unwrap_err();
    assert!(failed.may_have_happened() && failed.status() == Some(401), "{failed}");
    let failed = answered(&[refusal(404), refusal(401)], delete).await.unwrap_err();
    assert!(!failed.may_have_happened(), "{failed}");
    let failed = answered(&[refusal(404), found()], delete).await.unwrap_err();
    assert_eq!(failed.status(), Some(404));
}

#[tokio::test]
async fn what_an_answer_says_in_place_of_what_was_asked_for_is_passed_on() {
    let said = |spelling: &str| Canned::ok(&spelling.replace('_', r#""no quota""#));
    for spelling in [r#"{"error":_}"#, r#"{"errorMessage":_}"#, r#"{"error":{"message":_}}"#, r#"{"errors":[_]}"#] {
        let fields = RawValue::from_string("{}".to_owned()).unwrap();
        let created = answered(&[said(spelling)], async |servers| servers.create(&fields).await).await;
        let listed = answered(&[said(spelling)], async |servers| servers.all().await).await;
        for error in [created.unwrap_err(), listed.unwrap_err()] {
            assert!(error.to_string().contains(r#"(it says \"no quota\")"#), "{spelling}: {error}");
        }
        let bare = Canned::ok("{}");
        let loaded = answered(&[said(spelling), bare], async |servers| servers.load("MS1").await).await.unwrap_err();
        let Trouble::Unproven { reason } = loaded.trouble else { panic!("{loaded}") };
        assert!(reason.contains(r#"without an object, and with "no quota""#), "{spelling}: {reason}");
    }
    // A deletion counts by what it did.
    let there = [Canned::ok(r#"{"servers":[{"id":"MS1"}],"total":1}"#)].into_iter().cycle().take(7);
    let answers: Vec<Canned> = std::iter::once(said(r#"{"error":_}"#))
        .chain(there)
        .chain([Canned::ok(r#"{"server":{"id":"MS1"}}"#)])
        .collect();
    let deleted = answered(&answers, async |servers| servers.delete("MS1").await).await.unwrap_err();
    assert!(deleted.to_string().contains(r#"the server still exists (it says \"no quota\")"#), "{deleted}");
    assert!(deleted.may_have_happened());
}
