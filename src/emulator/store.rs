// SPDX-License-Identifier: Apache-2.0

//! The servers and clients of each project, in memory and as raw JSON. Called by the endpoints,
//! `discovery` and `control`.

use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::raw::{Members, text, to_raw};

/// The characters that ids consist of.
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A stored object.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its fields: documented ones, and others that a test has planted.
    pub members: Members,
    /// When it was created; `None` if a test has planted it, which makes it visible at once.
    pub created: Option<Instant>,
    /// The secret, if this is a client.
    pub secret: String,
}

/// One project's objects in the order of their creation.
#[derive(Default)]
pub struct Project {
    /// Servers by id.
    pub servers: IndexMap<String, Stored>,
    /// Servers that requests have deleted, and when. A list may still have them.
    pub deleted: Vec<(Instant, Stored)>,
    /// Clients by id.
    pub clients: IndexMap<String, Stored>,
}

/// All projects' objects.
#[derive(Default)]
pub struct Store {
    projects: IndexMap<String, Project>,
    ids: u64,
}

impl Stored {
    /// An object that a request creates.
    pub fn made(members: Members) -> Self {
        Self { members, created: Some(Instant::now()), secret: String::new() }
    }

    /// An object that a test plants.
    pub fn planted(members: Members) -> Self {
        Self { members, created: None, secret: String::new() }
    }

    /// Whether requests find it, if new objects stay hidden for this time.
    pub fn is_visible(&self, hidden: Duration) -> bool {
        self.created.is_none_or(|created| created.elapsed() >= hidden)
    }

    /// The value of a text field; empty if it is not set.
    pub fn text(&self, field: &str) -> String {
        self.members.get(field).and_then(|raw| text(raw)).unwrap_or_default()
    }
}

impl Store {
    /// What an earlier run has left: objects by project, and how many ids it has given.
    pub fn restored(projects: IndexMap<String, Project>, ids: u64) -> Self {
        Self { projects, ids }
    }

    /// All projects by id.
    pub fn projects(&self) -> &IndexMap<String, Project> {
        &self.projects
    }

    /// How many ids were given so far.
    pub fn ids(&self) -> u64 {
        self.ids
    }

    /// A project's objects.
    pub fn project(&mut self, id: &str) -> &mut Project {
        self.projects.entry(id.to_owned()).or_default()
    }

    /// Removes all objects. Their ids are not used again.
    pub fn clear(&mut self) {
        self.projects.clear();
    }

    /// A new id: the prefix and 27 letters and digits. Each run produces the same ids, so one that a seed
    /// took from an earlier run is left out.
    pub fn next_id(&mut self, prefix: &str) -> String {
        loop {
            let id = self.any_id(prefix);
            let has = |project: &Project| project.servers.contains_key(&id) || project.clients.contains_key(&id);
            if !self.projects.values().any(has) {
                return id;
            }
        }
    }

    fn any_id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        // Scrambles the counter by multiplication: the result is repeatable and unique within a
        // run.
        let mut state = self.ids.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
        let letters = (0..27).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let position = usize::try_from((state >> 33) % 62).unwrap_or(0);
            char::from(LETTERS.get(position).copied().unwrap_or(b'0'))
        });
        format!("{prefix}{}", letters.collect::<String>())
    }
}

/// Sets a field to a text. It keeps its place, or comes last if it is new.
pub fn set_text(members: &mut Members, field: &str, value: &str) {
    members.insert(field.to_owned(), to_raw(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_in_use_is_not_given_again() {
        let first = Store::default().next_id("MS");
        let mut store = Store::default();
        store.project("P1").servers.insert(first.clone(), Stored::planted(Members::new()));
        assert_ne!(store.next_id("MS"), first);
        assert_eq!(store.ids(), 2);
    }
}
