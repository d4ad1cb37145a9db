//! What the API answered, and what to do about it, in sentences. Used by `diagnose`.

use crate::descope::{ApiError, Wish};
use crate::diag::Diagnostic;

/// Why a request was not sent, if the API asked to wait.
pub(super) fn held(base_url: &str, Wish { limited, asked }: Wish) -> String {
    let answer = match limited {
        true => "that there are too many requests (status 429)",
        false => "that it has no time for them (status 503)",
    };
    let wait = match asked {
        Some(asked) => format!("asked to wait {} seconds (`Retry-After`)", asked.as_secs()),
        None => "did not say for how long".to_owned(),
    };
    format!(
        "the request was not sent in time, because all requests to {base_url} wait: it answered another one of this \
         run {answer} and {wait}. Apply again later."
    )
}

pub(super) fn limited(what: &str, answer: &str) -> Diagnostic {
    let detail = format!(
        "While {what}: Descope refused the request because there were too many at the time. Apply \
         again later, or with a smaller `-parallelism`. {answer}"
    );
    Diagnostic::error("Descope's rate limit", detail)
}

pub(super) fn redirected(what: &str, base_url: &str, answer: &str) -> Diagnostic {
    let detail = format!(
        "While {what}: {base_url} redirects to another address, and the provider does not send the \
         key there. Set `base_url` to the address of the API. {answer}"
    );
    Diagnostic::error("The API is elsewhere", detail)
}

/// What Descope said, in its own words.
pub(super) fn answer_text(refusal: &ApiError, base_url: &str, path: &str) -> String {
    let words: Vec<&str> = [refusal.code.as_str(), refusal.description.as_str(), refusal.message.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    let request = refusal.request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
    match words.is_empty() {
        true => format!("{base_url}{path} answered with status {}{request} and no explanation.", refusal.status),
        false => format!(
            "{base_url}{path} answered with status {}{request}: {}.",
            refusal.status,
            words.join(": ").trim_end_matches('.')
        ),
    }
}

/// What to check if nothing answers at an address.
pub(super) fn unreachable(base_url: &str, reason: &str) -> &'static str {
    if reason.contains("does not speak TLS") {
        return "Check the port in `base_url` (environment variable `DESCOPE_BASE_URL`). If it is a server of plain \
                http on this machine, such as `descope-emulator`, write `http://`.";
    }
    if reason.contains("it may want TLS") {
        return "Check `base_url` (environment variable `DESCOPE_BASE_URL`): it may have to begin with `https://`.";
    }
    match base_url.starts_with("http:") {
        true => {
            "Plain http is for a server on this machine, such as `descope-emulator`, and uses no proxy. Check whether \
             it runs, and `base_url` (environment variable `DESCOPE_BASE_URL`)."
        }
        false => {
            "Check the network, the proxy settings (`HTTPS_PROXY`, `NO_PROXY`) and `base_url` (environment variable \
             `DESCOPE_BASE_URL`). To trust a private certificate authority, name a file with its certificates by \
             `ca_cert_file` (`DESCOPE_CA_CERT_FILE`). To a gateway that demands a certificate, show one by \
             `client_cert_file`."
        }
    }
}

pub(super) fn not_json(status: u16, excerpt: &str, base_url: &str, path: &str) -> String {
    let shown = match excerpt.is_empty() {
        true => " (an empty body)".to_owned(),
        false => format!(", beginning \"{excerpt}\""),
    };
    format!("{base_url}{path} answered with status {status} and something that is not JSON{shown}.")
}

pub(super) fn too_large(status: u16, limit: usize, base_url: &str, path: &str) -> String {
    format!(
        "{base_url}{path} answered with status {status} and more than {} MiB, so the answer was \
         not read.",
        limit >> 20
    )
}
