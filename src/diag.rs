//! Messages for the person at the CLI. A summary is fixed text without user data; the detail says what failed, why, and
//! what to do; the path, where there is one, makes the CLI print file and line. Made by every layer above `value`.

use crate::value::Path;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The operation goes on.
    Warning,
    /// The operation failed.
    Error,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// One line, fixed text.
    pub summary: String,
    /// Full sentences: what, why, what to do.
    pub detail: String,
    /// The attribute it is about, from the root of the resource or provider block.
    pub path: Option<Path>,
}

/// Messages in the order in which they arose, each kept once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    messages: Vec<Diagnostic>,
}

// === impl Diagnostic ===

impl Diagnostic {
    /// An error about no attribute in particular.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path: None }
    }

    /// A warning about no attribute in particular.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same message about one attribute.
    #[must_use]
    pub fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }
}

// === impl Diagnostics ===

impl Diagnostics {
    /// No message.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a message unless the same one is there.
    pub fn push(&mut self, message: Diagnostic) {
        if !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }

    /// Adds the messages of another collection.
    pub fn extend(&mut self, others: Diagnostics) {
        for message in others.messages {
            self.push(message);
        }
    }

    /// Whether any message is an error.
    pub fn has_errors(&self) -> bool {
        self.messages.iter().any(|message| message.severity == Severity::Error)
    }

    /// The same messages, none of them as an error.
    #[must_use]
    pub fn softened(self) -> Self {
        let soften = |message| Diagnostic { severity: Severity::Warning, ..message };
        Self { messages: self.messages.into_iter().map(soften).collect() }
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.messages.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(message: Diagnostic) -> Self {
        Self { messages: vec![message] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_kept_once() {
        let mut all = Diagnostics::from(Diagnostic::warning("Odd", "It is odd."));
        all.push(Diagnostic::warning("Odd", "It is odd."));
        assert_eq!(all.iter().count(), 1);
        assert!(!all.has_errors());
        all.push(Diagnostic::error("Odd", "It is odd.").at(Path::of("name")));
        assert!(all.has_errors());
    }
}
