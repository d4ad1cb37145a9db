// SPDX-License-Identifier: Apache-2.0

//! Writes files and folders. Everything that packing leaves on the disk goes through here.

use std::io::{ErrorKind, Result};
use std::path::Path;

/// Writes a file below a folder, and makes the folders that it needs.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, bytes)
}

/// Removes a folder with all that is in it, if it is there.
pub fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the files of a folder whose names begin like this.
pub fn remove_files(folder: &Path, begin: &str) -> Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(begin) && entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A JSON document as a file: indented, with its members in order, so that it is always the same.
pub fn json(document: &serde_json::Value) -> Vec<u8> {
    format!("{document:#}\n").into_bytes()
}
