// SPDX-License-Identifier: Apache-2.0

//! Which handler serves which path. Called by `process`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{any, get, post};

use super::arrived::Arrived;
use super::endpoint::Endpoint;
use super::served::Refusal;
use super::world::SharedWorld;
use super::{clients, control, discovery, gateway, page, servers, sites};

/// The largest request body in bytes, far more than the provider sends.
const BODY_LIMIT: usize = 64 << 20;

/// The endpoints of the Management API.
fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    servers::ENDPOINTS.iter().chain(clients::ENDPOINTS)
}

/// The messages that the endpoints take and answer.
pub fn messages() -> impl Iterator<Item = &'static str> {
    endpoints().map(|endpoint| endpoint.takes).chain([servers::SERVER, clients::CLIENT])
}

/// The whole emulator: one route for each documented path, the control plane, the page, and 404 for others.
pub fn router(shared: SharedWorld) -> Router {
    let mut router = page::routes()
        .route("/_emulator/{*rest}", any(control::serve))
        // It guards the routes so far, and none of those below.
        .route_layer(from_fn_with_state(shared.clone(), sites::guard));
    for endpoint in endpoints() {
        let serve = move |State(shared): State<SharedWorld>, arrived: Arrived| async move {
            gateway::serve(&shared, arrived, |world, arrived| endpoint.serve(world, &shared.messages, arrived)).await
        };
        router = router.route(endpoint.path, post(serve));
    }
    for document in discovery::DOCUMENTS {
        router = router.route(&format!("/v1/apps/agentic/{{project}}/{{id}}/.well-known/{document}"), get(discover));
    }
    router
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(shared)
}

/// Serves a discovery document. These are public.
async fn discover(
    State(shared): State<SharedWorld>,
    Path((project, id)): Path<(String, String)>,
    arrived: Arrived,
) -> Response {
    gateway::serve(&shared, arrived, |world, arrived| discovery::document(&mut world.store, &project, &id, arrived))
        .await
}

/// Serves what the API does not have. Credentials are checked first, except for `GET`, because only
/// public documents are read like that.
async fn unknown(State(shared): State<SharedWorld>, arrived: Arrived) -> Response {
    gateway::serve(&shared, arrived, |_, arrived| {
        Err(match arrived.method != axum::http::Method::GET && arrived.project.is_none() {
            true => Refusal::unauthorized(),
            false => Refusal::no_such_path(&arrived.path),
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use axum::body::HttpBody;
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use serde_json::{Value, json};
    use tower::ServiceExt;

    use super::super::flags::Flags;
    use super::super::messages::Messages;
    use super::super::world::World;
    use super::*;

    const SERVER: &str = "/v1/mgmt/mcp/server";

    fn emulator() -> Router {
        emulator_with(&[])
    }

    fn emulator_with(more: &[&str]) -> Router {
        let flags = Flags::read([&["descope-emulator", "--project", "P1", "--key", "K1"], more].concat()).unwrap();
        router(SharedWorld::new(World::default(), flags, Messages::built_in(messages()).unwrap()))
    }

    fn request(method: &str, path: &str, bearer: &str, body: &str) -> Request<Body> {
        Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", format!("Bearer {bearer}"))
            .header("Host", "localhost:8080")
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    /// Serves a request: the status, and the body if that is JSON.
    async fn call(router: &Router, method: &str, path: &str, bearer: &str, body: &str) -> (u16, Value) {
        let response = router.clone().oneshot(request(method, path, bearer, body)).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn journal(router: &Router) -> Vec<Value> {
        let (status, entries) = call(router, "GET", "/_emulator/requests", "", "").await;
        assert_eq!(status, 200);
        entries.as_array().unwrap().clone()
    }

    #[tokio::test]
    async fn paths_methods_and_credentials_are_told_apart() {
        let router = emulator();
        let create = format!("{SERVER}/create");
        for (method, path, bearer, body, status) in [
            ("POST", create.as_str(), "P1:K1", r#"{"name":"a"}"#, 200),
            ("POST", &create, "P1:K1", "not JSON", 400),
            ("POST", &create, "P1:K2", r#"{"name":"a"}"#, 401),
            ("POST", &create, "P2:K1", r#"{"name":"a"}"#, 401),
            ("GET", &create, "P1:K1", "", 404),
            ("PUT", &create, "P1:K1", r#"{"name":"a"}"#, 404),
            ("POST", "/v1/mgmt/mcp/server/nothing", "P1:K1", "{}", 404),
            ("POST", "/v1/mgmt/mcp/server/nothing", "P1:K2", "{}", 401),
            ("POST", "/", "P1:K1", "", 404),
            ("GET", "/", "", "", 200),
            ("GET", "/favicon.ico", "", "", 204),
            ("GET", "/_emulator/page.js", "", "", 200),
            ("GET", "/_emulator/nothing", "", "", 404),
        ] {
            let (answered, body) = call(&router, method, path, bearer, body).await;
            assert_eq!(answered, status, "{method} {path} {bearer}: {body}");
        }
        let entries = journal(&router).await;
        let statuses: Vec<&Value> = entries.iter().map(|entry| &entry["status"]).collect();
        assert_eq!(
            statuses,
            [200, 400, 401, 401, 404, 404, 404, 401, 404],
            "all of them but the control plane and the page"
        );
        assert_eq!((&entries[0]["project"], &entries[2]["project"]), (&json!("P1"), &json!("")));
        assert_eq!((&entries[0]["body"], &entries[1]["body"]), (&json!({ "name": "a" }), &Value::Null));
    }

    #[tokio::test]
    async fn a_fault_hits_unknown_paths_too() {
        let router = emulator();
        let fault = r#"{"path":"/anything","kind":"error","status":503}"#;
        assert_eq!(call(&router, "POST", "/_emulator/faults", "", fault).await.0, 200);
        assert_eq!(call(&router, "GET", "/other", "", "").await.0, 404);
        assert_eq!(call(&router, "GET", "/anything", "", "").await.0, 503);
        assert_eq!(call(&router, "GET", "/anything", "", "").await.0, 404);
        assert_eq!(journal(&router).await[1]["status"], 503);
    }

    #[tokio::test]
    async fn an_answer_may_be_as_big_as_a_test_wants() {
        let router = emulator();
        for bytes in [1, 5_000, 1 << 16, 200_000] {
            let fault = format!(r#"{{"kind":"big","bytes":{bytes}}}"#);
            assert_eq!(call(&router, "POST", "/_emulator/faults", "", &fault).await.0, 200);
            let response = router.clone().oneshot(request("GET", "/x", "", "")).await.unwrap();
            assert_eq!((response.status(), response.body().size_hint().exact()), (StatusCode::NOT_FOUND, None));
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let ordinary = json!({ "code": 5, "message": "no operation /x", "details": [] });
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), ordinary);
            assert_eq!(body.len(), ordinary.to_string().len().max(bytes));
        }
    }

    #[tokio::test]
    async fn the_journal_says_how_many_requests_were_under_way_at_once() {
        let router = emulator();
        let fault = r#"{"path":"/slow","times":3,"kind":"delay","ms":50}"#;
        assert_eq!(call(&router, "POST", "/_emulator/faults", "", fault).await.0, 200);
        let slow = || call(&router, "GET", "/slow", "", "");
        tokio::join!(slow(), slow(), slow());
        slow().await;
        let at_once: Vec<Value> = journal(&router).await.into_iter().map(|mut entry| entry["at_once"].take()).collect();
        assert_eq!(at_once, [1, 2, 3, 1]);
    }

    #[tokio::test]
    async fn another_site_changes_nothing() {
        let router = emulator();
        for (site, method, status) in [
            ("cross-site", "POST", StatusCode::FORBIDDEN),
            ("same-site", "POST", StatusCode::FORBIDDEN),
            ("same-origin", "POST", StatusCode::OK),
            ("none", "POST", StatusCode::OK),
            ("cross-site", "GET", StatusCode::OK),
        ] {
            let path = if method == "GET" { "/_emulator/requests" } else { "/_emulator/reset" };
            let mut request = request(method, path, "", "");
            request.headers_mut().insert("sec-fetch-site", site.parse().unwrap());
            assert_eq!(router.clone().oneshot(request).await.unwrap().status(), status, "{method} {site}");
        }
    }

    #[tokio::test]
    async fn another_host_is_served_the_api_alone() {
        let status = async |router: &Router, method: &str, path: &str, name: &'static str, value: &str| {
            let mut request = request(method, path, "P1:K1", "{}");
            request.headers_mut().insert(name, value.parse().unwrap());
            router.clone().oneshot(request).await.unwrap().status().as_u16()
        };
        let all = format!("{SERVER}s/all");
        let paths = [("GET", "/"), ("GET", "/_emulator/page.js"), ("GET", "/_emulator/servers")];
        for (flags, refused) in [(&[][..], 403), (&["--allow-remote"], 200)] {
            let router = emulator_with(flags);
            for (method, path) in paths.into_iter().chain([("POST", "/_emulator/reset")]) {
                assert_eq!(status(&router, method, path, "host", "evil.example").await, refused, "{path} {flags:?}");
            }
            for name in ["host", "origin"] {
                assert_eq!(status(&router, "POST", &all, name, "http://evil.example").await, 200);
            }
            assert_eq!(status(&router, "POST", "/_emulator/reset", "origin", "http://evil.example").await, 403);
            assert_eq!(status(&router, "POST", "/_emulator/reset", "origin", "http://localhost:8080").await, 200);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_answer_is_late() {
        let router = emulator_with(&["--latency", "2s"]);
        let began = tokio::time::Instant::now();
        assert_eq!(call(&router, "POST", &format!("{SERVER}/create"), "P1:K1", r#"{"name":"a"}"#).await.0, 200);
        assert_eq!(began.elapsed().as_secs(), 2);
        journal(&router).await;
        assert_eq!(began.elapsed().as_secs(), 2, "the control plane is not late");
    }

    #[tokio::test]
    async fn the_control_plane_answers_faults_and_the_latest_requests() {
        let router = emulator();
        let (status, _) = call(&router, "POST", "/_emulator/faults", "", r#"{"kind":"drop","tims":2}"#).await;
        assert_eq!(status, 400);
        assert_eq!(call(&router, "POST", "/_emulator/faults", "", r#"{"path":"/x","kind":"drop"}"#).await.0, 200);
        let (_, faults) = call(&router, "GET", "/_emulator/faults", "", "").await;
        assert_eq!(faults, json!([{ "path": "/x", "times": 1, "kind": "drop", "after": false }]));
        for path in ["/a", "/b", "/c"] {
            call(&router, "GET", path, "", "").await;
        }
        let (_, latest) = call(&router, "GET", "/_emulator/requests?last=2", "", "").await;
        assert_eq!((&latest[0]["path"], &latest[1]["path"], latest[2].is_null()), (&json!("/b"), &json!("/c"), true));
        assert!(latest[0]["took_ms"].is_u64(), "{latest}");
        assert_eq!(call(&router, "GET", "/_emulator/requests?last=x", "", "").await.0, 400);
    }

    #[tokio::test]
    async fn switches_are_an_object() {
        let router = emulator();
        assert_eq!(call(&router, "PUT", "/_emulator/switches", "", r#"{"shuffle":true}"#).await.0, 200);
        for wrong in ["[]", r#"["omitted"]"#, "null", "1", "", "{", r#"{"shufle":true}"#] {
            assert_eq!(call(&router, "PUT", "/_emulator/switches", "", wrong).await.0, 400, "{wrong}");
        }
        assert_eq!(call(&router, "GET", "/_emulator/switches", "", "").await.1["shuffle"], true);
    }

    #[tokio::test]
    async fn the_id_in_a_path_may_be_escaped() {
        let router = emulator();
        let put = call(&router, "PUT", "/_emulator/servers/a%2Fb%20%C3%A9", "", r#"{"name":"a"}"#).await;
        assert_eq!(put.0, 200);
        let (_, servers) = call(&router, "GET", "/_emulator/servers", "", "").await;
        assert_eq!(servers, json!({ "a/b é": { "name": "a", "id": "a/b é" } }));
        assert_eq!(call(&router, "GET", "/_emulator/servers/a%2fb%20%c3%a9", "", "").await.0, 200);
        assert_eq!(call(&router, "GET", "/_emulator/servers/%FF", "", "").await.0, 400);
    }

    #[tokio::test]
    async fn discovery_takes_no_credentials() {
        let router = emulator();
        let (_, created) = call(&router, "POST", &format!("{SERVER}/create"), "P1:K1", r#"{"name":"a"}"#).await;
        let id = created["server"]["id"].as_str().unwrap();
        for document in discovery::DOCUMENTS {
            let path = |id: &str| format!("/v1/apps/agentic/P1/{id}/.well-known/{document}");
            let (status, body) = call(&router, "GET", &path(id), "", "").await;
            assert_eq!(
                (status, &body["issuer"]),
                (200, &json!(format!("http://localhost:8080/v1/apps/agentic/P1/{id}")))
            );
            assert_eq!(call(&router, "GET", &path("MSx"), "", "").await.0, 404);
        }
    }
}
