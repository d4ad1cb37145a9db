//! Lines for a person or a host. Called by `mod` and `serving`.

use std::io::Write;

/// Writes a line.
pub(super) fn print(mut stream: impl Write, text: &str) -> std::io::Result<()> {
    writeln!(stream, "{text}")?;
    stream.flush()
}

/// A text that a host takes for one line, and not for a handshake.
pub(super) fn one_line(text: &str) -> String {
    text.replace(|character: char| character == '|' || character.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_no_handshake() {
        assert_eq!(one_line("not in /a|b\nc: \u{1b}no"), "not in /a b c:  no");
    }
}
