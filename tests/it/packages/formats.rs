// SPDX-License-Identifier: Apache-2.0

//! The files of a release by themselves: names, sums, JSON, and that the same binaries always give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_lc_rs::digest::{SHA256, digest};
use flate2::read::DeflateDecoder;
use serde_json::{Value, json};

use super::package::archive::{Archive, Compression, Entry};
use super::package::crates::{Dependencies, TREE};
use super::package::target::{TARGETS, Target, needs_glibc};
use super::package::{Binary, Order, pack};
use super::package::{licenses, sbom, target};
use super::{VERSION, archive, files, here, order};
use crate::support::hcl::provider;

/// The first bytes of a program for a target, and some more.
fn program(target: &Target) -> Vec<u8> {
    let arm = target.arch == "arm64";
    let mut bytes = vec![0; 128];
    let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
    match target.os {
        "linux" => {
            put(0, b"\x7fELF\x02\x01\x01");
            put(18, &[if arm { 183 } else { 62 }, 0]);
        }
        "darwin" => put(0, &[0xcf, 0xfa, 0xed, 0xfe, if arm { 12 } else { 7 }, 0, 0, 1]),
        _ => {
            put(0, b"MZ");
            put(60, &[80, 0]);
            put(80, b"PE\0\0");
            put(84, if arm { &[0x64, 0xaa] } else { &[0x64, 0x86] });
        }
    }
    bytes.extend(target.to_string().repeat(50).into_bytes());
    bytes
}

/// A folder with a program for each target.
fn programs() -> (tempfile::TempDir, Vec<(&'static Target, PathBuf)>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |target: &'static Target| {
        let path = folder.path().join(target.to_string());
        std::fs::write(&path, program(target)).unwrap();
        (target, path)
    };
    let programs = TARGETS.iter().map(write).collect();
    (folder, programs)
}

/// All targets, packed in this order of them.
fn release(reversed: bool) -> BTreeMap<String, Vec<u8>> {
    let (_folder, programs) = programs();
    let mut binaries: Vec<_> = programs.iter().map(|(target, path)| (*target, path.as_path())).collect();
    if reversed {
        binaries.reverse();
    }
    let out = tempfile::tempdir().unwrap();
    order(&binaries, Compression::best(), out.path()).unwrap();
    files(out.path()).into_iter().collect()
}

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

/// A file of an archive as its directory tells: name, mode, date and content.
fn unzip(archive: &[u8]) -> Vec<(String, u32, usize, Vec<u8>)> {
    let end = archive.len() - 22;
    assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
    let (count, mut at) = (number(archive, end + 10, 2), number(archive, end + 16, 4));
    let mut found = Vec::new();
    for _ in 0..count {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let (packed, length) = (number(archive, at + 20, 4), number(archive, at + 28, 2));
        let name = String::from_utf8(archive[at + 46..at + 46 + length].to_vec()).unwrap();
        let start = number(archive, at + 42, 4) + 30 + length;
        let data = &archive[start..start + packed];
        let mut content = Vec::new();
        match number(archive, at + 10, 2) {
            0 => content.extend(data),
            _ => drop(DeflateDecoder::new(data).read_to_end(&mut content).unwrap()),
        }
        assert_eq!(content.len(), number(archive, at + 24, 4), "{name}");
        let date = number(archive, at + 12, 4);
        found.push((name, u32::try_from(number(archive, at + 38, 4) >> 16).unwrap(), date, content));
        at += 46 + length;
    }
    found
}

/// A registry looks for these names. What is not a zip or the manifest must not be in the sums.
#[test]
fn a_release_has_the_files_that_registries_want() {
    let release = release(false);
    let stem = format!("terraform-provider-descope_{VERSION}");
    let sums = String::from_utf8(release[&format!("{stem}_SHA256SUMS")].clone()).unwrap();
    let mut wanted: Vec<String> = TARGETS.iter().map(|target| format!("{stem}_{target}.zip")).collect();
    wanted.push(format!("{stem}_manifest.json"));
    wanted.sort();
    let listed: Vec<(&str, &str)> = sums.lines().map(|line| line.split_once("  ").unwrap()).collect();
    assert_eq!(listed.iter().map(|(_, name)| *name).collect::<Vec<_>>(), wanted);
    for (sum, name) in listed {
        assert_eq!(sum, sha256(&release[name]), "{name}");
    }
    let manifest: Value = serde_json::from_slice(&release[&format!("{stem}_manifest.json")]).unwrap();
    assert_eq!(manifest, json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } }));
    let at_the_top: Vec<&String> = release.keys().filter(|name| !name.contains('/')).collect();
    let others = [format!("descope-mirror_{VERSION}.zip"), format!("descope-oci_{VERSION}.zip")];
    assert_eq!(at_the_top.len(), wanted.len() + 1 + others.len(), "{at_the_top:?}");
}

#[test]
fn archives_hold_the_program_and_the_license() {
    let release = release(false);
    for target in &TARGETS {
        let archive = unzip(&release[&format!("terraform-provider-descope_{VERSION}_{target}.zip")]);
        let name = format!("terraform-provider-descope_v{VERSION}{}", target.suffix());
        let whole = [
            ("LICENSE".to_owned(), 0o100_644, 0x21 << 16, b"the license".to_vec()),
            (name, 0o100_755, 0x21 << 16, program(target)),
        ];
        assert_eq!(archive, whole, "{target}");
    }
}

#[test]
fn two_packs_of_the_same_binaries_agree_in_every_byte() {
    let (one, other) = (release(false), release(true));
    assert!(one.len() > 20, "{:?}", one.keys());
    assert!(one == other);
}

/// A mixed-up binary would be found out by whoever installs it.
#[test]
fn a_binary_for_another_target_is_refused() {
    let (_folder, programs) = programs();
    let out = tempfile::tempdir().unwrap();
    let refused = |target: &'static Target, path: &Path| {
        order(&[(target, path)], Compression::none(), out.path()).unwrap_err().to_string()
    };
    for (target, _) in &programs {
        for (other, path) in programs.iter().filter(|(other, _)| other != target) {
            assert!(refused(target, path).ends_with(&format!("built for {other}, not for {target}")));
        }
    }
    let (target, path) = &programs[0];
    std::fs::write(path, "#!/bin/sh\n").unwrap();
    assert!(refused(target, path).ends_with("no program for darwin_amd64"), "{}", refused(target, path));
    assert!(
        order(&[(programs[1].0, &programs[1].1), (programs[1].0, &programs[1].1)], Compression::none(), out.path())
            .is_err()
    );
}

#[test]
fn the_glibc_that_a_program_needs_is_told() {
    assert_eq!(needs_glibc(b"..GLIBC_2.9\0GLIBC_2.34\0GLIBC_2.17\0").as_deref(), Some("2.34"));
    assert_eq!(needs_glibc(b"statically linked"), None);
}

#[test]
fn targets_are_known_by_their_names() {
    for target in &TARGETS {
        assert_eq!(Target::named(&target.to_string()), Some(target));
    }
    assert_eq!(Target::named("freebsd_amd64"), None);
    assert!(target::NEVER.contains("FreeBSD"));
}

/// The answers of a `network_mirror`: relative addresses, and digests of both kinds.
#[test]
fn the_mirror_says_what_its_archives_are() {
    let release = release(false);
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let folder = format!("mirror/{host}/seed-02068dc7/descope");
        let document =
            |name: &str| -> Value { serde_json::from_slice(&release[&format!("{folder}/{name}.json")]).unwrap() };
        assert_eq!(document("index"), json!({ "versions": { VERSION: {} } }));
        let archives = document(VERSION)["archives"].clone();
        assert_eq!(archives.as_object().unwrap().len(), TARGETS.len());
        for (target, archive) in archives.as_object().unwrap() {
            let url = archive["url"].as_str().unwrap();
            assert_eq!(url, format!("terraform-provider-descope_{VERSION}_{target}.zip"));
            let bytes = &release[&format!("{folder}/{url}")];
            assert_eq!(bytes, &release[url]);
            let hashes = archive["hashes"].as_array().unwrap();
            assert!(hashes[0].as_str().unwrap().starts_with("h1:"), "{hashes:?}");
            assert_eq!(hashes[1], format!("zh:{}", sha256(bytes)));
        }
    }
}

/// The bundles hold the folders, and nothing else.
#[test]
fn bundles_hold_what_stands_beside_them() {
    let release = release(false);
    for folder in ["mirror", "oci"] {
        let bundle = unzip(&release[&format!("descope-{folder}_{VERSION}.zip")]);
        let inside: BTreeMap<String, Vec<u8>> =
            bundle.into_iter().map(|(name, _, _, content)| (format!("{folder}/{name}"), content)).collect();
        let beside: BTreeMap<String, Vec<u8>> = release
            .iter()
            .filter(|(name, _)| name.starts_with(&format!("{folder}/")))
            .map(|(name, bytes)| (name.clone(), bytes.clone()))
            .collect();
        assert!(!beside.is_empty() && inside == beside, "{folder}: {:?}", inside.keys());
    }
}

/// Each reference is to a file of that digest and size, down to the archives.
#[test]
fn the_image_layout_is_whole() {
    let release = release(false);
    let read = |descriptor: &Value| -> Vec<u8> {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let bytes = &release[&format!("oci/blobs/sha256/{digest}")];
        assert_eq!((sha256(bytes), json!(bytes.len())), (digest.to_owned(), descriptor["size"].clone()));
        bytes.clone()
    };
    let parsed = |descriptor: &Value| -> Value { serde_json::from_slice(&read(descriptor)).unwrap() };
    let layout: Value = serde_json::from_slice(&release["oci/oci-layout"]).unwrap();
    assert_eq!(layout, json!({ "imageLayoutVersion": "1.0.0" }));
    let top: Value = serde_json::from_slice(&release["oci/index.json"]).unwrap();
    assert_eq!(top["manifests"][0]["annotations"], json!({ "org.opencontainers.image.ref.name": VERSION }));
    let index = parsed(&top["manifests"][0]);
    assert_eq!(index["mediaType"], top["manifests"][0]["mediaType"]);
    assert_eq!(index["artifactType"], "application/vnd.opentofu.provider");
    assert_eq!(index["manifests"].as_array().unwrap().len(), TARGETS.len());
    for (target, descriptor) in TARGETS.iter().zip(index["manifests"].as_array().unwrap()) {
        assert_eq!(descriptor["platform"], json!({ "os": target.os, "architecture": target.arch }));
        let manifest = parsed(descriptor);
        for part in ["mediaType", "artifactType"] {
            assert_eq!(manifest[part], descriptor[part]);
        }
        assert_eq!(manifest["artifactType"], "application/vnd.opentofu.provider-target");
        assert_eq!(read(&manifest["config"]), b"{}");
        let layers = manifest["layers"].as_array().unwrap();
        assert_eq!((layers.len(), &layers[0]["mediaType"]), (1, &json!("archive/zip")));
        let name = format!("terraform-provider-descope_{VERSION}_{target}.zip");
        assert_eq!(layers[0]["annotations"]["org.opencontainers.image.title"], name);
        assert!(read(&layers[0]) == release[&name]);
    }
}

/// What cargo says about a build for this machine.
fn dependencies() -> Dependencies {
    let print = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).arg(here().triple).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.env("CARGO_NET_OFFLINE", "true").output().unwrap().stdout
    };
    let metadata = print(&["metadata", "--format-version=1", "--locked", "--filter-platform"]);
    Dependencies {
        triple: here().triple.to_owned(),
        metadata: serde_json::from_slice(&metadata).unwrap(),
        tree: String::from_utf8(print(&TREE)).unwrap(),
    }
}

/// Each crate that is linked is named with its license, and each text of a license is there once.
#[test]
fn the_licenses_of_others_go_with_the_binary() {
    let dependencies = dependencies();
    let text = licenses::text(&dependencies).unwrap();
    let (list, texts) = text.split_once("\nText 1\n").unwrap();
    for (linked, named) in [("\nrustls ", true), ("\nring ", false), ("\nprotox ", false), ("\nserde_derive ", false)] {
        assert_eq!(list.contains(linked), named, "{linked}");
    }
    let mut numbers = BTreeSet::new();
    for line in list.lines().filter_map(|line| Some(line.split_once("; texts: ")?.1)) {
        if line != "none with the crate" {
            numbers.extend(line.split(", ").map(|number| number.parse::<usize>().unwrap()));
        }
    }
    assert!(numbers.len() > 50);
    assert_eq!(numbers, (1..=numbers.len()).collect());
    for number in 2..=numbers.len() {
        assert_eq!(texts.matches(&format!("\nText {number}\n")).count(), 1, "{number}");
    }
    // The one that demands it of aws-lc's own code.
    assert!(texts.contains("Amazon.com, Inc. or its affiliates"));

    let order = Order {
        version: VERSION,
        license: b"the license",
        binaries: vec![Binary { target: here(), path: provider().into(), dependencies: Some(dependencies) }],
        compression: Compression::none(),
    };
    let out = tempfile::tempdir().unwrap();
    pack(order, out.path()).unwrap();
    let packed = unzip(&std::fs::read(out.path().join(archive())).unwrap());
    let found = packed.iter().find(|(name, ..)| name == "THIRD-PARTY-LICENSES.txt").map(|(.., content)| content);
    assert!(found.is_some_and(|content| *content == text.as_bytes()));
}

/// Made of what cargo says: what is linked is in it, and what builds and tests is not.
#[test]
fn the_sbom_lists_what_is_linked() {
    let document = sbom::document(&dependencies(), "the-file", "the-digest").unwrap();
    let component = &document["metadata"]["component"];
    assert_eq!(component["purl"], format!("pkg:cargo/terraform-provider-descope@{VERSION}"));
    assert_eq!(component["hashes"][0]["content"], "the-digest");
    let components = document["components"].as_array().unwrap();
    let names: Vec<&str> = components.iter().map(|component| component["name"].as_str().unwrap()).collect();
    for (name, listed) in
        [("rustls", true), ("aws-lc-sys", true), ("ring", false), ("protox", false), ("serde_derive", false)]
    {
        assert_eq!(names.contains(&name), listed, "{name}");
    }
    let licensed =
        |component: &&Value| component["licenses"][0]["expression"].as_str().is_some_and(|text| !text.contains('/'));
    assert_eq!(components.iter().filter(licensed).count(), components.len());
    // Every reference in it has an end.
    let mut known: Vec<&Value> = components.iter().map(|component| &component["bom-ref"]).collect();
    known.push(&component["bom-ref"]);
    for dependency in document["dependencies"].as_array().unwrap() {
        assert!(known.contains(&&dependency["ref"]), "{dependency}");
        assert!(dependency["dependsOn"].as_array().unwrap().iter().all(|on| known.contains(&on)), "{dependency}");
    }
}

/// Tools on any system take the archive for whole.
#[test]
fn an_archive_of_nothing_and_one_of_many_files_are_whole() {
    assert_eq!(unzip(&Archive::of(Vec::new(), Compression::best()).unwrap()), []);
    let entry =
        |number: usize| Entry { name: format!("{number:03}"), content: vec![7; number * 999], executable: false };
    let archive = Archive::of((0..40).rev().map(entry).collect(), Compression::fast()).unwrap();
    let whole: Vec<_> =
        (0..40).map(|number| (format!("{number:03}"), 0o100_644, 0x21 << 16, vec![7; number * 999])).collect();
    assert_eq!(unzip(&archive), whole);
}

/// Somebody may keep a mirror of several providers there.
#[test]
fn packing_replaces_its_own_files_and_touches_nothing_else() {
    let (_folder, programs) = programs();
    let binaries: Vec<_> = programs.iter().map(|(target, path)| (*target, path.as_path())).collect();
    let out = tempfile::tempdir().unwrap();
    order(&binaries, Compression::none(), out.path()).unwrap();
    let others = ["mirror/registry.terraform.io/hashicorp/random/x.zip", "notes.txt"];
    for other in others {
        std::fs::create_dir_all(out.path().join(other).parent().unwrap()).unwrap();
        std::fs::write(out.path().join(other), "precious").unwrap();
    }
    let before = files(out.path());
    // A program that was not built for what it is said to be.
    let wrong = [(binaries[0].0, binaries[2].1)];
    assert!(order(&wrong, Compression::none(), out.path()).is_err());
    assert!(files(out.path()) == before, "what is refused changes nothing");
    order(&binaries[..1], Compression::none(), out.path()).unwrap();
    let names: Vec<String> = files(out.path()).into_iter().map(|(name, _)| name).collect();
    for other in others {
        assert!(names.iter().any(|name| name == other), "{names:?}");
    }
    let left = binaries[2].0.to_string();
    assert!(!names.iter().any(|name| name.contains(&left)), "{left} was not packed again: {names:?}");
}
