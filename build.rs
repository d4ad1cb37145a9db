//! Compiles `proto/` into `OUT_DIR`: the server's half for the library, and below `client/` the
//! client's half for tests, which so have messages of their own and need nothing of the library
//! made public. `protox` is a protobuf compiler in Rust, so that no machine needs a `protoc`.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = ["proto/tfplugin6.proto", "proto/go_plugin.proto", "proto/health.proto"];
    let descriptors = protox::compile(files, ["proto"])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
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
    Ok(())
}
