// SPDX-License-Identifier: Apache-2.0

//! The ways to an API that is behind a proxy, a private authority, or a gateway that demands a client
//! certificate: all of them on loopback, with real TLS.

use std::path::Path;

use serde_json::json;

use crate::support::emulator::{Emulator, KEY, PROJECT};
use crate::support::hcl::{emulator, provider};
use crate::support::plugin::{HANG, HostCertificate, Plugin, command};
use crate::support::tls::{Authority, Flaw, Listening, NAME, hangs_up};
use crate::support::wire::tfplugin6::provider_client::ProviderClient;
use crate::support::wire::tfplugin6::{self as tf, DynamicValue};

const ID: &str = "MS2network000000000000000001";

fn value(value: serde_json::Value) -> Option<DynamicValue> {
    Some(DynamicValue { json: value.to_string().into_bytes(), msgpack: Vec::new() })
}

/// Reads a server by a provider with these variables and this block. What is wrong, if anything.
async fn read(base_url: &str, variables: &[(&str, &str)], block: serde_json::Value) -> Result<(), String> {
    read_by(&[provider().to_str().unwrap()], base_url, variables, block).await
}

/// The same, by a provider that this command starts.
async fn read_by(
    program: &[&str],
    base_url: &str,
    variables: &[(&str, &str)],
    block: serde_json::Value,
) -> Result<(), String> {
    let certificate = HostCertificate::generate();
    let mut all = vec![("PLUGIN_CLIENT_CERT", certificate.pem.as_str())];
    all.extend([("DESCOPE_MANAGEMENT_KEY", KEY), ("DESCOPE_PROJECT_ID", PROJECT), ("DESCOPE_BASE_URL", base_url)]);
    all.extend_from_slice(variables);
    let mut command = command(Path::new(program[0]), &all);
    command.args(&program[1..]);
    // What the test's own environment says of proxies and authorities does not count.
    for name in ["HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        for name in [name.to_owned(), name.to_lowercase()] {
            if !variables.iter().any(|(set, _)| *set == name) {
                command.env_remove(name);
            }
        }
    }
    let line = |line: &str| Some(line.trim_end().split('|').map(str::to_owned).collect());
    let mut plugin = Plugin::spawn(command, &all, line).await;
    let mut client = ProviderClient::new(plugin.connect(Some(&certificate)).await.unwrap());
    let mut told = Vec::new();
    let configure = tf::configure_provider::Request { config: value(block), ..Default::default() };
    told.extend(client.configure_provider(configure).await.unwrap().into_inner().diagnostics);
    let config = value(json!({ "id": ID }));
    let read =
        tf::read_data_source::Request { type_name: "descope_mcp_server".to_owned(), config, ..Default::default() };
    let read = tokio::time::timeout(HANG, client.read_data_source(read)).await.expect("an answer in time");
    told.extend(read.unwrap().into_inner().diagnostics);
    drop(client);
    plugin.child.kill().await.unwrap();
    match told.first() {
        None => Ok(()),
        Some(message) => Err(format!("{}: {}", message.summary, message.detail)),
    }
}

struct World {
    emulator: Emulator,
    authority: Authority,
    api: Listening,
}

impl World {
    async fn new(demands: bool) -> Self {
        let (emulator, authority) = (emulator(), Authority::new());
        emulator.plant(ID, r#"{"name":"x"}"#);
        let api = authority.api(emulator.address(), demands).await;
        Self { emulator, authority, api }
    }

    fn file(&self, name: &str) -> String {
        self.authority.path(name).display().to_string()
    }

    /// A file without any certificate, so that the machine trusts nobody.
    fn nobody(&self) -> String {
        self.authority.write("nobody.pem", "");
        self.file("nobody.pem")
    }

    /// How many requests the API got since the last call.
    fn got(&self) -> usize {
        let got = self.emulator.requests("").len();
        self.emulator.forget_requests();
        got
    }
}

#[tokio::test]
async fn a_private_authority_is_trusted_however_it_is_named() {
    let world = World::new(false).await;
    let base_url = format!("https://localhost:{}", world.api.port);
    let ca = world.file("ca.pem");
    // As the folders of `openssl rehash`, with things beside it that are no certificates.
    let folder = world.file("folder");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(&ca, Path::new(&folder).join("0a1b2c3d.0")).unwrap();
    std::fs::write(Path::new(&folder).join("README"), "no certificate").unwrap();
    let fifo = Path::new(&folder).join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let nobody = world.nobody();
    for (variables, block) in [
        (&[("SSL_CERT_FILE", ca.as_str())][..], json!({})),
        (&[("SSL_CERT_DIR", folder.as_str())], json!({})),
        (&[("DESCOPE_CA_CERT_FILE", ca.as_str())], json!({})),
        (&[], json!({ "ca_cert_file": ca })),
        // On a machine without root certificates, and where the variable names something else.
        (&[("SSL_CERT_FILE", nobody.as_str()), ("DESCOPE_CA_CERT_FILE", "/dev/null")], json!({ "ca_cert_file": ca })),
    ] {
        assert_eq!(read(&base_url, variables, block.clone()).await, Ok(()), "{variables:?} {block}");
        assert_eq!(world.got(), 1, "{variables:?} {block}");
    }
}

/// The provider runs in a mount namespace in which another file replaces the machine's certificates.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_authority_in_the_systems_store_is_trusted_without_any_setting() {
    const BUNDLES: [&str; 4] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];
    let world = World::new(false).await;
    let base_url = format!("https://localhost:{}", world.api.port);
    let refused = read(&base_url, &[], json!({})).await.unwrap_err();
    assert!(refused.contains("ertificate"), "{refused}");
    let Some(bundle) = BUNDLES.into_iter().find(|path| Path::new(path).exists()) else {
        return eprintln!("skipped: the system's store: no bundle of certificates is here");
    };
    let (ca, provider) = (world.file("ca.pem"), provider().to_str().unwrap());
    let within = |program| {
        ["unshare", "-rm", "sh", "-c", r#"mount --bind "$1" "$2" && shift 2 && exec "$@""#, "sh", &ca, bundle, program]
    };
    let there = std::process::Command::new("unshare").args(&within("true")[1..]).output();
    if !there.is_ok_and(|tried| tried.status.success()) {
        return eprintln!("skipped: the system's store: no mount namespace can be made here");
    }
    assert_eq!(read_by(&within(provider), &base_url, &[], json!({})).await, Ok(()));
    assert_eq!(world.got(), 1);
}

#[tokio::test]
async fn who_is_not_trusted_gets_no_request_and_nothing_hangs() {
    let world = World::new(false).await;
    let base_url = format!("https://localhost:{}", world.api.port);
    let (nobody, fifo, rotten) = (world.nobody(), world.file("fifo"), world.file("rotten.pem"));
    let (ca, other) = (world.file("ca.pem"), world.file("other.pem"));
    world.authority.write("other.pem", &std::fs::read_to_string(Authority::new().path("ca.pem")).unwrap());
    let pem = std::fs::read_to_string(&ca).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    // The text is right, and what it stands for is no certificate.
    world.authority.write("rotten.pem", "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n");
    for (variables, words) in [
        // The machine's own certificates, if there are any.
        (&[][..], "ertificate"),
        (&[], "comes from an authority that is not trusted here. To trust a private certificate authority"),
        (&[("SSL_CERT_FILE", nobody.as_str())], "nobody.pem holds no certificate in PEM form. Where such a variable"),
        (&[("SSL_CERT_FILE", "")], "`SSL_CERT_FILE` is set, but empty"),
        (&[("SSL_CERT_FILE", rotten.as_str())], "`SSL_CERT_FILE` names no usable root certificate: "),
        (&[("SSL_CERT_FILE", rotten.as_str())], "rotten.pem holds a certificate that can't be read: number 1"),
        (&[("SSL_CERT_FILE", pem.as_str())], "`SSL_CERT_FILE` can't be used: it is a certificate or a key itself."),
        (&[("SSL_CERT_DIR", pem.as_str())], "`SSL_CERT_DIR` can't be used: it is a certificate or a key itself."),
        (&[("SSL_CERT_FILE", "/no/such/file")], "/no/such/file, which does not exist"),
        // The file of authorities alone counts then, and it is for another server.
        (
            &[("SSL_CERT_FILE", "/no/such/file"), ("DESCOPE_CA_CERT_FILE", other.as_str())],
            "`SSL_CERT_FILE`: certificates are to be read from /no/such/file, which does not exist",
        ),
        (
            &[("SSL_CERT_DIR", "/no/such/folder"), ("DESCOPE_CA_CERT_FILE", other.as_str())],
            "`SSL_CERT_DIR`: it names /no/such/folder, which does not exist",
        ),
        (&[("SSL_CERT_DIR", "/no/such/folder")], "/no/such/folder has no file of certificates"),
        (&[("SSL_CERT_FILE", fifo.as_str())], "`SSL_CERT_FILE` names"),
        (&[("SSL_CERT_FILE", "/dev/zero")], "`SSL_CERT_FILE` names /dev/zero, which is not a file"),
        (&[("DESCOPE_CA_CERT_FILE", fifo.as_str())], "which is not a file"),
        (&[("DESCOPE_CA_CERT_FILE", "/dev/zero")], "which is not a file"),
        (&[("DESCOPE_CA_CERT_FILE", "/no/such/file")], "/no/such/file, which does not exist"),
        (&[("DESCOPE_CA_CERT_FILE", nobody.as_str())], "Invalid environment variable: `DESCOPE_CA_CERT_FILE`: "),
        (&[("DESCOPE_CA_CERT_FILE", rotten.as_str())], "`DESCOPE_CA_CERT_FILE`: "),
        (&[("DESCOPE_CLIENT_CERT_FILE", nobody.as_str())], "`client_key_file`"),
        (&[("DESCOPE_CLIENT_CERT_FILE", nobody.as_str())], "`DESCOPE_CLIENT_CERT_FILE` names a client certificate"),
    ] {
        let refused = read(&base_url, variables, json!({})).await.unwrap_err();
        assert!(refused.contains(words), "{variables:?}: {words:?} is not in {refused}");
        assert!(!refused.contains("-----BEGIN"), "{refused}");
        assert_eq!(world.got(), 0, "{variables:?}");
    }
}

/// A file of authorities helps only where the authority is not known.
#[tokio::test]
async fn each_flaw_of_a_certificate_has_an_advice_of_its_own() {
    let (authority, namesake, other) = (Authority::named("one"), Authority::named("one"), Authority::named("other"));
    let file = |authority: &Authority| authority.path("ca.pem").display().to_string();
    let (its, of_namesake, of_other) = (file(&authority), file(&namesake), file(&other));
    let named = "environment variable `DESCOPE_CA_CERT_FILE`";
    for (flaw, trusted, words) in [
        (
            Flaw::OtherHost,
            &its,
            &["is for `other.example`, and not for `localhost`. Correct the host in the environment variable"][..],
        ),
        (Flaw::Expired, &its, &["shows has expired. If this machine's clock is right, the server needs a new"]),
        (Flaw::Early, &its, &["shows is not valid yet. If this machine's clock is right"]),
        (Flaw::OfAnAuthority, &its, &["shows is that of an authority (CA:TRUE)", "Give the server a certificate"]),
        (Flaw::None, &of_namesake, &["is not signed by the authority that it names. Check whether the file", named]),
        (
            Flaw::None,
            &of_other,
            &["an authority that is not trusted here. The file that the environment variable `DESCOPE_CA_CERT_FILE`"],
        ),
    ] {
        let port = authority.flawed(flaw).await.port;
        let variables = [("DESCOPE_CA_CERT_FILE", trusted.as_str())];
        let refused = read(&format!("https://localhost:{port}"), &variables, json!({})).await.unwrap_err();
        for word in words {
            assert!(refused.contains(word), "{flaw:?}: {word:?} is not in {refused}");
        }
        assert_eq!(refused.contains("CA_CERT_FILE"), flaw == Flaw::None, "{flaw:?}: {refused}");
        for jargon in ["Error(", "Context", "other(", "To trust a private"] {
            assert!(!refused.contains(jargon), "{flaw:?}: {jargon:?} is in {refused}");
        }
    }
}

/// Whether it is the server or a proxy in front of it.
#[tokio::test]
async fn who_hangs_up_during_the_tls_handshake_is_told_as_that() {
    let world = World::new(false).await;
    let (port, block) = (hangs_up().await.port, json!({ "ca_cert_file": world.file("ca.pem") }));
    let tunnel = world.authority.proxy(port, false).await;
    let name = |scheme: &str, port: u16| format!("{scheme}://localhost:{port}");
    let ended = "ended during the TLS handshake";
    for (base_url, proxy, words) in [
        (name("https", port), None, format!("the connection to localhost:{port} {ended}")),
        (
            format!("https://{NAME}"),
            Some(name("http", tunnel.port)),
            format!("the connection to {NAME}:443 {ended}, by way of the proxy"),
        ),
        (
            format!("https://{NAME}"),
            Some(name("https", port)),
            format!("(environment variable `HTTPS_PROXY`) can't be reached: the connection to it {ended}"),
        ),
    ] {
        let variables: Vec<_> = proxy.iter().map(|proxy| ("HTTPS_PROXY", proxy.as_str())).collect();
        let refused = read(&base_url, &variables, block.clone()).await.unwrap_err();
        assert!(refused.contains(&words) && !refused.contains("eof"), "{words:?} is not in {refused}");
    }
}

/// As a CI does that sets each variable it knows.
#[tokio::test]
async fn an_empty_variable_does_not_switch_off_a_proxy() {
    let world = World::new(false).await;
    let block = json!({ "ca_cert_file": world.file("ca.pem") });
    let proxy = world.authority.proxy(world.api.port, false).await;
    let address = format!("http://localhost:{}", proxy.port);
    // Reached without a proxy, too: 0.0.0.0 is this machine, but not a loopback address.
    let base_url = format!("https://0.0.0.0:{}", world.api.port);
    for (variables, asked) in [
        (&[("HTTPS_PROXY", ""), ("https_proxy", address.as_str())][..], 1),
        (&[("HTTPS_PROXY", " "), ("ALL_PROXY", ""), ("all_proxy", &address)], 1),
        (&[("HTTPS_PROXY", &address), ("NO_PROXY", ""), ("no_proxy", "0.0.0.0")], 0),
        (&[("HTTPS_PROXY", ""), ("ALL_PROXY", "")], 0),
    ] {
        assert_eq!(read(&base_url, variables, block.clone()).await, Ok(()), "{variables:?}");
        assert_eq!((world.got(), std::mem::take(&mut *proxy.asked.lock().unwrap()).len()), (1, asked), "{variables:?}");
    }
}

/// It runs, so whether it runs is no question.
#[tokio::test]
async fn a_server_of_plain_http_that_hangs_is_told_as_that() {
    let port = saying(b"").await;
    let refused = read(&format!("http://localhost:{port}"), &[], json!({})).await.unwrap_err();
    assert!(refused.contains("Something accepted the connection, so a server runs there: find out why"), "{refused}");
    assert!(!refused.contains("Check whether it runs") && !refused.contains("TLS"), "{refused}");
}

/// Neither certificates nor Descope are at fault.
/// The machine's table of names answers as any DNS server may. What listens at 0.0.0.0 is this machine all the same, so
/// a request that is sent there arrives.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn plain_http_to_a_local_name_is_sent_to_a_loopback_address_or_nowhere() {
    let world = World::new(false).await;
    let port = world.emulator.address().rsplit_once(':').unwrap().1.to_owned();
    let (hosts, order) = (world.file("hosts"), world.file("nsswitch.conf"));
    world.authority.write("nsswitch.conf", "hosts: files\n");
    let script = r#"mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@""#;
    let within = |program| ["unshare", "-rm", "sh", "-c", script, "sh", &hosts, &order, program];
    for (address, expected) in [("127.0.0.1", 1), ("0.0.0.0", 0), ("127.0.0.1", 1)] {
        world.authority.write("hosts", &format!("{address} x.localhost\n"));
        let there = std::process::Command::new("unshare").args(&within("true")[1..]).output();
        if !there.is_ok_and(|tried| tried.status.success()) {
            return eprintln!("skipped: a name that leads elsewhere: no mount namespace can be made here");
        }
        let base_url = format!("http://x.localhost:{port}");
        let outcome = read_by(&within(provider().to_str().unwrap()), &base_url, &[], json!({})).await;
        assert_eq!(world.got(), expected, "{address}: {outcome:?}");
        let is_refused = |reason: &String| reason.contains("x.localhost is not an address of this machine");
        assert!(if expected == 1 { outcome.is_ok() } else { outcome.as_ref().is_err_and(is_refused) }, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_wrong_host_or_port_is_told_as_that() {
    for (base_url, words) in [
        (
            "https://no-such-host.invalid",
            &[
                "The API can't be reached",
                "no answer came from https://no-such-host.invalid: the host name no-such-host.invalid has no address (",
                "Check the host in the environment variable `DESCOPE_BASE_URL` for a typo",
            ][..],
        ),
        (
            "https://127.0.0.1:1",
            &["no answer came from https://127.0.0.1:1: 127.0.0.1:1 refused the connection. Check the host and port"],
        ),
    ] {
        let refused = read(base_url, &[], json!({})).await.unwrap_err();
        for words in words {
            assert!(refused.contains(words), "{words:?} is not in {refused}");
        }
        assert!(!refused.contains("certificate") && !refused.contains("os error"), "{refused}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_who_demands_one() {
    let world = World::new(true).await;
    let base_url = format!("https://localhost:{}", world.api.port);
    let (ca, certificate, key) = (world.file("ca.pem"), world.file("client.pem"), world.file("client.key"));
    let trust = ("DESCOPE_CA_CERT_FILE", ca.as_str());
    let block = json!({ "client_cert_file": certificate, "client_key_file": key });
    assert_eq!(read(&base_url, &[trust], block).await, Ok(()));
    let variables =
        [trust, ("DESCOPE_CLIENT_CERT_FILE", certificate.as_str()), ("DESCOPE_CLIENT_KEY_FILE", key.as_str())];
    assert_eq!(read(&base_url, &variables, json!({})).await, Ok(()));
    assert_eq!(world.got(), 2);
    let refused = read(&base_url, &[trust], json!({})).await.unwrap_err();
    assert!(
        refused.contains("demands a client certificate, and none was shown") && refused.contains("client_cert_file"),
        "{refused}"
    );
    // Another authority's certificate proves nothing.
    let other = Authority::new();
    let path = |name: &str| other.path(name).display().to_string();
    let block = json!({ "client_cert_file": path("client.pem"), "client_key_file": path("client.key") });
    assert!(read(&base_url, &[trust], block).await.is_err());
    let block = json!({ "client_cert_file": certificate, "client_key_file": path("client.key") });
    let refused = read(&base_url, &[trust], block).await.unwrap_err();
    assert!(refused.contains("can't be used with the key in"), "{refused}");
    assert_eq!(world.got(), 0);
}

#[tokio::test]
async fn a_proxy_is_used_as_its_variables_say() {
    let world = World::new(false).await;
    let block = json!({ "ca_cert_file": world.file("ca.pem") });
    let base_url = format!("https://{NAME}");
    for encrypted in [false, true] {
        let proxy = world.authority.proxy(world.api.port, encrypted).await;
        let scheme = if encrypted { "https" } else { "http" };
        let plain = format!("{scheme}://localhost:{}", proxy.port);
        let with_password = format!("{scheme}://me:pa%20ss@localhost:{}", proxy.port);
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            assert_eq!(read(&base_url, &[(name, &plain)], block.clone()).await, Ok(()), "{name}={plain}");
            assert_eq!(world.got(), 1, "{name}");
            let asked = std::mem::take(&mut *proxy.asked.lock().unwrap());
            assert_eq!(asked, [format!("CONNECT {NAME}:443 HTTP/1.1")], "{name}");
        }
        assert_eq!(read(&base_url, &[("HTTPS_PROXY", &with_password)], block.clone()).await, Ok(()));
        let asked = std::mem::take(&mut *proxy.asked.lock().unwrap());
        // "me:pa ss" in base64.
        let credentials = "proxy-authorization: basic bWU6cGEgc3M=".to_lowercase();
        assert_eq!(asked, [format!("CONNECT {NAME}:443 HTTP/1.1 {credentials}")]);
        world.got();

        // A proxy for http only, and one that the host is exempt from, are not used. (0.0.0.0 is this
        // machine, but not a loopback address.)
        let direct = format!("https://0.0.0.0:{}", world.api.port);
        for variables in [
            &[("HTTP_PROXY", plain.as_str())][..],
            &[("HTTPS_PROXY", &plain), ("NO_PROXY", "0.0.0.0,x.example")],
            &[("https_proxy", &plain), ("no_proxy", "x.example, 0.0.0.0/8")],
        ] {
            assert_eq!(read(&direct, variables, block.clone()).await, Ok(()), "{variables:?}");
            assert_eq!((world.got(), proxy.asked.lock().unwrap().len()), (1, 0), "{variables:?}");
        }
        assert_eq!(read(&direct, &[("HTTPS_PROXY", &plain)], block.clone()).await, Ok(()));
        assert_eq!((world.got(), proxy.asked.lock().unwrap().len()), (1, 1), "without an exemption it is used");
        if !encrypted {
            // Nobody but the proxy knows where this is.
            let exempt = [("HTTPS_PROXY", plain.as_str()), ("NO_PROXY", ".descope.test")];
            let refused = read(&base_url, &exempt, block.clone()).await.unwrap_err();
            assert!(refused.contains("can't be reached"), "{refused}");
            let advice = format!("and take {NAME} out of `NO_PROXY`, which exempts it from any proxy");
            assert!(refused.contains(&advice), "{advice:?} is not in {refused}");
            assert_eq!((world.got(), proxy.asked.lock().unwrap().len()), (0, 1));
        }
        // What is on this machine is called without a proxy.
        let local = format!("https://localhost:{}", world.api.port);
        assert_eq!(read(&local, &[("HTTPS_PROXY", &plain)], block.clone()).await, Ok(()));
        assert_eq!((world.got(), proxy.asked.lock().unwrap().len()), (1, 1), "{local}");
    }
}

/// Whose fault it is: the proxy's, or the variable's that names it, and not the API's.
#[tokio::test]
async fn what_is_wrong_at_a_proxy_is_told_with_its_status_its_name_and_its_variable() {
    let world = World::new(false).await;
    let block = json!({ "ca_cert_file": world.file("ca.pem") });
    let base_url = format!("https://{NAME}");
    for (status, words) in [
        (401, "It may be a web server and not a proxy, or want other credentials"),
        (403, "Its rules don't allow this host"),
        (407, "It wants other credentials"),
        (502, "It found no way there"),
        (404, "It may not serve connections to other hosts"),
    ] {
        // The way to ask is the same, so one status is enough for a proxy that speaks TLS.
        for (encrypted, scheme) in [(false, "http"), (true, "https")] {
            if encrypted && status != 403 {
                continue;
            }
            let proxy = world.authority.refusing_proxy(status, encrypted).await;
            let address = format!("{scheme}://me:canary-password@localhost:{}", proxy.port);
            let refused = read(&base_url, &[("https_proxy", &address)], block.clone()).await.unwrap_err();
            let told = format!(
                "the proxy {scheme}://localhost:{} (environment variable `https_proxy`) refused a connection to \
                 {NAME}:443 with status {status}. {words}",
                proxy.port
            );
            assert!(refused.contains(&told), "{told:?} is not in {refused}");
            assert!(refused.contains("did not get as far as Descope"), "{refused}");
            assert!(refused.contains(&format!("add `{NAME}` to `NO_PROXY`")), "{refused}");
            assert!(!refused.contains("canary") && !refused.contains("no answer came from"), "{refused}");
            let asked = std::mem::take(&mut *proxy.asked.lock().unwrap());
            // "me:canary-password" in base64.
            let credentials = "proxy-authorization: basic bWU6Y2FuYXJ5LXBhc3N3b3Jk".to_lowercase();
            let expected = format!("CONNECT {NAME}:443 HTTP/1.1 {credentials}");
            assert!(asked.iter().all(|asked| *asked == expected), "{asked:?}");
        }
    }
    // Without credentials, and with an exemption in a form that is not understood.
    let proxy = world.authority.refusing_proxy(407, false).await;
    let address = format!("http://localhost:{}", proxy.port);
    let exemption = format!("https://{NAME}");
    let variables = [("HTTPS_PROXY", address.as_str()), ("no_proxy", &exemption)];
    let refused = read(&base_url, &variables, block.clone()).await.unwrap_err();
    for words in ["407. It wants credentials: ", &format!("`{exemption}` of the environment variable `no_proxy`")] {
        assert!(refused.contains(words), "{words:?} is not in {refused}");
    }
    for (address, words) in [
        (
            "http://127.0.0.1:1",
            "the proxy http://127.0.0.1:1 (environment variable `ALL_PROXY`) can't be reached: it refused",
        ),
        (
            "me:canary@no-such-host.invalid:3128",
            "the proxy http://no-such-host.invalid:3128 (environment variable `ALL_PROXY`) can't be reached: its host \
             name has no address (",
        ),
    ] {
        let refused = read(&base_url, &[("ALL_PROXY", address)], block.clone()).await.unwrap_err();
        assert!(refused.contains(words) && !refused.contains("canary"), "{words:?} is not in {refused}");
        assert!(refused.contains(&format!("add `{NAME}` to `NO_PROXY`")), "{refused}");
    }
}

#[tokio::test]
async fn a_proxy_is_no_authority() {
    let world = World::new(false).await;
    // It answers the tunnel itself, with a certificate of its own.
    let other = Authority::new();
    let interceptor = other.api(world.emulator.address(), false).await;
    let proxy = other.proxy(interceptor.port, false).await;
    let variables = [("HTTPS_PROXY", format!("http://localhost:{}", proxy.port))];
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let block = json!({ "ca_cert_file": world.file("ca.pem") });
    let refused = read(&format!("https://{NAME}"), &variables, block).await.unwrap_err();
    assert!(refused.contains("ertificate"), "{refused}");
    assert_eq!(world.got(), 0);
    assert!(!proxy.asked.lock().unwrap().is_empty());
}

/// A port whose server says this to whoever connects and says something, or nothing at all.
async fn saying(words: &'static [u8]) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, words).await;
                if words.is_empty() {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    port
}

/// It takes a connection and waits for a request in plain http, which a TLS hello never is.
#[tokio::test]
async fn a_silent_proxy_is_blamed_and_not_waited_for_five_times() {
    let port = saying(b"").await;
    let address = format!("https://localhost:{port}");
    let begun = std::time::Instant::now();
    let refused = read(&format!("https://{NAME}"), &[("HTTPS_PROXY", &address)], json!({})).await.unwrap_err();
    let told = format!(
        "the proxy {address} (environment variable `HTTPS_PROXY`) accepted a connection, and then the TLS handshake with \
         it did not finish. If it is a proxy of plain http, write `http://` before its host."
    );
    assert!(refused.contains(&told), "{told:?} is not in {refused}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(25), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_does_not_answer_in_http_is_told_from_what_speaks_tls() {
    let world = World::new(false).await;
    let alert = saying(&[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x0a]).await;
    for port in [world.api.port, alert] {
        let refused = read(&format!("http://localhost:{port}"), &[], json!({})).await.unwrap_err();
        for words in [
            format!("what listens at localhost:{port} speaks TLS (https)"),
            "Write the environment variable `DESCOPE_BASE_URL` with `https://`.".to_owned(),
        ] {
            assert!(refused.contains(&words), "{words:?} is not in {refused}");
        }
    }
    let port = saying(b"\x80\xff\x00\x01 something else\r\n\r\n").await;
    let block = json!({ "base_url": format!("http://localhost:{port}") });
    let refused = read("https://unused.invalid", &[], block).await.unwrap_err();
    for words in [
        format!("what listens at localhost:{port} answers with something that is not HTTP"),
        "Check the host and port in `base_url` in the provider block: another program listens there.".to_owned(),
    ] {
        assert!(refused.contains(&words), "{words:?} is not in {refused}");
    }
    assert!(!refused.contains("TLS"), "{refused}");
}

#[tokio::test]
async fn one_outage_is_told_in_full_once_however_many_data_sources_it_fails() {
    let no_roots = ("SSL_CERT_FILE", "/dev/null");
    let silent = format!("https://localhost:{}", saying(b"").await);
    let (away, elsewhere) = ("http://127.0.0.1:1", "https://no-such-host.invalid");
    for (by, base_url, more, words) in [
        ("id", away, no_roots, "Check whether it runs"),
        ("name", away, no_roots, "Check whether it runs"),
        ("id", elsewhere, no_roots, "`SSL_CERT_FILE` names /dev/null, which is not a file"),
        ("name", elsewhere, no_roots, "`SSL_CERT_FILE` names /dev/null, which is not a file"),
        ("id", elsewhere, ("HTTPS_PROXY", silent.as_str()), "If it is a proxy of plain http"),
    ] {
        let certificate = HostCertificate::generate();
        let variables = [
            ("PLUGIN_CLIENT_CERT", certificate.pem.as_str()),
            ("DESCOPE_MANAGEMENT_KEY", KEY),
            ("DESCOPE_PROJECT_ID", PROJECT),
            ("DESCOPE_BASE_URL", base_url),
            more,
        ];
        let line = |line: &str| Some(line.trim_end().split('|').map(str::to_owned).collect());
        let mut plugin = Plugin::spawn(command(provider(), &variables), &variables, line).await;
        let client = ProviderClient::new(plugin.connect(Some(&certificate)).await.unwrap());
        client.clone().configure_provider(tf::configure_provider::Request::default()).await.unwrap();
        let reads = (0..4).map(|number| {
            let (mut client, config) =
                (client.clone(), value(json!({ by: format!("MS2network00000000000000000{number}") })));
            let type_name = "descope_mcp_server".to_owned();
            let read = tf::read_data_source::Request { type_name, config, ..Default::default() };
            tokio::spawn(async move { client.read_data_source(read).await.unwrap().into_inner().diagnostics })
        });
        let mut told = Vec::new();
        for read in reads.collect::<Vec<_>>() {
            told.extend(read.await.unwrap());
        }
        let details: Vec<_> = told.iter().map(|told| format!("{}: {}", told.summary, told.detail)).collect();
        let full = details.iter().filter(|detail| detail.contains(words)).count();
        assert_eq!((details.len(), full), (4, 1), "{by} at {base_url}: {details:#?}");
        plugin.child.kill().await.unwrap();
    }
}
