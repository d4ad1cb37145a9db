// SPDX-License-Identifier: Apache-2.0

//! Zip archives that depend on nothing but what is in them: files in the order of their names, all with one date, and
//! with modes that say no more than whether a file is a program. It knows just as much of the format as packages need:
//! no folders, no encryption, and less than 4 GiB.

use std::io::{Error, Result, Write};

pub use flate2::Compression;
use flate2::Crc;
use flate2::write::DeflateEncoder;

/// One file of an archive.
pub struct Entry {
    /// Its path inside, with `/` between its parts.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// Whether it can be run.
    pub executable: bool,
}

/// An archive in the making.
#[derive(Default)]
pub struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

/// The first of January 1980 as the format writes it, which knows nothing earlier.
const DATE: u16 = 0x21;

/// The version of the format that a reader must know.
const NEEDS: u16 = 20;

/// The version of the format, and that modes are those of Unix.
const MADE_BY: u16 = (3 << 8) | NEEDS;

impl Archive {
    /// The archive of these files.
    pub fn of(mut entries: Vec<Entry>, compression: Compression) -> Result<Vec<u8>> {
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        let mut archive = Self::default();
        for entry in &entries {
            archive.add(entry, compression)?;
        }
        archive.finish()
    }

    fn add(&mut self, entry: &Entry, compression: Compression) -> Result<()> {
        let offset = self.bytes.len();
        let mut checksum = Crc::new();
        checksum.update(&entry.content);
        // 8 is deflate, 0 is as it stands.
        let (method, data) = match compression.level() {
            0 => (0, None),
            _ => {
                let mut encoder = DeflateEncoder::new(Vec::new(), compression);
                encoder.write_all(&entry.content)?;
                (8, Some(encoder.finish()?))
            }
        };
        let data = data.as_deref().unwrap_or(&entry.content);
        let mut common = Vec::new();
        short(&mut common, NEEDS);
        short(&mut common, 0);
        short(&mut common, method);
        short(&mut common, 0);
        short(&mut common, DATE);
        long(&mut common, checksum.sum());
        long(&mut common, size(data.len())?);
        long(&mut common, size(entry.content.len())?);
        short(&mut common, u16::try_from(entry.name.len()).map_err(Error::other)?);
        short(&mut common, 0);

        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&common);
        self.bytes.extend(entry.name.as_bytes());
        self.bytes.extend(data);

        self.directory.extend(b"PK\x01\x02");
        short(&mut self.directory, MADE_BY);
        self.directory.extend(&common);
        // No comment, on the first disk, not a text.
        self.directory.extend([0; 6]);
        let mode: u32 = if entry.executable { 0o100_755 } else { 0o100_644 };
        long(&mut self.directory, mode << 16);
        long(&mut self.directory, size(offset)?);
        self.directory.extend(entry.name.as_bytes());
        self.count = self.count.checked_add(1).ok_or_else(|| Error::other("too many files for an archive"))?;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>> {
        let offset = size(self.bytes.len())?;
        self.bytes.extend(&self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        short(&mut self.bytes, self.count);
        short(&mut self.bytes, self.count);
        long(&mut self.bytes, size(self.directory.len())?);
        long(&mut self.bytes, offset);
        short(&mut self.bytes, 0);
        Ok(self.bytes)
    }
}

fn size(bytes: usize) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| Error::other("more than 4 GiB for an archive"))
}

fn short(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend(number.to_le_bytes());
}

fn long(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend(number.to_le_bytes());
}
