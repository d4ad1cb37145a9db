//! Debug mode's instructions: the environment variable that makes a CLI use this running process.

use super::Identity;
use super::listener::Address;

/// What to tell the person who started the process.
///
/// `Test` keeps the CLI from shutting the process down, so that it serves many runs. Both registries' addresses are keys, since each
/// CLI only looks for the one of its own default host.
pub(super) fn instructions(identity: &Identity, protocol: u16, address: &Address) -> String {
    let reattach = serde_json::json!({
        "Protocol": "grpc",
        "ProtocolVersion": protocol,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.text() },
    });
    let providers: serde_json::Map<_, _> =
        identity.addresses.iter().map(|address| ((*address).to_owned(), reattach.clone())).collect();
    format!(
        "{} {} is running and waits for a CLI. In another terminal, set\n\n\tTF_REATTACH_PROVIDERS='{}'\n\nand run terraform or tofu. \
         Ctrl-C ends it.",
        identity.name,
        identity.version,
        serde_json::Value::Object(providers)
    )
}
