// SPDX-License-Identifier: Apache-2.0

//! The digests by which archives are known: of their bytes, and of what is inside.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::archive::Entry;

/// SHA-256 in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a lock file calls `h1:`: the digest of a list of all files with their digests. It stays the same if the same
/// files are compressed in another way.
pub fn h1(entries: &[Entry]) -> String {
    let mut lines: Vec<(&str, String)> =
        entries.iter().map(|entry| (entry.name.as_str(), hex(&entry.content))).collect();
    lines.sort();
    let list: String = lines.iter().map(|(name, hex)| format!("{hex}  {name}\n")).collect();
    format!("h1:{}", STANDARD.encode(digest(&SHA256, list.as_bytes())))
}

/// What a lock file calls `zh:`: the digest of the archive's bytes.
pub fn zh(archive: &[u8]) -> String {
    format!("zh:{}", hex(archive))
}
