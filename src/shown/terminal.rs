//! Characters that a person does not see. Used by `mod` and `decoded`.

/// Whether a character is not shown, but changes what a terminal or a reader sees. Line ends and tabs
/// belong to our own messages.
pub(super) fn steers(character: char) -> bool {
    let invisible = matches!(character,
        '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    invisible || character.is_control() && !matches!(character, '\n' | '\t')
}
