// SPDX-License-Identifier: Apache-2.0

//! What the messages promise.

use super::*;
use crate::descope::{About, Cause, Wish};
use crate::engine::Config;
use crate::provider::mcp_server::RESOURCE;
use crate::provider::settings::Environment;

fn detail(error: &Error, intent: Intent) -> String {
    let (what, base_url) = ("updating MCP server MS1".to_owned(), "https://api.descope.com");
    let doing = Doing {
        what,
        intent,
        base_url,
        project: "P1",
        sources: Sources::default(),
        table: RESOURCE.table,
        limit: "`x` raises it.",
        codes: &[],
    };
    diagnose(error, &doing).iter().next().unwrap().detail.clone()
}

#[test]
fn an_answer_that_is_too_large_is_said_to_be_so() {
    let error = |status| Error::new("/v1/x", Trouble::TooLarge { status, limit: 64 << 20 });
    for (status, intent, undecided) in
        [(200, Intent::Change, true), (404, Intent::Change, false), (200, Intent::Read, false)]
    {
        let text = detail(&error(status), intent);
        let came = format!("https://api.descope.com/v1/x answered with status {status} and more than 64 MiB");
        assert!(text.contains(&came) && text.contains("was not read"), "{text}");
        assert_eq!(text.contains("plan again to see"), undecided, "{text}");
    }
    assert!(detail(&error(200), Intent::Document).contains("more than 64 MiB"));
}

/// A web server of somebody else may know no POST.
#[test]
fn what_is_no_api_is_told_as_that() {
    for status in [404, 405, 501] {
        let refused = Trouble::Refused(Box::new(ApiError { status, ..ApiError::default() }));
        for trouble in [refused, Trouble::NotJson { status, excerpt: "<html>".to_owned() }] {
            let text = detail(&Error::new("/v1/x", trouble), Intent::Read);
            assert!(text.contains("what answers at https://api.descope.com does not know /v1/x"), "{status}: {text}");
        }
    }
}

#[test]
fn no_message_says_twice_where_something_is() {
    let what = || "reading MCP server MS1 in project P1".to_owned();
    let refused = |status, code: &str| {
        Trouble::Refused(Box::new(ApiError { status, code: code.to_owned(), ..ApiError::default() }))
    };
    let reason = || "it said so".to_owned();
    let place = crate::descope::NotText { keys: vec!["name".to_owned()] };
    let troubles = [200, 302, 400, 401, 404, 429, 500].map(|status| refused(status, "")).into_iter();
    let pages = [200, 302, 404, 429, 502].map(|status| Trouble::NotJson { status, excerpt: reason() });
    let others = [
        refused(403, "E111009"),
        Trouble::TooLarge { status: 200, limit: 1 },
        Trouble::NotDescribed { reason: reason() },
        Trouble::NotText { name: None, place },
        Trouble::Unproven { reason: reason() },
        Trouble::StillThere { what: "server" },
        Trouble::Unreachable { reason: Box::new(reason().into()), fate: crate::descope::Fate::NotDone },
        Trouble::Outage { reason: Box::new(reason().into()) },
        Trouble::NoClient(reason().into()),
        Trouble::UnfitHeader { value: "the project id" },
        Trouble::TimedOut,
        Trouble::Stopped,
    ];
    for trouble in troubles.chain(pages).chain(others) {
        for intent in [Intent::Read, Intent::Document, Intent::Change] {
            let (base_url, table) = ("https://api.descope.com", RESOURCE.table);
            let doing = Doing {
                what: what(),
                intent,
                base_url,
                project: "P1",
                sources: Sources::default(),
                table,
                limit: "",
                codes: &[],
            };
            let told = diagnose(&Error::new("/v1/x", trouble.clone()), &doing);
            let detail = &told.iter().next().unwrap().detail;
            assert!(!detail.contains("in project P1 in project P1"), "{detail}");
        }
    }
}

#[test]
fn nothing_changed_is_said_only_where_that_is_certain() {
    let refused = |status| Trouble::Refused(Box::new(ApiError { status, ..ApiError::default() }));
    let (nothing, perhaps) = ("Nothing changed.", "It may have taken effect all the same: plan again to see.");
    for (trouble, words) in [
        (Trouble::Stopped, Some(nothing)),
        (Trouble::TimedOut, Some(nothing)),
        (Trouble::Outage { reason: Box::new("refused".into()) }, Some(nothing)),
        (Trouble::UnfitHeader { value: "the project id" }, Some(nothing)),
        (refused(429), Some(nothing)),
        (refused(403), None),
        (refused(500), Some(perhaps)),
    ] {
        let error = Error::new("/v1/x", trouble);
        let text = detail(&error, Intent::Change);
        let said = [nothing, perhaps].into_iter().find(|words| text.ends_with(&format!(" {words}")));
        assert_eq!(said, words, "{text}");
        let after_a_change = detail(&error.after(true), Intent::Change);
        assert!(after_a_change.ends_with(perhaps) && !after_a_change.contains(nothing), "{after_a_change}");
    }
    for intent in [Intent::Read, Intent::Document] {
        let text = detail(&Error::new("/v1/x", Trouble::TimedOut), intent);
        assert!(text.ends_with(" raises it."), "nobody asked for a change: {text}");
    }
    let creation = Intent::Create { aftermath: String::new() };
    let text = detail(&Error::new("/v1/x", Trouble::TimedOut), creation);
    assert!(text.ends_with(" Nothing was created."), "{text}");
    for trouble in [refused(400), refused(401), refused(403), refused(409), refused(302)] {
        let creation = Intent::Create { aftermath: "One of that name.".to_owned() };
        let text = detail(&Error::new("/v1/x", trouble), creation);
        assert!(text.ends_with(" Nothing was created. One of that name."), "{text}");
    }
    let aftermath = "Two of that name.".to_owned();
    let text = detail(&Error::new("/v1/x", refused(500)), Intent::Create { aftermath });
    assert!(text.ends_with(" Two of that name."), "{text}");
}

#[test]
fn a_key_that_is_not_known_is_told_apart_from_one_that_lacks_a_permission() {
    let told = |status, code: &str| {
        let refused = ApiError { status, code: code.to_owned(), ..ApiError::default() };
        detail(&Error::new("/v1/x", Trouble::Refused(Box::new(refused))), Intent::Change)
    };
    assert!(told(401, "").contains("does not accept this management key for project P1"), "{}", told(401, ""));
    let check = "Check `management_key` (environment variable `DESCOPE_MANAGEMENT_KEY`), and `project_id` (environment \
                 variable `DESCOPE_PROJECT_ID`). In the Descope console (Company > Management Keys), check whether the key";
    assert!(told(401, "").contains(check), "{}", told(401, ""));
    let told_403 = told(403, "E011002");
    assert!(
        told_403.contains("the key is not allowed to do this in project P1: the key is not for this project"),
        "{told_403}"
    );
    assert!(told_403.contains("Extend its permissions, or give another key by `management_key`"), "{told_403}");
    // A gateway knows no codes of Descope's.
    let of_gateway = told(403, "");
    assert!(
        !of_gateway.contains("knows the management key") && of_gateway.contains("such as a gateway"),
        "{of_gateway}"
    );
}

#[test]
fn a_project_that_is_none_is_suspected_with_the_key() {
    for (project, is_suspected) in [("v", true), ("P1", false)] {
        let refused = Trouble::Refused(Box::new(ApiError { status: 401, ..ApiError::default() }));
        let doing = Doing {
            what: "reading".to_owned(),
            intent: Intent::Read,
            base_url: "https://api.descope.com",
            project,
            sources: Sources::default(),
            table: RESOURCE.table,
            limit: "",
            codes: &[],
        };
        let text = diagnose(&Error::new("/v1/x", refused), &doing).iter().next().unwrap().detail.clone();
        assert_eq!(text.contains("A project's id begins with `P`"), is_suspected, "{text}");
    }
}

/// Nothing is applied by a data source or a refresh.
#[test]
fn only_an_apply_is_advised_to_apply_again() {
    let limited = || Error::new("/v1/x", Trouble::Refused(Box::new(ApiError { status: 429, ..ApiError::default() })));
    for (intent, words) in [
        (Intent::Read, "Try again later"),
        (Intent::Document, "answered with status 429"),
        (Intent::Change, "Apply again later"),
        (Intent::Create { aftermath: String::new() }, "Apply again later"),
    ] {
        let is_read = matches!(intent, Intent::Read | Intent::Document);
        let text = detail(&limited(), intent);
        assert!(text.contains(words) && !(is_read && text.contains("pply again")), "{text}");
    }
}

#[test]
fn an_answer_that_is_quoted_follows_what_was_done() {
    let refused = Trouble::Refused(Box::new(ApiError { status: 400, ..ApiError::default() }));
    let text = detail(&Error::new("/v1/x", refused), Intent::Read);
    assert!(text.starts_with("While updating MCP server MS1: https://api.descope.com/v1/x answered with"), "{text}");
}

#[test]
fn an_outage_that_another_message_tells_is_told_in_short() {
    let cause = Cause::from("the proxy did nothing. Write it in another way. And so on");
    let text = detail(&Error::new("/v1/x", Trouble::Outage { reason: Box::new(cause) }), Intent::Read);
    assert!(text.contains("(the proxy did nothing), so this one was given up"), "{text}");
}

#[test]
fn what_is_at_fault_decides_what_to_check() {
    let told = |about, base_url: &str| {
        let mut cause = Cause::from("x");
        cause.about = about;
        unreachable(base_url, Sources::default(), &cause)
    };
    let all = [
        About::Name,
        About::Connection,
        About::NoTls,
        About::Tls,
        About::NotHttp,
        About::SilentProxy,
        About::Certificate,
        About::CertificateName,
        About::CertificateTime,
        About::CertificateSignature,
        About::UnfitCertificate,
        About::ClientCertificate,
        About::Silent,
        About::Proxy,
        About::Other,
    ];
    for about in all {
        let text = told(about, "https://api.descope.com");
        let of_certificates = matches!(about, About::Certificate | About::CertificateTime | About::ClientCertificate);
        assert_eq!(text.contains("certificate"), of_certificates, "{about:?}: {text}");
        assert_eq!(
            text.contains("add `api.descope.com` to `NO_PROXY`"),
            matches!(about, About::Proxy | About::SilentProxy),
            "{about:?}: {text}"
        );
        assert_eq!(text.contains("typo"), about == About::Name, "{about:?}: {text}");
    }
    for about in [About::Name, About::Connection, About::Other] {
        let mut cause = Cause::from("x");
        (cause.about, cause.exempted_by) = (about, Some("no_proxy"));
        let text = unreachable("https://api.descope.com", Sources::default(), &cause);
        assert!(text.contains("`no_proxy`, which exempts") && text.contains("api.descope.com"), "{about:?}: {text}");
    }
}

/// A file of authorities helps only where the authority is not known.
#[test]
fn what_is_wrong_with_a_certificate_decides_what_to_do() {
    let told = |about, settings: &[(&'static str, &str)], base_url: &str| {
        let mut cause = Cause::from("x");
        cause.about = about;
        let config = settings.iter().map(|(name, text)| (*name, (*text).into())).collect();
        unreachable(base_url, Sources::of(&Config::new(config), &Environment::default()), &cause)
    };
    let (address, file) = (("base_url", "https://x.example"), ("ca_cert_file", "ca.pem"));
    let of_file = "The file that `ca_cert_file` in the provider block names has no authority that issued it";
    for (about, settings, words) in [
        (About::Certificate, &[address][..], "name a file with its certificates by `ca_cert_file`"),
        (About::Certificate, &[address, file], of_file),
        (About::CertificateName, &[address], "Correct the host in `base_url` in the provider block, or"),
        (About::CertificateTime, &[address], "If this machine's clock is right, the server needs a new certificate."),
        (About::CertificateSignature, &[address], "Give the server a certificate that this authority has signed."),
        (About::CertificateSignature, &[address, file], "Check whether the file that `ca_cert_file` in the provider"),
        (About::UnfitCertificate, &[address], "Give the server a certificate that its authority has issued"),
        (About::CertificateName, &[], "it may be something on the way there"),
        (About::UnfitCertificate, &[], "it may be something on the way there"),
    ] {
        let text = told(about, settings, "https://x.example");
        assert!(text.contains(words), "{about:?}: {words:?} is not in {text}");
        assert_eq!(text.contains("`ca_cert_file`"), words.contains("`ca_cert_file`"), "{about:?}: {text}");
    }
}

/// What accepts connections runs.
#[test]
fn what_accepts_connections_on_this_machine_is_said_to_run() {
    for (about, runs) in [(About::Connection, false), (About::Silent, true), (About::Other, true)] {
        let mut cause = Cause::from("x");
        cause.about = about;
        let text = unreachable("http://localhost:1", Sources::default(), &cause);
        assert_eq!(text.contains("Something accepted the connection, so a server runs there"), runs, "{text}");
        assert_eq!(text.contains("Check whether it runs"), !runs, "{text}");
        assert_eq!(text.contains("`https://`"), about != About::Silent, "{text}");
    }
}

/// An address that nobody set has no setting to check: it follows from the project's id.
#[test]
fn only_a_setting_that_is_there_is_to_be_checked() {
    let environment = Environment { base_url: Some("x".to_owned()), ..Environment::default() };
    let set = Sources::of(&Config::new([].into()), &environment);
    let all = [About::Name, About::Connection, About::NoTls, About::Tls, About::NotHttp, About::Silent, About::Other];
    for about in all {
        let mut cause = Cause::from("x");
        cause.about = about;
        let text = unreachable("https://api.descope.com", Sources::default(), &cause);
        assert!(!text.to_lowercase().contains("base_url") && !text.contains("Neither"), "{about:?}: {text}");
        assert_eq!(text.contains("the project's id"), about == About::Name, "{about:?}: {text}");
        let text = unreachable("https://x.example", set, &cause);
        assert!(text.contains("the environment variable `DESCOPE_BASE_URL`"), "{about:?}: {text}");
        let text = unreachable("http://localhost:1", set, &cause);
        assert!(text.contains("the environment variable `DESCOPE_BASE_URL`"), "{about:?}: {text}");
    }
    let page = Trouble::NotJson { status: 200, excerpt: String::new() };
    let large = Trouble::TooLarge { status: 200, limit: 1 };
    let strange = Trouble::NotDescribed { reason: "x".to_owned() };
    let missing = Trouble::NotJson { status: 404, excerpt: String::new() };
    for trouble in [page, large, strange, missing] {
        let text = detail(&Error::new("/v1/x", trouble), Intent::Read);
        assert!(text.contains("the project's id, from which the address follows"), "{text}");
        assert!(!text.to_lowercase().contains("base_url"), "{text}");
    }
}

#[test]
fn the_limit_of_requests_that_is_set_is_named() {
    let one = std::num::NonZeroUsize::new(1);
    let (minute, at_once) = ("`max_requests_per_minute`", "`max_concurrent_requests`");
    for (per_minute, together, named) in
        [(one, None, minute.to_owned()), (None, one, at_once.to_owned()), (one, one, format!("{minute} or {at_once}"))]
    {
        let capped = Caps { per_minute, at_once: together };
        let text = detail(&Error::new("/v1/x", Trouble::TimedOut).under(capped), Intent::Read);
        assert!(text.contains(&format!("because {named} allowed no more requests")), "{text}");
    }
    let text = detail(&Error::new("/v1/x", Trouble::TimedOut), Intent::Read);
    assert!(text.contains("no answer came in time"), "{text}");
}

#[test]
fn a_value_that_no_header_can_carry_has_nothing_to_do_with_certificates() {
    let error = Error::new("/v1/x", Trouble::UnfitHeader { value: "the project id" });
    for intent in [Intent::Read, Intent::Document, Intent::Change] {
        let text = detail(&error, intent);
        assert!(text.contains("the project id has characters that no HTTP header can carry"), "{text}");
        assert!(!text.contains("certificate") && !text.contains("plan again"), "{text}");
    }
}

#[test]
fn a_request_that_was_not_sent_because_the_api_asked_to_wait_says_so() {
    let hour = Some(std::time::Duration::from_secs(3600));
    for (wish, words) in [
        (Wish { limited: true, asked: hour }, "(status 429) and asked to wait 1 hour (`Retry-After`)"),
        (Wish { limited: false, asked: hour }, "(status 503) and asked to wait 1 hour (`Retry-After`)"),
        (Wish { limited: true, asked: None }, "(status 429) and did not say for how long"),
    ] {
        let text = held("https://api.descope.com", wish, "Try again");
        assert!(text.contains(words) && text.contains("was not sent") && text.ends_with("Try again later."), "{text}");
    }
}
