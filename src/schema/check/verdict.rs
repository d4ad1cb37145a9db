//! The verdict of a check.

/// A rule for one text, or for each text of a set.
#[derive(Clone, Copy)]
pub struct Check {
    /// What descriptions say of it: every bound that it knows, in whole sentences.
    pub says: &'static str,
    /// The code that judges.
    pub judge: fn(&str) -> Verdict,
}

/// What a check says about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The text is fine.
    Accept,
    /// The text may be a mistake, for this reason.
    Warn(String),
    /// The text is a mistake, for this reason.
    Refuse(String),
}

#[cfg(test)]
pub(super) mod tests {
    use super::Verdict;

    /// Each text is accepted.
    pub fn accepted(judge: fn(&str) -> Verdict, texts: &[&str]) {
        for text in texts {
            assert_eq!(judge(text), Verdict::Accept, "{text:?}");
        }
    }

    /// Each text draws a warning.
    pub fn warned(judge: fn(&str) -> Verdict, texts: &[&str]) {
        for text in texts {
            assert!(matches!(judge(text), Verdict::Warn(_)), "{text:?}: {:?}", judge(text));
        }
    }

    /// Each text is refused.
    pub fn refused(judge: fn(&str) -> Verdict, texts: &[&str]) {
        for text in texts {
            assert!(matches!(judge(text), Verdict::Refuse(_)), "{text:?}: {:?}", judge(text));
        }
    }
}
