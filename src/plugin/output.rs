// SPDX-License-Identifier: Apache-2.0

//! Lines for a person or a host, and what a host shows of a provider that can't start. Called by
//! `mod` and `serving`.

use std::io::Write;

use crate::shown::shown;

/// Writes a line.
pub(super) fn print(mut stream: impl Write, text: &str) -> std::io::Result<()> {
    writeln!(stream, "{text}")?;
    stream.flush()
}

/// Says why the program can't start. A host only shows what it got in place of the handshake, so
/// that goes to standard output, too.
pub(super) fn cannot_start(name: &str, reason: &str, to_host: bool) {
    let sentence = one_line(&format!("{name} can't start: {reason}"));
    if to_host {
        let _ = print(std::io::stdout(), &sentence);
    }
    let _ = print(std::io::stderr(), &sentence);
}

/// A text that a host takes for one line, and not for a handshake.
fn one_line(text: &str) -> String {
    shown(text).replace(|character: char| character == '|' || character.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_no_handshake() {
        assert_eq!(one_line("not in /a|b\nc: \u{1b}no"), "not in /a b c: \\u{1b}no");
    }
}
