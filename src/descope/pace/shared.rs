// SPDX-License-Identifier: Apache-2.0

//! What the processes of a user share about a host: a file with the requests of the last minute, and
//! a locked file for each request that is under way. Nothing waits here, not even for a lock. Used by
//! `machine`.
//!
//! A lock ends with its process, however that ends. All is looked at and changed under the lock of
//! the first file, which is held for less than a millisecond.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::caps::Caps;
use super::folder;
use super::window::Window;

/// What the processes of a user share about a host.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// The folder for temporary files.
    temporary: PathBuf,
    host: String,
}

/// What the wish to send a request comes to.
#[derive(Debug)]
pub(super) enum Answer {
    /// It may be sent, and counts as sent at this time. It is under way until the file is closed.
    Sent(u64, Option<File>),
    /// Not before this time has passed.
    Wait(Duration),
    /// As many as may be are under way. With this file, its holder is the next one.
    Full(Option<File>),
    /// Another process is asking just now.
    Busy(Option<File>),
}

/// The requests of the last minute, under a lock.
struct Log {
    file: File,
    window: Window,
}

// === impl Shared ===

impl Shared {
    /// What is shared about this host by way of the folder for temporary files.
    pub(super) fn new(temporary: PathBuf, host: &str) -> Self {
        Self { temporary, host: host.to_owned() }
    }

    /// Asks for the leave to send a request now, perhaps as the next one. The clock is read under the
    /// lock.
    pub(super) fn ask(&self, caps: Caps, next: Option<File>, clock: impl Fn() -> u64) -> Result<Answer> {
        let folder = folder::of_host(&self.temporary, &self.host)?;
        let Some(mut log) = Log::open(&folder)? else { return Ok(Answer::Busy(next)) };
        let now = clock();
        if let Some(most) = caps.per_minute {
            let before = log.window.clone();
            let wait = log.window.wait(most.get(), now);
            if !wait.is_zero() {
                // A time that was in the future must not stay there.
                if log.window != before {
                    log.write()?;
                }
                return Ok(Answer::Wait(wait));
            }
        }
        let mut slot = None;
        if let Some(most) = caps.at_once {
            // Nobody overtakes the next one. Otherwise a process that sends one request after the
            // other would leave no place to the rest.
            let next = match next {
                Some(next) => next,
                None => match locked(&folder.join("next"))? {
                    Some(next) => next,
                    None => return Ok(Answer::Full(None)),
                },
            };
            slot = free_slot(&folder, most.get())?;
            if slot.is_none() {
                return Ok(Answer::Full(Some(next)));
            }
        }
        if caps.per_minute.is_some() {
            log.window.send(now);
            log.write()?;
        }
        Ok(Answer::Sent(now, slot))
    }

    /// Notes that the request that was sent then ended only now. False if another process is asking
    /// just now.
    pub(super) fn took_long(&self, sent: u64, now: u64) -> Result<bool> {
        let folder = folder::of_host(&self.temporary, &self.host)?;
        let Some(mut log) = Log::open(&folder)? else { return Ok(false) };
        log.window.took_long(sent, now);
        log.write()?;
        Ok(true)
    }
}

/// Takes a slot if fewer than `most` are taken. Each process counts all of them, since others may
/// have other settings.
fn free_slot(folder: &Path, most: usize) -> Result<Option<File>> {
    let (mut free, mut taken) = (None, 0);
    for number in 0_usize.. {
        let path = folder.join(format!("slot-{number}"));
        let file = match OpenOptions::new().write(true).create(free.is_none()).truncate(false).open(path) {
            // The one after the last.
            Err(error) if free.is_some() && error.kind() == ErrorKind::NotFound => break,
            opened => opened?,
        };
        match (is_locked(&file)?, &free) {
            (true, None) => free = Some(file),
            // It was free, and is again when it is closed.
            (true, Some(_)) => {}
            (false, _) => taken += 1,
        }
        if taken >= most {
            return Ok(None);
        }
    }
    Ok(free)
}

/// Opens and locks a file, unless somebody else has locked it. It is made if it is missing.
fn locked(path: &Path) -> Result<Option<File>> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    Ok(is_locked(&file)?.then_some(file))
}

/// Locks a file unless somebody else has.
fn is_locked(file: &File) -> Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(Error::new(error.kind(), format!("files can't be locked: {error}"))),
    }
}

// === impl Log ===

impl Log {
    /// Opens and locks it, unless another process has the lock.
    fn open(folder: &Path) -> Result<Option<Self>> {
        let Some(mut file) = locked(&folder.join("sent"))? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(Self { file, window: Window::read(&bytes) }))
    }

    /// Writes over what was there and then cuts the rest: a process that is killed in between leaves
    /// a request twice, and never one too few.
    fn write(&mut self) -> Result<()> {
        let bytes = self.window.bytes();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&bytes)?;
        self.file.set_len(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    const START: u64 = 1_700_000_000_000_000;

    fn caps(per_minute: usize, at_once: usize) -> Caps {
        Caps { per_minute: NonZeroUsize::new(per_minute), at_once: NonZeroUsize::new(at_once) }
    }

    fn ask(shared: &Shared, caps: Caps, second: u64) -> Answer {
        shared.ask(caps, None, || START + second * 1_000_000).unwrap()
    }

    fn is_sent(answer: &Answer) -> bool {
        matches!(answer, Answer::Sent(..))
    }

    #[test]
    fn requests_of_all_count_against_each_ones_own_limit() {
        let temporary = tempfile::tempdir().unwrap();
        let [one, other] = ["h", "h"].map(|host| Shared::new(temporary.path().to_owned(), host));
        assert!(is_sent(&ask(&one, caps(3, 0), 0)) && is_sent(&ask(&other, caps(2, 0), 1)));
        assert!(matches!(ask(&other, caps(2, 0), 2), Answer::Wait(wait) if wait.as_secs() == 59));
        assert!(is_sent(&ask(&one, caps(3, 0), 3)));
        assert!(matches!(ask(&one, caps(3, 0), 4), Answer::Wait(wait) if wait.as_secs() == 57));
        assert!(is_sent(&ask(&Shared::new(temporary.path().to_owned(), "other"), caps(1, 0), 4)));
        assert!(is_sent(&ask(&one, caps(3, 0), 61)));
    }

    #[test]
    fn a_request_that_took_long_counts_from_its_end_for_all() {
        let temporary = tempfile::tempdir().unwrap();
        let shared = Shared::new(temporary.path().to_owned(), "h");
        let Answer::Sent(sent, None) = ask(&shared, caps(1, 0), 0) else { panic!("it may be sent") };
        assert!(shared.took_long(sent, START + 30_000_000).unwrap());
        assert!(matches!(ask(&shared, caps(1, 0), 61), Answer::Wait(wait) if wait.as_secs() == 30));
    }

    #[test]
    fn slots_of_all_count_against_each_ones_own_limit() {
        let temporary = tempfile::tempdir().unwrap();
        let shared = Shared::new(temporary.path().to_owned(), "h");
        let mut held: Vec<Answer> = (0..3).map(|_| ask(&shared, caps(0, 3), 0)).collect();
        assert!(held.iter().all(is_sent));
        assert!(matches!(ask(&shared, caps(0, 3), 0), Answer::Full(_)));
        // The lowest is free, and still two are taken.
        held.remove(0);
        assert!(matches!(ask(&shared, caps(0, 2), 0), Answer::Full(_)));
        held.remove(0);
        assert!(is_sent(&ask(&shared, caps(0, 2), 0)));
        assert!(is_sent(&ask(&shared, caps(0, 2), 0)), "the one before was dropped at once");
    }

    #[test]
    fn a_full_house_uses_up_no_place_of_the_minute() {
        let temporary = tempfile::tempdir().unwrap();
        let shared = Shared::new(temporary.path().to_owned(), "h");
        let first = ask(&shared, caps(2, 1), 0);
        assert!(is_sent(&first) && matches!(ask(&shared, caps(2, 1), 0), Answer::Full(_)));
        drop(first);
        assert!(is_sent(&ask(&shared, caps(2, 1), 0)));
    }

    #[test]
    fn nobody_waits_for_a_lock() {
        let temporary = tempfile::tempdir().unwrap();
        let shared = Shared::new(temporary.path().to_owned(), "h");
        let folder = folder::of_host(temporary.path(), "h").unwrap();
        let held = Log::open(&folder).unwrap().unwrap();
        assert!(matches!(ask(&shared, caps(1, 1), 0), Answer::Busy(None)));
        assert!(!shared.took_long(1, 2).unwrap());
        drop(held);
        assert!(is_sent(&ask(&shared, caps(1, 1), 0)));
    }

    #[test]
    fn a_folder_that_can_not_be_used_is_an_error() {
        let temporary = tempfile::tempdir().unwrap();
        let shared = Shared::new(temporary.path().join("missing"), "h");
        assert!(shared.ask(caps(1, 0), None, || START).unwrap_err().to_string().contains("missing"));
    }

    #[test]
    fn nobody_overtakes_the_next_one() {
        let temporary = tempfile::tempdir().unwrap();
        let shared = Shared::new(temporary.path().to_owned(), "h");
        let first = ask(&shared, caps(0, 1), 0);
        let Answer::Full(Some(next)) = ask(&shared, caps(0, 1), 0) else { panic!("it is the next one") };
        assert!(matches!(ask(&shared, caps(0, 1), 0), Answer::Full(None)));
        drop(first);
        assert!(matches!(ask(&shared, caps(0, 1), 0), Answer::Full(None)), "the place is for the next one");
        let second = shared.ask(caps(0, 1), Some(next), || START).unwrap();
        assert!(is_sent(&second) && matches!(ask(&shared, caps(0, 1), 0), Answer::Full(Some(_))));
        // Who gives up lets others pass.
        drop(second);
        assert!(is_sent(&ask(&shared, caps(0, 1), 0)));
    }
}
