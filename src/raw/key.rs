// SPDX-License-Identifier: Apache-2.0

//! Keys of objects, as they were received and by what they mean.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::text::{Unexpected, to_raw};

/// A key as it was received. Keys are told apart by what they mean, since `"a"` and `"\u0061"` are the
/// same key.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) text: Box<RawValue>,
    /// What it means, unless that is what stands in the text.
    meaning: Option<Vec<u8>>,
}

// === impl Key ===

impl Key {
    pub(super) fn received(text: &RawValue) -> Self {
        let meaning = match meaning(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(meaning) => Some(meaning),
        };
        Self { text: text.to_owned(), meaning }
    }

    pub(super) fn of(name: &str) -> Self {
        Self::received(&to_raw(name))
    }

    pub(super) fn meaning(&self) -> &[u8] {
        self.meaning.as_deref().unwrap_or_else(|| between_quotes(&self.text))
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.meaning()
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.meaning().hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for Key {}

/// The error of a key that occurs more than once.
pub(super) fn repeated(key: &RawValue) -> Unexpected {
    let found = format!("the key {} more than once", key.get()).into();
    Unexpected { expected: "an object whose keys are all different", found }
}

/// What stands between the quotes of a JSON string.
fn between_quotes(text: &RawValue) -> &[u8] {
    let text = text.get().as_bytes();
    text.get(1..text.len().saturating_sub(1)).unwrap_or_default()
}

/// What a key means, as bytes: half a surrogate pair is no Unicode text, but is a key.
pub(super) fn meaning(key: &RawValue) -> Cow<'_, [u8]> {
    /// A JSON string as bytes, in which half a surrogate pair has a form, too.
    struct Bytes(Vec<u8>);

    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Text;

            impl Visitor<'_> for Text {
                type Value = Bytes;

                fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.write_str("text")
                }

                fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    Ok(Bytes(bytes.to_owned()))
                }
            }

            deserializer.deserialize_bytes(Text)
        }
    }

    if !key.get().contains('\\') {
        return Cow::Borrowed(between_quotes(key));
    }
    // A key is a JSON string, so this can't fail. The fallback is as good a name as any.
    Cow::Owned(serde_json::from_str(key.get()).map_or_else(|_| key.get().into(), |Bytes(bytes)| bytes))
}
