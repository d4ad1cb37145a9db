// SPDX-License-Identifier: Apache-2.0

//! The file that keeps the store between two runs. It is replaced as a whole, so that it is whole at any
//! moment. It holds the secrets of clients, so only its user may read it. `opening` opens it, `world` writes it.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::raw::Members;
use super::store::{Project, Store, Stored};

/// The format that this emulator writes.
const FORMAT: u32 = 1;

/// How the name of a file ends that is to replace the state file.
const NEW: &str = ".new";

/// A state file that this process has to itself.
pub struct StateFile {
    path: PathBuf,
    /// What the file holds.
    written: String,
    /// The system lets go of the lock when the process ends in any way.
    _lock: File,
}

/// What is in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    /// The format.
    descope_emulator_state: u32,
    /// How many ids were given so far.
    ids: u64,
    projects: IndexMap<String, KeptProject>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptProject {
    servers: IndexMap<String, Members>,
    clients: IndexMap<String, KeptClient>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptClient {
    secret: String,
    client: Members,
}

// === impl StateFile ===

impl StateFile {
    /// Opens a file, and reads the store from it if it exists.
    pub fn open(path: &Path) -> Result<(Self, Option<Store>), String> {
        // A link stays one: what it leads to is replaced.
        let path =
            std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
        let name = path.display();
        let lock = locked(&lock_path(&path)).map_err(|reason| format!("the state file {name}: {reason}"))?;
        remove_leftovers(&path);
        let file = |written: String| Self { path: path.clone(), written, _lock: lock };
        match std::fs::read_to_string(&path) {
            Ok(text) => match restored(&text) {
                Ok(store) => Ok((file(text), Some(store))),
                Err(reason) => Err(format!(
                    "the state file {name} can't be used: {reason}. It was left as it is. Move it away to start anew"
                )),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok((file(String::new()), None)),
            Err(error) => Err(format!("can't read the state file {name}: {error}")),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the store, if the file holds something else.
    pub fn keep(&mut self, store: &Store) -> Result<(), String> {
        let text = text(store);
        if text != self.written {
            replace(&self.path, &text)
                .map_err(|error| format!("can't write the state file {}: {error}", self.path.display()))?;
            self.written = text;
        }
        Ok(())
    }
}

/// Replaces a file by one with this text.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // Nobody else's file has its name, and nobody else can read it.
    let mut new = tempfile::Builder::new().prefix(&new_prefix(path)).suffix(NEW).tempfile_in(folder(path))?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_data()?;
    new.persist(path).map(drop).map_err(|error| error.error)
}

/// Removes what emulators left that were killed while they wrote. Only who has the lock may do this.
fn remove_leftovers(path: &Path) {
    let prefix = new_prefix(path);
    let is_leftover = |name: &OsStr| {
        let middle = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        let middle = middle.and_then(|rest| rest.strip_suffix(NEW.as_bytes()));
        middle.is_some_and(|middle| middle.len() == 6 && middle.iter().all(u8::is_ascii_alphanumeric))
    };
    for entry in std::fs::read_dir(folder(path)).into_iter().flatten().flatten() {
        if is_leftover(&entry.file_name()) {
            // One that stays does no harm.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// How the name of a file begins that is to replace this one.
fn new_prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".emulator-");
    prefix
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// The path of the lock of a state file.
fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn locked(path: &Path) -> Result<File, String> {
    let name = path.display();
    // It may be a file of somebody else, so nothing in it is touched.
    let lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let lock = lock.map_err(|error| format!("can't open the lock file {name}: {error}"))?;
    if lock.metadata().is_ok_and(|data| data.len() > 0) {
        return Err(format!(
            "the emulator needs {name} as its lock file, but that file has something else in it. Move it away, or \
             give the state file another name"
        ));
    }
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err("another emulator uses it".to_owned()),
        // Not every file system can lock. Then two emulators are not told apart.
        Err(TryLockError::Error(_)) => Ok(lock),
    }
}

fn restored(text: &str) -> Result<Store, String> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    let content: Content = serde_json::from_str(text).map_err(|error| format!("it is damaged, {error}"))?;
    if content.descope_emulator_state != FORMAT {
        return Err(format!("it has the format {}, and this emulator knows {FORMAT}", content.descope_emulator_state));
    }
    let restored = |kept: KeptProject| Project {
        servers: kept.servers.into_iter().map(|(id, members)| (id, Stored::planted(members))).collect(),
        clients: kept
            .clients
            .into_iter()
            .map(|(id, kept)| (id, Stored { secret: kept.secret, ..Stored::planted(kept.client) }))
            .collect(),
        deleted: Vec::new(),
    };
    let projects = content.projects.into_iter().map(|(id, kept)| (id, restored(kept))).collect();
    Ok(Store::restored(projects, content.ids))
}

fn text(store: &Store) -> String {
    let servers =
        |project: &Project| project.servers.iter().map(|(id, stored)| (id.clone(), stored.members.clone())).collect();
    let client = |stored: &Stored| KeptClient { secret: stored.secret.clone(), client: stored.members.clone() };
    let clients = |project: &Project| project.clients.iter().map(|(id, stored)| (id.clone(), client(stored))).collect();
    // A project without objects is like one that nobody has asked for yet.
    let used =
        store.projects().iter().filter(|(_, project)| !(project.servers.is_empty() && project.clients.is_empty()));
    let projects = used
        .map(|(id, project)| (id.clone(), KeptProject { servers: servers(project), clients: clients(project) }))
        .collect();
    let content = Content { descope_emulator_state: FORMAT, ids: store.ids(), projects };
    serde_json::to_string_pretty(&content).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::super::raw::{members, to_raw};
    use super::*;

    fn object(json: &str) -> Members {
        members(&RawValue::from_string(json.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn what_is_kept_comes_back_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let odd = r#"{"id":"MS1","name":"\u00e9","odd":1e400,"more":{"z":1.10}}"#;
        let (mut file, store) = StateFile::open(&path).unwrap();
        assert!(store.is_none() && !path.exists());
        let mut store = Store::default();
        store.next_id("MS");
        let project = store.project("P1");
        project.servers.insert("MS1".to_owned(), Stored::made(object(odd)));
        let client = Stored { secret: "s".to_owned(), ..Stored::made(object(r#"{"id":"TPA1"}"#)) };
        project.clients.insert("TPA1".to_owned(), client);
        file.keep(&store).unwrap();
        drop(file);
        let (mut file, restored) = StateFile::open(&path).unwrap();
        let mut restored = restored.unwrap();
        assert_eq!(to_raw(&restored.project("P1").servers["MS1"].members).get(), odd);
        assert_eq!(restored.project("P1").clients["TPA1"].secret, "s");
        assert_eq!(restored.next_id("MS"), store.next_id("MS"), "no id is given twice");
        restored.clear();
        file.keep(&restored).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("MS1"));
        assert_eq!(names(folder.path()), ["state.json", "state.json.lock"]);
    }

    /// The names of the files in a folder, in order.
    fn names(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn files_of_others_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let others =
            ["state.json.new", ".state.json.new", ".state.json.emulator-notes.new", ".other.emulator-a1B2c3.new"];
        for name in others {
            std::fs::write(folder.path().join(name), "mine").unwrap();
        }
        let leftover = folder.path().join(".state.json.emulator-a1B2c3.new");
        std::fs::write(&leftover, "half of it").unwrap();
        let lock = folder.path().join("state.json.lock");
        std::fs::write(&lock, "mine").unwrap();
        let refused = StateFile::open(&path).err().unwrap();
        assert!(refused.contains("state.json.lock as its lock file"), "{refused}");
        assert!(std::fs::read_to_string(&lock).unwrap() == "mine" && leftover.exists() && !path.exists());
        std::fs::remove_file(&lock).unwrap();
        StateFile::open(&path).unwrap().0.keep(&Store::default()).unwrap();
        assert!(path.exists() && !leftover.exists());
        for name in others {
            assert_eq!(std::fs::read_to_string(folder.path().join(name)).unwrap(), "mine", "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_its_user_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let (mut file, _) = StateFile::open(&path).unwrap();
        let mut store = Store::default();
        file.keep(&store).unwrap();
        assert_eq!(mode(), 0o600);
        store.next_id("MS");
        file.keep(&store).unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn the_file_is_only_written_if_something_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (mut file, _) = StateFile::open(&path).unwrap();
        let mut store = Store::default();
        file.keep(&store).unwrap();
        std::fs::remove_file(&path).unwrap();
        store.project("P1");
        file.keep(&store).unwrap();
        assert!(!path.exists(), "asking for a project changes nothing");
        store.project("P1").servers.insert("MS1".to_owned(), Stored::planted(Members::new()));
        file.keep(&store).unwrap();
        assert!(path.exists());
    }

    #[test]
    fn two_emulators_do_not_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let first = StateFile::open(&path).unwrap();
        let refused = StateFile::open(&path).err().unwrap();
        assert!(refused.contains("another emulator uses it"), "{refused}");
        drop(first);
        assert!(StateFile::open(&path).is_ok());
    }

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let whole = text(&Store::default());
        for (damaged, reason) in [
            ("", "it is empty"),
            ("{", "it is damaged, EOF"),
            (&whole[..whole.len() - 3], "it is damaged, "),
            ("{}", "missing field `descope_emulator_state`"),
            (r#"{"descope_emulator_state":2,"ids":0,"projects":{}}"#, "it has the format 2"),
            (r#"{"MS1":{"name":"a"}}"#, "unknown field `MS1`"),
        ] {
            std::fs::write(&path, damaged).unwrap();
            let refused = StateFile::open(&path).err().unwrap();
            assert!(refused.contains(reason) && refused.contains("state.json"), "{refused}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_file_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("state.json"), folder.path().join("link.json"));
        std::fs::write(&path, text(&Store::default())).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let (mut file, store) = StateFile::open(&link).unwrap();
        let mut store = store.unwrap();
        store.next_id("MS");
        file.keep(&store).unwrap();
        assert!(link.is_symlink() && std::fs::read_to_string(&path).unwrap() == text(&store));
    }
}
