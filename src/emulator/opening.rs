// SPDX-License-Identifier: Apache-2.0

//! What the emulator starts with, as the command line says: the state file, the seed, faults. Called by
//! `process`.

use std::io::Write;
use std::path::Path;

use super::flags::Flags;
use super::messages::Messages;
use super::seed;
use super::state_file::StateFile;
use super::store::{Store, Stored, set_text};
use super::world::World;

/// The world at the start. A reason names the file that can't be used.
pub fn opened(flags: &Flags, messages: &Messages) -> Result<World, String> {
    let mut world = World::default();
    let kept = match &flags.state {
        Some(path) => {
            let (file, store) = StateFile::open(path)?;
            world.state_file = Some(file);
            store
        }
        None => None,
    };
    match (kept, &flags.seed) {
        (Some(store), seed) => {
            tell_of_strangers(&store, flags);
            if seed.is_some() {
                tell("the seed is not used, since there is a state file already");
            }
            world.store = store;
        }
        (None, Some(path)) => sow(&mut world.store, path, flags, messages)?,
        (None, None) => {}
    }
    // Now, so that a folder that can't be written is found before anything is lost.
    if let Some(file) = &mut world.state_file {
        file.keep(&world.store)?;
    }
    flags.faults.iter().cloned().for_each(|fault| world.faults.push(fault));
    Ok(world)
}

/// Puts the servers of a seed into the first project.
fn sow(store: &mut Store, path: &Path, flags: &Flags, messages: &Messages) -> Result<(), String> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("can't read the seed {name}: {error}"))?;
    let seed = seed::read(&text, messages).map_err(|reason| format!("the seed {name}: {reason}"))?;
    if !seed.undocumented.is_empty() {
        tell(&format!("the seed {name} has fields that the API does not document: {}", seed.undocumented.join(", ")));
    }
    let project = flags.projects.first().map(String::as_str).unwrap_or_default();
    // Those with ids first, so that no given id is one of theirs.
    let (with, without): (Vec<_>, Vec<_>) = seed.servers.into_iter().partition(|server| server.contains_key("id"));
    for mut server in with.into_iter().chain(without) {
        let id = match server.contains_key("id") {
            true => Stored::planted(server.clone()).text("id"),
            false => store.next_id("MS"),
        };
        set_text(&mut server, "id", &id);
        store.project(project).servers.insert(id, Stored::planted(server));
    }
    Ok(())
}

/// Objects of a project that no credentials reach are kept, but somebody may miss them.
fn tell_of_strangers(store: &Store, flags: &Flags) {
    let known = |id: &str| flags.projects.iter().any(|known| known == id);
    for (id, _) in store.projects().iter().filter(|(id, project)| !known(id) && !project.servers.is_empty()) {
        tell(&format!("the state file has servers of project {id}, which no --project names"));
    }
}

fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "descope-emulator: {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(arguments: &[&str]) -> Result<World, String> {
        let flags = Flags::read([&["descope-emulator", "--project", "P1"], arguments].concat()).unwrap();
        opened(&flags, &Messages::built_in([]).unwrap())
    }

    fn names(world: &World) -> Vec<String> {
        let servers = world.store.projects().values().flat_map(|project| project.servers.values());
        servers.map(|server| server.text("name")).collect()
    }

    #[test]
    fn a_seed_counts_until_there_is_a_state() {
        let folder = tempfile::tempdir().unwrap();
        let [seed, state] = ["seed.json", "state.json"].map(|name| folder.path().join(name).display().to_string());
        std::fs::write(&seed, r#"[{"name":"a"},{"id":"MS1","name":"b"}]"#).unwrap();
        let arguments = ["--seed", &seed, "--state", &state, "--fault", r#"{"kind":"drop"}"#];
        let mut world = open(&arguments).unwrap();
        assert_eq!((names(&world), world.faults.entries().len()), (vec!["b".to_owned(), "a".to_owned()], 1));
        world.store.project("P1").servers.shift_remove("MS1");
        world.keep();
        drop(world);
        std::fs::remove_file(&seed).unwrap();
        assert_eq!(names(&open(&arguments).unwrap()), ["a"], "the seed is not even looked for");
    }

    #[test]
    fn a_reason_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("seed.json").display().to_string();
        let refused = |arguments: &[&str]| open(arguments).err().unwrap();
        assert!(refused(&["--seed", &seed]).starts_with(&format!("can't read the seed {seed}: ")));
        std::fs::write(&seed, r#"[{"name":"a"},{"name":"b","tags":"c"}]"#).unwrap();
        assert_eq!(refused(&["--seed", &seed]), format!("the seed {seed}: [1].tags: expected an array"));
        let nowhere = folder.path().join("nowhere/state.json").display().to_string();
        assert!(refused(&["--state", &nowhere]).contains(&nowhere));
    }
}
