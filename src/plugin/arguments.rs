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
    /// With an argument that it doesn't have.
    Unknown(OsString),
}

// === impl Invocation ===

impl Invocation {
    /// Reads the arguments that follow the program's name.
    pub(super) fn of(arguments: impl Iterator<Item = OsString>) -> Self {
        let mut invocation = Self::Plugin;
        for argument in arguments {
            match argument.to_str() {
                Some("-debug" | "--debug" | "-debug=true" | "--debug=true") => invocation = Self::Debug,
                // Flags of providers in Go have this form.
                Some("-debug=false" | "--debug=false") => invocation = Self::Plugin,
                Some("-version" | "--version") => return Self::Version,
                Some("-h" | "-help" | "--help") => return Self::Help,
                _ => return Self::Unknown(argument),
            }
        }
        invocation
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
        assert_eq!(of(&["--help"]), Invocation::Help);
        assert_eq!(of(&["-x"]), Invocation::Unknown("-x".into()));
    }
}
