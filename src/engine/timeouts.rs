// SPDX-License-Identifier: Apache-2.0

//! How long operations may take: the defaults of a resource, and the `timeouts` attribute by which
//! a configuration changes them, if its resource's table has the row. Read by `lifecycle`.

use std::time::Duration;

use super::phase::attribute;
use crate::schema::kind::{TIME_LIMIT, time_limit};
use crate::schema::{Attribute, Table};
use crate::value::Object;

/// The name of the attribute.
const NAME: &str = "timeouts";

/// The defaults of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For creating and for adopting.
    pub create: Duration,
    /// For reading.
    pub read: Duration,
    /// For updating.
    pub update: Duration,
    /// For deleting.
    pub delete: Duration,
}

/// An operation that has a time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Creating and adopting.
    Create,
    /// Reading.
    Read,
    /// Updating.
    Update,
    /// Deleting.
    Delete,
}

/// The row to put into the table of a resource whose time limits can be configured.
// (Rust 1.89 refuses a constant that refers to a static.)
pub const fn timeouts() -> Attribute {
    Attribute::local_object(
        NAME,
        &TABLE,
        "How long each operation may take, with all its requests, repetitions and waits. It is an attribute, not a block. \
         A change of it alone makes no request. A replacement is a deletion and a creation, each with its own limit. If \
         the time is over during a write, the provider waits up to a minute more for its answer, because it must know what \
         the write did.",
    )
}

static TABLE: Table = Table::of(&[
    Attribute::local(
        "create",
        TIME_LIMIT,
        "How long it may take to create the object, or to adopt one by `id`. Default: `\"5m\"`.",
    ),
    Attribute::local(
        "read",
        TIME_LIMIT,
        "How long it may take to read the object, in a refresh and in an import. Default: `\"5m\"`.",
    ),
    Attribute::local("update", TIME_LIMIT, "How long it may take to change the object in place. Default: `\"5m\"`."),
    Attribute::local(
        "delete",
        TIME_LIMIT,
        "How long it may take to delete the object and to see that it is gone. Default: `\"5m\"`.",
    ),
]);

// === impl Operation ===

impl Operation {
    /// The setting for its time limit, where the table of a resource has that.
    pub fn setting(self, table: &Table) -> Option<&'static str> {
        table.attribute(NAME).map(|_| match self {
            Self::Create => "timeouts.create",
            Self::Read => "timeouts.read",
            Self::Update => "timeouts.update",
            Self::Delete => "timeouts.delete",
        })
    }
}

// === impl Timeouts ===

impl Timeouts {
    /// Five minutes for each operation.
    pub const DEFAULT: Self = Self::each(Duration::from_secs(300));

    /// The same limit for each operation.
    pub const fn each(limit: Duration) -> Self {
        Self { create: limit, read: limit, update: limit, delete: limit }
    }

    /// The limit for an operation on an object of these attributes.
    pub fn limit(&self, operation: Operation, object: &Object) -> Duration {
        let (name, default) = match operation {
            Operation::Create => ("create", self.create),
            Operation::Read => ("read", self.read),
            Operation::Update => ("update", self.update),
            Operation::Delete => ("delete", self.delete),
        };
        let configured = attribute(object, NAME).as_object().and_then(|timeouts| attribute(timeouts, name).as_str());
        configured.and_then(time_limit).unwrap_or(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn a_configured_limit_beats_the_default() {
        let defaults = Timeouts { delete: Duration::from_secs(9), ..Timeouts::DEFAULT };
        let timeouts = Object::from([("create", "1m60s".into()), ("read", Value::Null)]);
        let object = Object::from([(NAME, Value::Object(timeouts))]);
        assert_eq!(defaults.limit(Operation::Create, &object), Duration::from_secs(120));
        assert_eq!(defaults.limit(Operation::Read, &object), Duration::from_secs(300));
        assert_eq!(defaults.limit(Operation::Delete, &Object::new()), Duration::from_secs(9));
    }

    #[test]
    fn a_limit_of_nothing_is_no_limit_of_its_own() {
        for text in ["0 seconds", "soon"] {
            let timeouts = Object::from([("update", text.into())]);
            let object = Object::from([(NAME, Value::Object(timeouts))]);
            assert_eq!(Timeouts::DEFAULT.limit(Operation::Update, &object), Duration::from_secs(300));
        }
    }
}
