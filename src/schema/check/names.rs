// SPDX-License-Identifier: Apache-2.0

//! Checks of names: of anything, of scopes, and of domains.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::verdict::{Check, Verdict};

/// Some visible character is needed.
pub const NOT_BLANK: Check = Check { says: "Must not be blank.", judge: not_blank };

/// The same of each text in a set, which may be empty itself. Descope does not say that it refuses such a text.
pub const NONE_BLANK: Check = Check { says: "None of them may be blank.", judge: none_blank };

/// A text with at least one visible character.
fn not_blank(text: &str) -> Verdict {
    match blank(text) {
        Some(reason) => Verdict::Forbid(reason),
        None => Verdict::Accept,
    }
}

fn none_blank(text: &str) -> Verdict {
    blank(text).map_or(Verdict::Accept, Verdict::Refuse)
}

/// What is wrong with a blank text. It is quoted, because it may be one of the elements of a set.
pub(super) fn blank(text: &str) -> Option<String> {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c)).then(|| match text.trim() {
        _ if text.is_empty() => "\"\" is empty. It must have a visible character.".to_owned(),
        "" => format!("{text:?} is only white space. It must have a visible character."),
        // Some of them would not be seen in a quotation.
        _ => format!("\"{}\" is only invisible characters. It must have a visible character.", text.escape_unicode()),
    })
}

/// Whether nobody sees a character that stands alone: what formats a text, fills a place or varies what is before it.
/// Others that a quotation spells out, such as an emoji that is too new to be known, may be seen.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e01ef}')
}

/// The name of a scope.
pub const SCOPE_NAME: Check =
    Check { says: "Visible ASCII without spaces, `\"` and `\\` (RFC 6749).", judge: scope_token };

/// A scope's name (RFC 6749 section 3.3): visible ASCII without quotation marks and backslashes.
fn scope_token(text: &str) -> Verdict {
    if let Some(reason) = blank(text) {
        return Verdict::Refuse(reason);
    }
    match text.chars().find(|&c| !matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')) {
        Some(' ') => {
            Verdict::Refuse(format!("{text:?} has a space, which separates scopes. Declare each scope by itself."))
        }
        Some(c) => {
            Verdict::Refuse(format!("{text:?} has {c:?}; a scope's name is visible ASCII without `\"` and `\\`."))
        }
        None => Verdict::Accept,
    }
}

/// A host name or a wildcard of one.
pub const DOMAIN_PATTERN: Check = Check {
    says: "A host name, or `*.` and a host name. Schemes and paths are refused; `*` alone, ports and underscores cause a \
           warning.",
    judge: domain_pattern,
};

/// A host name, or `*.` followed by one, without scheme, port or path.
///
/// The rules are those of internationalised domain names (UTS 46) with STD3: letters, digits and
/// hyphens, none of which begins or ends a label. Names that IDNA would spell differently draw a
/// warning, since a pattern is compared as it is written. So do `*`, a port and underscores, which
/// real servers have: what Descope makes of them is not documented.
fn domain_pattern(text: &str) -> Verdict {
    if text == "*" {
        return Verdict::Warn("\"*\" may accept the clients of any domain. Name the domains.".to_owned());
    }
    let port =
        text.rsplit_once(':').filter(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let usual = port.map_or(text, |(host, _)| host).replace('_', "x");
    if usual != text && matches!(domain_name(&usual), Verdict::Accept) {
        let odd = if port.is_some() { "a port" } else { "an underscore" };
        return Verdict::Warn(format!(
            "{text:?} has {odd}. Descope does not document whether such a pattern matches anything."
        ));
    }
    domain_name(text)
}

fn domain_name(text: &str) -> Verdict {
    let advice = "Write a host name, or a wildcard such as \"*.example.com\", without scheme, port or path.";
    let (wildcard, host) = text.strip_prefix("*.").map_or(("", text), |host| ("*.", host));
    // Two hyphens in the middle are allowed, as in names such as `r3---sn.example.com`.
    let (rules, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let Ok(ascii) = Uts46::new().to_ascii(host.as_bytes(), rules, hyphens, DnsLength::Verify) else {
        return Verdict::Refuse(format!("{text:?} is not a domain pattern. {advice}"));
    };
    let (unicode, _) = Uts46::new().to_unicode(ascii.as_bytes(), rules, hyphens);
    if text.chars().any(char::is_uppercase) {
        return Verdict::Warn(format!(
            "{text:?} has capital letters. Domain names don't distinguish case: write it in lower case."
        ));
    }
    if host != ascii && host != unicode {
        let plain = format!("{wildcard}{unicode}");
        return Verdict::Warn(format!("{text:?} is another spelling of the domain name {plain:?}. Write that."));
    }
    Verdict::Accept
}

#[cfg(test)]
mod tests {
    use super::super::verdict::tests::{accepted, refused, warned};
    use super::*;

    #[test]
    fn blank_texts_are_quoted_since_they_may_be_elements() {
        for (text, words) in [("", "\"\" is empty."), (" ", "\" \" is only white space."), ("\t", "\"\\t\" is only")] {
            let told = [not_blank(text), scope_token(text)].map(|told| told.refusal().map(str::to_owned));
            assert!(told.iter().flatten().filter(|reason| reason.starts_with(words)).count() == 2, "{told:?}");
        }
    }

    #[test]
    fn texts_that_nobody_sees_are_blank() {
        for (text, words) in [
            ("\u{200b}", "\"\\u{200b}\" is only invisible characters. It must have a visible character."),
            ("\u{3164}", "\"\\u{3164}\" is only invisible"),
            ("\u{ad}\u{2060}", "\"\\u{ad}\\u{2060}\" is only invisible"),
            ("\u{2800}", "is only invisible"),
            (" \u{fe0f}\n", "is only invisible"),
            ("\u{1}", "is only invisible"),
            ("\u{a0}\u{3000}", "is only white space."),
        ] {
            for told in [not_blank(text), none_blank(text), scope_token(text)] {
                assert!(told.refusal().is_some_and(|reason| reason.contains(words)), "{text:?}: {told:?}");
            }
        }
        accepted(not_blank, &["a\u{200b}", "\u{2764}\u{fe0f}", "\u{e000}", "\u{301}", "\u{1f9d1}\u{200d}\u{1f680}"]);
    }

    #[test]
    fn scopes() {
        accepted(scope_token, &["mcp:calendar.read", "a/b", "!"]);
        refused(scope_token, &["", " ", "a b", "a\"b", "a\\b", "é", "a\n"]);
    }

    #[test]
    fn domains() {
        let (label, name) = ("a".repeat(63), "a.".repeat(126) + "b");
        let fine =
            ["example.com", "*.example.com", "localhost", "1.example", "127.0.0.1", "r3---sn.example", &label, &name];
        accepted(domain_pattern, &fine);
        refused(domain_pattern, &["", "*.", "a..b", ".a.b", "a.b.", "*.*.example.com", "a.*.b", "a*.b"]);
        refused(
            domain_pattern,
            &["https://example.com", "example.com/x", "example.com:80/x", "example.com:", "[::1]", "a@b.com"],
        );
        refused(domain_pattern, &["-a.com", "a-.com", "-a_b.com", "a b.com", " a.com", "a.com\n"]);
        warned(domain_pattern, &["*", "localhost:3000", "*.example.com:8443", "my_host.example.com", "_a.example:80"]);
        refused(domain_pattern, &[&"a".repeat(64), &("a.".repeat(127) + "b")]);
    }

    #[test]
    fn international_domains() {
        accepted(
            domain_pattern,
            &["bücher.example", "xn--bcher-kva.example", "*.日本.example", "💩.example", "straße.de"],
        );
        // Punycode that decodes to nothing, or to what IDNA doesn't allow.
        refused(domain_pattern, &["xn--.example", "xn--a.example", "a\u{0}b.example", "\u{301}a.example"]);
        // Capital letters, wide letters, an ideographic full stop and a soft hyphen.
        warned(domain_pattern, &["A.example", "BÜCHER.example", "ｘ.example", "x。example", "a\u{ad}b.example"]);
        let Verdict::Warn(reason) = domain_pattern("*.ｘ.example") else { panic!("not a warning") };
        assert!(reason.contains("\"*.x.example\""), "{reason}");
    }
}
