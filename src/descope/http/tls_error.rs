// SPDX-License-Identifier: Apache-2.0

//! What is wrong about TLS, in plain words: `rustls` shows many of its errors as Rust writes a value. Used by `reason`
//! and `trust`.

use rustls::{AlertDescription as Alert, CertificateError as Fault, Error, InvalidMessage};

use super::super::cause::About;
use super::words::plain;

/// How many of a certificate's names are told.
const MOST_NAMES: usize = 5;

/// Why there is no TLS with a host and port, and what that is about.
pub(super) fn no_tls(error: &Error, target: &str) -> (About, String) {
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            let words = format!("what listens at {target} does not speak TLS; it may be a server of plain http");
            (About::NoTls, words)
        }
        Error::InvalidCertificate(fault) => {
            let (about, why) = flaw(fault);
            (about, format!("the certificate that {target} shows {why}"))
        }
        Error::AlertReceived(Alert::CertificateRequired) => {
            (About::ClientCertificate, format!("{target} demands a client certificate, and none was shown"))
        }
        Error::AlertReceived(
            alert @ (Alert::BadCertificate
            | Alert::UnknownCA
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::UnsupportedCertificate
            | Alert::AccessDenied),
        ) => (About::ClientCertificate, format!("{target} refused the client certificate ({})", alert_words(*alert))),
        other => (About::Connection, format!("no TLS with {target}: {}", why(other))),
    }
}

/// What an error says about the other side, as a clause.
pub(super) fn why(error: &Error) -> String {
    match error {
        Error::AlertReceived(alert) => format!("it refused the handshake ({})", alert_words(*alert)),
        Error::InvalidCertificate(fault) => format!("the certificate {}", flaw(fault).1),
        Error::NoCertificatesPresented => "it shows no certificate".to_owned(),
        Error::PeerIncompatible(_) => "it offers no version or cipher of TLS that is accepted here".to_owned(),
        Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::InvalidMessage(_)
        | Error::PeerMisbehaved(_)
        | Error::InvalidEncryptedClientHello(_)
        | Error::InvalidCertRevocationList(_) => "it does not keep to the rules of TLS".to_owned(),
        other => plain(&other.to_string()),
    }
}

/// What is wrong with the certificate that a server shows, as the end of a sentence.
fn flaw(fault: &Fault) -> (About, String) {
    let unfit = match fault {
        Fault::UnknownIssuer => {
            return (About::Certificate, "comes from an authority that is not trusted here".to_owned());
        }
        Fault::Expired | Fault::ExpiredContext { .. } => {
            return (About::CertificateTime, "has expired".to_owned());
        }
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => {
            return (About::CertificateTime, "is not valid yet".to_owned());
        }
        Fault::NotValidForNameContext { expected, presented } => {
            return (About::CertificateName, names(presented, &expected.to_str()));
        }
        Fault::NotValidForName => return (About::CertificateName, "is for another host".to_owned()),
        Fault::BadSignature => return (About::CertificateSignature, NOT_SIGNED.to_owned()),
        Fault::Revoked => "was revoked by its authority",
        Fault::InvalidPurpose | Fault::InvalidPurposeContext { .. } => "was not issued for a server",
        Fault::BadEncoding => "is damaged",
        Fault::UnhandledCriticalExtension => "has an extension that is not understood here",
        Fault::UnsupportedSignatureAlgorithmContext { .. }
        | Fault::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "is signed in a way that is not accepted here"
        }
        Fault::UnknownRevocationStatus | Fault::ExpiredRevocationList | Fault::ExpiredRevocationListContext { .. } => {
            "may have been revoked, and that can't be checked"
        }
        Fault::Other(other) => return (About::UnfitCertificate, other_flaw(&other.to_string())),
        other => return (About::UnfitCertificate, format!("can't be used ({})", spaced(&format!("{other:?}")))),
    };
    (About::UnfitCertificate, unfit.to_owned())
}

const NOT_SIGNED: &str = "is not signed by the authority that it names";

/// The same of what `rustls` has no error for: on some systems a text for people, on others one word of Rust.
fn other_flaw(text: &str) -> String {
    match text {
        "CaUsedAsEndEntity" => "is that of an authority (CA:TRUE), and not one that an authority issued".to_owned(),
        "EndEntityUsedAsCa" => "was issued by something that is not an authority".to_owned(),
        "UnsupportedCertVersion" => "is not of version 3 of X.509".to_owned(),
        "NameConstraintViolation" => "is for a host that its authority may not vouch for".to_owned(),
        other if other.contains(' ') => format!("can't be used ({})", plain(other)),
        other => format!("can't be used ({})", spaced(other)),
    }
}

/// For which hosts a certificate is. They arrive as Rust writes them: `DnsName("x.example")`.
fn names(presented: &[String], wanted: &str) -> String {
    let host = |text: &String| {
        let inner = text.strip_prefix("DnsName(").or_else(|| text.strip_prefix("IpAddress("))?;
        Some(format!("`{}`", inner.trim_end_matches(')').trim_matches('"')))
    };
    let mut told: Vec<String> = presented.iter().filter_map(host).collect();
    if told.len() > MOST_NAMES {
        let more = format!("{} more", told.len() - MOST_NAMES);
        told.truncate(MOST_NAMES);
        told.push(more);
    }
    match told.split_last() {
        None => format!("names no host (in its subjectAltName), and so not `{wanted}`"),
        Some((last, [])) => format!("is for {last}, and not for `{wanted}`"),
        Some((last, others)) => format!("is for {} and {last}, and not for `{wanted}`", others.join(", ")),
    }
}

fn alert_words(alert: Alert) -> String {
    match alert {
        Alert::Unknown(number) => format!("alert {number}"),
        known => format!("alert \"{}\"", spaced(&format!("{known:?}"))),
    }
}

/// The words of a name in Rust, such as `HandshakeFailure`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() && words.ends_with(char::is_lowercase) {
            words.push(' ');
        }
        words.push(character);
    }
    words.to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{OtherError, PeerIncompatible, PeerMisbehaved};

    use super::*;

    /// What a library of certificates says in one word of Rust.
    #[derive(Debug)]
    struct Word(&'static str);

    impl std::fmt::Display for Word {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Word {}

    fn other(word: &'static str) -> Fault {
        Fault::Other(OtherError(Arc::new(Word(word))))
    }

    #[test]
    fn each_flaw_of_a_certificate_is_told_in_plain_words() {
        let wrong = |presented: &[&str]| Fault::NotValidForNameContext {
            expected: ServerName::try_from("b.example").unwrap(),
            presented: presented.iter().map(|name| (*name).to_owned()).collect(),
        };
        let many: Vec<String> = (0..7).map(|number| format!("DnsName(\"{number}.example\")")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let (time, not_after) = (UnixTime::since_unix_epoch(std::time::Duration::ZERO), UnixTime::now());
        for (fault, about, words) in [
            (Fault::UnknownIssuer, About::Certificate, "comes from an authority that is not trusted here"),
            (Fault::ExpiredContext { time, not_after }, About::CertificateTime, "has expired"),
            (Fault::NotValidYet, About::CertificateTime, "is not valid yet"),
            (Fault::NotValidForName, About::CertificateName, "is for another host"),
            (wrong(&["DnsName(\"a.example\")"]), About::CertificateName, "is for `a.example`, and not for `b.example`"),
            (
                wrong(&["IpAddress(192.0.2.1)", "DirectoryName", "DnsName(\"*.a.example\")"]),
                About::CertificateName,
                "is for `192.0.2.1` and `*.a.example`, and not for `b.example`",
            ),
            (wrong(&many), About::CertificateName, "`3.example`, `4.example` and 2 more, and not for `b.example`"),
            (wrong(&[]), About::CertificateName, "names no host (in its subjectAltName), and so not `b.example`"),
            (Fault::BadSignature, About::CertificateSignature, "is not signed by the authority that it names"),
            (Fault::Revoked, About::UnfitCertificate, "was revoked"),
            (Fault::InvalidPurpose, About::UnfitCertificate, "was not issued for a server"),
            (Fault::InvalidOcspResponse, About::UnfitCertificate, "can't be used (invalid ocsp response)"),
            (other("CaUsedAsEndEntity"), About::UnfitCertificate, "is that of an authority (CA:TRUE)"),
            (other("PathLenConstraintViolated"), About::UnfitCertificate, "(path len constraint violated)"),
            (other("The system refused it"), About::UnfitCertificate, "(the system refused it)"),
        ] {
            let (found, told) = no_tls(&Error::InvalidCertificate(fault), "b.example:443");
            assert_eq!(found, about, "{told}");
            assert!(told.starts_with("the certificate that b.example:443 shows ") && told.contains(words), "{told}");
            assert!(!told.contains("Context") && !told.contains("OtherError") && !told.contains("DnsName"), "{told}");
        }
    }

    #[test]
    fn no_error_is_told_as_rust_writes_it() {
        for (error, words) in [
            (Error::AlertReceived(Alert::HandshakeFailure), "it refused the handshake (alert \"handshake failure\")"),
            (Error::AlertReceived(Alert::Unknown(200)), "it refused the handshake (alert 200)"),
            (Error::AlertReceived(Alert::UnknownCA), "refused the client certificate (alert \"unknown ca\")"),
            (
                Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
                "it offers no version or cipher of TLS that is accepted here",
            ),
            (Error::PeerMisbehaved(PeerMisbehaved::MessageInterleavedWithHandshakeMessage), "the rules of TLS"),
            (Error::NoCertificatesPresented, "it shows no certificate"),
            (Error::DecryptError, "cannot decrypt peer's message"),
        ] {
            let told = no_tls(&error, "x:1").1;
            assert!(told.contains(words) && told.contains("x:1"), "{told}");
            let is_of_rust = told
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| word != "TLS" && word.chars().skip(1).any(char::is_uppercase));
            assert!(!is_of_rust, "{told}");
        }
    }
}
