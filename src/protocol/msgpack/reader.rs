// SPDX-License-Identifier: Apache-2.0

//! Reads MessagePack's own items: `rmp` with errors for a person. Called by `read` and
//! `refinement`.
//!
//! A length is only a claim, so nothing is allocated for it: texts and extensions are borrowed from
//! the message, and callers grow their collections as elements arrive.

use rmp::Marker;
use rmp::decode::{DecodeStringError, ValueReadError};

use super::malformed::Malformed;
use crate::value::{Number, Type};

/// The part of a message that is still to be read.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// An error unless everything was read.
    pub(super) fn end(&self) -> Result<(), Malformed> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(Malformed::new("bytes follow the value")),
        }
    }

    /// Reads nil if it comes next, and says whether it did.
    pub(super) fn nil(&mut self) -> Result<bool, Malformed> {
        let nil = self.marker()? == Marker::Null;
        if nil {
            self.bytes(1)?;
        }
        Ok(nil)
    }

    /// Reads an extension if one comes next: its number and its payload.
    pub(super) fn extension(&mut self) -> Result<Option<(i8, &'a [u8])>, Malformed> {
        match self.marker()? {
            Marker::FixExt1 | Marker::FixExt2 | Marker::FixExt4 | Marker::FixExt8 | Marker::FixExt16 => {}
            Marker::Ext8 | Marker::Ext16 | Marker::Ext32 => {}
            _ => return Ok(None),
        }
        let meta = rmp::decode::read_ext_meta(&mut self.rest).map_err(|_| early_end())?;
        Ok(Some((meta.typeid, self.bytes(size(meta.size))?)))
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Malformed> {
        rmp::decode::read_bool(&mut self.rest).map_err(|error| misfit(error, Type::Bool.noun()))
    }

    /// Reads the head of an array: how many elements are claimed to follow.
    pub(super) fn array(&mut self, expected: &'static str) -> Result<usize, Malformed> {
        rmp::decode::read_array_len(&mut self.rest).map(size).map_err(|error| misfit(error, expected))
    }

    /// Reads the head of a map: how many pairs are claimed to follow.
    pub(super) fn map(&mut self, expected: &'static str) -> Result<usize, Malformed> {
        rmp::decode::read_map_len(&mut self.rest).map(size).map_err(|error| misfit(error, expected))
    }

    pub(super) fn text(&mut self, expected: &'static str) -> Result<&'a str, Malformed> {
        match rmp::decode::read_str_from_slice(self.rest) {
            Ok((text, rest)) => {
                self.rest = rest;
                Ok(text)
            }
            Err(DecodeStringError::TypeMismatch(found)) => Err(mismatch(found, expected)),
            Err(DecodeStringError::InvalidUtf8(..)) => Err(Malformed::new("text that is not UTF-8")),
            Err(_) => Err(early_end()),
        }
    }

    /// Reads a text if exactly this one comes next, and says whether it did. What is equal to a known text needs no
    /// check of its own.
    pub(super) fn skip_text(&mut self, text: &str) -> bool {
        let mut rest = self.rest;
        let Ok(length) = rmp::decode::read_str_len(&mut rest) else { return false };
        match rest.strip_prefix(text.as_bytes()) {
            Some(rest) if size(length) == text.len() => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Reads a number: an integer, a float, or a decimal text where neither of them is exact.
    pub(super) fn number(&mut self) -> Result<Number, Malformed> {
        let expected = Type::Number.noun();
        let float = |float| Number::from_f64(float).ok_or_else(|| Malformed::new("a number that is not finite"));
        match self.marker()? {
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::U8 | Marker::U16 | Marker::U32 => self.integer(),
            Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64 => self.integer(),
            Marker::U64 => {
                let number = rmp::decode::read_u64(&mut self.rest).map_err(|error| misfit(error, expected))?;
                Ok(Number::from(number))
            }
            Marker::F32 => {
                let number = rmp::decode::read_f32(&mut self.rest).map_err(|error| misfit(error, expected))?;
                float(f64::from(number))
            }
            Marker::F64 => float(rmp::decode::read_f64(&mut self.rest).map_err(|error| misfit(error, expected))?),
            _ => self.text(expected)?.parse().map_err(|error| Malformed::new(format!("{error}"))),
        }
    }

    fn integer(&mut self) -> Result<Number, Malformed> {
        // The markers that come here all fit, so the only possible error is an early end.
        rmp::decode::read_int::<i64, _>(&mut self.rest).map(Number::from).map_err(|_| early_end())
    }

    /// The first byte of the next item. It stays unread.
    fn marker(&self) -> Result<Marker, Malformed> {
        self.rest.first().map(|byte| Marker::from_u8(*byte)).ok_or_else(early_end)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(early_end)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn size(claimed: u32) -> usize {
    usize::try_from(claimed).unwrap_or(usize::MAX)
}

fn misfit(error: ValueReadError, expected: &str) -> Malformed {
    match error {
        ValueReadError::TypeMismatch(found) => mismatch(found, expected),
        ValueReadError::InvalidMarkerRead(_) | ValueReadError::InvalidDataRead(_) => early_end(),
    }
}

fn mismatch(found: Marker, expected: &str) -> Malformed {
    Malformed::new(format!("expected {expected}, found MessagePack {found:?}"))
}

fn early_end() -> Malformed {
    Malformed::new("the bytes end too early")
}
