// SPDX-License-Identifier: Apache-2.0

//! Serves files over TLS on loopback, as web servers and container registries do, for CLIs that trust nothing else.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::VERSION;
use crate::support::tls::Authority;

/// What is served, and what was asked for.
#[derive(Clone)]
struct Served {
    folder: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

/// A server behind TLS, on a thread of its own: a test waits for its CLI. It ends when this value is dropped.
pub struct Server {
    authority: Authority,
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    _ends: oneshot::Sender<()>,
}

impl Server {
    /// A web server for the files of a folder.
    pub fn of_files(folder: &Path) -> Self {
        Self::of(folder, Router::new().fallback(file))
    }

    /// A container registry with the image layout of a folder, in a repository of any name.
    pub fn of_images(folder: &Path) -> Self {
        Self::of(folder, Router::new().fallback(image))
    }

    fn of(folder: &Path, router: Router<Served>) -> Self {
        let asked = Arc::default();
        let served = Served { folder: folder.to_owned(), asked: Arc::clone(&asked) };
        let (ends, ended) = oneshot::channel::<()>();
        let (tells, told) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap().to_string();
                tokio::spawn(async move { axum::serve(listener, router.with_state(served)).await });
                let authority = Authority::new();
                let port = authority.api(&address, false).await.port;
                tells.send((authority, port)).unwrap();
                let _ = ended.await;
            });
        });
        let (authority, port) = told.recv().unwrap();
        Self { authority, port, asked, _ends: ends }
    }

    /// Where it listens.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The file with the authority to trust.
    pub fn authority(&self) -> String {
        self.authority.path("ca.pem").display().to_string()
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Served {
    fn read(&self, path: &str) -> Option<Bytes> {
        std::fs::read(self.folder.join(path)).ok().map(Bytes::from)
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.read(path).expect("a file")).expect("JSON")
    }
}

async fn file(State(served): State<Served>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    served.asked.lock().unwrap().push(path.clone());
    let kind = if path.ends_with(".json") { "application/json" } else { "application/zip" };
    match served.read(path.trim_start_matches('/')) {
        Some(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// As much of a container registry as a client needs that only reads.
async fn image(State(served): State<Served>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    served.asked.lock().unwrap().push(path.clone());
    if path == "/v2/" {
        return StatusCode::OK.into_response();
    }
    if path.ends_with("/tags/list") {
        return Json(json!({ "name": "any", "tags": [VERSION] })).into_response();
    }
    let Some((_, reference)) = path.rsplit_once('/') else { return StatusCode::NOT_FOUND.into_response() };
    // By tag or by digest; a manifest is found by either, with its own type.
    let index = served.json("index.json")["manifests"][0]["digest"].as_str().unwrap().to_owned();
    let digest = if reference == VERSION { index } else { reference.to_owned() };
    let Some(bytes) = served.read(&format!("blobs/{}", digest.replace(':', "/"))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let document: Option<Value> = serde_json::from_slice(&bytes).ok();
    let kind = document.as_ref().and_then(|document| document["mediaType"].as_str());
    let kind = kind.filter(|_| path.contains("/manifests/")).unwrap_or("application/octet-stream");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    headers.insert("docker-content-digest", digest.parse().unwrap());
    match request.method().as_str() {
        "HEAD" => headers.into_response(),
        _ => (headers, bytes).into_response(),
    }
}
