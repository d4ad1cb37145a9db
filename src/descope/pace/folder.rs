// SPDX-License-Identifier: Apache-2.0

//! The folder for what the processes of a user share about a host. Used by `shared`.
//!
//! It is in the folder for temporary files, where others may write, too. So what is there already is
//! used only if it is a private folder of this user.

use std::fs::{DirBuilder, symlink_metadata};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

/// So many bytes of a digest name a host.
const NAME: usize = 12;

/// The folder for a host below the one for temporary files. It is made if it is missing.
pub(super) fn of_host(temporary: &Path, host: &str) -> Result<PathBuf> {
    let folder = temporary.join(of_user());
    make_private(&folder)?;
    let digest = digest(&SHA256, host.as_bytes());
    let name: String = digest.as_ref().iter().take(NAME).map(|byte| format!("{byte:02x}")).collect();
    let folder = folder.join(name);
    make_private(&folder)?;
    Ok(folder)
}

#[cfg(unix)]
fn of_user() -> String {
    format!("descope-requests-{}", uzers::get_effective_uid())
}

/// Elsewhere, each user has a folder for temporary files.
#[cfg(not(unix))]
fn of_user() -> String {
    "descope-requests".to_owned()
}

fn make_private(folder: &Path) -> Result<()> {
    let told = |error: Error| Error::new(error.kind(), format!("{}: {error}", folder.display()));
    match private_builder().create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made.map_err(told)?,
    }
    // Of a link, this is about the link itself.
    let found = symlink_metadata(folder).map_err(told)?;
    let fault = match () {
        () if !found.is_dir() => "it is not a folder",
        () if !belongs_to_user(&found) => "it belongs to another user",
        () if !is_private(&found) => "others may use it, too",
        () => return Ok(()),
    };
    Err(told(Error::other(fault)))
}

#[cfg(unix)]
fn private_builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Elsewhere, a folder is as private as the one that it is in.
#[cfg(not(unix))]
fn private_builder() -> DirBuilder {
    DirBuilder::new()
}

#[cfg(unix)]
fn belongs_to_user(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(found) == uzers::get_effective_uid()
}

#[cfg(unix)]
fn is_private(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o077 == 0
}

#[cfg(not(unix))]
fn belongs_to_user(_found: &std::fs::Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn is_private(_found: &std::fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(temporary: &Path) -> String {
        of_host(temporary, "a").unwrap_err().to_string()
    }

    #[test]
    fn each_host_has_a_folder() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = of_host(temporary.path(), "a").unwrap();
        assert_eq!(of_host(temporary.path(), "a").unwrap(), folder);
        assert_ne!(of_host(temporary.path(), "b").unwrap(), folder);
        assert!(folder.starts_with(temporary.path().join(of_user())));
    }

    #[cfg(unix)]
    #[test]
    fn it_is_private_and_what_is_not_is_refused() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let temporary = tempfile::tempdir().unwrap();
        let folder = of_host(temporary.path(), "a").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let own = temporary.path().join(of_user());
        assert_eq!((mode(&own), mode(&folder)), (0o700, 0o700));
        std::fs::set_permissions(&own, PermissionsExt::from_mode(0o770)).unwrap();
        assert!(refused(temporary.path()).ends_with("others may use it, too"));
        std::fs::set_permissions(&own, PermissionsExt::from_mode(0o700)).unwrap();
        std::fs::rename(&own, temporary.path().join("elsewhere")).unwrap();
        symlink(temporary.path().join("elsewhere"), &own).unwrap();
        assert!(refused(temporary.path()).ends_with("it is not a folder"));
        std::fs::remove_file(&own).unwrap();
        std::fs::write(&own, "").unwrap();
        assert!(refused(temporary.path()).ends_with("it is not a folder"));
        assert!(refused(&temporary.path().join("missing")).contains("No such file"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_of_another_user_is_refused() {
        // The root's folder is another user's, but for root.
        let root = symlink_metadata("/").unwrap();
        assert_eq!(belongs_to_user(&root), uzers::get_effective_uid() == 0);
    }
}
