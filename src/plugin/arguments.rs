// SPDX-License-Identifier: Apache-2.0

//! The binary's command line arguments. A host passes none. `-debug` has one dash because the CLIs'
//! documentation and editors write it that way.

use std::ffi::OsString;

/// How the process was started.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Invocation {
    /// As a plugin, by a host.
    Plugin,
    /// By a person, who will tell a CLI where to find it.
    Debug,
    /// To print its version.
    Version,
    /// To print what it is.
    Help,
    /// To print how a CLI is told to use this build of it.
    CliConfig,
    /// With an argument that it doesn't have.
    Unknown(OsString),
}

// === impl Invocation ===

impl Invocation {
    /// Reads the arguments that follow the program's name.
    pub(super) fn of(arguments: impl Iterator<Item = OsString>) -> Self {
        let mut invocation = Self::Plugin;
        for argument in arguments {
            let debug = argument.to_str().and_then(debug);
            match argument.to_str() {
                _ if debug == Some(true) => invocation = Self::Debug,
                _ if debug == Some(false) => invocation = Self::Plugin,
                Some("-version" | "--version") => return Self::Version,
                Some("-h" | "-help" | "--help") => return Self::Help,
                Some("-cli-config" | "--cli-config") => return Self::CliConfig,
                _ => return Self::Unknown(argument),
            }
        }
        invocation
    }
}

/// Whether an argument asks for debugging or for none. Flags of providers in Go have these forms.
fn debug(argument: &str) -> Option<bool> {
    match argument.strip_prefix('-')?.trim_start_matches('-').strip_prefix("debug")? {
        "" | "=true" | "=TRUE" | "=True" | "=t" | "=T" | "=1" => Some(true),
        "=false" | "=FALSE" | "=False" | "=f" | "=F" | "=0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_choose_the_invocation() {
        let of = |arguments: &[&str]| Invocation::of(arguments.iter().map(OsString::from));
        assert_eq!(of(&[]), Invocation::Plugin);
        assert_eq!(of(&["-debug"]), Invocation::Debug);
        assert_eq!(of(&["--debug", "--version"]), Invocation::Version);
        assert_eq!((of(&["-debug=true"]), of(&["-debug=false"])), (Invocation::Debug, Invocation::Plugin));
        assert_eq!((of(&["-debug=1"]), of(&["--debug=F"])), (Invocation::Debug, Invocation::Plugin));
        assert_eq!(of(&["-debug=maybe"]), Invocation::Unknown("-debug=maybe".into()));
        assert_eq!(of(&["--help"]), Invocation::Help);
        assert_eq!(of(&["-cli-config"]), Invocation::CliConfig);
        assert_eq!(of(&["-x"]), Invocation::Unknown("-x".into()));
    }
}
