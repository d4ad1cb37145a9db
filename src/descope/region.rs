// SPDX-License-Identifier: Apache-2.0

//! Which host serves a project. The project's id contains the region. Used by `provider`.

/// The base URL of the API for a project. An id of 32 characters or more has its region in
/// characters 2 to 5; a shorter one is in the default region. Descope's own SDKs have the same
/// rule.
pub fn base_url_of(project_id: &str) -> String {
    let region: Option<String> = match project_id.chars().count() >= 32 {
        true => Some(project_id.chars().skip(1).take(4).collect::<String>().to_lowercase()),
        false => None,
    };
    match region.filter(|region| region.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        Some(region) => format!("https://api.{region}.descope.com"),
        None => "https://api.descope.com".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::base_url_of;

    #[test]
    fn long_ids_carry_their_region() {
        assert_eq!(base_url_of("P2abcdefghijklmnopqrstuvwxyz"), "https://api.descope.com");
        assert_eq!(base_url_of("Peuc12aBcDeFgHiJkLmNoPqRsTuVwXyZ"), "https://api.euc1.descope.com");
        assert_eq!(base_url_of("Puse12aBcDeFgHiJkLmNoPqRsTuVwXyZ"), "https://api.use1.descope.com");
    }

    #[test]
    fn an_id_never_chooses_another_domain() {
        assert_eq!(base_url_of("P.ev/2aBcDeFgHiJkLmNoPqRsTuVwXyZ"), "https://api.descope.com");
    }
}
