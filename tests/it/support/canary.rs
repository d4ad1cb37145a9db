// SPDX-License-Identifier: Apache-2.0

//! A secret that is easy to find, in every form in which an answer may repeat it, and the search for
//! what is left of one. It shares no code with `src/shown`: a mistake there must not hide itself.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// How long a part of a secret is that may not be seen, in characters.
const PART: usize = 12;

/// A secret to look for.
#[derive(Clone, Copy)]
pub struct Canary {
    pub name: &'static str,
    pub text: &'static str,
}

impl Canary {
    /// The secret in every form, by name. `project` stands in front of it in some.
    pub fn forms(&self, project: &str) -> Vec<(&'static str, String)> {
        let text = self.text;
        let each = |form: &dyn Fn(char) -> String| text.chars().map(form).collect::<String>();
        let code = |c: char| u32::from(c);
        let json = serde_json::to_string(text).unwrap();
        let json = &json[1..json.len() - 1];
        let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let odd = |upper: bool| {
            each(&|c| match (c.is_ascii_alphanumeric(), upper) {
                (true, _) => c.to_string(),
                (false, true) => format!("%{:02X}", code(c)),
                (false, false) => format!("%{:02x}", code(c)),
            })
        };
        let joined = format!("{project}:{text}");
        let middle = text.len() / 2;
        vec![
            ("as it is", text.to_owned()),
            ("behind its project", format!("Bearer {joined}")),
            ("its beginning", text[..PART].to_owned()),
            ("its end", text[text.len() - PART..].to_owned()),
            ("its middle", text[4..text.len() - 3].to_owned()),
            ("JSON", json.to_owned()),
            ("JSON in JSON", serde_json::to_string(json).unwrap().trim_matches('"').to_owned()),
            ("JSON with slashes escaped", json.replace('/', "\\/")),
            ("JSON by code", each(&|c| format!("\\u{:04x}", code(c)))),
            ("URL, upper case", odd(true)),
            ("URL, lower case", odd(false)),
            ("URL, every byte", each(&|c| format!("%{:02X}", code(c)))),
            ("URL, twice", odd(true).replace('%', "%25")),
            ("HTML by name", html.clone()),
            ("HTML, twice", html.replace('&', "&amp;")),
            ("HTML by code", each(&|c| format!("&#{};", code(c)))),
            ("HTML by hexadecimal code", each(&|c| format!("&#x{:X};", code(c)))),
            ("hexadecimal", hex(text)),
            ("hexadecimal, upper case", hex(text).to_uppercase()),
            ("base64", STANDARD.encode(text)),
            ("base64 for URLs", URL_SAFE_NO_PAD.encode(text)),
            ("base64 behind its project", STANDARD.encode(&joined)),
            ("base64 at another offset", STANDARD.encode(format!("x{joined}"))),
            ("base64 at yet another offset", STANDARD.encode(format!("xy{joined}\n"))),
            ("broken by a line end", format!("{}\n{}", &text[..middle], &text[middle..])),
            ("broken by lines", format!("{}\r\n\t{}", &text[..PART], &text[PART..])),
            ("broken by control characters", format!("{}\0{}\u{200b}{}", &text[..8], &text[8..20], &text[20..])),
            ("coloured", format!("{}\u{1b}[0m{}", &text[..1], &text[1..])),
            ("in a link", format!("{}\u{1b}]8;;x\u{7}{}\u{1b}]8;;\u{1b}\\", &text[..8], &text[8..])),
            ("bytes with colons", each(&|c| format!("{:02x}:", code(c)))),
            ("bytes with hyphens", each(&|c| format!("{:02X}-", code(c)))),
            ("bytes with spaces", each(&|c| format!("{:02x} ", code(c)))),
            ("bytes as in C", each(&|c| format!("0x{:02x}, ", code(c)))),
            ("bytes as in C, side by side", each(&|c| format!("0x{:02x}", code(c)))),
            ("bytes in a literal", each(&|c| format!("\\x{:02x}", code(c)))),
            ("bytes in decimal", each(&|c| format!("{},", code(c)))),
            ("octal", each(&|c| format!("\\{:03o}", code(c)))),
            ("octal behind a zero", each(&|c| format!("\\0{:03o}", code(c)))),
            ("HTML without a semicolon", each(&|c| format!("&#{}", code(c)))),
            ("HTML by hexadecimal code without a semicolon", each(&|c| format!("&#x{:x}", code(c)))),
            ("HTML with zeros", each(&|c| format!("&#{:05};", code(c)))),
            ("CSS", each(&|c| format!("\\{:x} ", code(c)))),
            ("CSS of six digits", each(&|c| format!("\\{:06x}", code(c)))),
            ("quoted-printable", each(&|c| format!("={:02X}", code(c)))),
            ("quoted-printable with soft line breaks", each(&|c| format!("={:02X}=\r\n", code(c)))),
            ("URL, every byte, twice", each(&|c| format!("%25{:02x}", code(c)))),
            ("JSON in JSON by code", each(&|c| format!("\\\\u{:04x}", code(c)))),
            ("base32", base32(text)),
            ("base32, lower case, behind its project", base32(&joined).to_lowercase()),
            ("base64 of base64", STANDARD.encode(STANDARD.encode(&joined))),
        ]
    }

    /// What is left of the secret in some bytes, in any form.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        // What a reader sees who does not see white space and control characters, spelled out or not.
        let mut seen = text.replace("\\n", "").replace("\\r", "").replace("\\t", "");
        for spelled in ["\u{1b}[0m", "\\u{1b}[0m", "\\u001b[0m", "\\u0000", "\\u{0}", "\\u200b", "\\u{200b}", "\\u{d}"]
        {
            seen = seen.replace(spelled, "");
        }
        seen.retain(|c| !c.is_whitespace() && !c.is_control() && !"\u{200b}│".contains(c));
        let lower = seen.to_lowercase();
        let mut found = Vec::new();
        for part in self.parts() {
            let in_case = part.strip_prefix("any case: ").map(|part| lower.contains(part));
            if in_case.unwrap_or_else(|| seen.contains(&part)) {
                found.push(format!("{}: {part}", self.name));
            }
        }
        found
    }

    /// All parts that may not be seen.
    fn parts(&self) -> Vec<String> {
        let windows = |text: &str, length: usize| {
            let chars: Vec<char> = text.chars().collect();
            chars.windows(length).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>()
        };
        let mut parts = windows(self.text, PART);
        type Form = fn(u32) -> String;
        let escapes: [Form; 18] = [
            |code| format!("\\u{code:04x}"),
            |code| format!("\\\\u{code:04x}"),
            |code| format!("\\x{code:02x}"),
            |code| format!("\\{code:03o}"),
            |code| format!("\\0{code:03o}"),
            |code| format!("\\{code:x}"),
            |code| format!("\\{code:06x}"),
            |code| format!("%{code:02x}"),
            |code| format!("%25{code:02x}"),
            |code| format!("={code:02x}"),
            |code| format!("={code:02x}="),
            |code| format!("&#{code}"),
            |code| format!("&#{code};"),
            |code| format!("&#{code:05};"),
            |code| format!("&#x{code:x}"),
            |code| format!("&#x{code:x};"),
            |code| format!("{code},"),
            |code| format!("0x{code:02x}"),
        ];
        for escape in escapes {
            let codes: Vec<String> = self.text.chars().map(|c| escape(u32::from(c))).collect();
            parts.extend(codes.windows(PART).map(|part| format!("any case: {}", part.concat())));
        }
        for between in [":", "-", ",0x"] {
            let codes: Vec<String> = self.text.bytes().map(|byte| format!("{byte:02x}")).collect();
            parts.extend(codes.windows(PART).map(|part| format!("any case: {}", part.join(between))));
        }
        for offset in 0..5 {
            let encoded = base32(&format!("{}{}", "x".repeat(offset), self.text));
            let own = encoded.trim_end_matches('=').len() - 1;
            let part = windows(&encoded[(offset * 8).div_ceil(5)..own].to_lowercase(), 8 * PART / 5);
            parts.extend(part.into_iter().map(|part| format!("any case: {part}")));
        }
        let inner = |offset: usize, text: &str| {
            let encoded = STANDARD_NO_PAD.encode(format!("{}{text}", "x".repeat(offset)));
            // Characters at the ends have bits of what stands beside it.
            encoded[(offset * 8).div_ceil(6)..encoded.len() - 1].to_owned()
        };
        for offsets in 0..9 {
            parts.extend(windows(&inner(offsets / 3, &inner(offsets % 3, self.text)), 16 * PART / 9));
        }
        parts.extend(windows(&hex(self.text), 2 * PART).into_iter().map(|part| format!("any case: {part}")));
        for offset in 0..3 {
            let bytes = [&vec![0; offset], self.text.as_bytes()].concat();
            for encoded in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
                // Characters at the ends have bits of what stands beside it.
                parts.extend(windows(&encoded[2 * offset.min(1) + 1..encoded.len() - 2], 4 * PART / 3));
            }
        }
        parts
    }
}

fn base32(text: &str) -> String {
    let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    let digit = |bits: &[u8]| {
        let value = usize::from_str_radix(&format!("{:0<5}", String::from_utf8_lossy(bits)), 2).unwrap();
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value])
    };
    let digits: String = bits.as_bytes().chunks(5).map(digit).collect();
    format!("{digits}{}", "=".repeat(digits.len().next_multiple_of(8) - digits.len()))
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn each_form_is_found() {
    let canary = Canary { name: "a key", text: r#"K2aNaRyQv9Zt/+"<&>:Yx-_sLm4TzLx7mJcEdWh4s"# };
    for (name, form) in canary.forms("P2project") {
        assert!(!canary.found_in(format!("x {form} y").as_bytes()).is_empty(), "{name}: {form}");
    }
    assert_eq!(canary.found_in(b"Bearer P2project:(the management key) K2aNaRyQv9Z"), [""; 0]);
}
