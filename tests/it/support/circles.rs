// SPDX-License-Identifier: Apache-2.0

//! Which file of a source tree uses which: paths after `crate::`, `super::` and `self::` are resolved to
//! files, through the re-exports of `mod.rs` files to where a name is declared. Unit tests don't count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each file below `src`, as a module path such as `engine/steps/plan`, with the files it uses.
/// `only` chooses a folder; the empty text means all but the emulator, which is another crate.
pub fn uses(src: &Path, only: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts = BTreeMap::new();
    read(src, "", &mut texts);
    texts.retain(|file, _| match only {
        "" => !file.starts_with("emulator") && !file.starts_with("bin"),
        only => file.starts_with(only),
    });
    let files = Files(texts);
    files.0.keys().map(|file| (file.clone(), files.used_by(file, only))).collect()
}

struct Files(BTreeMap<String, String>);

fn read(folder: &Path, at: &str, into: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let module = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
        if path.is_dir() {
            read(&path, &module(&name), into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let module = if name == "mod" { at.to_owned() } else { module(&name) };
            if !name.ends_with("tests") {
                into.insert(module, code(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
}

/// A text without comments, unit tests and visibilities, whose paths use nothing.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect();
    let (mut rest, mut code) = (lines.join("\n"), String::new());
    while let Some((before, after)) = rest.split_once("pub(in ") {
        code.push_str(before);
        rest = after.split_once(')').map_or_else(String::new, |(_, after)| after.to_owned());
    }
    code + &rest
}

impl Files {
    fn used_by(&self, file: &str, crate_root: &str) -> BTreeSet<String> {
        let text = &self.0[file];
        let reexports: Vec<&str> = text.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()).collect();
        let mut used: BTreeSet<String> = self.children_used(file, text).collect();
        for path in paths(text) {
            // What a `mod.rs` hands on, it does not use.
            let plain = path.trim_start_matches("super::").trim_start_matches("self::");
            if reexports.iter().any(|reexport| reexport.contains(plain)) {
                continue;
            }
            if let Some(target) = self.resolve(file, &path, crate_root, 0).filter(|target| target != file) {
                used.insert(target);
            }
        }
        used
    }

    /// The children that a `mod.rs` uses itself, without handing them on.
    fn children_used<'a>(&'a self, file: &'a str, text: &str) -> impl Iterator<Item = String> + 'a {
        let own: String = text.split("pub use ").enumerate().fold(String::new(), |own, (position, part)| {
            own + if position == 0 { part } else { part.split_once(';').map_or("", |(_, rest)| rest) }
        });
        let child = move |name: &str| {
            let before = |start: usize| own[..start].chars().next_back();
            let plain = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':'));
            own.match_indices(&format!("{name}::")).any(|(start, _)| plain(before(start)))
        };
        self.0
            .keys()
            .filter(move |other| parent(other) == file && !file.is_empty())
            .filter(move |other| child(other.rsplit('/').next().unwrap_or(other)))
            .cloned()
    }

    /// The file that declares what a path ends in.
    fn resolve(&self, file: &str, path: &str, crate_root: &str, depth: usize) -> Option<String> {
        let mut steps = path.split("::").peekable();
        let mut at = file.to_owned();
        match steps.next()? {
            "crate" => at = crate_root.to_owned(),
            "super" => at = parent(&at),
            "self" => {}
            // A path within a module that declares children, such as `checks::X` in a `mod.rs`.
            first => at = join(&at, first),
        }
        while steps.peek() == Some(&"super") {
            steps.next();
            at = parent(&at);
        }
        let mut steps: Vec<&str> = steps.collect();
        while let Some((first, rest)) = steps.clone().split_first() {
            let child = join(&at, first);
            let known = self.0.keys().any(|file| *file == child || file.starts_with(&format!("{child}/")));
            if !known {
                // A name that is declared here, or handed on from a child.
                let handed_on = self.handed_on(&at, first).filter(|_| depth < 8);
                return match handed_on {
                    Some(child) => self.resolve(&at, &child, crate_root, depth + 1),
                    None => self.0.contains_key(&at).then_some(at),
                };
            }
            (at, steps) = (child, rest.to_vec());
        }
        self.0.contains_key(&at).then_some(at)
    }

    /// The path below a module from which it hands a name on.
    fn handed_on(&self, module: &str, name: &str) -> Option<String> {
        let text = self.0.get(module)?;
        let uses = text.split(['\n']).collect::<Vec<_>>().join(" ");
        uses.split("pub use ").chain(uses.split("pub(crate) use ")).skip(1).find_map(|rest| {
            let declaration = rest.split(';').next()?;
            let (path, names) = declaration.rsplit_once("::")?;
            let names = names.trim_matches(['{', '}', ' ']);
            let found = names.split(',').any(|other| other.trim() == name);
            found.then(|| format!("self::{}::{name}", path.trim_start_matches("self::")))
        })
    }
}

fn parent(module: &str) -> String {
    module.rsplit_once('/').map(|(parent, _)| parent.to_owned()).unwrap_or_default()
}

fn join(module: &str, child: &str) -> String {
    if module.is_empty() { child.to_owned() } else { format!("{module}/{child}") }
}

/// Every path in a text that begins with `crate::`, `super::` or `self::`, groups in braces taken apart.
fn paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for marker in ["crate::", "super::", "self::"] {
        for (start, _) in text.match_indices(marker) {
            let before = text[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = &text[start..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))).unwrap_or(rest.len());
            let path = rest[..end].trim_end_matches(':').to_owned();
            match rest[end..].strip_prefix('{') {
                Some(group) if rest[..end].ends_with("::") => {
                    let group = group.split('}').next().unwrap_or_default();
                    let names = group.split(',').map(str::trim).filter(|name| !name.is_empty());
                    found.extend(names.map(|name| format!("{path}::{}", name.split(' ').next().unwrap_or(name))));
                }
                _ => found.push(path),
            }
        }
    }
    found
}
