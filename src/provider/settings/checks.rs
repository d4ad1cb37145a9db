// SPDX-License-Identifier: Apache-2.0

//! Checks of the provider's settings. Named by the rows of the provider block and by `setting`,
//! which judges the environment, too.

use super::address::base_url;
use super::copied::{behind_a_name, is_quote};
use super::misplaced::may_hold_a_key;
use crate::schema::{Check, Verdict};
use crate::shown::no_file_name;

/// The address of the API.
pub(in crate::provider) const BASE_URL: Check = Check {
    says: "An `https` URL without credentials, query or fragment, and without the API's own path `/v1/mgmt`; \
           plain `http` only on \
           loopback addresses.",
    judge: base_url,
};

/// The management key.
pub(in crate::provider) const MANAGEMENT_KEY: Check = Check {
    says: "The key alone, without a project id or a variable's name before it: visible ASCII without spaces.",
    judge: management_key,
};

/// A project's id.
pub(in crate::provider) const PROJECT_ID: Check = Check {
    says: "Letters, digits, `-` and `_`, as in `P2…`. An id of 32 characters or more names its region after the `P`, as in `Peuc1…`; a \
           shorter one is in the default region. The id of a server (`MS…`) is refused.",
    judge: project_word,
};

/// The path of a file. Whether it is there is seen when it is needed.
pub(in crate::provider) const FILE: Check =
    Check { says: "The name of a file, on one line, and not its content.", judge: file };

/// The words of `on_conflict`.
pub(in crate::provider) const ON_CONFLICT: Check = Check { says: "`error` or `overwrite`.", judge: on_conflict };

/// What is no name is never quoted: it may be a private key.
fn file(text: &str) -> Verdict {
    match no_file_name(text) {
        Some(fault) => Verdict::Refuse(format!("{fault} Give the name of a file that holds it.")),
        None if text.contains(['\0', '\u{fffd}']) => {
            Verdict::Refuse("It has bytes in it that are not UTF-8, or a NUL.".to_owned())
        }
        None => Verdict::Accept,
    }
}

fn on_conflict(text: &str) -> Verdict {
    match text {
        "error" | "overwrite" => Verdict::Accept,
        other => Verdict::Refuse(format!("{other:?} is neither \"error\" nor \"overwrite\".")),
    }
}

/// A key alone, which an HTTP header can carry. It never quotes the key.
fn management_key(text: &str) -> Verdict {
    let refuse = |reason: &str| Verdict::Refuse(reason.to_owned());
    // The form of the `Authorization` header, as in the examples of Descope's API reference.
    let (scheme, rest) = text.split_at_checked("Bearer ".len()).unwrap_or(("", text));
    let (bearer, joined) = match scheme.eq_ignore_ascii_case("Bearer ") {
        true => (true, rest),
        false => (false, text),
    };
    let (before, behind) = joined.split_once(':').map_or(("", ""), |(before, behind)| (before.trim(), behind.trim()));
    let is_letters =
        |text: &str, first: char| text.starts_with(first) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_letters(before, 'P') {
        return match behind.is_empty() {
            true => refuse("It is a project id and a `:`, and nothing follows. Give the key alone."),
            false => refuse("It is a project id and a key, joined by `:`. Give the key alone, which is after the `:`."),
        };
    }
    if is_letters(before, 'K') && is_letters(behind, 'P') {
        return refuse("It is a key and a project id, joined by `:`. Give the key alone, which is before the `:`.");
    }
    if bearer {
        return refuse("It begins with `Bearer `, as the header of a request does. Give the key alone.");
    }
    if let Some(fault) = with_more_than_the_key(text.trim()) {
        return refuse(fault);
    }
    if text.trim().starts_with(is_quote) || text.trim().ends_with(is_quote) {
        return refuse("It has a quotation mark at its beginning or end, which is not part of the key. Leave it out.");
    }
    if !text.is_ascii() {
        return refuse("It has characters that are not ASCII.");
    }
    if text.trim() != text {
        return refuse("It has white space around it, perhaps a line break at its end.");
    }
    if text.contains(|c: char| c.is_ascii_whitespace()) {
        return refuse("It has white space inside, such as a space or a line break.");
    }
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Verdict::Accept,
        false => refuse("It has a control character in it."),
    }
}

/// What a text is that has more in it than a key: a line that was copied as a whole. A key has no `=` but at its
/// end, and neither begins nor ends with a `:`.
fn with_more_than_the_key(text: &str) -> Option<&'static str> {
    let last_word = |text: &str| text.trim_end().rsplit([' ', '\t']).next().unwrap_or_default().to_owned();
    if behind_a_name(text).is_some() {
        return Some("It is a name and a key, joined by `=`, as in a shell or an `.env` file. Give the key alone.");
    }
    if let Some((before, _)) = text.split_once(':') {
        let name = last_word(before).to_ascii_lowercase();
        if before.is_empty() {
            return Some("It begins with a `:`, which stands between a project id and a key. Give the key alone.");
        }
        if name.ends_with("authorization") {
            return Some("It is the header of a request. Give the key alone.");
        }
        if name.ends_with("_key") || name.ends_with("-key") {
            return Some("It is a name and a key, joined by `:`, as in a YAML file. Give the key alone.");
        }
    }
    text.ends_with(':').then_some("It ends in a `:`, which no key does. Give the key alone.")
}

/// What a header and an address can carry. Empty means not set. A text that may hold a key is not quoted, and is not
/// taken for a project either: projects are shown and stored.
fn project_word(text: &str) -> Verdict {
    if text.contains("://") && !may_hold_a_key(text) {
        return Verdict::Refuse(format!("It is a URL. Give the project's id alone{}.", id_in(text)));
    }
    if text.contains(':') {
        let reason = "It has a `:` in it, so it may be a project id and a management key, joined. Give the project id \
                      alone, which is before the `:`, and the key as `management_key` (`DESCOPE_MANAGEMENT_KEY`).";
        return Verdict::Refuse(reason.to_owned());
    }
    if may_hold_a_key(text) || text.starts_with('K') && !text.contains('P') {
        let reason = "It may be a management key in the wrong place: that begins with `K`, and a project id with `P`. \
                      If it is a key that something has stored or shown, renew it.";
        return Verdict::Refuse(reason.to_owned());
    }
    if let Some(what) = id_of(text) {
        let reason = format!("{text:?} is the id of {what}, and not of its project, which begins with `P`.");
        return Verdict::Refuse(reason);
    }
    match text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        true => Verdict::Accept,
        false => Verdict::Refuse(format!(
            "{text:?} is not a project id, which begins with `P` and has only letters, digits, `-` and `_`, as in \
             `P2…`, or `Peuc1…` where it names a region."
        )),
    }
}

/// What an id in a project belongs to, if it is one. Any other text may be a project of a stand-in for Descope.
fn id_of(text: &str) -> Option<&'static str> {
    let is_id = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let kinds = [("MS", "an MCP server"), ("RS", "a Resource")];
    kinds.into_iter().find(|(prefix, _)| text.strip_prefix(prefix).is_some_and(is_id)).map(|(_, what)| what)
}

/// The project's id in a URL, such as that of a page of the console.
fn id_in(url: &str) -> String {
    let is_id = |part: &&str| {
        let mut signs = part.bytes();
        signs.next() == Some(b'P') && signs.next().is_some() && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    path.split(['/', '?', '#']).find(is_id).map(|id| format!(": {id}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_text_that_may_hold_a_key_is_no_project_and_is_not_quoted() {
        for text in [
            "P2abc:Ksecret0secret0secret0",
            "Ksecret0secret0secret0",
            ":Ksecret",
            "P:",
            "DESCOPE_MANAGEMENT_KEY=Ksecret0secret0secret0",
            "P2abc Ksecret0secret0secret0",
            "Ksecret",
            "https://Ksecret0secret0secret0/P2",
        ] {
            let Verdict::Refuse(reason) = project_word(text) else { panic!("{text}") };
            assert!(!reason.contains("secret") && !reason.contains(text), "{reason}");
        }
        let told = project_word("my project");
        assert!(told.refusal().is_some_and(|reason| reason.contains("as in `P2…`, or `Peuc1…`")), "{told:?}");
        for (url, words) in [
            ("https://app.descope.com/P22", "It is a URL. Give the project's id alone: P22."),
            ("https://u:secret@app.descope.com/settings/P2ab/x?y#z", "alone: P2ab."),
            ("https://app.descope.com/settings?P", "Give the project's id alone."),
        ] {
            let told = project_word(url);
            let is_told = |reason: &str| reason.ends_with(words) && !reason.contains("secret");
            assert!(told.refusal().is_some_and(is_told), "{told:?}");
        }
        for text in ["P2abc", "Peuc1abc", "KP2short", ""] {
            assert_eq!(project_word(text), Verdict::Accept, "{text}");
        }
    }

    #[test]
    fn the_id_of_a_server_is_no_project() {
        for (text, what) in [("MS35d1", "an MCP server"), ("RS35d1", "a Resource"), ("MSabc", "an MCP server")] {
            let told = project_word(text);
            let words = format!("{text:?} is the id of {what}, and not of its project, which begins with `P`.");
            assert_eq!(told.refusal(), Some(words.as_str()), "{text}");
        }
        for text in ["MS", "RS", "MS-1", "RS_x", "ms1", "PMS1", "test", "MyStandIn"] {
            assert_eq!(project_word(text), Verdict::Accept, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_of_a_file_is_not_quoted() {
        let key = rcgen::KeyPair::generate().unwrap();
        let (pem, der) = (key.serialize_pem(), STANDARD.encode(key.serialize_der()));
        let itself = "is a certificate or a key itself. Give the name of a file that holds it.";
        for (text, words) in [
            (pem.as_str(), itself),
            (&pem.replace('\n', "\\n"), itself),
            (&pem.replace('\n', " "), itself),
            (&STANDARD.encode(&pem), itself),
            (&der, itself),
            (&format!("{der}\n"), itself),
            ("secret\nsecret", "has a line break in it"),
            ("secret\r", "has a line break in it"),
            (&"secret/".repeat(999), "too long for a name"),
            ("secret\0", "or a NUL"),
        ] {
            let told = file(text);
            let reason = told.refusal().unwrap_or_else(|| panic!("{text:?} is taken for a name"));
            assert!(reason.contains(words) && !reason.contains("secret") && reason.len() < 150, "{text:?}: {reason}");
        }
        for name in ["k.pem", "/etc/ssl/ca.pem", r"C:\keys\me.key", "", "Machines", &"deep/".repeat(99)] {
            assert_eq!(file(name), Verdict::Accept, "{name}");
        }
    }

    #[test]
    fn keys() {
        let refused = |text, words: &str| {
            let verdict = management_key(text);
            assert!(matches!(&verdict, Verdict::Refuse(reason) if reason.contains(words)), "{text}: {verdict:?}");
        };
        assert_eq!(management_key("K2abc:odd-but/visible"), Verdict::Accept);
        refused("P2abc:K2abc", "Give the key alone");
        refused("Bearer P2abc:K2abc", "Give the key alone");
        refused("K2abc\n", "around it, perhaps a line break");
        refused("P2abc:", "`:`, and nothing follows");
        for text in ["K2abc:P2abc", "Bearer K2abc:P2abc", "K2abc : P2abc", "K2abc:P"] {
            refused(text, "Give the key alone, which is before the `:`.");
        }
        refused("export KEY=K2abc:P2abc", "joined by `=`");
        refused("bearer K2abc", "begins with `Bearer `");
        refused("\"K2abc\"", "quotation mark");
        refused("\u{201c}K2abc\u{201d}", "quotation mark");
        refused("K2 abc", "white space inside");
        refused("K2\u{e9}", "not ASCII");
        refused("K2\u{1}", "control character");
        refused(":K2abc", "begins with a `:`");
        refused("K2abc:", "ends in a `:`");
        for text in [
            "KEY=K2abc",
            "DESCOPE_MANAGEMENT_KEY=K2abc",
            "DESCOPE_MANAGEMENT_KEY=\"K2abc\"",
            "export DESCOPE_MANAGEMENT_KEY=K2abc",
            "set DESCOPE_MANAGEMENT_KEY=K2abc",
            "$env:DESCOPE_MANAGEMENT_KEY = \"K2abc\"",
            "docker run -e DESCOPE_MANAGEMENT_KEY=K2abc",
            "--management-key=K2abc",
            "management_key = \"K2abc\"",
            "export KEY=P2abc:K2abc",
        ] {
            refused(text, "joined by `=`");
        }
        refused("DESCOPE_MANAGEMENT_KEY: K2abc", "joined by `:`, as in a YAML file");
        refused("Authorization: Bearer P2abc:K2abc", "the header of a request");
        assert_eq!(management_key("K2abc=="), Verdict::Accept, "the end of base64");
        for text in [
            "Bearer K2abc",
            "'K2abc'",
            "K2abc K2abc",
            " K2abc",
            "P2abc:K2abc",
            "K2abc:P2abc",
            "K2abc\u{7f}",
            ":K2abc",
            "NAME=K2abc",
            "some_key: K2abc",
        ] {
            let verdict = management_key(text);
            assert!(verdict.refusal().is_some_and(|reason| !reason.contains("K2abc")), "{verdict:?}");
        }
    }
}
