// SPDX-License-Identifier: Apache-2.0

//! Lengths of time in forms that a kind does not take, so that its error can say how to write the same length:
//! `"5m"` and `"1h30m"` as in Go, ISO 8601's `"PT1H"`, words in any case. Used by `duration` and `time_limit`.

use std::time::Duration;

/// The units that mean the same to everybody, with their short and long forms and seconds. A month is no fixed
/// length.
const UNITS: [(&[&str], &str, u64); 5] = [
    (&["s", "sec", "secs", "second", "seconds"], "second", 1),
    (&["m", "min", "mins", "minute", "minutes"], "minute", 60),
    (&["h", "hr", "hrs", "hour", "hours"], "hour", 3_600),
    (&["d", "day", "days"], "day", 86_400),
    (&["w", "week", "weeks"], "week", 604_800),
];

/// The length above zero that a text means, if there is no doubt about it, in whole seconds. A single unit is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    seconds: u64,
    /// The word and the length of the only unit.
    unit: Option<(&'static str, u64)>,
}

// === impl Meant ===

impl Meant {
    pub(super) fn of(text: &str) -> Option<Self> {
        iso(text.trim()).or_else(|| plain(text.trim()))
    }

    /// As Descope writes it: one number and one word.
    pub(super) fn as_words(self) -> String {
        let largest = || UNITS.iter().rev().map(|(_, word, length)| (*word, *length)).find(|unit| self.fits(*unit));
        let (word, length) = self.unit.filter(|unit| self.fits(*unit)).or_else(largest).unwrap_or(("second", 1));
        let count = self.seconds / length.max(1);
        format!("{count} {word}{}", if count == 1 { "" } else { "s" })
    }

    /// As users of Terraform write it.
    pub(super) fn as_in_go(self) -> String {
        let (hours, minutes, seconds) = (self.seconds / 3_600, self.seconds / 60 % 60, self.seconds % 60);
        let parts = [(hours, 'h'), (minutes, 'm'), (seconds, 's')].into_iter().filter(|(count, _)| *count > 0);
        parts.map(|(count, unit)| format!("{count}{unit}")).collect()
    }

    fn fits(self, (_, length): (&str, u64)) -> bool {
        self.seconds.is_multiple_of(length)
    }
}

/// Numbers with their units, in any case but for a single `M`, which may be a month.
fn plain(text: &str) -> Option<Meant> {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect();
    let unit = |word: &&str| {
        let lower = word.to_ascii_lowercase();
        let known = UNITS.iter().find(|(forms, ..)| forms.contains(&lower.as_str()) && *word != "M");
        known.map(|(_, word, length)| (*word, *length))
    };
    let units: Vec<(&'static str, u64)> = words.iter().map(unit).collect::<Option<_>>()?;
    whole(
        humantime::parse_duration(&text.to_ascii_lowercase()).ok()?,
        if let [one] = *units { Some(one) } else { None },
    )
}

/// `P1DT2H3M4S` and `P2W`, without years and months.
fn iso(text: &str) -> Option<Meant> {
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((days, time)) => (days, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let is_clear = days.ends_with(['D', 'W']) || days.is_empty();
    let letters = |text: &str, allowed: &[char]| text.chars().all(|c| c.is_ascii_digit() || allowed.contains(&c));
    let is_iso = is_clear && letters(days, &['D', 'W']) && letters(time, &['H', 'M', 'S']);
    let joined = format!("{days}{time}").to_ascii_lowercase();
    whole(is_iso.then(|| humantime::parse_duration(&joined).ok()).flatten()?, None)
}

fn whole(length: Duration, unit: Option<(&'static str, u64)>) -> Option<Meant> {
    let seconds = length.as_secs();
    (length.subsec_nanos() == 0 && seconds > 0).then_some(Meant { seconds, unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_written_in_both_forms() {
        for (text, words, in_go) in [
            ("10m", "10 minutes", "10m"),
            ("672h", "672 hours", "672h"),
            ("1h30m", "90 minutes", "1h30m"),
            ("1.5 hours", "90 minutes", "1h30m"),
            ("1 hour 30 minutes", "90 minutes", "1h30m"),
            ("10 Minutes", "10 minutes", "10m"),
            (" 10  minutes ", "10 minutes", "10m"),
            ("10minutes", "10 minutes", "10m"),
            ("60s", "60 seconds", "1m"),
            ("1D", "1 day", "24h"),
            ("28d", "28 days", "672h"),
            ("PT1H", "1 hour", "1h"),
            ("P1DT12H", "36 hours", "36h"),
            ("P4W", "4 weeks", "672h"),
            ("PT90S", "90 seconds", "1m30s"),
        ] {
            let meant = Meant::of(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((meant.as_words().as_str(), meant.as_in_go().as_str()), (words, in_go), "{text}");
        }
    }

    #[test]
    fn what_may_mean_something_else_is_not_guessed() {
        for text in
            ["", "10", "5M", "1 month", "1y", "P1M", "P1Y", "0s", "-1h", "500ms", "soon", "4 fortnights", "P", "m"]
        {
            assert_eq!(Meant::of(text), None, "{text}");
        }
    }
}
