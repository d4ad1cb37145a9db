// SPDX-License-Identifier: Apache-2.0

//! Ids of Resources. Today's console also makes MCP servers as Resources; the API has other calls for
//! those, which this provider does not make. Used wherever a person gives the id of a server.

/// What is wrong with an id that is a Resource's. `None` if it is not.
pub(super) fn resource_id(id: &str) -> Option<String> {
    let rest = id.strip_prefix("RS")?;
    let is_id = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then(|| {
        format!(
            "{id:?} is the id of a Resource. The console also makes MCP servers as Resources, which this provider does \
             not manage. It manages the servers whose ids begin with `MS`."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_resources_are_told_apart() {
        assert!(resource_id("RS2abc").is_some_and(|reason| reason.contains("a Resource")));
        for other in ["MS2abc", "RS", "RS-1", "rs2abc", "", "RSVP please"] {
            assert_eq!(resource_id(other), None, "{other}");
        }
    }
}
