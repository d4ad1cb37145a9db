// SPDX-License-Identifier: Apache-2.0

//! Where this machine's root certificates come from if the environment says so, and what is wrong there: the library
//! that reads them says only that there are none. Used by `trust` and `clients`.

use std::ffi::OsString;
use std::fs::read_dir;
use std::path::{Path, PathBuf};

use super::pem_file::{certificates, fits, unread};
use crate::shown::no_file_name;

/// The variable that names a file of root certificates.
const FILE: &str = "SSL_CERT_FILE";

/// The variable that names folders with files of root certificates.
const FOLDERS: &str = "SSL_CERT_DIR";

/// Why the machine has no root certificates: the library that reads them says only that there are none.
/// What the configuration names has been read before.
pub(super) fn no_roots(variable: impl Fn(&str) -> Option<OsString>) -> String {
    let of_file = variable(FILE).map(|file| match file.is_empty() {
        true => "the environment variable `SSL_CERT_FILE` is set, but empty".to_owned(),
        false => {
            let why = certificates(Path::new(&file)).err().unwrap_or_default();
            format!("the environment variable `SSL_CERT_FILE` names no usable root certificate: {why}")
        }
    });
    let of_folders = variable(FOLDERS).filter(|folders| !folders.is_empty()).map(|folders| {
        let files = std::env::split_paths(&folders)
            .flat_map(|folder| read_dir(folder).into_iter().flatten().flatten())
            .map(|entry| entry.path())
            .filter(|path| path.is_file());
        let damaged = files.filter_map(|path| certificates(&path).err()).find(|why| why.contains("holds a"));
        let why = damaged.unwrap_or_else(|| format!("{} has no file of certificates", folders.display()));
        format!("the environment variable `SSL_CERT_DIR` names no usable root certificate: {why}")
    });
    let told: Vec<String> = [of_file, of_folders].into_iter().flatten().collect();
    match told.is_empty() {
        true => "no root certificates were found on this machine. Install them (the package is often called \
                 `ca-certificates`), or name a file of certificates by `ca_cert_file`"
            .to_owned(),
        false => format!(
            "{}. Where such a variable is set, no other root certificates count. Correct or unset it, or name a file \
             of certificates by `ca_cert_file`",
            told.join(", and ")
        ),
    }
}

/// Fails if what the machine's root certificates are read from would never end, or is no name but what should be in
/// a file.
pub(super) fn readable_roots(variable: impl Fn(&str) -> Option<OsString>) -> Result<(), String> {
    for name in [FILE, FOLDERS] {
        let value = variable(name).unwrap_or_default();
        if let Some(fault) = no_file_name(&value.to_string_lossy()) {
            let what = if name == FILE { "a file" } else { "a folder" };
            return Err(format!(
                "the environment variable `{name}` can't be used: {} Give the name of {what} that holds certificates",
                fault.replacen("It ", "it ", 1)
            ));
        }
    }
    let told = |name: &'static str| move |reason: String| format!("the environment variable `{name}` names {reason}");
    if let Some(file) = variable(FILE).map(PathBuf::from)
        && file.exists()
    {
        fits(&file).map_err(told(FILE))?;
    }
    let folders = variable(FOLDERS).unwrap_or_default();
    for folder in std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()) {
        for entry in read_dir(folder).into_iter().flatten().flatten() {
            // Whatever is no file, such as a pipe, is passed over when the folder is read.
            if entry.path().is_file() {
                fits(&entry.path()).map_err(told(FOLDERS))?;
            }
        }
    }
    Ok(())
}

/// What these variables name in vain, as the end of a sentence, for a certificate that is not trusted:
/// other root certificates don't count then, and those of `ca_cert_file` alone count all the same.
pub(super) fn missing_roots(variable: impl Fn(&str) -> Option<OsString>) -> String {
    let file = variable(FILE).filter(|file| !file.is_empty());
    let of_file = file.and_then(|file| certificates(Path::new(&file)).err());
    let told =
        of_file.map(|why| format!(". Besides, something is wrong with the environment variable `{FILE}`: {why}"));
    let folders = variable(FOLDERS).unwrap_or_default();
    let unreadable = std::env::split_paths(&folders)
        .filter(|folder| !folder.as_os_str().is_empty())
        .find_map(|folder| Some((read_dir(&folder).err()?, folder)));
    let of_folders = unreadable.map(|(error, folder)| {
        let why = unread(&folder, &error);
        format!(". Besides, something is wrong with the environment variable `{FOLDERS}`: it names {why}")
    });
    [told, of_folders].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::super::pem_file::tests::folder;
    use super::*;

    #[test]
    fn who_names_no_usable_root_certificate_is_named_with_the_reason() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name).into_os_string();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("README"), "no certificate").unwrap();
        let told = |file: Option<OsString>, folders: Option<OsString>| {
            no_roots(|name| if name == "SSL_CERT_FILE" { file.clone() } else { folders.clone() })
        };
        for (file, folders, words) in [
            (Some(path("rotten")), None, "`SSL_CERT_FILE` names no usable root certificate: "),
            (Some(path("rotten")), None, "rotten holds a certificate that can't be read: number 1 is damaged"),
            (Some(path("missing")), None, "missing, which does not exist"),
            (Some(path("missing")), Some(OsString::new()), "`SSL_CERT_FILE` names"),
            (Some(OsString::new()), None, "`SSL_CERT_FILE` is set, but empty"),
            (
                Some(OsString::new()),
                Some(path("inner")),
                "is set, but empty, and the environment variable `SSL_CERT_DIR` names no usable root certificate",
            ),
            (None, Some(folder.path().into()), "holds a certificate that can't be read"),
            (None, None, "no root certificates were found on this machine"),
        ] {
            let told = told(file.clone(), folders.clone());
            assert!(told.contains(words) && !told.contains("``"), "{file:?} {folders:?}: {words:?} is not in {told}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_and_not_quoted() {
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        for name in [FILE, FOLDERS] {
            for value in [key.as_str(), &key.replace('\n', " "), "canary\ncanary"] {
                let reason = readable_roots(|asked| (asked == name).then(|| value.into())).unwrap_err();
                assert!(
                    reason.starts_with(&format!("the environment variable `{name}` can't be used: it ")),
                    "{reason}"
                );
                assert!(!reason.contains("BEGIN") && !reason.contains("canary") && reason.len() < 200, "{reason}");
            }
        }
    }

    #[test]
    fn what_is_named_in_vain_is_told_where_a_certificate_is_not_trusted() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name).into_os_string();
        let told = |set: &'static str, value: OsString| missing_roots(|name| (name == set).then(|| value.clone()));
        let missing = told(FILE, path("missing"));
        assert!(
            missing.contains("`SSL_CERT_FILE`: ") && missing.ends_with("missing, which does not exist"),
            "{missing}"
        );
        let missing = told(FOLDERS, path("missing"));
        assert!(
            missing.contains("`SSL_CERT_DIR`: it names ") && missing.ends_with("which does not exist"),
            "{missing}"
        );
        for (set, value) in [(FILE, path("cert")), (FOLDERS, folder.path().into()), (FILE, OsString::new())] {
            assert_eq!(told(set, value), "", "{set}");
        }
    }
}
