// SPDX-License-Identifier: Apache-2.0

//! What all calls of this process to one host share, whichever instance of the client makes them.
//! Used by `transport`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::outage::Outage;
use super::pace::Gate;

/// How many requests may be under way at the same time, unless a setting says less. The CLI runs ten
/// operations in parallel, and the API limits the requests of an address.
const AT_ONCE: usize = 10;

/// What all calls to one host share.
pub(super) struct Host {
    /// Lets requests through, one after the other.
    pub(super) gate: Gate,
    /// Whether the API is down.
    pub(super) outage: Outage,
}

/// The host of a base URL.
pub(super) fn host_of(base_url: &str) -> Arc<Host> {
    static HOSTS: Mutex<BTreeMap<String, Arc<Host>>> = Mutex::new(BTreeMap::new());
    let origin = Url::parse(base_url).map_or_else(|_| base_url.to_owned(), |url| url.origin().ascii_serialization());
    let mut hosts = HOSTS.lock().unwrap_or_else(PoisonError::into_inner);
    hosts
        .entry(origin)
        .or_insert_with_key(|origin| Arc::new(Host { gate: Gate::new(AT_ONCE, origin), outage: Outage::default() }))
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_the_same_whatever_the_path_is() {
        let same = |one, other| Arc::ptr_eq(&host_of(one), &host_of(other));
        assert!(same("https://host.test", "https://HOST.test:443/some/path"));
        assert!(!same("https://host.test", "https://host.test:444"));
        assert!(!same("https://host.test", "https://other.test"));
    }
}
