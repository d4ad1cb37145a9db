//! What a person gets to see of a text from outside: no secret of this process, in whatever form an
//! answer repeats it, and no character that steers a terminal. All diagnostics and log lines go
//! through [`shown`], so no other layer needs to remember it.

mod decoded;
mod pattern;
mod terminal;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use self::pattern::Secret;
use self::terminal::steers;

/// The secrets of this process. Only digests of their parts are kept.
static SECRETS: RwLock<Vec<Secret>> = RwLock::new(Vec::new());

/// Hides a secret, and each part of 12 characters and more of it, in everything that is shown from
/// now on. `name` stands in its place. What also occurs in a text of `public` is no secret.
pub fn keep_secret(name: &'static str, secret: &str, public: &[&str]) {
    let secret = Secret::new(name, secret, public);
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    if !secrets.contains(&secret) {
        secrets.push(secret);
    }
}

/// A text as it may be shown: without secrets, and with characters that steer a terminal spelled out.
pub fn shown(text: &str) -> String {
    let hidden = without_secrets(text);
    let mut shown = String::with_capacity(hidden.len());
    for character in hidden.chars() {
        match steers(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// A text in which the names of secrets stand in their place. For a text that is cut before it is
/// shown, since a part of a secret may be too short to be recognised.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let found = found(text, &secrets);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut hidden, mut at) = (String::with_capacity(text.len()), 0);
    for (range, name) in found {
        hidden.push_str(text.get(at..range.start).unwrap_or_default());
        hidden.push('(');
        hidden.push_str(name);
        hidden.push(')');
        at = range.end;
    }
    hidden.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(hidden)
}

/// Where a text holds a secret, in order and without overlaps, and the secret's name.
fn found(text: &str, secrets: &[Secret]) -> Vec<(Range<usize>, &'static str)> {
    let mut found: Vec<(Range<usize>, &'static str)> = Vec::new();
    if secrets.is_empty() {
        return found;
    }
    for layer in decoded::layers(text) {
        for secret in secrets {
            found.extend(secret.find(text, &layer).into_iter().map(|range| (range, secret.name)));
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    found.dedup_by(|(next, _), (range, _)| {
        let overlap = next.start <= range.end;
        if overlap {
            range.end = range.end.max(next.end);
        }
        overlap
    });
    found
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    const KEY: &str = "K2xYz/9+Abc:dEf&Gh<i7JklMn\"0pQr=StUv";
    const PROJECT: &str = "P2xYzProject1234567890";

    /// The text with what was found in it replaced.
    fn hidden(text: &str) -> String {
        let secrets = [Secret::new("the key", KEY, &[PROJECT])];
        let mut text = text.to_owned();
        for (range, name) in found(&text.clone(), &secrets).into_iter().rev() {
            text.replace_range(range, &format!("({name})"));
        }
        text
    }

    fn each(text: &str, form: impl Fn(char) -> String) -> String {
        text.chars().map(form).collect()
    }

    #[test]
    fn a_key_is_hidden_whole_and_in_part() {
        assert_eq!(
            hidden(&format!("Bearer {PROJECT}:{KEY} was refused")),
            format!("Bearer {PROJECT}:(the key) was refused")
        );
        for part in [&KEY[..12], &KEY[KEY.len() - 12..], &KEY[5..17]] {
            assert_eq!(hidden(&format!("<b>{part}…</b>")), "<b>(the key)…</b>", "{part}");
        }
        assert_eq!(hidden(&KEY[..11]), KEY[..11]);
        assert_eq!(hidden("nothing to hide"), "nothing to hide");
    }

    #[test]
    fn escaped_keys_are_hidden() {
        let code = |c: char| u32::from(c);
        let json = serde_json::to_string(KEY).unwrap();
        let forms = [
            json.trim_matches('"').to_owned(),
            KEY.replace('/', "\\/"),
            each(KEY, |c| format!("\\u{:04x}", code(c))),
            each(KEY, |c| format!("\\U{:08X}", code(c))),
            each(KEY, |c| format!("\\x{:02x}", code(c))),
            each(KEY, |c| format!("%{:02x}", code(c))),
            each(KEY, |c| format!("%{:02X}", code(c))),
            each(KEY, |c| if c.is_alphanumeric() { c.into() } else { format!("%{:02X}", code(c)) }),
            each(KEY, |c| format!("%25{:02X}", code(c))),
            each(KEY, |c| format!("&#{};", code(c))),
            each(KEY, |c| format!("&#x{:x};", code(c))),
            each(KEY, |c| format!("&#X{:04X};", code(c))),
            KEY.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
            KEY.replace('&', "&amp;amp;").replace('<', "&amp;lt;").replace('"', "&#34;"),
            serde_json::to_string(&json).unwrap().trim_matches(['"', '\\']).to_owned(),
        ];
        for form in forms {
            let hidden = hidden(&format!("a ({form}) b"));
            assert!(
                hidden.starts_with("a (") && hidden.ends_with(") b") && hidden.contains("(the key)"),
                "{form}: {hidden}"
            );
            assert!(hidden.len() < 24, "{form}: {hidden}");
        }
    }

    #[test]
    fn encoded_keys_are_hidden() {
        let hex = KEY.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hidden(&format!("[{hex}]")), "[(the key)]");
        assert_eq!(hidden(&format!("[{}]", hex.to_uppercase())), "[(the key)]");
        for before in ["", "P", "P2", "P2xYzProject1234567890:", "Bearer P2xYz:"] {
            for after in ["", "x", "xy", "xyz"] {
                let plain = format!("{before}{KEY}{after}");
                for encoded in [STANDARD.encode(&plain), URL_SAFE_NO_PAD.encode(&plain)] {
                    let hidden = hidden(&format!("Basic {encoded}, it said"));
                    assert_eq!(hidden.replace('=', ""), "Basic (the key), it said", "{plain}");
                }
            }
        }
    }

    #[test]
    fn a_key_with_line_ends_and_control_characters_in_it_is_hidden() {
        for between in ["\n", "\r\n  ", "\0", "\u{200b}", "\\n", "%0a", "&#10;"] {
            let broken = format!("{}{between}{}", &KEY[..9], &KEY[9..]);
            assert!(hidden(&format!("a {broken} b")).starts_with("a (the key)"), "{broken:?}: {}", hidden(&broken));
        }
        let wrapped = STANDARD
            .encode(KEY)
            .as_bytes()
            .chunks(9)
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect::<Vec<_>>();
        assert!(!hidden(&wrapped.join("\n")).contains(&wrapped[1]), "{}", hidden(&wrapped.join("\n")));
    }

    #[test]
    fn what_is_no_secret_stays() {
        // A key may share a part with what is public, such as the emulator's, and may repeat itself.
        let secrets = [Secret::new("the key", "Kemulator22222222222222222222", &["Pemulator22222222222222222222"])];
        assert_eq!(found("Pemulator22222222222222222222, 2222222222222222", &secrets), []);
        assert_eq!(found("a Kemulator22222222222222222222 b", &secrets), [(2..31, "the key")]);
        // Nothing is hidden for the sake of an empty or hardly secret text.
        assert_eq!(found("K is a letter", &[Secret::new("the key", "K", &[]), Secret::new("the key", "", &[])]), []);
        assert_eq!(found("Ksecret", &[Secret::new("the key", "Ksecret", &[])]), [(0..7, "the key")]);
    }

    #[test]
    fn a_terminal_is_not_steered() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\r\0\u{9b}"), "a\\u{1b}[2Jb\\u{202e}c\\u{d}\\u{0}\\u{9b}");
        assert_eq!(shown("zwei\n\tZeilen für \u{1f600}"), "zwei\n\tZeilen für \u{1f600}");
    }

    #[test]
    fn secrets_are_hidden_in_the_whole_process() {
        keep_secret("a test's secret", "Tq8vLr3ZkW5nXy7B", &[]);
        keep_secret("a test's secret", "Tq8vLr3ZkW5nXy7B", &[]);
        assert_eq!(shown("x Tq8vLr3ZkW5nXy7B\u{7} y"), "x (a test's secret)\\u{7} y");
        assert!(!format!("{:?}", SECRETS.read().unwrap()).contains("Tq8v"));
    }
}
