// SPDX-License-Identifier: Apache-2.0

//! The instructions that debug mode prints: the environment variable that makes a CLI use this
//! running process.

use super::address::Address;
use super::program::Program;

/// The text for the person who started the process.
///
/// `Test` keeps the CLI from shutting the process down, so that it can serve many runs. Both
/// registries' addresses are keys, because each CLI only looks for the one of its own default
/// registry.
pub(super) fn instructions(program: &Program, protocol: u16, address: &Address) -> String {
    let reattach = serde_json::json!({
        "Protocol": "grpc",
        "ProtocolVersion": protocol,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.text() },
    });
    let providers: serde_json::Map<_, _> =
        program.addresses.iter().map(|address| ((*address).to_owned(), reattach.clone())).collect();
    format!(
        "{} {} is running and waits for a CLI. In another terminal, set\n\n\
         export TF_REATTACH_PROVIDERS='{}'\n\nand run terraform or tofu. Environment \
         variables that configure the provider count here, where it runs, and not there. Ctrl-C ends it.",
        program.name,
        program.version,
        // The text is inside single quotation marks.
        serde_json::Value::Object(providers).to_string().replace('\'', r"'\''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_mark_does_not_end_the_line() {
        let program = Program { name: "p", version: "1", addresses: &["a.example/n/p"], explanation: "" };
        let text = instructions(&program, 6, &Address::Unix("/tmp/it's/p".into()));
        assert!(text.contains(r#""String":"/tmp/it'\''s/p""#), "{text}");
    }

    #[test]
    fn a_shell_takes_the_line_as_it_stands() {
        let program =
            Program { name: "p", version: "1", addresses: &["a.example/n/p", "b.example/n/p"], explanation: "" };
        let text = instructions(&program, 6, &Address::Unix("/tmp/x y/p".into()));
        let line = text.lines().find(|line| line.contains("TF_REATTACH_PROVIDERS")).unwrap();
        let value =
            line.strip_prefix("export TF_REATTACH_PROVIDERS='").and_then(|rest| rest.strip_suffix('\'')).unwrap();
        assert!(!value.contains('\''), "it would end there: {value}");
        let providers: serde_json::Value = serde_json::from_str(value).unwrap();
        for address in program.addresses {
            let provider = &providers[address];
            assert_eq!(provider["Addr"], serde_json::json!({ "Network": "unix", "String": "/tmp/x y/p" }), "{address}");
            assert_eq!((&provider["ProtocolVersion"], &provider["Test"]), (&6.into(), &true.into()));
        }
    }
}
