//! Requests → what is stored: undocumented fields are dropped without a word, as the real gateway drops them, wrong types are
//! refused. Called by `endpoint`.

use serde_json::value::RawValue;

use super::fields::{Field, Type};
use super::raw::{Members, elements, members, text, to_raw};

/// A request that was taken in.
#[derive(Debug)]
pub struct Accepted {
    /// The documented fields that were set, and planted ones.
    pub members: Members,
    /// The paths of fields that nobody knows.
    pub dropped: Vec<String>,
}

/// A field of the wrong type, as a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongType(pub String);

/// Takes in a message. A field that is not documented counts as known where the stored object has it: a test has planted it.
pub fn accept(fields: &[Field], request: &RawValue, stored: Option<&Members>) -> Result<Accepted, WrongType> {
    let mut dropped = Vec::new();
    let members = message(fields, request, stored, "", &mut dropped)?;
    Ok(Accepted { members, dropped })
}

fn message(
    fields: &[Field],
    raw: &RawValue,
    stored: Option<&Members>,
    at: &str,
    dropped: &mut Vec<String>,
) -> Result<Members, WrongType> {
    let wrong = || WrongType(format!("{}: expected an object", if at.is_empty() { "body" } else { at }));
    let mut kept = Members::new();
    for (name, value) in members(raw).ok_or_else(wrong)? {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let before = stored.and_then(|stored| stored.get(&name));
        let documented = fields.iter().find(|field| field.name == name);
        match documented {
            // Protobuf's JSON takes null for "not set".
            Some(_) if value.get() == "null" => {}
            Some(field) => {
                drop(kept.insert(name, accepted(field.ty, &value, before.map(AsRef::as_ref), &at, dropped)?))
            }
            None if before.is_some() => drop(kept.insert(name, value)),
            None => dropped.push(at),
        }
    }
    Ok(kept)
}

fn accepted(
    ty: Type,
    value: &RawValue,
    before: Option<&RawValue>,
    at: &str,
    dropped: &mut Vec<String>,
) -> Result<Box<RawValue>, WrongType> {
    let wrong = |expected: &str| WrongType(format!("{at}: expected {expected}"));
    match ty {
        Type::Text => text(value).map(|_| value.to_owned()).ok_or_else(|| wrong("a string")),
        Type::Flag => {
            matches!(value.get(), "true" | "false").then(|| value.to_owned()).ok_or_else(|| wrong("a boolean"))
        }
        Type::Int32 => int32(value).map(|number| to_raw(&number)).ok_or_else(|| wrong("an int32")),
        Type::Texts => {
            let texts = elements(value).ok_or_else(|| wrong("an array"))?;
            match texts.iter().all(|element| text(element).is_some()) {
                true => Ok(value.to_owned()),
                false => Err(wrong("strings")),
            }
        }
        Type::Message(fields) => {
            let before = before.and_then(members);
            message(fields, value, before.as_ref(), at, dropped).map(|members| to_raw(&members))
        }
        Type::Messages(fields) => {
            // A planted field is known to all elements once any element has it.
            let before: Members =
                before.and_then(elements).unwrap_or_default().iter().filter_map(|raw| members(raw)).flatten().collect();
            let list = elements(value).ok_or_else(|| wrong("an array"))?;
            let taken: Result<Vec<Members>, WrongType> = list
                .iter()
                .enumerate()
                .map(|(index, element)| message(fields, element, Some(&before), &format!("{at}[{index}]"), dropped))
                .collect();
            taken.map(|taken| to_raw(&taken))
        }
    }
}

/// Protobuf's JSON takes an int32 as a number or as its text.
fn int32(value: &RawValue) -> Option<i32> {
    text(value).unwrap_or_else(|| value.get().to_owned()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::fields::SERVER;
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn stored(json: &str) -> Members {
        members(&raw(json)).unwrap()
    }

    #[test]
    fn unknown_fields_are_dropped_at_every_depth() {
        let request = raw(
            r#"{"name":"x","loginPageUrl":"y","sessionSettings":{"enabled":true,"z":1},"approvedScopes":{"permissionsScopes":[{"name":"a","q":2}]}}"#,
        );
        let taken = accept(SERVER, &request, None).unwrap();
        assert_eq!(taken.dropped, ["loginPageUrl", "sessionSettings.z", "approvedScopes.permissionsScopes[0].q"]);
        assert_eq!(
            to_raw(&taken.members).get(),
            r#"{"name":"x","sessionSettings":{"enabled":true},"approvedScopes":{"permissionsScopes":[{"name":"a"}]}}"#
        );
    }

    #[test]
    fn planted_fields_stay_byte_for_byte() {
        let odd = r#"{"name":"x","odd":1.10,"sessionSettings":{"enabled":true,"more":1e400},"approvedScopes":{"permissionsScopes":[{"name":"a","q":"\u00e9\/"}]}}"#;
        let taken = accept(SERVER, &raw(odd), Some(&stored(odd))).unwrap();
        assert_eq!(to_raw(&taken.members).get(), odd);
        assert!(taken.dropped.is_empty());
    }

    #[test]
    fn wrong_types_are_refused_and_leniencies_are_not() {
        for wrong in [
            r#"[]"#,
            r#"{"name":1}"#,
            r#"{"approvedScopes":[]}"#,
            r#"{"skipConsentScreen":"true"}"#,
            r#"{"sessionSettings":{"refreshTokenExpiration":1.5}}"#,
            r#"{"tags":["a",1]}"#,
        ] {
            assert!(accept(SERVER, &raw(wrong), None).is_err(), "{wrong}");
        }
        let lenient =
            accept(SERVER, &raw(r#"{"tags":null,"sessionSettings":{"refreshTokenExpiration":"4"}}"#), None).unwrap();
        assert_eq!(to_raw(&lenient.members).get(), r#"{"sessionSettings":{"refreshTokenExpiration":4}}"#);
    }
}
