// SPDX-License-Identifier: Apache-2.0

//! The handshake: the one line on standard output that tells the host how to connect.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::address::Address;
use super::environment::HostEnvironment;

/// The handshake line: go-plugin's version, our protocol's version, network, address, transport and
/// certificate.
///
/// We know one version of the protocol and announce it even if the host doesn't list it. A host
/// that doesn't know it reports that better than we could.
pub(super) fn line(
    environment: &HostEnvironment,
    protocol: u16,
    address: &Address,
    certificate: Option<&[u8]>,
) -> String {
    // Hosts refuse padded base64 ("illegal base64 data").
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    // The seventh field is only for hosts that ask. An older host splits the line into six parts
    // and would take a seventh for a part of the certificate.
    let multiplexing = if environment.asks_multiplexing { "|false" } else { "" };
    format!("1|{protocol}|{}|{}|grpc|{certificate}{multiplexing}", address.network(), address.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_six_fields_and_a_seventh_only_when_asked() {
        let address = Address::Unix("/tmp/x/p".into());
        let plain = HostEnvironment::default();
        assert_eq!(line(&plain, 6, &address, None), "1|6|unix|/tmp/x/p|grpc|");
        assert_eq!(line(&plain, 6, &address, Some(b"a")), "1|6|unix|/tmp/x/p|grpc|YQ");
        let asking = HostEnvironment::of(|name| (name == "PLUGIN_MULTIPLEX_GRPC").then(|| "true".into()));
        assert_eq!(line(&asking, 6, &address, None), "1|6|unix|/tmp/x/p|grpc||false");
        assert_eq!(line(&plain, 6, &Address::Tcp(10000), None), "1|6|tcp|127.0.0.1:10000|grpc|");
    }
}
