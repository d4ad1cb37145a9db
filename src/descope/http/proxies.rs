//! Proxies that the environment names and that can't be used. The HTTP client ignores such a proxy
//! and calls the API directly, which whoever set it did not want. Used by `clients`.

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// What the environment says about proxies for `https`.
pub(super) struct Proxies {
    /// Why the proxy can't be used that would be, if so.
    fault: Option<String>,
    /// Answers a proxy for every host, less those that are exempt.
    exemptions: Matcher,
}

// === impl Proxies ===

impl Proxies {
    /// Of the variables that the HTTP client reads, the first spelling of each counts. `ALL_PROXY`
    /// counts if the other one can't be used.
    pub(super) fn of(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Self {
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, variable(name)?)));
        let named = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]].into_iter().filter_map(first);
        let named: Vec<(&str, Option<String>)> = named.map(|(name, value)| (name, value.into_string().ok())).collect();
        let usable = named.iter().any(|(_, value)| value.as_deref().is_some_and(is_usable));
        let unusable = named.iter().find(|(_, value)| value.as_deref().is_none_or(|text| !text.trim().is_empty()));
        let fault = unusable
            .filter(|_| !usable)
            .map(|(name, _)| format!("the environment variable `{name}` is not the address of an http or https proxy"));
        let exempt = first(["NO_PROXY", "no_proxy"]).and_then(|(_, value)| value.into_string().ok());
        let exemptions = Matcher::builder().all("http://proxy").no(exempt.unwrap_or_default()).build();
        Self { fault, exemptions }
    }

    /// Why an address can't be called, if the proxy for it can't be used.
    pub(super) fn fault(&self, base_url: &str) -> Option<&str> {
        let fault = self.fault.as_deref()?;
        let address: Option<Uri> = base_url.parse().ok();
        address.is_none_or(|address| self.exemptions.intercept(&address).is_some()).then_some(fault)
    }
}

fn is_usable(text: &str) -> bool {
    let text = text.trim();
    let address = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    Url::parse(&address).is_ok_and(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(variables: &[(&str, &str)], base_url: &str) -> Option<String> {
        let value = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).into());
        Proxies::of(value).fault(base_url).map(str::to_owned)
    }

    const API: &str = "https://api.descope.com";

    #[test]
    fn a_proxy_that_can_not_be_used_is_a_fault() {
        for value in ["http://p:3128", "https://p", "p:3128", "http://u:p@p:80", ""] {
            assert_eq!(fault(&[("HTTPS_PROXY", value)], API), None, "{value}");
        }
        for value in ["socks5://p:1080", "http://", "http://p:99999", ":"] {
            let told = fault(&[("HTTPS_PROXY", value)], API).unwrap();
            assert!(told.contains("`HTTPS_PROXY`"), "{told}");
        }
        assert_eq!(fault(&[], API), None);
    }

    #[test]
    fn only_the_proxy_that_would_be_used_counts() {
        let socks = "socks5://p:1080";
        assert_eq!(fault(&[("HTTPS_PROXY", "http://p:3128"), ("ALL_PROXY", socks)], API), None);
        assert_eq!(fault(&[("HTTPS_PROXY", "http://p:3128"), ("https_proxy", socks)], API), None);
        assert!(fault(&[("HTTPS_PROXY", ""), ("ALL_PROXY", socks)], API).unwrap().contains("`ALL_PROXY`"));
        assert!(fault(&[("https_proxy", socks)], API).unwrap().contains("`https_proxy`"));
    }

    #[test]
    fn exempt_hosts_need_no_proxy() {
        let socks = ("ALL_PROXY", "socks5://p:1080");
        for exempt in ["api.descope.com", ".descope.com", "*", "x.example, descope.com"] {
            assert_eq!(fault(&[socks, ("NO_PROXY", exempt)], API), None, "{exempt}");
        }
        assert!(fault(&[socks, ("NO_PROXY", "x.example")], API).is_some());
        assert_eq!(fault(&[socks, ("no_proxy", "127.0.0.0/8")], "https://127.0.0.1:8443"), None);
    }
}
