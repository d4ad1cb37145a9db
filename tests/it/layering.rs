// SPDX-License-Identifier: Apache-2.0

//! The allowed arrows between layers, as `development/architecture.md` draws them, and the vocabulary each
//! layer must not know.

use std::path::{Path, PathBuf};

use crate::support::circles;

/// Each layer and the layers of ours that it may name.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("value", &[]),
    ("raw", &[]),
    // Every way out of the process goes through it.
    ("shown", &[]),
    ("diag", &["value"]),
    ("schema", &["value", "raw"]),
    ("engine", &["schema", "value", "diag", "raw"]),
    ("protocol", &["engine", "schema", "value", "diag", "raw", "shown"]),
    ("descope", &["raw", "shown"]),
    // The made-up provider of the unit tests: it stands where `provider` does, without Descope.
    ("library", &["engine", "schema", "value", "diag", "raw"]),
    ("provider", &["engine", "schema", "value", "diag", "raw", "descope", "shown"]),
    ("plugin", &["shown"]),
    ("emulator", &[]),
];

fn sources(layer: &str) -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let file = src.join(format!("{layer}.rs"));
    let mut paths = if file.is_file() { vec![file] } else { Vec::new() };
    let mut folders = vec![src.join(layer)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.ends_with("tests.rs") => {}
                path if path.extension().is_some_and(|extension| extension == "rs") => paths.push(path),
                _ => {}
            }
        }
    }
    assert!(!paths.is_empty(), "layer {layer} has no files");
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// A source text without comments and unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The layers that a source text names: what follows `crate::`, alone or in braces.
fn named(text: &str) -> Vec<String> {
    let code = code(text);
    let mut layers = Vec::new();
    for (start, marker) in code.match_indices("crate::") {
        let rest = &code[start + marker.len()..];
        let group = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => rest.split([';', '(', ')', '<', '>', ' ', '\n', ',']).next().unwrap_or_default(),
        };
        layers.extend(group.split(',').map(|path| path.trim().split("::").next().unwrap_or_default().to_owned()));
    }
    layers.retain(|layer| !layer.is_empty());
    layers
}

#[test]
fn arrows_go_one_way() {
    for (layer, allowed) in ALLOWED {
        for (path, text) in sources(layer) {
            // Unit tests may use the made-up provider.
            for other in named(&text) {
                let fine = other == layer || allowed.contains(&other.as_str());
                assert!(fine, "{}: layer {layer} may not use {other}", path.display());
            }
        }
    }
}

/// A file that is copied elsewhere still says how it may be used.
#[test]
fn every_source_file_names_its_license() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> =
        ["src", "tests", "benches", "examples", "release", "proto", "build.rs"].map(|name| root.join(name)).into();
    let mut read = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "proto") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("// SPDX-License-Identifier: Apache-2.0\n"), "{}", path.display());
            read += 1;
        }
    }
    assert!(read > 300, "{read}");
}

/// The rooms inside the engine: what each may use of the others.
#[test]
fn the_engines_rooms_use_each_other_one_way() {
    for (path, text) in sources("engine") {
        let path = path.display().to_string();
        let code = code(&text);
        let forbidden: &[&str] = match () {
            () if path.contains("/engine/lifecycle/") => &[],
            // Pure: no operation, no port, no session.
            () if path.contains("/engine/steps/") => {
                &["lifecycle", "ports", "session::", "history", "context", "tokio", "async"]
            }
            () if path.ends_with("/engine/mod.rs") => &[],
            () => &["lifecycle", "steps"],
        };
        for word in forbidden {
            let found = code.lines().find(|line| line.contains(word));
            assert!(found.is_none(), "{path} must not use {word}: {}", found.unwrap_or_default());
        }
    }
}

#[test]
fn every_file_of_the_engine_has_unit_tests() {
    for (path, text) in sources("engine") {
        let only_modules = code(&text).lines().all(|line| {
            line.trim().is_empty()
                || ["mod ", "pub mod ", "pub use ", "    ", "};"].iter().any(|start| line.starts_with(start))
        });
        assert!(only_modules || text.contains("#[cfg(test)]\nmod tests"), "{} has no unit tests", path.display());
    }
}

/// The RPCs decode, call the engine and encode: what judges a value or words a message is not there.
#[test]
fn rpcs_hold_no_rules() {
    let mut rpcs = 0;
    for (path, text) in sources("protocol").into_iter().filter(|(path, _)| path.display().to_string().contains("/rpc/"))
    {
        rpcs += 1;
        for word in ["Diagnostic::error(", "Diagnostic::warning(", ".soften", ".identity()", ".places()"] {
            assert!(!code(&text).contains(word), "{}: {word} belongs in the engine", path.display());
        }
    }
    assert!(rpcs > 8, "the folder moved, so this test would prove nothing");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    for crate_root in ["", "emulator"] {
        let mut uses = circles::uses(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), crate_root);
        assert!(uses.values().flatten().count() > 50, "hardly any uses are found, so this test would prove nothing");
        // A file that uses no file that is left can't be part of a circle.
        while let Some(free) = uses.iter().find(|(_, used)| !used.iter().any(|file| uses.contains_key(file))) {
            let free = free.0.clone();
            uses.remove(&free);
        }
        let left: Vec<String> = uses
            .iter()
            .map(|(file, used)| {
                format!("{file} uses {:?}", used.iter().filter(|file| uses.contains_key(*file)).collect::<Vec<_>>())
            })
            .collect();
        assert!(left.is_empty(), "these files use each other in a circle, or use one that does:\n{}", left.join("\n"));
    }
}

#[test]
fn every_layer_has_a_rule() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for layer in lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or(line.strip_prefix("mod ")))
        .map(|line| line.trim_end_matches(';'))
    {
        assert!(ALLOWED.iter().any(|(known, _)| *known == layer), "src/lib.rs has {layer}, which has no rule here");
    }
    assert!(!lib.contains("emulator"), "the provider's library must not know the emulator");
}

#[test]
fn generated_types_and_foreign_words_stay_where_they_belong() {
    for (layer, words) in [
        // Terraform's messages are for `protocol`, go-plugin's for `plugin`.
        ("engine", &["wire::", "tonic", "prost", "reqwest", "descope"][..]),
        ("schema", &["wire::", "tonic", "prost", "reqwest", "descope"]),
        ("provider", &["wire::", "tonic", "prost", "reqwest"]),
        ("plugin", &["tfplugin6", "mcp_server"]),
        // Terraform's words are none of the client's or the emulator's.
        ("descope", &["terraform", "tfplugin", "Diagnostic", "loginPageURL", "approvedScopes"]),
        ("emulator", &["tfplugin", "Diagnostic", "login_page_url", "approved_scopes"]),
    ] {
        for (path, text) in sources(layer) {
            let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect();
            for word in words {
                let found = code.iter().find(|line| line.contains(word));
                assert!(found.is_none(), "{}: {layer} must not say {word}: {}", path.display(), found.unwrap_or(&""));
            }
        }
    }
}

#[test]
fn the_check_itself_finds_names() {
    assert_eq!(
        named("use crate::value::{A, B};\nuse crate::{diag::X, raw};\n// crate::no\nfn f(x: crate::engine::Y) {}"),
        ["value", "diag", "raw", "engine"]
    );
}

#[test]
fn the_provider_does_not_carry_the_emulator() {
    const MARKER: &[u8] = b"descope-emulator-marker-7f3a";
    let carries = |binary: &str| std::fs::read(binary).unwrap().windows(MARKER.len()).any(|window| window == MARKER);
    assert!(carries(env!("CARGO_BIN_EXE_descope-emulator")), "the marker is gone, so this test would prove nothing");
    assert!(!carries(env!("CARGO_BIN_EXE_terraform-provider-descope")));
}

/// A log is read by people: fields are words and numbers, and not Rust's own form of a value.
#[test]
fn no_log_line_shows_how_rust_writes_a_value() {
    const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];
    let mut found = Vec::new();
    for (path, text) in ALLOWED.iter().flat_map(|(layer, _)| sources(layer)) {
        let code = code(&text);
        for (at, _) in code.match_indices("tracing::") {
            let rest = &code[at + "tracing::".len()..];
            let Some((name, rest)) = rest.split_once('!') else { continue };
            if LEVELS.contains(&name.trim_end_matches("_span")) {
                let call = rest.split_once(");").map_or(rest, |(call, _)| call);
                let is_debug =
                    |field: &str| field.trim().starts_with('?') || field.contains("= ?") || field.contains("{:?}");
                found.extend(call.split([',', '(']).filter(|field| is_debug(field)).map(|_| path.clone()));
            }
        }
    }
    assert!(found.is_empty(), "write the value in words: {found:?}");
}
