// SPDX-License-Identifier: Apache-2.0

//! Compiles `proto/` into `OUT_DIR`: the server's half for the library, and below `client/` the
//! client's half for tests, which so have messages of their own and need nothing of the library
//! made public. `protox` is a protobuf compiler in Rust, so that no machine needs a `protoc`.
//!
//! In an optimised build for Linux, the functions of a start stand next to each other in the provider, which saves a
//! third of its memory, and the table of addresses to relocate is packed where the C library can read that, which saves
//! 4 % of its size.

use std::env::var;
use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = ["proto/tfplugin6.proto", "proto/go_plugin.proto", "proto/health.proto"];
    let descriptors = protox::compile(files, ["proto"])?;
    let out = PathBuf::from(var("OUT_DIR")?);
    tonic_prost_build::configure()
        .build_client(false)
        .generate_default_stubs(true)
        .bytes(".")
        // Values may be secret: `protocol/wire.rs` shows their length only.
        .skip_debug(["tfplugin6.DynamicValue", "tfplugin6.RawState"])
        .disable_comments(["."])
        .out_dir(&out)
        .compile_fds(descriptors.clone())?;
    let client = out.join("client");
    std::fs::create_dir_all(&client)?;
    tonic_prost_build::configure()
        .build_server(false)
        .build_transport(false)
        .disable_comments(["."])
        .out_dir(client)
        .compile_fds(descriptors)?;
    link_provider()
}

/// Arguments of the linker for the provider.
fn link_provider() -> Result<(), Box<dyn Error>> {
    // Made by `.ci/order`.
    const SCRIPT: &str = "link/start.ld";
    println!("cargo:rerun-if-changed={SCRIPT}");
    if var("CARGO_CFG_TARGET_OS")? != "linux" || var("PROFILE")? != "release" {
        return Ok(());
    }
    let script = PathBuf::from(var("CARGO_MANIFEST_DIR")?).join(SCRIPT);
    let mut arguments = vec![format!("-T{}", script.display())];
    if var("CARGO_CFG_TARGET_ENV")? == "musl" && brings_musl_1_2_5()? {
        arguments.push("-Wl,-z,pack-relative-relocs".to_owned());
    }
    for argument in arguments {
        println!("cargo:rustc-link-arg-bin=terraform-provider-descope={argument}");
    }
    Ok(())
}

/// Whether the compiler is 1.93 or newer: the musl that it links can relocate what is packed. Programs with an older
/// one would crash when they start.
fn brings_musl_1_2_5() -> Result<bool, Box<dyn Error>> {
    let output = Command::new(var("RUSTC")?).arg("--version").output()?;
    // Such as "rustc 1.95.0 (59807616e 2026-04-14)".
    let version = String::from_utf8(output.stdout)?;
    let mut numbers = version.split_whitespace().nth(1).unwrap_or_default().split('.').map(str::parse::<u32>);
    Ok(matches!((numbers.next(), numbers.next()), (Some(Ok(1)), Some(Ok(93..)))))
}
