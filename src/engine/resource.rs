// SPDX-License-Identifier: Apache-2.0

//! A type of managed resource: its data and its behaviour. Declared in `provider`, read by `steps`
//! and `lifecycle`.

use super::phase::State;
use super::port::Port;
use super::ports::Remote;
use super::timeouts::Timeouts;
use crate::diag::Diagnostics;
use crate::raw::{RawObject, Unexpected};
use crate::schema::docs::Saying;
use crate::schema::{Attribute, Table};
use crate::value::Object;

/// A rule across attributes.
#[derive(Clone, Copy)]
pub struct Rule {
    /// What the descriptions of the attributes that it concerns say of it.
    pub says: &'static [Saying],
    /// The code that judges a configuration, or an object as it is or will be. It must say nothing while an
    /// attribute that it reads is unknown.
    pub judge: fn(&Object) -> Diagnostics,
}

/// A rule about an object that is to be destroyed. An error refuses that.
pub type StateRule = fn(&State) -> Diagnostics;

/// Turns the stored attributes of one version into those of the next.
///
/// Attributes that were added or dropped need none: absent ones read as null, unknown ones are
/// ignored. Names and types that changed do.
pub type Upgrade = fn(RawObject) -> Result<RawObject, Unexpected>;

/// A type of managed resource.
pub struct ManagedResource {
    /// The type's name in configuration.
    pub type_name: &'static str,
    /// What it is, in Markdown.
    pub docs: &'static str,
    /// Its attributes.
    pub table: &'static Table,
    /// How stored states of each older version become those of the next. There is one more version
    /// than there are upgrades.
    pub upgrades: &'static [Upgrade],
    /// Rules across attributes.
    pub rules: &'static [Rule],
    /// Rules for a configuration that creates an object, where nothing remote can fill in what it
    /// leaves out.
    pub creation_rules: &'static [Rule],
    /// Rules that may refuse to destroy an object.
    pub destroy_rules: &'static [StateRule],
    /// How long operations may take.
    pub timeouts: Timeouts,
    /// What can be done to the objects.
    pub remote: Port<dyn Remote>,
}

/// What rules say of the attributes that they concern.
pub fn sayings<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Vec<Saying> {
    rules.into_iter().flat_map(|rule| rule.says).copied().collect()
}

// === impl ManagedResource ===

impl ManagedResource {
    /// The version of the shape of its state.
    pub fn version(&self) -> i64 {
        i64::try_from(self.upgrades.len()).unwrap_or(i64::MAX)
    }

    /// What its rules say of its attributes.
    pub fn sayings(&self) -> Vec<Saying> {
        sayings(self.rules.iter().chain(self.creation_rules))
    }

    /// The attribute that, set in a configuration, names an existing object to adopt.
    pub fn adopts_by(&self) -> Option<&'static Attribute> {
        self.table.attributes.iter().find(|row| row.adopts)
    }
}

#[cfg(test)]
mod tests {
    use crate::library::{BOOK, BRANCH};

    #[test]
    fn a_resource_has_one_more_version_than_upgrades() {
        assert_eq!((BRANCH.version(), BOOK.version()), (0, 1));
    }

    #[test]
    fn a_resource_says_what_its_rules_say() {
        let of = |path| BRANCH.sayings().iter().filter(|(at, _)| *at == path).count();
        assert_eq!((of("reading_room.desks"), of("floors"), of("name")), (1, 1, 0));
    }

    #[test]
    fn a_resource_adopts_by_the_row_that_says_so() {
        assert_eq!(BRANCH.adopts_by().map(|row| row.name), Some("id"));
        assert!(BOOK.adopts_by().is_none());
    }
}
