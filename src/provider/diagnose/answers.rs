// SPDX-License-Identifier: Apache-2.0

//! What the API answered, and what to do about it, in sentences. Used by `diagnose`.

use url::Url;

use crate::descope::{About, ApiError, Cause, Wish};
use crate::diag::{Diagnostic, length};
use crate::provider::settings::sources::Sources;

/// Why a request was not sent, if the API asked to wait.
pub(super) fn held(base_url: &str, Wish { limited, asked }: Wish, again: &str) -> String {
    let answer = match limited {
        true => "that there are too many requests (status 429)",
        false => "that it has no time for them (status 503)",
    };
    let wait = match asked {
        Some(asked) => format!("asked to wait {} (`Retry-After`)", length(asked)),
        None => "did not say for how long".to_owned(),
    };
    format!(
        "the request was not sent in time, because all requests to {base_url} wait: it answered another one of this \
         run {answer} and {wait}. {again} later."
    )
}

pub(super) fn limited(what: &str, answer: &str, again: &str) -> Diagnostic {
    let detail = format!(
        "While {what}: Descope refused the request because there were too many at the time. {again} \
         later, or with a smaller `-parallelism`. {answer}"
    );
    Diagnostic::error("Descope's rate limit", detail)
}

pub(super) fn redirected(what: &str, base_url: &str, sources: Sources, answer: &str) -> Diagnostic {
    let detail = format!(
        "While {what}: {base_url} redirects to another address, and the provider does not send the \
         key there. Set {} to the address of the API. {answer}",
        sources.base_url()
    );
    Diagnostic::error("The API is elsewhere", detail)
}

/// The address leads elsewhere: what answers there does not know the API.
pub(super) fn nothing_there(what: &str, base_url: &str, sources: Sources, path: &str, answer: &str) -> Diagnostic {
    let scheme = base_url.find("://").map_or(0, |at| at + 3);
    let below = base_url.get(scheme..).and_then(|rest| rest.find('/')).map(|at| base_url.split_at(scheme + at));
    let advice = match below {
        Some((host, below)) => format!(
            "The cause is likely {}: it has the path `{below}` in it, where there is no such API. \
             Descope's own address has no path, so it may be {host} that is meant.",
            sources.base_url()
        ),
        None if sources.has_no_base_url() => format!("Check {}.", sources.address()),
        None => format!(
            "The cause is likely {}: it has to be the address of the API, such as \
             https://api.descope.com, and not that of the console or of an application.",
            sources.base_url()
        ),
    };
    let detail = format!(
        "While {what}: what answers at {base_url} does not know {path}. {advice} If the address is right, a \
         proxy or a gateway answers in place of Descope. {answer}"
    );
    Diagnostic::error("Not the address of the API", detail)
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

/// That nothing answers at an address, or that the way there is blocked.
pub(super) fn no_answer(base_url: &str, reason: &Cause) -> String {
    match reason.about {
        About::Proxy | About::SilentProxy => format!("{reason}."),
        // It may have begun.
        About::Other | About::Silent => format!("no complete answer came from {base_url}: {reason}."),
        _ => format!("no answer came from {base_url}: {reason}."),
    }
}

/// What to check if nothing answers at an address.
pub(super) fn unreachable(base_url: &str, sources: Sources, reason: &Cause) -> String {
    let setting = sources.base_url();
    let host = Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    match reason.about {
        About::Proxy | About::SilentProxy => format!(
            "The request did not get as far as Descope. Correct that variable, or exempt the API's host: add `{host}` \
             to `NO_PROXY`."
        ),
        About::CertificateTime => "If this machine's clock is right, the server needs a new certificate.".to_owned(),
        About::NoTls
        | About::Tls
        | About::NotHttp
        | About::CertificateName
        | About::CertificateSignature
        | About::UnfitCertificate
            if sources.has_no_base_url() =>
        {
            format!(
                "That is not how Descope answers, so it may be something on the way there. Check the network, and {}.",
                proxies(reason, &host)
            )
        }
        About::CertificateName => {
            format!("Correct the host in {setting}, or give the server a certificate for this host.")
        }
        About::CertificateSignature => match sources.authorities() {
            Some(file) => format!(
                "Check whether the file that {file} names has that authority's present certificate. If it has, \
                 give the server a certificate that this authority has signed."
            ),
            None => "Give the server a certificate that this authority has signed.".to_owned(),
        },
        About::UnfitCertificate => {
            "Give the server a certificate that its authority has issued for this host.".to_owned()
        }
        About::NoTls => format!(
            "Check the port in {setting}. If it is a server of plain http on this machine, such as \
             `descope-emulator`, write `http://`."
        ),
        About::Tls => format!("Write {setting} with `https://`."),
        About::NotHttp => format!("Check the host and port in {setting}: another program listens there."),
        About::Name => format!(
            "Check {} for a typo, and this machine's network and DNS. If only a proxy leads to the internet, \
             name it by `HTTPS_PROXY`{}.",
            match sources.has_no_base_url() {
                true => sources.address() + ",",
                false => format!("the host in {setting}"),
            },
            match reason.exempted_by {
                Some(variable) => format!(", and take {host} out of `{variable}`, which exempts it from any proxy"),
                None => String::new(),
            }
        ),
        About::Certificate => match sources.authorities() {
            Some(file) => format!(
                "The file that {file} names has no authority that issued it: add the certificate of the one that did."
            ),
            None => "To trust a private certificate authority, such as that of a company or of a proxy that opens \
                     connections, name a file with its certificates by `ca_cert_file` (environment variable \
                     `DESCOPE_CA_CERT_FILE`)."
                .to_owned(),
        },
        About::ClientCertificate => "Show the gateway a certificate that it accepts by `client_cert_file` and \
                                     `client_key_file` (environment variables `DESCOPE_CLIENT_CERT_FILE` and \
                                     `DESCOPE_CLIENT_KEY_FILE`)."
            .to_owned(),
        About::Silent if base_url.starts_with("http:") => format!(
            "Something accepted the connection, so a server runs there: find out why it does not answer, \
             and check the host and port in {setting}."
        ),
        About::Other if base_url.starts_with("http:") => format!(
            "Something accepted the connection, so a server runs there. Check the host and port in {setting}. \
             If it wants TLS, write `https://`."
        ),
        About::Connection if base_url.starts_with("http:") => format!(
            "Plain http is for a server on this machine, such as `descope-emulator`, and uses no proxy. Check whether \
             it runs, and the host and port in {setting}. If it wants TLS, write `https://`."
        ),
        About::Connection if sources.has_no_base_url() => {
            format!("Check the network, and {}.", proxies(reason, &host))
        }
        About::Other | About::Silent if sources.has_no_base_url() => {
            format!("Check the network, and {}. If they are right, try again later.", proxies(reason, &host))
        }
        About::Connection => {
            format!("Check the host and port in {setting}, the network, and {}.", proxies(reason, &host))
        }
        About::Other | About::Silent => {
            format!("Check the network, {}, and {setting}. If they are right, try again later.", proxies(reason, &host))
        }
    }
}

/// The settings of proxies, as in a sentence.
fn proxies(Cause { exempted_by, .. }: &Cause, host: &str) -> String {
    match exempted_by {
        Some(variable) => format!("`{variable}`, which exempts {host} from the proxy that `HTTPS_PROXY` may name"),
        None => "the proxy settings (`HTTPS_PROXY`, `NO_PROXY`)".to_owned(),
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
