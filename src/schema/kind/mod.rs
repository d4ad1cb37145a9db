// SPDX-License-Identifier: Apache-2.0

//! Kinds: what a leaf attribute's values mean, when two are the same value, and how JSON holds them. A
//! kind holds type, built-in check, equality, JSON codec and an example together, one file each, so
//! that a row only names it. Type
//! and blank rules belong to the kind; a row's own rules are [`super::Check`]s.

mod duration;
mod flag;
mod integer;
mod meant;
mod text;
mod text_map;
mod text_set;
mod time_limit;

use std::borrow::Cow;

use super::source::Literal;
use crate::raw::{RawObject, RawView, Unexpected};
use crate::value::{Type, Value};

pub use duration::{DURATION, seconds};
pub use flag::FLAG;
pub use integer::{INTEGER, whole};
pub use text::TEXT;
pub use text_map::TEXT_MAP;
pub use text_set::TEXT_SET;
pub use time_limit::{TIME_LIMIT, time_limit};

/// What a leaf's values mean.
///
/// An API generated from protobuf can't tell "not set" from zero, and answers either with the zero
/// value, with `null` or with nothing. All three read as the kind's blank value, so none of them is
/// ever a difference.
pub trait Kind: Sync {
    /// The type of its values.
    fn ty(&self) -> Type;

    /// A value that is not blank, for documentation and for tests over tables.
    fn example(&self) -> Literal;

    /// What the docs say of every attribute of this kind; empty where the type says it all.
    fn says(&self) -> &'static str {
        ""
    }

    /// What is wrong with a known value, as a sentence for the person who wrote it.
    fn check(&self, value: &Value) -> Result<(), String> {
        let _ = value;
        Ok(())
    }

    /// The text that [`Kind::check`] suggests in place of a value that it refuses.
    fn meant(&self, value: &Value) -> Option<String> {
        let _ = value;
        None
    }

    /// Whether an answer may hold a value that [`Kind::check`] refuses.
    fn may_be_answered(&self, value: &Value) -> bool {
        let _ = value;
        false
    }

    /// What a value means, whichever of its spellings it has: the same for all of them.
    fn meaning<'a>(&self, value: &'a Value) -> Cow<'a, Value> {
        Cow::Borrowed(value)
    }

    /// Whether two known values mean the same, so that either spelling may stay.
    fn same(&self, a: &Value, b: &Value) -> bool {
        a == b || self.meaning(a) == self.meaning(b)
    }

    /// Writes a known value at a key, and nothing else.
    fn put(&self, value: &Value, key: &str, object: &mut RawObject);

    /// Reads the value at a key; blank where nothing is there.
    fn take(&self, key: &str, object: &RawView<'_>) -> Result<Value, Unexpected>;

    /// The value that stands for "not set".
    fn blank(&self) -> Value {
        self.take("", &RawView::default()).unwrap_or(Value::Null)
    }
}
