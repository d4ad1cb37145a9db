//! The few arguments of the binary. A host passes none; `-debug` has one dash, as hosts' documentation and editors write it.

use std::ffi::OsString;

/// How the process was asked to run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// As a plugin of a host that started it.
    Plugin,
    /// By itself, for a host that is told where to find it.
    Debug,
    /// Only to tell its version.
    Version,
    /// Only to tell what it is.
    Help,
    /// With an argument that it does not have.
    Unknown(OsString),
}

/// The mode that the arguments ask for.
pub(super) fn mode(arguments: impl Iterator<Item = OsString>) -> Mode {
    let mut mode = Mode::Plugin;
    for argument in arguments {
        match argument.to_str() {
            Some("-debug" | "--debug") => mode = Mode::Debug,
            Some("-version" | "--version") => return Mode::Version,
            Some("-h" | "-help" | "--help") => return Mode::Help,
            _ => return Mode::Unknown(argument),
        }
    }
    mode
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        let of = |arguments: &[&str]| mode(arguments.iter().map(OsString::from));
        assert_eq!(of(&[]), Mode::Plugin);
        assert_eq!(of(&["-debug"]), Mode::Debug);
        assert_eq!(of(&["--debug", "--version"]), Mode::Version);
        assert_eq!(of(&["--help"]), Mode::Help);
        assert_eq!(of(&["-x"]), Mode::Unknown("-x".into()));
    }
}
