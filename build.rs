//! Compiles `proto/` into `OUT_DIR`: the server's half for the library, and below `client/` the
//! client's half for tests, which so have messages of their own and need nothing of the library
//! made public. `protox` is a protobuf compiler in Rust, so that no machine needs a `protoc`.
//!
//! In an optimised build, the functions of a start stand next to each other in the provider: a third of its memory.

use std::env::var;
use std::error::Error;
use std::path::PathBuf;

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
    order_functions()
}

/// Has the linker follow `link/start.ld`, which `.ci/order` makes, where programs have its format.
fn order_functions() -> Result<(), Box<dyn Error>> {
    const SCRIPT: &str = "link/start.ld";
    println!("cargo:rerun-if-changed={SCRIPT}");
    if var("CARGO_CFG_TARGET_OS")? == "linux" && var("PROFILE")? == "release" {
        let script = PathBuf::from(var("CARGO_MANIFEST_DIR")?).join(SCRIPT);
        for argument in ["-T", &script.to_string_lossy()] {
            println!("cargo:rustc-link-arg-bin=terraform-provider-descope={argument}");
        }
    }
    Ok(())
}
