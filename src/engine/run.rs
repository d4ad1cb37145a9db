//! What happened to objects since the provider was configured: a run of the CLI, or one of its phases.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::{Resource, identity};
use crate::value::{Object, Value};

/// What happened over a connection.
#[derive(Debug, Default)]
pub struct Run {
    /// The objects that were adopted.
    pub adopted: Objects,
    /// The objects that were created.
    pub created: Objects,
}

/// Objects by type and identity.
#[derive(Debug, Default)]
pub struct Objects(Mutex<BTreeSet<(&'static str, Value)>>);

// === impl Objects ===

impl Objects {
    /// Adds an object.
    pub fn note(&self, resource: &Resource, object: &Object) {
        if let Some(identity) = identity::of(resource, object) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((resource.type_name, identity));
        }
    }

    /// Whether an object is among them.
    pub fn hold(&self, resource: &Resource, object: &Object) -> bool {
        let identity = identity::of(resource, object).map(|identity| (resource.type_name, identity));
        identity.is_some_and(|key| self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&key))
    }
}
