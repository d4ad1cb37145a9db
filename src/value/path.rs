//! Where in an object something is: a list of steps from the root. Used to point diagnostics and replacements at attributes.

use std::fmt;

/// One step down from a value to something inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into an object's attribute.
    Attribute(String),
    /// Into a list's element, counted from 0.
    Index(usize),
    /// Into a map's element.
    Key(String),
}

/// A way from the root of an object; empty means the whole object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    steps: Vec<Step>,
}

// === impl Path ===

impl Path {
    /// The whole object.
    pub fn root() -> Self {
        Self::default()
    }

    /// One attribute of the root.
    pub fn of(attribute: &str) -> Self {
        Self::root().attribute(attribute)
    }

    /// This path and then an attribute.
    pub fn attribute(&self, name: &str) -> Self {
        self.then(Step::Attribute(name.to_owned()))
    }

    /// This path and then a list element.
    pub fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// This path and then a map element.
    pub fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// The attribute of the root that it begins with.
    pub fn first(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Attribute(name)) => Some(name),
            _ => None,
        }
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }
}

impl fmt::Display for Path {
    /// As one writes a reference in configuration: `approved_scopes.permissions_scopes[0].name`.
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
    }
}
