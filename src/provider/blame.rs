// SPDX-License-Identifier: Apache-2.0

//! Finds the attribute that an error text of Descope is about. Used by `diagnose`.

use crate::schema::{Attribute, Shape, Source, Table};
use crate::value::{Path, Trail};

/// The attribute whose key an error text contains. Attributes inside others come first.
pub(super) fn blamed(table: &Table, text: &str, at: &Trail<'_>) -> Option<Path> {
    let nested = |row: &Attribute| match row.shape {
        Shape::Object(table) => blamed(table, text, &at.attribute(row.name)),
        Shape::Leaf(_) | Shape::List(_) => None,
    };
    let by_key = |row: &Attribute| match row.source {
        Source::Member { key, .. } => {
            names(text, key.rsplit('/').next().unwrap_or(key)).then(|| at.attribute(row.name).path())
        }
        Source::CreationArgument { key } => names(text, key).then(|| at.attribute(row.name).path()),
        Source::Local | Source::Assigned { .. } | Source::ToldOnce | Source::Template(_) | Source::Provider(_) => None,
    };
    table.attributes.iter().find_map(nested).or_else(|| table.attributes.iter().find_map(by_key))
}

/// Whether a text contains a key. A key that is also an ordinary word counts only with punctuation,
/// like `name:` or `"name"`.
fn names(text: &str, key: &str) -> bool {
    let ordinary = key.bytes().all(|byte| byte.is_ascii_lowercase());
    text.match_indices(key).any(|(start, _)| {
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = text.get(start + key.len()..).and_then(|text| text.chars().next());
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let set_off = matches!(after, Some(':' | '"' | '\'' | '`'));
        !word(before) && !word(after) && (!ordinary || set_off)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::mcp_server::RESOURCE;

    #[test]
    fn descopes_key_leads_to_our_attribute() {
        for (text, path) in [
            ("loginPageURL must be a URL", Some("login_page_url")),
            ("invalid field \"name\"", Some("name")),
            ("name: value length must be at least 1", Some("name")),
            ("a server of that name exists", None),
            ("sessionTokenExpiration too long", Some("session_settings.session_token_expiration")),
            ("policies: duplicate", Some("cimd_settings.domain_policies")),
            ("bad approvedScopes given", Some("approved_scopes")),
        ] {
            assert_eq!(
                blamed(RESOURCE.table, text, &Trail::Root).map(|path| path.to_string()).as_deref(),
                path,
                "{text}"
            );
        }
    }
}
