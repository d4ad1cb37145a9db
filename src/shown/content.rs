// SPDX-License-Identifier: Apache-2.0

//! Recognises what should be in a file where the file's name belongs: it may be a private key, and a message must not
//! quote it. Called by whoever takes names of files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

/// No system takes longer paths, and hardly a key is so long.
const LONGEST_PATH: usize = 4096;

/// Why a text can't be the name of a file but may be what is in one, as a sentence that does not quote it.
pub fn no_file_name(text: &str) -> Option<&'static str> {
    match () {
        () if is_content(text) => Some("It is a certificate or a key itself."),
        () if text.contains(['\n', '\r']) => {
            Some("It has a line break in it, so it may be a certificate or a key itself.")
        }
        () if text.len() > LONGEST_PATH => {
            Some("It is too long for a name, so it may be a certificate or a key itself.")
        }
        () => None,
    }
}

/// Whether a text is what should be in a file: PEM, base64 of that, or what is between PEM's first and last line.
fn is_content(text: &str) -> bool {
    const SHORTEST: usize = 48;
    let is_der = || {
        let decoded = STANDARD.decode(text.trim()).map(Zeroizing::new);
        // The tag of a sequence, which all of them are.
        decoded.is_ok_and(|bytes| bytes.first() == Some(&0x30))
    };
    text.contains("-----BEGIN") || text.contains("LS0tLS1CRUdJTi") || text.len() >= SHORTEST && is_der()
}
