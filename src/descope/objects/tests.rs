// SPDX-License-Identifier: Apache-2.0

//! Servers, and objects of a made-up kind, against a server of canned answers.

use std::time::Duration;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::super::deletion::Deleted;
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
    let still = [vec![bare(), listed], vec![found; 6]].concat();
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

async fn delete(servers: McpServers<'_>) -> Result<Deleted, Error> {
    servers.delete("MS1").await
}

#[tokio::test]
async fn a_server_is_gone_only_if_that_is_proven() {
    for answers in [
        vec![refusal(404), unlisted()],
        // Without a code of Descope's, or with an empty list, the proof is asked for twice.
        vec![refusal(404), bare(), refusal(404), bare()],
        vec![refusal(404), list_of(&[]), refusal(404), list_of(&[])],
        vec![refusal(404), list_of(&[]), refusal(404), unlisted()],
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
        vec![bare(), listed(), refusal(404), listed(), unlisted()],
        vec![bare(), listed(), found(), found(), refusal(404), unlisted()],
        // Without a "not found" of Descope's, the next list decides.
        vec![bare(), listed(), gateway(), listed(), bare(), unlisted()],
        vec![bare(), bare(), refusal(404)],
        vec![bare(), bare(), found(), refusal(404)],
        // The deletion was accepted, so a list is not needed.
        vec![bare(), refusal(403), refusal(404)],
        vec![bare(), refusal(500), refusal(500), found(), refusal(404)],
        vec![refusal(404), refusal(404), unlisted()],
        vec![refusal(404), refusal(404), bare(), refusal(404), bare()],
    ] {
        assert_eq!(answered(&answers, delete).await.unwrap(), Deleted::Proven);
    }
}

#[tokio::test]
async fn a_deletion_that_is_accepted_and_not_done_is_an_error() {
    // One list is enough while the server is there.
    let still = [vec![bare(), listed()], vec![found(); 6]].concat();
    let failed = answered(&still, delete).await.unwrap_err();
    assert!(matches!(failed.trouble, Trouble::StillThere { .. }) && failed.may_have_happened(), "{failed}");
    // A list that lags for longer than that does not stand against Descope's own word.
    let lagging = [vec![bare(), listed(), refusal(404)], vec![listed(); 6]].concat();
    assert_eq!(answered(&lagging, delete).await.unwrap(), Deleted::StillListed);
    for answers in [
        vec![bare(), refusal(401), refusal(401)],
        vec![bare(), refusal(403), gateway()],
        vec![bare(), bare(), gateway()],
        vec![bare(), bare(), bare()],
    ] {
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
    let stays = [vec![bare(), list_of(&["MS1", "MS2"]), refusal(404)], vec![list_of(&["MS1", "MS2"]); 6]].concat();
    let delete = async |servers: McpServers<'_>| delete_all(servers, &["MS1", "MS2"]).await;
    let second = [stays, vec![bare(), list_of(&["MS1"])]].concat();
    answered(&second, delete).await.unwrap();
    let unclear = Canned::ok(r#"{"servers":[{"id":"MS2"},{"name":"q"}],"total":2}"#);
    answered(&[bare(), unclear, refusal(404), bare(), list_of(&[])], delete).await.unwrap();
}

#[tokio::test]
async fn any_other_answer_than_not_found_leaves_the_proof_to_the_list() {
    let delete = async |servers: McpServers<'_>| delete_all(servers, &["MS1", "MS2"]).await;
    let first = || vec![bare(), list_of(&["MS2"])];
    let server = || Canned::ok(r#"{"server":{"id":"MS2"}}"#);
    for load in [gateway(), bare(), refusal(400), refusal(401), Canned::ok("<html>")] {
        let listed = [first(), vec![bare(), load.clone(), list_of(&[])]].concat();
        answered(&listed, delete).await.unwrap();
        let not_done = [first(), vec![bare(), load, list_of(&["MS2"])], vec![server(); 6]].concat();
        let failed = answered(&not_done, delete).await.unwrap_err();
        assert!(matches!(failed.trouble, Trouble::StillThere { .. }) && failed.may_have_happened(), "{failed}");
    }
    // While it is there, no list is asked for.
    let late = [first(), vec![bare(), server(), server(), refusal(404)]].concat();
    answered(&late, delete).await.unwrap();
    let not_done = [first(), vec![bare()], vec![server(); 7]].concat();
    assert!(matches!(answered(&not_done, delete).await.unwrap_err().trouble, Trouble::StillThere { .. }));
}

#[tokio::test]
async fn a_list_that_lacks_what_a_load_finds_proves_nothing() {
    let other = || Canned::ok(r#"{"server":{"id":"MS2"}}"#);
    let load_both = async |servers: McpServers<'_>| {
        assert!(servers.load("MS2").await.unwrap().is_some());
        servers.load("MS1").await
    };
    for empty in [list_of(&[]), list_of(&["MS3"]), bare()] {
        let short = [refusal(404), empty, other()].into_iter().cycle().take(18).collect::<Vec<_>>();
        let failed = answered(&[vec![other()], short.clone()].concat(), load_both).await.unwrap_err();
        let Trouble::Unproven { reason } = failed.trouble else { panic!("{failed}") };
        assert!(reason.ends_with("lacks it, but also MS2, which can be read"), "{reason}");
        // It was a moment's mistake.
        let later = [vec![other()], short[..6].to_vec(), vec![refusal(404), list_of(&["MS2"])]].concat();
        assert!(answered(&later, load_both).await.unwrap().is_none());
        let later = [vec![other()], short[..3].to_vec(), vec![found()]].concat();
        assert!(answered(&later, load_both).await.unwrap().is_some());
    }
    // What was found is gone by now, too.
    let both = [other(), refusal(404), list_of(&["MS3"]), refusal(404)];
    assert!(answered(&both, load_both).await.unwrap().is_none());
}

#[tokio::test]
async fn an_empty_list_is_asked_for_twice_and_then_counts_for_others() {
    let empty = || [refusal(404), list_of(&[])];
    let load_both = async |servers: McpServers<'_>| {
        let first = servers.load_or_proof("MS1").await.unwrap();
        let Err(list) = first else { panic!("{first:?}") };
        servers.load_unlisted("MS2", &list).await
    };
    let gone = [empty().as_slice(), &empty(), &[refusal(404)]].concat();
    assert!(answered(&gone, load_both).await.unwrap().is_none());
    // A machine that had no objects yet.
    for late in [vec![found()], vec![refusal(404), listed(), found()]] {
        assert!(answered(&[empty().to_vec(), late].concat(), load).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn reads_at_the_same_time_can_refute_a_list_before_it_counts() {
    let other = || Canned::ok(r#"{"server":{"id":"MS2"}}"#);
    let both = async |servers: McpServers<'_>| {
        let late = async {
            sleep(absence::OBJECTION / 2).await;
            servers.load("MS2").await
        };
        let (first, late) = tokio::join!(servers.load("MS1"), late);
        assert!(late.unwrap().is_some());
        first
    };
    let short = [refusal(404), list_of(&["MS3"]), other(), other(), found()];
    assert!(answered(&short, both).await.unwrap().is_some());
    let gone = [refusal(404), list_of(&["MS2"]), other()];
    assert!(answered(&gone, both).await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_that_lacks_what_a_load_finds_proves_no_deletion() {
    let other = || Canned::ok(r#"{"server":{"id":"MS2"}}"#);
    let delete = async |servers: McpServers<'_>| {
        assert!(servers.load("MS2").await.unwrap().is_some());
        servers.delete("MS1").await
    };
    let short = || vec![other(), bare(), list_of(&[]), other()];
    let still = [short(), vec![found(); 7]].concat();
    assert!(matches!(answered(&still, delete).await.unwrap_err().trouble, Trouble::StillThere { .. }));
    answered(&[short(), vec![found(), refusal(404)]].concat(), delete).await.unwrap();
    // What this run deletes itself is missing with good reason.
    let both = async |servers: McpServers<'_>| {
        assert!(servers.load("MS2").await.unwrap().is_some());
        delete_all(servers, &["MS2", "MS1"]).await
    };
    answered(&[other(), bare(), list_of(&["MS1"]), bare(), refusal(404)], both).await.unwrap();
}

#[tokio::test]
async fn those_who_need_a_list_at_nearly_the_same_time_share_one() {
    let several = async |servers: McpServers<'_>| {
        let late = async || {
            sleep(GATHERING / 2).await;
            servers.all().await
        };
        let (a, b, c) = tokio::join!(servers.all(), servers.all(), late());
        [a.unwrap(), b.unwrap(), c.unwrap()].map(|list| list.count())
    };
    assert_eq!(answered(&[listed()], several).await, [2, 2, 2]);
    let later = async |servers: McpServers<'_>| (servers.all().await.is_ok(), servers.all().await.is_ok());
    assert_eq!(answered(&[listed(), listed()], later).await, (true, true), "a list of before is not shared");
}

#[tokio::test]
async fn deletions_of_what_is_gone_share_one_list() {
    let gone = [refusal(404), refusal(404), list_of(&["MS9"])];
    let next = [refusal(404), refusal(404)];
    let delete = async |servers: McpServers<'_>| delete_all(servers, &["MS1", "MS2", "MS3"]).await;
    answered(&[gone.as_slice(), &next, &next].concat(), delete).await.unwrap();
    // Only Descope's own word counts beside a list of before.
    let delete = async |servers: McpServers<'_>| delete_all(servers, &["MS1", "MS2"]).await;
    for other in [vec![gateway()], vec![refusal(404), gateway()]] {
        let asked_again = vec![refusal(404), list_of(&["MS9"])];
        answered(&[gone.to_vec(), other, asked_again].concat(), delete).await.unwrap();
    }
    // What that list had may be there.
    let there = [gone.as_slice(), &[refusal(404), Canned::ok(r#"{"server":{"id":"MS9"}}"#)]].concat();
    let delete = async |servers: McpServers<'_>| delete_all(servers, &["MS1", "MS9"]).await;
    assert_eq!(answered(&there, delete).await.unwrap_err().status(), Some(404));
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
    let listed = Canned::ok(r#"{"servers":[{"id":"MS1"}],"total":1}"#);
    let answers = [vec![said(r#"{"error":_}"#), listed], vec![found(); 6]].concat();
    let deleted = answered(&answers, async |servers| servers.delete("MS1").await).await.unwrap_err();
    assert!(deleted.to_string().contains(r#"the server still exists (it says \"no quota\")"#), "{deleted}");
    assert!(deleted.may_have_happened());
}
