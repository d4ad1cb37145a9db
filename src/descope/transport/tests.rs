// SPDX-License-Identifier: Apache-2.0

//! Transport against a server of canned answers. Rules about waiting are tested where they are
//! decided, in `retry` and `limits`, so these tests wait for a few short pauses only.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::super::body::{Body, BodyFuture, MakeBody};
use super::super::fake_server::{Canned, FakeServer};
use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn api() -> Api {
    let key = SecretString::from("Ksecret".to_owned());
    Api::new(Settings { key, user_agent: "tester/1 (é)".to_owned(), local: true, tls: Default::default() })
}

fn limits() -> Limits {
    Limits::within(MINUTE, CancellationToken::new())
}

fn operation(effect: Effect) -> Call<'static> {
    Call { path: "/v1/do", effect, request: Request::Operation { project: "P1", body: "{\"a\":1}".to_owned().into() } }
}

fn trouble(result: Result<Called, Error>) -> Trouble {
    result.unwrap_err().trouble
}

#[tokio::test]
async fn an_operation_carries_the_credentials_and_a_document_does_not() {
    let server = FakeServer::with([Canned::ok("{}"), Canned::ok("{}")]).await;
    api().call(&server.url, &operation(Effect::Read), &limits()).await.unwrap();
    let document = Call { path: "/doc", effect: Effect::Read, request: Request::Document };
    api().call(&server.url, &document, &limits()).await.unwrap();
    let [operation, document] = server.received().try_into().unwrap();
    for line in [
        "POST /v1/do HTTP/1.1\r\n",
        "\r\nauthorization: Bearer P1:Ksecret\r\n",
        "\r\nx-descope-project-id: P1\r\n",
        "\r\ncontent-type: application/json\r\n",
        "\r\nuser-agent: tester/1 (é)\r\n",
        "\r\n\r\n{\"a\":1}",
    ] {
        assert!(operation.contains(line), "{line:?} is missing in {operation}");
    }
    assert!(document.starts_with("GET /doc HTTP/1.1\r\n") && document.contains("\r\nuser-agent: tester/1 (é)\r\n"));
    assert!(!document.contains("P1") && !document.contains("Ksecret"), "{document}");
}

#[test]
fn a_request_does_not_tell_its_credentials() {
    let (api, clients) = (api(), Clients::new(true, TlsFiles::default()));
    let http = clients.client("http://127.0.0.1:1", Effect::Read).unwrap();
    let request = api.request(http, "http://127.0.0.1:1", &operation(Effect::Read), None).unwrap();
    assert_eq!(request.headers()[AUTHORIZATION], "Bearer P1:Ksecret");
    let shown = format!("{request:?} {:?} {:?}", operation(Effect::Read), api.settings.key);
    assert!(!shown.contains("Ksecret") && shown.contains("Sensitive"), "{shown}");
    assert!(!shown.contains(":1}"), "a body may hold secrets, too: {shown}");
}

/// What is freed keeps its bytes until somebody else uses it, but for a few at its beginning.
#[cfg(target_os = "linux")]
#[test]
fn the_header_with_the_key_is_overwritten_when_it_is_dropped() {
    use std::os::unix::fs::FileExt;
    let Ok(memory) = std::fs::File::open("/proc/self/mem") else {
        return eprintln!("skipped: a process can't read its own memory here");
    };
    let header = authorization("P1", &format!("K{}", "secret".repeat(20)).into()).unwrap();
    let (place, mut bytes) = (header.as_bytes().as_ptr().addr() as u64, vec![0; header.len()]);
    memory.read_exact_at(&mut bytes, place).unwrap();
    assert_eq!(bytes, header.as_bytes(), "else this test would prove nothing");
    drop(header);
    memory.read_exact_at(&mut bytes, place).unwrap();
    let left = String::from_utf8_lossy(&bytes);
    assert!(!left.contains("secret"), "{left:?}");
}

#[tokio::test]
async fn what_no_header_can_carry_is_named_and_nothing_is_sent() {
    let server = FakeServer::with([]).await;
    let call = |project| Call {
        request: Request::Operation { project, body: "{}".to_owned().into() },
        ..operation(Effect::Idempotent)
    };
    for (agent, key, project, named) in [
        ("a\nb", "K", "P", "the user agent"),
        ("a", "K\nb", "P", "the management key"),
        ("a", "K", "P\nb", "the project id"),
    ] {
        let key = SecretString::from(key.to_owned());
        let api = Api::new(Settings { key, user_agent: agent.to_owned(), local: true, tls: Default::default() });
        let refused = api.call(&server.url, &call(project), &limits()).await.unwrap_err();
        assert!(matches!(refused.trouble, Trouble::UnfitHeader { value } if value == named), "{refused}");
        assert!(!refused.may_have_happened());
    }
    assert_eq!(server.received().len(), 0);
}

#[tokio::test]
async fn nothing_is_sent_once_a_limit_is_reached() {
    let server = FakeServer::with([]).await;
    let stopped = limits();
    stopped.stop.cancel();
    for effect in [Effect::Read, Effect::Idempotent, Effect::Create] {
        let refused = trouble(api().call(&server.url, &operation(effect), &stopped).await);
        assert!(matches!(refused, Trouble::Stopped), "{refused:?}");
        let late = Limits::within(Duration::ZERO, CancellationToken::new());
        let refused = trouble(api().call(&server.url, &operation(effect), &late).await);
        assert!(matches!(refused, Trouble::TimedOut), "{refused:?}");
    }
    assert_eq!(server.received().len(), 0);
}

#[tokio::test]
async fn a_read_under_way_ends_at_a_limit() {
    let server = FakeServer::with([Canned::silence(), Canned::silence()]).await;
    let (api, read, limits) = (api(), operation(Effect::Read), limits());
    let stopping = async {
        server.has_received(1).await;
        limits.stop.cancel();
    };
    let (ended, ()) = tokio::join!(api.call(&server.url, &read, &limits), stopping);
    assert!(matches!(trouble(ended), Trouble::Stopped));
    let short = Limits::within(Duration::from_millis(500), CancellationToken::new());
    let ended = trouble(api.call(&server.url, &read, &short).await);
    assert!(matches!(ended, Trouble::TimedOut), "{ended:?}");
    assert_eq!(server.received().len(), 2);
}

#[tokio::test]
async fn a_write_under_way_is_awaited_past_both_limits() {
    for effect in [Effect::Idempotent, Effect::Create] {
        let permits = Arc::new(Semaphore::new(0));
        let server = FakeServer::with([Canned::ok_later(&permits, r#"{"done":true}"#)]).await;
        let limits = Limits::within(Duration::from_millis(500), CancellationToken::new());
        let limiting = async {
            server.has_received(1).await;
            limits.stop.cancel();
            tokio::time::sleep_until(limits.deadline).await;
            permits.add_permits(1);
        };
        let (api, write) = (api(), operation(effect));
        let (done, ()) = tokio::join!(api.call(&server.url, &write, &limits), limiting);
        assert_eq!(done.unwrap().into_json().text().get(), r#"{"done":true}"#);
    }
}

#[tokio::test]
async fn a_repetition_that_a_limit_ends_leaves_the_outcome_before_it() {
    let failed = Canned::answer(503, "", r#"{"errorCode":"E1"}"#);
    let server = FakeServer::with([failed, Canned::silence()]).await;
    let (api, read, limits) = (api(), operation(Effect::Read), limits());
    let stopping = async {
        server.has_received(2).await;
        limits.stop.cancel();
    };
    let (ended, ()) = tokio::join!(api.call(&server.url, &read, &limits), stopping);
    assert!(matches!(trouble(ended), Trouble::Refused(error) if error.code == "E1"));
}

#[tokio::test]
async fn a_broken_connection_is_repeated_unless_the_call_creates() {
    let server = FakeServer::with([Canned::Close, Canned::ok("{}")]).await;
    api().call(&server.url, &operation(Effect::Idempotent), &limits()).await.unwrap();
    assert_eq!(server.received().len(), 2);
    let server = FakeServer::with([Canned::Close, Canned::ok("{}")]).await;
    let broken = api().call(&server.url, &operation(Effect::Create), &limits()).await.unwrap_err();
    assert!(matches!(broken.trouble, Trouble::Unreachable { .. }) && broken.may_have_happened(), "{broken}");
    assert_eq!(server.received().len(), 1);
}

/// Other tests of this process write, too.
#[tokio::test]
async fn a_write_counts_when_it_begins_and_when_it_ends() {
    for effect in [Effect::Idempotent, Effect::Create] {
        let server = FakeServer::with([Canned::ok("{}")]).await;
        let before = writes();
        api().call(&server.url, &operation(effect), &limits()).await.unwrap();
        assert!(writes() >= before + 2);
    }
}

#[tokio::test]
async fn an_attempt_that_may_have_taken_effect_is_remembered() {
    let refused = Canned::answer(400, "", "{}");
    for (first, may) in [(Canned::Close, true), (Canned::answer(503, "", "{}"), true), (refused.clone(), false)] {
        let server = FakeServer::with([first, refused.clone()]).await;
        let failed = api().call(&server.url, &operation(Effect::Idempotent), &limits()).await.unwrap_err();
        assert_eq!((failed.status(), failed.may_have_happened()), (Some(400), may));
    }
}

/// Makes `{"made":1}`, `{"made":2}` and so on, from the answers to calls of its own.
struct Loads<'a> {
    api: &'a Api,
    url: &'a str,
    limits: &'a Limits,
}

impl MakeBody for Loads<'_> {
    fn make(&self) -> BodyFuture<'_> {
        Box::pin(async move {
            let load = Call { path: "/v1/load", ..operation(Effect::Read) };
            let loaded = self.api.call(self.url, &load, self.limits).await?.into_json();
            Ok(Some(loaded.text().get().to_owned()).filter(|loaded| loaded != "{}"))
        })
    }
}

/// An update whose body is loaded before each attempt. The server gives these answers.
async fn loaded_update(answers: &[Canned], api: Api, limits: Limits) -> (Result<Called, Error>, Vec<String>) {
    let server = FakeServer::with(answers.to_vec()).await;
    // The maker's own calls need the only place.
    host_of(&server.url).gate.at_most(1);
    let maker = Loads { api: &api, url: &server.url, limits: &limits };
    let request = Request::Operation { project: "P1", body: Body::Made(&maker) };
    let call = Call { request, ..operation(Effect::Idempotent) };
    let called = api.call(&server.url, &call, &limits).await;
    let received = server.received();
    let requests = received.iter().map(|request| match request.split_once("\r\n\r\n").unwrap() {
        (head, _) if head.starts_with("POST /v1/load") => "load".to_owned(),
        (_, body) => body.to_owned(),
    });
    (called, requests.collect())
}

#[tokio::test(start_paused = true)]
async fn a_body_is_made_anew_for_each_attempt() {
    let answers =
        [Canned::ok("[1]"), Canned::answer(503, "", "{}"), Canned::ok("[2]"), Canned::Close, Canned::ok("[3]")];
    let answers = [&answers[..], &[Canned::ok(r#"{"done":true}"#)]].concat();
    let (called, requests) = loaded_update(&answers, api(), limits()).await;
    assert_eq!(called.unwrap().into_json().text().get(), r#"{"done":true}"#);
    assert_eq!(requests, ["load", "[1]", "load", "[2]", "load", "[3]"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_cannot_be_made_ends_the_call_and_earlier_attempts_are_remembered() {
    let refused = Canned::answer(403, "", r#"{"errorCode":"E1"}"#);
    for (first, may) in [(Canned::Close, true), (Canned::answer(429, "Retry-After: 1\r\n", "{}"), false)] {
        let answers = [Canned::ok("[1]"), first, refused.clone()];
        let (called, requests) = loaded_update(&answers, api(), limits()).await;
        let failed = called.unwrap_err();
        assert_eq!((&*failed.path, failed.status(), failed.may_have_happened()), ("/v1/load", Some(403), may));
        assert_eq!(requests, ["load", "[1]", "load"]);
    }
}

#[tokio::test]
async fn a_call_ends_well_when_nothing_is_left_to_send() {
    let (called, requests) = loaded_update(&[Canned::ok("{}")], api(), limits()).await;
    assert!(matches!(called, Ok(Called::Unneeded(_))), "{called:?}");
    assert_eq!(requests, ["load"]);
    let (called, requests) =
        loaded_update(&[Canned::ok("[1]"), Canned::Close, Canned::ok("{}")], api(), limits()).await;
    assert!(matches!(called, Ok(Called::Unneeded(_))), "{called:?}");
    assert_eq!(requests, ["load", "[1]", "load"]);
}

#[tokio::test]
async fn no_body_is_made_once_a_limit_is_reached() {
    let stopped = limits();
    stopped.stop.cancel();
    let (called, requests) = loaded_update(&[], api(), stopped).await;
    assert!(matches!(trouble(called), Trouble::Stopped));
    assert_eq!(requests.len(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let elsewhere = FakeServer::with([Canned::ok("{}")]).await;
    let location = format!("Location: {}/v1/do\r\n", elsewhere.url);
    let server = FakeServer::with([Canned::answer(307, &location, "")]).await;
    let refused = api().call(&server.url, &operation(Effect::Read), &limits()).await.unwrap_err();
    assert_eq!(refused.status(), Some(307));
    assert_eq!((server.received().len(), elsewhere.received().len()), (1, 0));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_asked_for_once() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", LONGEST_ANSWER + 1);
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"a\":1\r\n6\r\n,\"b\":2\r\n0\r\n\r\n";
    for (answer, limit) in [(head, LONGEST_ANSWER), (chunked.to_owned(), 10)] {
        let server = FakeServer::with([Canned::Bytes(answer)]).await;
        let mut api = api();
        api.longest_answer = limit;
        let refused = trouble(api.call(&server.url, &operation(Effect::Idempotent), &limits()).await);
        assert!(matches!(refused, Trouble::TooLarge { status: 200, limit: told } if told == limit), "{refused:?}");
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_the_limit() {
    let server = FakeServer::with([Canned::ok("{\"a\":  1 }")]).await;
    let mut api = api();
    api.longest_answer = 10;
    assert!(api.call(&server.url, &operation(Effect::Read), &limits()).await.is_ok());
}

#[tokio::test]
async fn all_clients_of_a_host_share_what_may_be_under_way_at_once() {
    let permits = Arc::new(Semaphore::new(0));
    let server = FakeServer::with((0..3).map(|_| Canned::ok_later(&permits, "{}"))).await;
    host_of(&server.url).gate.at_most(2);
    let calls = (0..3).map(|_| {
        let url = server.url.clone();
        tokio::spawn(async move { api().call(&url, &operation(Effect::Read), &limits()).await.map(drop) })
    });
    let calls: Vec<_> = calls.collect();
    server.has_received(2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.received().len(), 2, "the last one waits for its turn");
    permits.add_permits(1);
    server.has_received(3).await;
    permits.add_permits(2);
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_makes_all_calls_wait() {
    let limited = Canned::answer(429, "Retry-After: 1\r\n", "{}");
    let server = FakeServer::with([limited, Canned::ok("[1]"), Canned::ok("[2]")]).await;
    let (api, first, second) = (api(), limits(), limits());
    let refused = async { api.call(&server.url, &operation(Effect::Create), &first).await };
    let (begun, call) = (Instant::now(), operation(Effect::Read));
    let waiting = async {
        while host_of(&server.url).gate.held_for().is_zero() {
            sleep(Duration::from_millis(5)).await;
        }
        api.call(&server.url, &call, &second).await
    };
    let (done, waited) = tokio::join!(refused, waiting);
    assert!(done.is_ok() && waited.is_ok() && begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.received().len(), 3);
}

/// Keeps what is logged: each event as its level and fields.
#[derive(Clone, Default)]
struct Events(Arc<std::sync::Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Events {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut line = event.metadata().level().to_string();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            line += &format!(" {field}={value:?}");
        });
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn a_repetition_is_logged_only_if_there_will_be_one() {
    use tracing_subscriber::layer::SubscriberExt;

    // For all threads: `tracing` may skip an event for good when a thread without a subscriber
    // meets it first.
    let events = Events::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(events.clone())).unwrap();
    let limited = Canned::answer(429, "Retry-After: 30\r\n", "{}");
    let server = FakeServer::with([Canned::answer(503, "X-Request-Id: r-1\r\n", "{}"), limited]).await;
    let short = Limits::within(Duration::from_secs(10), CancellationToken::new());
    let call = Call { path: "/v1/logged", ..operation(Effect::Idempotent) };
    let refused = api().call(&server.url, &call, &short).await.unwrap_err();
    assert_eq!((refused.status(), server.received().len()), (Some(429), 2));
    let events = events.0.lock().unwrap().clone();
    let ours: Vec<_> = events.iter().filter(|event| event.contains("/v1/logged")).collect();
    let shapes = [("DEBUG", "status=503"), ("WARN", "will be repeated"), ("DEBUG", "status=429"), ("WARN", "deadline")];
    assert_eq!(ours.len(), shapes.len(), "{ours:#?}");
    for (event, (level, words)) in ours.iter().zip(shapes) {
        assert!(event.starts_with(level) && event.contains(words), "{words}: {event}");
    }
    assert!(ours[0].contains("request_id=\"r-1\"") && ours[0].contains("project=\""), "{}", ours[0]);
    assert!(!events.iter().any(|event| event.contains("Ksecret")), "{events:#?}");
}

/// The address of a host that refuses connections.
async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test(start_paused = true)]
async fn calls_end_together_when_the_api_is_down_and_one_tells_why() {
    let (url, begun) = (nobody().await, Instant::now());
    let calls: Vec<_> = (0..30)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { api().call(&url, &operation(Effect::Create), &limits()).await.unwrap_err() })
        })
        .collect();
    let (mut in_full, mut in_short) = (0, 0);
    for call in calls {
        let failed = call.await.unwrap();
        assert!(!failed.may_have_happened(), "{failed}");
        match failed.trouble {
            Trouble::Unreachable { .. } => in_full += 1,
            Trouble::Outage { .. } => in_short += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((in_full, in_short), (1, 29));
    // The first one gives up after at least this time: a glitch of three seconds is survived.
    assert!(begun.elapsed() > Duration::from_millis(3_700));
    let late = api().call(&url, &operation(Effect::Create), &limits()).await.unwrap_err();
    assert!(matches!(late.trouble, Trouble::Outage { .. }), "{late}");
}

#[tokio::test]
async fn what_earlier_attempts_may_have_done_is_kept_when_the_api_is_down() {
    let server = FakeServer::with([Canned::Close]).await;
    let (api, limits, call) = (api(), limits(), operation(Effect::Idempotent));
    let down = async {
        server.has_received(1).await;
        host_of(&server.url).outage.gave_up(Instant::now(), &"refused".into());
    };
    let (ended, ()) = tokio::join!(api.call(&server.url, &call, &limits), down);
    let ended = ended.unwrap_err();
    assert!(matches!(&ended.trouble, Trouble::Outage { reason } if reason.words == "refused"), "{ended}");
    assert!(ended.may_have_happened() && server.received().len() == 1);
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_because_the_api_asked_for_it_know_why() {
    for (status, limited) in [(429, true), (503, false)] {
        let server = FakeServer::with([Canned::answer(status, "Retry-After: 120\r\n", "{}")]).await;
        let refused = api().call(&server.url, &operation(Effect::Idempotent), &limits()).await.unwrap_err();
        let waited = api().call(&server.url, &operation(Effect::Read), &limits()).await.unwrap_err();
        assert_eq!((refused.status(), waited.status()), (Some(status), None));
        for failed in [refused, waited] {
            let wish = failed.held().unwrap();
            assert_eq!((wish.limited, wish.asked), (limited, Some(2 * MINUTE)), "{failed}");
        }
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_never_counts_as_a_change_however_its_attempts_ended() {
    let server = FakeServer::with([Canned::answer(503, "", "{}"), Canned::Close]).await;
    let short = Limits::within(Duration::from_secs(1), CancellationToken::new());
    let failed = api().call(&server.url, &operation(Effect::Read), &short).await.unwrap_err();
    assert!(!failed.may_have_happened(), "{failed}");
}

/// "Retry-After" of a 503 is kept to once. If that was in vain, all end together.
#[tokio::test(start_paused = true)]
async fn a_service_that_has_no_time_after_the_wait_that_it_asked_for_is_down() {
    let unavailable = Canned::answer(503, "Retry-After: 120\r\n", "{}");
    let server = FakeServer::with((0..20).map(|_| unavailable.clone())).await;
    let begun = Instant::now();
    let calls: Vec<_> = (0..30)
        .map(|_| {
            let url = server.url.clone();
            let limits = Limits::within(10 * MINUTE, CancellationToken::new());
            tokio::spawn(async move { api().call(&url, &operation(Effect::Idempotent), &limits).await.unwrap_err() })
        })
        .collect();
    let (mut in_full, mut in_short) = (0, 0);
    for call in calls {
        let failed = call.await.unwrap();
        match failed.trouble {
            Trouble::Refused(_) => in_full += 1,
            Trouble::Outage { .. } => in_short += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((in_full, in_short), (1, 29));
    let took = begun.elapsed();
    assert!(took >= 2 * MINUTE && took < 2 * MINUTE + Duration::from_secs(15), "{took:?}");
    // A few were under way when the first was refused, and one went ahead after the wait.
    assert!(server.received().len() < 12, "{}", server.received().len());
    // Later on, one goes ahead, and nobody waits for it for minutes.
    sleep(Duration::from_secs(20)).await;
    let (begun, later) = (Instant::now(), operation(Effect::Idempotent));
    let failed = api().call(&server.url, &later, &limits()).await.unwrap_err();
    assert_eq!(failed.status().or(Some(0)), Some(0), "{failed}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

/// Limits of a read that somebody can do without.
fn dispensable(limit: Duration) -> Limits {
    Limits { dispensable: Some(limit), ..limits() }
}

#[tokio::test]
async fn a_read_that_is_dispensable_waits_as_long_as_all_do_and_its_answer_has_a_limit() {
    let limit = Duration::from_millis(300);
    let held = [Canned::answer(429, "Retry-After: 1\r\n", "{}"), Canned::ok("{}")];
    let server = FakeServer::with(held).await;
    api().call(&server.url, &operation(Effect::Read), &dispensable(limit)).await.unwrap();
    assert_eq!(server.received().len(), 2, "the wait was longer than the limit");

    let answers = [Canned::silence(), Canned::silence(), Canned::silence(), Canned::ok("{}")];
    let (api, server) = (api(), FakeServer::with(answers).await);
    for times in 1..=3 {
        let ended = trouble(api.call(&server.url, &operation(Effect::Read), &dispensable(limit)).await);
        assert!(matches!(ended, Trouble::Unreachable { .. }), "{ended:?}");
        assert_eq!(server.received().len(), times, "it is not repeated");
    }
    api.call(&server.url, &operation(Effect::Read), &limits()).await.unwrap();
}

#[tokio::test]
async fn a_read_that_is_dispensable_is_repeated_once_and_its_failure_is_no_outage() {
    let unavailable = || Canned::answer(502, "", "{}");
    let (api, server) = (api(), FakeServer::with([unavailable(), unavailable(), Canned::ok("{}")]).await);
    assert!(api.call(&server.url, &operation(Effect::Read), &dispensable(MINUTE)).await.is_err());
    assert_eq!(server.received().len(), 2);
    api.call(&server.url, &operation(Effect::Read), &limits()).await.unwrap();

    // What asks to wait and has no time after it makes everybody else fail, unless it is dispensable.
    let busy = || Canned::answer(503, "Retry-After: 1\r\n", "{}");
    let server = FakeServer::with([busy(), busy(), Canned::ok("{}")]).await;
    assert!(api.call(&server.url, &operation(Effect::Read), &dispensable(MINUTE)).await.is_err());
    assert_eq!(server.received().len(), 2);
    api.call(&server.url, &operation(Effect::Read), &limits()).await.unwrap();
}

#[tokio::test]
async fn a_read_that_is_dispensable_does_not_wait_for_its_turn_forever() {
    let refused = || Canned::answer(429, "Retry-After: 1\r\n", "{}");
    let (api, server) = (api(), FakeServer::with([refused(), refused(), refused(), refused(), Canned::ok("{}")]).await);
    let failed = api.call(&server.url, &operation(Effect::Read), &dispensable(MINUTE)).await.unwrap_err();
    assert_eq!((failed.status(), server.received().len()), (Some(429), 4));
    api.call(&server.url, &operation(Effect::Read), &limits()).await.unwrap();
}

#[tokio::test]
async fn an_answer_with_a_header_that_can_not_be_read_is_told_as_that_and_not_asked_for_again() {
    for effect in [Effect::Read, Effect::Idempotent, Effect::Create] {
        let server = FakeServer::with([Canned::answer(200, "x-note: a\u{1b}b\r\n", "{}"), Canned::ok("{}")]).await;
        let failed = api().call(&server.url, &operation(effect), &limits()).await.unwrap_err();
        let Trouble::Unreachable { reason, .. } = &failed.trouble else { panic!("{failed}") };
        assert!(reason.words.ends_with("answered with a header that is not valid HTTP"), "{reason}");
        assert_eq!((server.received().len(), failed.may_have_happened()), (1, effect != Effect::Read), "{effect:?}");
    }
}
