// SPDX-License-Identifier: Apache-2.0

//! The extensions of unknown values. The payload of a refinement is a map with integer keys.

use rmp::encode as item;
use rmp::encode::buffer::ByteBuf;

use super::reader::Reader;
use crate::value::{Refinement, Type};

/// The extension of an unknown value with refinements. All others are plain unknown values.
const REFINED: i8 = 12;

/// The key of a refinement that says whether the value may be null.
const NULLNESS: u64 = 1;

/// The key of a refinement that holds a text's prefix.
const PREFIX: u64 = 2;

/// The longest prefix to send, in bytes. The CLI refuses payloads of more than 1 KiB.
const LONGEST_PREFIX: usize = 256;

/// The refinement in an extension. One that can't be read says nothing, which is always true.
pub(super) fn read(extension: i8, payload: &[u8]) -> Refinement {
    match extension {
        REFINED => refined(payload).unwrap_or_default(),
        _ => Refinement::default(),
    }
}

fn refined(payload: &[u8]) -> Option<Refinement> {
    let mut reader = Reader::new(payload);
    let mut known = Refinement::default();
    for _ in 0..reader.map("a map").ok()? {
        match u64::try_from(reader.number().ok()?.as_i64()?).ok()? {
            NULLNESS => known.not_null = !reader.boolean().ok()?,
            PREFIX => known.prefix = Some(reader.text(Type::String.noun()).ok()?.to_owned()),
            // The bounds of numbers and lengths, or something new. What was read so far is still
            // true.
            _ => break,
        }
    }
    Some(known)
}

/// Writes an unknown value.
pub(super) fn write(refinement: &Refinement, out: &mut ByteBuf) {
    let prefix = refinement.prefix.as_deref().filter(|prefix| prefix.len() <= LONGEST_PREFIX);
    let fields = u32::from(refinement.not_null) + u32::from(prefix.is_some());
    if fields == 0 {
        // Extension 0 with one byte that means nothing, as the CLIs write it.
        out.as_mut_vec().extend_from_slice(&[0xd4, 0, 0]);
        return;
    }
    let mut payload = ByteBuf::new();
    let Ok(_) = item::write_map_len(&mut payload, fields);
    if refinement.not_null {
        let Ok(_) = item::write_uint(&mut payload, NULLNESS);
        let Ok(()) = item::write_bool(&mut payload, false);
    }
    if let Some(prefix) = prefix {
        let Ok(_) = item::write_uint(&mut payload, PREFIX);
        let Ok(()) = item::write_str(&mut payload, prefix);
    }
    // The payload is as short as the prefix, so its length always fits.
    let Ok(_) = item::write_ext_meta(out, u32::try_from(payload.as_slice().len()).unwrap_or(u32::MAX), REFINED);
    out.as_mut_vec().extend_from_slice(payload.as_slice());
}
