// SPDX-License-Identifier: Apache-2.0

//! Lets a group use the socket, for a host that runs its plugins as another user. Called by
//! `bind` and `unix_socket`.

use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

/// A group that this system has.
#[derive(Debug)]
pub(super) struct Group {
    name: String,
    id: u32,
}

// === impl Group ===

impl Group {
    /// Finds a group by its name or number. The error is the end of a sentence.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let id = id(name)
            .ok_or_else(|| format!("PLUGIN_UNIX_SOCKET_GROUP is {name:?}, but this system has no such group"))?;
        Ok(Self { name: name.to_owned(), id })
    }
}

/// Gives the folder and the socket to a group. The error is the end of a sentence for the person who
/// reads the host's output.
pub(super) fn share(folder: &Path, socket: &Path, group: &Group) -> Result<(), String> {
    let failed = |error: io::Error| format!("the socket can't be given to the group {:?}: {error}", group.name);
    for (path, mode) in [(folder, 0o710), (socket, 0o660)] {
        chown(path, None, Some(group.id)).map_err(failed)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    Ok(())
}

/// The number of a group. A name is looked up wherever the system keeps its groups, such as LDAP.
fn id(group: &str) -> Option<u32> {
    if let Ok(id) = group.parse() {
        return Some(id);
    }
    uzers::get_group_by_name(group).map(|group| group.gid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_number_and_by_name() {
        assert_eq!(id("1234"), Some(1234));
        assert_eq!(id("no-such-group"), None);
        let known = uzers::get_group_by_gid(0).expect("each Unix has a group 0");
        assert_eq!(id(known.name().to_str().unwrap()), Some(0));
    }

    #[test]
    fn sharing_opens_folder_and_socket_to_the_group() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("p");
        std::fs::write(&socket, "").unwrap();
        let group = Group::named(&uzers::get_effective_gid().to_string()).unwrap();
        share(folder.path(), &socket, &group).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&socket)), (0o710, 0o660));
        let error = Group::named("no-such-group").unwrap_err();
        assert!(error.contains("PLUGIN_UNIX_SOCKET_GROUP") && error.contains("no-such-group"), "{error}");
    }
}
