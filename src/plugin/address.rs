// SPDX-License-Identifier: Apache-2.0

//! The address that a host connects to, and how the handshake and the debug instructions spell it.

use std::path::PathBuf;

/// Where the provider listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket in the file system.
    #[cfg_attr(not(unix), allow(dead_code))]
    Unix(PathBuf),
    /// A port on 127.0.0.1.
    Tcp(u16),
}

// === impl Address ===

impl Address {
    /// The kind of network, in go-plugin's words.
    pub(super) fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    /// The socket's path, or the IP address and port.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Unix(path) => path.display().to_string(),
            Self::Tcp(port) => format!("127.0.0.1:{port}"),
        }
    }
}
