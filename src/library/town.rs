// SPDX-License-Identifier: Apache-2.0

//! The connection of the library, and short ways to write values in tests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::store::Store;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{Config, Connection, OnConflict, Place};
use crate::value::{Object, Value};

/// A configured provider.
pub(crate) struct Town {
    pub(crate) store: Arc<Mutex<Store>>,
    pub(super) city: Value,
    /// Apart from the store, which is locked while it has an object revised.
    pub(super) overwrites: Arc<AtomicBool>,
}

impl Connection for Town {
    fn lookup(&self, name: &str, _: &Place) -> Option<String> {
        match name {
            "city" => self.city.as_str().map(str::to_owned),
            "host" => Some("https://library.example".to_owned()),
            _ => None,
        }
    }

    fn undecided(&self, at: &Place) -> Option<&'static str> {
        (self.city.is_unknown() && at.get("city").is_none()).then_some("city")
    }

    fn on_conflict(&self) -> OnConflict {
        match self.overwrites.load(Ordering::Relaxed) {
            true => OnConflict::Overwrite,
            false => OnConflict::Refuse,
        }
    }

    fn writes(&self) -> u64 {
        self.store.lock().unwrap().writes
    }

    fn asides(&self) -> Diagnostics {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::take(&mut store.aside) {
            true => Diagnostic::warning("A long wait", "The library was crowded.").into(),
            false => Diagnostics::none(),
        }
    }

    fn faults(&self) -> Diagnostics {
        match self.city.as_str() {
            Some("Atlantis") => Diagnostic::error("No such city", "Atlantis sank.").into(),
            _ => Diagnostics::none(),
        }
    }
}

/// An object of these attributes.
pub(crate) fn object<const N: usize>(attributes: [(&'static str, Value); N]) -> Object {
    attributes.into()
}

/// A configuration of these attributes.
pub(crate) fn config<const N: usize>(attributes: [(&'static str, Value); N]) -> Config {
    Config::new(object(attributes))
}

/// A whole number.
pub(crate) fn number(number: i64) -> Value {
    Value::Number(number.into())
}

/// The summaries of messages, in order.
pub(crate) fn summaries(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|message| message.summary.as_str()).collect()
}
