// SPDX-License-Identifier: Apache-2.0

//! An API request as it arrived, with its credentials checked. The handlers in `routes` extract it.

use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, header};
use serde_json::value::RawValue;

use super::flags::Flags;
use super::under_way::UnderWay;
use super::world::SharedWorld;

/// A request that has been read completely.
pub struct Arrived {
    /// When its head was there.
    pub began: Instant,
    pub method: Method,
    pub path: String,
    /// The project that its credentials give access to; `None` if they are wrong or missing.
    pub project: Option<String>,
    /// Its `User-Agent`; empty without one.
    pub user_agent: String,
    /// Its `Host`; empty without one.
    pub host: String,
    /// Its body; `None` if that is not JSON.
    pub body: Option<Box<RawValue>>,
    /// Counts the request as under way until this value is dropped.
    pub under_way: UnderWay,
}

impl FromRequest<SharedWorld> for Arrived {
    type Rejection = BytesRejection;

    async fn from_request(request: Request, shared: &SharedWorld) -> Result<Self, Self::Rejection> {
        let headers = request.headers();
        let mut arrived = Self {
            began: Instant::now(),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            project: authenticated(&shared.flags, text(headers, header::AUTHORIZATION)),
            user_agent: text(headers, header::USER_AGENT).to_owned(),
            host: text(headers, header::HOST).to_owned(),
            body: None,
            under_way: shared.under_way.arrive(),
        };
        let body = Bytes::from_request(request, shared).await?;
        arrived.body = serde_json::from_slice(&body).ok();
        Ok(arrived)
    }
}

/// The project of `Bearer <project>:<key>`, if both exist.
fn authenticated(flags: &Flags, authorization: &str) -> Option<String> {
    let (project, key) = authorization.strip_prefix("Bearer ")?.split_once(':')?;
    let known = |list: &[String], item: &str| list.iter().any(|known| known == item);
    (known(&flags.projects, project) && known(&flags.keys, key)).then(|| project.to_owned())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
