// SPDX-License-Identifier: Apache-2.0

//! The provider's functions: pure, and usable without any configuration.

use super::issuer::{AGENTIC, Issuer};
use super::resource_id::resource_id;
use super::settings::address::canonical_base_url;
use super::settings::checks::BASE_URL;
use crate::engine::{Blame, Function};
use crate::schema::kind::seconds;
use crate::value::{AttributeTypes, Number, Object, Type, Value};

/// `duration_seconds`
pub(super) static DURATION_SECONDS: Function = Function {
    name: "duration_seconds",
    summary: "Length of a duration in seconds",
    docs: "Counts the seconds in a duration that is written like the lifetimes in `session_settings`, such as \
           `\"4 weeks\"`. Use it to compare durations, or for systems that count seconds.",
    parameters: &[("duration", "A whole number of seconds, minutes, hours, days or weeks, such as `\"10 minutes\"`.")],
    returns: || Type::Number,
    call: duration_seconds,
};

/// `parse_mcp_issuer`
pub(super) static PARSE_MCP_ISSUER: Function = Function {
    name: "parse_mcp_issuer",
    summary: "Parts of an MCP server's issuer",
    docs: "Splits the issuer of an MCP server in Descope, or the address of one of its discovery documents, into \
           `base_url`, `project_id` and `id`.",
    parameters: &[("url", "An issuer such as `https://api.descope.com/v1/apps/agentic/P…/MS…`.")],
    returns: || {
        let parts = ["base_url", "project_id", "id"].map(|name| (name, Type::String));
        Type::Object(AttributeTypes::from(parts))
    },
    call: parse_mcp_issuer,
};

/// `mcp_issuer`
pub(super) static MCP_ISSUER: Function = Function {
    name: "mcp_issuer",
    summary: "Issuer of an MCP server",
    docs: "Builds the issuer of an MCP server in Descope from its parts. It is the reverse of `parse_mcp_issuer`.",
    parameters: &[
        ("base_url", "Where the API is, such as `https://api.descope.com`, as in the provider's `base_url`."),
        ("project_id", "The project of the server."),
        ("id", "The server's identifier (`MS…`)."),
    ],
    returns: || Type::String,
    call: mcp_issuer,
};

fn duration_seconds(arguments: &[&str]) -> Result<Value, Blame> {
    let [duration] = arguments else { return Err((0, "one argument is needed".to_owned())) };
    seconds(duration).map(|seconds| Value::Number(Number::from(seconds))).map_err(|reason| (0, reason))
}

fn parse_mcp_issuer(arguments: &[&str]) -> Result<Value, Blame> {
    let [text] = arguments else { return Err((0, "one argument is needed".to_owned())) };
    let Some(Issuer { base_url, project, id }) = Issuer::parse(text) else {
        let reason = format!(
            "{text:?} is not the issuer of an MCP server in Descope, which looks like \
             https://api.descope.com{AGENTIC}P…/MS…."
        );
        return Err((0, reason));
    };
    if let Some(reason) = no_server(id) {
        return Err((0, reason));
    }
    let parts = [("base_url", base_url), ("project_id", project), ("id", id)];
    Ok(Value::Object(parts.into_iter().map(|(name, value)| (name, Value::string(value))).collect::<Object>()))
}

fn mcp_issuer(arguments: &[&str]) -> Result<Value, Blame> {
    let [base_url, project, id] = arguments else { return Err((0, "three arguments are needed".to_owned())) };
    // The provider takes an empty one for none, and knows others. Here it is all there is.
    if base_url.is_empty() {
        return Err((0, "It is empty. Write an address like https://api.descope.com.".to_owned()));
    }
    if let Some(reason) = (BASE_URL.judge)(base_url).refusal() {
        return Err((0, reason.to_owned()));
    }
    if let Some(reason) = no_server(id) {
        return Err((2, reason));
    }
    let issuer = format!("{}{AGENTIC}{project}/{id}", canonical_base_url(base_url));
    match Issuer::parse(&issuer) {
        Some(_) => Ok(Value::string(issuer)),
        None => {
            let blamed = if project.is_empty() || project.contains('/') { 1 } else { 2 };
            Err((blamed, format!("{issuer:?} would not be the issuer of an MCP server in Descope.")))
        }
    }
}

/// What is wrong with an id that is not a server's.
fn no_server(id: &str) -> Option<String> {
    let is_other = !id.starts_with("MS");
    let other = || format!("{id:?} is not the id of an MCP server, which begins with `MS`.");
    resource_id(id).or_else(|| is_other.then(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted() {
        assert_eq!(duration_seconds(&["4 weeks"]), Ok(Value::Number(Number::from(2_419_200_i64))));
        assert!(duration_seconds(&["4 fortnights"]).is_err());
        assert!(duration_seconds(&[""]).is_err());
    }

    #[test]
    fn issuers_come_apart_and_together() {
        let issuer = "https://api.descope.com/v1/apps/agentic/P2x/MS35d";
        let rfc_8414 = issuer.replace("com/v1", "com/.well-known/oauth-authorization-server/v1");
        for text in [issuer, &format!("{issuer}/"), &format!("{issuer}/.well-known/openid-configuration"), &rfc_8414] {
            let Ok(Value::Object(parts)) = parse_mcp_issuer(&[text]) else { panic!("{text}") };
            let parts: Vec<&str> =
                ["base_url", "project_id", "id"].iter().filter_map(|name| parts[*name].as_str()).collect();
            assert_eq!(parts, ["https://api.descope.com", "P2x", "MS35d"]);
            assert_eq!(mcp_issuer(&parts), Ok(Value::string(issuer)));
        }
        assert_eq!(
            mcp_issuer(&["http://127.0.0.1:1/", "P", "MS"]),
            Ok("http://127.0.0.1:1/v1/apps/agentic/P/MS".into())
        );
        // The form in which the resource's own issuer begins with it.
        assert_eq!(
            mcp_issuer(&["HTTPS://API.Descope.com:443/a/..//", "P", "MS"]),
            Ok("https://api.descope.com/v1/apps/agentic/P/MS".into())
        );
    }

    #[test]
    fn what_is_no_issuer_is_refused_with_the_blamed_argument() {
        for text in [
            "",
            "x",
            "https://api.descope.com",
            "https://api.descope.com/v1/apps/agentic/P",
            "https://x/v1/apps/agentic/P/MS/x",
            "https://x/v1/apps/agentic/P/MS?y",
            "ftp://x/v1/apps/agentic/P/MS",
            "https://x/.well-known/other/v1/apps/agentic/P/MS",
        ] {
            assert!(parse_mcp_issuer(&[text]).is_err(), "{text}");
        }
        assert_eq!(mcp_issuer(&["x", "P", "MS"]).unwrap_err().0, 0);
        for (base_url, words) in [
            ("", "is empty"),
            ("api.descope.com", "has no scheme. Write https://api.descope.com."),
            ("http://api.descope.com", "is not encrypted"),
            ("https://api.descope.com/v1/mgmt", "Write https://api.descope.com."),
        ] {
            let (blamed, reason) = mcp_issuer(&[base_url, "P", "MS"]).unwrap_err();
            assert!(blamed == 0 && reason.contains(words), "{base_url}: {reason}");
        }
        assert_eq!(mcp_issuer(&["https://x", "", "MS"]).unwrap_err().0, 1);
        for id in ["", "XX1", "RS1"] {
            assert_eq!(mcp_issuer(&["https://x", "P", id]).unwrap_err().0, 2, "{id}");
            assert!(parse_mcp_issuer(&[&format!("https://x/v1/apps/agentic/P/{id}")]).is_err(), "{id}");
        }
    }

    /// Such a server exists, so it is not enough to say that the id is none.
    #[test]
    fn the_issuer_of_a_resource_is_told_as_that() {
        let apart = parse_mcp_issuer(&["https://x/v1/apps/agentic/P/RS1"]).map(drop);
        for refused in [apart, mcp_issuer(&["https://x", "P", "RS1"]).map(drop)] {
            assert!(refused.as_ref().is_err_and(|(_, reason)| reason.contains("the id of a Resource")), "{refused:?}");
        }
    }
}
