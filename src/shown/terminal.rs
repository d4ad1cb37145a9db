// SPDX-License-Identifier: Apache-2.0

//! Characters that a person does not see. Used by `mod` and `view`.

/// Whether a character is not shown, but changes what a terminal or a reader sees. Line ends and tabs
/// belong to our own messages.
pub(super) fn steers(character: char) -> bool {
    is_unseen(character) || character.is_control() && !matches!(character, '\n' | '\t')
}

/// Whether a character takes no room, or looks like nothing, although it is neither white space nor a control
/// character.
pub fn is_unseen(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
