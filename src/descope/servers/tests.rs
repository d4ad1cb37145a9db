//! Servers against a server of canned answers.

use std::time::Duration;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::super::fake_server::{Canned, FakeServer};
use super::super::transport::Settings;
use super::*;

fn api() -> Api {
    let key = SecretString::from("K".to_owned());
    Api::new(Settings { key, user_agent: "tester/1".to_owned(), local: true })
}

/// The result of an operation whose calls get these answers, all of which must be used. Pauses take
/// little time, since the clock is moved by small steps: a clock that is only paused would jump to
/// the time limit of a request.
async fn answered<T>(answers: &[Canned], operation: impl AsyncFnOnce(McpServers<'_>) -> T) -> T {
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
    let servers = McpServers { api: &api, base_url: &server.url, project: "P", limits: &limits };
    let done = tokio::select! {
        done = operation(servers) => done,
        () = passing => unreachable!(),
    };
    tokio::time::resume();
    let paths =
        server.received().iter().map(|request| request.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(paths.len(), answers.len(), "{paths:?}");
    done
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
    assert!(matches!(failed.trouble, Trouble::StillThere) && failed.may_have_happened(), "{failed}");
    // A list that lags for longer than that does not stand against Descope's own word.
    let lagging = [vec![bare()], vec![listed(); 7], vec![refusal(404)]].concat();
    assert!(answered(&lagging, delete).await.is_ok());
    for answers in [vec![bare(), refusal(401)], vec![bare(), bare(), gateway()], vec![bare(), bare(), bare()]] {
        let failed = answered(&answers, delete).await.unwrap_err();
        assert!(failed.may_have_happened(), "{failed}");
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
