// SPDX-License-Identifier: Apache-2.0

//! The CLIs install packages, from each kind of mirror, and refuse what was tampered with.

use std::path::Path;

use serde_json::Value;

use super::package::archive::{Archive, Compression, Entry};
use super::serving::Server;
use super::{VERSION, archive, here, packed};
use crate::support::cli::{Cli, Workspace, each};
use crate::support::emulator::Emulator;
use crate::support::hcl::{emulator, workspace};

const SERVER: &str = "resource \"descope_mcp_server\" \"calendar\" {\n  name = \"Calendar\"\n}\n";

/// A workspace whose CLI installs as the guide says, with the place that it names replaced.
fn installing(cli: &Cli, emulator: &Emulator, method: &str, place: (&str, &str)) -> Workspace {
    let guide = include_str!("../../../docs/guides/install.md");
    let block = guide.split("```hcl\n").skip(1).filter_map(|rest| rest.split("```").next());
    let block = block.into_iter().find(|block| block.contains(method)).expect("a block of the guide");
    assert!(block.contains(place.0), "{block}");
    let workspace = workspace(cli, emulator, SERVER);
    workspace.configure_cli(&block.replace(place.0, place.1));
    workspace
}

fn from_folder(cli: &Cli, emulator: &Emulator, folder: &Path) -> Workspace {
    let folder = folder.display().to_string().replace('\\', "/");
    installing(cli, emulator, "filesystem_mirror", ("/home/me/terraform-mirror", &folder))
}

/// Where a CLI looks in a mirror.
fn registry(cli: &Cli) -> &'static str {
    if cli.name == "tofu" { "registry.opentofu.org" } else { "registry.terraform.io" }
}

/// Puts another program into the archive: whole, but not what was packed.
fn tamper(archive: &Path) {
    let name = format!("terraform-provider-descope_v{VERSION}{}", here().suffix());
    let other = Entry { name, content: b"#!/bin/sh\n# something else\n".to_vec(), executable: true };
    std::fs::write(archive, Archive::of(vec![other], Compression::none()).unwrap()).unwrap();
}

#[test]
fn a_folder_of_packages_is_enough_to_install_and_apply() {
    let packed = packed();
    let mirror = packed.path().join("mirror");
    each("installing from a folder", |cli| {
        let emulator = emulator();
        let workspace = from_folder(cli, &emulator, &mirror);
        let init = workspace.succeed(&["init"]);
        assert!(init.prose().contains(&format!("Installed seed-02068dc7/descope v{VERSION}")), "{}", init.all());
        let applied = workspace.apply();
        assert!(!applied.prose().contains("development override"), "{}", applied.all());
        assert_eq!(emulator.servers().len(), 1);
        workspace.assert_no_changes();

        // The CLI computes the digest of what is inside by itself, and the mirror's JSON says the same.
        let folder = mirror.join(registry(cli)).join("seed-02068dc7/descope");
        let document: Value =
            serde_json::from_slice(&std::fs::read(folder.join(format!("{VERSION}.json"))).unwrap()).unwrap();
        let h1 = document["archives"][here().to_string()]["hashes"][0].as_str().unwrap();
        let lock = workspace.read(".terraform.lock.hcl");
        assert!(lock.contains(&format!("\"{h1}\"")), "{h1} is not in {lock}");

        // It installs what the lock file says once more, and changes nothing in that.
        workspace.uninstall();
        workspace.succeed(&["init", "-lockfile=readonly"]);
        assert_eq!(workspace.read(".terraform.lock.hcl"), lock);
        workspace.assert_no_changes();
    });
}

#[test]
fn a_tampered_archive_is_refused_by_the_lock_file() {
    each("installing what was tampered with", |cli| {
        let packed = packed();
        let mirror = packed.path().join("mirror");
        let emulator = emulator();
        let workspace = from_folder(cli, &emulator, &mirror);
        workspace.succeed(&["init"]);
        workspace.uninstall();
        tamper(&mirror.join(registry(cli)).join("seed-02068dc7/descope").join(archive()));
        let refused = workspace.expect(&["init"], 1);
        assert!(refused.prose().contains("doesn't match any of the checksums"), "{}", refused.all());
        workspace.run(&["apply", "-auto-approve"]);
        assert_eq!(emulator.servers().len(), 0);
    });
}

/// One that the CLI trusts, which knows authorities from the variable only where Go does.
#[cfg(all(unix, not(target_os = "macos")))]
fn trusting(workspace: &mut Workspace, server: &Server) {
    workspace.set("SSL_CERT_FILE", &server.authority()).set("NO_PROXY", "localhost");
}

#[test]
#[cfg(all(unix, not(target_os = "macos")))]
fn a_web_server_with_the_same_files_is_a_network_mirror() {
    let packed = packed();
    let mirror = packed.path().join("mirror");
    let server = Server::of_files(&mirror);
    let place = ("mirror.example.com/terraform", server.host());
    each("installing from a network mirror", |cli| {
        let emulator = emulator();
        let mut workspace = installing(cli, &emulator, "network_mirror", (place.0, &place.1));
        trusting(&mut workspace, &server);
        let init = workspace.succeed(&["init"]);
        assert!(init.prose().contains("verified checksum"), "{}", init.all());
        let folder = format!("/{}/seed-02068dc7/descope", registry(cli));
        let wanted = ["index.json".to_owned(), format!("{VERSION}.json"), archive()];
        let asked = server.asked();
        assert!(wanted.iter().all(|name| asked.contains(&format!("{folder}/{name}"))), "{asked:?}");
        workspace.apply();
        assert_eq!(emulator.servers().len(), 1);
        let lock = workspace.read(".terraform.lock.hcl");
        assert!(lock.contains("\"h1:"), "{lock}");
    });
    // What the server says about the digests is checked even where there is no lock file.
    each("installing what was tampered with from a network mirror", |cli| {
        tamper(&mirror.join(registry(cli)).join("seed-02068dc7/descope").join(archive()));
        let emulator = emulator();
        let mut workspace = installing(cli, &emulator, "network_mirror", (place.0, &place.1));
        trusting(&mut workspace, &server);
        let refused = workspace.expect(&["init"], 1);
        assert!(refused.prose().contains("checksum"), "{}", refused.all());
    });
}

#[test]
#[cfg(all(unix, not(target_os = "macos")))]
fn tofu_installs_from_a_container_registry() {
    each("installing from a container registry", |cli| {
        // Since OpenTofu 1.10; Terraform has no such thing, whatever its version.
        if cli.name != "tofu" || !cli.has("oci_mirror", 0, Some(10)) {
            return;
        }
        let packed = packed();
        let server = Server::of_images(&packed.path().join("oci"));
        let emulator = emulator();
        let mut workspace = installing(cli, &emulator, "oci_mirror", ("registry.example.com", &server.host()));
        trusting(&mut workspace, &server);
        let init = workspace.succeed(&["init"]);
        assert!(init.prose().contains(&format!("Installed seed-02068dc7/descope v{VERSION}")), "{}", init.all());
        let asked = server.asked();
        assert!(asked.iter().any(|path| path == "/v2/opentofu-providers/seed-02068dc7/descope/tags/list"), "{asked:?}");
        workspace.apply();
        assert_eq!(emulator.servers().len(), 1);
    });
}
