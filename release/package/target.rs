// SPDX-License-Identifier: Apache-2.0

//! The targets that a release is built for, and how a binary shows which one it was built for.

use std::fmt::{Display, Formatter};

/// A target, as the CLIs and as Rust name it.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The operating system, as Go names it.
    pub os: &'static str,
    /// The processor, as Go names it.
    pub arch: &'static str,
    /// What the released binary is built for, as Rust names it.
    pub triple: &'static str,
}

/// All targets of a release. On Linux the C library is part of the binary, which then runs with any distribution,
/// Alpine included: the CLIs' own container images are made of it.
pub const TARGETS: [Target; 6] = [
    Target { os: "darwin", arch: "amd64", triple: "x86_64-apple-darwin" },
    Target { os: "darwin", arch: "arm64", triple: "aarch64-apple-darwin" },
    Target { os: "linux", arch: "amd64", triple: "x86_64-unknown-linux-musl" },
    Target { os: "linux", arch: "arm64", triple: "aarch64-unknown-linux-musl" },
    Target { os: "windows", arch: "amd64", triple: "x86_64-pc-windows-msvc" },
    Target { os: "windows", arch: "arm64", triple: "aarch64-pc-windows-msvc" },
];

/// What is built for no release. The CLIs are.
pub const NEVER: &str = "FreeBSD, OpenBSD, Solaris, and processors of 32 bits (386, arm)";

impl Target {
    /// The target with this name, such as `linux_amd64`.
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.to_string() == name)
    }

    /// The target of the machine that runs this, if it is one of them.
    pub fn here() -> Option<&'static Self> {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        TARGETS.iter().find(|target| target.os == os && target.arch == arch)
    }

    /// What the names of programs end with.
    pub fn suffix(&self) -> &'static str {
        if self.os == "windows" { ".exe" } else { "" }
    }

    /// Refuses a binary of another target: it would be found out by whoever installs it. Says what it is instead.
    pub fn check(&self, binary: &[u8]) -> Result<(), String> {
        match built_for(binary) {
            Some((os, arch)) if os == self.os && arch == self.arch => Ok(()),
            Some((os, arch)) => Err(format!("built for {os}_{arch}, not for {self}")),
            None => Err(format!("no program for {self}")),
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.os, self.arch)
    }
}

/// The system and the processor that a program was built for, by its first bytes: ELF, Mach-O or PE.
fn built_for(binary: &[u8]) -> Option<(&'static str, &'static str)> {
    let number = |at: usize| Some(u16::from_le_bytes([*binary.get(at)?, *binary.get(at.checked_add(1)?)?]));
    let amd64_or = |machine, amd64, arm64| match machine {
        machine if machine == amd64 => Some("amd64"),
        machine if machine == arm64 => Some("arm64"),
        _ => None,
    };
    match binary.get(..4)? {
        // 64 bits, little endian.
        b"\x7fELF" if binary.get(4..6) == Some(&[2, 1]) => Some(("linux", amd64_or(number(18)?, 62, 183)?)),
        b"\xcf\xfa\xed\xfe" if number(6)? == 0x0100 => Some(("darwin", amd64_or(number(4)?, 7, 12)?)),
        [b'M', b'Z', ..] => {
            let header = usize::from(number(60)?);
            let signature = binary.get(header..header.checked_add(4)?)?;
            let machine = number(header.checked_add(4)?)?;
            (signature == b"PE\0\0").then_some(("windows", amd64_or(machine, 0x8664, 0xaa64)?))
        }
        _ => None,
    }
}

/// The newest version of glibc that a program asks for, if it needs that library at all.
pub fn needs_glibc(binary: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"GLIBC_2.";
    let mut newest = None;
    for (at, _) in binary.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK) {
        let rest = binary.get(at.saturating_add(MARK.len())..).unwrap_or_default();
        let minor = rest.iter().take_while(|byte| byte.is_ascii_digit()).take(4);
        let minor = minor.fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        newest = newest.max(Some(minor));
    }
    newest.map(|minor| format!("2.{minor}"))
}
