// SPDX-License-Identifier: Apache-2.0

//! What is hidden, in which forms, and what is not.

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
        KEY.replace('&', "&AMP;")
            .replace('<', "&LT;")
            .replace('/', "&sol;")
            .replace('+', "&plus;")
            .replace('=', "&equals;")
            .replace(':', "&colon;"),
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
        // One that is not known by its letters alone, as a key is.
        let password = [Secret::new("the password", KEY, &[]).spelled_exactly()];
        assert_eq!(found(&format!("a {broken} b"), &password), [(2..2 + broken.len(), "the password")], "{broken:?}");
    }
    let wrapped = STANDARD
        .encode(KEY)
        .as_bytes()
        .chunks(9)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect::<Vec<_>>();
    assert!(!hidden(&wrapped.join("\n")).contains(&wrapped[1]), "{}", hidden(&wrapped.join("\n")));
}

/// The bits of a text in digits of this width, the last one padded with zeros.
fn in_digits(text: &str, width: usize, alphabet: &[u8]) -> String {
    let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    let digit = |bits: &[u8]| {
        let padded = format!("{:0<width$}", String::from_utf8_lossy(bits));
        char::from(alphabet[usize::from_str_radix(&padded, 2).unwrap()])
    };
    bits.as_bytes().chunks(width).map(digit).collect()
}

/// Each of these has nothing of the key left, in the whole and in a part of it.
#[test]
fn keys_in_bytes_numbers_and_other_escapes_are_hidden() {
    let base32 = |text: &str| in_digits(text, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    for key in [KEY, &KEY[3..15]] {
        let bytes =
            |form: &dyn Fn(u8) -> String, between: &str| key.bytes().map(form).collect::<Vec<_>>().join(between);
        let hex = &|byte| format!("{byte:02x}");
        let upper = &|byte| format!("{byte:02X}");
        let colour = |key: &str| format!("\u{1b}[1;31m{}\u{1b}[0m{}", &key[..3], &key[3..]);
        let link = |key: &str| format!("{}\u{1b}]8;;https://x.example/\u{7}{}\u{1b}]8;;\u{1b}\\", &key[..5], &key[5..]);
        let quoted = bytes(&|byte| format!("={byte:02X}"), "");
        let soft = |end: &str| quoted.as_bytes().chunks(15).map(String::from_utf8_lossy).collect::<Vec<_>>().join(end);
        for form in [
            bytes(hex, ":"),
            bytes(upper, "-"),
            bytes(hex, " "),
            bytes(hex, "\n"),
            bytes(upper, ", "),
            bytes(&|byte| format!("0x{byte:02x}"), ""),
            bytes(&|byte| format!("0x{byte:02X}"), ", "),
            bytes(&|byte| format!("\\x{byte:02x}"), ""),
            bytes(&|byte| format!("U+{byte:04X}"), " "),
            bytes(&|byte| format!("0x{byte:03x}"), ", "),
            bytes(&|byte| format!("{byte:02x}00"), ""),
            bytes(&|byte| byte.to_string(), ","),
            bytes(&|byte| byte.to_string(), ",\n        "),
            bytes(&|byte| format!("&#{byte}"), ""),
            bytes(&|byte| format!("&#x{byte:x}"), ""),
            bytes(&|byte| format!("&#{byte:07};"), ""),
            bytes(&|byte| format!("&#x{byte:06X};"), ""),
            bytes(&|byte| format!("\\{byte:o}"), ""),
            bytes(&|byte| format!("\\{byte:03o}"), ""),
            bytes(&|byte| format!("\\0{byte:03o}"), ""),
            bytes(&|byte| format!("\\{byte:x} "), ""),
            bytes(&|byte| format!("\\{byte:06x}"), ""),
            bytes(&|byte| format!("%u{byte:04x}"), ""),
            bytes(&|byte| format!("\\u{{{byte:x}}}"), ""),
            each(key, |c| if c.is_alphanumeric() { c.into() } else { format!("\\{:06x}", u32::from(c)) }),
            each(key, |c| if c.is_alphanumeric() { c.into() } else { format!("={:02X}", u32::from(c)) }),
            each(key, |c| if c.is_alphanumeric() { c.into() } else { format!("\\{c}") }),
            soft("=\r\n"),
            soft("= "),
            colour(key),
            link(key),
            serde_json::to_string(&colour(key)).unwrap().trim_matches('"').to_owned(),
            colour(&each(key, |c| format!("%{:02x}", u32::from(c)))),
            base32(key),
            base32(key).to_lowercase(),
            base32(&format!("{PROJECT}:{key}")),
            STANDARD.encode(STANDARD.encode(format!("x{key}"))),
            STANDARD.encode(bytes(hex, "")),
            STANDARD.encode(each(key, |c| format!("%25{:02X}", u32::from(c)))),
            STANDARD.encode(serde_json::json!({ "authorization": format!("Bearer {PROJECT}:{key}") }).to_string()),
            bytes(hex, "").bytes().map(|byte| format!("{byte:02x}")).collect(),
            each(&STANDARD.encode(key), |c| format!("\\u{:04x}", u32::from(c))),
            each(key, |c| format!("%2525{:02x}", u32::from(c))),
            each(key, |c| format!("\\\\u{:04x}", u32::from(c))),
        ] {
            let hidden = hidden(&format!("a ({form}) b"));
            let rest = hidden.replace("(the key)", "");
            assert!(
                hidden.contains("(the key)") && rest.starts_with("a (") && rest.ends_with(") b"),
                "{form}: {hidden}"
            );
            let most = if form.contains('\u{1b}') || form.contains("u001b") { 70 } else { 12 };
            assert!(rest.len() <= most, "{form}: {hidden}");
        }
    }
}

/// A key as Descope makes them: letters and digits.
const PLAIN: &str = "K3canaryAbCdEf0123GhIjKlMnOpQr";

fn plain_hidden(text: &str) -> String {
    let secrets = [Secret::new("the key", PLAIN, &[PROJECT])];
    let mut text = text.to_owned();
    for (range, name) in found(&text.clone(), &secrets).into_iter().rev() {
        text.replace_range(range, &format!("({name})"));
    }
    text
}

/// A dump of bytes: so many a line and a word, the offsets of each line by `offset`, and the characters behind.
fn dump(bytes: &[u8], line: usize, word: usize, offset: impl Fn(usize) -> String, margin: [&str; 2]) -> Vec<String> {
    let hex = |word: &[u8]| word.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let lines = bytes.chunks(line).enumerate().map(|(index, bytes)| {
        let words: Vec<String> = bytes.chunks(word).map(hex).collect();
        let margin = match margin {
            ["", ""] => String::new(),
            [before, after] => format!("  {before}{}{after}", String::from_utf8_lossy(bytes)),
        };
        format!("{} {:width$}{margin}", offset(index * line), words.join(" "), width = line * 2 + line / word - 1)
    });
    lines.collect()
}

/// The same bytes, in which those of each word are in the other order.
fn swapped(bytes: &[u8], word: usize) -> Vec<u8> {
    bytes.chunks(word).flat_map(|word| word.iter().rev().copied()).collect()
}

#[test]
fn dumps_of_a_key_are_hidden_whatever_their_width_and_order() {
    let offsets: [fn(usize) -> String; 4] =
        [|at| format!("{at:08x}:"), |at| format!("{at:08x}"), |at| format!("0x{at:04x}:"), |at| format!("{at:07o}")];
    let text = format!("{{\"authorization\":\"Bearer {PROJECT}:{PLAIN}\"}}");
    for before in ["", &text[..3], &text] {
        let text = format!("{before}{PLAIN}");
        for line in [4, 8, 10, 12, 16, 24, 32] {
            for (offset, margin) in offsets
                .iter()
                .flat_map(|offset| [["", ""], ["|", "|"], [" ", ""], [">", "<"]].map(|margin| (offset, margin)))
            {
                for (word, order) in [(1, 1), (2, 1), (4, 1), (2, 2), (4, 4)] {
                    if line % word != 0 {
                        continue;
                    }
                    let mut lines = dump(&swapped(text.as_bytes(), order), line, word, offset, margin);
                    if order > 1 && !margin[0].is_empty() {
                        lines.truncate(0);
                    }
                    for between in ["\n", " ", "\\n"] {
                        let told = format!("it got {}", lines.join(between));
                        let hidden = plain_hidden(&told);
                        let hex: String = PLAIN.bytes().map(|byte| format!("{byte:02x}")).collect();
                        assert!(lines.is_empty() || hidden.contains("(the key)"), "{told}: {hidden}");
                        let rest: String = hidden.split_whitespace().collect();
                        assert!(!rest.contains(&hex[hex.len() - 6..]), "{told}: {hidden}");
                        assert!(!rest.contains(&PLAIN[PLAIN.len() - 4..]), "{told}: {hidden}");
                        assert!(!rest.contains(&PLAIN[8..12]), "{told}: {hidden}");
                    }
                }
            }
        }
    }
    let column = |form: &dyn Fn(u8) -> String| {
        let lines = PLAIN.as_bytes().chunks(8).enumerate().map(|(index, bytes)| {
            format!("{:07o} {}", 8 * index, bytes.iter().map(|byte| form(*byte)).collect::<Vec<_>>().join(" "))
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    for text in [column(&|byte| format!("{byte:03o}")), column(&|byte| format!("  {}", char::from(byte)))] {
        let hidden: Vec<String> = plain_hidden(&text).split_whitespace().map(str::to_owned).collect();
        assert_eq!(hidden.join(" "), "0000000 (the key)", "{text}");
    }
    let words = swapped(PLAIN.as_bytes(), 2).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(plain_hidden(&format!("got {words}.")), "got (the key).");
}

#[test]
fn a_key_in_another_case_or_with_something_between_its_letters_is_hidden() {
    let between = |mark: &str| each(PLAIN, |c| format!("{mark}{c}"));
    let listed = serde_json::to_string(&PLAIN.chars().collect::<Vec<_>>()).unwrap();
    for text in [
        PLAIN.to_uppercase(),
        PLAIN.to_lowercase(),
        PLAIN[4..16].to_uppercase(),
        between("-"),
        between("."),
        between(" · "),
        between("<wbr>"),
        between("&lt;wbr&gt;"),
        between("</i><i class=\"x\">"),
        format!("{}-{}.{}", &PLAIN[..7], &PLAIN[7..14], &PLAIN[14..]),
        format!("{}<b>{}</b>{}", &PLAIN[..7], &PLAIN[7..14], &PLAIN[14..]),
        listed,
        STANDARD.encode(PLAIN.to_uppercase()),
    ] {
        let hidden = plain_hidden(&format!("it got {text} today"));
        let rest = hidden.replace("(the key)", "");
        assert!(hidden.contains("(the key)") && rest.len() < "it got  today".len() + 20, "{text}: {hidden}");
    }
    // What stands between two keys stays.
    assert_eq!(plain_hidden(&format!("{PLAIN} - {PLAIN}")), "(the key) - (the key)");
    let hex: String = PLAIN.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent = each(PLAIN, |c| format!("%{:02X}", u32::from(c)));
    assert_eq!(plain_hidden(&format!("b {hex} c {percent} d")), "b (the key) c (the key) d");
    // Fewer letters than are promised, and a short secret, whose letters may be anywhere.
    assert_eq!(plain_hidden(&PLAIN[..11].to_uppercase()), PLAIN[..11].to_uppercase());
    let short = [Secret::new("the key", "Own-Server1", &[])];
    assert_eq!(found("own-server1, O-w-n-S-e-r-v-e-r-1", &short), []);
    let password = [Secret::new("the password", "Own-Mcp-Servers-1", &[]).spelled_exactly()];
    assert_eq!(found("own_mcp_servers_1", &password), []);
    assert_eq!(found("Own-Mcp-Servers-1", &password).len(), 1);
    let project = [Secret::new("the key", &format!("{PROJECT}x"), &[PROJECT])];
    assert_eq!(found(&PROJECT.to_uppercase(), &project), []);
}

#[test]
fn innocent_texts_stay_as_they_are() {
    let image: String = STANDARD.encode((0..999_u32).map(|n| (n * n % 251) as u8).collect::<Vec<_>>());
    for text in [
        "123e4567-e89b-12d3-a456-426614174000",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
        "color: #4b666f; background: #FFF, rgb(75, 102, 111)",
        "/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt",
        "C:\\Users\\me\\113\\terraform.exe",
        "4b:66:6f:2f:62:61 and 00-1A-2B-3C-4D-5E, fe80::1ff:fe23:4567:890a",
        "U2VjcmV0IG9mIHNvbWVib2R5IGVsc2UsIG5vdCBvdXJz",
        "JBSWY3DPEBLW64TMMQQHG33NMV2GQ2LOM4======",
        "1, 2, 3, 75, 102, 111, 47, 98, 97, 114, 255",
        "GET /v1/mgmt?a=b&c=%2Fd%20e&#39;f&amp;g HTTP/1.1",
        "x = y\n  z = =\r\n\u{1b}[31mred\u{1b}[0m",
        "P2xYzProject1234567890",
        "00000000: 4b32 7859 7a50 726f  K2xYzPro\n00000008: 6a65 6374 3132 3334  ject1234",
        "2024 2025 2026, 10: 11: 12: <b>bold</b> a < b > c",
        &image,
    ] {
        assert_eq!(hidden(text), text);
    }
}

/// However a text is made: the time is in proportion to its length, and the memory has a bound.
#[test]
fn long_texts_are_looked_at_in_a_short_time() {
    let secrets = [Secret::new("the key", KEY, &[])];
    let mut slowest = std::time::Duration::ZERO;
    let nested = |text: &str| (0..3).fold(text.to_owned(), |text, _| STANDARD.encode(text));
    for part in [
        "a usual text, in words. ".to_owned(),
        "&#0".to_owned(),
        "\u{1b}]".to_owned(),
        "\\u{0".to_owned(),
        "%25".to_owned(),
        "\\\\".to_owned(),
        "4b:".to_owned(),
        "75,".to_owned(),
        "= ".to_owned(),
        nested(&"letters in letters ".repeat(9)).replace('=', ""),
        "0000 0008 ".to_owned(),
        "ffff ".to_owned(),
        "<a".to_owned(),
    ] {
        let text = part.repeat((1 << 17) / part.len());
        let begun = std::time::Instant::now();
        assert_eq!(found(&text, &secrets), [], "{part}");
        slowest = slowest.max(begun.elapsed());
    }
    // A twentieth of a second as it is shipped; a quadratic one takes minutes.
    assert!(slowest < std::time::Duration::from_secs(10), "{slowest:?}");
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
