// SPDX-License-Identifier: Apache-2.0

//! The page that shows what the emulator holds. Its files are below `page/`; they ask `control` for the
//! overview, again and again. Called by `routes`.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;

use super::world::SharedWorld;

/// Each file of the page: its path, its type, its text.
const FILES: [(&str, &str, &str); 4] = [
    ("/", "text/html; charset=utf-8", include_str!("page/page.html")),
    ("/_emulator/page.css", "text/css; charset=utf-8", include_str!("page/page.css")),
    ("/_emulator/page.js", "text/javascript; charset=utf-8", include_str!("page/page.js")),
    ("/_emulator/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
];

/// Only what comes from here, and no code or style in the page itself: a name with HTML in it can do nothing
/// even if the page took it for HTML.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// The routes of the page.
pub fn routes() -> Router<SharedWorld> {
    let mut router = Router::new();
    for (path, content_type, text) in FILES {
        let headers = [
            (header::CONTENT_TYPE, content_type),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        router = router.route(path, get(async move || (headers, text)));
    }
    // Browsers ask for it unasked, and it would stand among the API's requests.
    router.route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_no_code_or_style_of_its_own_and_nothing_from_elsewhere() {
        let [(_, _, html), (_, _, css), (_, _, js), (_, _, icon)] = FILES;
        for word in ["<style", "style=", "<script>", "onclick", "onload", "://"] {
            assert!(!html.contains(word), "page.html has {word}");
        }
        for word in ["@import", "url(", "://"] {
            assert!(!css.contains(word), "page.css has {word}");
        }
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "://"] {
            assert!(!js.contains(word), "page.js has {word}");
        }
        assert!(!icon.replace("http://www.w3.org/2000/svg", "").contains("://"));
        let linked = html.split('"').filter(|word| word.starts_with('/'));
        for path in linked {
            assert!(FILES.iter().any(|(known, ..)| *known == path), "page.html names {path}");
        }
    }
}
