// SPDX-License-Identifier: Apache-2.0

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
    /// The text is a mistake, for this reason. An object that has it already may keep it.
    Refuse(String),
    /// The text is a mistake whoever made it, for this reason: it is dangerous, or can't work at all. Generated
    /// configuration leaves it out with its attribute.
    Forbid(String),
}

// === impl Verdict ===

impl Verdict {
    /// Why a configuration can't set the text, if so.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Self::Refuse(reason) | Self::Forbid(reason) => Some(reason),
            Self::Accept | Self::Warn(_) => None,
        }
    }
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

    /// Each text is refused wherever it stands.
    pub fn forbidden(judge: fn(&str) -> Verdict, texts: &[&str]) {
        for text in texts {
            assert!(matches!(judge(text), Verdict::Forbid(_)), "{text:?}: {:?}", judge(text));
        }
    }

    /// Each text is refused.
    pub fn refused(judge: fn(&str) -> Verdict, texts: &[&str]) {
        for text in texts {
            assert!(judge(text).refusal().is_some(), "{text:?}: {:?}", judge(text));
        }
    }
}
