// SPDX-License-Identifier: Apache-2.0

//! Makes a Unix socket in a private folder below another folder, or says why that folder won't do.
//! Called by `bind`.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::socket_group::{self, Group};

/// The longest path that fits a socket address on every system. macOS takes 103 bytes and Linux
/// 107.
const LONGEST_PATH: usize = 100;

/// A socket that accepts connections.
pub(super) struct UnixSocket {
    pub(super) listener: tokio::net::UnixListener,
    /// Where it is. The handshake can spell this.
    pub(super) path: PathBuf,
    /// The folder of its own, which is removed with this value.
    pub(super) folder: TempDir,
}

/// Makes a socket below a folder. The error is the end of a sentence.
pub(super) fn make(parent: &Path, group: Option<&Group>) -> Result<UnixSocket, String> {
    let failed = |error: io::Error| error.to_string();
    // A private folder is a second barrier beside the certificates.
    let private = std::fs::Permissions::from_mode(0o700);
    let folder =
        tempfile::Builder::new().prefix("descope").permissions(private).tempdir_in(parent).map_err(in_short)?;
    let path = folder.path().join("p");
    spelled(&path)?;
    let listener = UnixListener::bind(&path).map_err(failed)?;
    // Some file systems make a socket that nobody can connect to.
    listener.set_nonblocking(true).map_err(failed)?;
    let probe = UnixStream::connect(&path).and_then(|_probe| listener.accept());
    probe.map_err(|error| format!("a socket there can't be connected to: {error}"))?;
    if let Some(group) = group {
        socket_group::share(folder.path(), &path, group)?;
    }
    let listener = tokio::net::UnixListener::from_std(listener).map_err(failed)?;
    Ok(UnixSocket { listener, path, folder })
}

/// The error without the path, which `tempfile` appends and the caller names anyway.
fn in_short(error: io::Error) -> String {
    match error.get_ref().and_then(std::error::Error::source) {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// Whether a host can read the path in the handshake and connect to it.
fn spelled(path: &Path) -> Result<(), String> {
    let text = path.to_str().ok_or("its path is not Unicode")?;
    // The handshake is one line, and its fields are separated by this character.
    if text.contains(|character: char| character == '|' || character.is_control()) {
        return Err("its path has a character that the handshake can't spell".to_owned());
    }
    if text.len() > LONGEST_PATH {
        return Err("its path is too long for a socket".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(parent: &Path) -> String {
        make(parent, None).map(|socket| socket.path).expect_err("it must not do")
    }

    #[tokio::test]
    async fn a_socket_is_in_a_private_folder_that_goes_with_it() {
        let parent = tempfile::tempdir().unwrap();
        let socket = make(parent.path(), None).unwrap();
        let folder = socket.folder.path().to_owned();
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(socket.path.starts_with(&folder) && folder.starts_with(parent.path()));
        drop(socket);
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn the_first_connection_is_not_our_own_probe() {
        let parent = tempfile::tempdir().unwrap();
        let socket = make(parent.path(), None).unwrap();
        let connected = tokio::net::UnixStream::connect(&socket.path).await.unwrap();
        let (accepted, _) = socket.listener.accept().await.unwrap();
        connected.try_write(b"x").unwrap();
        accepted.readable().await.unwrap();
        assert_eq!(accepted.try_read(&mut [0; 8]).unwrap(), 1);
    }

    #[tokio::test]
    async fn a_folder_that_will_not_do_is_refused_with_a_reason_and_left_as_it_was() {
        let parent = tempfile::tempdir().unwrap();
        for (name, reason) in [
            ("a|b", "handshake"),
            ("a\nb", "handshake"),
            ("a\rb", "handshake"),
            ("a\u{85}b", "handshake"),
            (&"x".repeat(120), "too long"),
        ] {
            let folder = parent.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            assert!(refused(&folder).contains(reason), "{name:?}: {}", refused(&folder));
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{name:?}");
        }
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(refused(&file).starts_with("Not a directory"), "{}", refused(&file));
        let missing = parent.path().join("missing");
        assert!(refused(&missing).starts_with("No such file"), "{}", refused(&missing));
        assert!(!missing.exists());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_path_that_is_not_unicode_is_refused() {
        use std::os::unix::ffi::OsStrExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join(std::ffi::OsStr::from_bytes(b"\xff"));
        std::fs::create_dir(&folder).unwrap();
        assert!(refused(&folder).contains("Unicode"));
    }
}
