// SPDX-License-Identifier: Apache-2.0

//! Paths to values inside an object. Diagnostics and replacements use them to name an attribute.

use std::fmt;

/// One step from a value to something inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// To an attribute of an object, by name.
    Attribute(&'static str),
    /// To an element of a list, counted from 0.
    Index(usize),
    /// To an element of a map, by key.
    Key(String),
}

/// The steps from the root of an object to a value. No steps mean the whole object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

// === impl Path ===

impl Path {
    /// The whole object.
    pub fn root() -> Self {
        Self::default()
    }

    /// An attribute of the root.
    pub fn of(attribute: &'static str) -> Self {
        Self::root().attribute(attribute)
    }

    /// This path, followed by an attribute.
    #[must_use]
    pub fn attribute(self, name: &'static str) -> Self {
        self.then(Step::Attribute(name))
    }

    /// This path, followed by a list element.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// This path, followed by a map element.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// This path, seen from the value above: `step` comes first. For an error on its way up, so
    /// that nobody has to build paths while all is well.
    #[must_use]
    pub fn under(mut self, step: Step) -> Self {
        self.steps.insert(0, step);
        self
    }

    /// The attribute of the root that the path begins with.
    pub fn first(&self) -> Option<&'static str> {
        match self.steps.first() {
            Some(Step::Attribute(name)) => Some(name),
            _ => None,
        }
    }

    /// The list that has what the path leads to, or the path itself if no list has it.
    #[must_use]
    pub fn outside_lists(&self) -> Self {
        let outside = |step: &&Step| matches!(step, Step::Attribute(_));
        Self { steps: self.steps.iter().take_while(outside).cloned().collect() }
    }

    /// The value that has what the path leads to.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self { steps: self.steps.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default() }
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// This path, with one more step.
    #[must_use]
    pub(super) fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl fmt::Display for Path {
    /// The spelling of a reference in a configuration:
    /// `approved_scopes.permissions_scopes[0].name`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_a_reference() {
        let path = Path::of("approved_scopes").attribute("permissions_scopes").index(0).attribute("name");
        assert_eq!(path.to_string(), "approved_scopes.permissions_scopes[0].name");
        assert_eq!(Path::of("labels").key("a b").to_string(), "labels[\"a b\"]");
        assert_eq!(Path::root().to_string(), "");
        let upwards = Path::of("name").under(Step::Index(0)).under(Step::Attribute("scopes"));
        assert_eq!(upwards, Path::of("scopes").index(0).attribute("name"));
    }
}
