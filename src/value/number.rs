// SPDX-License-Identifier: Apache-2.0

//! Decimal numbers of any precision. The plugin protocol carries numbers that no float can hold, so
//! none of this uses floats. Called by the codecs and by value kinds.

use std::fmt;
use std::str::FromStr;

/// The longest text that is read as a number. The CLIs' own numbers have about 155 digits.
const LONGEST_TEXT: usize = 4096;

/// The largest power of ten, positive or negative, that a text may have.
const LARGEST_EXPONENT: i64 = 100_000;

/// The longest number, in digits, that is written without an exponent.
const LONGEST_PLAIN: i64 = 400;

/// A finite decimal number: `digits` × 10^`exponent`. Each number has exactly one such form, so
/// that equal numbers compare equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    negative: bool,
    /// Without leading or trailing zeros; empty for zero.
    digits: String,
    exponent: i64,
}

/// Why a text can't be read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It is not a decimal number.
    #[error("not a decimal number")]
    Malformed,
    /// It is longer, or its exponent greater, than anybody can mean.
    #[error("a number of unreasonable size")]
    OutOfRange,
}

// === impl Number ===

impl Number {
    /// The number as an integer, if it is a whole number that fits.
    pub fn as_i64(&self) -> Option<i64> {
        if self.exponent < 0 || self.exponent > 19 {
            return None;
        }
        self.to_string().parse().ok()
    }

    /// A float's shortest decimal spelling. `None` for infinities and NaN.
    pub fn from_f64(float: f64) -> Option<Self> {
        if float.is_finite() { format!("{float:e}").parse().ok() } else { None }
    }

    fn canonical(negative: bool, digits: &str, exponent: i64) -> Self {
        let digits = digits.trim_start_matches('0');
        let kept = digits.trim_end_matches('0');
        if kept.is_empty() {
            return Self { negative: false, digits: String::new(), exponent: 0 };
        }
        let dropped = i64::try_from(digits.len() - kept.len()).unwrap_or(0);
        Self { negative, digits: kept.to_owned(), exponent: exponent.saturating_add(dropped) }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self::canonical(number < 0, &number.unsigned_abs().to_string(), 0)
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self::canonical(false, &number.to_string(), 0)
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// Reads `-12`, `1.50` and `1E+2`: an optional minus, digits with an optional point, and an
    /// optional exponent.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        if text.len() > LONGEST_TEXT {
            return Err(NumberError::OutOfRange);
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberError::Malformed);
        }
        let shift = i64::try_from(fraction.len()).map_err(|_| NumberError::OutOfRange)?;
        Ok(Self::canonical(negative, &digits, exponent - shift))
    }
}

/// The exponent of a number: an optional sign, and digits.
fn exponent_of(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Malformed);
    }
    match text.parse::<i64>() {
        Ok(exponent) if exponent.abs() <= LARGEST_EXPONENT => Ok(exponent),
        _ => Err(NumberError::OutOfRange),
    }
}

impl fmt::Display for Number {
    /// Plain decimal text, or digits with an exponent where plain text would be too long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0");
        }
        let sign = if self.negative { "-" } else { "" };
        let length = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let point = length.saturating_add(self.exponent);
        let digits = &self.digits;
        if !(-LONGEST_PLAIN..=LONGEST_PLAIN).contains(&point) || length > LONGEST_PLAIN {
            write!(f, "{sign}{digits}e{}", self.exponent)
        } else if self.exponent >= 0 {
            write!(f, "{sign}{digits}{}", "0".repeat(usize::try_from(self.exponent).unwrap_or(0)))
        } else if point > 0 {
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
            write!(f, "{sign}{whole}.{fraction}")
        } else {
            write!(f, "{sign}0.{}{digits}", "0".repeat(usize::try_from(-point).unwrap_or(0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.parse::<Number>().unwrap().to_string()
    }

    #[test]
    fn equal_values_have_one_spelling() {
        for (text, expected) in [
            ("1", "1"),
            ("1.0", "1"),
            ("1e0", "1"),
            ("1E+2", "100"),
            ("-0", "0"),
            ("0.10", "0.1"),
            ("12345678901234567890123.5", "12345678901234567890123.5"),
            ("-1.5e-3", "-0.0015"),
            ("18446744073709551616", "18446744073709551616"),
            (".5", "0.5"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
            assert_eq!(text.parse::<Number>().unwrap(), expected.parse().unwrap(), "{text}");
        }
    }

    #[test]
    fn texts_that_are_not_numbers_are_refused() {
        for text in ["", "-", "+1", ".", "1e", "1e+", "0x10", "1_000", "NaN", "Infinity", "1 ", "--1", "1e5e5"] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Malformed), "{text:?}");
        }
        assert_eq!("1e999999999999".parse::<Number>(), Err(NumberError::OutOfRange));
        assert_eq!("9".repeat(5000).parse::<Number>(), Err(NumberError::OutOfRange));
    }

    #[test]
    fn huge_exponents_are_not_written_out() {
        assert_eq!(plain("1e50000"), "1e50000");
        assert_eq!(plain("1e-50000"), "1e-50000");
        assert_eq!(plain(&plain("123e-50000")), plain("123e-50000"));
    }

    #[test]
    fn whole_numbers_fit_or_do_not() {
        assert_eq!("9223372036854775807".parse::<Number>().unwrap().as_i64(), Some(i64::MAX));
        assert_eq!("9223372036854775808".parse::<Number>().unwrap().as_i64(), None);
        assert_eq!("1e3".parse::<Number>().unwrap().as_i64(), Some(1000));
        assert_eq!("0.5".parse::<Number>().unwrap().as_i64(), None);
        assert_eq!(Number::from(i64::MIN).as_i64(), Some(i64::MIN));
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert_eq!(Number::from_f64(f64::INFINITY), None);
    }
}
