// SPDX-License-Identifier: Apache-2.0

//! What the help, the guides, the page and the container file tell people to type.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{binary, started};
use crate::support::emulator::http;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Runs a line as a shell does that finds the emulator.
fn shell(line: &str) -> Output {
    let folder = binary().parent().unwrap().display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("PATH", format!("{folder}:{path}")).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The lines of all these texts that begin with a program's name, continued where a `\` says so.
fn typed(program: &str) -> Vec<String> {
    let help = Command::new(binary()).arg("--help").output().unwrap();
    let mut texts = vec![String::from_utf8(help.stdout).unwrap(), read("Containerfile").replace("\n#", "\n")];
    texts.push(read("README.md"));
    for guide in std::fs::read_dir(root().join("docs/guides")).unwrap() {
        texts.push(std::fs::read_to_string(guide.unwrap().path()).unwrap());
    }
    let begins = format!("{program} ");
    let lines = texts.iter().flat_map(|text| {
        let whole = text.replace("\\\n", " ");
        whole.lines().map(str::trim).filter(|line| line.starts_with(&begins)).map(str::to_owned).collect::<Vec<_>>()
    });
    lines.collect()
}

#[cfg(unix)]
#[test]
fn flags_that_are_written_down_are_accepted() {
    let in_container = typed("docker run").into_iter().map(|line| {
        let (_, flags) = line.split_once(" descope-emulator ").expect("flags behind the image");
        format!("descope-emulator {flags}")
    });
    // A line of prose may begin with the name, too.
    let lines: Vec<String> =
        typed("descope-emulator").into_iter().filter(|line| line.contains(" --")).chain(in_container).collect();
    assert!(lines.len() >= 10, "{lines:?}");
    // What stands before `--help` is judged, but nothing starts.
    assert_eq!(shell("descope-emulator --latency 5 --help").status.code(), Some(2));
    for line in lines {
        let output = shell(&format!("{} --help", line.trim_end_matches('&')));
        assert!(output.status.success(), "{line}: {}", said(&output));
    }
}

#[cfg(unix)]
#[test]
fn calls_that_are_written_down_are_answered() {
    if !shell("curl --version").status.success() {
        eprintln!("skipped: calls of the control plane: curl is not on PATH");
        return;
    }
    let emulator = started();
    let lines: Vec<String> =
        typed("curl").into_iter().filter(|line| line.contains("http://127.0.0.1:8080/_emulator/")).collect();
    assert!(lines.len() >= 9, "{lines:?}");
    for line in lines {
        let line = line.replace("127.0.0.1:8080", emulator.address());
        let output = shell(&line.replacen("curl ", "curl --silent --show-error --fail ", 1));
        assert!(output.status.success(), "{line}: {}", said(&output));
    }
    assert_ne!(emulator.control("GET", "faults", ""), "[]");
}

/// The page's own examples, which stand where nothing is.
#[test]
fn what_the_page_proposes_works() {
    let emulator = started();
    let page = read("src/emulator/page/page.js");
    let mut proposed = 0;
    for (marker, method, path) in
        [("const FAULT = '", "POST", "/_emulator/faults"), ("switches -X PUT --data '", "PUT", "/_emulator/switches")]
    {
        for example in page.split(marker).skip(1).filter_map(|rest| rest.split('\'').next()) {
            let (status, answer) = http(emulator.address(), method, path, example);
            assert_eq!(status, 200, "{example}: {answer}");
            proposed += 1;
        }
    }
    assert_eq!(proposed, 2);
}

/// The seed of the guide is one.
#[test]
fn the_seed_of_the_guide_is_accepted() {
    let guide = read("docs/guides/emulator.md");
    let seed = guide.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a seed");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("servers.json");
    std::fs::write(&file, seed).unwrap();
    let emulator = super::Emulator::start_flagged(binary(), &["--seed", file.to_str().unwrap()]);
    assert_eq!(emulator.servers().len(), 2);
}

/// The image can't be built in a test. What it names is there.
#[test]
fn the_container_file_names_what_there_is() {
    let file = read("Containerfile");
    let manifest = read("Cargo.toml");
    let of = |key: &str| manifest.lines().find_map(|line| line.strip_prefix(key)).expect("a line of the manifest");
    let minor = |version: &str| version.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    let oldest = minor(of("rust-version = ").trim_matches('"'));
    let image = file.lines().find_map(|line| line.strip_prefix("FROM docker.io/library/rust:1")).expect("an image");
    let built_with = minor(image.split('-').next().unwrap_or_default());
    assert!(oldest.is_some() && built_with >= oldest, "{built_with:?} is older than {oldest:?}");
    let name = binary().file_stem().unwrap().to_string_lossy();
    for line in [
        format!("RUN cargo build --release --locked --bin {name}"),
        format!("COPY --from=build /source/target/release/{name} /usr/local/bin/{name}"),
        format!("ENTRYPOINT [\"/usr/local/bin/{name}\"]"),
        "USER 65532:65532".to_owned(),
    ] {
        assert!(file.lines().any(|other| other == line), "Containerfile lacks {line}");
    }
    let ignored = read(".dockerignore");
    for needed in ["src", "proto", "link", "benches", "examples", "tests", "Cargo.lock", "Cargo.toml", ".cargo"] {
        assert!(root().join(needed).exists() && !ignored.contains(needed), "{needed}");
    }
}
