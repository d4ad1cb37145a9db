// SPDX-License-Identifier: Apache-2.0

//! A path as a walk down an object has it: borrowed from the levels above, so that nothing is built
//! while all is well. Who has something to say about a value makes a [`Path`] of it.

use std::fmt;

use super::path::{Path, Step};

/// Where a walk is.
#[derive(Clone, Copy, Debug, Hash)]
pub enum Trail<'a> {
    /// At the whole object.
    Root,
    /// At an attribute of what the walk came from.
    Attribute(&'a Trail<'a>, &'static str),
    /// At an element of a list, counted from 0.
    Index(&'a Trail<'a>, usize),
}

// === impl Trail ===

impl Trail<'_> {
    /// On to an attribute.
    pub fn attribute(&self, name: &'static str) -> Trail<'_> {
        Trail::Attribute(self, name)
    }

    /// On to a list element.
    pub fn index(&self, index: usize) -> Trail<'_> {
        Trail::Index(self, index)
    }

    /// The attribute of the root that the walk began with.
    pub fn first(&self) -> Option<&'static str> {
        match self {
            Self::Root => None,
            Self::Attribute(Self::Root, name) => Some(name),
            Self::Attribute(above, _) | Self::Index(above, _) => above.first(),
        }
    }

    /// The path from the root to here.
    pub fn path(&self) -> Path {
        match self {
            Self::Root => Path::root(),
            Self::Attribute(above, name) => above.path().then(Step::Attribute(name)),
            Self::Index(above, index) => above.path().then(Step::Index(*index)),
        }
    }
}

impl fmt::Display for Trail<'_> {
    /// As the path to here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Attribute(Self::Root, name) => f.write_str(name),
            Self::Attribute(above, name) => write!(f, "{above}.{name}"),
            Self::Index(above, index) => write!(f, "{above}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_is_shown_as_its_path() {
        let root = Trail::Root;
        let lists = root.attribute("scopes");
        let element = lists.index(2);
        let name = element.attribute("name");
        for trail in [root, lists, element, name] {
            assert_eq!(trail.to_string(), trail.path().to_string());
            assert_eq!(trail.first(), trail.path().first());
        }
        assert_eq!(name.path(), Path::of("scopes").index(2).attribute("name"));
    }
}
