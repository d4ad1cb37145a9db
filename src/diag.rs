// SPDX-License-Identifier: Apache-2.0

//! Messages for the person at the CLI.
//!
//! The summary is fixed text without user data. The detail says what failed, why, and what to do. A
//! path makes the CLI print the file and line. Every layer above `value` makes diagnostics.

use std::collections::HashSet;
use std::time::Duration;

use crate::value::Path;

/// Whether an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The operation continues.
    Warning,
    /// The operation failed.
    Error,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Whether the operation fails.
    pub severity: Severity,
    /// One line, fixed text.
    pub summary: String,
    /// Full sentences: what failed, why, and what to do.
    pub detail: String,
    /// The attribute that it is about, from the root of the resource or provider block.
    pub path: Option<Path>,
    /// The object that it is about, if another object's message may have the same summary: its id, or its name in
    /// quotation marks while it has none.
    pub object: Option<String>,
    /// What is said instead of the detail where the run has told it before. `None`: it is always told.
    pub again: Option<Box<Again>>,
}

/// How a message is shortened that the run has told in full before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Again {
    /// What messages of one summary have in common if they say the same.
    pub about: String,
    /// What is said instead of the detail.
    pub detail: String,
}

/// Messages in the order in which they were added, without repetitions.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    messages: Vec<Diagnostic>,
    /// The same ones, if there are many: there may be thousands, and each new one is looked for.
    seen: HashSet<Diagnostic>,
}

/// Up to how many messages a new one is compared with each.
const FEW: usize = 16;

// === impl Diagnostic ===

impl Diagnostic {
    /// An error that is not about one attribute.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        let (summary, detail) = (summary.into(), detail.into());
        Self { severity: Severity::Error, summary, detail, path: None, object: None, again: None }
    }

    /// A warning that is not about one attribute.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same message, about one attribute.
    #[must_use]
    pub fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    /// The same message, told in full once in a run. `again` is what is said in place of its detail from then on.
    #[must_use]
    pub fn once(self, again: impl Into<String>) -> Self {
        let about = self.detail.clone();
        self.once_about(about, again)
    }

    /// The same for a detail that is not always the same: `about` is what it is about.
    #[must_use]
    pub fn once_about(mut self, about: impl Into<String>, again: impl Into<String>) -> Self {
        self.again = Some(Box::new(Again { about: about.into(), detail: again.into() }));
        self
    }

    /// The same message with other words before and after it, also where it is shortened.
    #[must_use]
    pub fn reworded(self, words: impl Fn(&str) -> String) -> Self {
        let again = self.again.map(|again| Box::new(Again { detail: words(&again.detail), ..*again }));
        Self { detail: words(&self.detail), again, ..self }
    }

    /// What a CLI shows as its title. Of the warnings of one title it shows the first, and of the others no
    /// more than their number. So a warning's title names what tells it from others: the object and the
    /// attribute. Elements of one list differ in the text.
    pub fn title(&self) -> String {
        let at = self.path.as_ref().map(|path| path.outside_lists().to_string()).filter(|at| !at.is_empty());
        match (self.severity, at, &self.object) {
            (Severity::Error, ..) | (_, None, None) => self.summary.clone(),
            (_, Some(at), None) => format!("{} ({at})", self.summary),
            (_, None, Some(object)) => format!("{} ({object})", self.summary),
            (_, Some(at), Some(object)) => format!("{} ({at} of {object})", self.summary),
        }
    }
}

/// How long something takes, in the words of a sentence: rounded where nobody counts.
pub fn length(length: Duration) -> String {
    let told = |number: u64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    match length.as_secs() {
        0 if !length.is_zero() => "less than a second".to_owned(),
        seconds @ ..100 if seconds != 60 => told(seconds, "second"),
        seconds @ ..10_800 if !seconds.is_multiple_of(3_600) => told((seconds + 30) / 60, "minute"),
        seconds => told((seconds + 1_800) / 3_600, "hour"),
    }
}

// === impl Diagnostics ===

impl PartialEq for Diagnostics {
    fn eq(&self, other: &Self) -> bool {
        self.messages == other.messages
    }
}

impl Eq for Diagnostics {}

impl Diagnostics {
    /// No messages.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a message, unless it is there already.
    pub fn push(&mut self, message: Diagnostic) {
        if self.messages.len() < FEW {
            if !self.messages.contains(&message) {
                self.messages.push(message);
            }
            return;
        }
        if self.seen.is_empty() {
            self.seen = self.messages.iter().cloned().collect();
        }
        if self.seen.insert(message.clone()) {
            self.messages.push(message);
        }
    }

    /// Adds the messages of another collection.
    pub fn extend(&mut self, others: Diagnostics) {
        for message in others.messages {
            self.push(message);
        }
    }

    /// The same messages, each of which begins with what it is about.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        self.messages.into_iter().map(|message| message.reworded(|detail| format!("{what}: {detail}"))).collect()
    }

    /// The same messages, each of which ends with a sentence unless it has that sentence already.
    #[must_use]
    pub fn ending(self, sentence: &str) -> Self {
        let ending = |message: Diagnostic| match message.detail.contains(sentence) {
            true => message,
            false => message.reworded(|detail| format!("{detail} {sentence}")),
        };
        self.messages.into_iter().map(ending).collect()
    }

    /// The same messages, all about the object of this id or name. It is looked for only if there are any.
    #[must_use]
    pub fn of(self, id: impl FnOnce() -> Option<String>) -> Self {
        if self.messages.is_empty() {
            return self;
        }
        let id = id();
        // What concerns many objects is about none of them.
        let of = |message: Diagnostic| match message.again {
            Some(_) => message,
            None => Diagnostic { object: id.clone(), ..message },
        };
        self.messages.into_iter().map(of).collect()
    }

    /// The same messages, each of them about this attribute unless it is about another one.
    #[must_use]
    pub fn at(self, path: &Path) -> Self {
        let at = |message: Diagnostic| Diagnostic { path: message.path.or_else(|| Some(path.clone())), ..message };
        self.messages.into_iter().map(at).collect()
    }

    /// Whether any message is an error.
    pub fn has_errors(&self) -> bool {
        self.messages.iter().any(|message| message.severity == Severity::Error)
    }

    /// The same messages, all as warnings.
    #[must_use]
    pub fn softened(self) -> Self {
        let soften = |message| Diagnostic { severity: Severity::Warning, ..message };
        self.messages.into_iter().map(soften).collect()
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.messages.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(message: Diagnostic) -> Self {
        [message].into_iter().collect()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<T: IntoIterator<Item = Diagnostic>>(messages: T) -> Self {
        let mut all = Self::none();
        messages.into_iter().for_each(|message| all.push(message));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_tells_a_warning_from_others() {
        let nested = || Path::of("scopes").attribute("own").index(2).attribute("name");
        let odd = || Diagnostics::from(Diagnostic::warning("Odd", "It is odd."));
        let at = || Diagnostics::from(Diagnostic::warning("Odd", "It is odd.").at(nested()));
        let wrong = Diagnostics::from(Diagnostic::error("Wrong", "It is wrong.").at(nested()));
        let id = || Some("A1".to_owned());
        for (messages, title) in [
            (odd(), "Odd"),
            (odd().of(id), "Odd (A1)"),
            (at(), "Odd (scopes.own)"),
            (at().of(id), "Odd (scopes.own of A1)"),
            (wrong.of(id), "Wrong"),
        ] {
            assert_eq!(messages.iter().map(Diagnostic::title).collect::<Vec<_>>(), [title]);
        }
    }

    #[test]
    fn a_message_is_kept_once() {
        let mut all = Diagnostics::from(Diagnostic::warning("Odd", "It is odd."));
        all.push(Diagnostic::warning("Odd", "It is odd."));
        assert_eq!(all.iter().count(), 1);
        assert!(!all.has_errors());
        all.push(Diagnostic::error("Odd", "It is odd.").at(Path::of("name")));
        assert!(all.has_errors());
        assert_eq!(all.ending("So be it.").ending("So be it.").iter().next().unwrap().detail, "It is odd. So be it.");
    }

    #[test]
    fn lengths_are_rounded_where_nobody_counts() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (15, "15 seconds"),
            (60, "1 minute"),
            (90, "90 seconds"),
            (120, "2 minutes"),
            (149, "2 minutes"),
            (3_599, "60 minutes"),
            (3_600, "1 hour"),
            (5_000, "83 minutes"),
            (9_000, "150 minutes"),
            (7_200, "2 hours"),
            (86_000, "24 hours"),
        ] {
            assert_eq!(length(Duration::from_secs(seconds)), words);
        }
        assert_eq!(length(Duration::from_millis(300)), "less than a second");
    }
}
