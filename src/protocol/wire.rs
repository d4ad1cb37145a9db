// SPDX-License-Identifier: Apache-2.0

//! The generated messages and service of `proto/tfplugin6.proto`, in the module layout that the
//! generated paths need.

#![allow(missing_docs, clippy::all, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, dead_code)]

include!(concat!(env!("OUT_DIR"), "/tfplugin6.rs"));

impl std::fmt::Debug for DynamicValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DynamicValue ({} bytes)", self.msgpack.len() + self.json.len())
    }
}

impl std::fmt::Debug for RawState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawState ({} bytes)", self.json.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_does_not_show_its_values() {
        let value = DynamicValue { json: r#"{"management_key":"Ksecret"}"#.into(), msgpack: "Ksecret".into() };
        let request = configure_provider::Request { config: Some(value), ..Default::default() };
        let shown = format!("{request:?}");
        assert!(shown.contains("DynamicValue (35 bytes)") && !shown.contains("Ksecret"), "{shown}");
    }
}
