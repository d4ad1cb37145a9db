// SPDX-License-Identifier: Apache-2.0

//! Keeps other web sites away from the control plane and the page. A browser sends requests to an emulator on
//! the same machine for any page that somebody opens, and none of them needs a key. Called by `routes`.

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::values::is_loopback;
use super::world::SharedWorld;

/// Passes a request on, unless it comes from another site.
pub async fn guard(State(shared): State<SharedWorld>, request: Request, next: Next) -> Response {
    match refusal(request.method(), request.headers(), shared.flags.allow_remote) {
        Some(reason) => (StatusCode::FORBIDDEN, format!("{reason}\n")).into_response(),
        None => next.run(request).await,
    }
}

/// Why a request is refused, if it is.
fn refusal(method: &Method, headers: &HeaderMap, allow_remote: bool) -> Option<&'static str> {
    // Otherwise a site whose name is made to lead to this machine (DNS rebinding) would be of the same origin.
    if !allow_remote && !names_this_machine(headers) {
        return Some(
            "the Host header names another host. The emulator listens for this machine only: use localhost or \
             127.0.0.1 in the URL, or start the emulator with --allow-remote",
        );
    }
    (method != Method::GET && is_of_another_site(headers)).then_some("another web site must not change the emulator")
}

/// Whether the only `Host` is this machine, under a name that no DNS server has a say in.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let is_local = |host: &str| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse();
        host.eq_ignore_ascii_case("localhost") || address.is_ok_and(is_loopback)
    };
    host.is_some_and(|host| is_local(host.host())) && hosts.next().is_none()
}

/// Whether a browser sends this for the page of another site. Browsers send `Sec-Fetch-Site` only to addresses
/// that they trust, so `Origin` counts, too. An origin of `null` may be anybody's.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    let is_foreign = |site: &HeaderValue| site == "cross-site" || site == "same-site";
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_own = |origin: &HeaderValue| {
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        origin.is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
    };
    headers.get_all("sec-fetch-site").iter().any(is_foreign)
        || headers.get_all(header::ORIGIN).iter().any(|origin| !is_own(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, headers: &[(&'static str, &'static str)], allow_remote: bool) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        refusal(&method, &headers.collect(), allow_remote).is_some()
    }

    #[test]
    fn only_names_of_this_machine_are_served() {
        for (host, is_local) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1:8080", true),
            ("127.9.9.9", true),
            ("[::1]:8080", true),
            ("[::ffff:7f00:1]:8080", true),
            ("", false),
            ("evil.example", false),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("127.0.0.1@evil.example", false),
            ("192.0.2.1:8080", false),
            ("0.0.0.0:8080", false),
            ("[2001:db8::1]:8080", false),
        ] {
            for method in [Method::GET, Method::POST] {
                assert_eq!(refused(method.clone(), &[("host", host)], false), !is_local, "{method} {host}");
                assert!(!refused(method, &[("host", host)], true), "{host}");
            }
        }
        assert!(refused(Method::GET, &[], false) && !refused(Method::GET, &[], true));
    }

    #[test]
    fn another_origin_changes_nothing() {
        for (host, origin, is_own) in [
            ("localhost:8080", "http://localhost:8080", true),
            ("localhost:8080", "http://LOCALHOST:8080", true),
            ("[::1]:8080", "http://[::1]:8080", true),
            ("localhost:8080", "http://localhost:8081", false),
            ("localhost:8080", "http://127.0.0.1:8080", false),
            ("localhost:8080", "http://evil.example", false),
            ("localhost:8080", "null", false),
            ("localhost:8080", "", false),
        ] {
            let headers = [("host", host), ("origin", origin)];
            for allow_remote in [false, true] {
                for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                    assert_eq!(refused(method, &headers, allow_remote), !is_own, "{host} {origin}");
                }
                assert!(!refused(Method::GET, &headers, allow_remote));
            }
        }
        assert!(refused(Method::POST, &[("origin", "http://evil.example")], true));
    }
}
