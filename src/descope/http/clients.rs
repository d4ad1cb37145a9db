// SPDX-License-Identifier: Apache-2.0

//! Makes the HTTP clients: what they trust, where they connect to, and which connections they use
//! again. Used by `http`.
//!
//! A connection that was kept open may be closed by the server at the very moment when the next
//! request is sent on it. Nobody can tell then whether the server read the request. Calls that may
//! be repeated anyway use such connections. A creation gets a connection of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, Url};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::lookup_host;

use super::super::call::{Attempt, Effect};
use super::super::cause::{About, Cause};
use super::super::tls_files::{TlsFiles, Unusable};
use super::proxies::Proxies;
use super::reason::{CONNECT_TIMEOUT, TIMEOUT, reason};
use super::roots::missing_roots;
use super::tls_probe::speaks_tls;
use super::trust::trust as trusted;

/// The HTTP clients. Those for `https` share root certificates and TLS sessions.
///
/// Each is made when it is first needed: most provider processes never call the API, and reading
/// the machine's root certificates takes longer than everything else at the start. Plain `http`
/// works on a machine that has none. What could not be made is tried again at the next call.
#[derive(Default)]
pub(in crate::descope) struct Clients {
    /// Whether the API is on this machine.
    local: bool,
    files: TlsFiles,
    trust: Mutex<Option<ClientConfig>>,
    /// Why there is no client, as it was told last.
    told: Mutex<Option<Unusable>>,
    proxies: OnceLock<Proxies>,
    plain: Pair,
    encrypted: Pair,
}

/// A client for each kind of connection.
#[derive(Default)]
struct Pair {
    /// Keeps connections open for later requests.
    kept: OnceLock<Client>,
    /// Makes a connection for each request.
    fresh: OnceLock<Client>,
}

/// Finds the addresses of names that are on this machine.
struct LoopbackOnly;

// === impl Clients ===

impl Clients {
    /// No clients so far. An API on this machine is called without a proxy, which would see the
    /// key unencrypted.
    pub(in crate::descope) fn new(local: bool, files: TlsFiles) -> Self {
        Self { local, files, ..Self::default() }
    }

    /// The client for calls of this address with this effect, or the reason why there is none. A reason is told in
    /// full once.
    pub(in crate::descope) fn client(&self, base_url: &str, effect: Effect) -> Result<&Client, Unusable> {
        self.made(base_url, effect).map_err(|unusable| {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            match told.as_ref() == Some(&unusable) {
                true => Unusable::from("another message of this run tells why".to_owned()),
                false => told.insert(unusable).clone(),
            }
        })
    }

    fn made(&self, base_url: &str, effect: Effect) -> Result<&Client, Unusable> {
        let encrypted = base_url.starts_with("https:");
        if encrypted && !self.local {
            self.proxies().fault(base_url).map_or(Ok(()), Err)?;
        }
        let pair = if encrypted { &self.encrypted } else { &self.plain };
        let made = match effect {
            Effect::Read | Effect::Idempotent => &pair.kept,
            Effect::Create => &pair.fresh,
        };
        match made.get() {
            Some(client) => Ok(client),
            None => {
                let builder = if encrypted { self.encrypted(effect)? } else { plain(effect)? };
                let client = builder.build().map_err(|error| reason(error).words)?;
                Ok(made.get_or_init(|| client))
            }
        }
    }

    /// An attempt at this address, told as what a proxy did if there was one, and with what else is known about why it
    /// failed.
    pub(in crate::descope) async fn blamed(&self, base_url: &str, attempt: Attempt) -> Attempt {
        let attempt = match attempt {
            Attempt::Broken(cause) if cause.about == About::NotHttp && base_url.starts_with("http:") => {
                Attempt::Broken(tls_in_place(base_url, cause).await)
            }
            Attempt::NoConnection(mut cause)
                if matches!(cause.about, About::Certificate | About::CertificateSignature) =>
            {
                cause.words.push_str(&missing_roots(|name| std::env::var_os(name)));
                Attempt::NoConnection(cause)
            }
            other => other,
        };
        match self.proxies.get() {
            Some(proxies) => proxies.blamed(base_url, attempt, || self.trust().ok()).await,
            None => attempt,
        }
    }

    /// Clients that trust this instead of what the machine trusts.
    #[cfg(test)]
    pub(super) fn trusting(trust: ClientConfig) -> Self {
        Self { trust: Mutex::new(Some(trust)), ..Self::new(true, TlsFiles::default()) }
    }

    fn encrypted(&self, effect: Effect) -> Result<ClientBuilder, Unusable> {
        let builder = builder(self.trust()?, effect);
        Ok(if self.local { builder.no_proxy() } else { self.proxies().applied(builder)? })
    }

    fn proxies(&self) -> &Proxies {
        self.proxies.get_or_init(|| Proxies::of(|name| std::env::var_os(name)))
    }

    /// What is trusted. It is read once.
    fn trust(&self) -> Result<ClientConfig, Unusable> {
        let mut trust = self.trust.lock().unwrap_or_else(PoisonError::into_inner);
        match &*trust {
            Some(trust) => Ok(trust.clone()),
            None => Ok(trust.insert(trusted(&self.files, |name| std::env::var_os(name))?).clone()),
        }
    }
}

/// For plain `http`, which only addresses of this machine may be called by. It trusts no
/// certificate, and a proxy would see the key.
pub(super) fn plain(effect: Effect) -> Result<ClientBuilder, String> {
    let versions = versions().map_err(|error| error.to_string())?;
    let tls = versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    Ok(builder(tls, effect).no_proxy().dns_resolver(Arc::new(LoopbackOnly)))
}

/// Why nothing in plain http came: what listens there may speak TLS, which a server of TLS tells in many ways or not
/// at all.
async fn tls_in_place(base_url: &str, cause: Cause) -> Cause {
    let Ok(url) = Url::parse(base_url) else { return cause };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return cause };
    let Ok(mut tls) =
        versions().map(|versions| versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
    else {
        return cause;
    };
    tls.alpn_protocols.clear();
    match speaks_tls(host, port, tls).await {
        true => {
            Cause { about: About::Tls, words: format!("what listens at {host}:{port} speaks TLS (https)"), ..cause }
        }
        false => cause,
    }
}

fn versions() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

fn builder(tls: ClientConfig, effect: Effect) -> ClientBuilder {
    let builder = Client::builder().tls_backend_preconfigured(tls);
    let builder = match effect {
        Effect::Read | Effect::Idempotent => builder,
        // HTTP/2 requests share a connection by way of the pool, so without one they don't.
        Effect::Create => builder.pool_max_idle_per_host(0),
    };
    builder
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        // A redirected POST would lose its body or send the key to another host.
        .redirect(reqwest::redirect::Policy::none())
        // `retry` decides about repetitions, because it knows what a call does.
        .retry(reqwest::retry::never())
}

// === impl LoopbackOnly ===

impl Resolve for LoopbackOnly {
    /// A name such as `x.localhost` says nothing about the address: any DNS server may answer for
    /// it. Only what is connected to counts.
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?;
            let local: Vec<SocketAddr> = found.filter(|found| found.ip().to_canonical().is_loopback()).collect();
            if local.is_empty() {
                let reason = format!(
                    "{} is not an address of this machine, and plain http is for loopback addresses only",
                    name.as_str()
                );
                return Err(reason.into());
            }
            Ok::<Addrs, Box<dyn Error + Send + Sync>>(Box::new(local.into_iter()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(name: &str) -> Result<Vec<SocketAddr>, String> {
        let found = LoopbackOnly.resolve(name.parse().unwrap()).await;
        found.map(Iterator::collect).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn plain_http_reaches_this_machine_only() {
        assert!(resolved("localhost").await.unwrap().iter().all(|found| found.ip().is_loopback()));
        // Resolvers take a number for what it is, like an answer of a DNS server.
        for elsewhere in ["192.0.2.1", "0.0.0.0", "::ffff:192.0.2.1"] {
            let error = resolved(elsewhere).await.unwrap_err();
            assert!(error.contains("not an address of this machine"), "{error}");
        }
        assert_eq!(resolved("::ffff:127.0.0.1").await.unwrap().len(), 1);
    }

    #[test]
    fn plain_http_needs_no_root_certificates_and_https_asks_for_them_again() {
        let clients = Clients::new(true, TlsFiles::default());
        for effect in [Effect::Read, Effect::Create] {
            clients.client("http://127.0.0.1:1", effect).unwrap();
        }
        assert!(clients.trust.lock().unwrap().is_none(), "nothing was read");
        clients.client("https://127.0.0.1:1", Effect::Read).unwrap();
        assert!(clients.trust.lock().unwrap().is_some());
    }

    #[test]
    fn a_client_that_could_not_be_made_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let clients = Clients::new(true, TlsFiles { authorities: Some(file.clone()), client: None });
        for (effect, words) in [(Effect::Read, "ca.pem"), (Effect::Create, "another message of this run tells why")] {
            let reason = clients.client("https://127.0.0.1:1", effect).map(drop).unwrap_err().reason;
            assert!(reason.contains(words), "{reason}");
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["x".to_owned()]).unwrap().self_signed(&key).unwrap();
        std::fs::write(&file, certificate.pem()).unwrap();
        for effect in [Effect::Read, Effect::Create] {
            clients.client("https://127.0.0.1:1", effect).unwrap();
        }
    }
}
