//! The checks that rows name: each a sentence for the docs beside the code that judges.

use super::check::{self, Check};

/// Some visible character is needed.
pub const NOT_BLANK: Check = Check { says: "Must not be blank.", judge: check::not_blank };

/// A web page.
pub const WEB_PAGE: Check = Check {
    says: "An absolute `https` URL; plain `http` only on loopback addresses. Empty clears.",
    judge: check::web_page,
};

/// A redirect URI of an OAuth client.
pub const REDIRECT_URI: Check = Check {
    says: "Each is an `https` URL, an `http` URL on a loopback address, or an app's own scheme, without a fragment.",
    judge: check::redirect_uri,
};

/// An audience of tokens.
pub const AUDIENCE: Check =
    Check { says: "Each should be an absolute URI without a fragment (RFC 8707).", judge: check::audience };

/// The name of a scope.
pub const SCOPE_NAME: Check =
    Check { says: "Visible ASCII without spaces, `\"` and `\\` (RFC 6749).", judge: check::scope_token };

/// A host name or a wildcard of one.
pub const DOMAIN_PATTERN: Check =
    Check { says: "A host name, or `*.` and a host name, without scheme, port or path.", judge: check::domain_pattern };

/// An image.
pub const IMAGE: Check = Check { says: "Empty clears.", judge: check::image };
