//! Lets a group use the socket, for a host that runs its plugins as another user. Called by
//! `listener`.

use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

/// Gives the folder and the socket to a group, which is a name or a number. The error is the end of
/// a sentence for the person who reads the host's output.
pub(super) fn share(folder: &Path, socket: &Path, group: &str) -> Result<(), String> {
    let failed = |error: io::Error| format!("the socket can't be given to the group {group:?}: {error}");
    let id =
        id(group).ok_or_else(|| format!("PLUGIN_UNIX_SOCKET_GROUP is {group:?}, but this system has no such group"))?;
    for (path, mode) in [(folder, 0o710), (socket, 0o660)] {
        chown(path, None, Some(id)).map_err(failed)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    Ok(())
}

/// The number of a group.
fn id(group: &str) -> Option<u32> {
    if let Ok(id) = group.parse() {
        return Some(id);
    }
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    let line = groups.lines().find(|line| line.split(':').next() == Some(group))?;
    line.split(':').nth(2)?.parse().ok()
}
